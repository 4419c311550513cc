"""What a roster may say: each column with its heading in the template and the other names institutions give it."""

import re
from dataclasses import dataclass
from functools import cache

from core.identifiers import half_width
from desk.enums import Kind

NOTES = "问题说明"  # the column of a copy that came back with marks: never imported


@dataclass(frozen=True)
class Column:
    key: str
    label: str
    names: tuple[str, ...] = ()
    required: bool = False  # without such a column nothing can be imported
    personal: bool = False  # its values are shown behind masks
    help: str = ""
    example: str = ""
    width: int = 14


def _column(key: str, label: str, names: str = "", **more: object) -> Column:
    return Column(key, label, tuple(names.split()), **more)  # type: ignore[arg-type]


NAME = _column("name", "姓名", "成员姓名 特派员姓名 科技特派员姓名 人员姓名 名字", required=True, example="张昇")
ID_NUMBER = _column(
    "id_number",
    "身份证号",
    "身份证号码 身份证 公民身份号码 居民身份证号 证件号码 证件号 身份证件号码 成员身份证号",
    required=True,
    personal=True,
    help="18位，单元格为文本格式",
    example="139999198509230031",
    width=22,
)
MOBILE = _column(
    "mobile", "手机号", "手机 手机号码 联系电话 联系方式 电话 移动电话 本人手机", personal=True, example="13900001234"
)
TITLE = _column(
    "title",
    "职称",
    "职务/职称 职务职称 专业技术职称 技术职称 专业技术职务 职称/职务",
    help="具体职称；只知道等级的填等级，如副高级",
    example="副教授",
)
EDUCATION = _column("education", "学历", "最高学历 文化程度 学历学位 学历/学位 最后学历", example="博士研究生")
HOST_NAME = _column(
    "host_name",
    "派驻单位名称",
    "派驻单位 拟派驻单位 拟派驻单位名称 服务单位 服务单位名称 服务对象 拟服务单位 接收单位 受派单位",
    example="滹沱示范谷物种植专业合作社",
    width=28,
)
HOST_CODE = _column(
    "host_code",
    "派驻单位统一社会信用代码",
    "统一社会信用代码 信用代码 社会信用代码 派驻单位信用代码 单位信用代码 服务单位统一社会信用代码",
    example="93139999MA0X001466",
    width=22,
)
HOST_DISTRICT = _column(
    "host_district",
    "派驻单位所在县",
    "所在县 所在区县 所在县区 县区 区县 所属区县 派驻县区 派驻地区 单位所在地 派驻单位所在区县 服务地区",
    example="正定县",
)
SERVICE_START = _column(
    "service_start",
    "服务开始日期",
    "起始时间 开始时间 起始日期 开始日期 服务起始日期 服务开始时间 服务起始时间 派驻时间",
)
GOALS = _column("goals", "年度目标任务", "年度目标 目标任务 年度任务 工作目标 考核目标 年度目标及任务", width=34)
SIGNED_ON = _column(
    "signed_on", "签署日期", "签订日期 签约日期 协议签署日期 签订时间 签约时间", example="2026年5月12日"
)
SERVICE_END = _column(
    "service_end", "服务截止日期", "截止时间 截止日期 结束时间 终止时间 服务结束日期 服务截止时间 终止日期"
)
HOST_SCALE = _column(
    "host_scale", "规模", "企业规模 是否规上 是否规模以上 规上规下 单位规模", help="规模以上或规模以下"
)
HOST_SME = _column("host_sme", "是否科技型中小企业", "科技型中小企业 科技中小企业 是否科小", help="是或否")
CONTENT = _column("service_content", "服务内容", "工作内容 主要服务内容 服务事项", width=34)
VISITS = _column("visits", "年度到现场服务次数", "服务次数 年度服务次数 现场服务次数 计划服务次数")
SEX = _column("sex", "性别", example="男", width=6)
LEADER = _column("is_leader", "是否负责人", "负责人 是否团长 是否组长 团队负责人 角色", example="是")
EMAIL = _column("email", "邮箱", "电子邮箱 电子邮件 email e-mail 邮箱地址")

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.PEOPLE: (
        NAME,
        SEX,
        ID_NUMBER,
        MOBILE,
        EMAIL,
        TITLE,
        EDUCATION,
        _column(
            "category",
            "特派员类别",
            "类别 科技特派员类别 选派类别 类型 特派员类型 申报类别",
            required=True,
            help="农业、工业企业或技术经纪人",
            example="农业",
        ),
        _column(
            "personnel_type",
            "人员类型",
            "人员类别 人员性质 身份类别 是否在校研究生",
            help="在职人员或在校研究生",
            example="在职人员",
        ),
        _column(
            "field", "专业领域", "从事专业 专业 领域 研究领域 研究方向 技术领域 所学专业 从事领域", example="粮油作物"
        ),
        _column("speciality", "专长", "技术专长 特长 业务专长"),
        _column("department", "所在部门", "部门 院系 所在院系 所在单位 二级单位 工作部门"),
        _column("supervisor", "导师", "指导教师 导师姓名 研究生导师"),
        _column("graduates_on", "预计毕业日期", "毕业时间 预计毕业时间 毕业日期 拟毕业时间"),
        _column(
            "ability_note",
            "科研能力或科研成果",
            "科研能力说明 科研能力 科研能力及成果 科研能力和成果 导师评价",
            help="在校研究生填写",
            width=26,
        ),
        _column("research_results", "科研成果", "主要成果 代表性成果 研究成果 成果"),
        HOST_NAME,
        HOST_CODE,
        HOST_DISTRICT,
        _column(
            "host_type",
            "派驻单位类型",
            "单位性质 单位类型 派驻单位性质 企业性质 服务单位类型 服务单位性质",
            help="企业、合作社、家庭农场、村等",
            example="合作社",
        ),
        HOST_SCALE,
        HOST_SME,
        SIGNED_ON,
        SERVICE_START,
        SERVICE_END,
        GOALS,
        CONTENT,
        _column(
            "content_and_goals", "服务内容及年度目标", "服务内容和年度目标 服务内容及目标 工作内容及目标", width=34
        ),
        VISITS,
        _column("bank_account", "银行账号", "银行卡号 账号 银行账户 卡号", personal=True, width=22),
        _column("bank_name", "开户行", "开户银行 开户行名称"),
    ),
    Kind.TEAMS: (
        _column("team", "团队名称", "团队 科技特派团名称 特派团名称 团队科技特派员名称", required=True, width=26),
        _column("domains", "领域或行业", "领域 行业 所属领域 所属行业 服务领域 专业领域 产业领域"),
        _column("category", "特派员类别", "类别 团队类别 选派类别", help="不填时按领域判断"),
        NAME,
        ID_NUMBER,
        LEADER,
        TITLE,
        EDUCATION,
        MOBILE,
        EMAIL,
        _column("unit", "所在单位", "工作单位 成员单位 单位", help="外单位成员填写"),
        _column("graduates_on", "预计毕业日期", "毕业时间 预计毕业时间 毕业日期 拟毕业时间", help="在校研究生填写"),
        HOST_NAME,
        HOST_CODE,
        HOST_DISTRICT,
        _column("host_type", "派驻单位类型", "单位性质 单位类型 派驻单位性质"),
        HOST_SCALE,
        HOST_SME,
        SIGNED_ON,
        SERVICE_START,
        SERVICE_END,
        GOALS,
        CONTENT,
        VISITS,
    ),
    Kind.PROVINCIAL: (
        _column("row", "序号", "编号 名单序号"),
        NAME,
        ID_NUMBER,
        _column("valid_from", "有效期起", "开始日期 起始日期 选派起始日期"),
        _column("valid_to", "有效期止", "截止日期 结束日期 选派截止日期"),
    ),
    Kind.PAST: (
        _column(
            "number",
            "原备案号",
            "备案号 备案编号 协议编号 协议号 原编号 旧编号 原协议编号 协议备案号 备案证号",
            required=True,
            help="团队协议的各成员填写同一个号",
            example="石科特2025-017",
            width=18,
        ),
        _column(
            "filed_on",
            "备案日期",
            "备案时间 备案日 原备案日期 归档日期 审核备案日期",
            required=True,
            example="2025年5月20日",
        ),
        _column(
            "document_number",
            "备案文号",
            "文号 公布文号 备案文件文号 发文字号 文件号",
            example="石科〔2025〕12号",
            width=18,
        ),
        _column(
            "institution",
            "派出单位",
            "派出单位名称 选派单位 推荐单位 所属单位 选派单位名称 工作单位",
            example="示范农林学院",
            width=22,
        ),
        _column(
            "institution_code", "派出单位统一社会信用代码", "派出单位信用代码 选派单位信用代码 派出单位代码", width=22
        ),
        NAME,
        ID_NUMBER,
        MOBILE,
        _column(
            "category",
            "特派员类别",
            "类别 科技特派员类别 选派类别 特派员类型 申报类别",
            required=True,
            help="农业、工业企业或技术经纪人",
            example="农业",
        ),
        _column("personnel_type", "人员类型", "人员类别 人员性质 身份类别 是否在校研究生", help="在职人员或在校研究生"),
        TITLE,
        EDUCATION,
        _column("field", "专业领域", "从事专业 专业 研究领域 研究方向 技术领域 所学专业 从事领域", example="粮油作物"),
        _column("department", "所在部门", "部门 院系 所在院系 二级单位 工作部门"),
        _column("supervisor", "导师", "指导教师 导师姓名 研究生导师"),
        _column("graduates_on", "预计毕业日期", "毕业时间 预计毕业时间 毕业日期 拟毕业时间"),
        _column(
            "team",
            "团队名称",
            "团队 科技特派团名称 特派团名称 团队科技特派员名称",
            help="团队协议填写，每名成员一行",
            width=22,
        ),
        _column(
            "leader",
            "团队负责人",
            "负责人 是否负责人 团长 是否团长 角色 负责人姓名",
            help="负责人姓名，或在其所在行填写“是”",
        ),
        _column("domains", "领域或行业", "领域 行业 所属领域 所属行业 服务领域 产业领域", help="团队填写"),
        HOST_NAME,
        HOST_CODE,
        HOST_DISTRICT,
        _column("host_type", "派驻单位类型", "单位性质 单位类型 派驻单位性质 企业性质 服务单位类型 服务单位性质"),
        HOST_SCALE,
        HOST_SME,
        _column("signed_on", "签署日期", "签订日期 签约日期 协议签署日期 签订时间 签约时间"),
        _column(
            "service_start", SERVICE_START.label, " ".join(SERVICE_START.names), required=True, example="2025年5月20日"
        ),
        _column(
            "service_end",
            "服务截止日期",
            "截止时间 截止日期 结束时间 服务结束日期 服务截止时间 到期时间 到期日期",
            required=True,
            example="2026年12月31日",
        ),
        _column(
            "status", "协议状态", "状态 在岗状态 服务状态 当前状态 执行情况 履行情况 是否在岗", help="在岗、到期或终止"
        ),
        _column("terminated_on", "终止日期", "终止时间 提前终止日期 解除日期 解除时间"),
        _column("termination_reason", "终止原因", "解除原因 终止理由 提前终止原因", width=22),
        CONTENT,
        VISITS,
    ),
}

# Headings that stand in every office's tables and that nobody expects to be imported.
IGNORED = frozenset(
    (
        "序号",
        "编号",
        "备注",
        "说明",
        NOTES,
        "民族",
        "政治面貌",
        "工作单位",
        "服务类别",
        "年龄",
        "出生年月",
        "签字",
        "签名",
    )
)


@dataclass(frozen=True)
class Group:
    """Headings of a kind as they are compared, each with the column it means."""

    keys: dict[str, str]
    required: frozenset[str]


def plain_heading(text: str) -> str:
    """姓 名*, 姓名（必填）, 姓\\n名 are one heading."""
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】", "", half_width(text))
    return re.sub(r"[\s*:：、，,。.]+", "", bare).lower()


@cache
def group_of(kind: Kind) -> Group:
    keys: dict[str, str] = {}
    for column in COLUMNS[kind]:
        for name in (column.label, *column.names):
            keys.setdefault(plain_heading(name), column.key)
    return Group(keys, frozenset(column.key for column in COLUMNS[kind] if column.required))


@cache
def columns_of(kind: Kind) -> dict[str, Column]:
    return {column.key: column for column in COLUMNS[kind]}


def label_of(kind: Kind, key: str) -> str:
    return columns_of(kind)[key].label

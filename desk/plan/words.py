"""How a number of the pack reads, and in which field it is edited: the pack holds codes, an officer reads words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.enums import HostType, InstitutionType, Role
from agreements.archiving.enums import Retention
from core.approvals import ON_PAPER
from core.jinja import NOTHING, cdate
from core.money import yuan
from core.policy import Level, Side
from specialists.enums import Category, Form

YES = {"filing": "备案之日", "signing": "签署之日", "start": "服务开始之日"}


@dataclass(frozen=True)
class Word:
    """One value of a pack: its label and what kind of value it is.

    kind: number, numbers (a list), money (分), share, switch, text, choice, codes (a list of `options`), by_code (a number for
    each of `options`), lists (a list of `options` for each of `keys`).
    """

    label: str
    kind: str = "number"
    unit: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    help_text: str = ""
    is_edited: bool = True  # else code hangs on it, and it changes with the program only

    def shown(self, value: Any) -> str:
        """The value as it is read: 5人, 高等院校、科研院所, 500.00元."""
        if value is None or value == [] or value == {}:
            return NOTHING
        match self.kind:
            case "money":
                return f"{yuan(value)}元"
            case "share":
                return f"{value:.0%}"
            case "switch":
                return "是" if value else "否"
            case "choice":
                return self.options.get(value, str(value))
            case "codes":
                return "、".join(self.options.get(code, code) for code in value)
            case "by_code":
                return "，".join(f"{self.options.get(code, code)}{number}{self.unit}" for code, number in value.items())
            case "lists":
                return "；".join(
                    f"{self.keys.get(key, key)}：{'、'.join(self.options.get(code, code) for code in codes)}"
                    for key, codes in value.items()
                )
            case "numbers":
                return "、".join(map(str, value)) + self.unit
            case _:
                return f"{value}{self.unit}"


CATEGORIES, HOSTS, UNITS = dict(Category.choices), dict(HostType.choices), dict(InstitutionType.choices)
PERIODS = dict(Retention.choices)

# By the name of the parameter, in the order in which they are read.
PARAMS: dict[str, Word] = {
    "types": Word("可以派出的单位", "codes", options=UNITS),
    "excepted_categories": Word("不受此限的类别", "codes", options=CATEGORIES),
    "excepted_forms": Word("不受此限的形式", "codes", options=dict(Form.choices)),
    "min": Word("最少人数", unit="人"),
    "max": Word("最多人数", unit="人"),
    "replace_days": Word("缺员补齐期限", unit="天"),
    "teams": Word("同一年度可参加的团队", unit="个"),
    "planned": Word("计划人数", "by_code", unit="名", options=CATEGORIES),
    "floor": Word("不少于", "by_code", unit="名", options=CATEGORIES),
    "min_years": Word("一般不少于", unit="年"),
    "max_years": Word("一般不超过", unit="年"),
    "years_before": Word("可早于本年度", unit="年"),
    "years_after": Word("可晚于本年度", unit="年"),
    "longest_years": Word("开始至截止最长", unit="年"),
    "categories": Word("适用的类别", "codes", options=CATEGORIES),
    "expected": Word("可以签约的单位", "lists", options=HOSTS, keys=CATEGORIES),
    "cap": Word("接受人数上限", unit="人"),
    "unverified": Word("规模以上未经核实的", "choice", options={"capped": "按规模以下计", "declared": "按申报计"}),
    "month": Word("截止月份", unit="月"),
    "day": Word("截止日", unit="日"),
    "earliest": Word("最早服务日期", "choice", options=YES, is_edited=False),
    "min_fen": Word("每次最低", "money"),
    "max_fen": Word("每次最高", "money"),
    "opens": Word("考核最早开始（月-日）", "text"),
    "closes": Word("次年最迟审定（月-日）", "text"),
    "share": Word("优秀比例", "share"),
    "working_days": Word("公示期不少于", unit="个工作日"),
}

# By dotted name. What is not here is not a number of the plan: lists of words, and what code hangs on.
SETTINGS: dict[str, Word] = {
    "registration.call_year": Word("受理登记的年度", unit="年度"),
    "registration.min_age": Word("年龄下限", unit="周岁"),
    "registration.max_age": Word("年龄上限", unit="周岁"),
    "registration.age_bands": Word("统计用年龄段", "numbers", unit="岁"),
    "selection.calls_required": Word("须在推荐通知受理期内提交", "switch"),
    "selection.published_list": Word("审核通过后按名单公示、公布入选", "switch"),
    "selection.list_direct_appointments": Word("直接聘请的也列入名单", "switch"),
    "selection.public_notice": Word("公示页面不需登录", "switch"),
    "selection.mask_names": Word("公示隐去姓名", "switch"),
    "agreements.review_working_days": Word("备案审核时限", unit="个工作日"),
    "agreements.mend_working_days": Word("退回后补正时限", unit="个工作日"),
    "agreements.public_check": Word("备案证明公开核验", "switch"),
    "agreements.default_visits": Word("每年到现场服务（默认）", unit="次"),
    "archive.fonds": Word("归档用全宗号", "text"),
    "archive.box_pages": Word("归档每盒页数", unit="页"),
    "archive.retention.filed": Word("已备案协议的保管期限", "choice", options=PERIODS),
    "archive.retention.terminated": Word("已终止协议的保管期限", "choice", options=PERIODS),
    "archive.retention.void": Word("已作废备案的保管期限", "choice", options=PERIODS),
    "signing.link_days": Word("签署链接有效期", unit="天"),
    "signing.code_minutes": Word("签署验证码有效期", unit="分钟"),
    "signing.code_tries": Word("签署验证码可试次数", unit="次"),
    "reminders.expiry_days": Word("到期前提醒", "numbers", unit="天"),
    "reminders.graduation_days": Word("毕业前提醒", "numbers", unit="天"),
    "reminders.archive_days": Word("归档期限前提醒", "numbers", unit="天"),
    "visits.log_within_days": Word("服务后可补记的期限", unit="天"),
    "visits.link_days": Word("确认链接有效期", unit="天"),
    "visits.code_minutes": Word("验证码有效期", unit="分钟"),
    "visits.code_tries": Word("验证码可试次数", unit="次"),
    "looking.alert_after": Word("24小时内查看完整号码，提醒管理员", unit="次"),
    "looking.at_most": Word("24小时内查看完整号码，最多", unit="次"),
    "assessments.min_months": Word("参加考核的最短服务时间", unit="个月"),
    "assessments.bands.excellent": Word("优秀的分数线", unit="分"),
    "assessments.bands.good": Word("良好的分数线", unit="分"),
    "assessments.bands.qualified": Word("合格的分数线", unit="分"),
    "assessments.cooling_off_years": Word("取消资格后再次选派间隔", unit="年"),
}
LEVEL = Word("约束程度", "choice", options={level.value: word for level, word in zip(
    Level, ("不符即不能办理", "可说明理由后办理", "只提示"), strict=True
)})  # fmt: skip
# Beside a rule that a constraint holds too: what is only hinted at would be an error page then.
UNBENDING = Word(
    LEVEL.label,
    "choice",
    options={Level.BLOCK.value: LEVEL.options[Level.BLOCK.value]},
    help_text="由数据库保证，不能改为提示",
)
REASON_BY = Word("由谁说明理由", "choice", options={
    Side.INSTITUTION.value: "派出单位", Side.BUREAU.value: "市科技局",
})  # fmt: skip
STEPS = Word(
    "审批步骤",
    "codes",
    options={**dict(Role.choices), **{code: leader.label for code, leader in ON_PAPER.items()}},
    is_edited=False,
)


def shown(value: Any) -> str:
    """A value without words of its own: texts and lists of them as they stand."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, list):
        return "、".join(_of_a_list(one) for one in value)
    return cdate(value) if hasattr(value, "year") else str(value)


def _of_a_list(one: Any) -> str:
    if not isinstance(one, dict):
        return str(one)
    label, points = str(one.get("label", one.get("group", ""))), one.get("points")
    return label if points is None else f"{label}{points}分"

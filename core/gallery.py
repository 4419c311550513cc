"""What the page of components shows: every component once, with invented people, in the states that matter.

The browser test looks at this page, and so does whoever changes a component.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.timezone import get_current_timezone

from core import maps
from core.forms import DateField, Form, IdNumberField, Line, MoneyField, Text, Upload, Whole
from core.jinja import money
from core.policy import Level, RuleEntry, Side, Verdict
from core.stale import Difference, Stale
from core.tables import Column, Table

# A drawn page instead of a scanned one.
PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 210 297'%3E"
    "%3Crect width='210' height='297' fill='%23fff'/%3E"
    "%3Cpath d='M40 50h130M40 70h130M40 90h90' stroke='%23888' stroke-width='2'/%3E%3C/svg%3E"
)
PLACED = {
    "藁城区": 46, "裕华区": 45, "长安区": 36, "鹿泉区": 33, "正定县": 28, "栾城区": 22, "晋州市": 17, "无极县": 15,
    "赵县": 14, "平山县": 12, "元氏县": 11, "高新区": 9,
}  # fmt: skip

CAP = RuleEntry(
    "E-CAP5",
    "四（一）",
    "（规模以下）科技型中小企业和合作社原则上不超过5人",
    Level.WARN,
    title="派驻单位接收人数将达6人，超过“原则上不超过5人”",
)
TERM = RuleEntry(
    "W-TERM",
    "四（一）",
    "协议期限一般为1-2年",
    Level.WARN,
    title="服务期限短于1年",
    reason_by=Side.INSTITUTION,
)
ONE_HOST = RuleEntry(
    "E-ONE-HOST",
    "四（一）",
    "企业科技特派员在同一年度内只能签约服务一个单位",
    Level.BLOCK,
    title="同一年度只能签约一个单位",
)
PROVINCE = RuleEntry("E-PROVINCE", "四（四）", "不重复备案", Level.BLOCK, title="未列入省级科技特派员名单")
PLACES = RuleEntry("I-PLACES", "四（一）", "农业科技特派员40名", Level.INFO, title="本年度农业名额尚余1名")
SEALS = RuleEntry("E-SEALS", "四（二）", "签订三方协议", Level.BLOCK, title="三方签章齐全")


@dataclass(frozen=True)
class Row:
    id: int
    kind: str
    person: str
    category: str
    host: str
    institution: str
    submitted: str
    checks: str
    tone: str
    fen: str

    @property
    def amount_fen(self) -> int | None:
        return int(self.fen) if self.fen else None


AGREEMENTS = """
新签备案 张昇 农业 滹沱示范谷物种植专业合作社 示范农林学院 11月18日16:20 1项提示 warn 240000
新签备案 李喆 工业企业 示范精密机械有限公司 示范理工大学 11月19日09:05 1项不符 block 0
续签备案 王晓晨 农业 正定县示范家庭农场 示范农林学院 11月19日09:41 12项通过 pass 80000
新签备案 赵芃 技术经纪人 藁城区科技主管部门 示范技术转移中心 11月19日15:30 11项通过 pass -
变更备案 欧阳明远 工业企业 示范生物制品有限公司 示范理工大学 11月20日10:12 2项提示 warn 1234567
"""
ROWS = [
    Row(number, *line.replace("-", "").split(" ")) for number, line in enumerate(AGREEMENTS.split("\n")[1:-1], 1187)
]


class GalleryForm(Form):
    host = Line(label="派驻单位", help_text="输入单位名称或统一社会信用代码，可用拼音首字母")
    starts_on = DateField(label="服务开始日期")
    ends_on = DateField(label="服务截止日期")
    visits = Whole(label="年度到现场服务", min_value=1, max_value=366)
    rate = MoneyField(label="工作补助标准", help_text="500元至800元之间")
    id_number = IdNumberField(label="身份证号码", required=False)
    title = Line(label="职称", required=False, widget=forms.TextInput(attrs={"list": "gallery-titles"}))
    category = forms.ChoiceField(
        label="类别",
        choices=[("agriculture", "农业"), ("enterprise", "工业企业"), ("broker", "技术经纪人")],
        widget=forms.RadioSelect,
    )
    topics = forms.MultipleChoiceField(
        label="服务内容",
        choices=[("training", "技术培训"), ("diagnosis", "现场诊断"), ("variety", "引进新品种"), ("trial", "试验示范")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    district = forms.ChoiceField(
        label="所在县（市、区）", choices=[("", "请选择"), ("130123", "正定县"), ("130109", "藁城区")]
    )
    goals = Text(label="服务目标", required=False, help_text="可从往年协议复制")
    scan = Upload(label="签章扫描件", required=False, help_text="PDF或照片，不超过20 MB")
    truthful = forms.BooleanField(label="以上内容真实，与三方签署的协议一致")


class GalleryFilters(forms.Form):
    kind = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部"), ("agri", "农业"), ("firm", "工业企业")]
    )
    host = forms.CharField(label="派驻单位", required=False)


def context() -> dict[str, Any]:
    at = datetime(2026, 11, 23, 10, 32, tzinfo=get_current_timezone())
    filled = GalleryForm(
        {
            "host": "示范精密机械有限公司",
            "starts_on": "2026年12月1日",
            "ends_on": "2027.2.30",
            "visits": "十二",
            "rate": "700",
            "id_number": "130105198001010017",
            "category": "enterprise",
        }
    )
    filled.is_valid()
    filled.add_error(
        "host", "李喆2026年度已签约“示范装备制造有限公司”。企业科技特派员在同一年度内只能签约服务一个单位。"
    )
    cap = CAP.finding("现有5人，本次后为6人。属原则性规定，填写理由后可以通过。")
    one_host = ONE_HOST.finding(
        "已有协议D-1102，截止2026年12月31日。请将开始日期改为2027年1月1日以后；确需改派的，报市科技局说明理由。"
    )
    columns = [
        Column(
            "id", "编号 / 事项", cell=lambda row: f"D-{row.id}", href=lambda row: f"#{row.id}", sub=lambda row: row.kind
        ),
        Column("person", "特派员 / 派驻单位", sub=lambda row: f"{row.category}　{row.host}", phone="line"),
        Column("institution", "派出单位", sub=lambda row: f"{row.submitted} 提交", nowrap=True, phone="hide"),
        Column("checks", "规则校验", tone=lambda row: row.tone, phone="aside"),
        Column("amount_fen", "金额（元）", cell=lambda row: money(row.amount_fen), align="end"),
        Column(
            "open",
            "操作",
            cell=lambda row: "审核",
            href=lambda row: f"#{row.id}",
            button=True,
            align="end",
            phone="hide",
        ),
    ]
    return {
        "table": Table(
            columns,
            ROWS,
            "协议待审核",
            row_href=lambda row: f"#{row.id}",
            select="agreement",
            foot={"id": "合计", "amount_fen": money(sum(row.amount_fen or 0 for row in ROWS))},
        ),
        "nothing": Table(columns, [], "协议", empty="还没有服务记录。登记第一次服务，约需1分钟。", id="nothing"),
        "hidden": Table(
            columns,
            [],
            "协议",
            QueryDict("kind=agri"),
            empty_filtered="没有符合条件的协议。已选：农业、今日到期。",
            id="hidden",
        ),
        "filters_form": GalleryFilters(auto_id="filter_%s"),
        "form": filled,
        "blank": GalleryForm(auto_id="blank_%s"),
        "findings": [one_host, cap, TERM.finding("服务期限为8个月。"), PLACES.finding("备案后农业名额全部用完。")],
        "verdicts": [
            Verdict(ONE_HOST, one_host),
            Verdict(CAP, cap),
            Verdict(PROVINCE),
            Verdict(TERM),
            Verdict(PLACES),
            Verdict(SEALS, waiting="上传扫描件后校验"),
        ],
        "stale": Stale(
            "刘静怡",
            at,
            [
                Difference("派驻单位", "示范装备制造有限公司", "示范精密机械有限公司"),
                Difference("服务截止日期", "2027年12月31日", "2027年11月30日"),
            ],
        ),
        "events": [
            {
                "at": at,
                "who": "陈科员（市科技局　市科技局经办）",
                "what": "退回补正",
                "reason": "派驻单位名称与公章不一致。",
            },
            {
                "at": at - timedelta(days=2),
                "who": "刘静怡（示范农林学院　派出单位经办）",
                "what": "修改协议",
                "changes": [("派驻单位", "示范装备制造有限公司", "示范精密机械有限公司"), ("服务目标", "", "技术培训")],
            },
        ],
        "map": maps.shaded(PLACED),
        "picture": PICTURE,
    }

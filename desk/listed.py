"""The lists of the desk for whoever reads all of them: their saved views, their exports."""

from collections.abc import Mapping, Sequence

from django.http import QueryDict
from django.utils.timezone import localdate

from accounts.lists.kinds import Field, Listed
from accounts.models import Membership
from core.models import Override
from core.sheets import Kind
from core.tables import Row
from desk.overrides import queries, subjects


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Row]:
    rows = Override.objects.filter(subjects.visible(hat), pk__in=keys)
    return {row["id"]: row for row in queries.told(rows)}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    return [
        Field("at", "日期", lambda row: localdate(row["at"]), Kind.DATE, 17),
        Field("rule", "规则", lambda row: queries.title_of(row["code"]), width=20),
        Field("article", "条款", lambda row: row["article"], width=12),
        Field("of", "事项", lambda row: subjects.SUBJECTS[row["target_type"]].label, width=10),
        Field("record", "对象", lambda row: row["record"], width=30),
        Field("unit", "派出单位", lambda row: row["unit"], width=28),
        Field("message", "校验结果", lambda row: row["message"], width=50),
        Field("reason", "理由", lambda row: row["reason"], width=50),
        Field("document", "文号", lambda row: row["document_number"], width=20),
        Field("by", "作出人", lambda row: row["hat"], width=30),
    ]


OVERRIDES = Listed(
    key="overrides",
    title="例外情况",
    url="desk:overrides",
    action="override.list",
    form=queries.OverrideListForm,
    found=queries.found,
    fields=fields,
    records=records,
    personal=frozenset({"q", "by"}),
)
LISTS = (OVERRIDES,)

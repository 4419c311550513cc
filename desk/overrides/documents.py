"""例外情况报告: what is laid before the 处室负责人."""

from typing import Any

from django.http import QueryDict
from django.utils.timezone import localdate

from accounts.models import Membership
from core import pdf
from core.policy import Refused, plain
from desk.listed import OVERRIDES
from desk.overrides import queries, subjects

MOST = 500  # rows of one report: more is nobody's reading, and a workbook's


def report(hat: Membership, query: QueryDict) -> bytes:
    """The overrides under these filters, by rule and one by one. Raises Refused for none and for too many."""
    rows = queries.found_by(queries.OverrideListForm(query, hat), hat)
    told: list[dict[str, Any]] = [*queries.told(rows).order_by("code", "id")[: MOST + 1]]
    if not told:
        raise Refused([plain("E-REPORT", "没有符合条件的例外情况，没有可打印的内容。")])
    if len(told) > MOST:
        raise Refused([plain("E-REPORT", f"一份报告最多列{MOST}项，请增加筛选条件，或导出表格。")])
    context = {
        "unit": str(hat.organization),
        "by": str(hat.person),
        "on": localdate(),
        "conditions": OVERRIDES.conditions(query, hat),
        "counts": queries.counted(rows),
        "rules": queries.rules(),
        "title_of": queries.title_of,
        "kinds": {of: one.label for of, one in subjects.SUBJECTS.items()},
        "rows": told,
    }
    return pdf.render("papers/overrides.html", context)

"""What a filed agreement says today: its paper, and over it each amendment that the bureau agreed to, in their order.

Whoever shows, counts or judges content, visits or goals asks here; the fields of the agreement are what was filed. Parties
and period are no part of it: those change by 改派 and by a new agreement alone (R27).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.timezone import localdate

from agreements.enums import AgreementStatus
from agreements.models import Agreement
from specialists.enums import ChangeStatus

AMENDABLE: Mapping[str, str] = {
    "service_content": "服务内容",
    "visits_per_year": "年度到现场服务",
    "goals": "年度目标任务",
}


@dataclass(frozen=True)
class Effective:
    service_content: str
    visits_per_year: int | None
    goals: list[dict[str, Any]]
    amended: bool = False


def effective(agreement: Agreement, *, on: date | None = None) -> Effective:
    """What holds on that day, today unless one is said. `amendments` fetched beforehand are used."""
    values = {name: getattr(agreement, name) for name in AMENDABLE}
    if agreement.status not in AgreementStatus.once_filed:
        return Effective(**values)
    passed = [one for one in agreement.amendments.all() if one.status == ChangeStatus.APPROVED and one.decided_at]
    holding = [one for one in passed if on is None or localdate(one.decided_at) <= on]
    for amendment in sorted(holding, key=lambda one: one.pk):
        values |= amendment.values
    return Effective(**values, amended=bool(holding))


def in_words(name: str, value: Any) -> str:
    """As the pages say it."""
    if name == "goals":
        return Agreement.goals_in_words(value or [])
    return f"{value}次" if name == "visits_per_year" and value else str(value or "")


def visits_promised(agreements: Iterable[Agreement], *, on: date) -> int:
    """R32: how many visits a year these agreements promise together: what each host was promised, added up. An extension
    carries on what its predecessor promised, it does not promise a second year."""
    by_host: dict[int | None, int] = {}
    for agreement in agreements:
        visits = effective(agreement, on=on).visits_per_year or 0
        by_host[agreement.host_id] = max(by_host.get(agreement.host_id, 0), visits)
    return sum(by_host.values())

"""How the pack of the day has the bureau archive."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from agreements.archiving.enums import Retention
from agreements.enums import AgreementStatus
from core.models import PolicyPack

# For packs that were stored before there was an archive; the same as policies/shijiazhuang-2026.toml.
DEFAULTS: dict[str, Any] = {
    "fonds": "0117",
    "office": "KTP",
    "office_name": "科技特派员",
    "retention": {"filed": "D30", "terminated": "D30", "void": "D10"},
    "box_pages": 300,
    "due": "06-30",
}


@dataclass(frozen=True)
class Plan:
    fonds: str
    office: str
    office_name: str
    retention: dict[str, str]
    box_pages: int
    due: str

    def retention_of(self, statuses: Iterable[str]) -> Retention:
        """That of a person's file: the longest of any agreement in it."""
        periods = {self.retention.get(status, self.retention[AgreementStatus.FILED]) for status in statuses}
        return Retention(min(periods, key=Retention.longest_first.index))

    def due_on(self, year: int) -> date:
        """归档 of a year takes place by this day of the next one."""
        month, day = map(int, self.due.split("-"))
        return date(year + 1, month, day)


def plan_of(*, on: date) -> Plan:
    return plan_in(PolicyPack.in_force(on=on))


def plan_in(pack: PolicyPack) -> Plan:
    return Plan(**{**DEFAULTS, **pack.setting_or("archive", {})})


def archival_code(*, fonds: str, office: str, year: int, retention: str, number: int) -> str:
    """档号: 全宗号-档案门类代码·年度-保管期限-机构（问题）代码-件号 (DA/T 22—2015, 5.4), such as 0117-WS·2026-D30-KTP-0001.

    A bureau that does not divide by 机构（问题） leaves that part out, as the standard says.
    """
    return "-".join(part for part in (fonds, f"WS·{year}", retention, office, f"{number:04}") if part)

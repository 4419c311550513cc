"""What a unit writes of one member of a team."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from specialists.enums import PersonnelType, Title

DETAILS = ("name", "mobile", "email", "education", "title_name", "bank_account", "bank_name")  # of the person


@dataclass(frozen=True)
class MemberEntry:
    """What a unit writes of one member.

    `member` is the id of a member whom the team has already; then an empty `id_number` means the same person. Of a
    person whom the register knows, empty details leave those that are kept.
    """

    name: str
    id_number: str = ""
    mobile: str = ""
    is_leader: bool = False
    title_name: str = ""
    education: str = ""
    email: str = ""
    personnel_type: str = PersonnelType.STAFF
    unit: str = ""  # 所在单位, where it is not the team's own
    ability_note: str = ""
    graduates_on: date | None = None
    bank_account: str = ""
    bank_name: str = ""
    member: int | None = None

    def personal(self, *, field: str) -> dict[str, Any]:
        """What the register keeps of a person who enters it by this team."""
        told = {name: getattr(self, name) for name in DETAILS}
        return {**told, "title_name": self.title_name or Title.NONE.label, "field": field}

    def news(self) -> dict[str, Any]:
        typed = {name: getattr(self, name) for name in DETAILS}
        return {name: value for name, value in typed.items() if value}

    def seat(self) -> dict[str, Any]:
        is_student = self.personnel_type == PersonnelType.GRADUATE
        return {
            "is_leader": self.is_leader,
            "personnel_type": self.personnel_type,
            "unit": self.unit,
            "ability_note": self.ability_note if is_student else "",
            "graduates_on": self.graduates_on if is_student else None,
        }

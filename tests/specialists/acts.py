"""How the tests of this app register people: through the services, as the clerk and the bureau do."""

from datetime import date
from typing import Any

from accounts.models import Membership
from core.models import PolicyPack
from core.packs import POLICIES, read
from specialists import services
from specialists.enums import Category, Education, PersonnelType
from specialists.models import Registration
from tests.cast import MAY_12, MAY_18, MAY_20, PEOPLE, Season, selecting_at_once


def form_of(key: str, category: str = Category.ENTERPRISE, **more: Any) -> dict[str, Any]:
    """What a clerk fills in for a person of the cast."""
    name, number = PEOPLE[key]
    filled: dict[str, Any] = {
        "id_number": number,
        "name": name,
        "mobile": f"139{number[-9:-1]}",
        "email": f"{key.lower()}@example.org",
        "education": Education.DOCTOR,
        "title_name": "副教授",
        "field": "先进装备制造",
        "bank_account": "6222000000000000017",
        "bank_name": "示范银行石家庄分行",
        "category": category,
        "personnel_type": PersonnelType.STAFF,
        "department": "机电学院",
        "speciality": "主轴热误差补偿",
        "ability_note": "",
        "research_results": "",
        "supervisor": "",
        "graduates_on": None,
        "consent": True,
    }
    return {**filled, **more}


def graduate(key: str, category: str = Category.ENTERPRISE, **more: Any) -> dict[str, Any]:
    study = {"supervisor": "孙教授", "graduates_on": date(2027, 6, 30), "education": Education.MASTER_STUDENT}
    return form_of(key, category, personnel_type=PersonnelType.GRADUATE, **{**study, **more})


def registered(form: dict[str, Any], by: Membership, on: date = MAY_12) -> Registration:
    return services.register_specialist(by=by, on=on, **form)


def submitted(form: dict[str, Any], by: Membership, on: date = MAY_12) -> Registration:
    return services.submit_registration(registered(form, by, on), by=by, on=on)


def passed_once(form: dict[str, Any], season: Season, **more: Any) -> Registration:
    """The officer has passed it; the head of division has not seen it yet."""
    registration = submitted(form, more.pop("by", season.clerk))
    return services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True, **more)


def approved(form: dict[str, Any], season: Season, **more: Any) -> Registration:
    return services.decide_registration(passed_once(form, season, **more), by=season.head, on=MAY_20, passed=True)


def pack_planning(version: int = 2, *, strict: str = "", **numbers: int) -> PolicyPack:
    """The next version of the year's pack with other planned numbers, or one rule that bars: the active one stays."""
    content = selecting_at_once(read(POLICIES / "shijiazhuang-2026.toml"))
    content["rules"]["W-QUOTA"]["params"]["planned"] |= numbers
    if strict:
        content["rules"][strict]["level"] = "block"
    return PolicyPack.objects.create(**{**content, "version": version})

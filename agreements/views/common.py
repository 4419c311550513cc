"""What the pages of agreements share."""

from datetime import date
from typing import Any

from markupsafe import Markup

from accounts.doors import HatRequest, subject
from accounts.models import Membership
from agreements.amending.effective import effective
from agreements.documents import category, place
from agreements.models import Agreement
from core.jinja import cdate
from core.models import PolicyPack

UNRECORDED = "未记载"  # what nobody wrote down of a past agreement

# All that a page tells of an agreement, in one statement.
WHOLE = (
    "registration__pack",
    "specialist",
    "team",
    "institution__organization",
    "host__organization__district",
    "pack",
    "renews",
    "renewal",
    "submission",
    "certificate__file",
    "filed_by__person",
)


def whole(request: HatRequest) -> Agreement:
    """The agreement this address is about, with all that a page tells of it."""
    return read_whole(subject(request, Agreement), by=request.membership)


def read_whole(agreement: Agreement, *, by: Membership) -> Agreement:
    return Agreement.objects.visible_to(by).select_related(*WHOLE).get(pk=agreement.pk)


def pack_of(agreement: Agreement, *, on: date) -> PolicyPack:
    """The pack that judges it: that of its submission, else the one in force."""
    return agreement.pack or PolicyPack.in_force(on=on)


def keys_in(values: list[str]) -> set[int]:
    """Primary keys that a form sent; what cannot be one is left out."""
    return {int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < 18}


def facts_of(agreement: Agreement) -> list[tuple[Any, ...]]:
    """What the agreement says, for components/page.html."""
    host, specialist = agreement.host, agreement.specialist
    start, end = agreement.service_start, agreement.service_end
    reads = effective(agreement)
    goals = "；".join(f"{goal['name']} {goal['count']}{goal['unit']}" for goal in reads.goals)
    amended = "含已同意的变更" if reads.amended else ""
    facts: list[tuple[Any, ...]] = [
        ("特派员", specialist.name, f"{category(agreement)}　{specialist.id_masked}"),
        *_team(agreement),
        ("派出单位", str(agreement.institution) if agreement.institution else "市科技局直接聘请"),
        ("派驻单位", str(host) if host else None, f"{place(host)}　{host.get_host_type_display()}" if host else ""),
        ("服务期限", f"{cdate(start)}至{cdate(end)}" if start and end else None),
        ("年度到现场服务", f"{reads.visits_per_year}次" if reads.visits_per_year else None),
        ("年度目标任务", goals),
        ("服务内容", reads.service_content, amended),
    ]
    if agreement.is_past:
        facts = [(label, value or UNRECORDED, *note) for label, value, *note in facts]
    return facts


def _team(agreement: Agreement) -> list[tuple[Any, ...]]:
    """The team for which the specialist signs, with who is in it today."""
    if agreement.team is None:
        return []
    others = "、".join(str(member) for member in agreement.other_members())
    return [("团队", agreement.team.name, f"负责人{agreement.specialist}；成员{others}")]


def link_to(agreement: Agreement) -> Markup:
    return Markup('<a href="{}">{}</a>').format(agreement.get_absolute_url(), agreement)

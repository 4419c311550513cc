"""What the pages of agreements share."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from markupsafe import Markup

from accounts.doors import HatRequest, subject
from accounts.models import Membership
from accounts.seen import OneSeen
from agreements.amending.effective import effective
from agreements.documents import category, place
from agreements.models import Agreement
from core.jinja import cdate
from core.models import PolicyPack
from specialists.models import TeamMember

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


WHOLE_AGREEMENT = OneSeen("whole_agreement", lambda: Agreement.objects.select_related(*WHOLE))


def read_whole(agreement: Agreement, *, by: Membership) -> Agreement:
    return read_anew(WHOLE_AGREEMENT, agreement, by=by)


def read_anew(rows: OneSeen[Agreement], agreement: Agreement, *, by: Membership) -> Agreement:
    """It with what these rows bring along. Raises Agreement.DoesNotExist when it is out of sight by now."""
    found = rows.of(agreement.pk, by=by)
    if found is None:
        raise Agreement.DoesNotExist
    return found


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
    """The team for which the specialist signs: who was in it when it was handed in, and where that differs who is today."""
    team = agreement.team
    if team is None:
        return []
    everybody = [*team.members.select_related("specialist", "team").order_by("pk")]
    now = [one for one in everybody if one.left_on is None]
    day = agreement.submitted_on or agreement.filed_on
    then = [one for one in everybody if one.was_there(day)] if day else now
    signer = agreement.specialist
    others = "、".join(str(one) for one in then if one.specialist_id != signer.pk)
    facts: list[tuple[Any, ...]] = [("团队", team.name, f"负责人{signer}；成员{others}")]
    leader = next((one for one in now if one.is_leader), None)
    if then != now or (leader and leader.specialist_id != signer.pk):
        staying = "、".join(str(one) for one in now if one != leader)
        words = f"负责人{leader.specialist if leader else '待确定'}；成员{staying}"
        facts.append(("团队现状", words, "；".join(_changes(then, now, signer.pk))))
    return facts


def _changes(then: list[TeamMember], now: list[TeamMember], signer: int) -> Iterator[str]:
    """In words, the earliest first: who left and who came since the agreement was handed in."""
    told = [(str(one.left_on), f"{_once(one, signer)}于{cdate(one.left_on)}退出") for one in then if one not in now]
    told += [(str(one.joined_on), f"{one.specialist}于{cdate(one.joined_on)}加入") for one in now if one not in then]
    yield from (words for _, words in sorted(told, key=lambda event: event[0]))
    if any(one.specialist_id == signer and not one.is_leader for one in now):
        yield "原负责人改任成员"


def _once(member: TeamMember, signer: int) -> str:
    return f"{'原负责人' if member.specialist_id == signer else ''}{member.specialist}"


def link_to(agreement: Agreement) -> Markup:
    return Markup('<a href="{}">{}</a>').format(agreement.get_absolute_url(), agreement)


def number_in(request: HatRequest, name: str) -> int | None:
    """A number that a form carries unseen; None where it is silent."""
    sent = request.POST.get(name, "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 18 else None

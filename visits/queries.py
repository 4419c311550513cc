"""Facts for rules, counts for pages and for the yearly assessment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, Sum
from django.urls import reverse

from accounts.enums import Role
from accounts.leaving import Work, finds_work
from accounts.models import Institution, Membership
from agreements.departing.effects import Effect, finds_effects
from agreements.ending.effects import finds_what_ends
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.voiding.services import finds_what_was_done
from core.dates import day_in_words
from core.models import PolicyPack
from core.policy import Finding
from specialists.enums import Category, Form, PersonnelType
from specialists.models import Registration, Specialist, TeamMember
from specialists.suspending.queries import spells_of
from specialists.suspending.rules import not_suspended
from visits import rules
from visits.enums import Mode, Rating, VisitStatus
from visits.models import Visit, VisitAttendance, in_words
from visits.rules import Service


@dataclass(frozen=True)
class YearOfService:
    """What one person did in one calendar year, counted by service date from confirmed visits alone."""

    visits: int
    onsite: int
    days: int
    trainings: int
    trained: int
    satisfied: int
    rated: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def service_of(agreement: Agreement) -> Service | None:
    """The period in which visits may lie; None before filing."""
    if agreement.status not in AgreementStatus.once_filed:
        return None
    assert agreement.service_start is not None
    assert agreement.last_day is not None
    return Service(agreement.service_start, agreement.last_day)


def others_that_day(specialist: Specialist, on: date, *, but: int | None = None) -> int:
    """How many other visits of the person stand on that day, whatever the host."""
    rows = VisitAttendance.objects.filter(specialist=specialist, visit__date=on, visit__mode=Mode.ONSITE)
    return rows.exclude(visit__status=VisitStatus.WITHDRAWN).exclude(visit=but).count()


def year_of_service(specialist: Specialist, year: int) -> YearOfService:
    """The evidence of R32: only confirmed visits, by the day of service, never by the day of writing."""
    rows = Visit.objects.confirmed().filter(attendances__specialist=specialist, date__year=year)
    sums = rows.aggregate(
        visits=Count("pk"),
        onsite=Count("pk", filter=Q(mode=Mode.ONSITE)),
        days=Sum("days", default=0),
        trainings=Sum("trainings", default=0),
        trained=Sum("trained", default=0),
        satisfied=Count("pk", filter=Q(rating=Rating.SATISFIED)),
        rated=Count("pk", filter=~Q(rating="")),
    )
    return YearOfService(**sums)


def activities_for(registration: Registration, pack: PolicyPack) -> list[str]:
    """R8–R10, R45: what a visit of this kind of specialist may be about; agriculture and enterprise: the union."""
    lists: dict[str, list[str]] = pack.setting("activities")
    if registration.form == Form.TEAM:
        return lists["team"]
    if registration.personnel_type == PersonnelType.GRADUATE:
        return lists["graduate"]
    if registration.category == Category.BROKER:
        return lists["broker"]
    return list(dict.fromkeys(activity for group in lists.values() for activity in group))


def agreements_between(specialist: Specialist, start: date, end: date) -> list[Agreement]:
    """The agreements, also of a team of theirs, under which a visit on some day of the span can be logged."""
    teams = TeamMember.objects.current().filter(specialist=specialist).values("team")
    # Who signed for a team and has left it since is none of those who serve under its agreement.
    own = Q(specialist=specialist, team=None) | Q(team__in=teams)
    rows = Agreement.objects.filter(own, status__in=AgreementStatus.once_filed)
    rows = rows.overlapping(start, end).exclude(terminated_on__lte=start)
    return list(rows.select_related("host__organization__district", "registration", "team").order_by("-pk"))


def serving(agreement: Agreement, on: date) -> list[Specialist]:
    """Who serves under it on that day: the person it is with, or the members of its team, cancelled ones left out."""
    if agreement.team is None:
        return [agreement.specialist]
    that_day = Q(joined_on__lte=on) | Q(joined_on__lte=F("team__approved_on"))
    there = TeamMember.objects.filter(that_day, Q(left_on=None) | Q(left_on__gt=on), team=agreement.team)
    qualified = there.exclude(specialist__revoked_on__lte=on)
    return [member.specialist for member in qualified.select_related("specialist").order_by("-is_leader", "pk")]


def columns_of_who() -> dict[str, Any]:
    """For the rows of a list, what `who_of` reads."""
    came = VisitAttendance.objects.filter(visit=OuterRef("pk")).order_by("pk").values("specialist__name")
    return {"came": ArraySubquery(came), "team": F("agreement__team__name")}


def who_of(row: Mapping[str, Any]) -> str:
    return in_words(row["came"], row["team"])


def not_left(agreement: Agreement, one: Specialist, on: date) -> bool:
    """Whether the person is in the team of the agreement on that day or comes into it later."""
    return TeamMember.objects.filter(
        Q(left_on=None) | Q(left_on__gt=on), team=agreement.team_id, specialist=one
    ).exists()


@dataclass(frozen=True)
class Telling:
    """Of which days a person may tell today: from `first` to `last`; `last` is None where no day is left."""

    first: date
    last: date | None
    why: str = ""  # today is none of them

    @property
    def of_today(self) -> bool:
        return not self.why


def telling(specialist: Specialist, *, on: date) -> Telling:
    """五（一）: who is cancelled or rests tells of the days before alone, as long as those may be told of at all."""
    pack = PolicyPack.in_force(on=on)
    days = [on - timedelta(days=back) for back in range(pack.setting("visits.log_within_days") + 1)]
    spells = spells_of([specialist.pk])[specialist.pk] if "E-SUSPENDED" in pack.rules else []

    def barred(day: date) -> Finding | None:
        name, revoked_on = specialist.name, specialist.revoked_on
        return rules.told_by_the_qualified(pack.entry("E-REVOKED"), name=name, revoked_on=revoked_on, last_day=day) or (
            not_suspended(pack.entry("E-SUSPENDED"), name=name, spells=spells, start=day, end=day, act="登记服务")
            if spells
            else None
        )

    why = barred(on)
    return Telling(days[-1], next((day for day in days if not barred(day)), None), str(why) if why else "")


def ever_served(agreements: Sequence[Agreement]) -> list[Specialist]:
    """Everybody of the teams among these agreements."""
    teams = [agreement.team_id for agreement in agreements if agreement.team_id]
    return [*Specialist.objects.filter(memberships__team__in=teams).distinct().order_by("pk")] if teams else []


def may_have_come(
    agreements: Sequence[Agreement], *, on: date, within: int, came: Collection[int] = ()
) -> dict[Specialist, str]:
    """Whom a form offers before it knows the day, each with the words that narrow their days, or "".

    Visits of the last days (`within`) may be told: who had gone before is left out, unless written down (`came`).
    """
    since = on - timedelta(days=within)
    teams = [agreement.team_id for agreement in agreements if agreement.team_id]
    rows = TeamMember.objects.filter(team__in=teams).select_related("specialist", "team").order_by("pk")
    found = {}
    for member in rows if teams else ():
        one, approved = member.specialist, member.team.approved_on
        gone = [day for day in (member.left_on, one.revoked_on) if day]
        if one.pk not in came and gone and min(gone) <= since:
            continue
        later = member.joined_on > since and not (approved and member.joined_on <= approved)
        told = {"加入": member.joined_on if later else None, "退出": member.left_on, "资格取消": one.revoked_on}
        found[one] = "，".join(f"{day_in_words(day)}{what}" for what, day in told.items() if day)
    return found


@finds_effects
def open_visits(person: Specialist, institution: Institution | None, on: date) -> list[Effect]:
    """What they did before they leave may still be confirmed and claimed."""
    rows = Visit.objects.filter(
        attendances__specialist=person, agreement__institution=institution, status__in=VisitStatus.editable
    )
    count = rows.distinct().count()
    page = f"{reverse('visits:list')}?status={VisitStatus.LOGGED}"
    return [Effect("未确认的服务记录", f"{count}次", page, "离开前的服务仍可确认和申领补助")] if count else []


@finds_what_ends
def visits_left_open(agreement: Agreement, on: date) -> list[Effect]:
    """What was done before the end may still be confirmed; what is told later is no visit of it."""
    count = agreement.visits.filter(status__in=VisitStatus.editable).count()
    page = f"{reverse('visits:list')}?status={VisitStatus.LOGGED}"
    return [Effect("未确认的服务记录", f"{count}次", page, "终止前的服务仍可确认和申领补助")] if count else []


@finds_what_was_done
def visits_under(agreement: Agreement) -> str:
    """Whatever was claimed or paid hangs on one of them."""
    count = agreement.visits.exclude(status=VisitStatus.WITHDRAWN).count()
    return f"已登记{count}次服务" if count else ""


@finds_work
def visits_of(hat: Membership, on: date) -> list[Work]:
    """What a host's contact, or a specialist, leaves unanswered."""
    page = f"{reverse('visits:list')}?status={VisitStatus.LOGGED}"
    if hat.role == Role.HOST_CONTACT:
        count = Visit.objects.visible_to(hat).filter(status=VisitStatus.LOGGED).count()
        return [Work("待确认的服务", count, page, "由本单位其他联系人，或凭单位邮箱收到的链接确认")]
    if hat.role == Role.SPECIALIST:
        count = Visit.objects.filter(logged_by=hat, status__in=(VisitStatus.LOGGED, VisitStatus.DISPUTED)).count()
        return [Work("未确认的服务记录", count, page, "派驻单位仍可确认；有异议的，请在终止前由本人更正")]
    return []

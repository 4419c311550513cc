"""What the first pages count, and the rows behind each figure: a figure is the length of the list it leads to.

How persons are counted is said once, in `agreements.queries.quota_counts` and `specialists.queries.selection`. Here are
only the rows of those figures; tests hold the two together.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Membership, Organization, in_county
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementQuerySet, goes_on_after
from agreements.progress import HANDED_IN_AGAIN, REVIEW_DAYS, due_as
from assessments.enums import AssessmentStatus
from assessments.models import Assessment, Campaign
from core.models import PolicyPack
from specialists.enums import Category, PersonnelType, RegistrationStatus
from specialists.models import Registration, RegistrationQuerySet, Specialist
from visits.enums import VisitStatus
from visits.models import Visit

FOUND = 8  # hits of one kind that the search shows


# --- people counted ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Which people: those that a figure of the board, of the map or of a home page counts."""

    of: str  # a key of KINDS
    year: int
    category: str = ""
    form: str = ""
    district: str = ""


@dataclass(frozen=True)
class Kind:
    label: str
    definition: str


KINDS = {
    "selected": Kind("已入选", "本年度登记经市科技局审核入选的人员，每人每类计一次；尚未备案协议的也在内。"),
    "filed": Kind(
        "已备案", "本年度有协议备案的人员，一人有几份协议只计一次；之后终止协议或取消资格的仍计入，另行列示。"
    ),
    "in_review": Kind("审核中", "协议已提交、等待市科技局审核，且本年度尚无协议备案的人员。"),
    "in_service": Kind("在岗", "今天在已备案协议服务期内的人员，含以前年度备案、本年度继续服务的。"),
    "graduates": Kind("在校研究生", "已备案人员中的在校研究生。"),
    "revoked": Kind("已取消资格", "已备案人员中，之后因考核不合格等被取消资格的；仍计入已备案人数。"),
}


def people(hat: Membership, asked: Asked, *, on: date) -> "QuerySet[Any, Any]":
    """One row for each person counted, of those this hat may see."""
    if asked.of == "selected":
        return _selected(Registration.objects.visible_to(hat), asked)
    papers = Agreement.objects.visible_to(hat).exclude(status__in=AgreementStatus.at_home)
    if asked.category:
        papers = papers.filter(registration__category=asked.category)
    if asked.form:
        papers = papers.filter(registration__form=asked.form)
    if asked.district:
        papers = papers.filter(in_county(asked.district, path="host__organization__district"))
    return _serving(_chosen(papers, asked, on=on))


def _chosen(papers: AgreementQuerySet, asked: Asked, *, on: date) -> AgreementQuerySet:
    filed = papers.filter(filed_on__range=(date(asked.year, 1, 1), date(asked.year, 12, 31)))
    match asked.of:
        case "in_review":
            waiting = papers.filter(status=AgreementStatus.SUBMITTED)
            return (
                waiting.exclude(specialist__in=filed.values("specialist")) if on.year == asked.year else papers.none()
            )
        case "in_service":
            return papers.in_service(on=on)
        case "graduates":
            return filed.filter(registration__personnel_type=PersonnelType.GRADUATE)
        case "revoked":
            return filed.filter(specialist__revoked_on__isnull=False)
        case _:
            return filed


def _serving(papers: AgreementQuerySet) -> "QuerySet[Any, Any]":
    theirs = papers.filter(specialist=OuterRef("pk")).order_by("-pk")
    return Specialist.objects.filter(pk__in=papers.values("specialist")).values(
        "id",
        "name",
        "status",
        category=Subquery(theirs.values("registration__category")[:1]),
        personnel_type=Subquery(theirs.values("registration__personnel_type")[:1]),
        unit=Subquery(theirs.values("institution__organization__name")[:1]),
        record=Subquery(theirs.values("pk")[:1]),
        hosts=ArraySubquery(theirs.order_by().values("host__organization__name").distinct()),
    )


def _selected(registrations: RegistrationQuerySet, asked: Asked) -> "QuerySet[Any, Any]":
    chosen = registrations.selected_in(asked.year)
    if asked.category:
        chosen = chosen.filter(category=asked.category)
    if asked.form:
        chosen = chosen.filter(form=asked.form)
    theirs = chosen.filter(specialist=OuterRef("pk")).order_by("-pk")
    return Specialist.objects.filter(pk__in=chosen.values("specialist")).values(
        "id",
        "name",
        "status",
        category=Subquery(theirs.values("category")[:1]),
        personnel_type=Subquery(theirs.values("personnel_type")[:1]),
        unit=Subquery(theirs.values("institution__organization__name")[:1]),
        record=Subquery(theirs.values("pk")[:1]),
        hosts=ArraySubquery(
            Agreement.objects.filter(registration__in=chosen, specialist=OuterRef("pk"))
            .exclude(status__in=AgreementStatus.at_home)
            .values("host__organization__name")
            .distinct()
        ),
    )


def serving_by_district(hat: Membership, *, on: date) -> list[tuple[str, str, int]]:
    """(code, name, persons in service there), of a retired district under its successor; 辛集 is the province's own and
    left out."""
    serving = Agreement.objects.visible_to(hat).in_service(on=on)
    serving = serving.filter(host__organization__district__province_managed=False)
    at = "host__organization__district"
    place = {
        "place": Coalesce(f"{at}__successor", at),
        "place_name": Coalesce(f"{at}__successor__name", f"{at}__name"),
    }
    counted = serving.annotate(**place).values_list(*place).annotate(persons=Count("specialist", distinct=True))
    return list(counted.order_by("-persons", place["place"]))


# --- what waits -------------------------------------------------------------------------------------------------------


def waiting_agreements(hat: Membership, *, on: date, pack: PolicyPack) -> dict[str, Any]:
    """What is before the bureau: all, due soon, due today, overdue, handed in again, and by category."""
    days = pack.setting(REVIEW_DAYS)
    parts = {name: due_as(name, on=on, review_days=days) for name in ("soon", "today", "over")}
    parts |= {"again": HANDED_IN_AGAIN}
    parts |= {category.value: Q(registration__category=category) for category in Category}
    waiting = Agreement.objects.visible_to(hat).filter(status=AgreementStatus.SUBMITTED)
    return waiting.aggregate(
        submitted=Count("pk"),
        first_again=Min("submitted_on", filter=HANDED_IN_AGAIN),
        **{name: Count("pk", filter=part) for name, part in parts.items()},
    )


def own_agreements(hat: Membership, *, on: date) -> dict[str, Any]:
    """An institution's, a county's or a host's agreements by what there is to do about them."""
    parts = {
        "drafts": Q(status=AgreementStatus.DRAFT),
        "returned": Q(status=AgreementStatus.RETURNED),
        "submitted": Q(status=AgreementStatus.SUBMITTED),
        "filed_this_year": Q(filed_on__year=on.year),
        "ending": due_as("ending", on=on),
    }
    serving = Q(goes_on_after(on), status=AgreementStatus.FILED, service_start__lte=on, service_end__gte=on)
    return Agreement.objects.visible_to(hat).aggregate(
        in_service=Count("specialist", distinct=True, filter=serving),
        persons_filed=Count("specialist", distinct=True, filter=parts["filed_this_year"]),
        **{name: Count("pk", filter=part) for name, part in parts.items()},
    )


def own_registrations(hat: Membership, *, year: int) -> dict[str, int]:
    return Registration.objects.visible_to(hat).aggregate(
        **{status.value: Count("pk", filter=Q(status=status) & Q(year=year)) for status in RegistrationStatus},
        returned_ever=Count("pk", filter=Q(status=RegistrationStatus.RETURNED)),
        drafts_ever=Count("pk", filter=Q(status=RegistrationStatus.DRAFT)),
    )


def ending(hat: Membership, *, on: date) -> AgreementQuerySet:
    """Filed and over within sixty days, the nearest first."""
    rows = Agreement.objects.visible_to(hat).filter(due_as("ending", on=on))
    return rows.order_by("service_end", "pk")


def not_extended() -> Q:
    """Nobody has handed in its extension."""
    return ~Q(renewal__status__in=[*AgreementStatus.counted_at_host])


@dataclass(frozen=True)
class Round:
    """The running campaign, and how far it has come among the sheets this hat sees."""

    campaign: Campaign
    open: int
    submitted: int
    returned: int
    final: int

    @property
    def assessed(self) -> int:
        return self.open + self.submitted + self.returned + self.final

    @property
    def handed_in(self) -> int:
        return self.submitted + self.final


def running_round(hat: Membership) -> Round | None:
    """The newest campaign with its sheets counted, whoever is exempt left out."""
    campaign = Campaign.objects.standing().order_by("-year").first()
    if campaign is None:
        return None
    sheets = Assessment.objects.visible_to(hat).filter(campaign=campaign)
    states = (AssessmentStatus.OPEN, AssessmentStatus.SUBMITTED, AssessmentStatus.RETURNED, AssessmentStatus.FINAL)
    return Round(campaign, **sheets.aggregate(**{state.value: Count("pk", filter=Q(status=state)) for state in states}))


def visits_by_state(hat: Membership, *, year: int) -> dict[str, int]:
    """Waiting for the host, disputed, and what was confirmed of a year."""
    return Visit.objects.visible_to(hat).aggregate(
        all=Count("pk"),
        logged=Count("pk", filter=Q(status=VisitStatus.LOGGED)),
        disputed=Count("pk", filter=Q(status=VisitStatus.DISPUTED)),
        confirmed=Count("pk", filter=Q(status=VisitStatus.CONFIRMED, date__year=year)),
    )


def endings(hat: Membership, *, on: date) -> list[tuple[date, int, int]]:
    """(day, agreements that end on it, those of them nobody has extended) of the next sixty days."""
    rows = ending(hat, on=on).order_by().values_list("service_end")
    counted = rows.annotate(all=Count("pk"), open=Count("pk", filter=not_extended())).order_by("service_end")
    return [(day, papers, open_ones) for day, papers, open_ones in counted if day]


def hosts_by_persons(hat: Membership, *, on: date) -> "QuerySet[Any, Any]":
    """The hosts this hat sees with how many persons serve there on the day, the fullest first."""
    serving = Agreement.objects.in_service(on=on).filter(host=OuterRef("pk")).order_by().values("host")
    persons = Subquery(serving.annotate(n=Count("specialist", distinct=True)).values("n"))
    hosts = Organization.objects.visible_to(hat).hosts()
    return (
        hosts.annotate(persons=Coalesce(persons, 0))
        .order_by("-persons", "name")
        .values("id", "name", "persons", "host__host_type")
    )

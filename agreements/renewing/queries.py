"""Who ends in a year, and what becomes of each."""

from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from agreements.enums import AgreementStatus
from agreements.models import Agreement

RENEWED, DRAFTED, LEAVING, UNDECIDED = "renewed", "drafted", "leaving", "undecided"
LABELS = {UNDECIDED: "未定", DRAFTED: "续签办理中", RENEWED: "已续签", LEAVING: "不再续签"}
TONES = {UNDECIDED: "expiring", DRAFTED: "wait", RENEWED: "ok", LEAVING: "ended"}

PLAN = Case(
    When(renewal__status__in=AgreementStatus.once_filed, then=Value(RENEWED)),
    When(renewal__isnull=False, then=Value(DRAFTED)),
    When(leaving__isnull=False, then=Value(LEAVING)),
    default=Value(UNDECIDED),
    output_field=CharField(),
)


def with_plan(agreements: QuerySet[Agreement]) -> QuerySet[Any]:
    """What is filed, each with its `plan`; what was ended before its time, or is to be, is no matter any more."""
    return agreements.filter(status=AgreementStatus.FILED, terminated_on=None).annotate(plan=PLAN)


def ending_in(agreements: QuerySet[Agreement], year: int) -> QuerySet[Any]:
    """Of these what ends in that year."""
    return with_plan(agreements).filter(service_end__year=year)


def counts(agreements: QuerySet[Any]) -> dict[str, int]:
    """How many of each plan, in the order of LABELS."""
    found = dict(agreements.order_by().values_list("plan").annotate(number=Count("pk")))
    return {plan: found.get(plan, 0) for plan in LABELS}


def by_institution(agreements: QuerySet[Any]) -> list[dict[str, Any]]:
    """One row for each institution that has something ending, the most undecided first."""
    numbers = {plan: Count("id", filter=Q(plan=plan)) for plan in LABELS}
    rows = agreements.order_by().values(pk=F("institution_id"), name=F("institution__organization__name"))
    return [*rows.annotate(ending=Count("id"), **numbers).order_by(f"-{UNDECIDED}", "name")]

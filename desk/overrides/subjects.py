"""What an override stands on: how its record is called, whose it is, where it is opened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.enums import Role
from accounts.models import HostUnit, Membership, Organization
from agreements.models import Agreement
from assessments.models import Assessment
from core.models import Override
from core.tables import Row, addresses
from specialists.models import Registration, Specialist, Team


@dataclass(frozen=True)
class Subject:
    """One kind of record. `called` and `unit` are expressions over its row; `url` names its page, if there is one."""

    model: Any
    label: str
    called: Any
    unit: str  # the way to the name of its institution; empty: it has none
    url: str
    action: str  # who may open that page at all
    is_internal: bool = False  # how the bureau keeps its register is told to nobody else

    @property
    def of(self) -> str:
        return str(self.model._meta.label)

    def seen_by(self, hat: Membership) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(hat)
        return rows.none() if self.is_internal and hat.role not in Role.sees_everything else rows


_NUMBER = Coalesce("filing_number", Concat(Value("D-"), Cast("pk", CharField())))
SUBJECTS = {
    one.of: one
    for one in (
        Subject(
            Agreement,
            "协议",
            Concat(_NUMBER, Value("　"), "specialist__name"),
            "institution__organization__name",
            "agreements:detail",
            "agreement.view",
        ),
        Subject(
            Registration,
            "登记",
            F("specialist__name"),
            "institution__organization__name",
            "specialists:detail",
            "registration.view",
        ),
        Subject(Team, "团队", F("name"), "institution__organization__name", "specialists:team-detail", "team.view"),
        Subject(
            Assessment,
            "考核",
            F("specialist__name"),
            "institution__organization__name",
            "assessments:detail",
            "assessment.view",
        ),
        Subject(HostUnit, "派驻单位", F("organization__name"), "", "accounts:organization", "organization.view", True),
        # Two hosts made one: the bureau's word stands on the unit that stays.
        Subject(Organization, "单位", F("name"), "", "accounts:organization", "organization.view", True),
        Subject(Specialist, "人员", F("name"), "", "", "", True),
    )
}


def visible(hat: Membership) -> Q:
    """Overrides on the records that this hat sees, kind by kind."""
    found = Q(pk__in=())
    for of, subject in SUBJECTS.items():
        found |= Q(target_type=of, target_id__in=subject.seen_by(hat).values("pk"))
    return found


def of_institution(hat: Membership, name: Callable[[str], Q]) -> Q:
    """Overrides on records of the institutions that `name` finds on the way to an organisation."""
    found = Q(pk__in=())
    for of, subject in SUBJECTS.items():
        if subject.unit:
            way = subject.unit.removesuffix("name")
            found |= Q(target_type=of, target_id__in=subject.seen_by(hat).filter(name(way)).values("pk"))
    return found


def named(overrides: QuerySet[Override]) -> QuerySet[Override]:
    """With `record` and `unit`: how each record is called, and its institution."""

    def told(expression: Callable[[Subject], Any]) -> Case:
        return Case(
            *(
                When(
                    target_type=of,
                    then=Subquery(
                        subject.model.objects.filter(pk=OuterRef("target_id"))
                        .annotate(told=expression(subject))
                        .values("told")[:1]
                    ),
                )
                for of, subject in SUBJECTS.items()
            ),
            default=Value(""),
            output_field=CharField(),
        )

    return overrides.annotate(
        record=told(lambda one: one.called),
        unit=told(lambda one: F(one.unit) if one.unit else Value("", output_field=CharField())),
    )


def opens(may: Callable[[str], bool]) -> Callable[[Row], str]:
    """Row → the page of its record, where there is one and this hat may open it."""
    to = {of: addresses(one.url, by="target_id") for of, one in SUBJECTS.items() if one.url and may(one.action)}
    return lambda row: to[row["target_type"]](row) if row["target_type"] in to else ""

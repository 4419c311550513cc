"""Facts for the rules, read from the tables: about one agreement, and about all of a year at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Count

from accounts.enums import HostType, Role
from accounts.models import HostUnit, Institution, Membership
from agreements import rules
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, YearlyHost
from agreements.rules import Signed, Stay, YearTaken
from core.notify import Reader
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus
from specialists.models import Registration

# --- one agreement ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paper:
    """Another agreement of the same specialist that is under review or was filed."""

    pk: int
    host_id: int
    host: str
    code: str
    category: Category
    form: Form
    status: AgreementStatus
    start: date
    end: date  # the last day of its service
    filed_on: date | None


@dataclass(frozen=True)
class Case:
    """What the rules ask about one agreement, saved or only filled in so far; each fact is read when it is asked."""

    agreement: Agreement
    on: date

    @cached_property
    def category(self) -> Category:
        return Category(self.agreement.registration.category)

    @cached_property
    def form(self) -> Form:
        return Form(self.agreement.registration.form)

    @property
    def start(self) -> date:
        assert self.agreement.service_start
        return self.agreement.service_start

    @property
    def end(self) -> date:
        assert self.agreement.service_end
        return self.agreement.service_end

    @property
    def host(self) -> HostUnit:
        assert self.agreement.host
        return self.agreement.host

    @property
    def host_type(self) -> HostType:
        return HostType(self.host.host_type)

    @property
    def has_period(self) -> bool:
        start, end = self.agreement.service_start, self.agreement.service_end
        return start is not None and end is not None and start <= end

    @property
    def graduates_on(self) -> date | None:
        registration = self.agreement.registration
        return registration.graduates_on if registration.personnel_type == PersonnelType.GRADUATE else None

    @property
    def values(self) -> dict[str, object]:
        """What the agreement says, for the rule that asks whether it says enough."""
        agreement = self.agreement
        return {
            "host": agreement.host_id,
            "service_start": agreement.service_start,
            "service_end": agreement.service_end,
            "service_content": agreement.service_content,
            "visits_per_year": agreement.visits_per_year,
            "goals": agreement.goals,
        }

    @cached_property
    def signatures(self) -> list[Signed]:
        if self.agreement.pk is None:
            return []
        rows = self.agreement.signatures.values_list("party", "signer", "signed_on")
        return [Signed(Party(party), signer, signed_on) for party, signer, signed_on in rows]

    @property
    def signed_on(self) -> date:
        """The day the contract was concluded: when the last party signed; today while none has."""
        return max((signed.on for signed in self.signatures), default=self.on)

    @property
    def scanned(self) -> list[int]:
        """The versions of the paper whose scans are there, oldest first."""
        if self.agreement.pk is None:
            return []
        return list(self.agreement.scans.order_by("number").values_list("paper_version", flat=True))

    @property
    def years_elsewhere(self) -> list[YearTaken]:
        """Years given to other hosts; until the bureau has it, also those that other papers before it would take."""
        taken = years_elsewhere(self.agreement)
        if self.agreement.status in AgreementStatus.editable:
            taken += [
                YearTaken(year, paper.host, paper.code, paper.end)
                for paper in self.papers_beside
                if paper.status == AgreementStatus.SUBMITTED
                and (paper.category, paper.form) == (self.category, self.form)
                and paper.host_id != self.agreement.host_id
                for year in range(paper.start.year, paper.end.year + 1)
                if year in self.agreement.years
            ]
        return taken

    @property
    def running_to(self) -> date | None:
        """The last day of the agreement that this one extends, or of others with the same host that it overlaps."""
        agreement = self.agreement
        ends = [
            paper.end
            for paper in self.papers_beside
            if paper.status in AgreementStatus.counted_at_host
            and paper.host_id == agreement.host_id
            and (paper.category, paper.form) == (self.category, self.form)
            and paper.start <= self.end
            and self.start <= paper.end
        ]
        if agreement.renews:
            ends.append(agreement.renews.last_day)
        return max(ends, default=None)

    @cached_property
    def papers_beside(self) -> list[Paper]:
        return papers_beside(self.agreement)

    @cached_property
    def stays_beside(self) -> list[Stay]:
        """Who else is at the host while it runs; nobody asks where neither a cap nor a notice counts them."""
        return stays_beside(self.agreement) if self.capped_as or self.is_other_small_firm else []

    @property
    def stay(self) -> Stay:
        return Stay(self.agreement.specialist_id, self.start, self.end)

    @property
    def is_selected_already(self) -> bool:
        """Whether its specialist counts this year without it (A7: persons, not papers)."""
        return any(
            paper.filed_on is not None
            and paper.filed_on.year == self.on.year
            and (paper.category, paper.form) == (self.category, self.form)
            for paper in self.papers_beside
        )

    @property
    def persons_filed(self) -> int:
        return persons_filed(self.on.year, self.category)

    @property
    def capped_as(self) -> str | None:
        return rules.capped_as(
            host_type=self.host_type, is_tech_sme=self.host.is_tech_sme, is_above_scale=self.host.is_above_scale
        )

    @property
    def is_other_small_firm(self) -> bool:
        return rules.is_other_small_firm(
            host_type=self.host_type, is_tech_sme=self.host.is_tech_sme, is_above_scale=self.host.is_above_scale
        )


def stays_beside(agreement: Agreement) -> list[Stay]:
    """Who else is counted at its host while it runs: agreements filed or under review (A10)."""
    assert agreement.service_start
    assert agreement.service_end
    others = Agreement.objects.filter(host=agreement.host_id).counted_at_host()
    others = others.overlapping(agreement.service_start, agreement.service_end).exclude(pk=agreement.pk)
    rows = others.values_list("specialist_id", "service_start", "service_end")
    return [Stay(person, start, end) for person, start, end in rows if start and end]


def years_elsewhere(agreement: Agreement) -> list[YearTaken]:
    """Years of this agreement in which its specialist already serves another host, by the rows that say so."""
    rows = YearlyHost.objects.filter(specialist=agreement.specialist_id, year__in=agreement.years)
    rows = rows.exclude(host=agreement.host_id).filter(agreements__isnull=False)
    latest: dict[int, YearTaken] = {}
    for year, host, number, end, terminated_on in rows.order_by("year", "agreements__service_end").values_list(
        "year",
        "host__organization__name",
        "agreements__filing_number",
        "agreements__service_end",
        "agreements__terminated_on",
    ):
        last_day = Agreement(service_end=end, terminated_on=terminated_on).last_day
        latest[year] = YearTaken(year, host, number or "", last_day)
    return list(latest.values())


def papers_beside(agreement: Agreement) -> list[Paper]:
    """The specialist's other agreements that the bureau has or had before it."""
    others = Agreement.objects.filter(specialist=agreement.specialist_id).exclude(pk=agreement.pk)
    others = others.exclude(status__in=AgreementStatus.editable).select_related("host__organization", "registration")
    return [
        Paper(
            other.pk,
            other.host_id or 0,
            str(other.host),
            str(other),
            Category(other.registration.category),
            Form(other.registration.form),
            AgreementStatus(other.status),
            other.service_start,
            other.last_day,
            other.filed_on,
        )
        for other in others.order_by("pk")
        if other.service_start
    ]


def persons_filed(year: int, category: Category) -> int:
    """A7: distinct individual specialists of the category with an agreement filed in the year, also ended ones."""
    filed = Agreement.objects.filter(filed_on__year=year, registration__category=category)
    filed = filed.filter(registration__form=Form.INDIVIDUAL)
    return filed.aggregate(persons=Count("specialist", distinct=True))["persons"]


def latest_registration(agreement: Agreement) -> Registration:
    """The newest selection of its specialist in the same form and category by the same institution."""
    registration = agreement.registration
    same = Registration.objects.filter(
        specialist=agreement.specialist_id,
        institution=agreement.institution_id,
        category=registration.category,
        form=registration.form,
        status=RegistrationStatus.APPROVED,
    )
    return same.latest("year")


# --- who is told ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Readers:
    """Who reads for each side of an agreement; units without an account are reached at their address."""

    specialist: list[Reader]
    institution: list[Reader]
    host: list[Reader]

    @property
    def parties(self) -> list[Reader]:
        return [*self.specialist, *self.institution, *self.host]


def readers_of(agreements: Sequence[Agreement], *, on: date) -> dict[int, Readers]:
    """The readers of each agreement, by its pk, from two statements for all of them."""
    rows = Agreement.objects.filter(pk__in=[agreement.pk for agreement in agreements])
    rows = rows.select_related("specialist__user", "institution__organization", "host__organization")
    parties = {row.pk: row for row in rows}
    units = {row.institution_id for row in parties.values()} | {row.host_id for row in parties.values()}
    wearers: dict[tuple[int, bool], list[Reader]] = {}
    hats = Membership.objects.active(on=on).filter(organization__in=units - {None})
    for hat in hats.filter(role__in=[*Role.institution, Role.HOST_CONTACT]).select_related("person").order_by("pk"):
        at = (hat.organization_id, hat.role == Role.HOST_CONTACT)
        wearers.setdefault(at, []).append(Reader(hat.person, hat.person.email))

    def at_unit(unit: Institution | HostUnit | None, *, is_host: bool) -> list[Reader]:
        if unit is None:
            return []
        return wearers.get((unit.pk, is_host)) or [Reader(email=unit.organization.contact_email)]

    return {
        pk: Readers(
            specialist=[Reader(row.specialist.user, row.specialist.email)],
            institution=at_unit(row.institution, is_host=False),
            host=at_unit(row.host, is_host=True),
        )
        for pk, row in parties.items()
    }


def bureau_readers(*, on: date) -> list[Reader]:
    """The officers of the city bureau, told on the platform only: what concerns all the city would flood a mailbox."""
    hats = Membership.objects.active(on=on).filter(role=Role.BUREAU_OFFICER).select_related("person")
    return [Reader(hat.person) for hat in hats.order_by("pk")]

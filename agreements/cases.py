"""What the rules ask about one agreement, as it stands, saved or not; what other rows say of it is one statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Count

from accounts.enums import HostType
from accounts.models import HostUnit
from agreements import rules
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, last_day
from agreements.rules import Signed, Stay, YearTaken
from agreements.signing import fields
from core.policy import RuleEntry
from core.prepared import Prepared
from specialists.enums import Category, Form, PersonnelType
from specialists.models import TeamMember
from specialists.rules import Listing
from specialists.suspending.rules import Spell


@dataclass(frozen=True)
class Paper:
    """Another agreement of the same specialist that is under review or was filed."""

    pk: int
    host_id: int
    host: str
    code: str
    category: str
    form: str
    status: str
    start: date
    end: date  # the last day for which it keeps others out
    filed_on: date | None


@dataclass(frozen=True)
class Mate:
    """A present member of the team whose agreement it is."""

    person: int
    name: str
    is_leader: bool
    is_qualified: bool


@dataclass(frozen=True)
class Facts:
    """What other rows say about an agreement."""

    signatures: list[tuple[Signed, Mapping[str, str]]]  # each with what was signed, by signing.fields
    refused: list[Party]  # who will not sign the paper as it reads
    scanned: list[int]  # the versions of the paper whose scans are there, oldest first
    unread: list[int]  # the numbers of those of its present version on which no code of the paper was read
    lacking: list[int]  # the pages of its present paper that none of its scans has
    papers_beside: list[Paper]  # the specialist's other agreements that the bureau has or had before it
    years_elsewhere: list[YearTaken]  # years of it in which the specialist already serves another host
    stays_beside: list[Stay]  # who else is counted at its host while it runs: filed or under review (A10)
    listings: list[Listing]  # R29: where the provincial list names its specialist
    mates: list[Mate] = field(default_factory=list)  # who is in its team today
    spells: list[Spell] = field(default_factory=list)  # when its specialist's qualification rests


# The persons of one agreement `a` and how long each is there: who signed it, or each member of the team for the days in
# it. Who founded the team is there from the first day of service; who came later from that day.
STAYS = """
    SELECT a.specialist_id AS person, a.service_start AS since, a.service_end AS until WHERE a.team_id IS NULL
    UNION ALL
    SELECT m.specialist_id,
        CASE WHEN m.joined_on <= t.approved_on THEN a.service_start ELSE GREATEST(a.service_start, m.joined_on) END,
        LEAST(a.service_end, m.left_on - 1)
    FROM specialists_team t JOIN specialists_teammember m ON m.team_id = t.id WHERE t.id = a.team_id
"""

# One statement, because every filing waits for it under the locks of its host and its specialist. A period that is not
# filled in yet meets nothing.
FACTS = Prepared(
    "agreement_facts",
    """
    SELECT
        (SELECT json_agg(json_build_array(party, signer, signed_on, link_id IS NOT NULL, authority,
                letter_id IS NOT NULL, signed))
            FROM agreements_signature WHERE agreement_id = %(pk)s),
        (SELECT json_agg(party) FROM agreements_signingrefusal
            WHERE agreement_id = %(pk)s AND version = %(version)s),
        (SELECT json_agg(json_build_array(s.paper_version, s.number, s.is_unread, s.lacks) ORDER BY s.number)
            FROM agreements_agreementscan s WHERE s.agreement_id = %(pk)s
                AND NOT EXISTS (SELECT FROM agreements_scanwithdrawal w WHERE w.scan_id = s.id)),
        (SELECT json_agg(json_build_array(a.id, a.host_id, o.name, a.filing_number, r.category, r.form, a.status,
                a.service_start, a.service_end, a.terminated_on, a.filed_on) ORDER BY a.id)
            FROM agreements_agreement a
            JOIN specialists_registration r ON r.id = a.registration_id
            JOIN accounts_organization o ON o.id = a.host_id
            WHERE a.specialist_id = %(specialist)s AND a.id IS DISTINCT FROM %(pk)s AND a.status <> ALL(%(not_handed_in)s)),
        (SELECT json_agg(json_build_array(y.year, o.name, a.filing_number, a.service_end, a.terminated_on)
                ORDER BY y.year, a.service_end)
            FROM agreements_yearlyhost y
            JOIN accounts_organization o ON o.id = y.host_id
            JOIN agreements_yearlyhost_agreements t ON t.yearlyhost_id = y.id
            JOIN agreements_agreement a ON a.id = t.agreement_id
            WHERE y.specialist_id = %(specialist)s AND y.host_id <> %(host)s
                AND y.year BETWEEN %(first_year)s AND %(last_year)s),
        (SELECT json_agg(json_build_array(s.person, s.since, s.until))
            FROM agreements_agreement a, LATERAL ("""
    + STAYS
    + """) s
            WHERE %(counts_at_host)s AND a.host_id = %(host)s AND a.status = ANY(%(counted)s)
                AND a.id IS DISTINCT FROM %(pk)s AND a.service_start <= %(end)s AND a.service_end >= %(start)s
                AND s.since <= s.until),
        (SELECT json_agg(json_build_array(l.year, l.valid_from, l.valid_to) ORDER BY l.year, l.id)
            FROM specialists_provinciallistentry l
            JOIN specialists_specialist p ON p.id_digest = l.id_digest
            WHERE p.id = %(specialist)s),
        (SELECT json_agg(json_build_array(m.specialist_id, p.name, m.is_leader, p.revoked_on IS NULL) ORDER BY m.id)
            FROM specialists_teammember m JOIN specialists_specialist p ON p.id = m.specialist_id
            WHERE m.team_id = %(team)s AND m.left_on IS NULL),
        (SELECT json_agg(json_build_array(from_on, COALESCE(resumed_on - 1, until_on)) ORDER BY from_on)
            FROM specialists_suspension WHERE specialist_id = %(specialist)s)
    """,
    pk="bigint",
    version="int",
    team="bigint",
    specialist="bigint",
    host="bigint",
    start="date",
    end="date",
    first_year="int",
    last_year="int",
    counts_at_host="boolean",
    not_handed_in="text[]",
    counted="text[]",
)


def facts_of(agreement: Agreement, *, counts_at_host: bool) -> Facts:
    """Read them now; `counts_at_host`: whether who else is at the host matters to any rule."""
    [found] = FACTS.rows(
        pk=agreement.pk,
        version=agreement.version,
        team=agreement.team_id,
        specialist=agreement.specialist_id,
        host=agreement.host_id,
        start=agreement.service_start,
        end=agreement.service_end,
        first_year=agreement.service_start.year if agreement.service_start else None,
        last_year=agreement.last_day.year if agreement.service_end else None,
        counts_at_host=counts_at_host,
        not_handed_in=list(AgreementStatus.not_handed_in),
        counted=list(AgreementStatus.counted_at_host),
    )
    signatures, refused, scanned, papers, years, stays, listings, mates, spells = (rows or [] for rows in found)
    present = [scan for scan in scanned if scan[0] == agreement.version]
    return Facts(
        signatures=[
            (Signed(Party(party), signer, _day(on), online, authority, has_letter), signed)
            for party, signer, on, online, authority, has_letter, signed in signatures
        ],
        refused=[Party(party) for party in refused],
        scanned=[paper_version for paper_version, *_ in scanned],
        unread=[number for _, number, is_unread, _ in present if is_unread],
        lacking=sorted(set.intersection(*(set(lacks) for *_, lacks in present))) if present else [],
        papers_beside=[_paper(*row) for row in papers],
        # Of several agreements in a year the one that ends last says until when.
        years_elsewhere=list(
            {
                year: YearTaken(year, host, number or "", last_day(_day(end), _day(terminated_on)))
                for year, host, number, end, terminated_on in years
            }.values()
        ),
        stays_beside=[Stay(person, _day(start), _day(end)) for person, start, end in stays],
        listings=[Listing(year, _day(start), _day(end)) for year, start, end in listings],
        mates=[Mate(*mate) for mate in mates],
        spells=[Spell(_day(first), _day(last)) for first, last in spells],
    )


def _paper(
    pk: int, host_id: int, host: str, number: str | None, category: str, form: str, status: str, *days: Any
) -> Paper:
    start, end, terminated_on, filed_on = map(_day, days)
    if status != AgreementStatus.FILED:  # an end that is only ordered may be taken back (Agreement.held_until)
        end = last_day(end, terminated_on)
    return Paper(pk, host_id, host, number or f"D-{pk}", category, form, status, start, end, filed_on)


def _day(written: str | None) -> Any:
    """A day as JSON writes it; None where there is none."""
    return date.fromisoformat(written) if written else None


@dataclass(frozen=True)
class Case:
    """What the rules ask about one agreement, saved or only filled in so far; other rows are read when they are asked."""

    agreement: Agreement
    on: date
    known: Facts | None = None  # where they have been read already, for many at once
    filed_before: int | None = None  # likewise the persons filed

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

    @cached_property
    def first_graduate(self) -> tuple[str, date | None]:
        """A14: who of those that serve is a student and graduates first, and when; of a team it may be any member."""
        agreement, registration = self.agreement, self.agreement.registration
        if agreement.team_id is None:
            is_student = registration.personnel_type == PersonnelType.GRADUATE
            return agreement.specialist.name, registration.graduates_on if is_student else None
        students = TeamMember.objects.students().filter(team=agreement.team_id).order_by("graduates_on", "pk")
        first = students.values_list("specialist__name", "graduates_on").first()
        return first or (agreement.specialist.name, None)

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
    def facts(self) -> Facts:
        if self.known is not None:
            return self.known
        counts = self.agreement.host_id is not None and bool(self._capped(is_proven=False) or self.is_other_small_firm)
        return facts_of(self.agreement, counts_at_host=counts)

    @cached_property
    def signatures(self) -> list[Signed]:
        """Each with what was changed since, as far as it concerns who signed."""
        # What is filed stays as it was signed, whoever joins the team or is renamed afterwards.
        filed = self.agreement.status in AgreementStatus.once_filed
        if filed or not any(signed for _, signed in self.facts.signatures):
            return [one for one, _ in self.facts.signatures]
        reads = fields.as_it_reads(self.agreement, members=[mate.name for mate in self.mates])
        return [
            replace(one, void=fields.in_words(fields.void(one.party, signed=signed, reads=reads)))
            for one, signed in self.facts.signatures
        ]

    @property
    def refused(self) -> list[Party]:
        return self.facts.refused

    @property
    def signed_on(self) -> date:
        """The day the contract was concluded: when the last party signed; today while none has."""
        return max((signed.on for signed in self.signatures), default=self.on)

    @property
    def scanned(self) -> list[int]:
        """The versions of the paper whose scans are there, oldest first."""
        return self.facts.scanned

    @property
    def unread(self) -> list[int]:
        """The numbers of its present scans on which no code of the paper was read."""
        return self.facts.unread

    @property
    def lacking(self) -> list[int]:
        """The pages of its present paper that none of its scans has."""
        return self.facts.lacking

    @property
    def listings(self) -> list[Listing]:
        return self.facts.listings

    @property
    def years_elsewhere(self) -> list[YearTaken]:
        """Years given to other hosts; until the bureau has it, also those that other papers before it would take."""
        taken = list(self.facts.years_elsewhere) if self.was_filed_before else []
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
    def was_filed_before(self) -> bool:
        """Whether its specialist has had another filed in this category and form, be it void by now: only then are there
        rows of years."""
        return any(
            (paper.filed_on is not None or paper.status == AgreementStatus.VOID)
            and (paper.category, paper.form) == (self.category, self.form)
            for paper in self.papers_beside
        )

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
            ends.append(agreement.renews.held_until)
        return max(ends, default=None)

    @property
    def papers_beside(self) -> list[Paper]:
        return self.facts.papers_beside

    @property
    def stays_beside(self) -> list[Stay]:
        """Who else is at the host while it runs; nobody is where neither a cap nor a notice counts them."""
        return self.facts.stays_beside

    @property
    def stay(self) -> Stay:
        return Stay(self.agreement.specialist_id, self.start, self.end)

    @property
    def mates(self) -> list[Mate]:
        """Who is in its team today; nobody where it is the agreement of one person."""
        return self.facts.mates

    @property
    def companions(self) -> list[Stay]:
        """A10: the members of its team who come with the one who signs."""
        others = [mate.person for mate in self.mates if mate.person != self.agreement.specialist_id]
        return [Stay(person, self.start, self.end) for person in others]

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
        return persons_filed(self.on.year, self.category) if self.filed_before is None else self.filed_before

    def capped_as(self, entry: RuleEntry) -> str | None:
        """As what E-CAP5 caps the host, in the words of its entry of the pack that judges."""
        return self._capped(is_proven=self.host.flags_verified_by_id is not None or rules.takes_its_word(entry))

    def _capped(self, *, is_proven: bool) -> str | None:
        return rules.capped_as(
            host_type=self.host_type,
            is_tech_sme=self.host.is_tech_sme,
            is_above_scale=self.host.is_above_scale,
            is_proven=is_proven,
        )

    @property
    def is_other_small_firm(self) -> bool:
        return rules.is_other_small_firm(
            host_type=self.host_type, is_tech_sme=self.host.is_tech_sme, is_above_scale=self.host.is_above_scale
        )


def persons_filed(year: int, category: Category) -> int:
    """A7: distinct individual specialists of the category with an agreement filed in the year, also ended ones."""
    filed = Agreement.objects.filter(filed_on__year=year, registration__category=category)
    filed = filed.filter(registration__form=Form.INDIVIDUAL)
    return filed.aggregate(persons=Count("specialist", distinct=True))["persons"]

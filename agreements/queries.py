"""Facts for the rules, read from the tables: about one agreement, and about all of a year at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.enums import HostType, Role
from accounts.leaving import Work, finds_work
from accounts.models import HostFlags, HostUnit, Institution, Membership
from agreements import rules
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementQuerySet, GraduationDecision, goes_on_after
from agreements.rules import Stay
from core.jinja import cdate
from core.models import PolicyPack
from core.notify import Reader
from specialists import rules as person_rules
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus
from specialists.models import Registration, Team, TeamMember
from specialists.queries import leader_of
from specialists.selection.correcting.following import finds_what_followed


def latest_registration(agreement: Agreement) -> Registration:
    """The newest selection of its specialist in the same form and category by the same institution."""
    registration = agreement.registration
    if agreement.team and (leader := leader_of(agreement.team)) and leader.registration:
        return leader.registration  # another may lead it since
    same = Registration.objects.filter(
        specialist=agreement.specialist_id,
        institution=agreement.institution_id,
        category=registration.category,
        form=registration.form,
        status=RegistrationStatus.APPROVED,
    )
    return same.latest("year")


def team_led(registration: Registration) -> Team | None:
    """The team for which this person signs: the one they lead; of several the one with the fewest agreements."""
    leads = TeamMember.objects.current().filter(registration=registration, is_leader=True).values("team")
    teams = Team.objects.selected_in(registration.year).filter(pk__in=leads)
    return teams.annotate(papers=Count("agreements")).order_by("papers", "pk").first()


# --- all of a year ----------------------------------------------------------------------------------------------------
# The same facts for every agreement that touches a year, one statement per rule: agreements that agree in all a rule
# asks about stand in one row, so that it is asked once for them.


@dataclass(frozen=True)
class Alike:
    """Agreements of which a rule knows the same facts."""

    facts: tuple[Any, ...]
    agreements: list[int]


def periods(year: int) -> list[Alike]:
    """R18: (start, end) of what is filed and not explained."""
    return _alike("a.service_start, a.service_end", year=year, code="W-TERM")


def ends_by_signing(year: int) -> list[Alike]:
    """R26: (day of the last signature, end) of what is filed and not explained."""
    signed = """(SELECT agreement_id, max(signed_on) AS signed_on FROM agreements_signature GROUP BY agreement_id)"""
    join = f"JOIN {signed} s ON s.agreement_id = a.id"
    return _alike("s.signed_on, a.service_end", year=year, code="W-END", join=join)


def graduations(year: int) -> list[Alike]:
    """A14: (name, expected graduation, end) of filed agreements, not explained, of graduate students or of their teams."""
    join = """
        JOIN LATERAL (
            SELECT r.specialist_id, r.graduates_on FROM specialists_registration r
            WHERE r.id = a.registration_id AND a.team_id IS NULL AND r.personnel_type = 'graduate'
            UNION ALL
            SELECT m.specialist_id, m.graduates_on FROM specialists_teammember m
            WHERE m.team_id = a.team_id AND m.left_on IS NULL AND m.personnel_type = 'graduate'
        ) g ON true
        JOIN specialists_specialist p ON p.id = g.specialist_id"""
    return _alike("p.name, g.graduates_on, a.service_end", year=year, code="W-GRADUATION", join=join)


def listed(year: int) -> list[Alike]:
    """R29, A15: (name, category, form, year listed, from, to, start, end) of filed agreements of people on the list."""
    join = """
        JOIN specialists_registration r ON r.id = a.registration_id
        JOIN specialists_specialist p ON p.id = a.specialist_id
        JOIN specialists_provinciallistentry l ON l.id_digest = p.id_digest"""
    facts = "p.name, r.category, r.form, l.year, l.valid_from, l.valid_to, a.service_start, a.service_end"
    return _alike(facts, year=year, join=join)


def revoked(year: int) -> list[Alike]:
    """R34: (name, day) of people who lost the qualification and whose agreements are filed all the same."""
    join = "JOIN specialists_specialist p ON p.id = a.specialist_id AND p.revoked_on IS NOT NULL"
    return _alike("p.name, p.revoked_on", year=year, join=join)


def overlaps(year: int) -> list[Alike]:
    """A3: (start, end of an earlier agreement of the same specialist at the same host that it overlaps)."""
    join = """
        JOIN agreements_agreement b ON b.specialist_id = a.specialist_id AND b.host_id = a.host_id AND b.id < a.id
            AND b.status = 'filed' AND b.service_start <= a.service_end AND b.service_end >= a.service_start
        JOIN specialists_registration r ON r.id = a.registration_id
        JOIN specialists_registration q ON q.id = b.registration_id AND (q.category, q.form) = (r.category, r.form)"""
    return _alike("a.service_start, b.service_end", year=year, join=join)


def _alike(facts: str, *, year: int, code: str = "", join: str = "") -> list[Alike]:
    """Filed agreements touching the year, by their facts; without those whose finding somebody has explained."""
    # Nobody explains what was filed before the platform: it was told of when it was taken over.
    unexplained = """AND NOT a.is_past AND NOT EXISTS (
        SELECT FROM core_override o WHERE o.target_type = %(type)s AND o.target_id = a.id AND o.code = %(code)s)"""
    rows = _rows(
        f"""
        SELECT {facts}, array_agg(a.id) FROM agreements_agreement a {join}
        WHERE a.status = 'filed' AND a.service_start <= %(last)s AND a.service_end >= %(first)s
        {unexplained if code else ""} GROUP BY {facts}""",
        year=year,
        type=Agreement._meta.label,
        code=code,
    )
    return [Alike(tuple(known), agreements) for *known, agreements in rows]


@dataclass(frozen=True)
class Crowd:
    """Who is counted at one host in a year, each stay cut to the year."""

    host_id: int
    host: str
    capped_as: str | None
    stays: list[Stay]


def crowds(year: int, *, more_than: int, takes_its_word: bool) -> list[Crowd]:
    """R23: the hosts with a cap at which more stays than that are counted, members of teams one by one.

    A host is what it declared for that year; for a year it declared nothing for, what it says now.
    """
    flags = ("is_tech_sme", "is_above_scale", "verified_by")
    of_the_year = {pk: rest for pk, *rest in HostFlags.objects.filter(year=year).values_list("host", *flags)}
    units = {}
    hosts = HostUnit.objects.values_list(
        "pk", "organization__name", "host_type", "is_tech_sme", "is_above_scale", "flags_verified_by"
    )
    for pk, name, host_type, *now in hosts:
        is_tech_sme, is_above_scale, verified_by = of_the_year.get(pk, now)
        units[pk] = (
            name,
            rules.capped_as(
                host_type=HostType(host_type),
                is_tech_sme=is_tech_sme,
                is_above_scale=is_above_scale,
                is_proven=takes_its_word or verified_by is not None,
            ),
        )
    rows = _rows(
        """
        WITH counted AS (
            SELECT id, host_id, team_id, specialist_id, GREATEST(service_start, %(first)s) AS since,
                LEAST(service_end, %(last)s) AS until
            FROM agreements_agreement
            WHERE status = ANY(%(counted)s) AND service_start <= %(last)s AND service_end >= %(first)s
                AND host_id = ANY(%(capped)s)
        ), stays AS (
            SELECT host_id, specialist_id AS person, since, until FROM counted WHERE team_id IS NULL
            UNION ALL
            SELECT a.host_id, m.specialist_id,
                CASE WHEN m.joined_on <= t.approved_on THEN a.since ELSE GREATEST(a.since, m.joined_on) END,
                LEAST(a.until, m.left_on - 1)
            FROM counted a
            JOIN specialists_team t ON t.id = a.team_id
            JOIN specialists_teammember m ON m.team_id = t.id
        )
        SELECT host_id, array_agg(person), array_agg(since), array_agg(until)
        FROM stays WHERE since <= until GROUP BY host_id HAVING count(*) > %(more_than)s""",
        year=year,
        counted=list(AgreementStatus.counted_at_host),
        capped=[pk for pk, (_, capped_as) in units.items() if capped_as],
        more_than=more_than,
    )
    return [
        Crowd(host, *units[host], [Stay(*stay) for stay in zip(people, starts, ends, strict=True)])
        for host, people, starts, ends in rows
    ]


@dataclass(frozen=True)
class Service:
    """One agreement of a specialist who served several hosts in a year."""

    agreement_id: int
    number: str
    specialist_id: int
    specialist: str
    category: str
    form: str
    host_id: int
    host: str
    start: date
    last_day: date


def several_hosts(year: int, *, categories: Sequence[str]) -> dict[int, list[Service]]:
    """R19: by specialist, what individuals of these categories have filed in a year with several hosts, in that order.

    A host from which the bureau has moved the year (改派) is not one of them.
    """
    serving = """
        a.status = ANY(%(filed)s) AND a.service_start <= %(last)s
        AND LEAST(a.service_end, a.terminated_on - 1) >= GREATEST(a.service_start, %(first)s)
        AND r.form = 'individual' AND r.category = ANY(%(categories)s)
        AND NOT EXISTS (SELECT FROM agreements_reassignment m JOIN agreements_yearlyhost y ON y.id = m.yearly_host_id
            WHERE y.specialist_id = a.specialist_id AND y.year = %(year)s AND m.from_host_id = a.host_id)"""
    rows = _rows(
        f"""
        SELECT a.id, a.filing_number, a.specialist_id, p.name, r.category, r.form, a.host_id, o.name, a.service_start,
            LEAST(a.service_end, a.terminated_on - 1)
        FROM agreements_agreement a
        JOIN specialists_registration r ON r.id = a.registration_id
        JOIN specialists_specialist p ON p.id = a.specialist_id
        JOIN accounts_organization o ON o.id = a.host_id
        WHERE {serving} AND a.specialist_id IN (
            SELECT a.specialist_id FROM agreements_agreement a
            JOIN specialists_registration r ON r.id = a.registration_id
            WHERE {serving} GROUP BY a.specialist_id HAVING min(a.host_id) <> max(a.host_id))
        ORDER BY a.filed_on, a.id""",
        year=year,
        filed=list(AgreementStatus.once_filed),
        categories=list(categories),
    )
    by_specialist: dict[int, list[Service]] = {}
    for row in rows:
        service = Service(*row)
        by_specialist.setdefault(service.specialist_id, []).append(service)
    return by_specialist


def quota_counts(year: int, *, pack: PolicyPack, on: date) -> dict[str, Any]:
    """R1, R15–R17, A7, A8: who was filed in a year and who is in service on a day, in distinct persons, by category.

    What is under review is this year's: it will be filed on a day to come. A year before the first pack has no numbers.
    """
    rows = _rows(
        """
        SELECT category, form, count(*) FILTER (WHERE papers > 0) AS filed, sum(papers)::int AS agreements,
            count(*) FILTER (WHERE in_service) AS in_service,
            count(*) FILTER (WHERE in_review AND papers = 0) AS in_review,
            count(*) FILTER (WHERE papers > 0 AND graduate) AS graduates,
            count(*) FILTER (WHERE papers > 0 AND revoked) AS revoked
        FROM (
            SELECT r.specialist_id, r.category, r.form, sum(papers) AS papers, bool_or(in_service) AS in_service,
                bool_or(in_review) AS in_review, bool_or(papers > 0 AND r.personnel_type = 'graduate') AS graduate,
                bool_or(p.id IS NOT NULL) AS revoked
            FROM (
                SELECT registration_id, count(*) FILTER (WHERE filed_on BETWEEN %(first)s AND %(last)s) AS papers,
                    bool_or(status = 'filed' AND service_start <= %(on)s
                        AND LEAST(service_end, terminated_on - 1) >= %(on)s) AS in_service,
                    bool_or(status = 'submitted' AND %(on)s BETWEEN %(first)s AND %(last)s) AS in_review
                FROM agreements_agreement WHERE status NOT IN ('draft', 'abandoned') GROUP BY registration_id
            ) registered
            JOIN specialists_registration r ON r.id = registration_id
            LEFT JOIN (SELECT id FROM specialists_specialist WHERE revoked_on IS NOT NULL) p ON p.id = r.specialist_id
            GROUP BY r.specialist_id, r.category, r.form
        ) persons GROUP BY category, form""",
        year=year,
        on=on,
    )
    names = ("filed", "agreements", "in_service", "in_review", "graduates", "revoked")
    counted = {(category, form): dict(zip(names, figures, strict=True)) for category, form, *figures in rows}
    nobody = dict.fromkeys(names, 0)
    plan = pack.entry("W-QUOTA")
    categories = {}
    for category in Category:
        planned, floor = person_rules.planned(plan, category), person_rules.floor(plan, category)
        figures = counted.get((category, Form.INDIVIDUAL), nobody)
        number = None if pack.year > year else planned if planned is not None else floor
        categories[category.value] = {
            **figures,
            "label": category.label,
            "number": number,
            "is_floor": planned is None and number is not None,
            "gap": None if number is None else number - figures["filed"],
        }
    [(individuals, graduates)] = _rows(
        """
        SELECT count(DISTINCT a.specialist_id),
            count(DISTINCT a.specialist_id) FILTER (WHERE r.personnel_type = 'graduate')
        FROM agreements_agreement a JOIN specialists_registration r ON r.id = a.registration_id
        WHERE a.filed_on BETWEEN %(first)s AND %(last)s AND r.form = 'individual'""",
        year=year,
    )
    return {
        "categories": categories,
        "individuals": individuals,  # a person filed in two categories stands in two lines and is one individual
        "graduates": graduates,
        "teams": sum(line["agreements"] for (_, form), line in counted.items() if form == Form.TEAM),
    }


def ending(*, start: date, end: date) -> list[tuple[Agreement, date]]:
    """What is filed and ends in those days, with the day; without what is being extended."""
    rows = _to_remind().filter(service_end__range=(start, end))
    return [(row, row.service_end) for row in rows if row.service_end]


def graduating(*, start: date, end: date) -> list[tuple[Agreement, date]]:
    """A14: what is filed and ends after its graduate student graduates in those days, with that day."""
    rows = with_graduation(_to_remind()).filter(graduation__range=(start, end), graduation__lt=F("service_end"))
    return [(row, row.graduation) for row in rows]


def with_graduation(rows: AgreementQuerySet) -> "QuerySet[Any]":
    """A14: `graduation`, the next day on which somebody who serves is a student no more, and `student`, who it is.

    Of a team it is the first of its members on whose day the bureau has not decided yet.
    """
    decided = GraduationDecision.objects.filter(
        agreement=OuterRef(OuterRef("pk")), graduates_on=OuterRef("graduates_on"), taken_back_on=None
    )
    members = (
        TeamMember.objects.students().filter(~Exists(decided), team=OuterRef("team")).order_by("graduates_on", "pk")
    )
    alone = Q(team=None, registration__personnel_type=PersonnelType.GRADUATE)
    return rows.annotate(
        graduation=Case(
            When(alone, then=F("registration__graduates_on")), default=Subquery(members.values("graduates_on")[:1])
        ),
        student=Coalesce(Subquery(members.values("specialist__name")[:1]), F("specialist__name")),
    )


def _to_remind() -> AgreementQuerySet:
    # Whose end is ordered is not asked to be extended.
    rows = Agreement.objects.filter(status=AgreementStatus.FILED, terminated_on=None)
    rows = rows.exclude(renewal__status__in=AgreementStatus.counted_at_host)
    return rows.select_related("specialist", "host__organization", "registration").order_by("pk")


def subjects(agreements: Sequence[int]) -> dict[int, str]:
    """Agreements as a list of findings names them: number, specialist, host."""
    rows = Agreement.objects.filter(pk__in=agreements).values_list(
        "pk", "filing_number", "specialist__name", "host__organization__name"
    )
    return {pk: f"{number or f'D-{pk}'} {name}（{host}）" for pk, number, name, host in rows}


def _rows(statement: str, *, year: int, **facts: Any) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        # All of the year is read, so tables are hashed whatever the statistics say: after a large import they lag
        # behind for minutes, and loops planned for a handful of rows would run over all of them.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement, {"year": year, "first": date(year, 1, 1), "last": date(year, 12, 31), **facts})
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
        return rows


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
    """The readers of each agreement, by its pk, from two statements for all of them; three where the bureau appointed."""
    rows = Agreement.objects.filter(pk__in=[agreement.pk for agreement in agreements])
    rows = rows.select_related("specialist__user", "institution__organization", "host__organization")
    parties = {row.pk: row for row in rows}
    units = {row.institution_id for row in parties.values()} | {row.host_id for row in parties.values()}
    bureau = bureau_readers(on=on) if any(row.institution_id is None for row in parties.values()) else []
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
            institution=at_unit(row.institution, is_host=False) if row.institution else bureau,  # A6
            host=at_unit(row.host, is_host=True),
        )
        for pk, row in parties.items()
    }


def bureau_readers(*, on: date) -> list[Reader]:
    """The officers of the city bureau, told on the platform only: what concerns all the city would flood a mailbox."""
    hats = Membership.objects.active(on=on).filter(role=Role.BUREAU_OFFICER).select_related("person")
    return [Reader(hat.person) for hat in hats.order_by("pk")]


def asked_again_at(asked: Any) -> datetime | None:
    """When the next request of this kind (an Amendment, a MoveRequest) was made for the same agreement, if one was."""
    later = type(asked).objects.filter(agreement=asked.agreement_id, pk__gt=asked.pk).order_by("pk")
    moment: datetime | None = later.values_list("asked_at", flat=True).first()
    return moment


# --- who leaves -------------------------------------------------------------------------------------------------------


@finds_work
def papers_of(hat: Membership, on: date) -> list[Work]:
    """Nobody owns an agreement alone: drafts are the unit's, and a service goes on until its parties end it."""
    page = reverse("agreements:list")
    drafts = Agreement.objects.filter(created_by=hat, status__in=AgreementStatus.editable).count()
    serving = 0
    if hat.role == Role.SPECIALIST:
        in_force = Agreement.objects.visible_to(hat).filter(
            goes_on_after(on), status=AgreementStatus.FILED, service_end__gte=on
        )
        serving = in_force.count()
    return [
        Work("起草中的协议", drafts, page, "留在本单位，由同事继续办理"),
        Work("履行中的协议", serving, page, "继续有效，直到三方终止；终止身份后本人不能登记服务"),
    ]


@finds_what_followed
def papers_before(registrations: list[Registration], teams: list[Team], day: date) -> list[str]:
    """Agreements that were handed in on the strength of a selection before the day from which it is to hold."""
    own = Q(registration__in=registrations, team=None) | Q(team__in=teams)
    early = Agreement.objects.filter(own, submitted_on__lt=day)
    early = early.exclude(status__in=(AgreementStatus.VOID, AgreementStatus.ABANDONED)).order_by("pk")
    return [f"协议{one}已于{cdate(one.submitted_on)}提交" for one in early]

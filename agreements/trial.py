"""Every agreement ever handed in, judged once more by two packs, each with what was known on its own day.

What was filed later does not count against what was filed before it: with a lower cap it is the last who came, not
everybody at the host.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from django.db.models import QuerySet

from agreements.cases import Case, Facts, Mate, Paper
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, AgreementScan, Signature
from agreements.rules import ONE_DAY, Signed, Stay, YearTaken
from agreements.services.judging import judge_case
from core.models import PolicyPack
from core.trial import Changed, Subject, differing
from specialists.models import TeamMember
from specialists.queries import all_listings


def changes(old: PolicyPack, new: PolicyPack) -> Iterator[Changed]:
    """What the packs say differently, agreement by agreement in the order of their days."""
    for case in cases():
        yield from differing(_subject(case), judge_case(case, old), judge_case(case, new))


def cases() -> Iterator[Case]:
    """All agreements the bureau has or had before it, from five statements however many there are."""
    signatures, scans, listings, members = _signatures(), _scans(), all_listings(), _members()
    of_person: dict[int, list[Agreement]] = defaultdict(list)
    at_host: dict[int, list[Agreement]] = defaultdict(list)
    filed: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    for agreement in sorted(_agreements(), key=lambda one: (_day(one), one.pk)):
        day, line = _day(agreement), _line(agreement)
        assert agreement.host_id
        papers = [_as_it_stood(other, day) for other in of_person[agreement.specialist_id]]
        facts = Facts(
            signatures=[(signed, {}) for signed in signatures[agreement.pk]],
            refused=[],
            scanned=scans[agreement.pk],
            lacking=[],
            unread=[],  # what was asked and explained then is no rule that a trial changes
            papers_beside=papers,
            years_elsewhere=_years_elsewhere(agreement, papers),
            stays_beside=[
                stay
                for other in at_host[agreement.host_id]
                if _meet(agreement, other, day)
                for stay in _stays(other, members[other.team_id])
            ],
            listings=listings[agreement.specialist.id_digest],
            mates=[_mate(member) for member in members[agreement.team_id] if member.left_on is None],
        )
        persons = filed[(day.year, *line)]
        yield Case(agreement, on=day, known=facts, filed_before=len(persons))
        of_person[agreement.specialist_id].append(agreement)
        at_host[agreement.host_id].append(agreement)
        if agreement.filed_on:
            persons.add(agreement.specialist_id)


def _agreements() -> QuerySet[Agreement]:
    rows = Agreement.objects.exclude(status__in=(*AgreementStatus.not_handed_in, AgreementStatus.VOID))
    return rows.select_related(
        "registration", "specialist", "host__organization", "institution__organization", "renews"
    ).defer("specialist__id_number", "specialist__mobile", "specialist__bank_account")


def _day(agreement: Agreement) -> date:
    """The day on which it was judged."""
    day = agreement.filed_on or agreement.submitted_on
    assert day
    return day


def _line(agreement: Agreement) -> tuple[str, str]:
    """Category and form."""
    return agreement.registration.category, agreement.registration.form


def _is_over(agreement: Agreement, day: date) -> bool:
    return agreement.terminated_on is not None and agreement.terminated_on <= day


def _as_it_stood(other: Agreement, day: date) -> Paper:
    over = _is_over(other, day)
    status = AgreementStatus.TERMINATED if over else AgreementStatus.FILED
    assert other.host_id
    assert other.service_start
    assert other.service_end
    return Paper(
        pk=other.pk,
        host_id=other.host_id,
        host=str(other.host),
        code=str(other),
        category=other.registration.category,
        form=other.registration.form,
        status=status if other.filed_on else AgreementStatus.SUBMITTED,
        start=other.service_start,
        end=other.last_day if over else other.service_end,
        filed_on=other.filed_on,
    )


def _years_elsewhere(agreement: Agreement, papers: list[Paper]) -> list[YearTaken]:
    """R19: the years of it that an earlier one of the same kind gave to another host."""
    line = _line(agreement)
    return [
        YearTaken(year, paper.host, paper.code, paper.end)
        for paper in papers
        if paper.filed_on and (paper.category, paper.form) == line and paper.host_id != agreement.host_id
        for year in range(paper.start.year, paper.end.year + 1)
        if year in agreement.years
    ]


def _meet(agreement: Agreement, other: Agreement, day: date) -> bool:
    """Whether the other, which came first, is counted at the host while this one runs (A10)."""
    start, end = agreement.service_start, agreement.service_end
    assert start
    assert end
    return not _is_over(other, day) and _stay(other).start <= end and start <= _stay(other).end


def _stay(agreement: Agreement) -> Stay:
    assert agreement.service_start
    assert agreement.service_end
    return Stay(agreement.specialist_id, agreement.service_start, agreement.service_end)


def _stays(agreement: Agreement, members: list[TeamMember]) -> list[Stay]:
    """Who is there by it and how long, as the statement of cases.STAYS says it."""
    whole = _stay(agreement)
    if agreement.team_id is None:
        return [whole]
    stays = [
        Stay(
            member.specialist_id,
            whole.start if _founded(member) else max(whole.start, member.joined_on),
            min(whole.end, member.left_on - ONE_DAY) if member.left_on else whole.end,
        )
        for member in members
    ]
    return [stay for stay in stays if stay.start <= stay.end]


def _founded(member: TeamMember) -> bool:
    selected_on = member.team.approved_on
    return selected_on is not None and member.joined_on <= selected_on


def _mate(member: TeamMember) -> Mate:
    person = member.specialist
    return Mate(person.pk, person.name, member.is_leader, person.revoked_on is None)


def _members() -> dict[int | None, list[TeamMember]]:
    """Of every team that signed, present and past."""
    found: dict[int | None, list[TeamMember]] = defaultdict(list)
    rows = TeamMember.objects.filter(team__in=Agreement.objects.exclude(team=None).values("team"))
    for member in rows.select_related("team", "specialist").order_by("pk"):
        found[member.team_id].append(member)
    return found


def _subject(case: Case) -> Subject:
    agreement = case.agreement
    unit = str(agreement.institution) if agreement.institution else "市科技局直接聘请"
    return Subject(
        name=f"{agreement.specialist}（{agreement.host}）",
        record=str(agreement),
        url=agreement.get_absolute_url(),
        unit=unit,
        year=case.on.year,
    )


def _signatures() -> dict[int, list[Signed]]:
    found = defaultdict(list)
    asked = ("agreement", "party", "signer", "signed_on", "link", "authority", "letter")
    for agreement, party, signer, on, link, authority, letter in Signature.objects.values_list(*asked):
        signed = Signed(Party(party), signer, on, link is not None, authority, letter is not None)
        found[agreement].append(signed)
    return found


def _scans() -> dict[int, list[int]]:
    found = defaultdict(list)
    for agreement, version in AgreementScan.objects.order_by("number").values_list("agreement", "paper_version"):
        found[agreement].append(version)
    return found

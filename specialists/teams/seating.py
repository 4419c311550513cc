"""The members of a draft become those that its form names, row by row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from accounts.models import Membership
from core.crypto import blind_index
from core.models import PolicyPack
from core.policy import Finding, Refused
from specialists import queries, rules, titles
from specialists.models import Specialist, Team, TeamMember
from specialists.services import (
    by_request,
    change_person,
    clean_id_number,
    forget_if_unused,
    hold_or_enter,
    news_about,
    not_this_name,
    refuse_by_hand,
    tell_of_entry,
)
from specialists.teams.entries import MemberEntry


def seat_all(
    team: Team,
    entries: Sequence[MemberEntry],
    *,
    by: Membership,
    on: date,
    pack: PolicyPack,
    consent: bool | None,
) -> None:
    """Make the members of a draft those of `entries`. Raises Refused with what is wrong in all of its rows."""
    there = {member.pk: member for member in queries.members_of(team)}
    refused: list[Finding] = []
    numbers: dict[int, str] = {}  # row → ID number
    for row, entry in enumerate(entries):
        known = there.get(entry.member or 0)
        try:
            if known and not entry.id_number:
                numbers[row] = known.specialist.id_number
            else:
                numbers[row] = clean_id_number(entry.id_number, on=on, pack=pack)
        except Refused as refusal:
            refused += [_in_row(finding, row) for finding in refusal.findings]
    digests = {row: blind_index(number, "id_number") for row, number in numbers.items()}
    listed = [(digest, entries[row].name) for row, digest in digests.items()]
    twice = rules.nobody_stands_twice(pack.entry("E-TEAM-TWICE"), members=listed)
    if refused or twice:
        raise Refused([*refused, *([twice] if twice else [])])
    leaving = {member.specialist_id: member for member in there.values()}
    seats: list[tuple[MemberEntry, TeamMember]] = []
    for row in sorted(digests, key=lambda row: digests[row]):  # the order in which every act holds persons
        try:
            person = person_of(numbers[row], entries[row], team, by=by, on=on, pack=pack)
        except Refused as refusal:
            refused += [_in_row(finding, row) for finding in refusal.findings]
            continue
        seat = leaving.pop(person.pk, None) or TeamMember(team=team, specialist=person, joined_on=on)
        seats.append((entries[row], seat))
    if refused:
        raise Refused(refused)
    for gone in leaving.values():
        gone.delete()
        forget_if_unused(gone.specialist, by=by)
    team.members.update(is_leader=False)  # the lead passes from one to another in one go
    for entry, seat in sorted(seats, key=lambda one: entries.index(one[0])):
        for name, value in entry.seat().items():
            setattr(seat, name, value)
        if consent is not None:
            seat.consented_on = (seat.consented_on or on) if consent else None
        seat.save()


def person_of(number: str, entry: MemberEntry, team: Team, *, by: Membership, on: date, pack: PolicyPack) -> Specialist:
    """The person of a row, entered if new; what another unit keeps of them stays as it is and is not told."""
    known = titles.words(on=on)
    personal = titles.with_rank(entry.personal(field=team.domains[0] if team.domains else "其他"), on=on, known=known)
    person, new = hold_or_enter(number, personal)
    if new:
        tell_of_entry(person, personal, by=by)
        return person
    kept = queries.details_belong_to_another(person, institution_id=team.institution_id, year=team.year)
    beyond = person.registrations.exists() or person.memberships.exclude(team=team.pk).exists()
    if person.name != entry.name and (kept or beyond or person.memberships.filter(team=team.pk).first() is None):
        raise Refused([not_this_name()])
    if not kept:
        news = news_about(person, titles.with_rank(entry.news(), on=on, known=known))
        if entry.member:
            refuse_by_hand(person, news, pack=pack)
        settled = by_request(person, pack=pack)  # a row that is new cannot know it: it stays as it is
        change_person(person, {name: news[name] for name in news if name not in settled}, by=by)
    return person


def _in_row(finding: Finding, row: int) -> Finding:
    return replace(finding, facts={**finding.facts, "row": row})

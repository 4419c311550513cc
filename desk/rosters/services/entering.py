"""What one row, or the rows of one team, become in the register."""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.entering import HostFacts, UnitFacts, create_host
from accounts.enums import HostType
from accounts.models import District, HostUnit, Membership, Organization, in_county
from agreements.services import draft_agreements, draft_team_agreements
from agreements.services.past import PastFiling, hold_hosts, promise_a_check, take_over
from core import dictionaries
from core.enums import Dictionary
from core.models import PolicyPack
from core.policy import Refused
from desk.enums import Kind, Outcome
from desk.rosters import teams
from desk.rosters.models import Reconciliation, RosterBatch, RosterRow
from desk.rosters.past import leads
from desk.rosters.services.common import Applied, values_of, who_and_when
from specialists.enums import Category, Form
from specialists.models import Registration, Specialist
from specialists.past import Past, PastPerson, hold_people, take_over_registration, take_over_team
from specialists.services import CONTENT, PERSONAL, add_provincial_entry, register_people

OLDEST_FLAGS = 5  # years for which the flags of a firm may be told


def apply_people(batch: RosterBatch, units: Sequence[Applied]) -> None:
    """Rows of people, with hosts or without. Raises Refused for the first that cannot be applied."""
    by, on = who_and_when(batch)
    lines = [(row, values_of(row)) for unit in units for row in unit.rows]
    hosts = _enter_hosts(lines, by=by, on=on)
    registrations = _registrations(batch, [row.id_digest for row, _ in lines])
    begun, taken = [], set(registrations)
    for row, values in lines:
        place = (row.id_digest, values["category"])
        row.is_new = place not in taken
        taken.add(place)
        if row.is_new or hosts[row.host_code] is None:
            # Without a host the row wants nothing but the registration: a second one is refused by its service.
            begun.append((place, _entry(batch, values)))
    made = register_people([entry for _, entry in begun], by=by, on=on)
    registrations |= {place: registration for (place, _), registration in zip(begun, made, strict=True)}
    wanted = []
    for row, values in lines:
        row.registration = registrations[row.id_digest, values["category"]]
        if host := hosts[row.host_code]:
            wanted.append((row, _agreement(host, values)))
    pairs = [(row.registration, fields) for row, fields in wanted if row.registration]
    drafts = draft_agreements(pairs, by=by, before_selection=True)
    for (row, _), agreement in zip(wanted, drafts, strict=True):
        row.agreement = agreement


def _enter_hosts(
    lines: Iterable[tuple[RosterRow, Mapping[str, Any]]], *, by: Membership, on: date
) -> dict[str, HostUnit | None]:
    """The hosts of rows by their codes, in which order two rosters never wait for each other in a ring."""
    hosts: dict[str, HostUnit | None] = {}
    for row, values in sorted(lines, key=lambda line: line[0].host_code):
        if row.host_code not in hosts:
            hosts[row.host_code], row.host = host_for(row.host_code, values, by=by, on=on)
    return hosts


def _registrations(batch: RosterBatch, digests: Collection[str]) -> dict[tuple[str, str], Registration]:
    """This unit's registrations of these people, by digest and category."""
    # Whoever takes one away at this moment is waited for: what is read then stays.
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=digests).in_holding_order())
    rows = Registration.objects.filter(specialist__id_digest__in=digests, year=batch.year, form=Form.INDIVIDUAL)
    own = rows.filter(institution=batch.organization_id).select_related("specialist", "pack")
    return {(one.specialist.id_digest, one.category): one for one in own}


def _entry(batch: RosterBatch, values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: values.get(name, "") for name in (*PERSONAL, *CONTENT)} | {"title_name": values.get("title", "")}
    number, graduates_on = values["id_number"], values.get("graduates_on")
    return {**fields, "id_number": number, "graduates_on": graduates_on, "consent": batch.consent}


def _agreement(host: HostUnit, values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "host": host,
        "service_start": values.get("service_start"),
        "service_end": values.get("service_end"),
        "service_content": values.get("service_content", ""),
        "goals": values.get("goal_list", []),
    }
    return {**fields, "visits_per_year": values["visits"]} if values.get("visits") else fields


def host_for(
    code: str, values: Mapping[str, Any], *, by: Membership, on: date, filed_on: date | None = None
) -> tuple[HostUnit | None, HostUnit | None]:
    """The host of a row, and again if it was entered by it. Raises Refused for a unit that may not become one.

    `filed_on`: of a past agreement, which may name a unit without its code; its flags are those of that year.
    """
    if not code:
        return None, None
    if known := _known_host(code, values):
        return known, None
    is_firm = values["host_type"] == HostType.ENTERPRISE
    above, sme = (bool(values.get(key)) and (is_firm or not filed_on) for key in ("host_scale", "host_sme"))
    is_code = len(code) == 18 and ":" not in code
    unit = UnitFacts(
        name=values["host_name"],
        uscc=code if is_code else "",
        district=District.objects.filter(pk=values.get("host_district", "")).first(),
    )
    facts = HostFacts(
        host_type=HostType(values["host_type"]),
        is_above_scale=above,
        is_tech_sme=sme,
        flags_year=max(filed_on.year if filed_on else on.year, on.year - OLDEST_FLAGS) if above or sme else None,
    )
    try:
        with transaction.atomic():
            made = create_host(unit, facts, by=by, on=on, without_code=filed_on is not None)
    except Refused:
        if known := _known_host(code, values):  # another roster entered it a moment ago
            return known, None
        raise
    return made, made


def _known_host(code: str, values: Mapping[str, Any]) -> HostUnit | None:
    units = Organization.objects.hosts()
    if code.startswith("#"):  # merged since the check: the unit it leads on to
        pk = int(code[1:])
        found = units.filter(Q(pk=pk) | Q(absorbed=pk)).first()
    elif ":" in code:
        district = values.get("host_district")
        place = in_county(district) if district else Q(district=None)
        found = units.filter(place, uscc=None, name=values["host_name"]).first()
    else:
        found = units.known_as(code).first()
    return HostUnit.objects.select_related("organization").get(pk=found.pk) if found else None


def _each(apply: Callable[[RosterBatch, Applied], None]) -> Callable[[RosterBatch, Sequence[Applied]], None]:
    def apply_all(batch: RosterBatch, units: Sequence[Applied]) -> None:
        for unit in units:
            apply(batch, unit)

    return apply_all


@_each
def apply_entry(batch: RosterBatch, unit: Applied) -> None:
    [row] = unit.rows
    by, on = who_and_when(batch)
    values = values_of(row)
    row.entry = add_provincial_entry(
        by=by,
        on=on,
        year=batch.year,
        name=values["name"],
        id_number=values["id_number"],
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        row=values.get("row"),
        document_number=batch.terms.get("document_number", ""),
    )


def apply_teams(batch: RosterBatch, units: Sequence[Applied]) -> None:
    """Teams with their hosts, and the drafts of their agreements. Raises Refused for the first that cannot be."""
    by, on = who_and_when(batch)
    by_team = [[(row, values_of(row)) for row in unit.rows] for unit in units]
    hosts = _enter_hosts([line for lines in by_team for line in lines], by=by, on=on)
    for lines in by_team:
        made = teams.register([values for _, values in lines], by=by, on=on, consent=batch.consent)
        wanted = []
        for row, values in lines:
            row.team = made
            if values.get("paper") and (host := hosts[row.host_code]):
                wanted.append((row, _agreement(host, values)))
        if wanted:
            drafts = draft_team_agreements(made, [fields for _, fields in wanted], by=by)
            for (row, _), agreement in zip(wanted, drafts, strict=True):
                row.agreement = agreement


@_each
def apply_past(batch: RosterBatch, unit: Applied) -> None:
    """One agreement with its host, its people and their registrations of the year; `past` holds what goes where."""
    by, on = who_and_when(batch)
    first, values = unit.rows[0], values_of(unit.rows[0])
    assert first.institution
    people = {row.pk: past_person(values_of(row)) for row in unit.rows}
    host, first.host = host_for(first.host_code, values, by=by, on=on, filed_on=values["filed_on"])
    assert host
    about = Past(
        institution=first.institution,
        day=values["filed_on"],
        category=Category(values["category"]),
        pack=PolicyPack.in_force(on=on),
        by=by,
    )
    team = None
    if "team" in values:
        told = next((values_of(row)["domains"] for row in unit.rows if "domains" in values_of(row)), "")
        domains = teams.domains_of(told, dictionaries.words(Dictionary.FIELD, Dictionary.INDUSTRY, on=on))
        team, registrations = take_over_team(values["team"], domains, [*people.values()], about)
        signer = next(one for one in people.values() if one.is_leader)
        for row in unit.rows:
            row.team = team
            row.registration, row.is_new = registrations[people[row.pk].id_number]
        registration, _ = registrations[signer.id_number]
    else:
        registration, first.is_new = take_over_registration(people[first.pk], about, form=Form.INDIVIDUAL)
        first.registration = registration
    agreement = take_over(
        registration, past_filing(values), institution=about.institution, host=host, team=team, by=by, on=on
    )
    for row in unit.rows:
        row.agreement = agreement


def past_person(values: Mapping[str, Any]) -> PastPerson:
    known = {one.name for one in dataclasses.fields(PastPerson)} & values.keys()
    return PastPerson(
        **{name: values[name] for name in known}, title_name=values.get("title", ""), is_leader=leads(values)
    )


def past_filing(values: Mapping[str, Any]) -> PastFiling:
    plain = (
        "number",
        "filed_on",
        "service_start",
        "service_end",
        "document_number",
        "service_content",
        "terminated_on",
    )
    return PastFiling(
        **{name: values[name] for name in plain if name in values},
        visits_per_year=values.get("visits"),
        termination_words=values.get("termination_reason", ""),
    )


def close(batch: RosterBatch) -> None:
    """When all of a file of past agreements is in: what there is to reconcile, and the year counted anew."""
    _, on = who_and_when(batch)
    named = batch.lines.exclude(institution=None).order_by("institution").values_list("institution", flat=True)
    units = [Reconciliation(batch=batch, institution_id=pk) for pk in named.distinct()]
    Reconciliation.objects.bulk_create(units)
    taken = batch.lines.filter(outcome=Outcome.APPLIED).values_list("agreement", flat=True)
    promise_a_check([pk for pk in taken if pk is not None], on=on)


def hold_all(units: Sequence[Applied]) -> None:
    """Hold the hosts and the people of past agreements before any is entered, in the order of every act."""
    rows = [row for unit in units for row in unit.rows]
    codes = {row.host_code for row in rows}
    held = _hosts_behind(codes)
    hold_hosts(held)
    if later := _hosts_behind(codes) - held:  # merged while this waited: what is entered goes to the survivor
        hold_hosts(later)
    hold_people(values_of(row)["id_number"] for row in rows)


def _hosts_behind(codes: Collection[str]) -> set[int]:
    """The units of these codes, and those into which they were merged: their limits count what is entered."""
    numbered = [int(code[1:]) for code in codes if code.startswith("#")]
    units = Organization.objects.filter(Q(uscc__in=codes) | Q(pk__in=numbered), host__isnull=False)
    return {pk for pks in units.values_list("pk", "merged_into") for pk in pks if pk is not None}


# All of them or, with Refused, none.
APPLIES: dict[Kind, Callable[[RosterBatch, Sequence[Applied]], None]] = {
    Kind.PEOPLE: apply_people,
    Kind.TEAMS: apply_teams,
    Kind.PROVINCIAL: apply_entry,
    Kind.PAST: apply_past,
}

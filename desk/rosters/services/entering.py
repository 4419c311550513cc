"""What one row, or the rows of one team, become in the register."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from accounts.entering import HostFacts, UnitFacts, create_host
from accounts.enums import HostType
from accounts.models import District, HostUnit, Membership
from agreements.services import draft_agreement
from core.policy import Refused
from desk.enums import Kind
from desk.rosters import teams
from desk.rosters.models import RosterBatch
from desk.rosters.services.common import Applied, values_of, who_and_when
from specialists.enums import Form
from specialists.models import Registration, Specialist
from specialists.services import CONTENT, PERSONAL, add_provincial_entry, register_specialist


def apply_person(batch: RosterBatch, unit: Applied) -> None:
    [row] = unit.rows
    by, on = who_and_when(batch)
    values = values_of(row)
    host, row.host = host_for(row.host_code, values, by=by, on=on)
    # Whoever takes the person's registration away at this moment is waited for: what is read then stays.
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest=row.id_digest))
    registration = Registration.objects.filter(
        specialist__id_digest=row.id_digest,
        year=batch.year,
        form=Form.INDIVIDUAL,
        category=values["category"],
        institution=batch.organization_id,
    ).first()
    row.is_new = registration is None
    if registration is None or host is None:
        # Without a host the row wants nothing but the registration: a second one is refused by its service.
        fields = {name: values.get(name, "") for name in (*PERSONAL, *CONTENT)}
        fields["graduates_on"] = values.get("graduates_on")
        number = values["id_number"]
        registration = register_specialist(by=by, on=on, id_number=number, consent=batch.consent, **fields)
    row.registration = registration
    if host is None:
        return
    fields = {
        "host": host,
        "service_start": values.get("service_start"),
        "service_end": values.get("service_end"),
        "service_content": values.get("service_content", ""),
        "goals": values.get("goal_list", []),
    }
    if values.get("visits"):
        fields["visits_per_year"] = values["visits"]
    row.agreement = draft_agreement(registration, by=by, before_selection=True, **fields)


def host_for(
    code: str, values: Mapping[str, Any], *, by: Membership, on: date
) -> tuple[HostUnit | None, HostUnit | None]:
    """The host of a row, and again if it was entered by it. Raises Refused for a unit that may not become one."""
    if not code:
        return None, None
    if known := _known_host(code, values):
        return known, None
    above, sme = bool(values.get("host_scale")), bool(values.get("host_sme"))
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
        flags_year=on.year if above or sme else None,
    )
    try:
        with transaction.atomic():
            made = create_host(unit, facts, by=by, on=on)
    except Refused:
        if known := _known_host(code, values):  # another roster entered it a moment ago
            return known, None
        raise
    return made, made


def _known_host(code: str, values: Mapping[str, Any]) -> HostUnit | None:
    hosts = HostUnit.objects.select_related("organization")
    if code.startswith("#"):
        return hosts.filter(pk=int(code[1:])).first()
    if ":" in code:
        named = {"organization__name": values["host_name"], "organization__district": values.get("host_district")}
        return hosts.filter(organization__uscc=None, **named).first()
    return hosts.filter(organization__uscc=code).first()


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


def apply_team(batch: RosterBatch, unit: Applied) -> None:
    by, on = who_and_when(batch)
    made = teams.register([values_of(row) for row in unit.rows], by=by, on=on, consent=batch.consent)
    # The register has no agreement of a team before its selection (its leader signs it): the host is entered already.
    host = None
    for row in unit.rows:
        row.team = made
        if row.host_code and host is None:
            host, row.host = host_for(row.host_code, values_of(row), by=by, on=on)


APPLIES: dict[Kind, Callable[[RosterBatch, Applied], None]] = {
    Kind.PEOPLE: apply_person,
    Kind.TEAMS: apply_team,
    Kind.PROVINCIAL: apply_entry,
}

"""The provincial list, row by row (R29): nobody loses a place by it, but who has one is marked (A15)."""

from datetime import date

from django.db import transaction

from accounts.models import Membership
from core import audit
from core.crypto import blind_index
from core.identifiers import mask_id
from core.models import PolicyPack
from core.policy import Finding, Refused, plain
from specialists import queries, rules
from specialists.enums import Category
from specialists.models import ProvincialListEntry, Registration, Specialist
from specialists.services.people import clean_id_number, hold_person


@transaction.atomic
def add_provincial_entry(
    *,
    by: Membership,
    on: date,
    year: int,
    name: str,
    id_number: str,
    valid_from: date,
    valid_to: date,
    row: int | None = None,
    document_number: str = "",
) -> ProvincialListEntry:
    """Enter one row of the provincial list by hand (R29). Nobody loses a place by it (A15): who has one is marked.

    Raises Refused for an ID number that cannot be one or is another person's (E-ID), a second row for the person in the year, an end before
    the start.
    """
    number = clean_id_number(id_number, on=on, pack=PolicyPack.in_force(on=on))
    if valid_to < valid_from:
        raise Refused([plain("E-FIELD", "有效期止不能早于有效期起。", field="valid_to")])
    digest = blind_index(number, "id_number")
    # A registration of the same person that is being handed in or decided is over before the list grows, or sees it.
    hold_person(digest)
    known = Specialist.objects.filter(id_digest=digest).values_list("name", flat=True).first()
    if finding := rules.listed_under_their_name(name=name, registered_as=known):
        raise Refused([finding])
    entry, new = ProvincialListEntry.objects.get_or_create(
        year=year,
        id_digest=digest,
        defaults={
            "name": name,
            "id_masked": mask_id(number),
            "valid_from": valid_from,
            "valid_to": valid_to,
            "row": row,
            "document_number": document_number,
            "entered_by": by,
        },
    )
    if not new:
        raise Refused([plain("E-PROV-DUP", f"此人已在{year}年度省级名单中，请核对名单序号。", field="id_number")])
    shown = {"name": name, "id_number": entry.id_masked, "valid_from": valid_from, "valid_to": valid_to}
    audit.record("provincial_entry.added", entry, by=by, after=shown | {"document_number": document_number})
    for registration in affected_by(entry):
        audit.record("registration.listed_by_province", registration, by=by, after={"valid_to": valid_to})
    return entry


def affected_by(entry: ProvincialListEntry) -> list[Registration]:
    """A15: registrations at the bureau, or approved, that the rule of the provincial list would now refuse."""
    registrations = Registration.objects.filter(
        specialist__id_digest=entry.id_digest, year__range=(entry.valid_from.year, entry.valid_to.year)
    ).handed_in()
    return [one for one in registrations.select_related("specialist", "pack") if listed_by_province(one)]


def listed_by_province(registration: Registration) -> Finding | None:
    """A15: the mark 涉省级名单 of what has been handed in, found anew each time and never stored."""
    if registration.pack is None or registration.submitted_on is None:
        return None
    case = queries.case_of(registration)
    return rules.not_on_the_provincial_list(
        registration.pack.entry("E-PROV"),
        name=case.name,
        category=Category(registration.category),
        form=case.form,
        listings=queries.listings_of(case.digest),
        start=registration.submitted_on,
        end=max(registration.submitted_on, date(case.year, 12, 31)),
    )


@transaction.atomic
def end_provincial_entry(
    entry: ProvincialListEntry, *, by: Membership, valid_to: date, reason: str
) -> ProvincialListEntry:
    """Let a listing end earlier, with the reason: rows of the list are never taken away.

    Raises Refused without a reason, for a day before the listing began or after its end as it stands.
    """
    entry = ProvincialListEntry.objects.select_for_update().get(pk=entry.pk)
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请填写提前终止的理由。", field="reason")])
    if not entry.valid_from <= valid_to <= entry.valid_to:
        raise Refused([plain("E-FIELD", "新的有效期止应在原有效期之内。", field="valid_to")])
    before, after = audit.changed(entry, {"valid_to": valid_to})
    entry.valid_to = valid_to
    entry.save(update_fields=["valid_to"])
    audit.record("provincial_entry.ended", entry, by=by, before=before, after=after, reason=reason.strip())
    return entry


@transaction.atomic
def discard_provincial_entry(entry: ProvincialListEntry, *, by: Membership) -> None:
    """Take a row out again that was entered by mistake a moment ago (a list taken back whole): as if it never was."""
    audit.record("provincial_entry.discarded", entry, by=by, before={"name": entry.name, "year": entry.year})
    entry.delete()

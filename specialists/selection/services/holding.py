"""The row of a list is the gate to what stands on it; what its acts ask of it, and how it is held."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from core.policy import Finding, plain, require
from core.stale import refuse_stale
from specialists.deciding import Record
from specialists.enums import Form, ListStatus, RegistrationStatus
from specialists.models import Registration, SelectionEntry, SelectionList, Specialist, Team
from specialists.selection import queries, rules

ACT = "selection.approve"


def hold(selection_list: SelectionList, *, version: int | None = None) -> SelectionList:
    """The list read anew with its row held. Raises Stale when it is not the `version` that was read."""
    rows = SelectionList.objects.select_for_update(of=("self",)).select_related("pack")
    held = rows.get(pk=selection_list.pk)
    refuse_stale(held, version=version, typed={})
    return held


def hold_records(registrations: Sequence[Registration], teams: Sequence[Team]) -> None:
    list(Team.objects.select_for_update(of=("self",)).filter(pk__in=[team.pk for team in teams]).order_by("pk"))
    persons = {*Specialist.objects.filter(registrations__in=registrations).values_list("id_digest", flat=True)}
    in_teams = Specialist.objects.filter(memberships__team__in=teams, memberships__left_on=None)
    persons |= {*in_teams.values_list("id_digest", flat=True)}
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=persons).in_holding_order())


def enter(held: SelectionList, registrations: Sequence[Registration], teams: Sequence[Team]) -> list[str]:
    """Make the entries; returns the names. A colleague who puts the same people on another list waits, and then hears
    of this one."""
    hold_records(registrations, teams)
    persons = [
        *Registration.objects.filter(pk__in=[one.pk for one in registrations])
        .select_related("specialist")
        .order_by("pk")
    ]
    groups = [*Team.objects.filter(pk__in=[one.pk for one in teams]).order_by("pk")]
    records: list[Record] = [*persons, *groups]
    unfit = [
        one
        for one in records
        if one.status != RegistrationStatus.PROPOSED
        or one.year != held.year
        or (isinstance(one, Registration) and one.form != Form.INDIVIDUAL)
    ]
    state = plain(
        "E-STATE",
        f"{'、'.join(name_of(one) for one in unfit)}不是{held.year}年度拟选派的个人或团队，不能列入名单。",
    )
    require(
        rules.stands_on_one_list(held.pack.entry("E-LISTED"), elsewhere=queries.elsewhere(persons, groups)),
        state if unfit else None,
    )
    entries = [SelectionEntry(selection_list=held, registration=one) for one in persons]
    entries += [SelectionEntry(selection_list=held, team=one) for one in groups]
    SelectionEntry.objects.bulk_create(entries)
    return [name_of(one) for one in records]


def changed(held: SelectionList) -> None:
    held.version += 1
    held.save(update_fields=["version"])


def may_move(held: SelectionList, to: ListStatus) -> Finding | None:
    return rules.list_may_move(held.pack.entry("E-STATE"), status=ListStatus(held.status), to=to)


def require_open(held: SelectionList, *among: ListStatus) -> None:
    entry = held.pack.entry("E-STATE")
    require(rules.list_is_open_to(entry, status=ListStatus(held.status), among=among))


def standing(held: SelectionList, *, on: date) -> list[Finding]:
    """What keeps a list from its next act: nobody on it, or somebody who may not be on it any more."""
    entries = [*held.entries.standing().in_order()]
    if not entries:
        return [plain("E-FIELD", "名单中没有人选，请先列入个人或团队。", field="chosen")]
    found = queries.flags(entries, on=on)
    return [finding for entry in entries for finding in found.get(entry.pk, [])]


def objections_concluded(held: SelectionList) -> Finding | None:
    unfinished = held.objections.open().count()
    return rules.objections_are_concluded(held.pack.entry("E-OBJECTION"), unfinished=unfinished)


def kind_of(record: Record) -> str:
    return "team" if isinstance(record, Team) else "registration"


def name_of(record: Record) -> str:
    return record.name if isinstance(record, Team) else record.specialist.name


def address_of(record: Record) -> str:
    page = "specialists:team-detail" if isinstance(record, Team) else "specialists:detail"
    return reverse(page, args=[record.pk])

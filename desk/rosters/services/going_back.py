"""A roster that was applied is taken back whole; one that is not to be applied is put aside."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from accounts.models import Membership
from agreements.models import Agreement
from agreements.services import discard_draft
from agreements.services import past as papers
from core import audit
from core.models import AuditEvent
from core.policy import Finding, Refused, plain
from core.stale import refuse_stale
from desk.enums import Kind, Outcome, RosterStatus
from desk.rosters.models import RosterBatch, RosterRow
from desk.rosters.services.common import held, require_move
from specialists import past as people
from specialists.models import ProvincialListEntry, Registration, Team
from specialists.services import discard_provincial_entry, discard_registration
from specialists.teams import discard_team


def take_back_hours() -> int:
    hours: int = settings.ROSTER_TAKE_BACK_HOURS
    return hours


def take_back_until(batch: RosterBatch) -> datetime | None:
    return batch.applied_at + timedelta(hours=take_back_hours()) if batch.applied_at else None


@transaction.atomic
def take_back(batch: RosterBatch, *, by: Membership, on: date, version: int) -> RosterBatch:
    """Undo a batch whole: its agreement drafts, registrations, teams and list entries go, past agreements as well.

    Hosts that it entered stay: every unit sees them and may be writing an agreement with one this very moment. Raises
    Refused after the hours for it are over, and with every row on which something later hangs; Stale when
    somebody else went on with the batch.
    """
    batch = held(batch)
    refuse_stale(batch, version=version, typed={})
    require_move(batch, RosterStatus.TAKEN_BACK)
    until = take_back_until(batch)
    if until is None or now() >= until:
        raise Refused([plain("E-ROSTER", f"已超过{take_back_hours()}小时，不能整批撤回。请在各条登记上分别办理。")])
    rows = [
        *batch.lines.filter(outcome=Outcome.APPLIED)
        .select_related("registration__specialist", "agreement", "host", "team", "entry")
        .order_by("id_digest", "number")
    ]
    if hanging := [*_hanging(sorted(rows, key=lambda row: row.number))]:
        raise Refused(hanging)
    if batch.kind == Kind.PAST:
        _give_back(batch, rows, by=by)
    else:
        _discard(rows, by=by, on=on)
    batch.lines.filter(outcome=Outcome.APPLIED).update(outcome=Outcome.WAITING)
    batch.status, batch.version = RosterStatus.TAKEN_BACK, batch.version + 1
    batch.taken_back_by, batch.taken_back_at = by, now()
    batch.save()
    audit.record("roster.taken_back", batch, by=by, after={"rows": len(rows)})
    return batch


def _discard(rows: Sequence[RosterRow], *, by: Membership, on: date) -> None:
    for row in rows:
        if row.agreement:
            discard_draft(row.agreement, by=by)
    for row in rows:
        if row.registration and row.is_new:
            discard_registration(row.registration, by=by, on=on)
        if row.entry:
            discard_provincial_entry(row.entry, by=by)
    for team in {row.team.pk: row.team for row in rows if row.team}.values():
        discard_team(team, by=by, on=on)


def _give_back(batch: RosterBatch, rows: Sequence[RosterRow], *, by: Membership) -> None:
    """Past agreements go, then the teams, registrations and people on which nothing stands any more."""
    papers.give_back({row.agreement.pk: row.agreement for row in rows if row.agreement}.values(), by=by)
    teams = {row.team_id for row in rows if row.team_id}
    people.give_back(teams, {row.registration_id for row in rows if row.registration_id}, by=by)
    batch.reconciliations.all().delete()


def _hanging(rows: Sequence[RosterRow]) -> Iterator[Finding]:
    """Rows whose registration, agreement, team or entry somebody has worked on since."""
    worked_on = {
        "agreement": _worked_on(
            Agreement, (row.agreement_id for row in rows), "agreement.drafted", "agreement.taken_over"
        ),
        "registration": _worked_on(
            Registration, (row.registration_id for row in rows), "registration.created", "registration.taken_over"
        ),
        "team": _worked_on(Team, (row.team_id for row in rows), "team.created", "team.taken_over"),
        "entry": _worked_on(ProvincialListEntry, (row.entry_id for row in rows), "provincial_entry.added"),
    }
    own = {row.agreement_id for row in rows}
    registrations = {row.registration_id for row in rows if row.is_new and row.registration_id}
    # Past ones of another file keep the registration they hang on.
    further = Agreement.objects.filter(registration__in=registrations, is_past=False)
    further = further.exclude(pk__in=[pk for pk in own if pk])
    signed_since = set(further.values_list("registration", flat=True))
    for row in rows:
        person = f"{row.registration.specialist.name}：" if row.registration else ""
        words = []
        if row.agreement_id in worked_on["agreement"]:
            words.append(f"协议{row.agreement}已有办理")
        if row.is_new and row.registration_id in worked_on["registration"]:
            words.append("登记已修改或提交")
        if row.is_new and row.registration_id in signed_since:
            words.append("已另有协议")
        if row.team_id in worked_on["team"]:
            words.append("团队登记已修改或提交")
        if row.entry_id in worked_on["entry"]:
            words.append("名单条目已修改")
        if words:
            yield plain("E-ROSTER", f"第{row.number}行　{person}{'，'.join(words)}，整批不能撤回。", row=row.number)


def _worked_on(model: Any, pks: Iterable[int | None], *created: str) -> set[int]:
    """Records with which anything was done after they were made."""
    known = [pk for pk in pks if pk is not None]
    events = AuditEvent.objects.filter(target_type=model._meta.label, target_id__in=known).exclude(verb__in=created)
    return set(events.values_list("target_id", flat=True))


@transaction.atomic
def drop(batch: RosterBatch, *, by: Membership, version: int) -> RosterBatch:
    """Put a roster aside that is not to be imported; its rows go, the workbook stays. Raises Refused, Stale."""
    batch = held(batch)
    refuse_stale(batch, version=version, typed={})
    require_move(batch, RosterStatus.DROPPED)
    batch.lines.all().delete()
    batch.status, batch.version = RosterStatus.DROPPED, batch.version + 1
    batch.save(update_fields=["status", "version"])
    audit.record("roster.dropped", batch, by=by)
    return batch

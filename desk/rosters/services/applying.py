"""Step 5: a checked roster is confirmed and applied, in deliveries that may be killed and come again.

Applying calls the services that a single form calls (entering); nothing is written here that they do not write.
"""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import now

from accounts.models import Membership
from core import audit, outbox
from core.notify import Reader, tell
from core.policy import Refused, plain
from core.stale import refuse_stale
from desk.enums import Kind, Mode, Outcome, RosterStatus, Verdict
from desk.rosters import queries
from desk.rosters.models import RosterBatch, RosterRow
from desk.rosters.services.common import APPLY, Applied, counted_words, held, recount, require_move, values_of
from desk.rosters.services.entering import APPLIES, close, hold_all
from desk.rosters.services.going_back import take_back_hours

APPLIED_AT_ONCE = 500  # rows that one delivery applies when each stands for itself
MOST_AT_ONCE = 5_000  # rows of one transaction: a worker's task is ended after ten minutes


@transaction.atomic
def confirm(batch: RosterBatch, *, by: Membership, version: int, mode: Mode, consent: bool = False) -> RosterBatch:
    """Have the rows applied: all of them or none, or only those nothing is wrong with. `consent`: all have agreed.

    Raises Refused when the choice does not fit what was found, or nothing is left to apply; Stale when somebody else
    went on with the batch, of two clerks who confirm at once the second.
    """
    batch = held(batch)
    refuse_stale(batch, version=version, typed={})
    require_move(batch, RosterStatus.APPLYING)
    if mode == Mode.ALL and batch.blocked:
        raise Refused(
            [
                plain(
                    "E-ROSTER",
                    f"有{batch.blocked}行不能导入，不能全部导入。请改正后重新上传，或选择只导入没有错误的行。",
                    field="mode",
                )
            ]
        )
    if mode == Mode.ALL and batch.rows > MOST_AT_ONCE:
        words = f"超过{MOST_AT_ONCE}行的名单不能一次全部导入，请选择只导入没有错误的行，或分成几个工作簿。"
        raise Refused([plain("E-ROSTER", words, field="mode")])
    if not batch.importable:
        mend = "请下载标注的工作簿，改正后重新上传。" if batch.blocked else "表中各行都已在平台，无须再次导入。"
        raise Refused([plain("E-ROSTER", f"没有可以导入的行。{mend}", field="mode")])
    batch.status, batch.version = RosterStatus.APPLYING, batch.version + 1
    batch.mode, batch.consent, batch.done = mode, consent, 0
    batch.confirmed_by, batch.confirmed_at = by, now()
    batch.save()
    batch.lines.filter(outcome=Outcome.REFUSED).update(outcome=Outcome.WAITING)
    audit.record(
        "roster.confirmed", batch, by=by, after={"mode": mode.label, "consent": consent, "counts": counted_words(batch)}
    )
    outbox.add(APPLY, batch_id=batch.pk)
    return batch


class _Undone(Exception):
    """One row was refused where all must pass."""

    def __init__(self, unit: Applied, refusal: Refused) -> None:
        self.unit, self.refusal = unit, refusal


@transaction.atomic
def apply_rows(batch: RosterBatch) -> None:
    """Apply the rows that wait: everything in this transaction, or, where each stands for itself, the next few hundred.

    A delivery that is killed has done nothing; one that comes twice finds nothing waiting. What a service refuses is
    kept on its row; where all must pass, it undoes the rest and the batch waits for a new decision.
    """
    batch = held(batch)
    if batch.status != RosterStatus.APPLYING:
        return
    units = [*_units(batch, most=None if batch.mode == Mode.ALL else APPLIED_AT_ONCE)]
    try:
        with transaction.atomic():
            if batch.kind == Kind.PAST:
                hold_all(units)
            _apply(batch, units)
    except _Undone as undone:
        _refuse(undone.unit, undone.refusal)
        batch.status, batch.version = RosterStatus.CHECKED, batch.version + 1
        batch.mode, batch.confirmed_by, batch.confirmed_at, batch.done = "", None, None, 0
        recount(batch)
        batch.save()
        audit.record("roster.refused", batch, by=None, after={"rows": [row.number for row in undone.unit.rows]})
        return
    batch.done = batch.lines.filter(outcome=Outcome.APPLIED).count()
    if _waiting(batch).exists():
        batch.save(update_fields=["done"])
        outbox.add(APPLY, batch_id=batch.pk)
        return
    _finish(batch)


def _waiting(batch: RosterBatch) -> "QuerySet[RosterRow]":
    return batch.lines.filter(outcome=Outcome.WAITING).exclude(verdict__in=Verdict.left_out)


def _units(batch: RosterBatch, *, most: int | None) -> Iterator[Applied]:
    """The next that are applied, not more than `most`."""
    rows = _waiting(batch).defer("cells")
    if batch.kind == Kind.PAST:
        yield from [*_papers(rows)][:most]
        return
    # In the order of persons, so that two rosters with the same people never wait for each other in a ring.
    if batch.kind != Kind.TEAMS:
        yield from (Applied([row]) for row in rows.order_by("id_digest", "number")[:most])
        return
    by_team: dict[str, list[RosterRow]] = {}
    for row in rows.order_by("number"):
        by_team.setdefault(row.group, []).append(row)
    yield from (Applied(team) for team in [*by_team.values()][:most])


def _papers(waiting: "QuerySet[RosterRow]") -> Iterator[Applied]:
    """Past agreements in the order in which they were filed: of two hosts in one year the first one has it (R19)."""
    by_number: dict[str, list[RosterRow]] = {}
    for row in waiting.select_related("institution__organization").order_by("number"):
        by_number.setdefault(row.group, []).append(row)
    yield from (Applied(rows) for rows in sorted(by_number.values(), key=lambda rows: values_of(rows[0])["filed_on"]))


def _apply(batch: RosterBatch, units: Sequence[Applied]) -> None:
    """All at once, which asks the database little; where one is refused, each by itself, to find which."""
    apply = APPLIES[Kind(batch.kind)]
    try:
        with transaction.atomic():
            apply(batch, units)
        done = [*units]
    except Refused:
        done = [unit for unit in units if _apply_one(batch, unit)]
    rows = [row for unit in done for row in unit.rows]
    for row in rows:
        row.outcome = Outcome.APPLIED
    queries.keep_applied(rows)


def _apply_one(batch: RosterBatch, unit: Applied) -> bool:
    for row in unit.rows:  # what the attempt with all the others left there is gone
        row.registration = row.agreement = row.host = row.entry = row.team = None
        row.is_new = False
    try:
        with transaction.atomic():
            APPLIES[Kind(batch.kind)](batch, [unit])
    except Refused as refusal:
        if batch.mode == Mode.ALL:
            raise _Undone(unit, refusal) from refusal
        _refuse(unit, refusal)
        return False
    return True


def _refuse(unit: Applied, refusal: Refused) -> None:
    """The register has changed since the check: what its services said now stands on the row."""
    for row in unit.rows:
        said = [
            {
                "code": finding.code,
                "level": "block",
                "article": finding.article,
                "title": finding.title,
                "quote": finding.quote,
                "message": finding.message,
                "advice": "校验之后情况有变化，请核对后处理。",
                "key": "",
                "column": "",
                "letter": "",
                "value": "",
            }
            for finding in refusal.findings
        ]
        row.findings = [*row.findings, *said]
        row.verdict, row.outcome = Verdict.BLOCK, Outcome.REFUSED
        row.registration = row.agreement = row.host = row.entry = row.team = None
        row.is_new = False
        row.save()


def _finish(batch: RosterBatch) -> None:
    made = made_by(batch)
    if batch.kind == Kind.PAST:
        close(batch)
    batch.status, batch.version, batch.applied_at = RosterStatus.APPLIED, batch.version + 1, now()
    recount(batch)
    batch.save()
    audit.record("roster.applied", batch, by=batch.confirmed_by, after={name: n for name, n in made.items() if n})
    assert batch.confirmed_by
    tell(
        [Reader(person=batch.confirmed_by.person)],
        occasion=f"roster.applied:{batch.pk}",
        subject=f"名单{batch}已导入{batch.done}行",
        body=f"{batch.file.name}已导入{batch.done}行。{take_back_hours()}小时内可以整批撤回。",
        link=batch.get_absolute_url(),
    )


def made_by(batch: RosterBatch) -> dict[str, int]:
    """What of the register came of a batch."""
    counted: dict[str, int] = batch.lines.filter(outcome=Outcome.APPLIED).aggregate(
        rows=Count("pk"),
        registrations=Count("registration", filter=Q(is_new=True), distinct=True),
        agreements=Count("agreement", distinct=True),
        hosts=Count("host", distinct=True),
        teams=Count("team", distinct=True),
        entries=Count("entry", distinct=True),
    )
    return counted

"""One step of the bureau's decision, the same for a registration and for a team."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from accounts.enums import Role
from accounts.models import Membership
from core import approvals, audit
from core.models import Approval, PolicyPack
from core.policy import Finding, Verdict, plain, require, written
from core.stale import refuse_stale
from specialists import rules
from specialists.enums import Origin, RegistrationStatus
from specialists.models import Registration, Team

Record = Registration | Team


@dataclass(frozen=True)
class Step:
    """What the bureau says at one step. `reasons` and `documents` (their 文号) stand by finding code; a step recorded
    from paper names its `document_number` and day; `version` is the one that was read."""

    by: Membership
    on: date
    passed: bool
    opinion: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    document_number: str = ""
    decided_on: date | None = None
    version: int | None = None

    @property
    def day(self) -> date:
        return self.decided_on or self.on


def take(
    record: Record,
    step: Step,
    *,
    act: str,
    judge: Callable[[], list[Verdict]],
    select: Callable[[], None] | None = None,
) -> Approval | None:
    """Take the next step of a record held by the caller; gives the approval that it closed, None while steps remain.

    A reason written at an earlier step of the same round holds for the later ones. `select` is what selection does
    beside the record itself; where the pack selects by a published list, the last step only proposes. Raises Stale when the record is not the `version` that was read, Refused with what is in
    the way: E-STATE, E-STEP (not this role's turn, or the second step of one person), the rules' findings without a
    reason, a return without an opinion.
    """
    refuse_stale(record, version=step.version, typed={})
    status = RegistrationStatus(record.status)
    pack = record.pack or PolicyPack.in_force(on=step.on)  # a draft has none yet, and is refused in a moment
    passed_to = RegistrationStatus.PROPOSED if goes_on_a_list(record, pack) else RegistrationStatus.APPROVED
    to = passed_to if step.passed else RegistrationStatus.RETURNED
    require(rules.may_move(pack.entry("E-STATE"), status=status, to=to))
    require(*_formalities(record, step))
    require(rules.appointment_decided_by_another(person=step.by.person_id, writers=writers_of(record)))
    approval = approvals.running(act, record)
    assert approval, "what is submitted has a running approval"
    # Whose turn it is comes first: what the rules ask is not for anybody else to answer.
    closed = approvals.take_step(
        approval,
        by=step.by,
        passed=step.passed,
        on=step.day,
        opinion=step.opinion,
        document_number=step.document_number,
        labels=dict(Role.choices),
    )
    if step.passed:
        given = written(step.reasons)
        overrides = {**reasons_of(record, since=approval), **given}
        passing = require(*(verdict.finding for verdict in judge()), overrides=overrides)
        new = [finding for finding in passing if finding.code in given]
        audit.record_overrides(new, given, record, by=step.by, documents=step.documents)
    subject = act.partition(".")[0]
    if not closed:
        audit.record(f"{subject}.step_passed", record, by=step.by, reason=step.opinion)
        return None
    record.status = to
    if to == RegistrationStatus.APPROVED:
        record.approved_on = step.day
        if select:
            select()
    elif to == RegistrationStatus.RETURNED:
        record.return_opinion = step.opinion.strip()
    record.version += 1
    record.save(update_fields=["status", "approved_on", "return_opinion", "version"])
    audit.record(
        f"{subject}.{to.value}",
        record,
        by=step.by,
        before={"status": status.label},
        after={"status": to.label, **({"approved_on": step.day} if record.approved_on else {})},
        reason=step.opinion,
    )
    return approval


def goes_on_a_list(record: Record, pack: PolicyPack) -> bool:
    """Whether passing review proposes for a published list, or selects at once as under packs without such a switch.

    Whom the bureau appoints for a need of its own (R28) waits for no list unless the pack says so.
    """
    if not pack.setting_or("selection.published_list", False):
        return False
    appointed = isinstance(record, Registration) and record.origin == Origin.DIRECT_APPOINTMENT
    return not appointed or bool(pack.setting_or("selection.list_direct_appointments", False))


def writers_of(record: Record) -> set[int]:
    """The accounts of those of the bureau who wrote what it registers itself; nobody where an institution did."""
    if record.institution_id is not None:
        return set()
    subject = record._meta.model_name
    verbs = [f"{subject}.{act}" for act in ("created", "changed", "submitted")]
    return {*audit.history(record).filter(verb__in=verbs, by__isnull=False).values_list("by", flat=True)}


def reasons_of(record: Record, *, since: Approval) -> dict[str, str]:
    """The bureau's reasons already written in the round that this approval opened, by finding code."""
    return {override.code: override.reason for override in audit.overrides_of(record).filter(at__gte=since.opened_at)}


def _formalities(record: Record, step: Step) -> Iterable[Finding]:
    if not step.passed and not step.opinion.strip():
        yield plain("E-FIELD", "请填写退回意见，写明需要补正的内容。", field="opinion")
    if step.decided_on and step.decided_on > step.on:
        yield plain("E-FIELD", "纸面审批日期不能晚于今天。", field="decided_on")
    if step.decided_on and record.submitted_on and step.decided_on < record.submitted_on:
        yield plain("E-FIELD", "纸面审批日期不能早于提交日期。", field="decided_on")

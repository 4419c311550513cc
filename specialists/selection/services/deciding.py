"""The steps of approval of a list, taken on its page or recorded from paper."""

from datetime import date

from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership
from core import approvals, audit
from core.approvals import Paper
from core.enums import PaperKind
from core.models import StoredFile
from core.policy import Refused, plain, require
from specialists.enums import ListStatus
from specialists.models import SelectionList
from specialists.selection.services.holding import ACT, changed, hold, may_move, standing
from specialists.selection.services.telling import tell_of_turn

LABELS = dict(Role.choices)


@transaction.atomic
def submit_list(
    selection_list: SelectionList, *, by: Membership, on: date, opinion: str = "", version: int | None = None
) -> SelectionList:
    """Bring a list before its steps; who hands it in takes the first one, if it is theirs.

    Raises Stale, Refused (E-STATE) for a list that is not being composed or empty, and with everything that by now
    stands against somebody on it (E-PROV, E-REVOKED, E-TEAM-SIZE): they are taken out first.
    """
    held = hold(selection_list, version=version)
    require(may_move(held, ListStatus.SUBMITTED), *standing(held, on=on))
    approval = approvals.open_approval(ACT, held, pack=held.pack)
    held.status = ListStatus.SUBMITTED
    held.version += 1
    held.save(update_fields=["status", "version"])
    audit.record("selection_list.submitted", held, by=by, after={"count": held.entries.standing().count()})
    if approvals.next_role(approval) == by.role:
        step(held, by=by, on=on, passed=True, opinion=opinion)
    else:
        tell_of_turn(held, approval, on=on)
    return held


@transaction.atomic
def decide_list(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    passed: bool,
    opinion: str = "",
    version: int | None = None,
) -> SelectionList:
    """Take the next step of a list on the page. A return sends it back to its composer, with what is to be mended.

    Raises Stale, Refused (E-STATE, E-STEP) as approvals.take_step does, and for a return without an opinion.
    """
    held = hold(selection_list, version=version)
    if not passed and not opinion.strip():
        raise Refused([plain("E-FIELD", "请填写退回意见，写明需要修改的内容。", field="opinion")])
    step(held, by=by, on=on, passed=passed, opinion=opinion)
    return held


@transaction.atomic
def record_paper_step(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    passed: bool,
    kind: str,
    number: str,
    decided_on: date,
    scan: StoredFile,
    opinion: str = "",
    version: int | None = None,
) -> SelectionList:
    """Record the step of somebody without an account (分管领导) from the paper on which they took it.

    Raises Stale, Refused (E-STEP) when it is not such a step's turn, for a day to come or before the step before, and
    for a return without an opinion.
    """
    held = hold(selection_list, version=version)
    if decided_on > on:
        raise Refused([plain("E-FIELD", "签批日期不能晚于今天。", field="decided_on")])
    if not number.strip():
        raise Refused([plain("E-FIELD", "请填写签批单编号、会议纪要号或文号。", field="number")])
    if not passed and not opinion.strip():
        raise Refused([plain("E-FIELD", "请填写退回意见，写明需要修改的内容。", field="opinion")])
    paper = Paper(PaperKind(kind), number.strip(), scan)
    step(held, by=by, on=decided_on, passed=passed, opinion=opinion, paper=paper)
    return held


def step(
    held: SelectionList, *, by: Membership, on: date, passed: bool, opinion: str, paper: Paper | None = None
) -> None:
    approval = approvals.running(ACT, held)
    if approval is None:
        raise Refused([may_move(held, ListStatus.APPROVED) or plain("E-STATE", "名单没有正在进行的审批。")])
    closed = approvals.take_step(
        approval, by=by, passed=passed, on=on, opinion=opinion.strip(), paper=paper, labels=LABELS
    )
    told = {"paper_number": paper.number} if paper else {}
    if not closed:
        changed(held)
        audit.record("selection_list.step_passed", held, by=by, after=told, reason=opinion.strip())
        tell_of_turn(held, approval, on=on)
        return
    before = ListStatus(held.status)
    held.status = ListStatus.APPROVED if passed else ListStatus.DRAFT
    held.approved_on = on if passed else None
    held.version += 1
    held.save(update_fields=["status", "approved_on", "version"])
    audit.record(
        "selection_list.approved" if passed else "selection_list.returned",
        held,
        by=by,
        before={"status": before.label},
        after={"status": ListStatus(held.status).label, **told},
        reason=opinion.strip(),
    )

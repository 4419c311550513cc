"""The steps that the pack asks for before an agreement is filed, and in whose place somebody takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from accounts.enums import Role
from accounts.models import Membership
from agreements.appointing import rules as appointing
from agreements.appointing.drafters import drafters_of
from agreements.models import Agreement, Cover
from core import approvals, audit
from core.enums import PaperKind
from core.models import Approval, PolicyPack, StoredFile
from core.policy import Finding, plain, require
from core.prepared import PreparedValues

ACT = "agreement.file"


def steps_of(pack: PolicyPack) -> list[str]:
    """The roles that decide, in their order; none where one act of any reviewer files, as packs without them say."""
    steps: list[str] = pack.setting_or("approvals", {}).get(ACT, [])
    return steps


def running(agreement: Agreement, pack: PolicyPack) -> Approval | None:
    return approvals.running(ACT, agreement) if steps_of(pack) else None


def reasons_before(agreement: Agreement, approval: Approval | None) -> dict[str, str]:
    """The bureau's reasons already written at an earlier step of this round, by finding code."""
    if approval is None:
        return {}
    return {one.code: one.reason for one in audit.overrides_of(agreement).filter(at__gte=approval.opened_at)}


def begin(agreement: Agreement, pack: PolicyPack) -> Approval | None:
    """The round of steps of an agreement held by the caller, opened with the first of them; None without steps."""
    if not steps_of(pack):
        return None
    return approvals.running(ACT, agreement) or approvals.open_approval(ACT, agreement, pack=pack)


@dataclass(frozen=True)
class OnPaper:
    """A step that somebody without an account took on paper, as it is recorded: what the paper is, and its day."""

    kind: PaperKind
    number: str
    decided_on: date
    scan: StoredFile


def take(
    approval: Approval, *, by: Membership, passed: bool, on: date, opinion: str = "", paper: OnPaper | None = None
) -> bool:
    """Take the next step, or record it from `paper`; True when the act is decided by it.

    Raises Refused: E-STEP when it is another's, E-FIELD for a paper without a number or of a day to come.
    """
    if paper is None:
        return approvals.take_step(approval, by=by, passed=passed, on=on, opinion=opinion, labels=dict(Role.choices))
    require(*wrong_with(paper, on=on))
    return approvals.take_step(
        approval,
        by=by,
        passed=passed,
        on=paper.decided_on,
        opinion=opinion,
        paper=approvals.Paper(paper.kind, paper.number.strip(), paper.scan),
        labels=dict(Role.choices),
    )


def wrong_with(paper: OnPaper, *, on: date) -> list[Finding | None]:
    """What no paper can say, whichever cases it decides."""
    return [
        None if paper.number.strip() else plain("E-FIELD", "请填写签批单编号、会议纪要号或文号。", field="number"),
        plain("E-FIELD", "签批日期不能晚于今天。", field="decided_on") if paper.decided_on > on else None,
    ]


def by_another(agreement: Agreement, *, by: Membership) -> Finding | None:
    """Whether who decides has written it: the bureau drafts for its direct appointees itself (A6). What is recorded from
    paper another decided there."""
    return appointing.decided_by_another(person=by.person_id, drafters=drafters_of(agreement))


# Asked at each filing and return, and nearly always nobody stands in.
COVERED = PreparedValues(
    "covered_officer_of_a_case",
    lambda on, officer, case: (
        Cover.objects.in_force(on=on).filter(stand_in=officer, absent__cases__agreement=case).values_list("absent")
    ),
    on=(date.min, "date"),
    officer=(-11, "bigint"),
    case=(-12, "bigint"),
)


def in_place_of(agreement: Agreement, *, by: Membership, on: date) -> Mapping[str, Membership]:
    """For the history: the officer whose case it is, when `by` stands in for them that day; else nothing."""
    covered = COVERED.rows(on=on, officer=by.pk, case=agreement.pk)
    if not covered:
        return {}
    [absent], *_ = covered
    return {"acting_for": Membership.objects.select_related("person", "organization").get(pk=absent)}

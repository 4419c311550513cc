"""The steps that the pack asks for before an agreement is filed, and in whose place somebody takes them."""

from collections.abc import Mapping
from datetime import date

from accounts.enums import Role
from accounts.models import Membership
from agreements.models import Agreement, Cover
from core import approvals, audit
from core.models import Approval, PolicyPack

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


def take(approval: Approval, *, by: Membership, passed: bool, on: date, opinion: str = "") -> bool:
    """Take the next step; True when the act is decided by it. Raises Refused (E-STEP) when it is another's."""
    return approvals.take_step(approval, by=by, passed=passed, on=on, opinion=opinion, labels=dict(Role.choices))


def in_place_of(agreement: Agreement, *, by: Membership, on: date) -> Mapping[str, Membership]:
    """For the history: the officer whose case it is, when `by` stands in for them that day; else nothing."""
    covers = Cover.objects.in_force(on=on).filter(stand_in=by, absent__cases__agreement=agreement)
    cover = covers.select_related("absent__person", "absent__organization").first()
    return {"acting_for": cover.absent} if cover else {}

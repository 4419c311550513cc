"""An approved list is called back before anybody has read it: it is mended and takes its steps anew."""

from datetime import date

from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from core import audit
from core.models import Approval, label_of
from core.notify import tell, wearers
from core.policy import plain, require
from specialists.enums import ListStatus
from specialists.models import SelectionList
from specialists.selection import rules
from specialists.selection.services import ACT, hold


@transaction.atomic
def call_back_list(
    selection_list: SelectionList, *, by: Membership, on: date, reason: str, version: int | None = None
) -> SelectionList:
    """Undo the approval of a list that is not on view yet, with the reason: it is being composed again.

    What was decided stays in its history; whoever took a step hears of it. Raises Stale, Refused (E-STATE) for a list
    that is not approved or that everybody may read already, and without a reason.
    """
    held = hold(selection_list, version=version)
    before = ListStatus(held.status)
    require(
        rules.list_is_not_public(held.pack.entry("E-STATE"), status=before, notice_from=held.notice_from, on=on),
        None if reason.strip() else plain("E-FIELD", "请填写撤回的原因。", field="reason"),
    )
    held.status, held.approved_on = ListStatus.DRAFT, None
    held.notice_from = held.notice_until = held.notice_days = None
    held.notice_contact = ""
    held.version += 1
    held.save(
        update_fields=[
            "status",
            "approved_on",
            "notice_from",
            "notice_until",
            "notice_days",
            "notice_contact",
            "version",
        ]
    )
    audit.record(
        "selection_list.called_back",
        held,
        by=by,
        before={"status": before.label},
        after={"status": ListStatus.DRAFT.label},
        reason=reason.strip(),
    )
    _tell(held, by=by, reason=reason.strip(), on=on)
    return held


def _tell(held: SelectionList, *, by: Membership, reason: str, on: date) -> None:
    """Whoever took a step of it, and the heads of the division, except who calls it back."""
    rounds = Approval.objects.filter(act=ACT, **label_of(held))
    steps = Membership.objects.filter(pk__in=rounds.values("taken__by"))
    heads = Membership.objects.filter(role=Role.DIVISION_HEAD)
    hats = Membership.objects.active(on=on).filter(pk__in=[*steps.union(heads).values_list("pk", flat=True)])
    tell(
        wearers(hats.exclude(person=by.person_id).select_related("person")),
        occasion=f"selection.called_back:{held.pk}:{held.version}",
        subject=f"{held.title}的审批已撤回",
        body=f"{by}在公示前撤回了名单的审批，名单退回拟定，修改后重新提交审批。原因：{reason}",
        link=reverse("specialists:list-detail", args=[held.pk]),
    )

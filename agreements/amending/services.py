"""Asking for an amendment, and the bureau's word. A request waits under the lock of its agreement."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Membership
from agreements import queries, rules
from agreements.amending.effective import AMENDABLE, effective, in_words
from agreements.cases import Case
from agreements.ending import ordered
from agreements.enums import AgreementStatus, AmendmentReason
from agreements.models import Agreement, Amendment
from agreements.services.holding import hold
from core import audit, files, notify
from core.models import PolicyPack
from core.policy import Finding, plain, require
from specialists.enums import ChangeStatus


@transaction.atomic
def ask_to_amend(
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    kind: AmendmentReason,
    note: str,
    evidence: UploadedFile,
    **values: Any,
) -> Amendment:
    """Ask that a filed agreement reads otherwise; `values` are some of AMENDABLE, those that differ are kept.

    Raises Refused: E-STATE unless it is filed and not over, E-END-ORDERED once it is to end, E-END-LOCK for its period, E-PERM for another unit,
    E-REQUEST-OPEN while one waits, E-COMPLETE where nothing would be left to do, and where nothing changes or is said.
    """
    agreement, pack = hold(agreement), PolicyPack.in_force(on=on)
    status, reads = AgreementStatus(agreement.status), effective(agreement)
    changed = {name: values[name] for name in AMENDABLE if name in values and values[name] != getattr(reads, name)}
    own = by.stands_for(agreement.institution_id)
    beyond = set(values) - set(AMENDABLE)
    require(
        why_not_asked(agreement, pack, on=on),
        rules.period_is_final(pack.entry("E-END-LOCK"), status=status, changed=beyond)
        or (plain("E-FIELD", "派驻单位和各方不能变更；更换派驻单位请申请改派。") if beyond else None),
        None if own else plain("E-PERM", "您没有权限执行此操作：变更由派出单位申请。"),
        rules.complete(pack.entry("E-COMPLETE"), values={**Case(agreement, on=on).values, **changed}),
        None if changed else plain("E-FIELD", "变更后的内容与现在相同。"),
        None if note.strip() else plain("E-FIELD", "请填写情况说明。", field="note"),
    )
    amendment = Amendment.objects.create(
        agreement=agreement,
        values=changed,
        before={name: getattr(reads, name) for name in changed},
        kind=kind,
        note=note.strip(),
        evidence=files.receive(evidence, by=by, purpose="amendment"),
        asked_by=by,
        asker=by.person,
    )
    before, after = _told(amendment)
    audit.record("agreement.amendment_asked", agreement, by=by, before=before, after=after, reason=amendment.note)
    notify.tell(
        queries.bureau_readers(on=on),
        occasion=f"amendment.asked:{amendment.pk}",
        subject=f"协议{agreement}申请变更",
        body=f"{by}申请变更协议{agreement}的{'、'.join(AMENDABLE[name] for name in changed)}，请审核。",
        link=agreement.get_absolute_url(),
    )
    return amendment


def why_not_asked(agreement: Agreement, pack: PolicyPack, *, on: date) -> Finding | None:
    """What keeps anybody from asking for a change now; its page says so before a word is typed."""
    waits = agreement.amendments.filter(status=ChangeStatus.OPEN).exists()
    return ordered.why_not_asked(agreement, pack, on=on, act="变更") or rules.one_open_amendment(
        pack.entry_or_block("E-REQUEST-OPEN", "四（二）"), is_open=waits
    )


@transaction.atomic
def decide_amendment(amendment: Amendment, *, by: Membership, on: date, passed: bool, opinion: str = "") -> Amendment:
    """The bureau's word: from now on the agreement reads so, or it stays as it is; its parties are told.

    Raises Refused: E-STATE once decided, withdrawn, or when the agreement is over; E-END-ORDERED for agreeing while its
    end is ordered; E-TWO-PEOPLE for who asked; a refusal without its reason.
    """
    amendment = _held(amendment)
    agreement, pack = amendment.agreement, PolicyPack.in_force(on=on)
    to = ChangeStatus.APPROVED if passed else ChangeStatus.RETURNED
    status = AgreementStatus(agreement.status)
    require(
        *amendment.open_to(to, by=by, opinion=opinion, pack=pack),
        rules.is_filed(pack.entry("E-STATE"), status=status) if passed and not amendment.may_become(to) else None,
        ordered.why_not_changed(agreement, pack, act="变更") if passed else None,
    )
    amendment.settle(to, by=by, opinion=opinion)
    before, after = _told(amendment) if passed else ({}, {})
    audit.record(f"agreement.amendment_{to}", agreement, by=by, before=before, after=after, reason=amendment.opinion)
    words = "；".join(f"{AMENDABLE[name]}：{in_words(name, value)}" for name, value in amendment.values.items())
    readers = queries.readers_of([agreement], on=on)[agreement.pk]
    notify.tell(
        readers.parties if passed else readers.institution,
        occasion=f"amendment.decided:{amendment.pk}",
        subject=f"协议{agreement}的变更申请{'已同意' if passed else '未同意'}",
        body=f"市科技局同意变更，自今日起执行。{words}" if passed else f"市科技局不同意变更：{amendment.opinion}",
        link=agreement.get_absolute_url(),
    )
    return amendment


@transaction.atomic
def withdraw_amendment(amendment: Amendment, *, by: Membership) -> Amendment:
    """Take an open request back. Raises Refused: E-STATE, and E-PERM for another unit than the one that asked."""
    amendment = _held(amendment)
    own = amendment.asked_by.organization_id == by.organization_id
    require(
        amendment.may_become(ChangeStatus.WITHDRAWN),
        None if own else plain("E-PERM", "您没有权限执行此操作：变更申请由申请单位撤回。"),
    )
    amendment.status = ChangeStatus.WITHDRAWN
    amendment.save(update_fields=["status"])
    audit.record("agreement.amendment_withdrawn", amendment.agreement, by=by)
    return amendment


def _told(amendment: Amendment) -> tuple[dict[str, object], dict[str, object]]:
    return dict(amendment.before), dict(amendment.values)


def _held(amendment: Amendment) -> Amendment:
    """The request read anew, with its agreement held."""
    agreement = hold(amendment.agreement)
    again = Amendment.objects.select_related("asker", "asked_by").get(pk=amendment.pk)
    again.agreement = agreement
    return again

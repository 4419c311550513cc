"""Asking the bureau to move a service to another host, and what the bureau's word does.

Agreeing ends the agreement on that day and no more: three parties sign the new one, and its filing moves the year (改派,
A2) by the rule that always did. A request waits under the locks of its agreement.
"""

from dataclasses import replace
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.enums import Role
from accounts.models import HostUnit, Membership, Organization
from agreements import queries, rules
from agreements.ending import ordered
from agreements.enums import TerminationReason
from agreements.models import Agreement
from agreements.moving.models import MoveRequest
from agreements.services.filing import terminate_agreement
from agreements.services.holding import hold_with_person
from agreements.services.judging import first_party
from core import audit, files, notify
from core.models import PolicyPack
from core.policy import Finding, plain, require
from specialists.enums import ChangeStatus


@transaction.atomic
def ask_to_move(
    agreement: Agreement, *, by: Membership, on: date, wished: str, note: str, evidence: UploadedFile
) -> MoveRequest:
    """Ask for a filed agreement to be ended, because its specialist is to serve another host.

    Raises Refused: E-STATE unless it is filed and not over, E-END-ORDERED once it is to end, E-PERM for who is neither the specialist nor of the
    institution, E-REQUEST-OPEN while one waits, E-SAME-PARTY for the dispatching unit itself, and what is left out.
    """
    agreement, pack = hold_with_person(agreement), PolicyPack.in_force(on=on)
    own = by.role == Role.SPECIALIST or agreement.institution_id == by.organization_id
    own = own or (agreement.institution_id is None and by.role == Role.BUREAU_OFFICER)
    require(
        why_not_asked(agreement, pack, on=on),
        None if own else plain("E-PERM", "您没有权限执行此操作：改派由本人或派出单位申请。"),
        None if wished.strip() else plain("E-FIELD", "请填写拟改派单位。", field="wished"),
        None if note.strip() else plain("E-FIELD", "请填写改派原因。", field="note"),
        plain("E-FIELD", "拟改派单位与现派驻单位相同。", field="wished")
        if agreement.host and wished.strip() == agreement.host.organization.name
        else None,
        _another_than_the_dispatcher(agreement, wished, pack),
    )
    request = MoveRequest.objects.create(
        agreement=agreement,
        wished=wished.strip(),
        note=note.strip(),
        evidence=files.receive(evidence, by=by, purpose="move-evidence"),
        asked_by=by,
        asker=by.person,
    )
    after = {"wished": request.wished, "evidence": request.evidence.name}
    audit.record("agreement.move_asked", agreement, by=by, after=after, reason=request.note)
    notify.tell(
        [reader for reader in queries.bureau_readers(on=on) if reader.person.pk != by.person_id],
        occasion=f"move.asked:{request.pk}",
        subject=f"{agreement.specialist}申请改派",
        body=f"{by}申请将协议{agreement}由“{agreement.host}”改派至“{request.wished}”，请审核。",
        link=agreement.get_absolute_url(),
    )
    return request


def why_not_asked(agreement: Agreement, pack: PolicyPack, *, on: date) -> Finding | None:
    """What keeps anybody from asking for another host now; its page says so before a word is typed."""
    waits = agreement.moves.filter(status=ChangeStatus.OPEN).exists()
    return ordered.why_not_asked(agreement, pack, on=on, act="改派") or rules.one_open_move(
        pack.entry_or_block("E-REQUEST-OPEN", "四（二）"), is_open=waits
    )


@transaction.atomic
def decide_move(request: MoveRequest, *, by: Membership, on: date, passed: bool, opinion: str = "") -> MoveRequest:
    """The bureau's word: the agreement ends today and a new one may be signed, or it goes on as it is.

    Raises Refused: E-STATE once decided, withdrawn or over, E-END-ORDERED for agreeing while an end is ordered,
    E-TWO-PEOPLE for who asked, E-SAME-PARTY as when it was asked, a refusal without its reason.
    """
    request = _held(request)
    agreement, pack = request.agreement, PolicyPack.in_force(on=on)
    to = ChangeStatus.APPROVED if passed else ChangeStatus.RETURNED
    require(
        *request.open_to(to, by=by, opinion=opinion, pack=pack),
        _another_than_the_dispatcher(agreement, request.wished, pack) if passed else None,
        ordered.why_not_changed(agreement, pack, act="改派") if passed else None,
    )
    request.settle(to, by=by, opinion=opinion)  # before the end of the agreement, which takes back what is still open
    if passed:
        note = f"改派至“{request.wished}”：{request.note}"
        terminate_agreement(agreement, by=by, on=on, reason=TerminationReason.MOVED, note=note)
    audit.record(f"agreement.move_{to}", agreement, by=by, after={"wished": request.wished}, reason=request.opinion)
    words = (
        f"市科技局同意由“{agreement.host}”改派至“{request.wished}”。原协议已终止，请派出单位与新的派驻单位签订协议，"
        "提交时写明改派理由，由市科技局备案时改派。"
        if passed
        else f"市科技局不同意改派：{request.opinion}"
    )
    readers = queries.readers_of([agreement], on=on)[agreement.pk]
    notify.tell(
        [*readers.institution, notify.Reader(person=request.asker, email=request.asker.email)],
        occasion=f"move.decided:{request.pk}",
        subject=f"协议{agreement}的改派申请{'已同意' if passed else '未同意'}",
        body=words,
        link=agreement.get_absolute_url(),
    )
    return request


@transaction.atomic
def withdraw_move(request: MoveRequest, *, by: Membership) -> MoveRequest:
    """Take an open request back. Raises Refused: E-STATE, and E-PERM for anybody but who asked."""
    request = _held(request)
    require(
        request.may_become(ChangeStatus.WITHDRAWN),
        None if request.asker_id == by.person_id else plain("E-PERM", "您没有权限执行此操作：改派申请由申请人撤回。"),
    )
    request.status = ChangeStatus.WITHDRAWN
    request.save(update_fields=["status"])
    audit.record("agreement.move_withdrawn", request.agreement, by=by)
    return request


def wished_host(request: MoveRequest) -> HostUnit | None:
    """The unit of that name, if it is registered as a host: without one there is nobody to sign the new agreement with."""
    return HostUnit.objects.filter(organization__name=request.wished).select_related("organization__district").first()


def _another_than_the_dispatcher(agreement: Agreement, wished: str, pack: PolicyPack) -> Finding | None:
    """What the new agreement would be refused for is no reason to end the old one (R24)."""
    named = Organization.objects.filter(name=wished.strip()).first()
    finding = named and rules.three_different_parties(
        pack.entry("E-SAME-PARTY"), institution=first_party(agreement), host=named.pk
    )
    return replace(finding, facts={"field": "wished"}) if finding else None


def _held(request: MoveRequest) -> MoveRequest:
    """The request read anew, with its agreement and person held."""
    agreement = hold_with_person(request.agreement)
    again = MoveRequest.objects.select_related("asker").get(pk=request.pk)
    again.agreement = agreement
    return again

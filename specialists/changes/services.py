"""Asking for a change of a selected person's details, deciding it, taking it back.

The row of the person is the gate, as for everything that is theirs; the request and its steps are read after it is held.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from accounts.enums import Role
from accounts.leaving import Work, finds_work
from accounts.models import Institution, Membership, User
from core import approvals, audit, files, identifiers
from core.dates import day_in_words, parse_date
from core.identifiers import Invalid, mask_account, mask_id, mask_mobile
from core.models import PolicyPack
from core.notify import Reader, tell, wearers
from core.policy import Finding, Refused, plain, require
from specialists import looking, rules
from specialists.changes.models import ChangeRequest
from specialists.enums import ChangeField, ChangeStatus, PersonnelType, RegistrationStatus
from specialists.models import Registration, Specialist
from specialists.services import clean_id_number, columns_of, keep_details

MASKS: Mapping[ChangeField, Callable[[str], str]] = {
    ChangeField.ID_NUMBER: mask_id,
    ChangeField.BANK_ACCOUNT: mask_account,
    ChangeField.MOBILE: mask_mobile,
    ChangeField.GRADUATES_ON: lambda day: day_in_words(date.fromisoformat(day)),  # hidden from nobody
}
REVEALABLE = (ChangeField.ID_NUMBER, ChangeField.BANK_ACCOUNT, ChangeField.MOBILE)
LONGEST_EMAIL = 200


def may_be_asked(pack: PolicyPack) -> list[ChangeField]:
    """The details for which the pack names who decides; none under a pack of before there were requests."""
    if "E-CHANGE" not in pack.rules:
        return []
    return [field for field in ChangeField if act_of(field) in pack.setting("approvals")]


def asked_of(specialist: Specialist, pack: PolicyPack) -> list[ChangeField]:
    """Those of them that this person has: only a student graduates."""
    fields = may_be_asked(pack)
    return fields if is_student(keeper_of(specialist)) else [one for one in fields if one != ChangeField.GRADUATES_ON]


def is_student(registration: Registration | None) -> bool:
    return registration is not None and registration.personnel_type == PersonnelType.GRADUATE


def kept_of(specialist: Specialist, field: ChangeField) -> str:
    """What is known of this detail; a day as 2027-06-30."""
    if field != ChangeField.GRADUATES_ON:
        return str(getattr(specialist, field))
    keeper = keeper_of(specialist)
    return keeper.graduates_on.isoformat() if keeper and keeper.graduates_on else ""


def act_of(field: str) -> str:
    return f"change.{field}"


def keeper_of(specialist: Specialist) -> Registration | None:
    """The newest registration with which the bureau selected the person: its unit looks after their details."""
    selected = specialist.registrations.filter(status=RegistrationStatus.APPROVED)
    return selected.select_related("institution__organization").order_by("-year", "-approved_on", "-pk").first()


def may_ask(specialist: Specialist, *, by: Membership) -> bool:
    """Whether it is this hat's to ask: the person's own, the unit's that looks after them, the bureau's for whom it
    appointed."""
    keeper = keeper_of(specialist)
    if keeper is None:
        return False
    if by.role == Role.SPECIALIST:
        return specialist.user_id == by.person_id
    if by.role in Role.institution:
        return keeper.institution_id == by.organization_id
    return by.role == Role.BUREAU_OFFICER and keeper.institution_id is None


def normal(field: ChangeField, text: str, *, on: date, pack: PolicyPack) -> str:
    """The normal form of the new value. Raises Refused with the sentence beside the field."""
    try:
        match field:
            case ChangeField.NAME:
                return identifiers.clean_name(text)
            case ChangeField.ID_NUMBER:
                return clean_id_number(text, on=on, pack=pack)
            case ChangeField.BANK_ACCOUNT:
                return identifiers.clean_account(text)
            case ChangeField.MOBILE:
                return identifiers.clean_mobile(text)
            case ChangeField.EMAIL:
                return _clean_email(text)
            case ChangeField.GRADUATES_ON:
                return parse_date(text).isoformat()
    except Invalid as refusal:
        raise Refused([plain("E-FIELD", str(refusal), field="value")]) from refusal
    except Refused as refusal:
        raise Refused([plain(one.code, one.message, field="value") for one in refusal.findings]) from refusal


@transaction.atomic
def ask_for_change(
    specialist: Specialist,
    *,
    by: Membership,
    on: date,
    field: ChangeField,
    value: str,
    note: str,
    evidence: UploadedFile,
    bank_name: str = "",
) -> ChangeRequest:
    """Ask for one detail of a selected person to be changed, with the proof; its steps of approval begin.

    Raises Refused: for a value that cannot be one or is the one that is kept, without a reason, for a file that will
    not do, for a person not selected yet (their registration is edited directly), for somebody else's person (E-PERM),
    and while the same detail waits already (E-CHANGE-OPEN).
    """
    pack = PolicyPack.in_force(on=on)
    value = normal(field, value, on=on, pack=pack)
    specialist = _hold(specialist)
    keeper = keeper_of(specialist)
    old, old_bank = kept_of(specialist, field), specialist.bank_name
    account = field == ChangeField.BANK_ACCOUNT
    found: list[Finding | None] = []
    if keeper is None or field not in may_be_asked(pack):
        found.append(plain("E-STATE", f"{specialist.name}尚未入选，请直接在登记中修改。"))
    elif field not in asked_of(specialist, pack):
        found.append(plain("E-FIELD", f"{specialist.name}不是在校研究生，没有预计毕业日期可以变更。", field="what"))
    elif not may_ask(specialist, by=by):
        found.append(plain("E-PERM", "您没有权限执行此操作：变更由本人或其派出单位申请，直接聘请的由市科技局申请。"))
    else:
        waiting = ChangeRequest.objects.open().filter(specialist=specialist, field=field).exists()
        found.append(rules.one_open_request(pack.entry("E-CHANGE-OPEN"), label=field.label, is_open=waiting))
    if value == old and (not account or bank_name.strip() == old_bank):
        found.append(plain("E-FIELD", f"{field.label}与现有的相同，无须变更。", field="value"))
    if account and not bank_name.strip():
        found.append(plain("E-FIELD", "请填写开户行。", field="bank_name"))
    if not note.strip():
        found.append(plain("E-FIELD", "请填写变更原因。", field="note"))
    require(*found)
    assert keeper
    request = ChangeRequest.objects.create(
        specialist=specialist,
        institution=keeper.institution,
        field=field,
        value=value,
        value_masked=masked(field, value),
        bank_name=bank_name.strip() if account else "",
        old_value=old,
        old_masked=masked(field, old),
        old_bank_name=old_bank if account else "",
        note=note.strip(),
        evidence=files.receive(evidence, by=by, purpose="change-evidence"),
        asked_by=by,
        asker=by.person,
    )
    # A6: where there is no institution the bureau stands in its place.
    instead = {} if keeper.institution_id else dict.fromkeys(Role.institution, Role.BUREAU_OFFICER.value)
    approvals.open_approval(act_of(field), request, pack=pack, instead=instead)
    audit.record("change.asked", request, by=by, after=_told(request), reason=request.note)
    _tell_of_request(request, on=on)
    return request


@transaction.atomic
def decide_change(
    request: ChangeRequest, *, by: Membership, on: date, passed: bool, opinion: str = ""
) -> ChangeRequest:
    """Take the next step; with the last one the new value is the person's, and what it replaced is kept here.

    Raises Refused: E-STATE once it is decided or withdrawn, E-TWO-PEOPLE for who asked, E-STEP when it is not this
    role's turn, a return without an opinion, an ID number that another person has by now.
    """
    request, specialist = _held(request)
    pack = PolicyPack.in_force(on=on)
    to = ChangeStatus.APPROVED if passed else ChangeStatus.RETURNED
    require(*request.open_to(to, by=by, opinion=opinion, pack=pack))
    approval = approvals.running(act_of(request.field), request)
    assert approval, "an open request has a running approval"
    opinion = opinion.strip()
    if not approvals.take_step(approval, by=by, passed=passed, on=on, opinion=opinion, labels=dict(Role.choices)):
        audit.record("change.step_passed", request, by=by, reason=opinion)
        return request
    old_address = specialist.email
    if passed:
        _put_in_force(request, specialist, by=by)
    request.settle(to, by=by, opinion=opinion, also=("old_value", "old_masked", "old_bank_name"))
    audit.record(f"change.{to}", request, by=by, after=_told(request), reason=opinion)
    _tell_of_decision(request, old_address=old_address)
    return request


@transaction.atomic
def withdraw_change(request: ChangeRequest, *, by: Membership) -> ChangeRequest:
    """Take a request back that is not decided: who asked, or a colleague of the unit that did.

    Raises Refused: E-STATE, and E-PERM for anybody else.
    """
    request, _ = _held(request)
    own = request.asker_id == by.person_id or (
        by.role in Role.institution
        and request.asked_by.role in Role.institution
        and request.asked_by.organization_id == by.organization_id
    )
    require(
        request.may_become(ChangeStatus.WITHDRAWN),
        None if own else plain("E-PERM", "您没有权限执行此操作：变更申请由申请人撤回。"),
    )
    request.status = ChangeStatus.WITHDRAWN
    request.save(update_fields=["status"])
    if approval := approvals.running(act_of(request.field), request):
        approvals.call_off(approval)
    audit.record("change.withdrawn", request, by=by)
    return request


@transaction.atomic
def reveal_change(request: ChangeRequest, *, reason: str, by: Membership, on: date) -> str:
    """The new number in full, to be held against the proof, to somebody who says why. Raises what `looking.record` does."""
    if request.field not in REVEALABLE:
        raise Refused([plain("E-FIELD", "这一项没有遮盖。", field="reason")])
    label = request.get_field_display()
    looking.record(request, verb="change.revealed", number=label, reason=reason, by=by, on=on)
    return str(request.value)


def masked(field: str, value: str) -> str:
    mask = MASKS.get(ChangeField(field))
    return mask(value) if mask and value else value


@finds_work
def requests_of(hat: Membership, on: date) -> list[Work]:
    asked = ChangeRequest.objects.open().filter(asked_by=hat).count()
    page = reverse("specialists:changes" if hat.role != Role.SPECIALIST else "specialists:me")
    return [Work("待审核的变更申请", asked, page, "继续审核，本单位同事可以撤回")]


# --- pieces -----------------------------------------------------------------------------------------------------------


def _put_in_force(request: ChangeRequest, specialist: Specialist, *, by: Membership) -> None:
    field, value = ChangeField(request.field), request.value
    request.old_value = kept_of(specialist, field)  # as it is now: another form may have changed it since
    request.old_masked = masked(field, request.old_value)
    request.old_bank_name = specialist.bank_name if field == ChangeField.BANK_ACCOUNT else ""
    columns: dict[str, Any] = {} if field == ChangeField.GRADUATES_ON else {field.value: value}
    if field == ChangeField.GRADUATES_ON:
        _put_off_graduation(specialist, old=request.old_value, new=value)
    if field == ChangeField.BANK_ACCOUNT:
        columns["bank_name"] = request.bank_name
    if field == ChangeField.MOBILE:
        columns["mobile_masked"] = mask_mobile(value)
    if field == ChangeField.ID_NUMBER:
        columns |= columns_of(value)
        if Specialist.objects.filter(id_digest=columns["id_digest"]).exclude(pk=specialist.pk).exists():
            raise Refused([plain("E-ID", "该身份证号已是另一人的档案，不能变更；确属同一人的，请合并档案。")])
    keep_details(specialist, columns)
    if field == ChangeField.NAME and specialist.user_id:
        User.objects.filter(pk=specialist.user_id).update(name=value)  # what the account is greeted by
    before = {field.value: request.old_masked} | _bank("bank_name", request.old_bank_name)
    after = {field.value: request.value_masked} | _bank("bank_name", request.bank_name)
    audit.record("specialist.changed", specialist, by=by, before=before, after=after, reason=request.note)


def _put_off_graduation(specialist: Specialist, *, old: str, new: str) -> None:
    """The same studies end on another day, in each registration and team that says so; other studies stay as they were."""
    same = Q(personnel_type=PersonnelType.GRADUATE, graduates_on=date.fromisoformat(old) if old else None)
    day = date.fromisoformat(new)
    specialist.registrations.filter(same, status=RegistrationStatus.APPROVED).update(
        graduates_on=day, version=F("version") + 1
    )
    specialist.memberships.current().filter(same).update(graduates_on=day)


def _clean_email(text: str) -> str:
    email = text.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("邮箱格式不正确，请核对。") from None
    if len(email) > LONGEST_EMAIL:
        raise Invalid(f"邮箱不能超过{LONGEST_EMAIL}个字，现为{len(email)}个字。")
    return email


def _hold(specialist: Specialist) -> Specialist:
    return Specialist.objects.select_for_update(of=("self",)).get(pk=specialist.pk)


def _held(request: ChangeRequest) -> tuple[ChangeRequest, Specialist]:
    """The request read anew, with its person held."""
    specialist = _hold(request.specialist)
    again = ChangeRequest.objects.select_related("asker", "asked_by", "institution__organization").get(pk=request.pk)
    again.specialist = specialist
    return again, specialist


def _told(request: ChangeRequest) -> Mapping[str, object]:
    """As the register may keep it."""
    return {
        "what": request.field,
        "old": " ".join(filter(None, (request.old_masked, request.old_bank_name))),
        "new": " ".join(filter(None, (request.value_masked, request.bank_name))),
        "evidence": request.evidence.name,
    }


def _bank(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}


def _tell_of_request(request: ChangeRequest, *, on: date) -> None:
    """To whoever decides; and to the person, at the address that is kept, when somebody else asks."""
    person, label = request.specialist, request.get_field_display()
    link = reverse("specialists:change", args=[request.pk])
    deciding = approvals.running(act_of(request.field), request)
    role = approvals.next_role(deciding) if deciding else None
    tell(
        [reader for reader in _wearers(role, request.institution, on=on) if reader.person.pk != request.asker_id],
        occasion=f"change.asked:{request.pk}",
        subject=f"{person.name}申请变更{label}",
        body=f"{request.asked_by}申请变更{person.name}的{label}，请核对证明材料后审核。",
        link=link,
    )
    if person.user_id != request.asker_id:
        tell(
            [Reader(person=person.user, email=person.email)],
            occasion=f"change.asked:{request.pk}:person",
            subject=f"有人申请变更您的{label}",
            body=f"{request.asked_by}申请变更您的{label}，审核同意后生效。如非您本人的意思，请立即与派出单位或市科技局联系。",
            link=link,
        )


def _wearers(role: str | None, institution: Institution | None, *, on: date) -> Iterable[Reader]:
    hats = Membership.objects.active(on=on).filter(role=role or "").select_related("person")
    if role in Role.institution:
        hats = hats.filter(organization=institution.pk if institution else None)
    return wearers(hats)


def _tell_of_decision(request: ChangeRequest, *, old_address: str) -> None:
    """To the person at the address of before, to a new address as well, and to who asked for it."""
    person, label = request.specialist, request.get_field_display()
    passed = request.status == ChangeStatus.APPROVED
    subject = f"{person.name}的{label}已变更" if passed else f"{person.name}的{label}变更申请未同意"
    body = (
        f"{label}已由{request.old_masked or '空'}变更为{request.value_masked}。如非您本人的意思，请立即与派出单位或市科技局联系。"
        if passed
        else f"审核意见：{request.opinion}"
    )
    readers = [Reader(person=person.user, email=old_address)]
    if person.email != old_address:
        readers.append(Reader(email=person.email))
    if request.asker_id != person.user_id:
        readers.append(Reader(person=request.asker, email=request.asker.email))
    link = reverse("specialists:change", args=[request.pk])
    tell(readers, occasion=f"change.decided:{request.pk}", subject=subject, body=body, link=link)

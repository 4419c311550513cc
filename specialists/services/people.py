"""What the register keeps of a person: entered once, changed by whoever looks after them, shown behind a mask.

The row of the person is the gate to all that is theirs: registrations and approvals are read after it is held.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import Membership
from core import audit, identifiers
from core.crypto import blind_index
from core.identifiers import Invalid, mask_account, mask_id, mask_mobile
from core.models import PolicyPack
from core.notify import Reader, tell
from core.policy import Finding, Refused, plain, require
from specialists import looking, rules
from specialists.enums import RegistrationStatus
from specialists.models import Specialist

PERSONAL = ("name", "mobile", "email", "education", "title_name", "field", "bank_account", "bank_name")
BY_REQUEST = frozenset(("name", "mobile", "email", "bank_account", "bank_name"))
ENTERED = (*PERSONAL, "title", "id_number", "id_masked", "mobile_masked", "sex", "birth_date")
REVEALABLE = {"id_number": "身份证号", "mobile": "手机号", "bank_account": "银行账号"}


# --- entering them ----------------------------------------------------------------------------------------------------


def clean_id_number(text: str, *, on: date, pack: PolicyPack) -> str:
    """The normal form of a resident identity number of an age that the pack allows. Raises Refused (E-ID)."""
    ages = (pack.setting("registration.min_age"), pack.setting("registration.max_age"))
    try:
        return identifiers.clean_id_number(text, on=on, ages=ages)
    except Invalid as refusal:
        raise Refused([plain("E-ID", f"身份证号校验不通过：{refusal}", field="id_number")]) from refusal


def hold_person(digest: str) -> None:
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest=digest))


def hold_or_enter(number: str, personal: Mapping[str, Any]) -> tuple[Specialist, bool]:
    """The person of this number with their row held, entered with these details if nobody knew them: (person, new)."""
    made = person_of(number, personal)
    details = {name: value for name, value in vars(made).items() if name in ENTERED}
    return Specialist.objects.select_for_update(of=("self",)).get_or_create(id_digest=made.id_digest, defaults=details)


def person_of(number: str, personal: Mapping[str, Any]) -> Specialist:
    return Specialist(**columns_of(number), **masked(personal))


def columns_of(number: str) -> dict[str, Any]:
    """An identity number and what follows from it."""
    return {
        "id_number": number,
        "id_digest": blind_index(number, "id_number"),
        "id_masked": mask_id(number),
        "sex": identifiers.sex(number),
        "birth_date": identifiers.birth_date(number),
    }


def tell_of_entry(specialist: Specialist, personal: Mapping[str, Any], *, by: Membership) -> None:
    audit.record("specialist.created", specialist, by=by, after=words_of_entry(specialist, personal))


def words_of_entry(specialist: Specialist, personal: Mapping[str, Any]) -> dict[str, Any]:
    return filled(told_masked(personal)) | {"id_number": specialist.id_masked}


def forget_if_unused(specialist: Specialist, *, by: Membership) -> None:
    """A person who stood only in a draft that is gone leaves the register with it."""
    if specialist.is_revoked or specialist.registrations.exists() or specialist.memberships.exists():
        return
    audit.record("specialist.discarded", specialist, by=by, before={"person": specialist.id_masked})
    specialist.delete()


# --- changing what is kept --------------------------------------------------------------------------------------------


def news_about(specialist: Specialist, personal: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from what is kept."""
    return audit.changed(specialist, given(personal))[1]


def given(personal: Mapping[str, Any]) -> dict[str, Any]:
    """A form never shows a telephone or an account: left blank, the one that is kept stays."""
    return {name: value for name, value in personal.items() if value or name not in ("mobile", "bank_account")}


def by_request(specialist: Specialist, *, pack: PolicyPack) -> frozenset[str]:
    """What of a person changes only by a request with its proof (specialists.changes): nothing before the bureau has
    selected them, nor under a pack of before there were requests."""
    if "E-CHANGE" not in pack.rules:
        return frozenset()
    selected = specialist.registrations.filter(status=RegistrationStatus.APPROVED).exists()
    return BY_REQUEST if selected else frozenset()


def refuse_by_hand(specialist: Specialist, news: Mapping[str, Any], *, pack: PolicyPack) -> None:
    """Raise Refused (E-CHANGE) for a detail in `news` that changes by request only."""
    settled = by_request(specialist, pack=pack)
    if details := [(name, label_of_detail(name)) for name in news if name in settled]:
        require(rules.changed_by_request_only(pack.entry("E-CHANGE"), name=specialist.name, details=details))


def label_of_detail(name: str) -> str:
    return str(Specialist._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column of its own


def change_person(specialist: Specialist, news: Mapping[str, Any], *, by: Membership, besides: int = 0) -> None:
    """Keep what is new about the person, and tell them; `besides` is the registration whose form brought it."""
    if not news:
        return
    before, after = audit.changed(specialist, news)
    old_address = specialist.email
    keep_details(specialist, masked(news), besides=besides)
    audit.record("specialist.changed", specialist, by=by, before=told_masked(before), after=told_masked(after))
    labels = "、".join(label_of_detail(name) for name in news)
    # To the address as it was: who changes an account should not be the only one to hear of it.
    tell(
        [Reader(person=specialist.user, email=old_address)],
        occasion=f"specialist.changed:{specialist.pk}:{specialist.version}",
        subject="您的科技特派员资料已修改",
        body=f"{by.organization}修改了您的{labels}。如有疑问，请与该单位或市科技局联系。",
    )


def correct_number(specialist: Specialist, number: str, *, by: Membership, besides: int) -> None:
    """Mend a mistyped number of a person who stands in one draft only; the caller holds the row and has asked whether.

    Raises Refused (E-ID) where the number is somebody else's already.
    """
    columns, before = columns_of(number), specialist.id_masked
    try:
        with transaction.atomic():
            keep_details(specialist, columns, besides=besides)
    except IntegrityError as taken:
        words = "该身份证号已有登记档案，不能改到这份草稿上。请删除草稿，用这个号码重新登记。"
        raise Refused([plain("E-ID", words, field="id_number")]) from taken
    after = {"id_number": columns["id_masked"]}
    audit.record("specialist.changed", specialist, by=by, before={"id_number": before}, after=after)


def keep_details(specialist: Specialist, columns: Mapping[str, Any], *, besides: int = 0) -> None:
    """Write what is known of a person whose row is held; the caller records and tells it."""
    for name, value in columns.items():
        setattr(specialist, name, value)
    specialist.version += 1
    specialist.save(update_fields=[*columns, "version"])
    # Other open registrations show the same details on their forms: those are out of date now.
    others = specialist.registrations.filter(status__in=RegistrationStatus.editable).exclude(pk=besides)
    others.update(version=F("version") + 1)


def masked(personal: Mapping[str, Any]) -> dict[str, Any]:
    """The columns to write: each telephone with its mask beside it."""
    masks = {"mobile_masked": mask_mobile(personal["mobile"])} if "mobile" in personal else {}
    return {**personal, **masks}


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}


def told_masked(personal: Mapping[str, Any]) -> dict[str, Any]:
    """As the register may keep it: numbers only behind their masks."""
    masks = {"mobile": mask_mobile, "bank_account": mask_account}
    return {name: masks[name](value) if name in masks and value else value for name, value in personal.items()}


def not_this_name() -> Finding:
    return plain("E-ID", "姓名与该身份证号码不一致，请核对两项；确认无误的，请与市科技局联系。", field="name")


# --- looking behind the mask ------------------------------------------------------------------------------------------


@transaction.atomic
def reveal(specialist: Specialist, *, field: str, reason: str, by: Membership, on: date) -> str:
    """Give a number in full, once, to somebody who says why; the register keeps who looked.

    Raises Refused for what has no mask, and what `looking.record` does.
    """
    if field not in REVEALABLE:
        raise Refused([plain("E-FIELD", "请选择要查看的号码。", field="field")])
    looking.record(specialist, verb="specialist.revealed", number=REVEALABLE[field], reason=reason, by=by, on=on)
    return str(getattr(specialist, field))

"""Asking a party to sign, its answer by link and code, its refusal.

The link goes to the address that the register holds for the party, never to one typed beside it: nobody signs for
another by giving his own mailbox.
"""

import secrets
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import Membership
from agreements import queries, rules
from agreements.cases import Case
from agreements.documents import dispatcher
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, Signature, SigningLink, SigningRefusal
from agreements.services.correcting import require_open
from agreements.services.holding import hold, pack_beside
from agreements.services.judging import before_signing
from agreements.services.signing import Signing, enter_signature
from core import audit, files, links, notify, outbox
from core.jinja import cdate
from core.links import digest, mask_email
from core.models import PolicyPack
from core.policy import Finding, Refused, plain, require
from core.stale import refuse_stale

LINK_DAYS, CODE_MINUTES, CODE_TRIES = 14, 10, 5  # of a pack stored before there was [settings.signing]


def address_of(agreement: Agreement, party: Party) -> str:
    """The mailbox of a party, as the register holds it."""
    if party == Party.SPECIALIST:
        return agreement.specialist.email
    if party == Party.INSTITUTION:
        return dispatcher(agreement).contact_email
    return agreement.host.organization.contact_email if agreement.host else ""


# --- asking -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_to_sign(agreement: Agreement, party: Party, *, by: Membership, on: date) -> SigningLink:
    """Send a party its personal link, or remind it with a fresh one: once a day for each version of the paper.

    Raises Refused: E-STATE once it is submitted or the party has signed, E-COMPLETE while the paper has gaps, whatever
    blocks it whoever signs (nobody is asked to sign what could not be handed in), E-ADDRESS where the register knows no mailbox, E-REMINDED for a second time on one day.
    """
    agreement = hold(agreement)
    require_open(agreement, "signatures")
    address = address_of(agreement, party)
    signed = agreement.signatures.filter(party=party).first()
    pack = pack_beside(agreement.registration)
    require(
        rules.complete(pack.entry("E-COMPLETE"), values=Case(agreement, on=on).values),
        plain("E-STATE", f"{party.label}已于{cdate(signed.signed_on)}签署，无需提醒。") if signed else None,
        None
        if address
        else plain(
            "E-ADDRESS", f"{party.label}没有登记联系邮箱，请先补充邮箱，或打印协议书纸质签署。", party=party.value
        ),
        *before_signing(agreement, on=on),
    )
    days = pack.setting_or("signing.link_days", LINK_DAYS)
    agreement.signing_links.filter(party=party, used_at=None, expires_at__gt=now()).update(expires_at=now())
    link = SigningLink(
        agreement=agreement,
        party=party,
        version=agreement.version,
        sent_to=mask_email(address),
        sent_on=on,
        sent_by=by,
        expires_at=now() + timedelta(days=days),
    )
    link.renew_token()  # nobody's: the mail makes its own
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError as twice:
        raise Refused([_reminded(party)]) from twice
    audit.record("agreement.signing_asked", agreement, by=by, after={"party": party, "sent_to": link.sent_to})
    outbox.add("agreements.tasks.send_signing_link", link_id=link.pk)
    return link


def _reminded(party: Party) -> Finding:
    return plain("E-REMINDED", f"今天已经提醒过{party.label}，明天可以再次提醒。", party=party.value)


@transaction.atomic
def send_link(link: SigningLink) -> None:
    """Mail the link, with a secret that stands nowhere else. Gone or answered since, nothing is sent."""
    agreement, party = whole(link).agreement, Party(link.party)
    address = address_of(agreement, party)
    if link.used_at or link.expires_at <= now() or not address:
        return
    token = link.renew_token()
    link.save(update_fields=["token_digest"])
    links.mail(
        address,
        f"signing-link-{link.pk}",
        "请签署科技特派员派驻服务三方协议书",
        f"{addressee(agreement, party)}：\n\n请核对并签署科技特派员{agreement.specialist.name}与“{agreement.host}”的派驻服务三方协议书"
        f"（{agreement.draft_code}）。打开下面的链接，凭验证码在线签署；链接{cdate(link.expires_at)}前有效，请勿转发。"
        f"也可以在纸质协议书上签字盖章，交{agreement.sender}登记。\n\n"
        f"{settings.BASE_URL}{reverse('agreements:sign', args=[token])}\n",
    )


def addressee(agreement: Agreement, party: Party) -> str:
    if party == Party.SPECIALIST:
        return agreement.specialist.name
    return str(dispatcher(agreement) if party == Party.INSTITUTION else agreement.host)


# --- answering --------------------------------------------------------------------------------------------------------


def link_for(token: str) -> SigningLink | None:
    """The live link of a token, while its agreement can still be signed."""
    link = SigningLink.alive(token).filter(agreement__status__in=AgreementStatus.editable).first()
    return whole(link) if link else None


def closed_by(token: str) -> SigningLink | None:
    """The link of a token that would be live, had its agreement not been handed in or given up meanwhile."""
    link = SigningLink.alive(token).exclude(agreement__status__in=AgreementStatus.editable).first()
    return whole(link) if link else None


def answered_by(token: str) -> SigningLink | None:
    """The used link of a token, so long as what was answered by it stands: a signature, or a refusal of these words."""
    stands = Q(signature__isnull=False) | Q(refusal__version=F("agreement__version"))
    used = SigningLink.objects.filter(stands, token_digest=digest(token, SigningLink.purpose))
    return used.select_related("agreement", "signature").first()


def whole(link: SigningLink) -> SigningLink:
    about = ("specialist", "registration__pack", "team", "institution__organization", "host__organization__district")
    link.agreement = Agreement.objects.select_related(*about).get(pk=link.agreement_id)
    return link


def ask_for_code(link: SigningLink) -> str:
    """Promise a one-time code to the party's mailbox; returns why there is none yet (core.links)."""
    return links.ask_for_code(link, task="agreements.tasks.send_signing_code", **_limits())


def code_of(link: SigningLink) -> links.Code:
    return links.Code.of(link, **_limits())


def _limits() -> dict[str, int]:
    """How long a code lasts, and how often it may be mistyped."""
    pack = PolicyPack.in_force(on=now().date())
    return {
        "minutes": pack.setting_or("signing.code_minutes", CODE_MINUTES),
        "tries": pack.setting_or("signing.code_tries", CODE_TRIES),
    }


@transaction.atomic
def send_code(link: SigningLink) -> None:
    code = links.fresh_code(link)
    agreement, party = whole(link).agreement, Party(link.party)
    minutes = pack_beside(agreement.registration).setting_or("signing.code_minutes", CODE_MINUTES)
    links.mail(
        address_of(agreement, party),
        f"signing-code-{link.pk}-{secrets.token_hex(4)}",
        "协议签署验证码",
        f"{addressee(agreement, party)}：\n\n您的协议签署验证码是 {code} ，{minutes}分钟内有效。如非本人操作，请忽略。\n",
    )


def unsignable(agreement: Agreement, *, on: date) -> list[Finding]:
    """Why a party that was asked to sign cannot do so now: what is no longer open to it, or blocks it whoever signs.

    A link lasts two weeks, and much comes to light in them. Told without the facts, for they may be of other agreements:
    who has a link alone hears which requirement is not met, and whom to ask.
    """
    whom = dispatcher(agreement).name
    try:
        require_open(agreement, "signatures")
    except Refused as closed:
        return [
            replace(one, message=f"这份协议目前{_closed(agreement)}，不能在线签署。如有疑问，请联系{whom}。", facts={})
            for one in closed.findings
        ]
    return [
        replace(
            one,
            message=f"这份协议目前不符合“{one.title}”的要求，不能签署。请联系{whom}；问题解决后，链接有效期内仍可签署。",
            facts={},
        )
        for one in before_signing(agreement, on=on)
    ]


def _closed(agreement: Agreement) -> str:
    if agreement.status in AgreementStatus.editable:
        return "正在补正，市科技局没有要求重新签署"
    return f"的状态为“{agreement.get_status_display()}”"


def sign_by_link(
    link: SigningLink, *, code: str, version: int, signing: Signing, on: date, letter: UploadedFile | None = None
) -> Signature:
    """A party signs what its page showed: the link is spent, and kept with the signature as its evidence.

    A letter of authority is opened only after the code: who has the link alone leaves no file behind.

    Raises Stale when the paper was changed since; Refused for a wrong or old code (each try counts, whatever follows),
    E-STATE once it is submitted or the link was used, whatever came to block it since the link was sent, E-FIELD for
    another name than the specialist's own.
    """
    _require_code(link, code)
    with transaction.atomic():
        if letter:
            signing = replace(signing, letter=files.receive(letter, by=None, purpose="authority-letter"))
        agreement, party = hold(link.agreement), Party(link.party)
        refuse_stale(agreement, version=version, typed={})
        require(*unsignable(agreement, on=on))
        own = agreement.specialist.name
        if party == Party.SPECIALIST and signing.signer != own:
            raise Refused([plain("E-FIELD", f"请由{own}本人签署，姓名应与协议一致。", field="signer")])
        _spend(link)
        old = agreement.signatures.filter(party=party).first()
        signature = enter_signature(agreement, party, signing, old=old, link=link)
        after = {"party": party, "signer": signature.signer, "signed_on": on, "sent_to": link.sent_to}
        audit.record("agreement.signed_online", agreement, by=None, after=after)
        if agreement.signatures.count() == len(Party):
            _tell_all_signed(agreement, on=on)
        return signature


def refuse_by_link(link: SigningLink, *, code: str, version: int, name: str, reason: str, on: date) -> SigningRefusal:
    """A party says that it will not sign, and why; everybody involved is told. Raises as signing does."""
    _require_code(link, code)
    with transaction.atomic():
        agreement = hold(link.agreement)
        require_open(agreement, "signatures")
        refuse_stale(agreement, version=version, typed={})
        refusal = _refusal(agreement, Party(link.party), name=name, reason=reason, on=on)
        _spend(link)
        refusal.link = link
        refusal.save()
        _record_refusal(refusal, by=None, on=on)
        return refusal


@transaction.atomic
def record_refusal(
    agreement: Agreement, party: Party, *, by: Membership, on: date, name: str, reason: str
) -> SigningRefusal:
    """Who dispatches enters what a party told it. Raises Refused: E-STATE once submitted or signed, E-FIELD for gaps."""
    agreement = hold(agreement)
    require_open(agreement, "signatures")
    if agreement.signatures.filter(party=party).exists():
        raise Refused([plain("E-STATE", f"{party.label}已经签署。如不再同意，请先修改协议内容。")])
    refusal = _refusal(agreement, party, name=name, reason=reason, on=on)
    refusal.recorded_by = by
    refusal.save()
    _record_refusal(refusal, by=by, on=on)
    return refusal


def _refusal(agreement: Agreement, party: Party, *, name: str, reason: str, on: date) -> SigningRefusal:
    require(
        None if name.strip() else plain("E-FIELD", "请填写拒签人姓名。", field="name"),
        None if reason.strip() else plain("E-FIELD", "请写明拒签原因，便于各方协商修改。", field="reason"),
    )
    return SigningRefusal(
        agreement=agreement,
        party=party,
        version=agreement.version,
        name=name.strip(),
        reason=reason.strip(),
        refused_on=on,
    )


def _record_refusal(refusal: SigningRefusal, *, by: Membership | None, on: date) -> None:
    agreement, party = refusal.agreement, Party(refusal.party)
    after = {"party": party, "signer": refusal.name}
    event = audit.record("agreement.signing_refused", agreement, by=by, after=after, reason=refusal.reason)
    notify.tell(
        _everybody(agreement, on=on),
        occasion=f"signing.refused:{agreement.pk}:{event.pk}",
        subject=f"{party.label}拒签协议{agreement.draft_code}",
        body=f"{agreement.specialist}与“{agreement.host}”的协议，{party.label}（{refusal.name}）拒绝签署。原因：{refusal.reason}"
        f"。请{agreement.sender}与各方协商，修改后重新签署。",
        link=agreement.get_absolute_url(),
    )


def _tell_all_signed(agreement: Agreement, *, on: date) -> None:
    last = agreement.signatures.latest("pk")
    notify.tell(
        [*queries.readers_of([agreement], on=on)[agreement.pk].institution, _drafter(agreement)],
        occasion=f"signed:{agreement.pk}:{last.pk}",
        subject=f"协议{agreement.draft_code}三方已签署",
        body=f"{agreement.specialist}与“{agreement.host}”的协议三方均已签署，请核对后提交备案。",
        link=agreement.get_absolute_url(),
    )


def _everybody(agreement: Agreement, *, on: date) -> list[notify.Reader]:
    """The three parties, at their accounts and at the mailboxes that are asked to sign, and who drafted it."""
    readers = queries.readers_of([agreement], on=on)[agreement.pk].parties
    told = {reader.email.lower() for reader in readers}
    mailboxes = [address for party in Party if (address := address_of(agreement, party)).lower() not in told]
    return [*readers, *(notify.Reader(email=address) for address in mailboxes), _drafter(agreement)]


def _drafter(agreement: Agreement) -> notify.Reader:
    person = agreement.created_by.person
    return notify.Reader(person=person, email=person.email)


def _require_code(link: SigningLink, code: str) -> None:
    if finding := links.try_code(link, code, **_limits()):
        raise Refused([finding])


def _spend(link: SigningLink) -> None:
    if not links.spend(link, ip=audit.source.get().ip):
        raise Refused([plain("E-STATE", "该链接已经使用，结果已记录，无需重复提交。")])


@transaction.atomic
def forget(*, at: datetime) -> dict[str, int]:
    """Delete links that ended unused, and the codes of those that are used or over (core.links.forget)."""
    return links.forget(SigningLink.objects.all(), at=at)

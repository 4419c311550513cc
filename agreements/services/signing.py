"""Signatures come and go: entered from the paper, given by a link, void when what was signed reads otherwise."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from accounts.models import Membership
from agreements.enums import Authority, Party
from agreements.models import Agreement, Signature, SigningLink, VoidSignature
from agreements.services.correcting import require_open
from agreements.services.holding import hold, pack_beside
from agreements.signing import fields
from core import audit
from core.models import StoredFile
from core.policy import Refused, plain, require

A_YEAR = timedelta(days=366)  # nobody signs longer beforehand: the year was mistyped


@dataclass(frozen=True)
class Signing:
    """What a party brings: who signs, on which day, as what, with which letter of authority."""

    signer: str
    signed_on: date
    authority: str = ""
    letter: StoredFile | None = None


@transaction.atomic
def sign(
    agreement: Agreement,
    *,
    party: Party,
    signer: str,
    signed_on: date,
    by: Membership,
    authority: str = "",
    letter: StoredFile | None = None,
) -> Signature:
    """Enter who signed the paper for one party, on which day and as what; entering it again replaces it.

    A delegate's `letter` may be left out where the same delegate's is there already, and until the agreement is handed
    in, which asks for it. Raises Refused: E-STATE once the agreement is submitted, or where the party has signed online.
    """
    agreement = hold(agreement)
    require_open(agreement, "signatures")
    old = agreement.signatures.filter(party=party).select_related("letter").first()
    if old and old.link_id is not None:
        raise Refused([plain("E-STATE", f"{party.label}已经在线签署，不再登记纸质签署。")])
    signing = Signing(signer.strip(), signed_on, authority, letter)
    if letter is None and old and old.letter and (old.signer, authority) == (signing.signer, Authority.DELEGATE):
        signing = Signing(signing.signer, signed_on, authority, old.letter)
    signature = enter_signature(agreement, party, signing, old=old)
    audit.record(
        "agreement.signed",
        agreement,
        by=by,
        before=_told(old) if old else None,
        after={"party": party, **_told(signature)},
    )
    return signature


@transaction.atomic
def take_back_signature(agreement: Agreement, *, party: Party, by: Membership) -> None:
    """Undo what was entered by mistake for a party that signs on paper.

    Raises Refused (E-STATE) once the agreement is submitted, and where no paper signature of the party is entered.
    """
    agreement = hold(agreement)
    require_open(agreement, "signatures")
    entered = agreement.signatures.filter(party=party, link=None).select_related("letter").first()
    if entered is None:
        raise Refused([plain("E-STATE", f"没有登记{party.label}的纸质签署，不需要撤销。", field="party")])
    audit.record("agreement.signature_taken_back", agreement, by=by, before={"party": party, **_told(entered)})
    entered.delete()


def enter_signature(
    agreement: Agreement, party: Party, signing: Signing, *, old: Signature | None, link: SigningLink | None = None
) -> Signature:
    """Write it down with what was signed, in the place of an older one. Raises Refused for what nobody can be."""
    authority = Authority.SELF.value if party == Party.SPECIALIST else signing.authority
    is_delegate = authority == Authority.DELEGATE
    lacks_letter = is_delegate and signing.letter is None
    if lacks_letter and link is None:  # it is asked for later, but under a pack of before the rule by nobody
        lacks_letter = "E-AUTHORITY" not in pack_beside(agreement.registration).rules
    require(
        plain("E-AUTHORITY", f"{party.label}的授权代表签署须附授权委托书。", article="四（二）", field="letter")
        if lacks_letter
        else None,
        plain("E-FIELD", "签署日期比服务开始日期早一年以上，请核对年份。", field="signed_on")
        if agreement.service_start and agreement.service_start - signing.signed_on > A_YEAR
        else None,
        plain("E-AUTHORITY", "单位由法定代表人或授权代表签署。", article="四（二）", field="authority")
        if party != Party.SPECIALIST and authority not in ("", *Authority.for_a_unit)
        else None,
    )
    if old:
        old.delete()
    return Signature.objects.create(
        agreement=agreement,
        party=party,
        signer=signing.signer,
        signed_on=signing.signed_on,
        authority=authority,
        letter=signing.letter if is_delegate else None,
        link=link,
        signed=fields.as_it_reads(agreement, members=members_of(agreement)),
    )


def members_of(agreement: Agreement) -> list[str]:
    """The names of those who are in its team today; of nobody where one person serves."""
    if agreement.team is None:
        return []
    return [*agreement.team.members.current().values_list("specialist__name", flat=True)]


@transaction.atomic
def void_signatures(agreement: Agreement, *, by: Membership) -> list[VoidSignature]:
    """Take away the signatures whose ground a change has taken (signing.fields); each is kept as it was.

    For whoever has just changed an agreement that is not handed in; it is held already.
    """
    standing = list(agreement.signatures.exclude(signed={}).order_by("pk"))
    if not standing:
        return []
    reads = fields.as_it_reads(agreement, members=members_of(agreement))
    voided = []
    for signature in standing:
        if changed := fields.void(Party(signature.party), signed=signature.signed, reads=reads):
            voided.append(_void(agreement, signature, changed, by=by))
    return voided


def void_all(agreement: Agreement, *, by: Membership, why: str) -> None:
    """Take away every signature, whatever was signed: what they stood under is another paper now."""
    for signature in agreement.signatures.order_by("pk"):
        _void(agreement, signature, [why], by=by)


def _void(agreement: Agreement, signature: Signature, changed: list[str], *, by: Membership) -> VoidSignature:
    signature.delete()
    kept = VoidSignature.objects.create(
        agreement=agreement,
        party=signature.party,
        signer=signature.signer,
        signed_on=signature.signed_on,
        authority=signature.authority,
        letter=signature.letter,
        link=signature.link,
        changed=changed,
    )
    audit.record(
        "agreement.signature_voided",
        agreement,
        by=by,
        before={"party": signature.party, **_told(signature)},
        after={"changed": fields.in_words(changed)},
    )
    return kept


def _told(signature: Signature) -> dict[str, object]:
    told: dict[str, object] = {"signer": signature.signer, "signed_on": signature.signed_on}
    if signature.authority:
        told["authority"] = signature.authority
    if signature.letter:
        told["letter"] = signature.letter.name
    return told

"""What step 3 of the wizard types of the paper's signatures. Who has signed online is not typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Q

from accounts.doors import HatRequest
from accounts.models import Membership
from agreements.enums import Party
from agreements.forms import SignatureForm
from agreements.models import Agreement, Signature, VoidSignature
from agreements.services import sign, take_back_signature
from core import files
from core.policy import Refused


def signature_forms(agreement: Agreement, request: HatRequest) -> list[SignatureForm]:
    """One form for each party, with what is entered already, or what it will most likely be."""
    saved = {signature.party: signature for signature in agreement.signatures.all()}
    forms = []
    for party in Party:
        signature = saved.get(party)
        if signature and signature.is_online:
            continue
        initial = _entered(signature) if signature else _likely(agreement, party)
        if request.method == "POST":
            suggested = initial.get("signer", "")
            forms.append(SignatureForm(request.POST, request.FILES, party=party, suggested=suggested))
        else:
            forms.append(SignatureForm(party=party, initial=initial))
    return forms


def enter(agreement: Agreement, forms: list[SignatureForm], *, by: Membership, all_wanted: bool) -> None:
    """Keep each that is right although another is not: nobody types two signatures twice for a missing third."""
    saved = {signature.party: signature for signature in agreement.signatures.select_related("letter")}
    for form in forms:
        if not all_wanted and form.is_left_out():
            if form.party in saved and form.add_prefix("signed_on") in form.data:  # its day was taken out
                with _told_in(form):
                    take_back_signature(agreement, party=form.party, by=by)
            continue
        if form.is_valid() and _differs(form, saved.get(form.party)):
            typed: dict[str, Any] = {**form.cleaned_data}
            with _told_in(form):
                if upload := typed.pop("letter", None):
                    typed["letter"] = files.receive(upload, by=by, purpose="authority-letter")
                sign(agreement, party=form.party, by=by, **typed)


@contextmanager
def _told_in(form: SignatureForm) -> Iterator[None]:
    """What is refused stands beside the field it is about, or beside the letter."""
    try:
        yield
    except Refused as refusal:
        for finding in refusal.findings:
            field = str(finding.facts.get("field", "letter"))
            form.add_error(field if field in form.fields else None, str(finding))


def _differs(form: SignatureForm, saved: Signature | None) -> bool:
    typed = form.cleaned_data
    if saved is None or typed.get("letter"):
        return True
    entered = (saved.signer, saved.signed_on, saved.authority)
    return entered != (typed["signer"], typed["signed_on"], typed.get("authority", saved.authority))


def _entered(signature: Signature) -> dict[str, Any]:
    return {"signer": signature.signer, "signed_on": signature.signed_on, "authority": signature.authority}


def _likely(agreement: Agreement, party: Party) -> dict[str, Any]:
    """Who signed for this party before: this agreement as it read before, or the unit's last one. Never the day."""
    if party == Party.SPECIALIST:
        return {"signer": agreement.specialist.name}
    before: Signature | VoidSignature | None = agreement.void_signatures.filter(party=party).last()
    if before is None:
        unit = Q(agreement__institution=agreement.institution_id)  # None: the bureau's own, of direct appointments
        if party == Party.HOST:
            # Of the agreements of this institution only: whom a host sends to others is none of its business.
            unit &= Q(agreement__host=agreement.host_id or 0)
        before = Signature.objects.filter(unit, party=party).exclude(authority="").order_by("-pk").first()
    return {"signer": before.signer, "authority": before.authority} if before else {}

"""What stands for the signed paper where a party signed online: the contract as it was signed, and who signed it how."""

from dataclasses import replace
from hashlib import sha256

from django.db.models import Q

from agreements.documents import contract_context, dispatcher, facts_of_contract, mark_of, paper_code
from agreements.models import Agreement
from agreements.services.holding import pack_beside
from agreements.signing.standing import stands
from agreements.wording.facts import Mate
from agreements.wording.queries import texts_of
from core import pdf


def record_pdf(agreement: Agreement) -> bytes:
    """The contract with its 签署记录 behind it; the same facts give the same bytes.

    Raises Refused when a character is in no font of this machine, and core.pdf.Unavailable without any.
    """
    contract = _contract(agreement)
    context = {
        "agreement": agreement,
        "code": paper_code(agreement),
        "dispatcher": dispatcher(agreement),
        "stands": stands(agreement),
        "digest": sha256(contract).hexdigest(),
    }
    record = pdf.render("papers/signing_record.html", context)
    return pdf.one_behind_another([(contract, []), (record, [])])


def _contract(agreement: Agreement) -> bytes:
    """With the code on its pages if it was ever printed, and with the team as it was when the last party signed."""
    pack = agreement.pack or pack_beside(agreement.registration)
    facts = facts_of_contract(agreement, pack=pack)
    if agreement.team:
        day = max(signature.signed_on for signature in agreement.signatures.all())
        members = agreement.team.members.filter(Q(left_on=None) | Q(left_on__gt=day), joined_on__lte=day)
        others = members.exclude(specialist=agreement.specialist_id).select_related("specialist").order_by("pk")
        facts = replace(facts, mates=tuple(Mate(one.specialist.name, one.specialist.id_masked) for one in others))
    paper = agreement.papers.filter(version=agreement.version).first()
    context = contract_context(facts, texts_of([agreement])[agreement.pk], code=paper_code(agreement))
    return pdf.render("papers/agreement.html", context, mark=mark_of(agreement, paper.token) if paper else None)

"""A text as a paper before it is one: on an invented case, or on an agreement of the register with its ID masked."""

from dataclasses import replace
from datetime import date

from accounts.models import Membership
from agreements import documents
from agreements.models import Agreement, AgreementText
from agreements.services.drafting import require_printable
from agreements.wording.facts import EXAMPLES, Facts
from core import pdf
from core.models import PolicyPack
from core.policy import Refused, plain


def on_example(text: AgreementText, case: str, *, on: date) -> bytes:
    """On one of facts.EXAMPLES, with the band of the plan that holds today."""
    _, facts = EXAMPLES[case]
    return _sample(text, replace(facts, rate=documents.rate_of(PolicyPack.in_force(on=on))))


def on_agreement(text: AgreementText, code: str, *, by: Membership, on: date) -> bytes:
    """On an agreement by D-12 or its filing number. Raises Refused where there is none, or its paper would have gaps.

    The full ID number stays the institution's to print, so a sample masks it.
    """
    agreement = find(code, by=by)
    if agreement is None:
        raise Refused([plain("E-TEXT", f"没有找到协议“{code}”，请核对编号。", field="code")])
    facts = documents.facts_of_contract(agreement, pack=require_printable(agreement, on=on))
    return _sample(text, replace(facts, id_number=agreement.specialist.id_masked))


def find(code: str, *, by: Membership) -> Agreement | None:
    """The agreement of a draft code or a filing number that this hat sees."""
    seen = Agreement.objects.visible_to(by).select_related(
        "specialist",
        "registration",
        "institution__organization",
        "host__organization__district",
        "team",
        "renews",
        "pack",
    )
    typed = code.strip().upper()
    key = typed.removeprefix("D-")
    if typed != key and key.isascii() and key.isdecimal() and len(key) < 10:
        return seen.filter(pk=int(key)).first()
    return seen.filter(filing_number=typed).first()


def _sample(text: AgreementText, facts: Facts) -> bytes:
    context = documents.contract_context(facts, text, sample=f"预览样张　{text}")
    return pdf.render("papers/agreement.html", context)

"""Which paper is meant: by the token in its code, or by the number and the code that are printed on a certificate."""

import unicodedata
from datetime import date
from secrets import compare_digest

from django.urls import reverse

from agreements.attesting.facts import Attested, of_certificate, of_paper
from agreements.documents import check_code
from agreements.models import Agreement, AgreementPaper, FilingCertificate
from core.models import PolicyPack

ABOUT = [
    f"agreement__{name}"
    for name in (
        "specialist", "registration", "team", "host__organization", "institution__organization", "voiding", "renewal",
    )
]  # fmt: skip
TOKEN = 32  # hexadecimal digits: 128 bits
NOBODYS = "0" * TOKEN


def by_token(token: str, *, on: date) -> Attested | None:
    """What the code on a page leads to; None for a token of no paper."""
    if len(token) != TOKEN or not token.isascii() or not token.isalnum():
        return None
    if issued := FilingCertificate.objects.select_related(*ABOUT).filter(token=token).first():
        return of_certificate(issued, on=on)
    if printed := AgreementPaper.objects.select_related(*ABOUT).filter(token=token).first():
        return of_paper(printed, on=on)
    return None


def by_number(number: str, code: str, *, on: date) -> Attested | None:
    """The certificate of this number, to whoever has its 校验码 too; None without telling which of the two is wrong.

    Numbers follow one another without a gap, so a number alone would be a way to read the whole list. Of the code's 48
    bits nobody hits one at sixty tries a minute.
    """
    rows = FilingCertificate.objects.select_related(*ABOUT)
    issued = rows.filter(agreement__filing_number=_plain(number)).first()
    wanted = check_code(issued.token if issued else NOBODYS)
    fits = compare_digest(_digits(wanted).encode(), _digits(_plain(code)).encode())
    return of_certificate(issued, on=on) if issued and fits else None


def check_link(agreement: Agreement, *, on: date) -> str:
    """Where a party without an account sees how a filed agreement stands; empty while strangers are not answered."""
    issued = FilingCertificate.objects.filter(agreement=agreement).first() if is_open(on=on) else None
    return reverse("agreements:check", args=[issued.token]) if issued else ""


def is_open(*, on: date) -> bool:
    """Whether strangers are answered, as the plan of the year says; one from before it had a word answers them."""
    try:
        return bool(PolicyPack.in_force(on=on).setting_or("agreements.public_check", True))
    except PolicyPack.DoesNotExist:
        return True


def _plain(typed: str) -> str:
    """As it is printed: full-width signs, small letters and spaces are how people type it."""
    return "".join(unicodedata.normalize("NFKC", typed).upper().replace("—", "-").split())


def _digits(code: str) -> str:
    return code.replace("-", "")

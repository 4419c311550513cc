"""Where each party stands with its signature: for chips, for the record, for whoever reminds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.timezone import localdate
from markupsafe import Markup

from agreements.enums import Authority, Party
from agreements.models import Agreement, Signature, SigningLink, SigningRefusal, VoidSignature
from agreements.signing import fields
from core.jinja import cdate, cdatetime, shortdate

SHORT = {Party.INSTITUTION: "派出", Party.HOST: "派驻", Party.SPECIALIST: "本人"}
TONES = {"已签": "ok", "待签": "mute", "拒签": "bad"}
OPEN, CLOSE = Markup('<span class="sgs">'), Markup("</span>")


@dataclass(frozen=True)
class Stand:
    """One party on one agreement."""

    party: Party
    label: str  # the bureau stands in the institution's place for whom it appoints directly (A6)
    signature: Signature | None
    refusal: SigningRefusal | None
    void: VoidSignature | None  # the last one it lost to a change, while it has not signed anew
    link: SigningLink | None  # the last it was sent

    @property
    def word(self) -> str:
        return "已签" if self.signature else "拒签" if self.refusal else "待签"

    @property
    def tone(self) -> str:
        return {"已签": "ok", "拒签": "bad", "待签": "wait"}[self.word]

    @property
    def on(self) -> date | None:
        return self.signature.signed_on if self.signature else self.refusal.refused_on if self.refusal else None

    @property
    def who(self) -> str:
        if self.signature:
            as_what = Authority(self.signature.authority).label if self.signature.authority else ""
            return f"{self.signature.signer}　{as_what}".strip()
        return self.refusal.name if self.refusal else ""

    @property
    def how(self) -> str:
        """The evidence of an online signature; why there is none."""
        if self.signature:
            link = self.signature.link
            if link is None or link.used_at is None:
                return "纸质签署"
            return f"在线签署，{cdatetime(link.used_at)}经{link.sent_to}的链接和验证码确认"
        if self.refusal:
            return f"原因：{self.refusal.reason}"
        return f"签署后修改了{fields.in_words(self.void.changed)}，原签署已失效" if self.void else ""

    @property
    def asked(self) -> str:
        """When it was last reminded."""
        return f"{cdatetime(self.link.created_at)}提醒（{self.link.sent_to}）" if self.link else ""

    @property
    def may_be_reminded(self) -> bool:
        return self.signature is None

    def reminded_today(self, *, on: date, version: int) -> bool:
        return self.link is not None and (self.link.sent_on, self.link.version) == (on, version)


def stands(agreement: Agreement) -> list[Stand]:
    """The three parties, as the signature block orders them."""
    signatures = {row.party: row for row in agreement.signatures.select_related("letter", "link")}
    refusals = {row.party: row for row in agreement.refusals.filter(version=agreement.version)}
    void = {row.party: row for row in agreement.void_signatures.all()}
    asked = {row.party: row for row in agreement.signing_links.order_by("pk")}
    labels = {party: party.label for party in Party}
    if agreement.institution_id is None:
        labels[Party.INSTITUTION] = "市科技局（直接聘请）"
    return [
        Stand(party, labels[party], signatures.get(party), refusals.get(party), void.get(party), asked.get(party))
        for party in Party
    ]


# --- in lists: one more column of the statement that reads the rows ----------------------------------------------------


def columns_of_rows() -> dict[str, ArraySubquery]:
    """`signed` and `refused` of each row: ["host:2026-05-20", …]."""

    def told(day: str) -> Concat:
        return Concat("party", Value(":"), Cast(day, CharField()))

    signed = Signature.objects.filter(agreement=OuterRef("pk")).values(told=told("signed_on"))
    refused = SigningRefusal.objects.filter(agreement=OuterRef("pk"), version=OuterRef("version"))
    return {"signed": ArraySubquery(signed), "refused": ArraySubquery(refused.values(told=told("refused_on")))}


def chips_of_row(row: dict[str, object]) -> Markup:
    """For a row of values with `columns_of_rows`, its status and whether it is past."""
    if row["is_past"]:
        return Markup('<span class="muted">见原件</span>')
    days = {"已签": _days(row["signed"]), "拒签": _days(row["refused"])}  # type: ignore[arg-type]
    told = []
    for party in Party:
        word = next((word for word in ("已签", "拒签") if party in days[word]), "待签")
        told.append((party, word, days[word].get(party) if word in days else None))
    return _chips(told)


def chips(agreement: Agreement) -> Markup:
    """For an agreement whose signatures and refusals were fetched beforehand."""
    signed = {row.party: row.signed_on for row in agreement.signatures.all()}
    refused = {row.party: row.refused_on for row in agreement.refusals.all() if row.version == agreement.version}
    told = [
        (
            party,
            "已签" if party in signed else "拒签" if party in refused else "待签",
            signed.get(party, refused.get(party)),
        )
        for party in Party
    ]
    return _chips(told)


def _days(told: Iterable[str]) -> dict[str, date]:
    return {party: date.fromisoformat(day) for party, day in (one.split(":") for one in told)}


def _chips(told: Iterable[tuple[Party, str, date | None]]) -> Markup:
    this_year = localdate().year
    return OPEN + Markup("").join(_chip(*one, this_year) for one in told) + CLOSE


@lru_cache(maxsize=4096)  # fifty rows have a hundred and fifty of them, and most were signed on the same few days
def _chip(party: Party, word: str, day: date | None, this_year: int) -> Markup:
    when = "" if day is None else shortdate(day) if day.year == this_year else cdate(day)
    title = f"{party.label}{word}{cdate(day) if day else ''}"
    return Markup('<span class="sg {}" title="{}">{}<b>{}</b>{}</span>').format(
        TONES[word], title, SHORT[party], word, when
    )

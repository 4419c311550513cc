"""The parts of an agreement that the bureau remarks on, what a remark opens, and what each part says in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.db import models

from agreements.enums import Party
from core.jinja import cdate

if TYPE_CHECKING:
    from agreements.models import Agreement


class Part(models.TextChoices):
    SPECIALIST = "specialist", "特派员信息"
    HOST = "host", "派驻单位"
    PERIOD = "period", "服务期限"
    VISITS = "visits", "年度到现场服务"
    CONTENT = "content", "服务内容"
    GOALS = "goals", "年度目标"
    SIGNATURES = "signatures", "签署"
    SCAN = "scan", "扫描件"


# The fields that each part is made of. Who the specialist is follows from the registration: it is mended there.
FIELDS: Mapping[str, tuple[str, ...]] = {
    Part.SPECIALIST: (),
    Part.HOST: ("host",),
    Part.PERIOD: ("service_start", "service_end"),
    Part.VISITS: ("visits_per_year",),
    Part.CONTENT: ("service_content",),
    Part.GOALS: ("goals",),
    Part.SIGNATURES: ("signatures",),
    Part.SCAN: ("scan",),
}
PART_OF = {field: Part(part) for part, fields in FIELDS.items() for field in fields}


def opened_by(parts: Collection[str]) -> frozenset[str]:
    """The fields that remarks on these parts open; all of them where no part was named.

    A paper that reads otherwise is signed anew, and what is signed anew is scanned anew; a bad scan is only scanned
    again. What the institution explains (例外说明) is never closed: another period may want another reason.
    """
    if not parts:
        return frozenset(PART_OF)
    opened = {field for part in parts for field in FIELDS[part]} | {"scan"}
    if {*parts} != {Part.SCAN}:
        opened.add("signatures")
    return frozenset(opened)


def said(one: Agreement) -> dict[str, str]:
    """What an agreement says, part by part, in the words of the page: kept when it is sent back, compared afterwards."""
    start, end = one.service_start, one.service_end
    signed = {signature.party: signature for signature in one.signatures.all()}
    scans = [*one.scans.all()]
    return {
        Part.SPECIALIST: f"{one.specialist}　{one.specialist.id_masked}",
        Part.HOST: str(one.host or ""),
        Part.PERIOD: f"{cdate(start)}至{cdate(end)}" if start and end else "",
        Part.VISITS: f"{one.visits_per_year}次" if one.visits_per_year else "",
        Part.CONTENT: one.service_content,
        Part.GOALS: one.goals_in_words(one.goals),
        Part.SIGNATURES: "；".join(
            f"{party.label} {signed[party].signer} {cdate(signed[party].signed_on)}"
            for party in Party
            if party in signed
        ),
        Part.SCAN: f"第{scans[-1].number}份扫描件（协议书第{scans[-1].paper_version}版）" if scans else "",
    }

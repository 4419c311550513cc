"""What a 备案汇总表 prints, and which of its pages a scan shows. IDs are masked, and no seal is drawn."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse

from agreements.amending.effective import effective
from agreements.documents import check_code, dispatcher
from agreements.models import Agreement
from agreements.stamping.models import FilingSheetPaper
from agreements.stamping.rules import Read
from core import pdf, scanned
from core.jinja import cdate

WANTED = "/agreements/filing-sheets/check/"
OURS = re.compile(r"/agreements/filing-sheets/check/([0-9a-f]{32})/\?p=(\d{1,3})$")


class FiledRow(NamedTuple):
    """One filed agreement as the sheet prints it, in words: kept so, whatever becomes of it."""

    number: str
    name: str
    id_masked: str
    category: str
    host: str
    district: str
    start: str
    end: str
    visits: str
    filed_on: str
    team: str  # rows that were kept before have none


HEAD = (
    "序号", "备案号", "姓名", "证件号码", "类别", "派驻单位", "所在地", "服务开始日期", "服务截止日期", "次数", "备案日期",
)  # fmt: skip


def filed_rows(agreements: Sequence[Agreement]) -> list[FiledRow]:
    """In the order of their numbers; `amendments` and the host's district are at hand."""
    return [
        FiledRow(
            number=one.filing_number or "",
            name=one.specialist.name,
            id_masked=one.specialist.id_masked,
            category=one.registration.get_category_display(),
            host=str(one.host),
            district=str(one.host.organization.district or "—") if one.host else "—",
            start=cdate(one.service_start),
            end=cdate(one.service_end),
            visits=str(effective(one).visits_per_year or "—"),
            filed_on=cdate(one.filed_on),
            team=one.team_name,
        )
        for one in agreements
    ]


def sheet_context(
    agreements: Sequence[Agreement], *, number: str, version: int, token: str, made_on: date
) -> dict[str, Any]:
    return {
        "number": number,
        "version": version,
        "year": made_on.year,
        "dispatcher": dispatcher(agreements[0]),
        "made_on": made_on,
        "check_code": check_code(token),
        "head": HEAD,
        "rows": filed_rows(agreements),
    }


def sheet_pdf(context: dict[str, Any], *, token: str) -> bytes:
    """Raises Refused when a character is in no font of this machine, and core.pdf.Unavailable without any."""
    code = f"{context['number']} 第{context['version']}版"
    return pdf.render("papers/filing_sheet.html", context, mark=pdf.Mark(code, lambda page: address(token, page)))


def address(token: str, page: int) -> str:
    """Where the QR of a page leads."""
    return f"{settings.BASE_URL}{reverse('agreements:sheet-check', args=[token])}?p={page}"


def read_pages(seen: scanned.Seen) -> list[Read]:
    """Whose each page is, by the code on it. A page with codes of two papers is nobody's."""
    codes = seen.matching(OURS)
    tokens = {match[1] for page in codes for match in page}
    papers = {paper.token: paper for paper in FilingSheetPaper.objects.filter(token__in=tokens).select_related("sheet")}
    read = []
    for page, matches in zip(seen.pages, codes, strict=True):
        ours = {match[1]: int(match[2]) for match in matches if match[1] in papers}
        if len(ours) == 1:
            [(token, number)] = ours.items()
            read.append(Read(str(papers[token].sheet), papers[token].version, number))
        else:
            read.append(Read(is_strange=bool(page.codes), is_blank=page.is_blank))
    return read

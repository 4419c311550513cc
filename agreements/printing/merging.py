"""The papers of several records in one file for a meeting: what is kept of each.

A file from outside is opened only by the sandbox, which makes pages of it; one that cannot be opened is told beside its
record and stops no other.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from accounts.models import Membership
from agreements.kept import Paper, bytes_of, papers_of
from agreements.models import Agreement
from agreements.printing.models import PrintPart, PrintRun
from core import outbox, pdf, scanned
from core.models import StoredFile
from core.policy import Refused

AT_ONCE = 10  # records that one delivery puts together
MOST = 200
GONE = "办理人的身份已终止，没有打印。"
LOST = "文件已不在，请与管理员联系。"
NOTHING = "没有可以合并的材料。"
RELATED = ("specialist", "registration", "team", "institution__organization", "host__organization")


def line(pk: int, *, code: str = "", name: str = "", pages: int = 0, message: str = "", **more: Any) -> dict[str, Any]:
    """What became of one record of a part, as it is kept beside it."""
    return {"agreement": pk, "code": code or f"D-{pk}", "name": name, "pages": pages, "message": message, **more}


def in_order(agreements: Iterable[Agreement]) -> list[int]:
    """The keys of records as they lie in the file: by filing number, the imported ones before, of a year each by its own;
    what has no number yet comes last, as it was drafted. Numbers count as numbers: 9号 before 10号."""
    return [one.pk for one in sorted(agreements, key=_place)]


def _place(one: Agreement) -> tuple[int, int, list[str | int], int]:
    number = one.filing_number or ""
    parts = [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", number)]
    past_year = one.filed_on.year if one.is_past and one.filed_on else 0
    return (0 if one.is_past else 1 if number else 2), past_year, parts, one.pk


def laid_out(part: PrintPart, run: PrintRun, *, on: date) -> tuple[list[dict[str, Any]], bytes]:
    """The papers of the records of a part behind one another, and what became of each."""
    by = run.asked_by
    if not Membership.objects.active(on=on).filter(pk=by.pk).exists():
        return [line(pk, message=GONE) for pk in part.agreements], b""
    told, files = [], []
    for pk in part.agreements:
        agreement = Agreement.objects.visible_to(by).select_related(*RELATED).filter(pk=pk).first()
        if agreement is None:
            told.append(line(pk, message="没有这件协议。"))
            continue
        made, papers, missing = _of_one(agreement, by=by)
        files += made
        told.append(
            line(
                pk,
                code=str(agreement),
                name=agreement.specialist.name,
                pages=sum(pages for _, pages in papers),
                message="".join(missing) or ("" if papers else NOTHING),
                papers=papers,
                matter=agreement.matter,
                host=str(agreement.host or "—"),
                team=agreement.team_name,
            )
        )
    return told, pdf.one_behind_another([(data, []) for data in files]) if files else b""


def _of_one(agreement: Agreement, *, by: Membership) -> tuple[list[bytes], list[tuple[str, int]], list[str]]:
    """The files of a record, their titles with how many pages each has, and what is missing, in sentences."""
    made, papers, missing = [], [], []
    for paper in papers_of([agreement], by=by)[agreement.pk]:
        outbox.still_here()
        try:
            data = _made(paper)
        except Refused as refusal:
            missing.append(f"{paper.title}没有合并：{refusal.words}")
        except FileNotFoundError:
            missing.append(f"{paper.title}没有合并：{LOST}")
        else:
            made.append(data)
            papers.append((paper.title, pdf.pages_of(data)))
    return made, papers, missing


def _made(paper: Paper) -> bytes:
    """Its pages. Raises Refused for what cannot be opened or drawn, FileNotFoundError for what is gone."""
    if paper.file is None:
        return paper.drawn()
    return bytes_of(paper.file, to_look_at=True) if paper.is_ours else _pages_of(paper.file)


def _pages_of(stored: StoredFile) -> bytes:
    """All pages of a file from outside as a PDF of our own making. Raises Refused for one that cannot be opened."""
    [made] = scanned.put_together(
        [bytes_of(stored, to_look_at=True)], [[(0, number, 0) for number in range(1, stored.pages + 1)]]
    )
    return made

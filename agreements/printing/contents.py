"""The contents in front of what is printed together: what is in it, in which order, and on which pages.

Its page numbers count from behind it (core.pdf.one_behind_another), so it is laid out once.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import localdate

from agreements.printing.enums import PrintForm, Purpose
from agreements.printing.models import PrintRun
from core import pdf

PAPER = {Purpose.CONTRACTS: "papers/print_contents.html", Purpose.PAPERS: "papers/merged_contents.html"}
NAME = "目录"


def bound(run: PrintRun, read: Sequence[tuple[bytes, Sequence[dict[str, Any]]]]) -> bytes:
    """The contents and the parts behind it, with a mark for each record and each of its papers."""
    lines = [one for _, lines in read for one in lines]
    return pdf.one_behind_another(
        [(data, [_title(one) for one in lines]) for data, lines in read],
        contents=contents_pdf(run, lines),
        on_fronts=_on_fronts(run),
    )


def contents_pdf(run: PrintRun, lines: Sequence[dict[str, Any]]) -> bytes:
    """A paper of its own; of contracts that come one by one it names no pages, only how many each has."""
    return pdf.render(PAPER[Purpose(run.purpose)], contents_of(run, lines))


def contents_of(run: PrintRun, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the contents prints of these, all of which have pages."""
    firsts = pdf.first_pages([one["pages"] for one in lines], on_fronts=_on_fronts(run))
    rows = []
    for one, first in zip(lines, firsts, strict=True):
        shown = {"name": one["name"], "host": one.get("host") or "—", "team": one.get("team", "")}
        if pdf.unprintable("".join(shown.values())):  # what no font can draw keeps its record out of nothing
            shown = {"name": "—", "host": "—", "team": ""}
        rows.append({**one, **shown, "first": first, "last": first + one["pages"] - 1})
    pages = sum(one["pages"] for one in lines)
    return {
        "run": run,
        "rows": rows,
        "pages": pages,
        "last": (last := rows[-1]["last"]),
        "empty": last - pages,
        "sheets": -(-last // 2),
        "is_one_file": run.form == PrintForm.ONE_FILE,
        "lacking": run.papers - len(rows),
        "on": localdate(run.asked_at),
    }


def _on_fronts(run: PrintRun) -> bool:
    """A contract is signed on its own sheets: printed on both sides, none may begin on the back of another."""
    return run.purpose == Purpose.CONTRACTS


def _title(one: dict[str, Any]) -> pdf.Title:
    papers = [pdf.Title(title, pages) for title, pages in one.get("papers", [])]
    return pdf.Title(f"{one['code']} {one['name']}", one["pages"], papers)

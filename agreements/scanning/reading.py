"""What the pages of one file say of this institution's agreements: codes looked up, words compared and forgotten."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementPaper
from agreements.scanning.matching import numbers_in
from agreements.scanning.pairing import Printed, Sheet
from core import scanned

WANTED = "/agreements/check/"
OURS = re.compile(r"/agreements/check/([0-9a-f]{32})/(?:\?p=(\d{1,3}))?$")
IN_PRINT = re.compile(r"D-(\d{1,12})\s*v(\d{1,6})\b")
TITLE = "三方协议书"  # a letter may name a person and a host, too


@dataclass(frozen=True)
class Open:
    """An agreement that may take a scan: who and where, as its paper says it, and what it has already."""

    pk: int
    person: str
    host: str
    is_scanned: bool  # in its present version

    def __str__(self) -> str:
        return f"D-{self.pk}　{self.person}　{self.host}"


class Register:
    """The institution's papers and open agreements, read once for a delivery."""

    def __init__(self, by: Membership) -> None:
        self.by = by

    @cached_property
    def open(self) -> list[Open]:
        return list(open_agreements(self.by))

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {f"D-{one.pk}": one.pk for one in self.open}

    def papers(self, *, tokens: Collection[str] = (), codes: Collection[tuple[int, int]] = ()) -> dict[str, int]:
        """Of this institution, by token, and by the code in print."""
        mine = AgreementPaper.objects.filter(agreement__in=Agreement.objects.dispatched_by(self.by).values("pk"))
        found = dict(mine.filter(token__in=tokens).values_list("token", "pk"))
        for pk, agreement, version in mine.filter(agreement__in=[one for one, _ in codes]).values_list(
            "pk", "agreement", "version"
        ):
            found[f"D-{agreement} v{version}"] = pk
        return found

    def named_in(self, text: str) -> tuple[int, ...]:
        """Agreements whose person and host the words name."""
        bare = "".join(text.split())
        return tuple(one.pk for one in self.open if one.host and one.person in bare and one.host in bare)

    def hinted_by(self, name: str) -> list[int]:
        """Agreements that a file's name speaks of, by code first, then by person."""
        by_number = numbers_in(name, self.numbers)
        bare = "".join(name.split())
        return [*by_number, *(one.pk for one in self.open if one.person in bare and one.pk not in by_number)]


def open_agreements(by: Membership) -> Iterable[Open]:
    """What the institution may still put a scan to, those without one first."""
    rows = Agreement.objects.dispatched_by(by).filter(status__in=AgreementStatus.editable, is_past=False)
    found = [
        Open(
            one.pk,
            one.specialist.name,
            str(one.host) if one.host else "",
            any(scan.paper_version == one.version for scan in one.scans.all()),
        )
        for one in rows.select_related("specialist", "host__organization").prefetch_related("scans").order_by("pk")
    ]
    return sorted(found, key=lambda one: one.is_scanned)


def sheets_of(seen: scanned.Seen, register: Register) -> list[Sheet]:
    """Each page with whose it is. A code of our form that is no paper of this institution is foreign, whoever's it is."""
    codes = seen.matching(OURS)
    words = [[(int(pk), int(version)) for pk, version in IN_PRINT.findall(page.text)] for page in seen.pages]
    papers = register.papers(
        tokens={match[1] for page in codes for match in page}, codes={one for page in words for one in page}
    )
    is_contract = any(TITLE in "".join(page.text.split()) for page in seen.pages)
    sheets = []
    for place, page in enumerate(seen.pages):
        sheet = Sheet(place + 1, blank=page.is_blank, turned=page.turned, look=page.look)
        if codes[place]:
            sheet = _by_code(sheet, codes[place], papers)
        elif found := {papers[code] for pk, version in words[place] if (code := f"D-{pk} v{version}") in papers}:
            sheet = replace(sheet, paper=found.pop() if len(found) == 1 else None, mixed=len(found) > 1)
        else:
            named = register.named_in(page.text) if is_contract else ()
            sheet = replace(sheet, named=named, strange=bool(page.codes))
        sheets.append(sheet)
    return sheets


def _by_code(sheet: Sheet, codes: list[re.Match[str]], papers: Mapping[str, int]) -> Sheet:
    tokens = {match[1] for match in codes}
    if len(tokens) > 1:
        return replace(sheet, mixed=True)
    [token] = tokens
    page = next((int(match[2]) for match in codes if match[2]), None)
    paper = papers.get(token)
    return replace(sheet, paper=paper, page=page if paper else None, foreign=paper is None)


def kept(sheets: Iterable[Sheet]) -> list[dict[str, object]]:
    return [asdict(sheet) for sheet in sheets]


def printed(sheets: Iterable[Sheet]) -> dict[int, Printed]:
    """The papers whose codes were read, as they were handed out, and their agreements as they stand now."""
    rows = AgreementPaper.objects.filter(pk__in={sheet.paper for sheet in sheets if sheet.paper is not None})
    return {
        row.pk: Printed(row.pk, row.agreement_id, str(row), row.version, row.pages, row.agreement.version)
        for row in rows.select_related("agreement")
    }

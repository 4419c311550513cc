"""What belongs to the archive of a year, what of it is there, and what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.enums import Role
from accounts.models import Membership
from agreements.archiving.enums import Retention
from agreements.archiving.models import ArchivedPaper, ArchiveItem, ArchiveLine, ArchiveYear
from agreements.archiving.plan import plan_in
from agreements.enums import AgreementStatus, Party
from agreements.kept import Paper, papers_of
from agreements.models import Agreement, AgreementQuerySet, AgreementScan, Signature
from core.jobs import reached
from core.models import PolicyPack
from core.notify import Reader

RELATED = ("specialist", "team", "institution__organization", "host__organization", "voiding")


def of_year(year: int) -> AgreementQuerySet:
    """Filed in the year, whatever became of it since: the year of filing is the year of the paper (年度)."""
    return Agreement.objects.filter(Q(filed_on__year=year) | Q(voiding__filed_on__year=year))


def waiting(year: int) -> AgreementQuerySet:
    """What no archive has taken yet."""
    return of_year(year).exclude(archive_lines__is_first=True)


class Waiting(NamedTuple):
    """How much of a year no archive has taken."""

    year: int
    agreements: int
    people: int


def _waiting_by_year() -> "QuerySet[Any, Any]":
    """What no archive has taken yet, each with the year in which it was `filed`."""
    rows = Agreement.objects.exclude(archive_lines__is_first=True)
    return rows.annotate(filed=Coalesce("filed_on__year", "voiding__filed_on__year"))


def years_waiting(*, on: date) -> list[Waiting]:
    """Years that are over and of which something waits, the latest first."""
    counted = _waiting_by_year().filter(filed__lt=on.year).values("filed").order_by("-filed")
    counted = counted.annotate(agreements=Count("pk"), people=Count("specialist", distinct=True))
    return [Waiting(row["filed"], row["agreements"], row["people"]) for row in counted]


class Due(NamedTuple):
    """A year that nobody has closed and whose day comes near, or is past."""

    year: int
    agreements: int
    people: int
    by: date
    threshold: int  # of the pack's days, not the days left
    archive: ArchiveYear | None  # arranged, and waits to be checked


PAST = -1  # the threshold of a year that is late
DAYS = "reminders.archive_days"


def years_due(*, on: date, pack: PolicyPack) -> list[Due]:
    """The earliest first, by the pack of the day; none by one that was stored before it named days."""
    if not (days := pack.setting_or(DAYS, [])):
        return []
    plan = plan_in(pack)
    near = {
        one.year: (*one, by, threshold)
        for one in reversed(years_waiting(on=on))
        if (threshold := reached([*days, PAST], left=((by := plan.due_on(one.year)) - on).days)) is not None
    }
    if not near:
        return []
    begun = {one.year: one for one in ArchiveYear.objects.filter(year__in=near).select_related("prepared_by__person")}
    found = [Due(*known, begun.get(year)) for year, known in near.items()]
    return [one for one in found if one.archive is None or not one.archive.is_closed]


def to_arrange(*, on: date, pack: PolicyPack) -> "QuerySet[Any, Any]":
    """What waits of the years that `years_due` gives and nobody has arranged, each with the year that it was `filed` in."""
    days = pack.setting_or(DAYS, [])
    last_year = plan_in(pack).due_on(on.year - 1)
    latest = on.year - 1 if reached(days, left=(last_year - on).days) is not None else on.year - 2
    rows = _waiting_by_year().filter(filed__lte=latest).exclude(filed__in=ArchiveYear.objects.values("year"))
    return rows if days else rows.none()


def checkers(archive: ArchiveYear, *, on: date) -> list[Reader]:
    """Who may check and close what somebody has arranged: never who did."""
    heads = Membership.objects.active(on=on).filter(role=Role.DIVISION_HEAD)
    return [Reader(hat.person) for hat in heads.exclude(person=archive.prepared_by.person_id).select_related("person")]


def years(membership: Membership) -> QuerySet[ArchiveYear]:
    """Each with its figures: items, those still being put together, pages."""
    rows = ArchiveYear.objects.visible_to(membership).select_related("prepared_by__person", "closed_by__person")
    return rows.annotate(
        many=Count("items"),
        done=Count("items", filter=Q(items__assembled_at__isnull=False)),
        pages=Sum("items__pages"),
        later=Count("items", filter=Q(items__supplements__isnull=False)),
    ).order_by("-year")


def to_check(hat: Membership) -> QuerySet[ArchiveYear]:
    """Years that another one has arranged and that this one may close."""
    return ArchiveYear.objects.visible_to(hat).filter(closed_on=None).exclude(prepared_by__person=hat.person_id)


def progress(archive: ArchiveYear) -> tuple[int, int]:
    """Items that are put together, and all."""
    counted = archive.items.aggregate(done=Count("assembled_at"), all=Count("pk"))
    return counted["done"], counted["all"]


class Figure(NamedTuple):
    retention: str
    label: str
    items: int
    pages: int
    boxes: int
    lacking: int


def figures(archive: ArchiveYear) -> list[Figure]:
    """By 保管期限, in archive order."""
    rows = archive.items.values("retention").annotate(
        items=Count("pk"),
        pages=Sum("pages"),
        boxes=Max("box"),
        lacking=Count("pk", filter=Q(pk__in=archive.items.still_lacking().values("pk"))),
    )
    return [
        Figure(
            row["retention"],
            Retention(row["retention"]).label,
            row["items"],
            row["pages"] or 0,
            row["boxes"] or 0,
            row["lacking"],
        )
        for row in rows.order_by("-retention")
    ]


def items_of(agreement: Agreement) -> list[ArchiveItem]:
    """Where its papers stand in the archive, the first one first."""
    return list(ArchiveItem.objects.filter(lines__agreement=agreement).order_by("pk"))


def filing_day(agreement: Agreement) -> date:
    day = agreement.filed_on or agreement.voiding.filed_on
    assert day
    return day


@dataclass(frozen=True)
class File:
    """What one person filed in a year, in the order of filing: what becomes an item."""

    agreements: tuple[Agreement, ...]

    @property
    def name(self) -> str:
        """Who filed it, with the team for which they signed."""
        teams = [*dict.fromkeys(one.team_name for one in self.agreements if one.team)]
        more = f"等{len(teams)}个团队" if len(teams) > 1 else ""
        return self.agreements[0].specialist.name + (f"（{teams[0]}{more}）" if teams else "")

    @property
    def day(self) -> date:
        """The date of the item: that of its last filing."""
        return filing_day(self.agreements[-1])

    @property
    def statuses(self) -> list[str]:
        return [one.status for one in self.agreements]

    @property
    def numbers(self) -> str:
        return "、".join(one.filing_number or "" for one in self.agreements)

    @property
    def parties(self) -> str:
        """责任者: who signed, each once."""
        named = [
            name
            for one in self.agreements
            for name in (str(one.institution or "石家庄市科学技术局"), str(one.host), one.specialist.name)
        ]
        return "、".join(dict.fromkeys(named))


def files_of(agreements: Iterable[Agreement]) -> list[File]:
    """One for each person, in the order of the first filing, then of its number."""
    rows = sorted(agreements, key=lambda one: (one.specialist_id, filing_day(one), one.filing_number or ""))
    files = [File(tuple(group)) for _, group in groupby(rows, key=lambda one: one.specialist_id)]
    return sorted(files, key=lambda file: (filing_day(file.agreements[0]), file.agreements[0].filing_number or ""))


@dataclass(frozen=True)
class Preview:
    """What closing a year would take, and what is not there yet."""

    files: list[File]
    without_scan: list[Agreement]  # and not signed online by all three
    without_certificate: list[Agreement]  # made by the worker after filing
    under_way: list[Agreement]  # handed in in the year and not decided: archived with the year in which they are filed

    @property
    def is_lacking(self) -> bool:
        return bool(self.without_scan or self.without_certificate)

    @property
    def agreements(self) -> int:
        return sum(len(file.agreements) for file in self.files)


def preview(year: int) -> Preview:
    rows = list(waiting(year).select_related(*RELATED))
    pks = [one.pk for one in rows]
    scanned = set(AgreementScan.objects.filter(agreement__in=pks).values_list("agreement", flat=True))
    online = Signature.objects.filter(agreement__in=pks).exclude(link=None).values("agreement")
    scanned |= set(online.annotate(many=Count("pk")).filter(many=len(Party)).values_list("agreement", flat=True))
    certified = set(Agreement.objects.filter(pk__in=pks, certificate__isnull=False).values_list("pk", flat=True))
    rows.sort(key=lambda one: one.filing_number or "")
    open_ones = Agreement.objects.filter(
        status__in=(AgreementStatus.SUBMITTED, AgreementStatus.RETURNED), submitted_on__year=year
    )
    return Preview(
        files=files_of(rows),
        without_scan=[one for one in rows if one.pk not in scanned],
        without_certificate=[
            one
            for one in rows
            if one.pk not in certified and not one.is_past and one.status in AgreementStatus.once_filed
        ],
        under_way=list(open_ones.select_related("specialist").order_by("pk")),
    )


# --- after the closing ------------------------------------------------------------------------------------------------


def not_archived(papers: Iterable[Paper]) -> list[Paper]:
    rows = list(papers)
    there = set(
        ArchivedPaper.objects.filter(source__in=[paper.source for paper in rows]).values_list("source", flat=True)
    )
    return [paper for paper in rows if paper.source not in there]


@dataclass(frozen=True)
class Later:
    """What came to a closed year: agreements of it that no item has, and papers of those that one has."""

    files: list[File]
    papers: dict[ArchiveItem, list[Paper]]  # by the item that its agreement stands in, in archive order

    @property
    def is_something(self) -> bool:
        return bool(self.files or self.papers)


def later(archive: ArchiveYear, *, by: Membership) -> Later:
    firsts = ArchiveLine.objects.filter(item__archive=archive, is_first=True).select_related("item", "agreement")
    lines = {line.agreement_id: line for line in firsts.order_by("-item__retention", "item__number", "pk")}
    papers = papers_of([line.agreement for line in lines.values()], by=by)
    loose: dict[ArchiveItem, list[Paper]] = {}
    for paper in not_archived(paper for pk in lines for paper in papers[pk]):
        loose.setdefault(lines[paper.agreement].item, []).append(paper)
    return Later(files_of(waiting(archive.year).select_related(*RELATED)), loose)

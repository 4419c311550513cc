"""What several first pages show."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from accounts.models import District, Membership
from agreements import queries as agreement_queries
from core.jinja import cdate, share, shortdate
from core.maps import shaded
from core.models import PolicyPack
from desk import queries
from desk.figures import people, rows
from desk.queries import Round
from funding import queries as funding_queries
from funding.models import Account
from specialists.queries import pack_of

WEEKDAYS = "一二三四五六日"


def today_in_words(on: date) -> str:
    return f"{cdate(on)}　星期{WEEKDAYS[on.weekday()]}"


def link(words: object, url: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, words)


# --- the year's plan --------------------------------------------------------------------------------------------------


def gauges(year: int, *, on: date, pack: PolicyPack | None = None) -> dict[str, Any]:
    """R1, R15–R17: the lines of the yearly plan, and how many of those filed are graduate students.

    `pack` is one at hand: it saves the question, if it is that year's.
    """
    plan = pack if pack and pack.year == year else pack_of(year, on=on)
    counts = agreement_queries.quota_counts(year, pack=plan, on=on)
    return {"year": year, "lines": quota_lines(counts, year), **graduates_of(counts, year)}


def quota_lines(counts: Mapping[str, Any], year: int) -> list[dict[str, Any]]:
    lines = []
    for category, line in counts["categories"].items():
        asked = {"year": year, "category": category, "form": "individual"}
        urls = {of: people(of, **asked) for of in queries.KINDS}
        papers = rows("agreements:list", filed=year, category=category, form="individual")
        lines.append({**line, "category": category, "urls": {**urls, "agreements": papers}})
    return sorted(lines, key=lambda line: line["is_floor"])  # planned numbers first, then what has only a floor


def graduates_of(counts: Mapping[str, Any], year: int) -> dict[str, Any]:
    """R1: graduate students among the individuals filed, with both numbers."""
    asked = {"year": year, "form": "individual"}
    return {
        "individuals": counts["individuals"],
        "individuals_url": people("filed", **asked),
        "graduates": counts["graduates"],
        "graduates_url": people("graduates", **asked),
        "graduates_share": share(counts["graduates"], counts["individuals"]),
    }


# --- where they serve -------------------------------------------------------------------------------------------------


def district_map(hat: Membership, *, on: date) -> dict[str, Any]:
    """Persons in service by county, with those who have most and fewest beside it."""
    counted = queries.serving_by_district(hat, on=on)
    values = {name: persons for _, name, persons in counted}
    hrefs = {name: people("in_service", year=on.year, district=code) for code, name, _ in counted}
    called = {one.code: one.current.name for one in District.objects.select_related("successor")}
    drawn = shaded(values, hrefs=hrefs, limits=_limits(max(values.values(), default=0)), called=called)
    nobody = sorted({shape.district.name for shape in drawn.shapes if not shape.value})
    return {
        "map": drawn,
        "most": [link(f"{name} {persons}", hrefs[name]) for _, name, persons in counted[:3]],
        "zones": [link(f"{name} {persons}", hrefs[name]) for name, persons in drawn.elsewhere],
        "nobody": nobody,
    }


def _limits(most: int) -> tuple[int, int, int, int]:
    """Four steps of shade: the city's usual ones, or finer ones while few are in service."""
    if most >= 45:
        return (10, 20, 30, 45)
    return (5, 10, 15, 20) if most >= 12 else (1, 2, 4, 6)


# --- money ------------------------------------------------------------------------------------------------------------


def spending(hat: Membership, *, on: date) -> dict[str, Any]:
    """What each institution was given and has paid, every sum a link to its entries."""
    year = on.year
    accounts = list(funding_queries.accounts_of(Account.objects.visible_to(hat), year))
    given, paid = (sum(row[name] for row in accounts) for name in ("given_fen", "paid_fen"))

    def line(name: object, whole: int, part: int, account: int | None = None) -> dict[str, Any]:
        entries = {"year": year, "account": account}
        return {
            "name": name,
            "given": link(in_wan(whole), rows("funding:entries", **entries, flow="given")),
            "paid": link(in_wan(part), rows("funding:entries", **entries, flow="paid")),
            "rate": f"{part / whole:.1%}" if whole else "—",
            "is_late": _is_late(part, whole, on=on),
        }

    lines = [
        line(row["institution__organization__name"], row["given_fen"], row["paid_fen"], row["id"])
        for row in sorted(accounts, key=lambda row: -row["given_fen"])
    ]
    return {"year": year, "lines": lines, "total": line("合计", given, paid)}


def in_wan(fen: int) -> str:
    """万元, as people compare budgets."""
    return f"{Decimal(fen) / 1_000_000:,.2f}"


def _is_late(part: int, whole: int, *, on: date) -> bool:
    """Less than half of what the time gone would ask for."""
    gone = on.timetuple().tm_yday / 365
    return whole > 0 and part / whole < gone / 2


# --- near dates -------------------------------------------------------------------------------------------------------


def near_dates(hat: Membership, round_: Round | None, *, on: date, due_today: int = 0) -> list[dict[str, str | Markup]]:
    """What comes next: reviews due today, the campaign's last days, agreements that end."""
    items: list[tuple[date, str | Markup]] = []
    if due_today:
        items.append((on, link(f"{due_today} 件协议审核今日到期", rows("agreements:list", due="today"))))
    if round_:
        year = round_.campaign.year
        sheets = rows("assessments:list", year=year)
        if round_.campaign.institution_due >= on:
            done = f"派出单位提交{year}年度考核截止，已交 {round_.handed_in} / {round_.assessed} 人"
            items.append((round_.campaign.institution_due, link(done, sheets)))
        if round_.campaign.bureau_due >= on:
            done = f"{year}年度考核审定截止，已定 {round_.final} / {round_.assessed} 人"
            items.append((round_.campaign.bureau_due, link(done, sheets)))
    ends = queries.endings(hat, on=on)
    for day, papers, open_ones in ends[:4]:
        some = f"其中 {open_ones} 份" if open_ones < papers else ""
        handed_in = f"{some}尚未提交续签" if open_ones else "已提交续签"
        items.append((day, f"{papers} 份协议到期，{handed_in}"))
    if total := sum(papers for _, papers, _ in ends):
        items.append((on, link(f"60 天内共 {total} 份协议到期", rows("agreements:list", due="ending"))))
    return [{"day": shortdate(day), "iso": day.isoformat(), "words": words} for day, words in sorted(items, key=_first)]


def soonest_first(*lists: list[dict[str, str | Markup]]) -> list[dict[str, str | Markup]]:
    """Several lists of near dates as one; of one day they stand in the order in which they came."""
    return sorted((one for several in lists for one in several), key=lambda one: str(one["iso"]))


def _first(item: tuple[date, object]) -> date:
    return item[0]

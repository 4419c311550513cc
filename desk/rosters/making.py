"""What of the register a roster makes: counted before it is confirmed, record by record afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import Membership, Organization
from agreements.models import Agreement
from agreements.progress import SOON, word_and_tone
from core.tables import Row
from desk.enums import Kind, Outcome, Verdict
from desk.rosters import queries
from desk.rosters.models import RosterBatch
from specialists.enums import Category, Form, RegistrationStatus
from specialists.models import ProvincialListEntry, Registration, Team


def expected(batch: RosterBatch) -> dict[str, int]:
    """What the rows that can be applied would make as the register stands now; of people and teams only."""
    if batch.kind not in (Kind.PEOPLE, Kind.TEAMS):
        return {}
    rows = batch.lines.exclude(verdict__in=Verdict.left_out)
    with_host = rows.exclude(host_code="")
    codes = {code for code in with_host.values_list("host_code", flat=True) if not code.startswith("#")}
    hosts = len(codes - queries.hosts(codes, ()).by_code.keys())
    if batch.kind == Kind.TEAMS:
        papers = with_host.values("group", "host_code").distinct().count()
        return {"teams": rows.values("group").distinct().count(), "agreements": papers, "hosts": hosts}
    own = Registration.objects.filter(year=batch.year, institution=batch.organization_id, form=Form.INDIVIDUAL)
    there = own.filter(specialist__id_digest__in=rows.values("id_digest"))
    people = {*rows.values_list("id_digest", "group")} - {*there.values_list("specialist__id_digest", "category")}
    return {"registrations": len(people), "agreements": with_host.count(), "hosts": hosts}


@dataclass(frozen=True)
class Made:
    """One kind of record that a roster makes, and how a list says one: its id, title and more → words."""

    label: str
    column: str  # of the staged row
    page: str
    model: Any
    values: dict[str, Any]
    detail: Callable[[Row], object]
    status: Callable[[Row, date], tuple[str, str]] | None = None  # (word, tone)

    def rows(self, batch: RosterBatch, hat: Membership) -> "QuerySet[Any, Any]":
        """The records as this hat sees them."""
        applied = batch.lines.filter(outcome=Outcome.APPLIED)
        if self.column == "registration":
            applied = applied.filter(is_new=True)
        found = self.model.objects.visible_to(hat).filter(pk__in=applied.values(self.column))
        return found.values("id", **self.values)


def _registered(row: Row, on: date) -> tuple[str, str]:
    return RegistrationStatus(row["state"]).label, RegistrationStatus.tones[row["state"]]


def _agreed(row: Row, on: date) -> tuple[str, str]:
    return word_and_tone(
        row["state"],
        start=row["start"],
        end=row["end"],
        on=on,
        soon=SOON.days,
        terminated_on=row["over_on"],
    )


MADE = {
    "registrations": Made(
        "登记",
        "registration",
        "specialists:detail",
        Registration,
        {"title": F("specialist__name"), "kind": F("category"), "state": F("status")},
        lambda row: Category(row["kind"]).label,
        _registered,
    ),
    "teams": Made(
        "团队",
        "team",
        "specialists:team-detail",
        Team,
        {"title": F("name"), "people": Count("members", filter=Q(members__left_on=None)), "state": F("status")},
        lambda row: f"{row['people']}人",
        _registered,
    ),
    "agreements": Made(
        "协议",
        "agreement",
        "agreements:detail",
        Agreement,
        {
            "title": F("filing_number"),
            "person": F("specialist__name"),
            "team_name": F("team__name"),
            "host_name": F("host__organization__name"),
            "start": F("service_start"),
            "end": F("service_end"),
            "over_on": F("terminated_on"),
            "state": F("status"),
        },
        lambda row: f"{row['team_name'] or row['person']} → {row['host_name'] or '未填派驻单位'}",
        _agreed,
    ),
    "hosts": Made(
        "新增派驻单位",
        "host",
        "accounts:organization",
        Organization,
        {"title": F("name"), "code": F("uscc")},
        lambda row: row["code"] or "无信用代码",
    ),
    "entries": Made(
        "名单条目",
        "entry",
        "",
        ProvincialListEntry,
        {"title": F("name"), "masked": F("id_masked")},
        lambda row: row["masked"],
    ),
}


def named(row: Row) -> str:
    return row["title"] or f"D-{row['id']}"  # of an agreement until it is filed

"""派驻单位, on the phone: visits that wait for its word, who serves there, which agreements are under way."""

from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement, last_day
from agreements.progress import SOON, word_and_tone
from core.jinja import cdate, shortdate
from desk import queries
from desk.figures import rows
from visits.enums import VisitStatus
from visits.models import Visit
from visits.queries import columns_of_who, who_of

SHOWN = 8


def home(hat: Membership, on: date) -> tuple[str, dict[str, Any]]:
    counted = queries.visits_by_state(hat, year=on.year)
    papers = queries.own_agreements(hat, on=on)
    waiting = Visit.objects.visible_to(hat).filter(status=VisitStatus.LOGGED)
    agreements = Agreement.objects.visible_to(hat).order_by("-pk")
    context = {
        "waiting": [
            {
                "title": f"{who_of(row)}　{shortdate(row['date'])}",
                "detail": row["content"][:60],
                "url": reverse("visits:detail", args=[row["id"]]),
            }
            for row in waiting.values("id", "date", "content", **columns_of_who()).order_by("date", "id")[:SHOWN]
        ],
        "waiting_total": counted["logged"],
        "waiting_url": rows("visits:list", status="logged"),
        "figures": [
            {"value": papers["in_service"], "label": "在岗特派员", "url": rows("desk:people", of="in_service")},
            {
                "value": counted["confirmed"],
                "label": "今年已确认 / 次",
                "url": rows("visits:list", status="confirmed", year=on.year),
            },
            {"value": counted["disputed"], "label": "有异议 / 次", "url": rows("visits:list", status="disputed")},
        ],
        "agreements": [_told(row, on=on) for row in agreements.values(*COLUMNS)[:SHOWN]],
        "agreements_url": reverse("agreements:list"),
    }
    return "desk/host.html", context


COLUMNS = (
    "id",
    "filing_number",
    "status",
    "service_start",
    "service_end",
    "terminated_on",
    "specialist__name",
    "institution__organization__name",
)


def _told(row: dict[str, Any], *, on: date) -> dict[str, Any]:
    word, tone = word_and_tone(
        row["status"],
        start=row["service_start"],
        end=row["service_end"],
        on=on,
        soon=SOON.days,
        terminated_on=row["terminated_on"],
    )
    number = row["filing_number"] or f"D-{row['id']}"
    until = (
        f"　至{cdate(last_day(row['service_end'], row['terminated_on']))}"
        if row["status"] == AgreementStatus.FILED
        else ""
    )
    return {
        "title": f"{row['specialist__name']}　{number}",
        "detail": f"{row['institution__organization__name'] or '市科技局'}{until}",
        "word": word,
        "tone": tone,
        "url": reverse("agreements:detail", args=[row["id"]]),
    }

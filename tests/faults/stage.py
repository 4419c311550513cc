"""What the fault run works on: papers to file, people whose visits are confirmed and paid. Runs as the role `app`.

`python -m tests.faults.stage FILINGS SPECIALISTS FILE` lays it and writes the ids and tokens the clients need to FILE.
"""

import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction
from django.utils.timezone import localdate

from accounts.enums import Role
from accounts.models import ApiToken, Membership
from agreements.enums import AgreementStatus
from funding import services as funding
from tests import cast, invented

DAYS = 50  # the service began so many days ago; a visit on any of them may still be told of
HOSTS = 4  # agreements at one host queue behind each other, those at several do not


@transaction.atomic
def lay(filings: int, specialists: int) -> dict[str, Any]:
    season = cast.Season()
    today = localdate()
    start = today - timedelta(days=DAYS)
    hosts = [invented.host(number, above_scale=True) for number in range(HOSTS)]  # as many people as they like
    contacts = [
        cast.member(f"联系人{place}", Role.HOST_CONTACT, host.organization, f"contact-{place}")
        for place, host in enumerate(hosts)
    ]
    to_file = [invented.agreement(season, number, host=hosts[number % HOSTS], start=start) for number in range(filings)]
    served = [
        invented.agreement(
            season,
            filings + number,
            host=hosts[number % HOSTS],
            start=start,
            status=AgreementStatus.FILED,
            filed_on=start,
            filed_by=season.officer,
            filing_number=f"T-{number}",  # not of the series whose numbers are looked at
        )
        for number in range(specialists)
    ]
    fund(season, years={start.year, today.year}, since=start)
    return {
        "tokens": {name: token(getattr(season, name)) for name in ("officer", "clerk", "manager")},
        "to_file": [one.pk for one in to_file],
        "served": [
            {
                "agreement": one.pk,
                "specialist": token(season.hat_of(one.specialist)),
                "contact": token(contacts[number % HOSTS]),
            }
            for number, one in enumerate(served)
        ],
        "days": [(start + timedelta(days=day)).isoformat() for day in range(DAYS)],
    }


def fund(season: cast.Season, *, years: set[int], since: date) -> None:
    """More money than can be paid out; in January the visits are of two years."""
    for year in years:
        budget = funding.record_budget(
            year=year,
            amount_fen=10_000_000_00,
            document_number=f"冀财教〔{year}〕1号",
            decided_on=localdate(),
            by=season.officer,
        )
        funding.allocate(
            budget,
            institution=season.u1,
            amount_fen=5_000_000_00,
            document_number=f"石财教〔{year}〕1号",
            by=season.officer,
            on=localdate(),
        )
    funding.set_rate(season.u1, amount_fen=600_00, effective_from=since, by=season.manager)


def token(hat: Membership) -> str:
    _, words = ApiToken.objects.create(user=hat.person, membership=hat, expiry=timedelta(days=1))
    return str(words)


if __name__ == "__main__":
    laid = lay(int(sys.argv[1]), int(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(laid))

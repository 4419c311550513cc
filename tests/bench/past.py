"""The city's past agreements through the wizard: 613 persons, 219 teams and 1,115 hosts in one file."""

import random
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from agreements.models import Agreement
from desk.enums import Kind, Mode
from desk.rosters import services
from desk.rosters.models import RosterBatch
from tests import invented
from tests.bench.figures import Figure
from tests.cast import Season
from tests.desk.rosters import hands, past

PERSONS, TEAMS, HOSTS = 613, 219, 1_115
WHOLE = 600  # seconds: a worker's task is ended then, and nobody waits longer for a page


def rows() -> list[list[Any]]:
    """A file of the city's size: every host is served, a team by three to five people, some persons at several hosts."""
    dice = random.Random(2026)
    hosts = [(f"试验单位{n}有限公司", invented.uscc(n), "正定县", "企业") for n in range(HOSTS)]
    people = [(f"试验{sign_of(n)}", invented.id_number(n)) for n in range(PERSONS + 5 * TEAMS)]
    persons, others = people[:PERSONS], iter(people[PERSONS:])
    found = []
    for n, host in enumerate(hosts[TEAMS:]):
        category = "农业" if n >= PERSONS else dice.choice(["农业", "企业", "技术经纪人"])
        found.append(past.row(f"石科特2025-{n:04}", persons[n % PERSONS], host, 类别=category))
    for n in range(TEAMS):
        members = [next(others) for _ in range(dice.choice([3, 4, 4, 5]))]
        found += past.team(f"石科团2025-{n:03}", *members, name=f"试验团队{n}", host=hosts[n])
    return found


def sign_of(number: int) -> str:
    """A name of two signs for each number: nobody is called by digits."""
    return chr(0x4E00 + number // 100) + chr(0x4E8C + number % 100)


def figures() -> list[Figure]:
    """Each step as its task does it, without the queue between them."""
    taken: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began = time.perf_counter()
        work()
        taken[name] = time.perf_counter() - began

    with transaction.atomic():
        season = Season()
        given = rows()
        officer, on, book = season.officer, localdate(), past.workbook(*given)
        timed("upload", lambda: hands.upload(book, officer, Kind.PAST))
        batch = RosterBatch.objects.get()
        mapping = {int(column): key for column, key in batch.mapping.items()}
        services.name_columns(batch, by=officer, on=on, version=batch.version, mapping=mapping)
        timed("read", lambda: services.read_rows(batch))
        timed("check", lambda: services.check_rows(batch))
        batch.refresh_from_db()
        services.confirm(batch, by=officer, version=batch.version, mode=Mode.ALL)
        timed("take over", lambda: services.apply_rows(batch))
        batch.refresh_from_db()
        assert (batch.status, batch.done) == ("applied", len(given)), (batch.status, batch.counts)
        agreements = Agreement.objects.past().count()
        timed("take back", lambda: services.take_back(batch, by=officer, on=on, version=batch.version))
        transaction.set_rollback(True)
    detail = f"{len(given):,} rows, {agreements:,} agreements: " + ", ".join(f"{k} {v:.1f} s" for k, v in taken.items())
    return [Figure("past agreements of the city, seconds", sum(taken.values()), WHOLE, detail=detail)]

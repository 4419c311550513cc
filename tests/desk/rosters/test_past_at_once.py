"""Past agreements taken over while others file. Each test was seen to fail with its lock taken away."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from agreements.models import Agreement, AgreementScan
from agreements.services import file_agreement
from desk.enums import Mode
from desk.rosters import services
from desk.rosters.services import entering
from desk.scans import services as scans
from specialists.enums import Category
from tests import cast
from tests.cast import MAY_20, Season
from tests.desk.merging.test_hosts import merge, twin
from tests.desk.rosters import hands
from tests.desk.rosters.past import FIRM, FRUIT, LI, TOOLS, ZHANG, checked, row, taken
from tests.desk.scans.test_scans import packed, paper
from tests.hands import at_once, during, linger

JUNE = {"service_start": date(2026, 6, 1), "service_end": date(2027, 12, 31)}


def test_a_filing_at_the_host_waits_and_counts_whom_the_file_brings(lasting_season: Season) -> None:
    season = lasting_season
    people = ("P2", "P4", "P5", "P8", "P9")
    batch = checked(season.officer, *(row(f"旧-{n}", cast.PEOPLE[key]) for n, key in enumerate(people)))
    services.confirm(batch, by=season.officer, version=batch.version, mode=Mode.ALL)
    sixth = season.submitted(season.selected("P3"), season.h4, **JUNE)

    filing = partial(file_agreement, sixth, by=season.officer, on=MAY_20)
    assert during(partial(services.apply_rows, batch), filing) == "E-CAP5"
    assert Agreement.objects.past().count() == 5


def test_a_filing_at_the_host_that_took_the_one_of_the_file_in_waits_too(lasting_season: Season) -> None:
    season = lasting_season
    entered_twice = twin(season)
    host = (entered_twice.name, entered_twice.uscc, "正定县", "合作社")
    people = ("P2", "P4", "P5", "P8", "P9")
    batch = checked(season.officer, *(row(f"旧-{n}", cast.PEOPLE[key], host) for n, key in enumerate(people)))
    services.confirm(batch, by=season.officer, version=batch.version, mode=Mode.ALL)
    merge(season, season.h4.organization, entered_twice)
    sixth = season.submitted(season.selected("P3"), season.h4, **JUNE)

    filing = partial(file_agreement, sixth, by=season.officer, on=MAY_20)
    assert during(partial(services.apply_rows, batch), filing) == "E-CAP5"
    assert Agreement.objects.past().filter(host=season.h4).count() == 5


def test_a_filing_of_the_person_waits_and_sees_the_year_taken(lasting_season: Season) -> None:
    season = lasting_season
    second = season.submitted(season.selected("P1", Category.ENTERPRISE), season.h2, **JUNE)
    batch = checked(season.officer, row("旧-1", LI, FIRM, 类别="企业"))
    services.confirm(batch, by=season.officer, version=batch.version, mode=Mode.ALL)

    filing = partial(file_agreement, second, by=season.officer, on=MAY_20)
    assert during(partial(services.apply_rows, batch), filing) == "E-ONE-HOST"


def test_two_files_with_the_same_people_never_wait_for_each_other_in_a_ring(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = lasting_season
    for key in ("P1", "P3"):
        cast.person(key)
    later: dict[str, Any] = {"备案日期": "2025年6月1日"}
    # Each at a host of their own: two files with one host would wait for each other there.
    one = checked(season.officer, row("旧-1", LI), row("旧-2", ZHANG, FRUIT, **later))
    firms: dict[str, Any] = {"类别": "企业"}
    other = checked(season.admin, row("旧-3", ZHANG, FIRM, **firms), row("旧-4", LI, TOOLS, **firms, **later))
    for batch, by in ((one, season.officer), (other, season.admin)):
        services.confirm(batch, by=by, version=batch.version, mode=Mode.ALL)
    linger(monkeypatch, entering, "take_over")

    assert at_once(*(partial(services.apply_rows, batch) for batch in (one, other))) == ["done", "done"]

    assert Agreement.objects.past().count() == 4


def test_a_folder_delivered_twice_at_once_attaches_each_file_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = lasting_season
    taken(season.officer, row("旧-1"), row("旧-2", LI))
    folder = scans.open_folder([packed(("旧-1.pdf", paper(1)), ("旧-2.pdf", paper(2)))], by=season.officer)
    linger(monkeypatch, scans, "numbers")

    assert at_once(*(partial(scans.attach_next, folder) for _ in range(2))) == ["done", "done"]

    assert AgreementScan.objects.count() == 2
    assert set(folder.lines.values_list("outcome", flat=True)) == {"attached"}
    hands.run()

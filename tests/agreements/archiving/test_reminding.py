"""The day by which a year is to be archived comes nearer: told twice, late, by two beats, and shown on the desk."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils.timezone import localdate

from agreements import tasks
from agreements.archiving import queries, reminding, services
from core.models import JobRun, Message
from tests.agreements.archiving.test_archiving import AT, filed
from tests.agreements.hands import words
from tests.agreements.test_jobs import occasions
from tests.cast import Season
from tests.hands import at_once, browser_of, linger

DUE = date(2027, 6, 30)  # of what was filed in 2026
IN_30 = DUE - timedelta(days=30)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(f"{IN_30}T10:00:00+08:00", tick=False) as traveller:
        yield traveller


def on(day: date) -> dict[str, Any]:
    return reminding.remind_of_archives(day)


def test_each_day_of_the_pack_is_told_once_and_once_that_it_is_late(
    season: Season, clock: time_machine.Traveller
) -> None:
    filed(season, "P1")

    for ahead in range(63, -4, -1):
        clock.move_to(f"{DUE - timedelta(days=ahead)}T10:00:00+08:00")
        tasks.remind_of_archives()
        if ahead == 61:
            assert occasions() == {}

    assert occasions() == {f"archive-due:2026:{days}": 1 for days in (60, 30, 7, queries.PAST)}
    said = dict(Message.objects.values_list("occasion", "subject"))
    assert said["archive-due:2026:7"] == "2026年度协议归档应在2027年6月30日前完成"
    assert said[f"archive-due:2026:{queries.PAST}"] == "2026年度协议归档已过期限（2027年6月30日）"
    message = Message.objects.filter(occasion="archive-due:2026:60").get()
    assert (message.person, message.link) == (season.officer.person, f"{AT}prepare/?year=2026")
    assert "1份协议（1人，每人一件）" in message.body


def test_asked_twice_on_one_day_it_runs_once_and_without_its_slot_tells_nobody_twice(season: Season) -> None:
    filed(season, "P1")

    tasks.remind_of_archives()
    tasks.remind_of_archives()

    [run] = JobRun.objects.all()
    told = {"years": 1, "messages": 1}
    assert (run.name, run.slot, run.result) == ("agreements.remind_of_archives", str(IN_30), told)
    assert on(IN_30) == {"years": 0, "messages": 0}


def test_two_beats_at_once_remind_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    filed(lasting_season, "P1")
    linger(monkeypatch, reminding.queries, "years_due")

    at_once(tasks.remind_of_archives, tasks.remind_of_archives)

    assert (JobRun.objects.count(), Message.objects.filter(occasion__startswith="archive").count()) == (1, 1)


def test_after_missed_days_only_the_tightest_is_told(season: Season) -> None:
    filed(season, "P1")

    on(IN_30 - timedelta(days=1))
    on(DUE + timedelta(days=200))

    assert occasions() == {"archive-due:2026:60": 1, f"archive-due:2026:{queries.PAST}": 1}


def test_what_is_arranged_is_the_heads_to_close_and_what_is_closed_nobodys(season: Season) -> None:
    filed(season, "P1")
    archive = services.prepare_archive(2026, by=season.officer, on=IN_30)
    Message.objects.all().delete()

    on(IN_30)

    [message] = Message.objects.all()
    assert (message.occasion, message.person) == ("archive-check-due:2026:30", season.head.person)
    assert message.subject == "2026年度协议归档待检查，应在2027年6月30日前完成"
    assert message.link == archive.get_absolute_url()
    assert "待整理归档" not in words(browser_of(season.officer).get("/"))
    services.close_archive(archive, by=season.head, on=IN_30)
    filed(season, "P3", is_past=True, submitted_on=None, certified=False)  # to be added behind the others
    assert on(DUE) == {"years": 0, "messages": 0}


def test_a_pack_stored_before_it_named_days_tells_nobody(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    filed(season, "P1")
    monkeypatch.setattr(queries, "DAYS", "reminders.not_yet_named")  # a pack in force never changes

    assert on(DUE + timedelta(days=1)) == {"years": 0, "messages": 0}
    assert "待整理归档" not in words(browser_of(season.officer).get("/"))
    assert "2026 年度 1 份 1 件" in words(browser_of(season.officer).get(AT))


def test_the_desk_leads_to_exactly_the_years_that_are_due(season: Season, clock: time_machine.Traveller) -> None:
    filed(season, "P1")
    assert "1 个年度的备案协议待整理归档，期限 2027年6月30日" in words(browser_of(season.officer).get("/"))
    clock.move_to("2028-02-10T10:00:00+08:00")
    officer, head = browser_of(season.officer), browser_of(season.head)
    filed(season, "P3", is_past=True, submitted_on=None, certified=False, filed_on=date(2027, 3, 1))

    home = officer.get("/")

    assert "1 个年度的备案协议待整理归档，已过期限" in words(home)
    assert f'href="{AT}?state=due"' in home.text
    assert "待整理归档" not in words(head.get("/"))
    assert ["2027 年度 1 份 1 件" in words(officer.get(f"{AT}{query}")) for query in ("", "?state=due")] == [
        True,
        False,
    ]
    assert "2026 年度 1 份 1 件 2027年6月30日前 已过期限" in words(officer.get(f"{AT}?state=due"))
    services.prepare_archive(2026, by=season.officer, on=localdate(), note="没有缺少")
    assert f'href="{AT}?state=check"' in head.get("/").text
    checked = words(head.get(f"{AT}?state=check"))
    assert ("2026 年度" in checked, "2027 年度" in checked) == (True, False)
    assert "没有临近归档期限的年度" in words(officer.get(f"{AT}?state=due"))

"""Several hands at one roster. Each test was seen to fail with its lock taken away."""

from datetime import date
from functools import partial

import pytest

from agreements.models import Agreement
from desk.enums import Mode, RosterStatus
from desk.rosters import services
from desk.rosters.models import RosterBatch
from desk.rosters.services import applying, entering, going_back
from specialists.models import Registration
from tests.cast import Season
from tests.desk.rosters import hands
from tests.desk.rosters.hands import FRUIT, GRAIN, checked, confirm, imported, person, roster
from tests.hands import at_once, during, linger

MAY_12 = date(2026, 5, 12)
PEOPLE = roster(
    person("张昇", "139999198509230031", "农业", *GRAIN), person("王晓晨", "139999197904110043", "农业", *FRUIT)
)


def test_of_two_clerks_who_confirm_one_roster_the_second_is_told(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = lasting_season
    batch = checked(PEOPLE, season.clerk)
    linger(monkeypatch, applying, "require_move")
    acts = [
        partial(services.confirm, batch, by=by, version=batch.version, mode=Mode.ALL)
        for by in (season.clerk, season.manager)
    ]

    assert at_once(*acts) == ["done", "stale"]

    hands.run()
    assert Registration.objects.count() == 2


def test_a_task_delivered_twice_at_once_applies_a_row_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = lasting_season
    batch = checked(PEOPLE, season.clerk)
    services.confirm(batch, by=season.clerk, version=batch.version, mode=Mode.CLEAN)
    linger(monkeypatch, entering, "host_for")

    assert at_once(*(partial(services.apply_rows, batch) for _ in range(2))) == ["done", "done"]

    batch = RosterBatch.objects.get()
    assert (batch.status, batch.done) == (RosterStatus.APPLIED, 2)
    assert (Registration.objects.count(), Agreement.objects.count()) == (2, 2)


def test_a_batch_is_taken_back_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    season = lasting_season
    batch = imported(PEOPLE, season.clerk)
    linger(monkeypatch, going_back, "_hanging")
    acts = [
        partial(services.take_back, batch, by=by, on=MAY_12, version=batch.version)
        for by in (season.clerk, season.manager)
    ]

    assert at_once(*acts) == ["done", "stale"]
    assert Registration.objects.count() == 0


def test_nothing_is_taken_back_while_it_is_being_applied(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = lasting_season
    batch = checked(PEOPLE, season.clerk)
    services.confirm(batch, by=season.clerk, version=batch.version, mode=Mode.ALL)
    batch.refresh_from_db()
    linger(monkeypatch, entering, "host_for")

    answers = at_once(
        partial(services.apply_rows, batch),
        partial(services.take_back, batch, by=season.clerk, on=MAY_12, version=batch.version),
    )

    assert answers in (["E-STATE", "done"], ["done", "stale"])
    assert Registration.objects.count() == 2


def test_two_rosters_that_enter_the_same_host_at_once_share_it(lasting_season: Season) -> None:
    season = lasting_season
    batches = [
        checked(roster(person(*who, "农业", *FRUIT)), by)
        for who, by in (
            (("张昇", "139999198509230031"), season.clerk),
            (("王晓晨", "139999197904110043"), season.stranger),
        )
    ]
    for batch, by in zip(batches, (season.clerk, season.stranger), strict=True):
        services.confirm(batch, by=by, version=batch.version, mode=Mode.ALL)

    assert at_once(*(partial(services.apply_rows, batch) for batch in batches)) == ["done", "done"]

    assert set(RosterBatch.objects.values_list("status", flat=True)) == {RosterStatus.APPLIED}
    assert Agreement.objects.values("host").distinct().count() == 1


def test_a_second_confirmation_after_the_first_is_stale(lasting_season: Season) -> None:
    season = lasting_season
    batch = checked(PEOPLE, season.clerk)
    confirm(batch, season.clerk)

    again = partial(services.confirm, batch, by=season.manager, version=batch.version, mode=Mode.ALL)
    assert at_once(again) == ["stale"]


def test_a_further_host_comes_while_the_registration_is_taken_back(lasting_season: Season) -> None:
    season = lasting_season
    first = imported(roster(person("张昇", "139999198509230031", "农业", *GRAIN)), season.clerk)
    second = checked(roster(person("张昇", "139999198509230031", "农业", *FRUIT)), season.clerk)
    services.confirm(second, by=season.clerk, version=second.version, mode=Mode.ALL)

    back = partial(services.take_back, first, by=season.clerk, on=MAY_12, version=first.version)
    assert during(back, partial(services.apply_rows, second)) == "done"

    assert [str(paper.host) for paper in Agreement.objects.all()] == [FRUIT[0]]
    assert Registration.objects.count() == 1

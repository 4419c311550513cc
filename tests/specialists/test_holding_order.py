"""Acts on several persons take them in one order, whoever entered the register first. Each test was seen to fail with
the order of its act taken away."""

from functools import partial

import pytest

from agreements import services as agreements
from core.crypto import blind_index
from desk.merging import people
from funding import services as funding
from specialists.models import Specialist
from tests import cast
from tests.cast import MAY_18, MAY_20, PEOPLE, Season
from tests.funding.conftest import JUNE_1, Treasury
from tests.hands import one_after_the_other

LAST_COMES_FIRST = sorted(("P3", "P9"), key=lambda key: blind_index(PEOPLE[key][1], "id_number"), reverse=True)


@pytest.fixture
def two() -> list[Specialist]:
    """Entered so that the order of their keys is the other one."""
    return [cast.person(key) for key in LAST_COMES_FIRST]


def test_agreements_handed_in_together(lasting_season: Season, two: list[Specialist]) -> None:
    season = lasting_season
    drafts = [season.agreement(season.selected(key), season.h4) for key in LAST_COMES_FIRST]

    handing_in = partial(agreements.submit_agreements, drafts, by=season.clerk, on=MAY_18)

    assert one_after_the_other(handing_in, two) == "done"


def test_visits_claimed_together(lasting_season: Season, two: list[Specialist]) -> None:
    treasury = Treasury(lasting_season)
    trips = [treasury.trip(treasury.agreement(key)) for key in LAST_COMES_FIRST]

    claiming = partial(funding.claim_visits, trips, by=lasting_season.clerk, on=JUNE_1)

    assert one_after_the_other(claiming, two) == "done"


def test_two_rows_of_one_person(lasting_season: Season, two: list[Specialist]) -> None:
    kept, other = two
    Specialist.objects.filter(pk=other.pk).update(name=kept.name, birth_date=kept.birth_date)
    other.refresh_from_db()

    merging = partial(
        people.merge_people, kept, other, keep={}, by=lasting_season.officer, on=MAY_20, reason="核对了身份证原件。"
    )

    assert one_after_the_other(merging, two) == "done"

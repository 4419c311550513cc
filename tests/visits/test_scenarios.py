"""Scenarios of the acceptance list that begin with a visit."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from accounts.models import Organization
from core.models import AuditEvent
from tests.cast import MAY_20, Season
from tests.hands import browser_of
from visits.enums import VisitStatus


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-05-20 12:00:00+08:00", tick=False):
        yield


def test_sc28_a_county_sees_hosts_and_visits_of_its_own_confirms_and_does_not_file(season: Season) -> None:
    Organization.objects.filter(host=season.h4).update(district="130123")
    Organization.objects.filter(host=season.h5).update(district="130130")
    here = season.visit(season.filed(season.selected("P3"), season.h4), MAY_20)
    there = season.visit(season.filed(season.selected("P4"), season.h5), MAY_20)
    submitted = season.submitted(season.selected("P2"), season.h4)
    county = browser_of(season.county)

    def read(path: str) -> Any:
        return county.get(f"/api/v1/{path}").json()

    assert season.h4.pk in {unit["id"] for unit in read("organizations/")}
    assert {unit["district"] for unit in read("organizations/")} == {"130123"}
    assert [visit["id"] for visit in read("visits/")] == [here.pk]
    for of_another_county in (
        f"/visits/{there.pk}/",
        f"/organizations/{season.h5.pk}/",
        f"/agreements/{there.agreement_id}/",
    ):
        assert county.get(of_another_county).status_code == 404
    assert county.post(f"/visits/{there.pk}/confirm/", {"name": "正定经办", "version": "1"}).status_code == 404

    answer = {"name": "正定经办", "rating": "satisfied", "version": "1"}
    assert county.post(f"/visits/{here.pk}/confirm/", answer).status_code == 302
    here.refresh_from_db()
    assert (here.status, here.confirmed_name) == (VisitStatus.CONFIRMED, "正定经办")
    assert AuditEvent.objects.get(verb="visit.confirmed").by == season.county.person

    assert county.get(f"/agreements/{submitted.pk}/").status_code == 200
    assert county.post(f"/agreements/{submitted.pk}/file/").status_code == 403

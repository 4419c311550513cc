"""What the database refuses of a roster whoever writes it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from desk.enums import Kind, Mode
from desk.rosters.models import Reconciliation, RosterBatch, RosterHeading, RosterRow
from tests.cast import Season
from tests.desk.rosters.hands import checked, person, roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(season: Season) -> RosterBatch:
    return checked(roster(person("张昇", "139999198509230031")), season.clerk)


def refused(name: str, act: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


def test_a_confirmation_has_its_time_its_way_and_its_author(batch: RosterBatch) -> None:
    rows = RosterBatch.objects.filter(pk=batch.pk)
    name = "roster_confirmed_when_how_and_by_whom"
    refused(name, lambda: rows.update(mode=Mode.ALL))
    refused(name, lambda: rows.update(confirmed_at=now()))
    refused(name, lambda: rows.update(confirmed_by=batch.uploaded_by, confirmed_at=now()))
    rows.update(confirmed_by=batch.uploaded_by, confirmed_at=now(), mode=Mode.ALL)


def test_what_is_applied_was_confirmed(batch: RosterBatch) -> None:
    rows = RosterBatch.objects.filter(pk=batch.pk)
    name = "roster_applied_after_it_was_confirmed"
    refused(name, lambda: rows.update(status="applied"))
    refused(name, lambda: rows.update(status="applied", applied_at=now()))
    refused(name, lambda: rows.update(applied_at=now()))


def test_what_is_taken_back_says_when_and_by_whom(batch: RosterBatch) -> None:
    rows = RosterBatch.objects.filter(pk=batch.pk)
    rows.update(confirmed_by=batch.uploaded_by, confirmed_at=now(), mode=Mode.ALL, status="applied", applied_at=now())
    name = "roster_taken_back_when_and_by_whom"
    refused(name, lambda: rows.update(status="taken_back"))
    refused(name, lambda: rows.update(taken_back_at=now(), taken_back_by=batch.uploaded_by))
    rows.update(status="taken_back", taken_back_at=now(), taken_back_by=batch.uploaded_by)


def test_a_row_of_the_sheet_stands_once(batch: RosterBatch) -> None:
    refused("roster_row_stands_once", lambda: RosterRow.objects.create(batch=batch, number=2, cells="{}"))


def test_a_heading_means_one_thing(season: Season) -> None:
    given = {"organization": season.u1.organization, "kind": Kind.PEOPLE, "heading": "类"}
    RosterHeading.objects.create(**given, key="category")
    refused("heading_means_one_thing", lambda: RosterHeading.objects.create(**given, key="field"))


def test_a_file_is_one_roster(batch: RosterBatch) -> None:
    twin = RosterBatch.objects.get(pk=batch.pk)
    twin.pk = None
    refused("desk_rosterbatch_file_id_key", lambda: RosterBatch.objects.bulk_create([twin]))


def test_a_file_is_reconciled_once_with_a_unit(season: Season, batch: RosterBatch) -> None:
    given = {"batch": batch, "institution": season.u1}
    Reconciliation.objects.create(**given)
    refused("reconciled_once_with_a_unit", lambda: Reconciliation.objects.create(**given))

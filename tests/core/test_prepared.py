"""Statements put into words once say, read and write what Django's own would."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import F, Model

from accounts.models import Membership, Organization
from core.models import OutboxRow
from core.prepared import PreparedInsert, PreparedQuery, PreparedUpdate
from tests.cast import Season

DAY = date(2026, 3, 1)


JOINED = ("host", "district", "merged_into")


def loaded(row: Model | None) -> dict[str, Any] | None:
    """What was read of a row; what was left out is not there."""
    return None if row is None else {name: value for name, value in vars(row).items() if name != "_state"}


def told(unit: Organization) -> list[dict[str, Any] | None]:
    joined = unit._state.fields_cache
    assert set(JOINED) <= set(joined)  # nothing is asked for later
    return [loaded(unit), *(loaded(joined[name]) for name in JOINED)]


def test_rows_are_read_with_all_that_is_joined_left_out_and_worked_out(season: Season) -> None:
    """A unit without a capacity has none, as Django reads it, and the next statement finds its own."""

    def ask(keys: Any) -> Any:
        units = Organization.objects.filter(pk__gte=keys).select_related(*JOINED)
        return units.defer("address", "district__name").annotate(twice=F("version") * 2).order_by("pk")

    prepared = PreparedQuery[Organization]("units_of_a_test", ask, keys=(-11, "bigint"))
    units = list(ask(0))
    expected = [told(unit) for unit in units]

    assert len(expected) == 3
    assert [told(unit) for unit in prepared.models(keys=0)] == expected
    assert [told(unit) for unit in prepared.models(keys=units[1].pk)] == expected[1:]
    assert [unit.twice for unit in units] == [unit.version * 2 for unit in units]
    assert {host is None for _, host, _, _ in expected} == {True, False}
    assert all("address" not in vars(unit) for unit in units)


def test_a_row_that_was_read_is_one_of_the_database(season: Season) -> None:
    hats = PreparedQuery[Membership](
        "hats_of_a_test", lambda key: Membership.objects.filter(pk=key).select_related("person"), key=(-11, "bigint")
    )
    [hat] = hats.models(key=season.officer.pk)

    hat.until = DAY
    hat.save(update_fields=["until"])
    assert Membership.objects.get(pk=season.officer.pk).until == DAY
    assert hat.person == season.officer.person


TRIED = PreparedUpdate("tried_in_a_test", OutboxRow, "attempts", "ids")


def promise() -> OutboxRow:
    row = OutboxRow(task="a.task", ids={"id": 1})
    PreparedInsert("promised_in_a_test", OutboxRow).add(row)
    return row


@pytest.mark.django_db
def test_the_named_fields_of_one_row_are_saved() -> None:
    row, other = promise(), promise()
    row.attempts, row.ids, row.task = 3, {"id": 2}, "another.task"

    TRIED.save(row)
    saved = [(one.attempts, one.ids, one.task) for one in OutboxRow.objects.order_by("pk")]
    assert saved == [(3, {"id": 2}, "a.task"), (0, {"id": 1}, "a.task")]
    assert other.pk != row.pk


@pytest.mark.django_db
def test_a_row_that_is_gone_is_not_saved_in_silence() -> None:
    row = promise()
    OutboxRow.objects.all().delete()

    with pytest.raises(DatabaseError, match=f"nothing saved of OutboxRow {row.pk}"):
        TRIED.save(row)

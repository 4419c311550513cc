from datetime import date

import pytest
from django.db import Error, IntegrityError, connection, transaction

from accounts.enums import Role
from core import approvals, audit
from core.models import AuditEvent, Override
from core.policy import Finding, Level
from tests.cast import MAY_18, Season, scan
from tests.conftest import as_owner

CAP = Finding("E-CAP5", Level.WARN, "四（一）", "服务期内现有5人，本次后为6人。")


def test_a_change_is_told_with_who_what_before_and_after(season: Season) -> None:
    event = audit.record(
        "organization.changed",
        season.u1,
        by=season.manager,
        before={"since": date(2026, 1, 1)},
        after={"of": season.bureau},
    )

    assert (event.by, event.hat) == (season.manager.person, "孟主任（示范农林学院　派出单位管理员）")
    assert (event.before, event.after) == ({"since": "2026-01-01"}, {"of": "石家庄市科技局"})
    assert list(audit.history(season.u1)) == [event]


@pytest.mark.django_db(transaction=True)
def test_outside_the_transaction_of_its_change_nothing_is_told(lasting_season: Season) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record("x", lasting_season.u1, by=None)


def test_neither_change_nor_audit_row_survives_alone(season: Season) -> None:
    def rename_and_fail() -> None:
        season.u1.organization.name = "改名"
        season.u1.organization.save(update_fields=["name"])
        audit.record("organization.changed", season.u1, by=season.manager)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        rename_and_fail()

    season.u1.organization.refresh_from_db()
    assert (season.u1.organization.name, AuditEvent.objects.count()) == ("示范农林学院", 0)


def test_an_override_keeps_finding_reason_and_document(season: Season) -> None:
    audit.record_overrides(
        [CAP], {"E-CAP5": " 省级示范基地 "}, season.h4, by=season.officer, documents={"E-CAP5": "石科函〔2026〕8号"}
    )

    kept = Override.objects.get()
    assert (kept.code, kept.article, kept.message) == ("E-CAP5", "四（一）", CAP.message)
    assert (kept.reason, kept.document_number) == ("省级示范基地", "石科函〔2026〕8号")


def test_the_database_refuses_an_override_without_a_reason(season: Season) -> None:
    with pytest.raises(IntegrityError, match="override_has_a_reason"), transaction.atomic():
        audit.record_overrides([CAP], {"E-CAP5": ""}, season.h4, by=season.officer)


APPEND_ONLY = ["core_auditevent", "core_override", "core_approvalstep", "core_storedfile"]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_platform_itself_cannot_change_what_was_recorded(season: Season, table: str, statement: str) -> None:
    with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_not_even_the_owner_changes_what_was_recorded(lasting_season: Season, table: str, statement: str) -> None:
    with transaction.atomic():
        audit.record("x", lasting_season.u1, by=None)
        scan(lasting_season.clerk)
        audit.record_overrides([CAP], {"E-CAP5": "省级示范基地"}, lasting_season.h4, by=lasting_season.officer)
        approval = approvals.open_approval("registration.approve", lasting_season.u1, pack=lasting_season.pack)
        labels = dict(Role.choices)
        approvals.take_step(approval, by=lasting_season.officer, passed=True, on=MAY_18, opinion="同意", labels=labels)

    with as_owner(), connection.cursor() as cursor, pytest.raises(Error, match=f"{table} is append-only"):
        cursor.execute(statement.format(table))

"""The acceptance examples of the product about money, named after their numbers; acts go through the pages."""

import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from core.policy import Refused
from funding import ledger, services
from funding.enums import EntryKind
from funding.models import Account, Allocation, Claim, LedgerEntry, PaymentBatch, RateCard
from tests.cast import PEOPLE
from tests.funding.conftest import JUNE_1, Treasury
from tests.funding.test_pages import words
from tests.hands import browser_of
from visits.enums import VisitStatus
from visits.models import Visit, VisitAttendance


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


# --- SC-21 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ("499.99", "E-AMOUNT"),
        ("500", 50_000),
        ("650.50", 65_050),
        ("800", 80_000),
        ("800.01", "E-AMOUNT"),
        ("450", "E-AMOUNT"),
        ("", "请填写补助标准"),
        ("-600", "金额不能为负数"),
        ("abc", "金额只能由数字和小数点组成"),
    ],
)
def test_sc21_a_confirmed_visit_earns_500_to_800(treasury: Treasury, typed: str, result: int | str) -> None:
    """The institution's standard decides the amount, so the amounts of the scenario are tried as the standard."""
    trip = treasury.trip(treasury.agreement())
    clerk = browser_of(treasury.season.clerk)

    answer = clerk.post("/funding/rates/", {"amount_fen": typed, "effective_from": "2026-05-25"})

    if isinstance(result, int):
        assert answer.status_code == 302
        clerk.post("/funding/claims/", {"attendance": [trip.pk], "purpose": "下基层工作补助"})
        assert Claim.objects.get().amount_fen == result
    else:
        assert answer.status_code == 422
        assert ("工作补助为每人每次500-800元" if result == "E-AMOUNT" else result) in words(answer)
        assert RateCard.objects.count() == 1


def test_sc21_a_second_payment_for_the_same_person_and_day_is_refused(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    claims = services.claim_visits([treasury.trip(agreement)], by=treasury.season.clerk, on=JUNE_1)
    treasury.allocate(200_000)
    treasury.approved(claims)
    again = treasury.trip(agreement)

    answer = browser_of(treasury.season.clerk).post(
        "/funding/claims/", {"attendance": [again.pk], "purpose": "下基层工作补助"}
    )

    assert answer.status_code == 422
    assert "李喆2026年5月25日已登记一次下基层服务" in words(answer)


def test_sc21_a_team_visit_of_four_at_600_makes_four_lines(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    visit = treasury.trip(agreement, status=VisitStatus.LOGGED).visit
    for key in ("P2", "P3", "P4"):
        VisitAttendance.objects.create(visit=visit, specialist=treasury.season.selected(key).specialist)
    Visit.objects.filter(pk=visit.pk).update(
        status=VisitStatus.CONFIRMED, confirmed_at=visit.logged_at, confirmed_name="马社长"
    )
    treasury.allocate(300_000)
    clerk, manager = browser_of(treasury.season.clerk), browser_of(treasury.season.manager)

    ticked = [attendance.pk for attendance in visit.attendances.all()]
    clerk.post("/funding/claims/", {"attendance": ticked, "purpose": "下基层工作补助"})
    batch = PaymentBatch.objects.get()
    clerk.post(reverse("funding:batch-submit", args=[batch.pk]), {"version": 1})
    manager.post(reverse("funding:batch-approve", args=[batch.pk]), {"version": 2, "confirm_word": "发放"})

    lines = LedgerEntry.objects.filter(kind=EntryKind.SUBSIDY)
    assert [line.amount_fen for line in lines] == [-60_000] * 4
    assert Account.objects.get().balance_fen == 300_000 - 240_000


# --- SC-22 ------------------------------------------------------------------------------------------------------------


def test_sc22_the_ring_fenced_ledger(treasury: Treasury) -> None:
    """Budget 300,000, allocation 2,000: 800 and 800 leave 400, and 500 more is refused with the balance."""
    season = treasury.season
    treasury.rate(80_000, since=date(2026, 5, 21))
    treasury.rate(50_000, since=date(2026, 5, 23))
    treasury.allocate(200_000)
    claims = treasury.claims(3)
    assert [claim.amount_fen for claim in claims] == [80_000, 80_000, 50_000]
    treasury.approved(claims[:2])
    account = Account.objects.get(institution=season.u1)
    assert account.balance_fen == 40_000

    third = treasury.submitted(claims[2:])
    answer = browser_of(season.manager).post(
        reverse("funding:batch-approve", args=[third.pk]), {"version": 2, "confirm_word": "发放"}
    )
    assert answer.status_code == 422
    assert "示范农林学院2026年度专项经费余额不足：余额400.00元，本次500.00元" in words(answer)

    wrong = LedgerEntry.objects.filter(kind=EntryKind.SUBSIDY).last()
    assert wrong
    browser_of(season.manager).post(reverse("funding:entry-reverse", args=[wrong.pk]), {"reason": "人员登记有误"})
    assert Account.objects.get(institution=season.u1).balance_fen == 40_000, "nothing is posted at the word of one"
    decide = reverse("funding:reversal-decide", args=[wrong.reversal_requests.get().pk])
    browser_of(season.clerk).post(decide, {"decision": "pass"})
    wrong.refresh_from_db()
    account.refresh_from_db()
    assert (wrong.amount_fen, account.balance_fen) == (-80_000, 120_000)
    for statement in ("UPDATE funding_ledgerentry SET amount_fen = 0", "DELETE FROM funding_ledgerentry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ledger.verify() == []


def test_sc22_another_purpose_is_refused(treasury: Treasury) -> None:
    claims = treasury.claims(1)
    with pytest.raises(Refused, match="专款专用，不能用于“办公设备”"):
        services.make_batch(claims, by=treasury.season.clerk, on=JUNE_1, purpose="办公设备")


def test_sc22_an_institution_reaching_for_anothers_account_finds_nothing(treasury: Treasury) -> None:
    treasury.allocate(100_000, institution=treasury.season.u2)
    theirs = Account.objects.get(institution=treasury.season.u2)
    clerk = browser_of(treasury.season.clerk)
    for name in ("account", "account-xlsx", "account-pdf"):
        assert clerk.get(reverse(f"funding:{name}", args=[theirs.pk])).status_code == 404


def test_sc22_allocations_above_the_budget_are_refused(treasury: Treasury) -> None:
    treasury.allocate(29_900_000)
    with pytest.raises(Refused, match=r"尚可拨付1,000\.00元"):
        treasury.allocate(100_001, "石科指〔2026〕8号")
    assert Allocation.objects.count() == 1


def test_sc22_the_lines_of_the_export_sum_to_the_change_of_the_balance(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    treasury.approved(treasury.claims(3))
    entry = LedgerEntry.objects.last()
    assert entry
    treasury.reversed(entry)
    account = Account.objects.get()

    answer = browser_of(treasury.season.clerk).get(reverse("funding:account-xlsx", args=[account.pk]))

    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows: list[Any] = list(sheet.iter_rows(min_row=4, values_only=True))
    lines = [row for row in rows if isinstance(row[0], int)]
    assert len(lines) == 5
    assert sum((row[10] or 0) - (row[11] or 0) for row in lines) * 100 == account.balance_fen == 180_000


# --- SC-29 ------------------------------------------------------------------------------------------------------------


def links(page: Any) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', page.content.decode())]


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_sc29_from_a_payment_line_four_clicks_reach_the_filing(treasury: Treasury, role: str) -> None:
    """Visit, confirmation, agreement, filing: each link is found on the page before it."""
    treasury.allocate(200_000)
    agreement = treasury.agreement()
    batch = treasury.approved(treasury.claims(1, agreement=agreement))
    visit = batch.claims.get().attendance.visit
    reader = browser_of(getattr(treasury.season, role))

    line = reverse("funding:entry", args=[LedgerEntry.objects.get(kind=EntryKind.SUBSIDY).pk])
    assert line in links(reader.get(reverse("funding:batch", args=[batch.pk])))
    entry = reader.get(line)
    at_visit = reverse("visits:detail", args=[visit.pk])
    at_agreement = reverse("agreements:detail", args=[agreement.pk])
    assert at_visit in links(entry), "first click"
    told = reader.get(at_visit)
    assert "马社长" in words(told), "the confirmation stands with the visit"
    assert at_agreement in links(told), "second click"
    filed = reader.get(at_agreement)
    assert str(agreement.filing_number) in words(filed), "and there the filing is"
    assert "马社长" in words(entry)
    assert str(agreement.filing_number) in words(entry), "the line itself tells all of it already"


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_sc29_finance_and_audit_see_ledgers_and_exports_with_masked_numbers(treasury: Treasury, role: str) -> None:
    treasury.allocate(200_000)
    batch = treasury.approved(treasury.claims(1))
    account = Account.objects.get()
    reader = browser_of(getattr(treasury.season, role))

    assert "示范农林学院" in words(reader.get(reverse("funding:overview")))
    for name, pk in (("account-xlsx", account.pk), ("batch-xlsx", batch.pk)):
        book = openpyxl.load_workbook(io.BytesIO(reader.get(reverse(f"funding:{name}", args=[pk])).content))
        told = str([list(sheet.values) for sheet in book])
        assert "139999********0010" in told
        assert PEOPLE["P1"][1] not in told


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_sc29_any_write_by_finance_or_audit_is_refused(treasury: Treasury, role: str) -> None:
    given = treasury.allocate(200_000)
    batch = treasury.submitted(treasury.claims(1))
    reader = browser_of(getattr(treasury.season, role))
    for name, pk in (
        ("batch-approve", batch.pk), ("batch-return", batch.pk), ("batch-change", batch.pk), ("batch-drop", batch.pk),
        ("entry-reverse", given.entry.pk), ("allocation-reverse", given.pk), ("budget-amend", treasury.budget.pk),
    ):  # fmt: skip
        answer = reader.post(reverse(f"funding:{name}", args=[pk]), {"confirm_word": "发放", "reason": "x"})
        assert (answer.status_code, "您没有权限" in words(answer)) == (403, True), name

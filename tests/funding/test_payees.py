"""Whose account a batch goes to: the second person approves the one that the first saw, and it stays so."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from accounts.models import Membership
from core.audit import history
from core.models import AuditEvent
from core.policy import Refused
from funding import ledger, queries, services
from funding.enums import BatchStatus, ClaimStatus, EntryKind
from funding.models import Claim, LedgerEntry, PaymentBatch
from specialists.models import Specialist
from tests.funding.conftest import JUNE_1, Treasury
from tests.funding.test_api import Api
from tests.funding.test_api import codes as codes_of
from tests.funding.test_constraints import refused, updated
from tests.funding.test_pages import act, words
from tests.funding.test_services import codes, message
from tests.hands import browser_of

FIRST, SECOND = "6222000000000000017", "6217000000000004567"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def batch(treasury: Treasury) -> PaymentBatch:
    """Two trips of one person, handed in."""
    treasury.allocate(200_000)
    Specialist.objects.update(bank_account=FIRST, bank_name="示范银行")
    claims = treasury.claims(2)
    Specialist.objects.update(bank_account=FIRST, bank_name="示范银行")
    return treasury.submitted(claims)


def now_at(account: str, bank: str = "示范银行") -> None:
    """What the register says from now on."""
    Specialist.objects.update(bank_account=account, bank_name=bank)


def approving(treasury: Treasury, batch: PaymentBatch) -> list[str]:
    return codes(lambda: services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1))


def page_of(hat: Membership, batch: PaymentBatch) -> str:
    return words(browser_of(hat).get(reverse("funding:batch", args=[batch.pk])))


# --- the acts ---------------------------------------------------------------------------------------------------------


def test_handing_in_keeps_the_account_of_each_line_encrypted(treasury: Treasury, batch: PaymentBatch) -> None:
    kept = {(one.payee_account, one.payee_masked, one.payee_bank) for one in batch.claims.all()}
    assert kept == {(FIRST, "****0017", "示范银行")}
    with connection.cursor() as cursor:
        cursor.execute("SELECT payee_account FROM funding_claim")
        stored = [row[0] for row in cursor.fetchall()]
    assert all(value.startswith("k1:") and FIRST not in value for value in stored)


@pytest.mark.parametrize(
    ("account", "bank", "said"),
    [
        pytest.param(
            SECOND, "示范银行", "提交时为****0017（示范银行），现为****4567（示范银行）。", id="another account"
        ),
        pytest.param(FIRST, "别的银行", "提交时为****0017（示范银行），现为****0017（别的银行）。", id="another bank"),
        pytest.param("", "", "提交时为****0017（示范银行），现为没有银行账号。", id="none any more"),
        pytest.param(
            "6230999999999990017",
            "示范银行",
            "现为****0017（示范银行）（遮盖后相同，但不是同一个账号）。",
            id="another one that looks the same behind its mask",
        ),
    ],
)
def test_another_account_than_was_handed_in_is_not_paid(
    treasury: Treasury, batch: PaymentBatch, account: str, bank: str, said: str
) -> None:
    now_at(account, bank)

    with pytest.raises(Refused) as refusal:
        services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)

    [finding] = refusal.value.findings
    assert (finding.code, finding.article) == ("E-PAYEE", "六（三）")
    assert "李喆的收款账户在提交后有变更" in finding.message
    assert said in finding.message
    assert "请退回批次，由经办人核对后重新提交" in finding.message
    assert account == "" or account not in finding.message
    assert not LedgerEntry.objects.filter(batch=batch).exists()


def test_sent_back_and_handed_in_again_it_is_paid_to_the_new_account(treasury: Treasury, batch: PaymentBatch) -> None:
    season = treasury.season
    now_at(SECOND)
    services.return_batch(batch, by=season.manager, on=JUNE_1, opinion="账户有变更，请核对")
    services.submit_batch(batch, by=season.clerk, on=JUNE_1)
    services.approve_batch(batch, by=season.manager, on=JUNE_1)
    now_at(FIRST)

    assert {one.payee_account for one in Claim.objects.filter(batch=batch)} == {SECOND}
    paid = AuditEvent.objects.filter(verb="claim.paid").first()
    assert paid
    assert paid.after["payee_account"] == "****4567"


def test_a_batch_handed_in_before_accounts_were_kept_is_handed_in_again(
    treasury: Treasury, batch: PaymentBatch
) -> None:
    season = treasury.season
    services.return_batch(batch, by=season.manager, on=JUNE_1, opinion="请核对")
    Claim.objects.update(payee_account=None, payee_masked=None, payee_bank="")
    PaymentBatch.objects.update(status=BatchStatus.SUBMITTED)  # as the upgrade found it

    assert approving(treasury, batch) == ["E-PAYEE"]
    assert "没有随批次提交记录" in message(lambda: services.approve_batch(batch, by=season.manager, on=JUNE_1))
    assert "李喆：提交时没有记录" in page_of(season.manager, batch)
    batch.refresh_from_db()
    services.return_batch(batch, by=season.manager, on=JUNE_1, opinion="请核对收款账户")
    services.submit_batch(batch, by=season.clerk, on=JUNE_1)
    assert approving(treasury, batch) == []


def test_who_has_no_account_is_paid_as_handed_in(treasury: Treasury) -> None:
    """The plan asks for none: the line is signed for on the sheet; the page marks it."""
    treasury.allocate(200_000)
    claims = treasury.claims(1)
    now_at("", "")
    batch = treasury.submitted(claims)
    assert "没有银行账号" in page_of(treasury.season.manager, batch)
    assert approving(treasury, batch) == []
    assert Claim.objects.get().payee_masked == ""


def test_a_claim_taken_out_or_dropped_keeps_no_account(treasury: Treasury, batch: PaymentBatch) -> None:
    season = treasury.season
    services.return_batch(batch, by=season.manager, on=JUNE_1, opinion="请核")
    first, second = batch.claims.order_by("pk")
    services.change_batch(batch, claims=[first], by=season.clerk, on=JUNE_1)
    second.refresh_from_db()
    assert (second.payee_account, second.payee_masked, second.payee_bank) == (None, None, "")
    services.drop_batch(batch, by=season.clerk, on=JUNE_1)
    first.refresh_from_db()
    assert (first.status, first.payee_account) == (ClaimStatus.OPEN, None)


def test_an_account_of_since_the_page_was_opened_is_seen_before_it_is_handed_in(treasury: Treasury) -> None:
    season = treasury.season
    batch = services.make_batch(treasury.claims(1), by=season.clerk, on=JUNE_1)
    seen = queries.payees_seen(Claim.objects.filter(batch=batch))
    now_at(SECOND)

    answer = act(season.clerk, "submit", batch, payees=seen)
    assert (answer.status_code, "有人的收款账户发生变更，请核对下列收款账户后再次提交" in words(answer)) == (422, True)
    assert "****4567" in words(answer)
    assert Claim.objects.get().payee_account is None
    again = queries.payees_seen(Claim.objects.filter(batch=batch))
    assert f'value="{again}"' in answer.content.decode()
    assert act(season.clerk, "submit", batch, payees=again).status_code == 302
    assert SECOND not in answer.content.decode()


# --- what the database holds ------------------------------------------------------------------------------------------


def test_claim_keeps_its_payee(treasury: Treasury, batch: PaymentBatch) -> None:
    """claim_moves_with_its_batch: whose account it is stays from the day it is handed in, before and after it is paid"""
    one = batch.claims.order_by("pk").first()
    assert one
    other = {"payee_account": SECOND, "payee_masked": "****4567"}
    refused("claim_keeps_its_payee|claim_moves_with_its_batch", updated(one, **other))
    services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)
    for change in (other, {"payee_bank": "别的银行"}, {"payee_account": None, "payee_masked": None}):
        refused("claim_moves_with_its_batch|claim_keeps_its_payee", updated(one, **change))
    reversing = treasury.reversed(LedgerEntry.objects.get(claim=one))
    assert reversing
    refused("claim_keeps_its_payee|claim_moves_with_its_batch", updated(one, **other))
    one.refresh_from_db()
    assert (one.status, one.payee_account) == (ClaimStatus.REVERSED, FIRST)


def test_claim_keeps_its_payee_while_it_is_paid(treasury: Treasury, batch: PaymentBatch) -> None:
    """claim_moves_with_its_batch: nor does it become another in the one step that is allowed then"""
    one = batch.claims.order_by("pk").first()
    assert one
    hat = treasury.season.manager
    approved = {"status": "approved", "approved_by": hat, "approver": hat.person, "approved_on": JUNE_1}
    PaymentBatch.objects.filter(pk=batch.pk).update(**approved, voucher_number="2026-0001")
    ledger.post(EntryKind.SUBSIDY, [one.pk], memo="试", on=JUNE_1, by=hat)
    refused("claim_keeps_its_payee", updated(one, status="paid", payee_account=SECOND, payee_masked="****4567"))
    refused("claim_keeps_its_payee", updated(one, status="paid", payee_account=None, payee_masked=None))
    updated(one, status="paid")()


def test_claim_paid_to_a_kept_account(treasury: Treasury) -> None:
    """claim_moves_with_its_batch"""
    treasury.allocate(200_000)
    season, claims = treasury.season, treasury.claims(1)
    batch = services.make_batch(claims, by=season.clerk, on=JUNE_1)
    hat = season.manager
    PaymentBatch.objects.filter(pk=batch.pk).update(status="submitted")  # without its accounts, by SQL
    approved = {"status": "approved", "approved_by": hat, "approver": hat.person, "approved_on": JUNE_1}
    PaymentBatch.objects.filter(pk=batch.pk).update(**approved, voucher_number="2026-0001")
    ledger.post(EntryKind.SUBSIDY, [claims[0].pk], memo="试", on=JUNE_1, by=hat)
    refused("claim_paid_to_a_kept_account", updated(claims[0], status="paid"))


def test_open_claim_keeps_no_payee_and_what_is_kept_has_its_mask(treasury: Treasury) -> None:
    """open_claim_keeps_no_payee, kept_payee_has_its_mask"""
    [made] = treasury.claims(1)
    batch = services.make_batch([made], by=treasury.season.clerk, on=JUNE_1)
    refused("kept_payee_has_its_mask", updated(made, payee_account=FIRST))
    updated(made, payee_account=FIRST, payee_masked="****0017")()
    refused("open_claim_keeps_no_payee", updated(made, status=ClaimStatus.OPEN, batch=None))
    assert batch.claims.get() == made


# --- pages, papers, programs ------------------------------------------------------------------------------------------


def test_the_page_of_a_batch_flags_a_changed_account_before_anybody_presses(
    treasury: Treasury, batch: PaymentBatch
) -> None:
    season = treasury.season
    page = page_of(season.manager, batch)
    assert page.count("****0017 示范银行") == 2
    assert "已变更" not in page

    now_at(SECOND)
    for hat in (season.manager, season.clerk, season.auditor):
        page = page_of(hat, batch)
        assert "李喆：提交时为****0017（示范银行），现为****4567（示范银行）" in page
        assert page.count("已变更，现为****4567（示范银行）") == 2
        assert not any(number in page for number in (FIRST, SECOND))
    answer = act(season.manager, "approve", batch, confirm_word="发放")
    assert (answer.status_code, "李喆的收款账户在提交后有变更" in words(answer)) == (422, True)

    services.return_batch(batch, by=season.manager, on=JUNE_1, opinion="账户有变更")
    page = page_of(season.clerk, batch)
    assert "重新提交时按现在的账户记录" in page
    assert page.count("上次提交时为****0017（示范银行）") == 2


def test_the_entry_says_whose_account_it_went_to(treasury: Treasury, batch: PaymentBatch) -> None:
    services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)
    now_at(SECOND)
    entry = LedgerEntry.objects.filter(batch=batch).last()
    assert entry
    reversing = treasury.reversed(entry)
    for one in (entry, reversing):
        page = words(browser_of(treasury.season.auditor).get(reverse("funding:entry", args=[one.pk])))
        assert "收款账户 ****0017（示范银行）" in page
        assert "****4567" not in page
    assert history(batch).last().verb == "payment_batch.approved"  # type: ignore[union-attr]


def test_programs_are_told_of_the_accounts_and_refused_alike(treasury: Treasury) -> None:
    season = treasury.season
    treasury.allocate(200_000)
    clerk, manager = Api(season.clerk), Api(season.manager)
    claims = treasury.claims(1, day=date(2026, 5, 21).day)
    now_at(FIRST)
    made = clerk.post("payment-batches/", {"claims": [one.pk for one in claims]}).json()
    path = f"payment-batches/{made['id']}/"
    [payee] = made["payees"]
    assert (payee["handed_in"], payee["now"], payee["has_changed"]) == (None, "****0017（示范银行）", False)
    now_at(SECOND)
    assert codes_of(clerk.post(f"{path}submit/", {"payees": made["payees_seen"]})) == ["E-PAYEE"]
    read = clerk.get(path).json()
    assert clerk.post(f"{path}submit/", {"payees": read["payees_seen"]}).json()["status"] == "submitted"
    now_at(FIRST)
    [payee] = manager.get(path).json()["payees"]
    assert (payee["handed_in"], payee["has_changed"]) == ("****4567（示范银行）", True)
    assert codes_of(manager.post(f"{path}approve/")) == ["E-PAYEE"]
    assert [row["payee_account"] for row in clerk.get("claims/").json()] == ["****4567"]

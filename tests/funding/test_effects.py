"""What follows an act through the outbox: papers and messages, each once however often it is delivered."""

from collections.abc import Iterator

import pytest
import time_machine

from core.audit import history
from core.models import JobRun, Message, OutboxRow, StoredFile
from funding import services, tasks
from funding.enums import EntryKind
from funding.models import Account, LedgerEntry, PaymentBatch
from tests.funding.conftest import JUNE_1, Treasury
from tests.funding.test_ledger import tamper


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


def deliver(task: str, times: int = 2) -> None:
    """Every promised effect of this name, as a relay that delivers twice."""
    for row in OutboxRow.objects.filter(task=f"funding.tasks.{task}"):
        for _ in range(times):
            getattr(tasks, task)(outbox_id=row.pk)


def told(name: str) -> list[tuple[str, str]]:
    rows = Message.objects.filter(person__name=name).order_by("pk")
    return [(row.subject, row.body) for row in rows]


def test_an_institution_is_told_once_that_money_came(treasury: Treasury) -> None:
    allocation = treasury.allocate(200_000)
    deliver("tell_allocated")

    message = Message.objects.filter(person=treasury.season.clerk.person).get()
    assert message.body == "市科技局已向示范农林学院拨付2026年度科技特派员专项经费2,000.00元（石科指〔2026〕7号）。"
    assert message.link == f"/funding/accounts/{allocation.entry.account_id}/"
    assert {row.person.name for row in Message.objects.all() if row.person} == {"刘静怡", "孟主任"}


def test_who_may_approve_is_told_of_a_submitted_batch_and_its_maker_is_not(treasury: Treasury) -> None:
    batch = treasury.submitted(treasury.claims(2))
    deliver("tell_submitted")

    assert told("孟主任") == [
        (
            "补助发放批次待复核",
            f"刘静怡提交了2026年度工作补助发放批次P-{batch.pk}，共2笔，合计1,200.00元，请复核。",
        )
    ]
    assert told("刘静怡") == []


def test_the_maker_is_told_each_time_a_batch_comes_back(treasury: Treasury) -> None:
    season = treasury.season
    batch = treasury.submitted(treasury.claims(1))
    for opinion in ("日期请核实", "仍请核实"):
        services.return_batch(batch, by=season.manager, on=JUNE_1, opinion=opinion)
        deliver("tell_returned")
        services.submit_batch(batch, by=season.clerk, on=JUNE_1)

    assert [body.rpartition("：")[2] for _, body in told("刘静怡")] == ["日期请核实", "仍请核实"]


def test_each_person_is_told_once_what_they_were_paid(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    first, second = treasury.agreement("P1"), treasury.agreement("P2")
    hats = [treasury.season.hat_of(agreement.specialist) for agreement in (first, second)]
    treasury.approved([*treasury.claims(2, agreement=first), *treasury.claims(1, agreement=second)])
    deliver("tell_paid")

    bodies = [Message.objects.get(person=hat.person).body for hat in hats]
    assert bodies == [
        "2次下基层工作补助共1,200.00元已由示范农林学院发放，请核对。如有不符，请联系单位财务。",
        "1次下基层工作补助共600.00元已由示范农林学院发放，请核对。如有不符，请联系单位财务。",
    ]
    assert not any("139999" in body for body in bodies)


def test_who_may_reverse_is_told_of_a_request_and_who_asked_of_the_word(treasury: Treasury) -> None:
    season = treasury.season
    treasury.allocate(200_000)
    treasury.approved(treasury.claims(1))
    line = "示范农林学院 2026年度专项经费台账第2笔（李喆 2026-05-21的补助，600.00元）"
    asked = treasury.asked(LedgerEntry.objects.get(kind=EntryKind.SUBSIDY), reason="重复发放")
    deliver("tell_reversal_asked")
    assert told("孟主任") == [("冲红申请待复核", f"刘静怡申请冲红{line}，原因：重复发放。复核前不记账，请核对后办理。")]
    assert told("刘静怡") == []

    services.decide_reversal(asked, by=season.manager, on=JUNE_1, passed=False, opinion="未重复")
    deliver("tell_reversal_decided")
    assert told("刘静怡") == [("冲红申请未获同意", f"冲红{line}的申请孟主任不同意：未重复")]
    treasury.reversed(asked.entry)
    deliver("tell_reversal_decided")
    assert told("刘静怡")[1:] == [("分录已冲红", f"冲红{line}的申请已由孟主任复核，台账已记账。")]
    assert len(told("孟主任")) == 1, "the second request was not delivered"


def test_two_of_the_bureau_take_back_what_it_gave_and_the_institution_hears_of_it(treasury: Treasury) -> None:
    season = treasury.season
    hats = (season.officer, season.head, season.admin, season.clerk)
    asked = treasury.asked(treasury.allocate(200_000).entry, reason="金额有误")
    deliver("tell_reversal_asked")
    assert {row.person for row in Message.objects.all()} == {season.head.person, season.admin.person}
    treasury.agreed(asked)
    deliver("tell_reversal_decided")

    assert [len(told(str(hat.person))) for hat in hats] == [1, 1, 1, 1]
    [(_, body)] = told("刘静怡")
    assert body == (
        "冲红示范农林学院 2026年度专项经费台账第1笔（拨付石科指〔2026〕7号，2,000.00元）的申请已由刘处长复核，台账已记账。"
    )


@pytest.mark.parametrize("task", ["tell_reversal_asked", "tell_reversal_decided"])
def test_an_effect_whose_request_is_gone_is_no_error(treasury: Treasury, task: str) -> None:
    row = OutboxRow.objects.create(task=f"funding.tasks.{task}", ids={"request_id": 987_654})
    getattr(tasks, task)(outbox_id=row.pk)
    row.refresh_from_db()
    assert row.done_at


def test_the_sheet_is_made_once_however_often_it_is_delivered(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    batch = treasury.approved(treasury.claims(1))
    deliver("make_sheet", times=3)

    batch.refresh_from_db()
    assert batch.sheet == StoredFile.objects.get(purpose="payment_sheet")
    assert batch.sheet.name == "2026年科技特派员工作补助发放明细表_示范农林学院_2026-0001.pdf"
    assert [event.verb for event in history(batch)].count("payment_batch.sheet_made") == 1


@pytest.mark.parametrize("task", ["make_sheet", "tell_submitted", "tell_returned", "tell_paid"])
def test_an_effect_whose_batch_is_gone_is_no_error(treasury: Treasury, task: str) -> None:
    row = OutboxRow.objects.create(task=f"funding.tasks.{task}", ids={"batch_id": 987_654})
    getattr(tasks, task)(outbox_id=row.pk)
    row.refresh_from_db()
    assert row.done_at


def test_an_effect_whose_allocation_is_gone_is_no_error(treasury: Treasury) -> None:
    row = OutboxRow.objects.create(task="funding.tasks.tell_allocated", ids={"allocation_id": 987_654})
    tasks.tell_allocated(outbox_id=row.pk)
    row.refresh_from_db()
    assert row.done_at
    assert not PaymentBatch.objects.exists()


# --- the daily check of the ledger ------------------------------------------------------------------------------------


def test_the_ledger_is_checked_once_a_day_and_its_heads_are_kept(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    treasury.approved(treasury.claims(1))
    for _ in range(3):
        tasks.check_ledger()

    run = JobRun.objects.get(name="funding.check_ledger")
    assert (run.slot, run.result["accounts"], run.result["entries"], run.result["faults"]) == ("2026-06-01", 1, 2, [])
    assert list(run.result["heads"].values()) == [[2, Account.objects.get().last_digest]]
    assert not Message.objects.filter(subject="补助台账校验不通过").exists()


def test_a_changed_ledger_is_told_to_those_who_watch_over_it(lasting_treasury: Treasury) -> None:
    season = lasting_treasury.season
    watchers = {hat.person for hat in (season.admin, season.finance, season.auditor)}
    lasting_treasury.allocate(200_000)
    lasting_treasury.approved(lasting_treasury.claims(1))
    tamper("UPDATE funding_ledgerentry SET memo = '改' WHERE sequence = 2")

    tasks.check_ledger()

    messages = Message.objects.filter(subject="补助台账校验不通过")
    assert {message.person for message in messages} == watchers
    assert "第2笔：内容与校验值不符" in messages[0].body


def test_a_chain_rewritten_between_two_checks_is_found_by_the_heads_of_the_first(lasting_treasury: Treasury) -> None:
    lasting_treasury.allocate(200_000)
    lasting_treasury.allocate(100_000, "8号")
    tasks.check_ledger()
    tamper("DELETE FROM funding_ledgerentry WHERE sequence = 2")
    tamper("DELETE FROM funding_allocation WHERE document_number = '8号'")
    tamper(
        "UPDATE funding_account SET last_sequence = 1, balance_fen = 200000,"
        " last_digest = (SELECT digest FROM funding_ledgerentry)"
    )

    with time_machine.travel("2026-06-02 12:00:00+08:00", tick=False):
        tasks.check_ledger()

    run = JobRun.objects.get(slot="2026-06-02")
    assert ["已公布的校验值不符" in fault for fault in run.result["faults"]] == [True]

"""What follows an act through the outbox: papers and messages, each once however often it is delivered."""

from collections.abc import Iterator

import pytest
import time_machine

from core.audit import history
from core.models import Message, OutboxRow, StoredFile
from funding import services, tasks
from funding.models import PaymentBatch
from tests.funding.conftest import JUNE_1, Treasury


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

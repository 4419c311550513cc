"""What two people paid, one does not take back: asked for by one, carried out, refused or withdrawn (R39, R43)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils.timezone import now

from accounts.enums import Role
from accounts.leaving import open_work
from accounts.models import Membership
from core.audit import history
from funding import ledger, services
from funding.enums import EntryKind, ReversalStatus
from funding.models import Account, LedgerEntry, ReversalRequest
from tests.cast import member
from tests.conftest import as_owner
from tests.funding.conftest import JUNE_1, Treasury
from tests.funding.test_constraints import refused, updated
from tests.funding.test_pages import words
from tests.funding.test_services import claim, codes, message
from tests.hands import browser_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def paid(treasury: Treasury) -> LedgerEntry:
    """A subsidy of 600 out of 2,000."""
    treasury.allocate(200_000)
    treasury.approved(treasury.claims(1))
    return LedgerEntry.objects.get(kind=EntryKind.SUBSIDY)


def deciding(asked: ReversalRequest, by: Membership, **more: Any) -> Callable[[], object]:
    return lambda: services.decide_reversal(asked, by=by, on=JUNE_1, **{"passed": True, **more})


# --- the acts ---------------------------------------------------------------------------------------------------------


def test_nothing_is_posted_before_the_second_persons_word(treasury: Treasury, paid: LedgerEntry) -> None:
    asked = treasury.asked(paid, reason="人员登记有误")

    assert (asked.status, asked.asker.name, asked.reason) == (ReversalStatus.OPEN, "刘静怡", "人员登记有误")
    assert (LedgerEntry.objects.count(), Account.objects.get().balance_fen) == (2, 140_000)
    assert paid.claim
    assert paid.claim.status == "paid"


def test_a_reversed_subsidy_stays_restores_the_balance_and_can_be_claimed_again(
    treasury: Treasury, paid: LedgerEntry
) -> None:
    reversing = treasury.reversed(paid, reason="人员登记有误")

    assert (reversing.kind, reversing.amount_fen, reversing.reverses, reversing.memo, reversing.posted_by) == (
        EntryKind.REVERSAL,
        60_000,
        paid,
        "人员登记有误",
        treasury.season.manager,
    )
    again = LedgerEntry.objects.select_related("claim").get(pk=paid.pk)
    assert again.claim
    assert (again.amount_fen, Account.objects.get().balance_fen, again.claim.status) == (-60_000, 200_000, "reversed")
    assert history(again.claim).last().reason == "人员登记有误"  # type: ignore[union-attr]
    treasury.approved(claim(treasury, again.claim.attendance))
    assert Account.objects.get().balance_fen == 140_000
    assert ledger.verify() == []


def test_a_reversed_allocation_counts_no_longer_and_its_document_may_be_used_again(treasury: Treasury) -> None:
    wrong = treasury.allocate(30_000_000)

    treasury.reversed(wrong.entry)
    treasury.allocate(3_000_000)

    assert Account.objects.get().balance_fen == 3_000_000
    assert history(wrong).last().verb == "allocation.reversed"  # type: ignore[union-attr]


def test_a_reversal_is_asked_for_once_with_a_reason_and_by_its_own_side(treasury: Treasury, paid: LedgerEntry) -> None:
    season, given = treasury.season, LedgerEntry.objects.get(kind=EntryKind.ALLOCATION)

    def ask(entry: LedgerEntry, by: Membership, reason: str = "有误") -> list[str]:
        return codes(lambda: treasury.asked(entry, by=by, reason=reason))

    assert ask(paid, season.clerk, "  ") == ["E-REASON"]
    assert [ask(paid, by) for by in (season.officer, season.stranger, season.finance)] == [["E-FLOW"]] * 3
    assert [ask(given, by) for by in (season.manager, season.finance)] == [["E-FLOW", "E-FUND"]] * 2
    assert ask(paid, season.clerk) == []
    assert "刘静怡已申请冲红这笔分录" in message(lambda: treasury.asked(paid, by=season.manager))
    reversing = treasury.agreed(ReversalRequest.objects.get())
    assert ask(paid, season.clerk) == ["E-STATE"]
    assert ask(reversing, season.clerk) == ["E-STATE"]


def test_a_reversal_is_decided_by_another_of_the_same_side(treasury: Treasury, paid: LedgerEntry) -> None:
    season = treasury.season
    asked = treasury.asked(paid)
    same_person = member("刘静怡", Role.INSTITUTION_ADMIN, season.u1, "liu")

    assert codes(deciding(asked, season.clerk)) == ["E-TWO-PEOPLE"]
    assert codes(deciding(asked, same_person)) == ["E-TWO-PEOPLE"], "whatever the hat"
    assert "由刘静怡申请，申请人和复核人不能为同一人" in message(deciding(asked, season.clerk))
    assert [codes(deciding(asked, by)) for by in (season.officer, season.head, season.stranger)] == [["E-FLOW"]] * 3
    assert codes(deciding(asked, season.manager)) == []
    assert codes(deciding(asked, season.manager)) == ["E-STATE"]

    given = treasury.allocate(50_000, "石科指〔2026〕8号")
    theirs = treasury.asked(given.entry)
    assert [codes(deciding(theirs, by)) for by in (season.officer, season.manager)] == [["E-TWO-PEOPLE"], ["E-FLOW"]]
    assert codes(deciding(theirs, season.head)) == []


def test_a_refusal_needs_its_reason_posts_nothing_and_another_may_be_asked_for(
    treasury: Treasury, paid: LedgerEntry
) -> None:
    asked = treasury.asked(paid)
    assert codes(deciding(asked, treasury.season.manager, passed=False, opinion=" ")) == ["E-OPINION"]
    assert codes(deciding(asked, treasury.season.clerk, passed=False, opinion="无误")) == ["E-TWO-PEOPLE"]

    deciding(asked, treasury.season.manager, passed=False, opinion=" 凭证无误 ")()

    asked.refresh_from_db()
    assert (asked.status, asked.opinion, LedgerEntry.objects.count()) == (ReversalStatus.RETURNED, "凭证无误", 2)
    assert history(asked).last().verb == "reversal.returned"  # type: ignore[union-attr]
    assert codes(deciding(asked, treasury.season.manager)) == ["E-STATE"]
    assert treasury.reversed(paid).reverses == paid


def test_who_asked_takes_it_back_and_nobody_else(treasury: Treasury, paid: LedgerEntry) -> None:
    season, asked = treasury.season, treasury.asked(paid)

    def withdraw(by: Membership) -> Callable[[], object]:
        return lambda: services.withdraw_reversal(asked, by=by, on=JUNE_1)

    assert [codes(withdraw(by)) for by in (season.manager, season.officer)] == [["E-PERM"]] * 2
    assert codes(withdraw(season.clerk)) == []
    assert codes(withdraw(season.clerk)) == codes(deciding(asked, season.manager)) == ["E-STATE"]
    assert history(asked).last().verb == "reversal.withdrawn"  # type: ignore[union-attr]
    assert treasury.reversed(paid).reverses == paid


def test_money_that_is_spent_cannot_be_taken_back_at_either_word(treasury: Treasury) -> None:
    given = treasury.allocate(100_000)
    asked = treasury.asked(given.entry)
    treasury.approved(treasury.claims(1))

    assert codes(deciding(asked, treasury.season.head)) == ["E-FUND"]
    assert "余额400.00元，本次1,000.00元" in message(deciding(asked, treasury.season.head))
    assert codes(deciding(asked, treasury.season.head, passed=False, opinion="已发放")) == []
    assert codes(lambda: treasury.asked(given.entry)) == ["E-FUND"]
    given.refresh_from_db()
    assert not given.is_reversed


def test_who_leaves_leaves_a_request_to_the_others(treasury: Treasury, paid: LedgerEntry) -> None:
    treasury.asked(paid)
    [work] = [work for work in open_work(treasury.season.clerk, on=JUNE_1) if work.label == "冲红申请"]
    assert (work.count, work.is_personal) == (1, False)


# --- what the database holds ------------------------------------------------------------------------------------------


def said_by(hat: Membership, status: str = "approved") -> dict[str, Any]:
    return {"status": status, "decided_by": hat, "decider": hat.person, "decided_at": now()}


def test_one_reversal_asked_of_an_entry(treasury: Treasury, paid: LedgerEntry) -> None:
    clerk = treasury.season.clerk
    facts = {"entry": paid, "asked_by": clerk, "asker": clerk.person}
    ReversalRequest.objects.create(**facts, reason="一")
    refused("one_reversal_asked_of_an_entry", lambda: ReversalRequest.objects.create(**facts, reason="二"))
    ReversalRequest.objects.update(status="withdrawn")
    second = ReversalRequest.objects.create(**facts, reason="二")
    updated(second, **said_by(treasury.season.manager))()
    refused("one_reversal_asked_of_an_entry", lambda: ReversalRequest.objects.create(**facts, reason="三"))


def test_reversal_has_its_reason(treasury: Treasury, paid: LedgerEntry) -> None:
    clerk = treasury.season.clerk
    bare = {"entry": paid, "asked_by": clerk, "asker": clerk.person, "reason": ""}
    refused("reversal_has_its_reason", lambda: ReversalRequest.objects.create(**bare))


def test_reversal_is_decided_by_another(treasury: Treasury, paid: LedgerEntry) -> None:
    asked = treasury.asked(paid)
    for status in ("approved", "returned"):
        alone = {**said_by(treasury.season.clerk, status), "opinion": "无误"}
        refused("reversal_is_decided_by_another", updated(asked, **alone))


def test_reversal_decided_when_and_by_whom_and_returned_with_an_opinion(treasury: Treasury, paid: LedgerEntry) -> None:
    asked, word = treasury.asked(paid), said_by(treasury.season.manager)
    for missing in ("decided_at", "decided_by"):
        refused("reversal_decided_when_and_by_whom", updated(asked, **{**word, missing: None}))
    refused("reversal_by_those_who_gave", updated(asked, **{**word, "decider": None}))
    refused("reversal_decided_when_and_by_whom", updated(asked, status="withdrawn", decided_at=now()))
    refused("reversal_returned_with_an_opinion", updated(asked, **{**word, "status": "returned"}))


def test_reversal_takes_its_steps(treasury: Treasury, paid: LedgerEntry) -> None:
    season = treasury.season
    facts = {"entry": paid, "asked_by": season.clerk, "asker": season.clerk.person, "reason": "有误"}
    refused("reversal_takes_its_steps", lambda: ReversalRequest.objects.create(**facts, **said_by(season.manager)))
    asked = treasury.asked(paid)
    refused("reversal_takes_its_steps", updated(asked, status="open", opinion="改"))
    given = LedgerEntry.objects.get(kind=EntryKind.ALLOCATION)
    for change in ({"entry": given}, {"reason": "另一原因"}, {"asked_by": season.manager}):
        refused("reversal_stays_what_was_asked", updated(asked, **said_by(season.manager), **change))
    treasury.agreed(asked)
    for later in ("open", "returned", "withdrawn", "approved"):
        refused("reversal_takes_its_steps", updated(asked, status=later))


def test_reversal_of_a_standing_line_by_those_who_gave(treasury: Treasury, paid: LedgerEntry) -> None:
    """reversal_takes_its_steps"""
    season, given = treasury.season, LedgerEntry.objects.get(kind=EntryKind.ALLOCATION)

    def laid(entry: LedgerEntry, hat: Membership, **more: Any) -> Callable[[], object]:
        facts = {"entry": entry, "asked_by": hat, "asker": hat.person, "reason": "有误", **more}
        return lambda: ReversalRequest.objects.create(**facts)

    for entry, outsiders in (
        (paid, (season.officer, season.stranger, season.finance)),
        (given, (season.clerk, season.finance)),
    ):
        for hat in outsiders:
            refused("reversal_by_those_who_gave", laid(entry, hat))
        asked = treasury.asked(entry) if entry == paid else laid(entry, season.officer)()
        assert isinstance(asked, ReversalRequest)
        for hat in outsiders:
            refused("reversal_by_those_who_gave", updated(asked, **said_by(hat)))
    borrowed = {**said_by(season.manager), "decider": season.stranger.person}
    refused("reversal_by_those_who_gave", updated(ReversalRequest.objects.get(entry=paid), **borrowed))
    refused("reversal_by_those_who_gave", laid(paid, season.clerk, asker=season.manager.person))

    reversing = treasury.agreed(ReversalRequest.objects.get(entry=paid))
    refused("reversal_of_a_standing_line", laid(reversing, season.clerk))
    refused("reversal_of_a_standing_line", laid(paid, season.clerk))


# --- the pages --------------------------------------------------------------------------------------------------------


def page_of(hat: Membership, entry: LedgerEntry) -> str:
    return words(browser_of(hat).get(reverse("funding:entry", args=[entry.pk])))


def test_a_wrong_payment_is_reversed_by_two_on_its_page(treasury: Treasury, paid: LedgerEntry) -> None:
    season = treasury.season
    clerk, manager = browser_of(season.clerk), browser_of(season.manager)
    address = reverse("funding:entry-reverse", args=[paid.pk])

    assert "请填写冲红原因" in words(clerk.post(address, {"reason": " "}))
    assert "申请冲红" in page_of(season.clerk, paid)
    assert clerk.post(address, {"reason": "人员登记有误"}).status_code == 302
    again = manager.post(address, {"reason": "人员登记有误"})
    assert (again.status_code, "刘静怡已申请冲红这笔分录" in words(again)) == (422, True)

    asked = ReversalRequest.objects.get()
    own, theirs, read = page_of(season.clerk, paid), page_of(season.manager, paid), page_of(season.auditor, paid)
    for page in (own, theirs, read):
        assert "冲红申请中：刘静怡于2026年6月1日申请，原因：人员登记有误。" in page
        assert "申请冲红这笔分录" not in page
    assert ("撤回冲红申请" in own, "不同意冲红" in own) == (True, False)
    assert ("撤回冲红申请" in theirs, "复核冲红" in theirs, "冲红后余额 2,000.00元" in theirs) == (False, True, True)
    assert not any(word in read for word in ("撤回冲红申请", "不同意冲红"))

    decide = reverse("funding:reversal-decide", args=[asked.pk])
    alone = clerk.post(decide, {"decision": "pass"})
    assert (alone.status_code, "申请人和复核人不能为同一人" in words(alone)) == (422, True)
    assert "请选择复核冲红或不同意冲红" in words(manager.post(decide, {"decision": ""}))
    silent = manager.post(decide, {"decision": "return", "opinion": ""})
    assert (silent.status_code, "请写明不同意冲红的原因" in words(silent)) == (422, True)
    assert manager.post(decide, {"decision": "pass"}).status_code == 302

    page = page_of(season.clerk, paid)
    for word in ("这笔分录已冲红", "复核冲红 孟主任", "理由：人员登记有误", "冲红分录：填写为“第3笔”"):
        assert word in page
    assert "申请冲红这笔分录" not in page
    reversing = LedgerEntry.objects.get(reverses=paid)
    assert "这笔分录用于冲红" in page_of(season.clerk, reversing)
    assert "由一人办理" not in page_of(season.clerk, reversing)


def test_what_one_person_reversed_before_two_were_asked_for_says_so(lasting_treasury: Treasury) -> None:
    lasting_treasury.allocate(200_000)
    reversing = lasting_treasury.reversed(LedgerEntry.objects.get())
    assert "由一人办理" not in page_of(lasting_treasury.season.clerk, reversing)

    with as_owner():
        ReversalRequest.objects.all().delete()  # as a line of before the upgrade stands there

    assert "冲红实行双人复核以前由一人办理，没有申请记录" in page_of(lasting_treasury.season.clerk, reversing)
    assert ledger.verify() == []


def test_a_request_is_refused_or_withdrawn_on_the_page(treasury: Treasury, paid: LedgerEntry) -> None:
    season = treasury.season
    asked = treasury.asked(paid)
    answer = browser_of(season.manager).post(
        reverse("funding:reversal-decide", args=[asked.pk]), {"decision": "return", "opinion": "凭证无误"}
    )
    assert answer.status_code == 302
    page = page_of(season.clerk, paid)
    assert "不同意冲红 孟主任" in page
    assert "理由：凭证无误" in page
    assert "申请冲红这笔分录" in page, "it may be asked for again"

    second = reverse("funding:reversal-withdraw", args=[treasury.asked(paid).pk])
    refused_to = browser_of(season.manager).post(second)
    assert (refused_to.status_code, "由申请人（刘静怡）撤回" in words(refused_to)) == (422, True)
    assert browser_of(season.clerk).post(second).status_code == 302
    assert "撤回冲红申请 刘静怡" in page_of(season.clerk, paid)


def test_a_wrong_allocation_is_reversed_by_two_of_the_bureau_on_its_page(treasury: Treasury) -> None:
    season, given = treasury.season, treasury.allocate(200_000)
    office = browser_of(season.officer)
    assert "申请冲红这笔分录" in page_of(season.officer, given.entry)

    assert (
        office.post(reverse("funding:allocation-reverse", args=[given.pk]), {"reason": "金额有误"}).status_code == 302
    )

    assert "冲红申请中" in words(office.get("/funding/allocations/"))
    assert "冲红申请中" in words(office.get("/funding/entries/"))
    assert "冲红申请中" in page_of(season.manager, given.entry)
    assert "不同意冲红" not in page_of(season.manager, given.entry), "the institution has no word on it"
    waits = "1 笔拨付的冲红申请待复核"
    homes = {hat: words(browser_of(getattr(season, hat)).get("/")) for hat in ("officer", "head", "admin")}
    assert {hat: waits in page for hat, page in homes.items()} == {"officer": False, "head": True, "admin": True}
    head = browser_of(season.head)
    assert "金额有误" in words(head.get("/funding/reversals/?mine=1"))
    assert "金额有误" not in words(office.get("/funding/reversals/?mine=1"))
    decide = reverse("funding:reversal-decide", args=[ReversalRequest.objects.get().pk])
    assert head.post(decide, {"decision": "pass"}).status_code == 302
    assert Account.objects.get().balance_fen == 0
    assert "已冲红" in words(office.get("/funding/allocations/"))
    assert waits not in words(head.get("/"))


def test_the_second_person_finds_a_request_at_home_and_in_the_list(treasury: Treasury, paid: LedgerEntry) -> None:
    season = treasury.season
    treasury.asked(paid, reason="重复发放")
    todo = "复核冲红申请（李喆），600.00 元"
    assert todo in words(browser_of(season.manager).get("/"))
    assert todo not in words(browser_of(season.clerk).get("/"))
    assert todo not in words(browser_of(season.stranger).get("/"))

    for hat, seen in ((season.manager, True), (season.finance, True), (season.stranger, False)):
        page = words(browser_of(hat).get("/funding/reversals/"))
        assert ("李喆" in page, "重复发放" in page, "600.00" in page) == (seen, seen, seen)
    ended = words(browser_of(season.manager).get("/funding/reversals/?status=withdrawn"))
    assert "重复发放" not in ended

"""The pages of money: what each reader sees, what each press does, and that every figure opens its rows."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from core.jinja import money
from core.models import AuditEvent
from funding import services, tasks
from funding.enums import BatchStatus, EntryKind
from funding.models import Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard
from specialists.changes import services as change_requests
from specialists.models import Specialist
from tests.cast import Season
from tests.funding.conftest import JUNE_1, Treasury
from tests.hands import browser_of
from tests.specialists.test_changes import asked
from visits.enums import Mode, VisitStatus


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


def words(response: Any) -> str:
    """A page as its reader sees it: without tags, its spaces taken together."""
    text = re.sub(r"<(script|style|svg).*?</\1>|<[^>]*>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"[ \t\r\n]+", " ", text)


# --- the bureau -------------------------------------------------------------------------------------------------------


def test_the_bureau_records_the_fund_and_gives_it_to_institutions(season: Season) -> None:
    office = browser_of(season.officer)
    assert "年度专项经费尚未登记" in words(office.get("/funding/overview/"))
    assert office.get("/funding/allocations/new/").status_code == 302, "nothing to give yet"

    fund = {
        "year": "2026",
        "amount_fen": "300,000.00",
        "document_number": "石财教〔2026〕18号",
        "decided_on": "2026-3-2",
    }
    assert office.post("/funding/budgets/new/", fund).status_code == 302
    gift = {
        "institution": season.u1.pk,
        "amount_fen": "２０００",
        "document_number": "石科指〔2026〕7号",
        "allocated_on": "2026年5月20日",
        "idempotency_key": "g1",
    }
    read = office.post("/funding/allocations/new/", {**gift, "idempotency_key": "g0"})
    assert (read.status_code, Allocation.objects.exists(), LedgerEntry.objects.exists()) == (200, False, False)
    for figure in ("2,000.00元", "人民币贰仟元整", "台账结余 2,000.00", "尚可拨付 298,000.00"):
        assert figure in words(read)
    back = office.post("/funding/allocations/new/", {**gift, "idempotency_key": "", "act": "edit"})
    assert 'value="２０００"' in back.content.decode()
    first = office.post("/funding/allocations/new/", {**gift, "act": "post"})
    again = office.post("/funding/allocations/new/", {**gift, "act": "post"})

    assert (first.status_code, again.status_code) == (302, 302)
    assert Allocation.objects.get().amount_fen == 200_000
    page = words(office.get("/funding/overview/"))
    for figure in ("300,000.00", "2,000.00", "298,000.00"):
        assert figure in page


def test_money_is_given_on_no_day_before_any_plan(treasury: Treasury) -> None:
    given = {"institution": treasury.season.u1.pk, "amount_fen": "1", "document_number": "石财教〔2026〕99号"}

    answer = browser_of(treasury.season.officer).post(
        "/funding/allocations/new/?year=2026", {**given, "allocated_on": "2025-12-31"}
    )

    assert answer.status_code == 422
    assert "2025年12月31日尚无生效的年度政策，拨付日期不能早于2026年" in answer.content.decode()


def test_a_refused_allocation_keeps_what_was_typed(treasury: Treasury) -> None:
    office = browser_of(treasury.season.officer)
    gift = {
        "institution": treasury.season.u1.pk,
        "amount_fen": "300000.01",
        "document_number": "石科指〔2026〕7号",
        "allocated_on": "2026-05-20",
    }
    answer = office.post("/funding/allocations/new/", gift)

    assert answer.status_code == 422
    assert "尚可拨付300,000.00元，本次300,000.01元超出" in words(answer)
    assert 'value="300000.01"' in answer.content.decode()
    assert not Allocation.objects.exists()
    assert "拨付日期不能晚于今天" in words(
        office.post("/funding/allocations/new/", {**gift, "amount_fen": "1", "allocated_on": "2026-06-02"})
    )


def test_the_fund_is_amended_with_its_history(treasury: Treasury) -> None:
    office = browser_of(treasury.season.officer)
    treasury.allocate(200_000)
    address = reverse("funding:budget-amend", args=[treasury.budget.pk])
    later = {"amount_fen": "350000", "document_number": "石财教〔2026〕55号", "decided_on": "2026-06-01"}

    assert office.post(address, later).status_code == 302
    assert Budget.objects.get().amount_fen == 35_000_000
    assert "由“300,000.00元”改为“350,000.00元”" in words(office.get(address))
    assert "已拨付2,000.00元" in words(office.post(address, {**later, "amount_fen": "1999.99"}))


FIGURE = re.compile(
    r'<a href="(?P<url>/funding/entries/[^"]*)"[^>]*><span>(?P<label>拨入|发放|余额|已拨付|已发放|各单位余额)</span><b>(?P<sum>[\d,.-]+)</b>'
)


@pytest.mark.parametrize("role", ["officer", "finance", "auditor", "manager"])
def test_every_figure_opens_exactly_the_rows_that_sum_to_it(treasury: Treasury, role: str) -> None:
    treasury.allocate(300_000)
    wrong = treasury.allocate(50_000, "石科指〔2026〕8号")
    treasury.allocate(100_000, institution=treasury.season.u2)
    treasury.approved(treasury.claims(3))
    treasury.reversed(wrong.entry)
    last = LedgerEntry.objects.filter(kind=EntryKind.SUBSIDY).last()
    assert last
    treasury.reversed(last)
    reader = browser_of(getattr(treasury.season, role))
    account = Account.objects.get(institution=treasury.season.u1)
    pages = [reverse("funding:account", args=[account.pk])]
    if role != "manager":
        pages.append(reverse("funding:overview"))

    seen = 0
    for page in pages:
        for figure in FIGURE.finditer(reader.get(page).content.decode()):
            rows = reader.get(figure["url"].replace("&amp;", "&"))
            foot = re.search(r"<tfoot>.*?</tfoot>", rows.content.decode(), re.DOTALL)
            assert foot, figure["url"]
            sums = re.findall(r">(-?[\d,]+\.\d\d)<", foot[0])
            column = {"拨入": 0, "已拨付": 0, "发放": 1, "已发放": 1, "余额": 2, "各单位余额": 2}[figure["label"]]
            assert sums[column] == figure["sum"], figure["url"]
            assert sums[column] == _added_up(rows, column), "and the rows shown do add up to it"
            seen += 1
    assert seen == 3 * len(pages)


def _added_up(page: Any, column: int) -> str:
    """The amounts that stand in the rows of a ledger, added by hand: 收入, 支出, or the one less the other."""
    body = re.search(r"<tbody>.*?</tbody>", page.content.decode(), re.DOTALL)
    assert body
    total = 0
    for row in re.findall(r"<tr.*?</tr>", body[0], re.DOTALL):
        cells = dict(re.findall(r'data-label="(收入|支出)">(—|-?[\d,]+\.\d\d)', row))
        given, paid = (
            0 if cells[side] == "—" else int(cells[side].replace(",", "").replace(".", "")) for side in ("收入", "支出")
        )
        total += (given, paid, given - paid)[column]
    return money(total)


def test_the_overview_tells_trips_people_and_their_mean(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    treasury.approved(treasury.claims(2))
    treasury.approved(treasury.claims(1, agreement=treasury.agreement("P2")))

    page = words(browser_of(treasury.season.finance).get("/funding/overview/"))

    assert "示范农林学院 3,000.00 1,800.00 1,200.00 0.00 3 2 600.00" in page


# --- the institution --------------------------------------------------------------------------------------------------


def test_an_institution_without_money_is_told_what_comes_next(season: Season) -> None:
    page = words(browser_of(season.clerk).get("/funding/balance/"))
    assert "2026年度市科技局尚未向本单位拨付专项经费" in page


def test_the_balance_page_is_the_institutions_own_account(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    treasury.submitted(treasury.claims(1))

    page = words(browser_of(treasury.season.clerk).get("/funding/balance/"))

    for part in ("余额 2,000.00", "待复核 600.00", "600.00元/人次", "共1笔，校验通过"):
        assert part in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "请填写补助标准"),
        ("abc", "金额只能由数字和小数点组成"),
        ("-600", "金额不能为负数"),
        ("0", "金额应大于0"),
        ("499.99", "工作补助为每人每次500-800元，当前499.99元"),
        ("800.01", "工作补助为每人每次500-800元，当前800.01元"),
        ("450", "工作补助为每人每次500-800元，当前450.00元"),
        ("650.505", "金额最多两位小数"),
        ("6e2", "科学记数法"),
        ("9" * 18, "金额过大"),
        ("9" * 5000, "不能超过200个字"),
        ("600\0", "控制字符"),
        ("NaN", "金额只能由数字和小数点组成"),
        ("٦٠٠", "金额只能由数字和小数点组成"),
    ],
)
def test_a_rate_that_is_no_amount_of_the_plan_is_refused_in_words(
    treasury: Treasury, typed: str, sentence: str
) -> None:
    answer = browser_of(treasury.season.clerk).post(
        "/funding/rates/", {"amount_fen": typed, "effective_from": "2026-06-01"}
    )
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert RateCard.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("500", 50_000), ("650.50", 65_050), ("800", 80_000), ("６５０．５元", 65_050), ("¥ 700.00", 70_000)],
)
def test_a_rate_within_the_band_is_set_as_people_write_it(treasury: Treasury, typed: str, fen: int) -> None:
    answer = browser_of(treasury.season.clerk).post(
        "/funding/rates/", {"amount_fen": typed, "effective_from": "2026-06-01"}
    )
    assert answer.status_code == 302
    assert RateCard.objects.latest("pk").amount_fen == fen


@pytest.mark.parametrize("typed", ["0000-01-01", "9999-12-31", "2026-02-30", "昨天", "2025-12-31"])
def test_a_rate_needs_a_day_that_is_one(treasury: Treasury, typed: str) -> None:
    answer = browser_of(treasury.season.clerk).post("/funding/rates/", {"amount_fen": "600", "effective_from": typed})
    assert answer.status_code == 422
    assert RateCard.objects.count() == 1


def test_a_future_rate_is_withdrawn_on_the_page(treasury: Treasury) -> None:
    card = treasury.rate(70_000, since=date(2026, 7, 1))
    clerk = browser_of(treasury.season.clerk)
    assert "撤回" in words(clerk.get("/funding/rates/"))

    assert clerk.post(reverse("funding:rate-withdraw", args=[card.pk])).status_code == 302
    assert not RateCard.objects.filter(pk=card.pk).exists()
    used = RateCard.objects.get()
    treasury.claims(1)
    answer = clerk.post(reverse("funding:rate-withdraw", args=[used.pk]))
    assert (answer.status_code, "已有1笔补助按这一标准申领" in words(answer)) == (422, True)


def test_the_claim_page_offers_what_may_be_paid_and_says_why_the_rest_may_not(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    treasury.trip(agreement, date(2026, 5, 21))
    treasury.trip(agreement, date(2026, 5, 22), status=VisitStatus.LOGGED)
    treasury.trip(agreement, date(2026, 5, 23), mode=Mode.ONLINE)
    treasury.trip(agreement, date(2026, 5, 18))
    treasury.trip(agreement, date(2026, 5, 21))

    page = words(browser_of(treasury.season.clerk).get("/funding/claims/"))

    assert "可申领 1人次 600.00元" in page
    assert "暂不能申领 4人次" in page
    for reason in ("派驻单位尚未确认", "线上服务，不属于下基层", "备案之前的服务不发放补助", "已登记一次下基层服务"):
        assert reason in page


def test_ticked_visits_become_a_batch_in_one_press_and_once(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    trips = [treasury.trip(agreement, date(2026, 5, day)) for day in (21, 22)]
    clerk = browser_of(treasury.season.clerk)
    ticked = {"attendance": [trip.pk for trip in trips], "purpose": "下基层工作补助", "note": "5月", "into": ""}

    first = clerk.post("/funding/claims/", {**ticked, "idempotency_key": "c1"})
    again = clerk.post("/funding/claims/", {**ticked, "idempotency_key": "c1"})
    twice = clerk.post("/funding/claims/", {**ticked, "idempotency_key": "c2"})

    batch = PaymentBatch.objects.get()
    assert (
        (first.status_code, first["Location"])
        == (again.status_code, again["Location"])
        == (302, reverse("funding:batch", args=[batch.pk]))
    )
    assert (batch.total_fen, batch.note) == (120_000, "5月")
    assert twice.status_code == 422
    assert "已申领补助，不能重复发放" in words(twice)


def test_visits_are_added_to_a_draft(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    one = treasury.trip(agreement, date(2026, 5, 21))
    clerk = browser_of(treasury.season.clerk)
    clerk.post("/funding/claims/", {"attendance": [one.pk], "purpose": "下基层工作补助"})
    batch = PaymentBatch.objects.get()
    two = treasury.trip(agreement, date(2026, 5, 22))

    answer = clerk.post("/funding/claims/", {"attendance": [two.pk], "purpose": "下基层工作补助", "into": batch.pk})

    assert answer["Location"] == reverse("funding:batch", args=[batch.pk])
    assert batch.claims.count() == 2


def test_nothing_ticked_or_somebody_elses_visit_is_refused(treasury: Treasury) -> None:
    season = treasury.season
    foreign = treasury.trip(season.filed(season.selected("P2", institution=season.u2), season.h5))
    clerk = browser_of(season.clerk)
    for ticked in ([], [foreign.pk], ["x"], ["9" * 30], ["-1"]):
        answer = clerk.post("/funding/claims/", {"attendance": ticked, "purpose": "下基层工作补助"})
        assert answer.status_code == 422
        assert "请至少选择一次服务" in words(answer)
    assert not Claim.objects.exists()


def test_a_purpose_outside_the_plan_is_no_choice_of_the_form(treasury: Treasury) -> None:
    trip = treasury.trip(treasury.agreement())
    answer = browser_of(treasury.season.clerk).post(
        "/funding/claims/", {"attendance": [trip.pk], "purpose": "办公设备"}
    )
    assert (answer.status_code, "用途的选项无效" in words(answer)) == (422, True)


def act(hat: Membership, name: str, batch: PaymentBatch, **more: Any) -> Any:
    batch.refresh_from_db()
    return browser_of(hat).post(reverse(f"funding:batch-{name}", args=[batch.pk]), {"version": batch.version, **more})


def test_a_batch_is_made_returned_mended_and_paid_by_two_people(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    season = treasury.season
    claims = treasury.claims(2)
    batch = services.make_batch(claims, by=season.clerk, on=JUNE_1)

    assert act(season.clerk, "submit", batch).status_code == 302
    assert "您是本批次的经办人" in words(browser_of(season.clerk).get(reverse("funding:batch", args=[batch.pk])))
    assert act(season.manager, "return", batch, opinion="").status_code == 422
    assert act(season.manager, "return", batch, opinion="第二笔请核实").status_code == 302
    assert "退回意见：第二笔请核实" in words(browser_of(season.clerk).get(reverse("funding:batch", args=[batch.pk])))
    assert act(season.clerk, "change", batch, claim=[claims[1].pk], note="已核实").status_code == 302
    assert act(season.clerk, "submit", batch).status_code == 302
    forgotten = act(season.manager, "approve", batch)
    assert (forgotten.status_code, "请输入“发放”确认后再发放" in words(forgotten)) == (422, True)
    own = act(season.clerk, "approve", batch, confirm_word="发放")
    assert (own.status_code, "经办人和复核人不能为同一人" in words(own)) == (422, True)
    assert act(season.manager, "approve", batch, confirm_word="发放").status_code == 302

    batch.refresh_from_db()
    assert (batch.status, batch.total_fen, batch.note) == (BatchStatus.APPROVED, 60_000, "已核实")
    page = words(browser_of(season.auditor).get(reverse("funding:batch", args=[batch.pk])))
    for part in ("发放批次 2026-0001", "人民币陆佰元整", "复核发放", "打印件正在生成"):
        assert part in page


def test_a_batch_that_changed_meanwhile_is_not_approved_from_an_old_page(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    season = treasury.season
    batch = treasury.submitted(treasury.claims(2))
    page = browser_of(season.manager)
    for name in ("approve", "return", "submit", "drop", "change"):
        answer = page.post(
            reverse(f"funding:batch-{name}", args=[batch.pk]),
            {"version": "1", "confirm_word": "发放", "opinion": "请核", "note": "旧页面"},
        )
        assert answer.status_code == 409, name
    assert "修改过这条记录" in words(answer)
    batch.refresh_from_db()
    assert batch.status == BatchStatus.SUBMITTED


def test_a_batch_beyond_the_balance_is_refused_with_the_balance(treasury: Treasury) -> None:
    treasury.allocate(100_000)
    batch = treasury.submitted(treasury.claims(2))
    page = words(browser_of(treasury.season.manager).get(reverse("funding:batch", args=[batch.pk])))
    assert "账户余额不足，发放后将缺200.00元" in page

    answer = act(treasury.season.manager, "approve", batch, confirm_word="发放")

    assert (answer.status_code, "余额1,000.00元，本次1,200.00元" in words(answer)) == (422, True)


def test_a_dropped_batch_gives_its_visits_back_to_the_claim_page(treasury: Treasury) -> None:
    batch = services.make_batch(treasury.claims(2), by=treasury.season.clerk, on=JUNE_1)
    assert "可申领 0人次" in words(browser_of(treasury.season.clerk).get("/funding/claims/"))

    assert act(treasury.season.clerk, "drop", batch).status_code == 302

    assert "可申领 2人次" in words(browser_of(treasury.season.clerk).get("/funding/claims/"))


# --- the specialist ---------------------------------------------------------------------------------------------------


def test_a_specialist_sees_their_own_subsidies_and_no_others(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    mine = treasury.agreement("P1")
    claims = treasury.claims(2, agreement=mine)
    treasury.approved(claims[:1])
    treasury.claims(1, agreement=treasury.agreement("P2"), day=28)

    page = words(browser_of(treasury.season.hat_of(mine.specialist)).get("/funding/mine/"))

    assert "600.00 已发放（元） 1 已发放（次） 600.00 办理中（元）" in page
    assert "示范农林学院2026年6月1日发放" in page
    assert page.count("滹沱示范谷物种植专业合作社") == 2
    assert "5月28日" not in page


# --- who reads, who writes --------------------------------------------------------------------------------------------


def test_finance_and_audit_read_everything_and_write_nothing(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    batch = treasury.approved(treasury.claims(1))
    draft = services.make_batch(
        treasury.claims(1, agreement=treasury.agreement("P2")), by=treasury.season.clerk, on=JUNE_1
    )
    entry = LedgerEntry.objects.get(kind=EntryKind.SUBSIDY)
    account = Account.objects.get()
    before = LedgerEntry.objects.count()
    for hat in (treasury.season.finance, treasury.season.auditor):
        reader = browser_of(hat)
        for name, args in {
            "overview": [], "allocations": [], "entries": [], "rates": [], "batches": [],
            "account": [account.pk], "account-xlsx": [account.pk], "entry": [entry.pk],
            "batch": [batch.pk], "batch-xlsx": [batch.pk],
        }.items():  # fmt: skip
            assert reader.get(reverse(f"funding:{name}", args=args)).status_code == 200, name
        for name, args in {
            "budget-new": [], "allocate": [], "rates": [], "claims": [], "budget-amend": [treasury.budget.pk],
            "allocation-reverse": [Allocation.objects.get().pk], "entry-reverse": [entry.pk],
            **{f"batch-{step}": [draft.pk] for step in ("change", "submit", "approve", "return", "drop")},
        }.items():  # fmt: skip
            answer = reader.post(reverse(f"funding:{name}", args=args))
            assert (answer.status_code, "您没有权限" in words(answer)) == (403, True), name
    assert LedgerEntry.objects.count() == before


def test_an_institution_sees_nothing_of_anothers_money(treasury: Treasury) -> None:
    """SC-22: reaching for U2's account is 404."""
    season = treasury.season
    treasury.allocate(300_000)
    treasury.allocate(100_000, institution=season.u2)
    theirs = Account.objects.get(institution=season.u2)
    entry = LedgerEntry.objects.get(account=theirs)
    treasury.rate(70_000, by=season.stranger)
    clerk = browser_of(season.clerk)

    for name, pk in (
        ("account", theirs.pk),
        ("account-xlsx", theirs.pk),
        ("account-pdf", theirs.pk),
        ("entry", entry.pk),
    ):
        assert clerk.get(reverse(f"funding:{name}", args=[pk])).status_code == 404
    assert clerk.post(reverse("funding:entry-reverse", args=[entry.pk]), {"reason": "x"}).status_code == 404
    for address in ("/funding/entries/", f"/funding/entries/?account={theirs.pk}", "/funding/allocations/",
                    f"/funding/allocations/?institution={season.u2.pk}", "/funding/rates/", "/funding/batches/"):  # fmt: skip
        page = words(clerk.get(address))
        assert "示范理工大学" not in page
        assert "1,000.00" not in page
        assert "700.00" not in page


@pytest.mark.parametrize("address", ["entries", "batches", "allocations", "rates"])
@pytest.mark.parametrize("role", ["officer", "clerk"])
def test_lists_ask_the_database_as_often_for_many_rows_as_for_one(treasury: Treasury, address: str, role: str) -> None:
    treasury.allocate(1_000_000)
    agreement = treasury.agreement()
    treasury.approved(treasury.claims(1, agreement=agreement))
    reader = browser_of(getattr(treasury.season, role))
    url = reverse(f"funding:{address}")
    reader.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        reader.get(url)
    for day in (22, 23, 24):
        treasury.approved(treasury.claims(1, agreement=agreement, day=day))
        treasury.allocate(1_000, f"{day}号")
        treasury.rate(60_000, since=date(2026, 6, day))
    with CaptureQueriesContext(connection) as many:
        reader.get(url)
    assert len(few) == len(many) <= (7 if address == "rates" else 6)


# --- papers -----------------------------------------------------------------------------------------------------------


def test_the_printed_sheet_is_made_once_after_the_approval_and_handed_out(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    batch = treasury.approved(treasury.claims(2))
    address = reverse("funding:batch-pdf", args=[batch.pk])
    clerk = browser_of(treasury.season.clerk)
    assert clerk.get(address).status_code == 302, "not made yet"

    from core.models import OutboxRow

    row = OutboxRow.objects.get(task="funding.tasks.make_sheet")
    tasks.make_sheet(outbox_id=row.pk)
    tasks.make_sheet(outbox_id=row.pk)

    batch.refresh_from_db()
    answer: Any = clerk.get(address)
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert services.make_sheet(batch) == batch.sheet, "and not again"


def test_before_its_approval_a_batch_has_no_sheet(treasury: Treasury) -> None:
    batch = treasury.submitted(treasury.claims(1))
    for name in ("batch-pdf", "batch-xlsx"):
        answer = browser_of(treasury.season.clerk).get(reverse(f"funding:{name}", args=[batch.pk]), follow=True)
        assert "发放后才有发放明细表" in words(answer)
    assert services.make_sheet(batch) is None


# --- whose account ----------------------------------------------------------------------------------------------------


def test_an_account_only_asked_for_is_shown_as_waiting_and_never_paid_to(treasury: Treasury) -> None:
    season = treasury.season
    treasury.allocate(500_000)
    agreement = treasury.agreement()
    batch = treasury.submitted(treasury.claims(agreement=agreement))
    request = asked(agreement.specialist, season.clerk, on=JUNE_1)
    desk = browser_of(season.manager)

    page = words(desk.get(f"/funding/batches/{batch.pk}/"))
    for said in ("****0017", "账户变更待审核 同意前仍付原账户 李喆\u3000 变更待审核 申请变更为****4567"):
        assert said in page
    services.approve_batch(batch, by=season.manager, on=JUNE_1)
    change_requests.decide_change(request, by=season.manager, on=JUNE_1, passed=True)

    assert AuditEvent.objects.get(verb="claim.paid").after["payee_account"] == "****0017"
    page = words(desk.get(f"/funding/batches/{batch.pk}/"))
    assert "****0017" in page, "it is paid: the new one is not its"
    assert not any(said in page for said in ("****4567", "变更待审核", "已变更"))


def test_a_payee_without_an_account_is_marked(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    Specialist.objects.update(bank_account="", bank_name="")
    batch = treasury.submitted(treasury.claims(agreement=agreement))

    assert "没有银行账号" in words(browser_of(treasury.season.manager).get(f"/funding/batches/{batch.pk}/"))

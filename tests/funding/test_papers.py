"""发放明细表 and 台账, in print and in Excel: one line per person and visit day, and what they sum to."""

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pypdfium2
import pytest
import time_machine

from funding import documents, services, sheets
from funding.enums import EntryKind
from funding.models import Account, LedgerEntry, PaymentBatch
from tests.cast import PEOPLE, Season
from tests.funding.conftest import JUNE_1, Treasury


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def paid(treasury: Treasury) -> PaymentBatch:
    treasury.allocate(400_000)
    first = treasury.claims(2, agreement=treasury.agreement("P1"))
    return treasury.approved([*first, *treasury.claims(1, agreement=treasury.agreement("P7"), day=25)])


def sheet_of(made: tuple[str, bytes]) -> Any:
    return openpyxl.load_workbook(io.BytesIO(made[1])).worksheets[0]


def rows_of(sheet: Any) -> list[tuple[Any, ...]]:
    """The lines below the head, up to the total."""
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    return rows[: next(number for number, row in enumerate(rows) if "计" in str(row[0]))]


def text_of(data: bytes) -> str:
    paper = pypdfium2.PdfDocument(data)
    text = "\n".join(page.get_textpage().get_text_range() for page in paper)
    paper.close()
    return text


def test_the_sheet_has_one_line_per_person_and_visit_day(paid: PaymentBatch, season: Season) -> None:
    made = sheets.payment_sheet(paid, by=season.clerk)
    sheet = sheet_of(made)

    assert made[0] == "2026年科技特派员工作补助发放明细表_示范农林学院_2026-0001.xlsx"
    assert [cell.value for cell in sheet[3]] == [
        "序号", "姓名", "证件号码", "特派员类别", "派驻单位", "服务日期", "服务内容", "补助金额", "收款账号", "凭证号", "发放日期", "签领",
    ]  # fmt: skip
    host, paid_on = "滹沱示范谷物种植专业合作社", datetime(2026, 6, 1)
    assert rows_of(sheet) == [
        (1, "李喆", "139999********0010", "农业", host, datetime(2026, 5, 21), "技术咨询", 600, "****0017", "2026-0001", paid_on, None),
        (2, "李喆", "139999********0010", "农业", host, datetime(2026, 5, 22), "技术咨询", 600, "****0017", "2026-0001", paid_on, None),
        (3, "欧阳明远", "139999********0074", "农业", host, datetime(2026, 5, 25), "技术咨询", 600, "****0017", "2026-0001", paid_on, None),
    ]  # fmt: skip
    assert (sheet["H7"].value, sheet["C8"].value) == ("=SUM(H4:H6)", "人民币壹仟捌佰元整")
    assert sheet["C4"].number_format == "@", "an ID number stays text"


def test_no_full_id_number_stands_on_any_paper(paid: PaymentBatch, season: Season) -> None:
    account = Account.objects.get()
    entries = LedgerEntry.objects.filter(account=account)
    books = [
        sheets.payment_sheet(paid, by=season.clerk)[1],
        sheets.ledger(account, entries, by=season.auditor, on=JUNE_1, period="2026年度")[1],
    ]
    papers = [documents.sheet_pdf(paid), documents.ledger_pdf(account, entries, on=JUNE_1, period="2026年度")]
    said = [str([list(sheet.values) for sheet in openpyxl.load_workbook(io.BytesIO(book))]) for book in books]
    said += [text_of(paper) for paper in papers]
    for text in said:
        assert "139999********0010" in text
        assert not any(number in text for _, number in PEOPLE.values())
    for sheet in (said[0], said[2]):
        assert sheet.count("****0017") == 3, "whose account each line went to"
        assert "6222000000000000017" not in sheet


@pytest.mark.parametrize(("kept", "told"), [(None, "未记录"), ("", "没有银行账号")], ids=["never kept", "has none"])
def test_a_line_says_honestly_where_no_account_is_known(
    paid: PaymentBatch, season: Season, kept: str | None, told: str
) -> None:
    """What was paid before accounts were kept, and who has none."""
    line = LedgerEntry.objects.select_related(*documents.WHOLE).filter(batch=paid).first()
    assert line
    assert line.claim
    line.claim.payee_masked = kept
    assert documents._line(line).payee == told


def test_the_sum_of_the_exported_lines_is_the_change_of_the_balance(treasury: Treasury, paid: PaymentBatch) -> None:
    """SC-22, also after a reversal: the wrong line stays and its opposite follows it."""
    season = treasury.season
    entry = LedgerEntry.objects.filter(kind=EntryKind.SUBSIDY).last()
    assert entry
    treasury.reversed(entry, reason="人员登记有误")
    account = Account.objects.get()

    lines = rows_of(sheet_of(sheets.payment_sheet(paid, by=season.clerk)))
    ledger = rows_of(
        sheet_of(
            sheets.ledger(
                account, LedgerEntry.objects.filter(account=account), by=season.clerk, on=JUNE_1, period="2026年度"
            )
        )
    )

    assert [row[7] for row in lines] == [600, 600, 600, -600]
    assert sum(row[7] for row in lines) * 100 == 400_000 - account.balance_fen
    given, spent = (sum(row[place] or 0 for row in ledger) for place in (10, 11))
    assert (given - spent) * 100 == account.balance_fen == 280_000
    assert [row[12] for row in ledger] == [4000, 3400, 2800, 2200, 2800], "and each line says what was left"
    assert [row[3] for row in ledger] == ["拨入", "发放", "发放", "发放", "冲红"]


def test_a_month_of_the_ledger_sums_to_that_months_change(treasury: Treasury, paid: PaymentBatch) -> None:
    account = Account.objects.get()
    rows = LedgerEntry.objects.filter(account=account)
    may, june = rows.filter(posted_on__month=5), rows.filter(posted_on__month=6)

    context = documents.ledger_context(account, june, on=JUNE_1, period="2026年6月")

    assert (context["given_fen"], context["paid_fen"], context["change_fen"]) == (0, 180_000, -180_000)
    assert documents.ledger_context(account, may, on=JUNE_1, period="2026年5月")["change_fen"] == 400_000
    assert context["capitals"] == "人民币壹仟捌佰元整"


def test_the_printed_sheet_reads_as_the_workbook(paid: PaymentBatch) -> None:
    text = text_of(documents.sheet_pdf(paid))

    for part in (
        "2026年科技特派员工作补助发放明细表",
        "填报单位：示范农林学院（盖章）",
        "人民币壹仟捌佰元整",
        "3 人次",
        "1,800.00",
        "凭证号　2026-0001",
        "第 1 页　共 1 页",
        "审核人：孟主任",
        "制表人：刘静怡",
    ):
        assert part in text.replace("\r\n", "\n"), part


def test_the_same_sheet_is_printed_in_the_same_bytes(paid: PaymentBatch) -> None:
    assert documents.sheet_pdf(paid) == documents.sheet_pdf(paid)


def test_a_sheet_of_many_lines_repeats_its_head_and_numbers_its_pages(treasury: Treasury) -> None:
    treasury.allocate(30_000_000)
    agreement = treasury.agreement()
    trips = [treasury.trip(agreement, date(2026, 5, 21 + n)) for n in range(11)]
    trips += [treasury.trip(agreement, date(2026, 6, 1 + n)) for n in range(30)]
    claims = services.claim_visits(trips, by=treasury.season.clerk, on=JUNE_1)
    batch = treasury.approved(claims)

    paper = pypdfium2.PdfDocument(documents.sheet_pdf(batch))
    pages = [page.get_textpage().get_text_range() for page in paper]
    sizes = {tuple(round(side) for side in page.get_size()) for page in paper}
    paper.close()

    assert len(pages) > 1
    assert sizes == {(842, 595)}, "A4, lying"
    assert all("证件号码" in page for page in pages)
    assert all(f"第 {number} 页　共 {len(pages)} 页" in page for number, page in enumerate(pages, start=1))


def test_words_that_begin_like_a_formula_stay_words(treasury: Treasury) -> None:
    treasury.allocate(200_000, "=1+1")
    account = Account.objects.get()
    made = sheets.ledger(account, LedgerEntry.objects.all(), by=treasury.season.clerk, on=JUNE_1, period="2026年度")
    cell = sheet_of(made)["N4"]
    assert (cell.data_type, cell.value) == ("s", "'=1+1")


def test_amounts_are_exact_to_the_last_fen(treasury: Treasury) -> None:
    treasury.allocate(29_999_999)
    account = Account.objects.get()
    made = sheets.ledger(account, LedgerEntry.objects.all(), by=treasury.season.clerk, on=JUNE_1, period="2026年度")
    assert Decimal(str(sheet_of(made)["K4"].value)) == Decimal("299999.99")

"""Workbooks of money: 发放明细表 of a batch and 台账 of an account."""

from datetime import date

from django.utils.timezone import now

from accounts.models import Membership
from core.sheets import Column, Kind, Report, workbook
from funding import documents
from funding.documents import Line
from funding.models import Account, EntryQuerySet, LedgerEntry, PaymentBatch

PERSON = (
    Column("姓名", width=10),
    Column("证件号码", width=22),
    Column("特派员类别", width=14),
    Column("派驻单位", width=30, left=True),
    Column("服务日期", Kind.DATE, 15),
    Column("服务内容", width=20, left=True),
)


def payment_sheet(batch: PaymentBatch, *, by: Membership) -> tuple[str, bytes]:
    """发放明细表 of an approved batch as it stands now: what was reversed since follows as a line of its own."""
    rows = documents.lines(LedgerEntry.objects.filter(batch=batch))
    assert batch.approved_on
    report = Report(
        title=documents.sheet_title(batch),
        unit=str(batch.institution),
        on=batch.approved_on,
        columns=[
            *PERSON,
            Column("补助金额", Kind.MONEY, 13, total=True),
            Column("收款账号", width=12),
            Column("凭证号", width=12),
            Column("发放日期", Kind.DATE, 15),
            Column("签领", width=12),
        ],
        rows=[(*_person(row), row.paid_fen, row.payee, row.voucher, row.posted_on, None) for row in rows],
    )
    conditions = {"凭证号": batch.voucher_number, "用途": batch.purpose}
    data = workbook(report, by=str(by.person), at=now(), conditions=conditions)
    return documents.sheet_name(batch, "xlsx"), data


def ledger(account: Account, entries: EntryQuerySet, *, by: Membership, on: date, period: str) -> tuple[str, bytes]:
    """台账 of some of an account's entries: 收入 less 支出 is the change of the balance."""
    rows = documents.lines(entries)
    report = Report(
        title=documents.ledger_title(account),
        unit=str(account.institution),
        on=on,
        columns=[
            Column("记账日期", Kind.DATE, 15),
            Column("凭证号", width=12),
            Column("类型", width=8),
            *PERSON,
            Column("收入金额", Kind.MONEY, 14, total=True),
            Column("支出金额", Kind.MONEY, 14, total=True),
            Column("余额", Kind.MONEY, 14),
            Column("摘要", width=22, left=True),
        ],
        rows=[
            (
                row.posted_on,
                row.voucher or None,
                row.kind,
                *_person(row),
                row.given_fen,
                row.paid_fen,
                row.balance_fen,
                row.memo,
            )
            for row in rows
        ],
    )
    conditions = {"期间": period, "校验码": documents.check_code(account.last_digest)}
    return report.file_name, workbook(report, by=str(by.person), at=now(), conditions=conditions)


def _person(row: Line) -> tuple[object, ...]:
    return (row.name, row.id_masked, row.category, row.host, row.day, row.content)

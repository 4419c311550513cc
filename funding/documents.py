"""What stands on the papers of money: 发放明细表 of a batch and 台账 of an account, in print and in Excel alike.

One line per entry: a person and a visit day with voucher number and pay date, or an allocation. Because the lines are
the ledger's own entries, reversals included, their sum is always the change of the balance. ID numbers and accounts are
masked.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core import pdf
from core.money import capitals
from funding.enums import NO_ACCOUNT, NOT_KEPT, EntryKind
from funding.models import Account, Claim, EntryQuerySet, LedgerEntry, PaymentBatch
from specialists.enums import Form, PersonnelType

CLAIM = "attendance__visit__agreement"
WHOLE = (
    "account__institution__organization",
    "batch",
    "allocation",
    *(
        f"{claim}{part}"
        for claim in ("claim", "reverses__claim")
        for part in ("__specialist", f"__{CLAIM}__registration", f"__{CLAIM}__host__organization")
    ),
)


@dataclass(frozen=True)
class Line:
    """One entry in the words of the papers; what it has nothing to say about is None."""

    posted_on: date
    voucher: str
    kind: str
    name: str | None
    id_masked: str | None
    category: str | None
    host: str | None
    day: date | None
    content: str | None
    payee: str | None  # the account it was paid to, masked
    given_fen: int | None
    paid_fen: int | None
    balance_fen: int
    memo: str


def lines(entries: EntryQuerySet) -> list[Line]:
    """The entries in the order of the ledger, each with whom and what it paid for."""
    return [_line(entry) for entry in entries.select_related(*WHOLE).order_by("account", "sequence")]


def _line(entry: LedgerEntry) -> Line:
    wrong = entry.reverses
    claim = entry.claim or (wrong.claim if wrong else None)
    visit = claim.attendance.visit if claim else None
    gives = EntryKind.ALLOCATION in (entry.kind, wrong.kind if wrong else None)
    return Line(
        posted_on=entry.posted_on,
        voucher=entry.batch.voucher_number if entry.batch else "",
        kind=entry.get_kind_display(),
        name=claim.specialist.name if claim else None,
        id_masked=claim.specialist.id_masked if claim else None,
        category=_category(visit.agreement.registration) if visit else None,
        host=str(visit.agreement.host) if visit else None,
        day=claim.service_date if claim else None,
        content="、".join(visit.activities[:2]) if visit else None,
        payee=_payee(claim) if claim else None,
        given_fen=entry.amount_fen if gives else None,
        paid_fen=None if gives else -entry.amount_fen,
        balance_fen=entry.balance_fen,
        memo=entry.memo,
    )


def _payee(claim: Claim) -> str:
    return NOT_KEPT if claim.payee_masked is None else claim.payee_masked or NO_ACCOUNT


def _category(registration: Any) -> str:
    if registration.form == Form.TEAM:
        return str(registration.get_form_display())
    if registration.personnel_type == PersonnelType.GRADUATE:
        return str(registration.get_personnel_type_display())
    return str(registration.get_category_display())


# --- 发放明细表 of a batch --------------------------------------------------------------------------------------------


def sheet_title(batch: PaymentBatch) -> str:
    return f"{batch.year}年科技特派员工作补助发放明细表"


def sheet_name(batch: PaymentBatch, kind: str) -> str:
    return f"{sheet_title(batch)}_{batch.institution}_{batch.voucher_number}.{kind}"


def sheet_context(batch: PaymentBatch) -> dict[str, Any]:
    rows = lines(LedgerEntry.objects.filter(batch=batch))
    total = sum(row.paid_fen or 0 for row in rows)
    return {
        "title": sheet_title(batch),
        "institution": batch.institution,
        "on": batch.approved_on,
        "voucher": batch.voucher_number,
        "purpose": batch.purpose,
        "rows": rows,
        "trips": sum(1 if (row.paid_fen or 0) > 0 else -1 for row in rows),
        "total_fen": total,
        "capitals": capitals(total),
        "maker": batch.maker,
        "approver": batch.approver,
        "phone": batch.institution.organization.contact_phone,
    }


def sheet_pdf(batch: PaymentBatch) -> bytes:
    """发放明细表 of an approved batch. Raises as core.pdf.render does."""
    return pdf.render("papers/payment_sheet.html", sheet_context(batch))


# --- 台账 of an account -----------------------------------------------------------------------------------------------


def ledger_title(account: Account) -> str:
    return f"{account.year}年科技特派员工作补助台账"


def ledger_context(account: Account, entries: EntryQuerySet, *, on: date, period: str) -> dict[str, Any]:
    rows = lines(entries)
    given = sum(row.given_fen or 0 for row in rows)
    paid = sum(row.paid_fen or 0 for row in rows)
    return {
        "title": ledger_title(account),
        "account": account,
        "on": on,
        "period": period,
        "rows": rows,
        "given_fen": given,
        "paid_fen": paid,
        "change_fen": given - paid,
        "capitals": capitals(paid),
        "phone": account.institution.organization.contact_phone,
        "check_code": check_code(account.last_digest),
    }


def ledger_pdf(account: Account, entries: EntryQuerySet, *, on: date, period: str) -> bytes:
    """台账 of some of an account's entries, all of one period. Raises as core.pdf.render does."""
    return pdf.render("papers/ledger.html", ledger_context(account, entries, on=on, period=period))


def check_code(digest: str) -> str:
    """The beginning of a digest as people compare it: 7F3A-91C2-D40E."""
    return "-".join(digest[start : start + 4].upper() for start in (0, 4, 8))

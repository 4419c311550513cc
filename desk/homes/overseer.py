"""财务、审计: the year's fund, each institution's account, whether the ledger is whole, what the last check found."""

from datetime import date
from typing import Any

from accounts.models import Membership
from agreements.models import QuotaRun
from core.jinja import money
from desk.figures import Figure, rows
from desk.homes.shared import gauges, near_dates, spending, today_in_words
from desk.queries import running_round
from funding import ledger
from funding.enums import BatchStatus
from funding.models import Budget, LedgerEntry, PaymentBatch
from funding.queries import sums


def home(hat: Membership, on: date) -> tuple[str, dict[str, Any]]:
    year = on.year
    budget = Budget.objects.visible_to(hat).filter(year=year).first()
    found = sums(LedgerEntry.objects.visible_to(hat).filter(account__year=year))
    batches = PaymentBatch.objects.visible_to(hat).filter(year=year, status=BatchStatus.SUBMITTED).count()
    faults = ledger.verify()
    whole = budget.amount_fen if budget else 0
    context = {
        "said": f"{today_in_words(on)}　·　{hat.organization}",
        "figures": [
            Figure(
                "年度专项经费（元）",
                money(whole),
                rows("funding:overview", year=year),
                note="" if budget else "尚未登记",
                definition="市财政当年安排的科技特派员专项经费",
            ),
            Figure(
                "已拨付（元）",
                money(found.given_fen),
                rows("funding:entries", year=year, flow="given"),
                definition="拨付到各派出单位的合计，已扣除冲红",
            ),
            Figure(
                "已发放（元）",
                money(found.paid_fen),
                rows("funding:entries", year=year, flow="paid"),
                note=f"{found.trips} 人次",
                definition="各派出单位发放给科技特派员的合计，已扣除冲红",
            ),
            Figure(
                "各单位余额（元）",
                money(found.balance_fen),
                rows("funding:entries", year=year),
                definition="已拨付减已发放",
            ),
            Figure(
                "待复核批次",
                batches,
                rows("funding:batches", year=year, status="submitted"),
                definition="派出单位已提交、尚未复核发放的批次",
            ),
        ],
        "spending": spending(hat, on=on),
        "allocated": (found.given_fen, whole),
        "document_number": budget.document_number if budget else "",
        "faults": [(fault, fault.words) for fault in faults],
        "entries": LedgerEntry.objects.visible_to(hat).count(),
        "run": QuotaRun.objects.visible_to(hat).filter(year=year).order_by("-pk").first(),
        "plan": gauges(year, on=on),
        "dates": near_dates(hat, running_round(hat), on=on),
        "year": year,
    }
    return "desk/overseer.html", context

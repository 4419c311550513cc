"""发放批次: made by one person of the institution, approved by another; then its 发放明细表."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.lists.bar import bar_of
from core import files
from core.answers import download
from core.files import XLSX
from core.jinja import cdate, money
from core.money import capitals
from core.policy import Finding, Refused, plain
from core.stale import Stale
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences
from funding import queries, services, sheets
from funding.enums import BatchStatus, ClaimStatus
from funding.forms import NoteForm, ReturnForm
from funding.listed import BATCHES, BatchListForm, found_by
from funding.models import Account, Claim, LedgerEntry, PaymentBatch
from funding.views.common import keys_in, years

CONFIRM_WORD = "发放"


@require_safe
def batches(request: HatRequest) -> HttpResponse:
    hat, on = request.membership, localdate()
    form = BatchListForm(request.GET, hat)
    bar = bar_of(request, BATCHES, form)
    if isinstance(bar, HttpResponse):
        return bar
    rows = found_by(form, hat, on)
    year, status = int(form.cleaned_data.get("year", on.year)), form.cleaned_data.get("status", "")
    own = can(hat, "batch.make")
    table = Table(
        columns=[
            Column(
                "id",
                "批次",
                cell=lambda row: row["voucher_number"] or f"P-{row['id']}",
                sub=lambda row: row["note"] or None,
                href=addresses("funding:batch"),
                nowrap=True,
                phone="title",
            ),
            *([] if own else [Column("institution__organization__name", "派出单位", phone="line")]),
            Column("total_fen", "金额", cell=lambda row: money(row["total_fen"]), align="end", nowrap=True),
            Column("maker__name", "经办人", sub=lambda row: cdate(row["made_at"])),
            Column(
                "approver__name", "复核人", sub=lambda row: cdate(row["approved_on"]) if row["approved_on"] else None
            ),
            Column(
                "status",
                "状态",
                cell=lambda row: BatchStatus(row["status"]).label,
                tone=lambda row: BatchStatus.tones[row["status"]],
                phone="aside",
            ),
        ],
        rows=Keyset(
            rows.values(
                "id",
                "voucher_number",
                "note",
                "total_fen",
                "status",
                "maker__name",
                "made_at",
                "approver__name",
                "approved_on",
                "institution__organization__name",
            ),
            order=BATCHES.order,
            query=request.GET,
        ),
        caption=f"{year}年度发放批次",
        query=request.GET,
        row_href=addresses("funding:batch"),
        empty=f"{year}年度还没有发放批次。",
        empty_action={"url": reverse("funding:claims"), "label": "核算补助"} if own else None,
        everything=bar.everything,
    )
    context = {
        "table": table,
        "bar": bar,
        "year": year,
        "years": years(on, year),
        "own": own,
        "chips": [
            {"label": label, "url": f"?year={year}{f'&status={value}' if value else ''}", "current": value == status}
            for value, label in [("", "全部"), *BatchStatus.choices]
        ],
    }
    return render(request, "funding/batches.html", context)


@require_safe
def batch(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, PaymentBatch))


def _page(
    request: HatRequest,
    batch: PaymentBatch,
    *,
    findings: list[Finding] | None = None,
    opinion: ReturnForm | None = None,
    note: NoteForm | None = None,
    stale: Stale | None = None,
) -> HttpResponse:
    hat = request.membership
    batch = PaymentBatch.objects.select_related("institution__organization", "maker", "approver", "sheet").get(
        pk=batch.pk
    )
    account = Account.objects.filter(institution=batch.institution, year=batch.year).first()
    mine = batch.maker_id == hat.person_id
    editable = batch.status in BatchStatus.editable and can(hat, "batch.make")
    checking = batch.status == BatchStatus.SUBMITTED and can(hat, "batch.approve")
    left = queries.balance(account) - batch.total_fen
    payees = queries.payees(Claim.objects.filter(batch=batch))
    lines = _lines(batch, payees, editable=editable)
    open_still = batch.status not in (BatchStatus.APPROVED, BatchStatus.DROPPED)
    context = {
        "batch": batch,
        "tone": BatchStatus.tones[batch.status],
        "facts": _facts(batch, account, lines),
        "lines": lines,
        "findings": findings or [],
        "opinion": opinion or ReturnForm(),
        "note": note or NoteForm(initial={"note": batch.note}),
        "stale": stale,
        "editable": editable,
        "may_submit": editable and mine,
        "may_check": checking and not mine,
        "waits_for_another": checking and mine,
        "left": left,
        "capitals": capitals(batch.total_fen),
        "confirm_word": CONFIRM_WORD,
        "account": account,
        "payees_seen": queries.payees_seen(Claim.objects.filter(batch=batch)) if editable else "",
        "other_payees": _other_payees(batch, payees) if open_still else [],
        "changes_asked": queries.changes_asked(batch, reader=hat) if open_still else [],
        "events": sentences(batch),
    }
    refused = bool(findings) or any(form is not None and form.errors for form in (opinion, note))
    return render(request, "funding/batch.html", context, status=409 if stale else 422 if refused else 200)


def _facts(batch: PaymentBatch, account: Account | None, lines: Table) -> list[tuple[Any, ...]]:
    return [
        ("派出单位", str(batch.institution), f"{batch.year}年度"),
        ("合计", f"{money(batch.total_fen)}元", f"{len(lines.rows)}人次　{capitals(batch.total_fen)}"),  # type: ignore[arg-type]
        ("用途", batch.purpose),
        ("说明", batch.note),
        ("经办人", str(batch.maker), f"{cdate(batch.submitted_on)}提交" if batch.submitted_on else ""),
        ("复核人", str(batch.approver) if batch.approver else None),
        ("发放日期", cdate(batch.approved_on) if batch.approved_on else None),
        ("凭证号", batch.voucher_number),
        ("账户余额", f"{money(queries.balance(account))}元"),
    ]


def _other_payees(batch: PaymentBatch, payees: list[queries.Payee]) -> list[str]:
    """Whose account is not the one handed in, each once: 李喆：提交时为****0017，现为****4567."""
    told = [f"{one.name}：提交时为{one.handed_in}，现为{one.now}" for one in payees if one.has_changed]
    if batch.status == BatchStatus.SUBMITTED:
        told += [f"{one.name}：提交时没有记录" for one in payees if one.handed_in is None]
    return list(dict.fromkeys(told))


def _lines(batch: PaymentBatch, payees: list[queries.Payee], *, editable: bool) -> Table:
    payee, shown = {one.claim: one for one in payees}, _shown_of(batch)
    rows = list(
        Claim.objects.filter(batch=batch)
        .order_by("service_date", "pk")
        .values(
            "id",
            "status",
            "amount_fen",
            "service_date",
            "specialist__name",
            "specialist__id_masked",
            "entry__id",
            "attendance__visit_id",
            "attendance__visit__agreement__host__organization__name",
        )
    )
    return Table(
        columns=[
            Column(
                "specialist__name",
                "特派员",
                sub=lambda row: row["specialist__id_masked"],
                href=_entry_or_visit,
                phone="title",
            ),
            Column("service_date", "服务日期", cell=lambda row: cdate(row["service_date"]), nowrap=True, phone="line"),
            Column("attendance__visit__agreement__host__organization__name", "派驻单位", phone="line"),
            Column("amount_fen", "补助金额", cell=lambda row: money(row["amount_fen"]), align="end", phone="aside"),
            Column(
                "payee",
                "收款账户",
                cell=lambda row: shown(payee[row["id"]])[0],
                sub=lambda row: shown(payee[row["id"]])[1] or None,
                tone=lambda row: shown(payee[row["id"]])[2],
                phone="labelled",
            ),
            Column(
                "status",
                "状态",
                cell=lambda row: ClaimStatus(row["status"]).label,
                tone=lambda row: ClaimStatus.tones[row["status"]],
            ),
        ],
        rows=rows,
        select="claim" if editable else "",
        caption="发放明细",
        foot={
            "specialist__name": f"合计{len(rows)}人次",
            "amount_fen": money(sum(row["amount_fen"] for row in rows)),
        }
        if rows
        else None,
        empty="批次中没有补助。",
        id="lines",
    )


def _shown_of(batch: PaymentBatch) -> Callable[[queries.Payee], tuple[str, str, str]]:
    """Of an account: what to show, what is to be known before it is paid to, and its tone.

    While the batch may still be changed it is the register's, which is what is handed in; after that, what was.
    """

    def shown(payee: queries.Payee) -> tuple[str, str, str]:
        account, more = payee.goes_to, payee.goes_to.bank
        if batch.status in BatchStatus.editable:
            account = payee.now
            more = f"{account.bank}　上次提交时为{payee.handed_in}" if payee.has_changed else account.bank
        elif payee.has_changed:
            more = f"已变更，现为{payee.now}"
        elif batch.status == BatchStatus.SUBMITTED and payee.handed_in is None:
            return account.number, "提交时没有记录", "block"
        bad = payee.has_changed or (not account.mask and not payee.is_settled)
        return account.number, more, "block" if bad else ""

    return shown


def _entry_or_visit(row: Row) -> str:
    """A paid line opens its entry, from which the trail leads on; before that there is only the visit."""
    if row["entry__id"]:
        return reverse("funding:entry", args=[row["entry__id"]])
    return reverse("visits:detail", args=[row["attendance__visit_id"]])


# --- its steps --------------------------------------------------------------------------------------------------------


@require_POST
@answer_once
def change(request: HatRequest, pk: int) -> HttpResponse:
    """Take the ticked lines out of a draft, and be its maker from then on. 409 when it was changed meanwhile."""
    batch, form = subject(request, PaymentBatch), NoteForm(request.POST)
    out = keys_in(request.POST.getlist("claim"))
    if not form.is_valid():
        return _page(request, batch, note=form)
    try:
        batch = services.change_batch(
            batch,
            claims=batch.claims.exclude(pk__in=out),
            by=request.membership,
            on=localdate(),
            note=form.cleaned_data["note"],
            version=version_sent(request),
        )
    except Refused as refusal:
        return _page(request, batch, findings=refusal.findings)
    except Stale as stale:
        return _page(request, batch, note=form, stale=stale)
    messages.success(request, f"批次已保存，现为{batch.claims.count()}人次，合计{money(batch.total_fen)}元。")
    return redirect("funding:batch", batch.pk)


@require_POST
@answer_once
def submit(request: HatRequest, pk: int) -> HttpResponse:
    batch = subject(request, PaymentBatch)
    try:
        services.submit_batch(
            batch,
            by=request.membership,
            on=localdate(),
            version=version_sent(request),
            payees=request.POST.get("payees") or None,
        )
    except Refused as refusal:
        return _page(request, batch, findings=refusal.findings)
    except Stale as stale:
        return _page(request, batch, stale=stale)
    messages.success(request, "已提交，请本单位其他人员复核发放。")
    return redirect("funding:batch", batch.pk)


@require_POST
@answer_once
def approve(request: HatRequest, pk: int) -> HttpResponse:
    """Money in bulk leaves only after its word was typed; the page asks for it, and this looks again."""
    batch = subject(request, PaymentBatch)
    if request.POST.get("confirm_word", "").strip() != CONFIRM_WORD:
        return _page(request, batch, findings=[plain("E-CONFIRM", f"请输入“{CONFIRM_WORD}”确认后再发放。")])
    try:
        batch = services.approve_batch(batch, by=request.membership, on=localdate(), version=version_sent(request))
    except Refused as refusal:
        return _page(request, batch, findings=refusal.findings)
    except Stale as stale:
        return _page(request, batch, stale=stale)
    messages.success(request, f"已发放{money(batch.total_fen)}元，凭证号{batch.voucher_number}，台账已记账。")
    return redirect("funding:batch", batch.pk)


@require_POST
@answer_once
def give_back(request: HatRequest, pk: int) -> HttpResponse:
    batch, form = subject(request, PaymentBatch), ReturnForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, opinion=form)
    try:
        services.return_batch(
            batch,
            by=request.membership,
            on=localdate(),
            opinion=form.cleaned_data["opinion"],
            version=version_sent(request),
        )
    except Refused as refusal:
        return _page(request, batch, opinion=form, findings=refusal.findings)
    except Stale as stale:
        return _page(request, batch, opinion=form, stale=stale)
    messages.success(request, "批次已退回，经办人会收到通知。")
    return redirect("funding:batch", batch.pk)


@require_POST
@answer_once
def drop(request: HatRequest, pk: int) -> HttpResponse:
    batch = subject(request, PaymentBatch)
    try:
        services.drop_batch(batch, by=request.membership, on=localdate(), version=version_sent(request))
    except Refused as refusal:
        return _page(request, batch, findings=refusal.findings)
    except Stale as stale:
        return _page(request, batch, stale=stale)
    messages.success(request, "批次已作废，其中的补助可以重新编入批次。")
    return redirect("funding:batch", batch.pk)


# --- its paper --------------------------------------------------------------------------------------------------------


@require_safe
def sheet_pdf(request: HatRequest, pk: int) -> HttpResponse:
    batch = subject(request, PaymentBatch)
    if batch.sheet is None:
        messages.info(request, "发放明细表正在生成，请稍后再试。" if batch.approved_on else "发放后才有发放明细表。")
        return redirect("funding:batch", batch.pk)
    return files.serve(batch.sheet)  # type: ignore[return-value]


@require_safe
def sheet_xlsx(request: HatRequest, pk: int) -> HttpResponse:
    batch = subject(request, PaymentBatch)
    if not LedgerEntry.objects.filter(batch=batch).exists():
        messages.info(request, "发放后才有发放明细表。")
        return redirect("funding:batch", batch.pk)
    name, data = sheets.payment_sheet(batch, by=request.membership)
    return download(data, name, XLSX)

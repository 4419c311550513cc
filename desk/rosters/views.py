"""The pages of the wizard: 下载模板, 上传, 列对应, 校验结果, 确认导入; and what became of a roster."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Func, IntegerField, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, subject, version_sent
from core import workbooks
from core.answers import download
from core.files import XLSX
from core.jinja import cdatetime
from core.policy import Refused, plain
from core.stale import Stale
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences
from desk.enums import Kind, Mode, Outcome, RosterStatus, Verdict
from desk.rosters import kept, making, queries, services, sheets
from desk.rosters.columns import columns_of
from desk.rosters.forms import ColumnsForm, ConfirmForm, FilterForm, SheetForm, UploadForm
from desk.rosters.lines import shown
from desk.rosters.models import RosterBatch
from specialists import titles

STEPS = ("下载模板", "上传", "列对应", "校验结果", "确认导入")
PAGE = 25  # rows whose findings one page lists
SAMPLES = 2  # rows that show what a column holds


# --- before -----------------------------------------------------------------------------------------------------------


@require_safe
def batches(request: HatRequest) -> HttpResponse:
    to = addresses("desk:roster")
    table = Table(
        columns=[
            Column(
                "file_name", "名单", href=to, sub=lambda row: f"L-{row['id']}　{Kind(row['kind']).label}", phone="title"
            ),
            Column(
                "status",
                "状态",
                cell=lambda row: RosterStatus(row["status"]).label,
                tone=lambda row: RosterStatus.tones[row["status"]],
                phone="aside",
            ),
            Column("rows", "人员（行）", align="end"),
            Column("counts", "校验结果", cell=_counted, phone="line"),
            Column("uploaded_at", "上传", cell=_uploaded, sub=lambda row: row["who"], nowrap=True, phone="line"),
        ],
        rows=Keyset(queries.batch_rows(request.membership), order=("-id",), query=request.GET),
        caption="导入的名单",
        query=request.GET,
        row_href=to,
        empty="还没有导入名单。准备好本单位的名单工作簿，几分钟可以导入全部人员、派驻单位和协议草稿。",
    )
    context = {"table": table, "kinds": queries.kinds_for(request.membership.role)}
    return render(request, "desk/rosters/list.html", context)


def _counted(row: Row) -> str:
    counts = row["counts"]
    return "　".join(f"{verdict.label} {counts[verdict]}" for verdict in Verdict if counts.get(verdict))


def _uploaded(row: Row) -> str:
    return str(cdatetime(row["uploaded_at"]))


def _kind(request: HatRequest) -> Kind:
    """Which roster the address asks for; without a word the one this hat brings first."""
    kinds = queries.kinds_for(request.membership.role)
    asked = request.GET.get("kind", kinds[0].value)
    if asked not in kinds:
        raise Http404
    return Kind(asked)


@require_safe
def template(request: HatRequest) -> HttpResponse:
    chosen = _kind(request)
    return download(sheets.template(chosen, titles=titles.offered(on=localdate())), sheets.template_name(chosen), XLSX)


@answer_once
def new(request: HatRequest) -> HttpResponse:
    """Steps 1 and 2: 302 to the columns · 422 with what is wrong with the file."""
    chosen, on = _kind(request), localdate()
    form = UploadForm(request.POST or None, request.FILES or None, kind=chosen, on=on)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.open_batch(
                form.cleaned_data["file"], kind=chosen, by=request.membership, on=on, terms=form.terms
            )
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error("file", finding.message)
        else:
            return redirect("desk:roster-columns", made.pk)
    context = {"form": form, "kind": chosen, "steps": _steps(2), "columns": columns_of(chosen).values()}
    return render(request, "desk/rosters/upload.html", context, status=422 if form.errors else 200)


def _steps(now_at: int, made: RosterBatch | None = None) -> list[dict[str, Any]]:
    urls: dict[int, str] = {}
    if made and made.status in (RosterStatus.UPLOADED, RosterStatus.CHECKED):
        urls[3] = reverse("desk:roster-columns", args=[made.pk])
    if made and made.status == RosterStatus.CHECKED:
        urls[4] = reverse("desk:roster", args=[made.pk])
    return [
        {"title": title, "state": "done" if at < now_at else "now" if at == now_at else "next", "url": urls.get(at, "")}
        for at, title in enumerate(STEPS, start=1)
    ]


# --- columns ----------------------------------------------------------------------------------------------------------


@answer_once
def columns(request: HatRequest, pk: int) -> HttpResponse:
    """Step 3: 302 to the check · 422 with what is not named or named twice."""
    made = subject(request, RosterBatch)
    if made.status not in (RosterStatus.UPLOADED, RosterStatus.CHECKED):
        return redirect("desk:roster", made.pk)
    form = _columns_form(made, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.name_columns(
                made,
                by=request.membership,
                on=localdate(),
                version=version_sent(request),
                mapping=form.mapping,
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            return redirect("desk:roster", made.pk)
    return _columns_page(request, made, form)


def _columns_form(made: RosterBatch, data: Any = None) -> ColumnsForm:
    return ColumnsForm(data, kind=Kind(made.kind), words=made.words, mapping=made.mapping)


@require_POST
@answer_once
def sheet(request: HatRequest, pk: int) -> HttpResponse:
    """Step 3, another sheet or row for the heading: 302 back to the columns, guessed anew · 422."""
    made = subject(request, RosterBatch)
    if made.status not in (RosterStatus.UPLOADED, RosterStatus.CHECKED):
        return redirect("desk:roster", made.pk)
    sheets_form = SheetForm(request.POST, sheets=_choices(made))
    if sheets_form.is_valid():
        try:
            services.look_again(
                made,
                by=request.membership,
                version=version_sent(request),
                place=sheets_form.cleaned_data["place"],
                heading=sheets_form.cleaned_data["heading"] or 0,
            )
        except Refused as refusal:
            sheets_form.refuse(refusal.findings)
        else:
            return redirect("desk:roster-columns", made.pk)
    return _columns_page(request, made, _columns_form(made), sheets_form)


def _choices(made: RosterBatch) -> list[tuple[int, str]]:
    return [(one.place, one.title) for one in workbooks.peek(workbooks.bytes_of(made.file)) if not one.hidden]


def _columns_page(
    request: HatRequest, made: RosterBatch, form: ColumnsForm, sheets_form: SheetForm | None = None
) -> HttpResponse:
    peeked = workbooks.peek(workbooks.bytes_of(made.file))
    looked = next((one for one in peeked if one.place == made.place), None)
    below = [line for line in (looked.lines if looked else []) if line.number > made.heading > 0][:SAMPLES]
    rows = []
    for name, bound in ((name, form[name]) for name in form.fields):
        column = int(name.removeprefix("column-"))
        held = [line.cells[column] if column < len(line.cells) else None for line in below]
        values = [shown(made.mapping.get(str(column), ""), cell) for cell in held]
        rows.append({"field": bound, "values": "，".join(value for value in values if value)})
    first = [line for line in (looked.lines if looked else [])][:8]
    chosen = sheets_form or SheetForm(
        initial={"place": made.place, "heading": made.heading or None},
        sheets=[(one.place, one.title) for one in peeked if not one.hidden],
    )
    context = {
        "batch": made,
        "form": form,
        "rows": rows,
        "sheets_form": chosen,
        "steps": _steps(3, made),
        "lines": [] if made.heading else [(line.number, _words(line.cells)) for line in first],
    }
    bad = form.errors or chosen.errors
    return render(request, "desk/rosters/columns.html", context, status=422 if bad else 200)


def _words(cells: Sequence[Any]) -> str:
    return "　".join(shown("", cell) for cell in cells[:8] if cell)


# --- check, progress, result ------------------------------------------------------------------------------------------


@require_safe
def batch(request: HatRequest, pk: int) -> HttpResponse:
    """Where a roster stands: step 4 with its findings, the progress of a task, or what became of it."""
    made = subject(request, RosterBatch)
    if made.status == RosterStatus.UPLOADED:
        return redirect("desk:roster-columns", made.pk)
    if made.is_running:
        return render(request, "desk/rosters/progress.html", {"batch": made, **_progress(made)})
    return _result(request, made)


@require_safe
def progress(request: HatRequest, pk: int) -> HttpResponse:
    """How far the task is; htmx asks for it every two seconds and is sent to the page of the result at the end."""
    made = subject(request, RosterBatch)
    if not request.htmx:
        return redirect("desk:roster", made.pk)
    if made.is_running:
        return render(request, "desk/rosters/_progress.html", {"batch": made, **_progress(made)})
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("desk:roster", args=[made.pk])
    return answer


def _progress(made: RosterBatch) -> dict[str, Any]:
    applying = made.status == RosterStatus.APPLYING
    whole = made.importable if applying else made.rows
    return {
        "steps": _steps(5 if applying else 4, made),
        "done": made.done if applying else made.checked,
        "whole": whole,
        "at_once": applying and made.mode == Mode.ALL,
    }


def _result(request: HatRequest, made: RosterBatch) -> HttpResponse:
    codes = queries.codes_of(made)
    filters = FilterForm(request.GET, codes=codes)
    rows = made.lines.all()
    if filters.is_valid():
        if verdict := filters.cleaned_data["verdict"]:
            rows = rows.filter(verdict=verdict)
        if code := filters.cleaned_data["code"]:
            rows = rows.filter(findings__contains=[{"code": code}])
        if not verdict and not code:
            rows = rows.exclude(findings=[]).exclude(verdict=Verdict.THERE)
    else:
        rows = rows.none()
    keyset = Keyset(
        rows.values("id", "number", "verdict", "findings", "values"),
        order=("number",),
        query=request.GET,
        size=PAGE,
        counted=rows.all(),
    )
    found = Func(F("findings"), function="jsonb_array_length", output_field=IntegerField())
    sums = rows.aggregate(rows=Count("pk"), found=Sum(found))
    keyset.total = sums["rows"]
    keyset.foot_words = f"共 {sums['rows']:,} 行，{sums['found'] or 0:,} 个问题"  # each problem is a line of the table
    keyset.rows = [one for row in keyset.rows for one in queries.flattened(row)]
    table = Table(
        columns=[
            Column("number", "行号", cell=lambda row: f"第{row['number']}行", sub=lambda row: row["name"], nowrap=True),
            Column("level", "结果", cell=lambda row: row["word"], tone=lambda row: row["tone"], phone="aside"),
            Column("column", "列", sub=_place, phone="line"),
            Column("value", "原值"),
            Column("message", "问题", sub=_article, phone="line"),
            Column("advice", "怎样处理", href=lambda row: row["link"]),
        ],
        rows=keyset,
        caption="校验发现的问题",
        query=request.GET,
        empty="没有发现问题，可以全部导入。",
        empty_filtered="没有符合条件的行。",
    )
    until = services.take_back_until(made)
    context = {
        "batch": made,
        "table": table,
        "filters": filters,
        "cards": _cards(request, made),
        "steps": _steps(4 if made.status == RosterStatus.CHECKED else 6, made),
        "made": services.made_by(made) if made.applied_at else {},
        "refused": made.lines.filter(outcome=Outcome.REFUSED).count(),
        "left": made.lines.exclude(outcome=Outcome.APPLIED).exclude(verdict=Verdict.THERE).count(),
        "until": until,
        "may_take_back": made.status == RosterStatus.APPLIED and until is not None and now() < until,
        "events": sentences(made),
        "findings": getattr(request, "refused_with", []),
    }
    return render(request, "desk/rosters/batch.html", context, status=422 if context["findings"] else 200)


def _place(row: Row) -> str:
    return f"{row['letter']}列" if row["letter"] else ""


def _article(row: Row) -> str:
    return f"工作方案{row['article']}" if row["article"] else ""


def _cards(request: HatRequest, made: RosterBatch) -> list[dict[str, Any]]:
    now_at = request.GET.get("verdict", "")
    return [
        {
            "label": verdict.label,
            "count": made.counts.get(verdict, 0),
            "url": f"?verdict={verdict}",
            "current": now_at == verdict,
            "hot": verdict == Verdict.BLOCK,
        }
        for verdict in Verdict
        if verdict != Verdict.THERE or made.there
    ]


@require_safe
def marked(request: HatRequest, pk: int) -> HttpResponse:
    """The sender's own workbook with marks; of one too large for that 302 to the page, which offers the list."""
    made = subject(request, RosterBatch)
    if not made.counts:
        raise Http404
    try:
        data = sheets.marked(made)
    except Refused as refusal:
        messages.warning(request, refusal.findings[0].message)
        return redirect("desk:roster", made.pk)
    return download(data, f"{made.file.name.removesuffix('.xlsx')}（已标注）.xlsx", XLSX)


@require_safe
def findings_sheet(request: HatRequest, pk: int) -> HttpResponse:
    made = subject(request, RosterBatch)
    if not made.counts:
        raise Http404
    name, data = sheets.listed(made, by=str(request.user), at=now(), on=localdate())
    return download(data, name, XLSX)


# --- deciding ---------------------------------------------------------------------------------------------------------


@answer_once
def confirm(request: HatRequest, pk: int) -> HttpResponse:
    """Step 5: 302 to the progress · 422 for a choice that does not fit · 409 when somebody else went on."""
    made = subject(request, RosterBatch)
    if made.status != RosterStatus.CHECKED:
        if request.method == "POST":
            messages.warning(request, f"这份名单当前为“{made.get_status_display()}”，没有重复导入。")
        return redirect("desk:roster", made.pk)
    form = ConfirmForm(request.POST or None)
    if made.kind in (Kind.PROVINCIAL, Kind.PAST):
        del form.fields["consent"]  # nobody is asked anew for what was filed years ago
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm(
                made,
                by=request.membership,
                version=version_sent(request),
                mode=Mode(form.cleaned_data["mode"]),
                consent=form.cleaned_data.get("consent", False),
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            return redirect("desk:roster", made.pk)
    context = {
        "batch": made,
        "form": form,
        "steps": _steps(5, made),
        "warned": made.counts.get(Verdict.WARN, 0),
        "kept": kept.rows_of(made),
        "expected": making.expected(made),
        "hours": services.take_back_hours(),
    }
    return render(request, "desk/rosters/confirm.html", context, status=422 if form.errors else 200)


@require_POST
@answer_once
def take_back(request: HatRequest, pk: int) -> HttpResponse:
    made = subject(request, RosterBatch)
    return _act(request, made, services.take_back, "已整批撤回。", on=localdate())


@require_POST
@answer_once
def drop(request: HatRequest, pk: int) -> HttpResponse:
    made = subject(request, RosterBatch)
    return _act(request, made, services.drop, "已放弃这份名单，没有导入任何人员。")


def _act(request: HatRequest, made: RosterBatch, act: Any, done: str, **more: Any) -> HttpResponse:
    try:
        act(made, by=request.membership, version=version_sent(request), **more)
    except Refused as refusal:
        request.refused_with = refusal.findings  # type: ignore[attr-defined]
    except Stale:
        made.refresh_from_db()
        words = f"这份名单刚由他人办理，当前为“{made.get_status_display()}”，请核对后再操作。"
        request.refused_with = [plain("E-STATE", words)]  # type: ignore[attr-defined]
    else:
        messages.success(request, done)
        return redirect("desk:roster", made.pk)
    made.refresh_from_db()
    if made.status == RosterStatus.UPLOADED or made.is_running:
        messages.warning(request, request.refused_with[0].message)  # type: ignore[attr-defined]
        return redirect("desk:roster", made.pk)
    return _result(request, made)

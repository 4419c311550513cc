"""Pages of the work plan as data: read it, compare two versions, draft the next one, try it, make it active."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST, require_safe

from accounts.context import shell
from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.enums import Role
from accounts.models import Membership
from core import approvals, packs, sheets
from core.answers import download
from core.files import XLSX
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Level, Refused, plain
from core.stale import Stale
from core.tables import Column, Row, Table
from core.trial import Changed
from core.verbs import sentences
from desk.plan import reading
from desk.plan.forms import PackForm, PlanVerdictForm, ProposalForm
from desk.plan.trial import tried

LABELS = dict(Role.choices)
SHOWN = 200  # changes that a page lists; the sheet holds them all


@require_safe
def plan(request: HatRequest) -> HttpResponse:
    """The plan that holds today."""
    return _read(request, PolicyPack.in_force(on=localdate()))


@require_safe
def version(request: HatRequest, pk: int) -> HttpResponse:
    return _read(request, subject(request, PolicyPack))


def _read(
    request: HatRequest,
    pack: PolicyPack,
    *,
    proposal: ProposalForm | None = None,
    verdict: PlanVerdictForm | None = None,
    status: int = 200,
) -> HttpResponse:
    hat, on = request.membership, localdate()
    approval = approvals.running(packs.ACT, pack)
    waiting_for = approvals.next_role(approval) if approval else None
    drafting = can(hat, "plan.draft")
    context = {
        "pack": pack,
        "state": state_of(pack, on=on, waits=approval is not None),
        "about": _about(pack),
        "parts": reading.parts(pack),
        "settings": reading.settings_of(pack),
        "versions": [(one, state_of(one, on=on)) for one in _versions(hat)],
        "base": pack.based_on,
        "told": reading.told(pack.based_on, pack) if pack.based_on else [],
        "editing": drafting and packs.is_prepared(pack),
        "trying": can(hat, "plan.try") and pack.active_from is None,
        "begins": _years(pack) if drafting and pack.active_from else [],
        "deciding": approval is not None and waiting_for == hat.role and can(hat, "plan.decide"),
        "waiting_for": LABELS.get(waiting_for or "", ""),
        "steps": approvals.shown(approval, labels=LABELS) if approval else [],
        "proposal": proposal or ProposalForm(initial={"active_from": max(on, date(pack.year, 1, 1))}),
        "verdict": verdict or PlanVerdictForm(),
        "events": sentences(pack) if can(hat, "plan.try") else [],
        "shell": shell(request),
    }
    return render(request, "desk/plan/version.html", context, status=status)


def _about(pack: PolicyPack) -> list[tuple[str, str]]:
    planned = pack.proposed_for if pack.active_from is None else None
    pairs = [
        ("生效日期", cdate(pack.active_from)),
        ("拟生效日期", cdate(planned) if planned else ""),
        ("文号", pack.document_number),
        ("依据版本", str(pack.based_on) if pack.based_on else ""),
    ]
    return [(label, value) for label, value in pairs if value]


@require_safe
def compare(request: HatRequest) -> HttpResponse:
    """Two versions side by side; without a choice the newest and the one before it."""
    known = {one.pk: one for one in _versions(request.membership)}
    order = [*known]
    old, new = (_chosen(request.GET.get(name, ""), known) for name in ("old", "new"))
    new = new or known[order[0]]
    old = old or (new.based_on if new.based_on_id in known else None) or known[order[min(1, len(order) - 1)]]
    context = {
        "versions": [*known.values()],
        "old": old,
        "new": new,
        "told": reading.told(old, new),
        "shell": shell(request),
    }
    return render(request, "desk/plan/compare.html", context)


@require_POST
@answer_once
def begin(request: HatRequest) -> HttpResponse:
    base = PolicyPack.objects.filter(active_from__isnull=False).filter(pk=_number(request.POST.get("base", ""))).first()
    if base is None:
        raise Refused([plain("E-STATE", "没有找到要依据的版本。请从现行版本的页面起草。")])
    pack = packs.draft_next(base, year=_number(request.POST.get("year", "")) or base.year, by=request.membership)
    messages.success(request, f"已建立{pack}草案，请修改后提交审批。")
    return redirect("desk:plan-edit", pack.pk)


@answer_once
def edit(request: HatRequest, pk: int) -> HttpResponse:
    pack = subject(request, PolicyPack)
    if not packs.is_prepared(pack):
        messages.info(request, "该版本已提交审批或已生效，不能修改。")
        return redirect("desk:plan-version", pack.pk)
    if request.method != "POST":
        return _form(request, pack, PackForm(pack))
    form = PackForm(pack, request.POST)
    if not form.is_valid():
        return _form(request, pack, form, status=422)
    try:
        packs.revise(pack, by=request.membership, edits=_sent(request), rules=form.rules, settings=form.settings)
    except Refused as refusal:
        form.refuse(refusal.findings)
        return _form(request, pack, form, status=422)
    except Stale as stale:
        pack.refresh_from_db()
        anew = PackForm(pack, request.POST)
        anew.is_valid()
        merged, differences = anew.beside(packs.edited_since(pack, edits=_sent(request)))
        told = Stale(stale.who, stale.when, differences)
        return _form(request, pack, merged, stale=told, status=409)
    messages.success(request, "草案已保存。")
    return redirect("desk:plan-version", pack.pk)


def _form(
    request: HatRequest, pack: PolicyPack, form: PackForm, *, stale: Stale | None = None, status: int = 200
) -> HttpResponse:
    rules = [
        (part.title, [(article, rule, form.of(rule.entry.code)) for article in part.articles for rule in article.rules])
        for part in reading.parts(pack)
    ]
    context = {"pack": pack, "form": form, "rules": rules, "stale": stale}
    return render(request, "desk/plan/edit.html", context, status=status)


@require_POST
@answer_once
def discard(request: HatRequest, pk: int) -> HttpResponse:
    pack = subject(request, PolicyPack)
    packs.discard(pack, by=request.membership)
    messages.success(request, f"{pack}的草案已删除。")
    return redirect("desk:plan")


@require_POST
@answer_once
def propose(request: HatRequest, pk: int) -> HttpResponse:
    pack, form = subject(request, PolicyPack), ProposalForm(request.POST)
    if not form.is_valid():
        return _read(request, pack, proposal=form, status=422)
    given = form.cleaned_data
    try:
        packs.propose(
            pack,
            by=request.membership,
            on=localdate(),
            active_from=given["active_from"],
            document=given["document_number"],
            labels=LABELS,
        )
    except Refused as refusal:
        form.refuse(reading.named(refusal.findings, pack))
        return _read(request, pack, proposal=form, status=422)
    messages.success(request, "已提交审批。")
    return redirect("desk:plan-version", pack.pk)


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    pack, form = subject(request, PolicyPack), PlanVerdictForm(request.POST)
    if not form.is_valid():
        return _read(request, pack, verdict=form, status=422)
    given = form.verdict()
    try:
        pack = packs.decide(pack, by=request.membership, on=localdate(), labels=LABELS, **given)
    except Refused as refusal:
        form.refuse(reading.named(refusal.findings, pack))
        return _read(request, pack, verdict=form, status=422)
    messages.success(request, "已办理。" if given["passed"] else "已退回草案。")
    return redirect("desk:plan-version", pack.pk)


# --- the trial --------------------------------------------------------------------------------------------------------


@require_safe
def trial(request: HatRequest, pk: int) -> HttpResponse:
    """What the draft would have said of everything handed in so far, beside what the version it is based on says."""
    pack = subject(request, PolicyPack)
    changed = tried(pack)
    asked = request.GET.get("code", "")
    listed = [one for one in changed if not asked or one.code == asked]
    context = {
        "pack": pack,
        "told": reading.told(_base(pack), pack),
        "changed": changed,
        "counts": [
            ("不能再办理", sum(_ends(one, Level.BLOCK) for one in changed)),
            ("须说明理由", sum(_ends(one, Level.WARN) for one in changed)),
            ("不再提示", sum(one.after is None for one in changed)),
            ("涉及人员和协议", len({one.subject for one in changed})),
        ],
        "chips": _chips(changed, asked),
        "table": _table(listed[:SHOWN]),
        "more": len(listed) - SHOWN,
    }
    return render(request, "desk/plan/trial.html", context)


@require_safe
def trial_sheet(request: HatRequest, pk: int) -> HttpResponse:
    pack, on = subject(request, PolicyPack), localdate()
    report = sheets.Report(
        title="政策草案试算结果",
        unit=str(request.membership.organization),
        on=on,
        columns=[sheets.Column(*one) for one in (
            ("年度",), ("人员（派驻单位）", sheets.Kind.TEXT, 34), ("登记或协议", sheets.Kind.TEXT, 22),
            ("派出单位", sheets.Kind.TEXT, 24), ("条款",), ("事项", sheets.Kind.TEXT, 22),
            ("现行版本", sheets.Kind.TEXT, 40), ("草案", sheets.Kind.TEXT, 40),
        )],
        rows=[
            (str(one.subject.year), one.subject.name, one.subject.record, one.subject.unit, one.article, one.title,
             one.before.message if one.before else "符合", one.after.message if one.after else "符合")
            for one in tried(pack)
        ],
    )  # fmt: skip
    conditions = {"草案": str(pack), "对照版本": str(_base(pack))}
    book = sheets.workbook(report, by=request.membership.person.name, at=now(), conditions=conditions)
    return download(book, report.file_name, XLSX)


def _base(pack: PolicyPack) -> PolicyPack:
    assert pack.based_on
    return pack.based_on


def _ends(changed: Changed, level: Level) -> bool:
    return changed.after is not None and changed.after.level == level


def _chips(changed: Sequence[Changed], asked: str) -> list[dict[str, Any]]:
    titles = {one.code: one.title for one in changed}
    counts = {code: sum(one.code == code for one in changed) for code in titles}
    everything = {"label": "全部", "url": "?", "count": len(changed), "current": not asked}
    return [everything, *(
        {"label": title, "url": f"?code={code}", "count": counts[code], "current": code == asked}
        for code, title in titles.items()
    )]  # fmt: skip


def _table(changed: Sequence[Changed]) -> Table:
    def verdict(finding: Any) -> str:
        return finding.message if finding else "符合"

    def row(place: int, one: Changed) -> dict[str, Any]:
        subject = one.subject
        return {"id": place, "one": one, "name": subject.name, "record": subject.record, "unit": subject.unit}

    columns = [
        Column(
            "name",
            "人员（派驻单位）",
            href=lambda row: row["one"].subject.url,
            sub=lambda row: f"{row['one'].subject.year}年度　{row['record']}",
        ),
        Column("unit", "派出单位", phone="line"),
        Column(
            "rule",
            "事项",
            cell=lambda row: row["one"].title,
            sub=lambda row: f"工作方案{row['one'].article}",
            nowrap=True,
        ),
        Column("before", "现行版本", cell=lambda row: verdict(row["one"].before), phone="labelled"),
        Column("after", "草案", cell=lambda row: verdict(row["one"].after), phone="labelled"),
        Column(
            "change",
            "变化",
            cell=lambda row: "收紧" if row["one"].is_stricter else "放宽",
            tone=_tone,
            phone="aside",
        ),
    ]
    rows: list[Row] = [row(place, one) for place, one in enumerate(changed)]
    return Table(
        columns=columns,
        rows=rows,
        caption="判定结果会改变的人员和协议",
        empty="按草案判定，已有的登记和协议结果都不变。",
    )


def _tone(row: Row) -> str:
    one: Changed = row["one"]
    if not one.is_stricter:
        return "ok"
    return "bad" if _ends(one, Level.BLOCK) else "warn"


# --- shared -----------------------------------------------------------------------------------------------------------


def state_of(pack: PolicyPack, *, on: date, waits: bool = False) -> tuple[str, str]:
    """(word, tone) of a version."""
    if pack.active_from is None:
        return ("待审批", "wait") if waits or approvals.running(packs.ACT, pack) else ("草案", "draft")
    if pack.active_from > on:
        return "待生效", "expiring"
    return ("现行有效", "ok") if pack == PolicyPack.in_force(on=on) else ("已被替代", "ended")


def _versions(hat: Membership) -> list[PolicyPack]:
    return [*PolicyPack.objects.visible_to(hat).select_related("based_on").order_by("-year", "-version")]


def _years(pack: PolicyPack) -> list[int]:
    return [pack.year, pack.year + 1]


def _chosen(typed: str, known: dict[int, PolicyPack]) -> PolicyPack | None:
    return known.get(_number(typed))


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _sent(request: HatRequest) -> int:
    """The count of edits the form was opened with, one higher: a form's version is never 0."""
    return version_sent(request) - 1

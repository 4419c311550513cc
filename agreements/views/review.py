"""The bureau's desk: the scan beside the facts and findings, one case after the other."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.enums import Role
from accounts.models import Membership
from accounts.seen import OneSeen
from agreements import services
from agreements.enums import AgreementStatus
from agreements.forms import Reasons, ReturnForm
from agreements.models import Agreement, AgreementScan, Correction
from agreements.progress import REVIEW_DAYS, review_days_left, review_due
from agreements.reviewing import desk
from agreements.reviewing.forms import NoteForm
from agreements.reviewing.reading import MOST_PAGES, asked_of, read
from agreements.services import stepping
from agreements.signing.standing import stands
from agreements.views.common import facts_of, number_in, pack_of, read_anew
from core import approvals, files
from core.audit import history
from core.enums import PaperKind
from core.models import PolicyPack
from core.policy import Finding, Refused
from core.prepared import PreparedQuery
from core.stale import Stale
from core.verbs import sentences
from specialists.selection.forms import PaperStepForm

SHOWN_PAGES = 30  # of a scan; whoever wants more opens the original
# What the desk tells of a case, in one statement: planning a join too many costs more than the rows.
KNOWN = (
    "registration",
    "specialist",
    "team",
    "institution__organization",
    "host__organization__district",
    "pack",
    "renews",
)
TABS = ("check", "record", "papers", "earlier", "history", "notes")


CASE = OneSeen("case_at_the_desk", lambda: Agreement.objects.select_related(*KNOWN))
NEWEST_SCAN = PreparedQuery(
    "newest_scan_of_a_case",
    lambda agreement: AgreementScan.objects.filter(agreement=agreement).select_related("file").order_by("-number")[:1],
    agreement=(-11, "bigint"),
)


def _case(request: HatRequest) -> Agreement:
    """The case as it is now."""
    return read_anew(CASE, subject(request, Agreement), by=request.membership)


def review(request: HatRequest, pk: int) -> HttpResponse:
    """The desk; `?tab=` one of TABS, or `reading`: to htmx only that part, to anybody else the page with it open."""
    agreement, tab = _case(request), request.GET.get("tab", "")
    if agreement.status != AgreementStatus.SUBMITTED:
        return redirect(agreement)
    if request.htmx and (tab == "reading" or tab in TABS[1:]):
        return render(request, f"agreements/reviewing/_{tab}.html", tab_context(request, agreement, tab))
    return page(request, agreement, tab=tab)


@answer_once
def file(request: HatRequest, pk: int) -> HttpResponse:
    """302 to the next case · 409 mended or decided since it was opened · 422 what is in the way, every reason kept."""
    agreement, hat = _case(request), request.membership
    following = _following(request, agreement)
    written = Reasons(request.POST)
    reasons, documents = written.reasons, written.documents
    if written.findings:
        return page(request, agreement, reasons=reasons, documents=documents, findings=written.findings, status=422)
    try:
        filed = services.file_agreement(
            agreement,
            by=hat,
            on=localdate(),
            reasons=reasons,
            documents=documents,
            reassign=reasons.get("E-ONE-HOST"),
            version=version_sent(request),
            **_seen(request),
        )
    except Stale as stale:
        typed = [*reasons.values(), *documents.values()]
        return _overtaken(request, stale, typed=typed, reasons=reasons, documents=documents)
    except Refused as refusal:
        agreement = _case(request)  # as it is now: a colleague may have been faster
        if agreement.status != AgreementStatus.SUBMITTED:
            return _decided(request, agreement, refusal.findings, typed=[*reasons.values(), *documents.values()])
        return page(request, agreement, reasons=reasons, documents=documents, findings=refusal.findings, status=422)
    if filed.filing_number:
        messages.success(request, f"{agreement.specialist}的协议已备案，备案号 {filed.filing_number}。")
    else:
        messages.success(request, f"{agreement.specialist}的协议 {agreement} 已通过您这一步，转下一步办理。")
    return _on_to(request, following)


@answer_once
def send_back(request: HatRequest, pk: int) -> HttpResponse:
    """302 to the next case · 409 mended or decided since it was opened · 422 without a word of what is to be mended."""
    agreement, hat = _case(request), request.membership
    following = _following(request, agreement)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return page(request, agreement, returning=form, status=422)
    try:
        services.return_agreement(
            agreement,
            by=hat,
            on=localdate(),
            opinion=form.cleaned_data["more"],
            remarks=form.remarks,
            version=version_sent(request) if "version" in request.POST else None,
            **_seen(request),
        )
    except Stale as stale:
        typed = [*form.remarks.values(), form.cleaned_data["more"]]
        return _overtaken(request, stale, typed=typed, returning=form)
    except Refused as refusal:
        agreement = _case(request)
        if agreement.status != AgreementStatus.SUBMITTED:
            return _decided(
                request, agreement, refusal.findings, typed=[*form.remarks.values(), form.cleaned_data["more"]]
            )
        form.refuse(refusal.findings)
        return page(request, agreement, returning=form, status=422)
    messages.success(request, f"{agreement.specialist}的协议 {agreement} 已退回补正，已通知{agreement.sender}。")
    return _on_to(request, following)


@answer_once
def paper_step(request: HatRequest, pk: int) -> HttpResponse:
    """A step recorded from the paper it was taken on: 302 · 409 mended or decided since · 422 what is wrong with it."""
    agreement, hat, on = _case(request), request.membership, localdate()
    form = PaperStepForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, agreement, recording=form, status=422)
    given = form.cleaned_data
    try:
        scan = files.receive(given["scan"], by=hat, purpose="approval-scan")
        paper = stepping.OnPaper(PaperKind(given["kind"]), given["number"], given["decided_on"], scan)
        act = services.file_agreement if given["result"] == "pass" else services.return_agreement
        decided = act(
            agreement,
            by=hat,
            on=on,
            paper=paper,
            opinion=given["opinion"],
            version=version_sent(request),
            **_seen(request),
        )
    except Stale as stale:
        return _overtaken(request, stale, typed=[given["number"], given["opinion"]], recording=form)
    except Refused as refusal:
        agreement = _case(request)
        if agreement.status != AgreementStatus.SUBMITTED:
            return _decided(request, agreement, refusal.findings, typed=[given["number"], given["opinion"]])
        form.refuse(refusal.findings)
        return page(request, agreement, recording=form, status=422)
    told = f"，备案号 {decided.filing_number}" if decided.filing_number else ""
    messages.success(request, f"签批已登记，{agreement} 现为“{decided.get_status_display()}”{told}。")
    return _on_to(request, _following(request, agreement))


def _overtaken(request: HatRequest, stale: Stale, *, typed: Iterable[str], **form: Any) -> HttpResponse:
    """409: it is no more what was looked at. What differs stands above the form as it was typed; what a colleague sent
    back meanwhile is nobody's to decide here."""
    agreement = _case(request)
    if agreement.status != AgreementStatus.SUBMITTED:
        return _decided(request, agreement, [], typed=typed)
    return page(request, agreement, stale=stale, status=409, **form)


def _decided(
    request: HatRequest, agreement: Agreement, findings: Sequence[Finding], *, typed: Iterable[str]
) -> HttpResponse:
    """409: a colleague decided first. Who, when and how, and what was typed, to be copied; then on to the next case."""
    context = {
        "agreement": agreement,
        "findings": findings,
        "last": history(agreement).last(),
        "typed": [words for words in typed if words.strip()],
        "following": _following(request, agreement),
        "mine": _mine(request),
    }
    return render(request, "agreements/reviewing/decided.html", context, status=409)


class Seen(TypedDict):
    corrections: int | None
    holder: int | None


def _seen(request: HatRequest) -> Seen:
    """How often the case had been sent back when the page was opened, and whose it was; None where a form is silent."""
    return {"corrections": number_in(request, "corrections"), "holder": number_in(request, "holder")}


def _mine(request: HatRequest) -> bool:
    """Whether the reader goes through their own cases only; the address of every step says so."""
    return request.GET.get("mine") == "1"


def _following(request: HatRequest, agreement: Agreement) -> int | None:
    on = localdate()
    told = desk.about(agreement, request.membership, pack=pack_of(agreement, on=on), on=on, mine=_mine(request))
    return told.place.following


def _on_to(request: HatRequest, following: int | None) -> HttpResponse:
    more = "?mine=1" if _mine(request) else ""
    if following is None:
        return redirect(f"{reverse('agreements:list')}{more}")
    return redirect(f"{reverse('agreements:review', args=[following])}{more}")


# --- the page ---------------------------------------------------------------------------------------------------------


def page(
    request: HatRequest,
    agreement: Agreement,
    *,
    tab: str = "",
    reasons: Mapping[str, str] | None = None,
    documents: Mapping[str, str] | None = None,
    findings: Iterable[Finding] = (),
    returning: ReturnForm | None = None,
    noting: NoteForm | None = None,
    recording: PaperStepForm | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    hat, on = request.membership, localdate()
    pack = pack_of(agreement, on=on)
    told = desk.about(agreement, hat, pack=pack, on=on, mine=_mine(request))
    correction = _correction_to_compare(agreement, told, request)
    scan = next(iter(NEWEST_SCAN.models(agreement=agreement.pk)), None)
    submitted_on, days = agreement.submitted_on, pack.setting(REVIEW_DAYS)
    context: dict[str, Any] = {
        "agreement": agreement,
        "told": told,
        "others": told.others(hat),
        "queue": told.place,
        "mine": _mine(request),
        "due": review_due(submitted_on, days) if submitted_on else None,
        "days_left": review_days_left(submitted_on, days, on=on) if submitted_on else None,
        "scan": scan,
        "pages": _pages(agreement, scan) if scan and can(hat, "agreement.scan") else [],
        **_judged(agreement, hat, pack, on=on, recording=recording),
        "reasons": reasons or {},
        "documents": documents or {},
        "findings": list(findings),
        "returning": returning or ReturnForm(),
        "noting": noting or NoteForm(),
        "stale": stale,
        "correction": correction,
        "mended": services.mended(agreement, since=correction),
        "asked": asked_of(agreement),
        "tab": tab if tab in TABS else "check",
        "following_page": _first_page(told.place) if can(hat, "agreement.scan") else "",
    }
    if context["tab"] != "check":
        context = {
            **tab_context(request, agreement, context["tab"]),
            **context,
        }  # a form sent back stays as it was typed
    return render(request, "agreements/review.html", context, status=status)


def _judged(
    agreement: Agreement, hat: Membership, pack: PolicyPack, *, on: date, recording: PaperStepForm | None
) -> dict[str, Any]:
    """What the rules say, what of it is to be decided on, and what this reader can do about it."""
    verdicts = services.judge(agreement, on=on)
    approval = stepping.running(agreement, pack)
    earlier_reasons = stepping.reasons_before(agreement, approval)
    given = {**desk.explained_by_the_institution(verdicts, agreement), **earlier_reasons}
    open_ones = desk.exceptions(verdicts, given)
    titles = {one.entry.code: one.entry.title for one in verdicts}
    records = desk.recorded_from_paper(approval, hat)
    return {
        "verdicts": verdicts,
        "exceptions": open_ones,
        "places": desk.PLACE_OF,
        "ways": desk.ways(open_ones, agreement),
        "explained": [(titles.get(code, code), words) for code, words in agreement.institution_reasons.items()],
        "reasoned": [(titles.get(code, code), words) for code, words in earlier_reasons.items()],
        "passed": [one for one in verdicts if one.tone in ("ok", "wait")],
        "decision": desk.decision(
            open_ones, next_office=desk.office_after(approval, pack), turn=desk.turn_of(agreement, approval, pack, hat)
        ),
        "on_paper": (recording or PaperStepForm(initial={"decided_on": on})) if records else None,
        "steps": approvals.shown(approval, labels=dict(Role.choices)) if approval else [],
    }


def _correction_to_compare(agreement: Agreement, told: desk.About, request: HatRequest) -> Correction | None:
    """The round in which was sent back what this reader had looked at last; who never looked compares with the last."""
    if not told.corrections:
        return None
    rounds = agreement.corrections.select_related("returned_by__person").prefetch_related("remarks")
    look = told.my_look(request.membership)
    if look and look.corrections < told.corrections:
        return rounds.get(number=look.corrections + 1)
    return rounds.last()


def _pages(agreement: Agreement, scan: AgreementScan) -> list[dict[str, str]]:
    return [
        {
            "src": reverse("agreements:scan-page", args=[agreement.pk, scan.number, number]),
            "alt": f"签章扫描件第 {number} 页影像",
        }
        for number in range(1, min(scan.file.pages, SHOWN_PAGES) + 1)
    ]


def _first_page(place: desk.Place) -> str:
    """Of the next case: fetched while this one is read, so that it opens at once."""
    if not place.following or not place.following_scan:
        return ""
    return reverse("agreements:scan-page", args=[place.following, place.following_scan, 1])


# --- the tabs, each read when it is opened ----------------------------------------------------------------------------


def tab_context(request: HatRequest, agreement: Agreement, tab: str) -> dict[str, Any]:
    hat = request.membership
    context: dict[str, Any] = {"agreement": agreement, "mine": _mine(request)}
    if tab == "record":
        return {**context, "facts": facts_of(agreement), "stands": stands(agreement)}
    if tab == "papers":
        scans = list(agreement.scans.select_related("file").order_by("-number"))
        papers = list(agreement.papers.select_related("text").order_by("-version"))
        return {**context, "scans": scans, "papers": papers, "may_see_files": can(hat, "agreement.scan")}
    if tab == "earlier":
        of_person, at_host = desk.earlier(agreement, hat)
        return {**context, "of_person": of_person, "at_host": at_host, "most": desk.SHOWN}
    if tab == "history":
        return {**context, "events": sentences(agreement)}
    if tab == "notes":
        notes = agreement.notes.visible_to(hat).select_related("by__person")
        return {**context, "notes": list(notes), "noting": NoteForm()}
    return {**context, **_reading(agreement, hat)}


def _reading(agreement: Agreement, hat: Membership) -> dict[str, Any]:
    """What the newest scan says by itself; `why_not` is why it says nothing."""
    scan = AgreementScan.objects.filter(agreement=agreement).select_related("file").order_by("-number").first()
    if scan is None or not can(hat, "agreement.scan"):
        return {"rows": [], "why_not": "没有签章扫描件。" if scan is None else "您的身份不能查看原件。"}
    try:
        rows = read(agreement, files.text_layer(scan.file, most_pages=MOST_PAGES))
    except Refused as refusal:
        return {"rows": [], "why_not": str(refusal)}
    why_not = ""
    if not rows:
        why_not = "这份扫描件是图片，没有文字层，平台不能识别和定位，请对照原件逐项核对。"
    elif not any(row.paper for row in rows):
        why_not = "扫描件的文字与协议的各项内容对不上，平台不能定位，请对照原件逐项核对。"
    return {"rows": rows, "why_not": why_not}

"""The wizard: choose a person, say where and when and what, sign and hand in; and handing in many together (R25).

Pressing 下一步 always answers: with the next step, or with what is in the way. What was typed is kept in either case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts import unsent
from accounts.doors import HatRequest, answer_once, version_sent
from accounts.enums import Role
from accounts.models import HostUnit, Membership
from agreements import queries, services
from agreements.documents import paper_code
from agreements.enums import AgreementStatus, Party
from agreements.forms import (
    MANY,
    BatchForm,
    DraftForm,
    Goals,
    Reasons,
    ScanForm,
    SignatureForm,
    draft_initial,
    host_in_words,
    hosts_like,
    mistyped,
)
from agreements.models import Agreement, AgreementScan, Signature
from agreements.reviewing.parts import Part, said
from agreements.scanning import single, withdrawing
from agreements.services.holding import pack_beside
from agreements.services.judging import is_bound
from agreements.signing.entering import enter, signature_forms
from agreements.signing.standing import chips, stands
from agreements.signing.views import tell_asked
from agreements.views.common import WHOLE, facts_of, keys_in, read_whole, whole
from agreements.wording.reading import newer_text
from core import files, pdf
from core.answers import download
from core.audit import history
from core.forms import Form
from core.models import PolicyPack
from core.policy import Finding, Level, Refused, RuleEntry, Side, Verdict
from core.search import by_name
from core.stale import Stale
from specialists.departing.rules import has_not_left
from specialists.enums import Category, RegistrationStatus
from specialists.enums import Form as Participation
from specialists.models import ProvincialListEntry, Registration, TeamMember
from specialists.queries import departures
from specialists.rules import Listing, not_on_the_provincial_list, qualified
from specialists.suspending.queries import resting

MOST_CANDIDATES = 300
MOST_IN_A_BATCH = 50  # judged one by one

# Step 2 shows these beside a field; what step 3 asks for is not in its way.
BESIDE = {"E-ONE-HOST": "host", "E-SAME-PARTY": "host", "E-OVERLAP": "service_start"}


def _steps(now: int, agreement: Agreement | None = None) -> list[dict[str, Any]]:
    """The head of the wizard; what was filled in before can be opened again."""
    who = f"{agreement.specialist} · {agreement.registration.get_category_display()}" if agreement else "已入选人员"
    edit_url = reverse("agreements:edit", args=[agreement.pk]) if agreement else ""
    parts = [
        ("选择特派员", who, ""),
        ("填写派驻信息", "单位、期限、目标", edit_url),
        ("签署并提交", "打印、签章、扫描件", ""),
    ]
    return [
        {
            "title": title,
            "detail": detail,
            "state": "done" if place < now else "now" if place == now else "next",
            "url": url if place < now else "",
        }
        for place, (title, detail, url) in enumerate(parts, start=1)
    ]


# --- step 1: who ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A registered person to begin an agreement for; `barred` is the reason why not, if there is one."""

    registration: Registration
    barred: str
    papers: list[Agreement]  # of this registration, those not ended

    @property
    def drafts(self) -> list[Agreement]:
        return [paper for paper in self.papers if paper.status in AgreementStatus.editable]

    @property
    def running(self) -> list[Agreement]:
        return [paper for paper in self.papers if paper.status not in AgreementStatus.editable]


@answer_once
def new(request: HatRequest) -> HttpResponse:
    """GET the people whom one's unit dispatches, eligible first · POST begins a draft: 302 · 422 nobody, or barred."""
    hat, on = request.membership, localdate()
    problem = ""
    if request.method == "POST":
        mine = Registration.objects.dispatched_by(hat).select_related("specialist", "pack")
        registration = mine.filter(pk__in=keys_in([request.POST.get("registration", "")])).first()
        if registration is None:
            problem = "请选择一位科技特派员。"
        else:
            try:
                end = services.default_end(on, PolicyPack.in_force(on=on))
                agreement = services.draft_agreement(registration, by=hat, service_start=on, service_end=end)
                return redirect("agreements:edit", agreement.pk)
            except Refused as refusal:
                problem = " ".join(map(str, refusal.findings))
    named = request.GET.get("q", "").strip()[:30]
    people = sorted(_candidates(hat, on=on, named=named), key=lambda one: bool(one.barred))
    context = {
        "people": people,
        "shown": MOST_CANDIDATES if len(people) == MOST_CANDIDATES else None,
        "named": named,
        "appoints": hat.role in Role.bureau,
        "year": on.year,
        "problem": problem,
        "steps": _steps(1),
    }
    return render(request, "agreements/new.html", context, status=422 if problem else 200)


def _candidates(hat: Membership, *, on: date, named: str) -> list[Candidate]:
    """This year's registrations of those whom one's unit dispatches, each with why it cannot sign now.

    Who only was in a team and left it has nothing to sign.
    """
    registrations = Registration.objects.dispatched_by(hat).filter(year=on.year).select_related("specialist")
    membership = TeamMember.objects.filter(registration=OuterRef("pk"))
    registrations = registrations.exclude(Exists(membership), ~Exists(membership.there(on)), form=Participation.TEAM)
    if named:
        registrations = registrations.filter(by_name(named.replace("\0", ""), of="specialist__"))
    people = list(registrations.order_by("specialist__name", "pk")[:MOST_CANDIDATES])
    listings: dict[str, list[Listing]] = {}
    for entry in ProvincialListEntry.objects.filter(id_digest__in=[one.specialist.id_digest for one in people]):
        listing = Listing(entry.year, entry.valid_from, entry.valid_to)
        listings.setdefault(entry.id_digest, []).append(listing)
    papers: dict[int, list[Agreement]] = {}
    live = Agreement.objects.dispatched_by(hat).filter(registration__in=people).exclude(status__in=AgreementStatus.over)
    for paper in live.select_related("host__organization").order_by("pk"):
        papers.setdefault(paper.registration_id, []).append(paper)
    pack = PolicyPack.in_force(on=on)
    suspended = resting([one.specialist for one in people], pack, start=on, end=on, act="签约")
    gone = departures([one.specialist_id for one in people])
    return [
        Candidate(
            one,
            _barred(
                one,
                pack,
                listings.get(one.specialist.id_digest, []),
                suspended.get(one.specialist_id),
                gone.get((one.specialist_id, one.institution_id)),
                on=on,
            ),
            papers.get(one.pk, []),
        )
        for one in people
    ]


def _barred(
    registration: Registration,
    pack: PolicyPack,
    listings: list[Listing],
    suspended: Finding | None,
    left_on: date | None,
    *,
    on: date,
) -> str:
    if registration.status != RegistrationStatus.APPROVED:
        return f"登记{RegistrationStatus(registration.status).label}，经市科技局审核入选后才能签订协议。"
    person = registration.specialist
    if registration.form == Participation.TEAM and queries.team_led(registration) is None:
        return "团队的三方协议由负责人代表签署，请选择团队负责人。"
    findings = [
        has_not_left(name=person.name, left_on=left_on, on=on),
        qualified(pack.entry("E-REVOKED"), name=person.name, revoked_on=person.revoked_on, act="签约"),
        suspended,
        not_on_the_provincial_list(
            pack.entry("E-PROV"),
            name=person.name,
            category=Category(registration.category),
            form=Participation(registration.form),
            listings=listings,
            start=on,
            end=services.default_end(on, pack),
        ),
    ]
    return " ".join(str(finding) for finding in findings if finding)


# --- step 2: where, when, what ----------------------------------------------------------------------------------------


def hosts(request: HatRequest) -> HttpResponse:
    """Hosts like what is typed, for the suggestions under the field."""
    typed = request.GET.get("host", "").replace("\0", "").strip()[:60]
    found = list(hosts_like(_hosts_for(request.membership), typed)[:MANY]) if typed else []
    options = [(host_in_words(host), _host_line(host)) for host in found]
    return render(request, "agreements/_host_options.html", {"options": options})


def _hosts_for(hat: Membership) -> QuerySet[HostUnit]:
    return HostUnit.objects.visible_to(hat)


def _host_line(host: HostUnit) -> str:
    return f"{host.get_host_type_display()}　{host.organization.district or ''}".strip()


@answer_once
def edit(request: HatRequest, pk: int) -> HttpResponse:
    """GET the form · POST saves and goes on: 302 · 409 changed meanwhile · 422 fields, rules or handed in, all kept."""
    agreement, hat = whole(request), request.membership
    if request.method != "POST":
        if agreement.status not in AgreementStatus.editable:
            return redirect(agreement)
        opened = services.open_fields(agreement)
        if not opened.intersection(services.CONTENT):  # sent back for its signatures or its scan alone
            return redirect("agreements:confirm", agreement.pk)
        form = DraftForm(
            hosts=_hosts_for(hat), bound=_is_bound(agreement), initial=draft_initial(agreement), opened=opened
        )
        return _edit_page(request, agreement, form, Goals(saved=agreement.goals))
    act = request.POST.get("act", "next")
    form = _draft_form(request, agreement)
    goals = Goals(request.POST, more=act == "more")
    if act == "more":
        return _edit_page(request, agreement, form, goals)
    try:
        services.save_draft(agreement, by=hat, version=version_sent(request), **_sound(agreement, form, goals))
    except Stale as stale:
        return _edit_page(request, agreement, form, goals, stale=stale, status=409)
    except Refused as refusal:
        agreement = read_whole(agreement, by=hat)
        if agreement.status not in AgreementStatus.editable:
            return _closed(request, agreement, refusal)
        form.refuse(refusal.findings)
        return _edit_page(request, agreement, form, goals, status=422)
    agreement = read_whole(agreement, by=hat)
    if act == "exit":
        messages.success(request, f"草稿 {agreement} 已保存。")
        return redirect("agreements:list")
    if "goals" in services.open_fields(agreement):
        goals.require_one()
    in_the_way = services.before_signing(agreement, on=localdate())
    if form.errors or goals.errors or in_the_way:
        return _edit_page(request, agreement, form, goals, findings=in_the_way, status=422)
    return redirect("agreements:confirm", agreement.pk)


def _closed(request: HatRequest, agreement: Agreement, refusal: Refused) -> HttpResponse:
    """It was handed in from another window or by a colleague: nothing can be mended here, only copied."""
    sent = unsent.of(request)
    context = {
        "agreement": agreement,
        "findings": [finding for finding in refusal.findings if finding.code != "E-STATE"],
        "files": sent.files,
        "typed": sent.lines(request.membership),
    }
    return render(request, "agreements/closed.html", context, status=422)


def autosave(request: HatRequest, pk: int) -> HttpResponse:
    """204 kept what is sound so far, the new version in X-Version · 409 changed elsewhere · 422 not editable."""
    agreement = whole(request)
    fields = _sound(agreement, _draft_form(request, agreement), Goals(request.POST))
    saved = services.save_draft(agreement, by=request.membership, version=version_sent(request), **fields)
    response = HttpResponse(status=204)
    response["X-Version"] = str(saved.version)
    return response


def checks(request: HatRequest, pk: int) -> HttpResponse:
    """What the rules say of the values as typed; nothing is saved."""
    agreement, goals = whole(request), Goals(request.POST)
    form = _draft_form(request, agreement)
    rail = _rail(_as_typed(agreement, form, goals))
    mistyped = [verdict for one in (form, *goals.errors) for verdict in _mistyped(one)]
    return render(request, "agreements/_rail.html", {**rail, "verdicts": [*mistyped, *rail["verdicts"]]})


def _mistyped(form: Form) -> Iterable[Verdict]:
    """The sentences of the fields, as the rail shows those of the rules."""
    for name, sentences in mistyped(form).items():
        asked = RuleEntry("E-FIELD", article="", quote="", level=Level.BLOCK, title=str(form.fields[name].label))
        yield Verdict(asked, asked.finding("".join(sentences)))


def _is_bound(agreement: Agreement) -> bool:
    """Whether its specialist has one host a year, by the plan that drafts are answered in."""
    return is_bound(agreement, pack_beside(agreement.registration))


def _draft_form(request: HatRequest, agreement: Agreement) -> DraftForm:
    hosts = _hosts_for(request.membership)
    return DraftForm(request.POST, hosts=hosts, bound=_is_bound(agreement), opened=services.open_fields(agreement))


def _sound(agreement: Agreement, form: DraftForm, goals: Goals) -> dict[str, Any]:
    """What can be kept already; the goals all together, or as they were."""
    kept = not goals.errors and "goals" in services.open_fields(agreement)
    return {**form.sound, **({"goals": goals.value} if kept else {})}


def _as_typed(agreement: Agreement, form: DraftForm, goals: Goals) -> Agreement:
    """The agreement as it would read, in memory only; what cannot be read is not there, and no rule passes by it."""
    for name in mistyped(form):
        setattr(agreement, name, "" if name == "service_content" else None)
    for name, value in _sound(agreement, form, goals).items():
        setattr(agreement, name, value)
    return agreement


def _edit_page(
    request: HatRequest,
    agreement: Agreement,
    form: DraftForm,
    goals: Goals,
    *,
    findings: Iterable[Finding] = (),
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    at_the_top = []
    for finding in findings:
        beside = BESIDE.get(finding.code) or finding.facts.get("field")
        if beside not in form.fields:
            at_the_top.append(finding)
        elif beside not in form.errors:
            form.add_error(beside, str(finding))
    saved_at = _last_saved(agreement)
    context = {
        "agreement": agreement,
        "form": form,
        "goals": goals,
        "findings": at_the_top,
        "stale": stale,
        "asked_for_more": form.is_bound and status == 200,
        "steps": _steps(2, agreement),
        "saved_at": saved_at,
        **_correction(agreement),
        **_rail(_as_typed(agreement, form, goals) if form.is_bound else agreement),
    }
    return render(request, "agreements/edit.html", context, status=status)


def _correction(agreement: Agreement) -> dict[str, Any]:
    """What the pages say of a correction: the bureau's words by part, what stays as it is, and the rest of its words."""
    remarks = {remark.part: remark.words for remark in services.remarks_on(agreement)}
    latest = agreement.corrections.last() if agreement.status == AgreementStatus.RETURNED else None
    last = latest if remarks else None
    opened = services.open_fields(agreement)
    return {
        "opened": opened,
        "content_open": not opened.isdisjoint(services.CONTENT),
        "remarks": remarks,
        "remark_labels": {part.value: part.label for part in Part},
        "said": said(agreement),
        "opinion": last.note if last else agreement.return_opinion,
        "letter": reverse("agreements:return-letter", args=[agreement.pk, latest.number]) if latest else "",
    }


def _unmended(agreement: Agreement) -> str:
    """What of a correction is still as it was, before it is handed in again: a word, no bar, for a remark may be met by
    what stands elsewhere."""
    same = services.unmended(agreement) if agreement.status == AgreementStatus.RETURNED else None
    if same is None:
        return ""
    if not same:
        return "退回后内容还没有修改。"
    return f"下列退回项目还没有修改：{'、'.join(part.label for part in same)}。"


def _last_saved(agreement: Agreement) -> datetime:
    last = history(agreement).last()
    return last.at if last else agreement.created_at


def _rail(agreement: Agreement, *, later: str = "第 3 步登记签署、上传扫描件后校验") -> dict[str, Any]:
    """What the rules say now, and what they allow instead.

    Nobody is reproached with a signature before it could be given: `later` says when it will be asked about.
    """
    verdicts = services.judge(agreement, on=localdate())
    if later:
        verdicts = [Verdict(one.entry, waiting=later) if one.entry.code in services.SIGNED else one for one in verdicts]
    found = {one.finding.code: one.finding.facts for one in verdicts if one.finding}
    ways = {}
    if "E-CAP5" in found:
        ways["E-CAP5"] = [_way("查看本单位在该处的协议", host=str(agreement.host))]
    if "E-ONE-HOST" in found:
        ways["E-ONE-HOST"] = [_way(f"查看协议 {code}", q=code) for code in found["E-ONE-HOST"]["agreements"]]  # type: ignore[attr-defined]
    return {"verdicts": verdicts, "ways": ways}


def _way(label: str, **query: str) -> dict[str, str]:
    return {"url": f"{reverse('agreements:list')}?{urlencode(query)}", "label": label}


# --- step 3: sign and hand in -----------------------------------------------------------------------------------------


def paper(request: HatRequest, pk: int) -> HttpResponse:
    """The contract for signing, made now: it prints the full ID number, and each printing is told in the history."""
    agreement = whole(request)
    try:
        made, data = services.print_paper(agreement, by=request.membership, on=localdate())
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect("agreements:edit" if agreement.status in AgreementStatus.editable else "agreements:detail", pk)
    return download(data, f"三方协议书_{agreement.specialist}_{made}.pdf", "application/pdf")


@answer_once
def confirm(request: HatRequest, pk: int) -> HttpResponse:
    """GET paper, signers, scan, answers · POST saves or hands in: 302 · 409 changed meanwhile · 422 what is missing."""
    agreement, hat, on = whole(request), request.membership, localdate()
    if request.method != "POST" and agreement.status not in AgreementStatus.editable:
        return redirect(agreement)
    signatures = signature_forms(agreement, request)
    if request.method != "POST":
        return _confirm_page(request, agreement, signatures, ScanForm(), agreement.institution_reasons)
    written = Reasons(request.POST)
    reasons = written.reasons
    scan = ScanForm(request.POST, request.FILES)
    handing_in = request.POST.get("act") == "submit"
    try:
        services.save_draft(agreement, by=hat, version=version_sent(request), institution_reasons=reasons)
    except Stale as stale:
        return _confirm_page(request, agreement, signatures, scan, reasons, stale=stale, status=409)
    except Refused as refusal:
        return _closed(request, read_whole(agreement, by=hat), refusal)
    # Each part that is right is kept although another is not: nobody scans twice for a missing date.
    _receive(request, agreement, scan)
    if "signatures" not in services.open_fields(agreement):
        signatures = []  # another scan was asked for, and nothing else
    enter(agreement, signatures, by=hat, all_wanted=handing_in)
    agreement = read_whole(agreement, by=hat)
    if scan.errors or written.findings or any(form.errors for form in signatures):
        return _confirm_page(request, agreement, signatures, scan, reasons, findings=written.findings, status=422)
    if not handing_in:
        return _saved(request, agreement)
    try:
        submission = services.submit_agreements([agreement], by=hat, on=on)
    except Refused as refusal:
        return _confirm_page(request, agreement, signatures, scan, reasons, findings=refusal.findings, status=422)
    messages.success(request, f"协议 {agreement} 已提交市科技局审核，汇总编号 {submission}。")
    return redirect(agreement)


def _saved(request: HatRequest, agreement: Agreement) -> HttpResponse:
    """What the button asked for besides saving: a party to be asked to sign, or a scan to be taken away."""
    act, _, of = request.POST.get("act", "").partition("-")
    if act == "ask" and of in Party.values:
        tell_asked(request, agreement, Party(of))
    elif act == "withdraw" and of.isascii() and of.isdigit() and len(of) <= 4:
        try:
            withdrawing.withdraw(agreement, int(of), by=request.membership)
        except Refused as refusal:
            messages.error(request, refusal.words)
        else:
            messages.success(request, f"第{of}份扫描件已撤下，不再列入本协议的材料。")
    else:
        messages.success(request, "已保存。")
    return redirect("agreements:confirm", agreement.pk)


def _receive(request: HatRequest, agreement: Agreement, form: ScanForm) -> None:
    hat = request.membership
    if not form.is_valid() or not form.cleaned_data["scan"]:
        return
    try:
        stored = files.receive(form.cleaned_data["scan"], by=hat, purpose="agreement-scan")
        scan = single.attach(agreement, stored, by=hat)
    except Refused as refusal:
        for finding in refusal.findings:
            form.add_error("scan", str(finding))
            used_in = finding.facts.get("agreement")
            form.used_in = used_in if isinstance(used_in, int) else None
        return
    if scan.is_unread:
        messages.warning(
            request,
            f"第{scan.number}份扫描件没有读出二维码，请打开核对是不是本协议。传错的可以撤下；确是本协议的，提交时写明核对情况。",
        )
    if scan.lacks:
        pages = "、".join(str(page) for page in scan.lacks)
        messages.warning(
            request,
            f"第{scan.number}份扫描件缺协议书第{pages}页。请补扫缺的页，或撤下后上传完整的；确已齐全的，提交时写明核对情况。",
        )


def _confirm_page(
    request: HatRequest,
    agreement: Agreement,
    signatures: list[SignatureForm],
    scan: ScanForm,
    reasons: Mapping[str, str],
    *,
    findings: Iterable[Finding] = (),
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    scans = list(agreement.scans.select_related("file").order_by("-number"))
    begun = scans or status != 200 or agreement.signatures.exists()
    correction = _correction(agreement)
    rail = _rail(agreement, later="" if begun else "登记三方签署、上传扫描件后校验")
    context = {
        "agreement": agreement,
        "signatures": signatures if "signatures" in correction["opened"] else [],
        "stands": stands(agreement),
        "scan": scan,
        "scans": scans,
        "may_withdraw": withdrawing.may_withdraw(agreement, scans) if "scan" in correction["opened"] else set(),
        "code": paper_code(agreement),
        "newer_text": newer_text(agreement, on=localdate()),
        "asked": _to_be_explained(rail["verdicts"]),
        "reasons": reasons,
        "findings": list(findings),
        "trouble": "还不能提交" if request.POST.get("act") == "submit" else "有未保存的内容，其余已保存",
        "stale": stale,
        "steps": _steps(3, agreement),
        "facts": facts_of(agreement),
        "unmended": _unmended(agreement),
        **correction,
        **rail,
    }
    return render(request, "agreements/confirm.html", context, status=status)


def _to_be_explained(verdicts: Iterable[Verdict]) -> list[Finding]:
    """The warns, and a 改派 that the bureau may be asked for: that one passes here on the institution's reason, too."""
    found = [one.finding for one in verdicts if one.finding]
    return [finding for finding in found if finding.level == Level.WARN] + [
        replace(finding, level=Level.WARN, reason_by=Side.INSTITUTION)
        for finding in found
        if finding.facts.get("reassignable")
    ]


# --- many together ----------------------------------------------------------------------------------------------------


@answer_once
def batch(request: HatRequest) -> HttpResponse:
    """GET the drafts, ready ones first, each with what it lacks · POST hands the chosen ones in together: 302 · 422."""
    hat, on = request.membership, localdate()
    drafts = Agreement.objects.dispatched_by(hat).filter(status__in=AgreementStatus.editable)
    form = BatchForm(request.POST if request.method == "POST" else None)
    chosen = keys_in(request.POST.getlist("agreement"))
    findings: list[Finding] = []
    if form.is_bound and form.is_valid():
        try:
            submission = services.submit_agreements(
                drafts.filter(pk__in=chosen), by=hat, on=on, note=form.cleaned_data["note"]
            )
            messages.success(request, f"已提交 {submission.agreements.count()} 件协议，汇总编号 {submission}。")
            return redirect("agreements:submission", submission.pk)
        except Refused as refusal:
            findings = refusal.findings
    # What is signed or scanned stands first: a roster just read in must not hide it behind its many drafts.
    begun = [Exists(model.objects.filter(agreement=OuterRef("pk"))).desc() for model in (AgreementScan, Signature)]
    shown = (
        drafts.select_related(*WHOLE)
        .prefetch_related("signatures", "refusals", "scans", "corrections__remarks")
        .order_by(*begun, "-pk")
    )
    rows = [(agreement, _in_the_way(agreement, on=on)) for agreement in shown[:MOST_IN_A_BATCH]]
    context = {
        "shown": MOST_IN_A_BATCH if len(rows) == MOST_IN_A_BATCH else None,
        "ready": [(agreement, _unmended(agreement)) for agreement, lacks in rows if not lacks],
        "waiting": [(agreement, lacks) for agreement, lacks in rows if lacks],
        "signed": chips,
        "chosen": chosen,
        "form": form,
        "findings": findings,
    }
    return render(request, "agreements/batch.html", context, status=422 if findings or form.errors else 200)


def _in_the_way(agreement: Agreement, *, on: date) -> list[Finding]:
    """What submission would refuse as the draft stands."""
    try:
        services.require_submittable(services.judge(agreement, on=on), agreement.institution_reasons)
    except Refused as refusal:
        return refusal.findings
    return []

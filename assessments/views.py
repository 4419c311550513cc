"""Pages of the yearly assessment: the campaign, each person's sheet, the decision and what follows from it."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.doors import HatRequest, answer_once, documents_in, reasons_in, subject, version_sent
from accounts.enums import Role
from accounts.lists.bar import bar_of
from accounts.matrix import matrix
from assessments import documents, queries, services
from assessments.enums import AssessmentStatus, Grade
from assessments.forms import (
    CallOffForm,
    CampaignForm,
    DecisionForm,
    ExemptForm,
    IncludeForm,
    ReinstateForm,
    ReturnForm,
    opinion_form_of,
)
from assessments.listed import ASSESSMENTS, AssessmentListForm, found_by
from assessments.models import Assessment, Campaign
from assessments.rules import grade_of
from core import approvals
from core.forms import Form
from core.models import AuditEvent
from core.pdf import Unavailable
from core.policy import Finding, Level, Refused
from core.stale import Stale
from core.tables import Column, Keyset, Table, addresses
from core.verbs import sentences

TONES = {
    "open": "draft",
    "submitted": "wait",
    "returned": "returned",
    "final": "ok",
    "exempt": "ended",
    "called_off": "ended",
}
GRADE_TONES = {"excellent": "ok", "good": "ok", "qualified": "ok", "unqualified": "bad", "": ""}


def assessments(request: HatRequest) -> HttpResponse:
    """The sheets of a year; who sees none of them sees an empty list."""
    hat = request.membership
    form = AssessmentListForm(request.GET, hat)
    bar = bar_of(request, ASSESSMENTS, form)
    if isinstance(bar, HttpResponse):
        return bar
    campaigns = list(Campaign.objects.visible_to(hat).select_related("pack").order_by("-year", "-pk"))
    rows = found_by(form, hat)
    status = form.cleaned_data.get("status", "")
    columns = (
        "id", "campaign__year", "specialist__name", "registration__category", "institution__organization__name",
        "institution_score", "institution_grade", "grade", "status",
    )  # fmt: skip
    table = Table(
        columns=[
            Column(
                "specialist__name",
                "特派员",
                href=addresses("assessments:detail"),
                sub=lambda row: f"{row['campaign__year']}年度",
                phone="title",
            ),
            Column(
                "institution__organization__name",
                "派出单位",
                cell=lambda row: row["institution__organization__name"] or "市科技局直接聘请",
            ),
            Column(
                "institution_score",
                "派出单位评分",
                cell=lambda row: "—" if row["institution_score"] is None else str(row["institution_score"]),
                sub=lambda row: _grade(row["institution_grade"]) if row["institution_grade"] else "",
                align="end",
            ),
            Column(
                "grade", "考核结果", cell=lambda row: _grade(row["grade"]), tone=lambda row: GRADE_TONES[row["grade"]]
            ),
            Column(
                "status",
                "状态",
                cell=lambda row: AssessmentStatus(row["status"]).label,
                tone=lambda row: TONES[row["status"]],
                phone="aside",
            ),
        ],
        rows=Keyset(rows.values(*columns), order=ASSESSMENTS.order, query=request.GET),
        caption="年度考核",
        query=request.GET,
        row_href=addresses("assessments:detail"),
        empty=("还没有审定的考核结果。" if hat.role == Role.SPECIALIST else "还没有考核记录。")
        + ("发起年度考核后，当年服务的特派员会自动列入。" if hat.role in Role.bureau else ""),
        everything=bar.everything,
    )
    chosen = [{"label": "全部", "url": bar.everything, "current": not status}]
    chosen += [
        {"label": label, "url": f"?status={value}", "current": status == value}
        for value, label in AssessmentStatus.choices
    ]
    context = {
        "table": table,
        "bar": bar,
        "chosen": chosen,
        "campaigns": campaigns,
        "waited_for": [
            f"{one.campaign.year}年度考核：{one.get_status_display()}。结果审定后在这里查看。"
            for one in Assessment.objects.waited_for_by(hat).select_related("campaign").order_by("-campaign__year")
        ],
        "may_open": matrix().may(hat.role, "campaign.open"),
        "may_call_off": matrix().may(hat.role, "campaign.call_off"),
        "shell": _shell(hat.role),
    }
    return render(request, "assessments/list.html", context)


@answer_once
def new_campaign(request: HatRequest) -> HttpResponse:
    form = CampaignForm(request.POST if request.method == "POST" else None, initial={"year": localdate().year})
    if request.method == "POST" and form.is_valid():
        try:
            campaign = services.open_campaign(by=request.membership, on=localdate(), **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"{campaign}已发起，列入{campaign.assessments.count()}人。")
            return redirect("assessments:list")
    return render(request, "assessments/campaign.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@answer_once
def relist(request: HatRequest, pk: int) -> HttpResponse:
    """List whoever was filed since the campaign began."""
    added = services.list_specialists(subject(request, Campaign), by=request.membership, on=localdate())
    messages.success(request, f"新列入{len(added)}人。" if added else "没有需要补充列入的人员。")
    return redirect("assessments:list")


@answer_once
def call_off(request: HatRequest, pk: int) -> HttpResponse:
    """What is taken back with it, and why: 302 called off · 422 with the sentence."""
    campaign = subject(request, Campaign)
    form = CallOffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.call_off_campaign(campaign, by=request.membership, on=localdate(), **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"{campaign}已撤销，可重新发起。")
            return redirect("assessments:list")
    context = {"campaign": campaign, "form": form, "states": queries.by_state(campaign)}
    return render(request, "assessments/call_off.html", context, status=422 if form.errors else 200)


def detail(request: HatRequest, pk: int) -> HttpResponse:
    return _sheet(request, subject(request, Assessment))


@require_POST
@answer_once
def opinion(request: HatRequest, pk: int) -> HttpResponse:
    """The institution's scores and opinion: 302 submitted · 422 with the sentences · 409 changed meanwhile."""
    assessment = subject(request, Assessment)
    form = opinion_form_of(assessment)(request.POST, parts=queries.parts_of(assessment.campaign.pack))
    if not form.is_valid():
        return _sheet(request, assessment, opinion_form=form, status=422)
    try:
        done = services.submit_opinion(
            assessment,
            by=request.membership,
            on=localdate(),
            version=version_sent(request),
            scores=form.scores(),
            grade=Grade(form.cleaned_data["grade"]),
            opinion=form.cleaned_data["opinion"],
        )
    except Refused as refusal:
        form.refuse(refusal.findings)
        return _sheet(request, assessment, opinion_form=form, findings=refusal.findings, status=422)
    except Stale as stale:
        return _sheet(request, assessment, opinion_form=form, stale=stale, status=409)
    messages.success(request, f"考核意见已提交市科技局，合计{_points(done.institution_score)}分。")
    return redirect("assessments:detail", assessment.pk)


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    """One step of the bureau: 302 taken · 422 with findings and their reasons · 409 changed meanwhile."""
    assessment, form = subject(request, Assessment), DecisionForm(request.POST)
    if not form.is_valid():
        return _sheet(request, assessment, decision_form=form, status=422)
    typed = form.cleaned_data
    try:
        done = services.take_step(
            assessment,
            by=request.membership,
            on=localdate(),
            version=version_sent(request),
            grade=Grade(typed["grade"]),
            opinion=typed["opinion"],
            reasons=reasons_in(request.POST),
            documents=documents_in(request.POST),
            document_number=typed["document_number"],
            typed_name=typed["typed_name"],
        )
    except Refused as refusal:
        form.refuse([finding for finding in refusal.findings if finding.level == Level.BLOCK])
        # What a written reason has passed is asked again with it, or the reason would be lost with its question.
        asked = services.judge(assessment, grade=Grade(typed["grade"]), on=localdate())
        refused = {finding.code for finding in refusal.findings}
        findings = [*refusal.findings, *(finding for finding in asked if finding.code not in refused)]
        return _sheet(request, assessment, decision_form=form, findings=findings, status=422)
    except Stale as stale:
        return _sheet(request, assessment, decision_form=form, stale=stale, status=409)
    said = "考核结果已定。" if done.status == AssessmentStatus.FINAL else "已办理本步骤，等待下一步审定。"
    messages.success(request, said)
    return redirect("assessments:detail", assessment.pk)


@require_POST
@answer_once
def send_back(request: HatRequest, pk: int) -> HttpResponse:
    assessment, form = subject(request, Assessment), ReturnForm(request.POST)
    if not form.is_valid():
        return _sheet(request, assessment, return_form=form, status=422)
    try:
        services.return_opinion(
            assessment,
            by=request.membership,
            on=localdate(),
            opinion=form.cleaned_data["opinion"],
            version=version_sent(request),
        )
    except Refused as refusal:
        return _sheet(request, assessment, return_form=form, findings=refusal.findings, status=422)
    except Stale as stale:
        return _sheet(request, assessment, return_form=form, stale=stale, status=409)
    messages.success(request, f"已退回{assessment.assessor}补正。")
    return redirect("assessments:detail", assessment.pk)


@require_POST
@answer_once
def exempt(request: HatRequest, pk: int) -> HttpResponse:
    assessment, form = subject(request, Assessment), ExemptForm(request.POST)
    return _for_a_reason(
        request, assessment, "exempt_form", form, partial(services.exempt, assessment), "已记录不参加考核。"
    )


@require_POST
@answer_once
def include(request: HatRequest, pk: int) -> HttpResponse:
    """Who was taken out takes part after all."""
    assessment, form = subject(request, Assessment), IncludeForm(request.POST)
    said = f"{assessment.specialist}已恢复参加{assessment.campaign}，由{assessment.assessor}评分。"
    return _for_a_reason(request, assessment, "include_form", form, partial(services.include, assessment), said)


@require_POST
@answer_once
def reinstate(request: HatRequest, pk: int) -> HttpResponse:
    """A18: give the qualification back, with the reason."""
    assessment, form = subject(request, Assessment), ReinstateForm(request.POST)
    act = partial(services.reinstate, assessment.specialist)
    said = f"{assessment.specialist}的科技特派员资格已恢复。"
    return _for_a_reason(request, assessment, "reinstate_form", form, act, said)


def _for_a_reason(
    request: HatRequest, assessment: Assessment, name: str, form: Form, act: Callable[..., object], said: str
) -> HttpResponse:
    """An act that asks for nothing but its reason: 302 · 422 with the form `name` as it was typed."""
    if not form.is_valid():
        return _sheet(request, assessment, findings=None, stale=None, status=422, **{name: form})
    try:
        act(by=request.membership, on=localdate(), reason=form.cleaned_data["reason"])
    except Refused as refusal:
        return _sheet(request, assessment, findings=refusal.findings, stale=None, status=422, **{name: form})
    messages.success(request, said)
    return redirect("assessments:detail", assessment.pk)


def certificate(request: HatRequest, pk: int) -> HttpResponse:
    assessment = subject(request, Assessment)
    if assessment.status != AssessmentStatus.FINAL:
        raise Http404
    try:
        paper = documents.certificate_pdf(assessment)
    except Unavailable as reason:
        messages.error(request, str(reason))
        return redirect("assessments:detail", pk)
    response = HttpResponse(paper, content_type="application/pdf")
    name = f"attachment; filename*=UTF-8''assessment-{assessment.campaign.year}-{assessment.pk}.pdf"
    response["Content-Disposition"] = name
    return response


def _sheet(
    request: HatRequest,
    assessment: Assessment,
    *,
    findings: list[Finding] | None = None,
    stale: Stale | None = None,
    status: int = 200,
    **forms: Any,
) -> HttpResponse:
    role = request.membership.role
    assessment = Assessment.objects.select_related(
        "campaign__pack", "specialist", "institution__organization", "registration"
    ).get(pk=assessment.pk)
    counted = assessment.evidence or queries.evidence(assessment.specialist, assessment.campaign.year)
    parts = queries.parts_of(assessment.campaign.pack)
    may = matrix().may
    own = may(role, "assessment.score") and request.membership.stands_for(assessment.institution_id)
    scoring = own and assessment.status in AssessmentStatus.editable
    approval = approvals.running(services.ACT, assessment)
    waiting_role = approvals.next_role(approval) if approval else None
    deciding = may(role, "assessment.decide") and assessment.status == AssessmentStatus.SUBMITTED
    given_back = queries.given_back(assessment)
    told: list[Finding] = []
    if assessment.institution_grade and assessment.status != AssessmentStatus.FINAL:
        told = services.judge(assessment, grade=Grade(assessment.institution_grade), on=localdate())
    initial: dict[str, Any] = {
        f"score-{code}": points for code, points in queries.proposed_scores(counted, parts).items()
    }
    initial |= {f"score-{code}": points for code, points in assessment.scores.items()}
    initial |= {"grade": assessment.institution_grade, "opinion": assessment.institution_opinion}
    sheet = forms.pop("opinion_form", None) or opinion_form_of(assessment)(parts=parts, initial=initial)
    context: dict[str, Any] = {
        "assessment": assessment,
        "evidence": counted,
        "parts": [(part.label, assessment.scores.get(part.code), part.points) for part in parts],
        "goal_rows": [(goal["name"], f"{goal['count']}{goal['unit']}", goal["host"]) for goal in counted["goals"]],
        "findings": findings or [],
        "stale": stale,
        "scoring": scoring,
        "deciding": deciding and waiting_role == role,
        "may_return": deciding and waiting_role == role,
        "may_exempt": may(role, "assessment.decide") and assessment.status == AssessmentStatus.OPEN,
        "may_include": may(role, "assessment.decide") and assessment.status == AssessmentStatus.EXEMPT,
        "may_reinstate": may(role, "assessment.decide") and assessment.specialist.is_revoked,
        "waiting_for": Role(waiting_role).label if waiting_role else "",
        "opinion_form": sheet,
        "fitting": grade_of(sheet.total, assessment.campaign.pack.setting("assessments.bands")),
        "decision_form": DecisionForm(initial={"grade": assessment.bureau_grade or assessment.institution_grade}),
        "return_form": ReturnForm(),
        "exempt_form": ExemptForm(),
        "include_form": IncludeForm(),
        "reinstate_form": ReinstateForm(),
        "told": told if deciding else [],
        "apart": _apart(told) if own else "",
        "bands": assessment.campaign.pack.setting("assessments.bands"),
        "ending": queries.consequences(assessment.specialist, on=localdate()) if deciding else None,
        "steps": approvals.shown(approval, labels=dict(Role.choices)) if approval else [],
        "tone": TONES[assessment.status],
        "grade_tone": GRADE_TONES[assessment.grade],
        "given_back": given_back,
        "events": _events(assessment, given_back) if role != Role.SPECIALIST else [],
        "reasons": reasons_in(request.POST),
        "documents": documents_in(request.POST),
        "shell": _shell(role),
        **forms,
    }
    return render(request, "assessments/detail.html", context, status=status)


def _events(assessment: Assessment, given_back: AuditEvent | None) -> list[dict[str, Any]]:
    """The sheet's own, and the giving back of what its result took: that is an event of the person's."""
    own = sentences(assessment)
    if given_back is None:
        return own
    of_person = (one for one in sentences(assessment.specialist) if one["at"] == given_back.at)
    return sorted([*of_person, *own], key=lambda one: one["at"], reverse=True)


def _grade(code: str) -> str:
    return Grade(code).label if code else "—"


def _apart(told: list[Finding]) -> str:
    """What the institution should know of the grade it suggests: its score speaks for another one (W-GRADE)."""
    for one in told:
        if one.code == "W-GRADE":
            fitting, suggested = (Grade(str(one.facts[name])).label for name in ("fitting", "grade"))
            points = _points(Decimal(str(one.facts["total"])))
            return f"合计{points}分对应“{fitting}”，建议等次为“{suggested}”。不影响提交，市科技局审定时须写明理由。"
    return ""


def _points(points: Decimal | None) -> str:
    return "—" if points is None else f"{points.normalize():f}"


def _shell(role: str) -> str:
    return "base_phone.html" if role == Role.SPECIALIST else "base.html"

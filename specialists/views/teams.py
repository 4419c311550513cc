"""Teams: the list, the form, the record with its members on a bar of dates, and the change of a member."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, can, documents_in, reasons_in, subject, version_sent
from accounts.enums import Role
from accounts.lists.bar import bar_of
from accounts.matrix import matrix
from accounts.models import Institution
from core.jinja import cdate, shortdate
from core.models import PolicyPack
from core.policy import Finding, Level, Refused, Verdict
from core.stale import Stale
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences, story
from specialists import queries, teams, titles
from specialists.enums import Category, PersonnelType, RegistrationStatus, Title
from specialists.forms import ChangeForm, LeadForm, MemberForm, MemberRows, TeamForm
from specialists.listed import TEAMS
from specialists.models import Team, TeamMember
from specialists.queries import strength
from specialists.selection.calling import closed_call
from specialists.views.common import Facts, blocks, evidence_of, steps_of

# --- the list ---------------------------------------------------------------------------------------------------------


@require_safe
def listing(request: HatRequest) -> HttpResponse:
    hat = request.membership
    form = TEAMS.form(request.GET, hat)
    bar = bar_of(request, TEAMS, form)
    if isinstance(bar, HttpResponse):
        return bar
    mine = request.GET.get("mine") == "1" and can(hat, "team.decide")
    short = request.GET.get("short") == "1" and not mine
    rows = TEAMS.found(hat, request.GET, localdate())
    page = Keyset(rows, order=TEAMS.order, sorts=TEAMS.sorts, query=request.GET)
    to = addresses("specialists:team-review" if mine else "specialists:team-detail")
    table = Table(
        columns=[
            Column("name", "团队名称", href=to, sub=_leader, sort="name", phone="title"),
            Column("category", "类别", cell=_kind, sub=lambda row: f"{row['year']}年度", nowrap=True),
            Column("unit", "组织单位"),
            Column("domains", "领域或行业", cell=lambda row: "、".join(row["domains"]) or "未选择"),
            Column("members", "成员", cell=_strength, tone=_strength_tone, phone="labelled"),
            Column(
                "submitted_on", "提交日期", cell=lambda row: cdate(row["submitted_on"]), sort="submitted", nowrap=True
            ),
            Column("status", "状态", cell=_status, tone=_tone, phone="aside"),
        ],
        rows=page,
        caption="团队列表",
        query=request.GET,
        row_href=to,
        empty="没有待您办理的团队。" if mine else "没有缺员的团队。" if short else "还没有团队。",
        empty_action=_new_team(hat.role) if not (mine or short) else None,
        everything=bar.everything,
    )
    context = {
        "table": table,
        "bar": bar,
        "filters_form": form,
        "chips": _chips(hat.role, bar.everything, mine=mine, short=short),
        "may_register": matrix().may(hat.role, "team.edit"),
    }
    return render(request, "specialists/teams.html", context)


def _leader(row: Row) -> str:
    return f"负责人　{row['leader']}" if row["leader"] else "未指定负责人"


def _kind(row: Row) -> str:
    return Category(row["category"]).label


def _status(row: Row) -> str:
    return RegistrationStatus(row["status"]).label


def _tone(row: Row) -> str:
    return RegistrationStatus.tones[row["status"]]


def _short(row: Row) -> tuple[int, date] | None:
    """How many are missing in a selected team, and by when they are to be found."""
    if row["status"] != RegistrationStatus.APPROVED or row["active"] >= row["least"]:
        return None
    since = strength(row["revoked"], least=row["least"]).since
    return (row["least"] - row["active"], since + timedelta(days=row["replace_days"])) if since else None


def _strength(row: Row) -> str:
    if not (short := _short(row)):
        return f"{row['active']} 人"
    return f"{row['active']} 人，缺 {short[0]} 人，{shortdate(short[1])}前补齐"


def _strength_tone(row: Row) -> str:
    """A colour only where something is to be done."""
    if not (short := _short(row)):
        return ""
    return "bad" if localdate() > short[1] else "warn"


def _chips(role: str, everything: str, *, mine: bool, short: bool) -> list[dict[str, Any]]:
    chips = [{"label": "全部", "url": everything, "current": not (mine or short)}]
    if matrix().may(role, "team.decide"):
        chips.append({"label": "待我办理", "url": "?mine=1", "current": mine})
    return [*chips, {"label": "缺员", "url": "?short=1", "current": short}]


def _new_team(role: str) -> dict[str, str] | None:
    if not matrix().may(role, "team.edit"):
        return None
    return {"url": reverse("specialists:team-new"), "label": "登记第一个团队"}


# --- the form ---------------------------------------------------------------------------------------------------------


def new(request: HatRequest) -> HttpResponse:
    """302 saved, and handed in when asked to · 422 with the sentences beside the fields, nothing typed lost."""
    if _grows(request):  # asks for another row and does nothing: its answer is not one to keep
        return _form_page(request, *_forms(request, None))
    return _create(request)


@answer_once
def _create(request: HatRequest) -> HttpResponse:
    form, rows = _forms(request, None)
    if request.method != "POST":
        return _form_page(request, form, rows)
    if not all([form.is_valid(), rows.is_valid()]):
        return _form_page(request, form, rows, status=422)
    try:
        team = teams.register_team(by=request.membership, on=localdate(), members=rows.entries(), **form.said())
    except Refused as refusal:
        form.refuse(rows.refuse(refusal.findings))
        return _form_page(request, form, rows, status=422)
    return _saved(request, team)


def edit(request: HatRequest, pk: int) -> HttpResponse:
    """As registering; 409 with what differs when the team was changed meanwhile."""
    team = subject(request, Team)
    if request.method != "POST" and not team.is_editable:
        messages.warning(request, f"当前状态为“{team.get_status_display()}”，不能修改。")
        return redirect("specialists:team-detail", pk)
    if _grows(request):
        return _form_page(request, *_forms(request, team), team=team)
    return _change(request, team)


@answer_once
def _change(request: HatRequest, team: Team) -> HttpResponse:
    form, rows = _forms(request, team)
    if request.method != "POST":
        return _form_page(request, form, rows, team=team)
    if not all([form.is_valid(), rows.is_valid()]):
        return _form_page(request, form, rows, team=team, status=422)
    try:
        saved = teams.save_team(
            team,
            by=request.membership,
            on=localdate(),
            version=version_sent(request),
            members=rows.entries(),
            **form.said(),
        )
    except Refused as refusal:
        form.refuse(rows.refuse(refusal.findings))
        return _form_page(request, form, rows, team=team, status=422)
    except Stale as stale:
        team.refresh_from_db()
        return _form_page(request, form, rows, team=team, stale=stale, status=409)
    return _saved(request, saved)


@require_POST
def checks(request: HatRequest) -> HttpResponse:
    """The rules asked about a form that is being filled in; nothing is written."""
    return _checks(request, None)


@require_POST
def recheck(request: HatRequest, pk: int) -> HttpResponse:
    return _checks(request, subject(request, Team))


def _checks(request: HatRequest, team: Team | None) -> HttpResponse:
    form, rows = _forms(request, team)
    return render(request, "specialists/_checks.html", {"verdicts": _verdicts(request, form, rows, team)})


def _grows(request: HatRequest) -> bool:
    return request.method == "POST" and request.POST.get("then") == "row"


def _forms(request: HatRequest, team: Team | None) -> tuple[TeamForm, MemberRows]:
    today = localdate()
    pack = PolicyPack.in_force(on=today)
    data = request.POST if request.method == "POST" else None
    members = queries.members_of(team) if team else []
    initial: dict[str, Any] = {}
    if team:
        initial = {name: getattr(team, name) for name in ("name", "category", "summary", "contact_name")}
        initial |= {
            "contact_phone": team.contact_phone,
            "consent": bool(members) and all(member.consented_on for member in members),
        }
    form = TeamForm(data, pack=pack, team=team, initial=initial)
    rows = MemberRows(
        data,
        pack=pack,
        on=today,
        members=members,
        offered=pack.entry("E-TEAM-SIZE").params["min"],
        one_more=_grows(request),
    )
    return form, rows


def _saved(request: HatRequest, team: Team) -> HttpResponse:
    """The draft is kept in any case; if it was to be handed in and cannot be yet, its form says what is missing."""
    if request.POST.get("then") != "submit":
        messages.success(request, "草稿已保存。")
        return redirect("specialists:team-detail", team.pk)
    try:
        teams.submit_team(team, by=request.membership, on=localdate())
    except Refused:
        messages.warning(request, "草稿已保存，但还不能提交，请按下列提示修改。")
        return redirect(f"{reverse('specialists:team-edit', args=[team.pk])}?missing=1")
    messages.success(request, "团队已提交市科技局审核。")
    return redirect("specialists:team-detail", team.pk)


def _form_page(
    request: HatRequest,
    form: TeamForm,
    rows: MemberRows,
    *,
    team: Team | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    grown = _grows(request)
    verdicts = _verdicts(request, form, rows, team)
    missing: list[Finding] = []
    if team and request.GET.get("missing") and not form.is_bound:
        missing = [*teams.missing(team, on=localdate()), *blocks(verdicts)]
    context = {
        "form": form,
        "rows": rows,
        "team": team,
        "errors": [] if grown else [one for one in (form, *rows.with_errors) if one.is_bound and one.errors],
        "verdicts": verdicts,
        "missing": missing,
        "stale": stale,
        "year": _pack().setting("registration.call_year"),
        "version": team.version if team else None,
        "checks_url": reverse("specialists:team-recheck", args=[team.pk])
        if team
        else reverse("specialists:team-checks"),
        "grown": grown,
        "titles": titles.offered(on=localdate()),
    }
    return render(request, "specialists/team_form.html", context, status=status)


def _pack() -> PolicyPack:
    return PolicyPack.in_force(on=localdate())


def _verdicts(request: HatRequest, form: TeamForm, rows: MemberRows, team: Team | None) -> list[Verdict]:
    today = localdate()
    pack = PolicyPack.in_force(on=today)
    if team and not form.is_bound:
        return teams.judge(queries.team_case(team), on=today, pack=pack)
    unit = team.institution if team else Institution.objects.filter(pk=request.membership.organization_id).first()
    if unit is None:
        return []
    form.is_valid()
    said: dict[str, Any] = form.said() if form.is_bound else {"name": "", "domains": [], "category": ""}
    case = teams.case_typed(
        institution=unit,
        name=said["name"],
        domains=said["domains"],
        category=said["category"],
        members=rows.entries() if form.is_bound else [],
        pack=pack,
        team=team,
    )
    return teams.judge(case, on=today, pack=pack)


# --- the record -------------------------------------------------------------------------------------------------------


@require_safe
def detail(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, Team))


@require_safe
def history(request: HatRequest, pk: int) -> HttpResponse:
    team = subject(request, Team)
    return render(
        request, "specialists/team_history.html", {**head_of(team), "story": story(sentences(team), request.GET)}
    )


@require_POST
@answer_once
def submit(request: HatRequest, pk: int) -> HttpResponse:
    team = subject(request, Team)
    try:
        teams.submit_team(team, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, team, findings=refusal.findings, status=422)
    messages.success(request, "团队已提交市科技局审核。")
    return redirect("specialists:team-detail", pk)


@require_POST
@answer_once
def discard(request: HatRequest, pk: int) -> HttpResponse:
    team = subject(request, Team)
    try:
        teams.discard_team(team, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, team, findings=refusal.findings, status=422)
    messages.success(request, f"团队“{team.name}”的登记草稿已删除。")
    return redirect("specialists:teams")


@require_POST
@answer_once
def lead(request: HatRequest, pk: int) -> HttpResponse:
    """Another member leads from now on."""
    team = subject(request, Team)
    members = queries.members_of(team)
    form = LeadForm(request.POST, members=members)
    if not form.is_valid():
        return _page(request, team, lead_form=form, status=422)
    heir = next(one for one in members if str(one.pk) == form.cleaned_data["to"])
    try:
        teams.pass_on_lead(team, to=heir, by=request.membership, on=localdate(), version=version_sent(request))
    except Refused as refusal:
        return _page(request, team, findings=refusal.findings, status=422)
    except Stale as stale:
        team.refresh_from_db()
        return _page(request, team, stale=stale, status=409)
    messages.success(request, f"团队负责人已变更为{heir}。")
    return redirect("specialists:team-detail", pk)


def head_of(team: Team) -> dict[str, Any]:
    """What both tabs of a team show above them."""
    return {"team": team, "tone": team.status_tone, "gap": teams.gap(team, on=localdate())}


def facts_of(team: Team) -> Facts:
    leader = team.members.current().filter(is_leader=True).select_related("specialist").first()
    return [
        ("年度", f"{team.year}年度"),
        ("类别", team.get_category_display()),
        ("组织单位", str(team.institution), team.institution.get_type_display()),
        ("领域或行业", "、".join(team.domains)),
        ("团队负责人", str(leader or "")),
        ("联系人", team.contact_name or (f"{leader}（负责人）" if leader else ""), team.contact_phone),
        ("团队简介", team.summary),
        *([("来源", "历史导入", "随平台启用前已备案的协议导入")] if team.is_past else []),
        ("提交日期", cdate(team.submitted_on)),
        ("入选日期", cdate(team.approved_on)),
    ]


def seats_of(team: Team, *, on: date) -> dict[str, Any]:
    """Everybody who is or was in the team, each with their days on one common bar, from the first day to today.

    Days after a cancelled qualification are hatched.
    """
    members = [*team.members.select_related("specialist", "replaces__specialist").order_by("joined_on", "pk")]
    members.sort(key=lambda one: (one.left_on is not None, not one.is_leader))
    begin = min((one.joined_on for one in members), default=on)
    whole = (on - begin).days + 1

    def part(start: date, stop: date, kind: str) -> tuple[float, float, str]:
        return round(100 * (start - begin).days / whole, 2), round(100 * (stop - start).days / whole, 2), kind

    rows: list[dict[str, Any]] = []
    for one in members:
        stop, lost = one.left_on or on + timedelta(days=1), one.specialist.revoked_on
        until = min(stop, max(lost, one.joined_on)) if lost else stop
        person = one.specialist
        about = [
            person.id_masked,
            "" if person.title == Title.NONE else person.title_name,
            one.get_personnel_type_display() if one.personnel_type == PersonnelType.GRADUATE else "",
            f"预计{cdate(one.graduates_on)}毕业" if one.graduates_on else "",
            one.unit,
        ]
        lines = [
            f"资格已于{cdate(lost)}取消" if lost else "",
            f"接替{one.replaces}" if one.replaces else "",
            f"退出原因：{one.left_reason}" if one.left_reason else "",
        ]
        rows.append(
            {
                "member": one,
                "detail": "　".join(filter(None, about)),
                "parts": [one for one in (part(one.joined_on, until, "a"), part(until, stop, "b")) if one[1] > 0],
                "words": f"{cdate(one.joined_on)}加入，{f'{cdate(one.left_on)}退出' if one.left_on else '至今'}",
                "lost": lost is not None,
                "lines": [line for line in lines if line],
            }
        )
    present = [row for row in rows if row["member"].left_on is None]
    lost_ones = sum(row["lost"] for row in present)
    said = f"现有 {len(present)} 人" + (f"，其中 {lost_ones} 人已取消资格" if lost_ones else "")
    return {"rows": rows, "begin": begin, "end": on, "said": said}


def _page(
    request: HatRequest,
    team: Team,
    *,
    findings: Iterable[Finding] = (),
    lead_form: LeadForm | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    today, hat = localdate(), request.membership
    offices = hat.role in Role.sees_everything
    editable = team.is_editable and matrix().may(hat.role, "team.edit")
    verdicts = teams.judge(queries.team_case(team), on=today, pack=_pack()) if editable else []
    members = queries.members_of(team)
    may_change = team.status == RegistrationStatus.APPROVED and matrix().may(hat.role, "team.change")
    context = {
        **head_of(team),
        "facts": [*facts_of(team), *evidence_of(request, team)],
        "seats": seats_of(team, on=today),
        "shows_records": hat.role != Role.SPECIALIST,
        "findings": list(findings),
        "missing": [*teams.missing(team, on=localdate()), *blocks(verdicts)] if editable else [],
        "verdicts": verdicts,
        "steps": steps_of(team, names=offices, act=teams.ACT),
        "editable": editable,
        "may_submit": team.is_editable and matrix().may(hat.role, "team.submit"),
        "may_decide": team.status == RegistrationStatus.SUBMITTED and matrix().may(hat.role, "team.decide"),
        "may_change": may_change,
        "late_call": closed_call(team, on=today) if can(hat, "call.edit") else None,
        "lead_form": lead_form or LeadForm(members=members) if may_change else None,
        "stale": stale,
    }
    return render(request, "specialists/team_detail.html", context, status=status)


# --- changing a member ------------------------------------------------------------------------------------------------


def change(request: HatRequest, *, act: Callable[..., Team]) -> HttpResponse:
    """One goes, one comes, or both in one step. 302 changed · 422 with what is in the way · 409 changed meanwhile.

    The page belongs to agreements, whose `act` also asks the hosts that the team serves.
    """
    team, today, hat = subject(request, Team), localdate(), request.membership
    if team.status != RegistrationStatus.APPROVED and request.method != "POST":
        messages.warning(request, f"当前状态为“{team.get_status_display()}”，入选后才能变更成员。")
        return redirect("specialists:team-detail", team.pk)
    members = queries.members_of(team)
    data = request.POST if request.method == "POST" else None
    form = ChangeForm(data, members=members, initial=_proposed(request, members, today))
    newcomer = MemberForm(data, pack=_pack(), on=today, prefix="new")
    if data is None:
        return _change_page(request, team, form, newcomer)
    joins = bool(data.get("joins")) or not newcomer.is_empty
    if not all([form.is_valid(), not joins or newcomer.is_valid()]):
        return _change_page(request, team, form, newcomer, joins=joins, status=422)
    given = form.cleaned_data
    leaving = next((one for one in members if str(one.pk) == given["leaving"]), None)
    try:
        act(
            team,
            by=hat,
            on=today,
            day=given["day"],
            leaving=leaving,
            joining=newcomer.entry(is_leader=given["leads"]) if joins else None,
            reason=given["reason"],
            consent=given["consent"],
            reasons=reasons_in(request.POST),
            documents=documents_in(request.POST),
            version=version_sent(request),
        )
    except Refused as refusal:
        beside = [one for one in refusal.findings if one.facts.get("field") in form.fields and one.level == Level.BLOCK]
        about_newcomer = [
            one for one in refusal.findings if one not in beside and one.facts.get("field") in newcomer.fields and joins
        ]
        form.refuse(beside)
        newcomer.refuse(about_newcomer)
        others = [one for one in refusal.findings if one not in beside and one not in about_newcomer]
        return _change_page(request, team, form, newcomer, joins=joins, refused=others, status=422)
    except Stale as stale:
        team.refresh_from_db()
        return _change_page(request, team, form, newcomer, joins=joins, stale=stale, status=409)
    messages.success(request, "成员变更已登记。")
    return redirect("specialists:team-detail", team.pk)


def _proposed(request: HatRequest, members: Sequence[TeamMember], today: date) -> dict[str, Any]:
    """Whom the page that led here meant, else who lost the qualification; today; lead goes with the leader."""
    asked = request.GET.get("leaving", "")
    out = next((one for one in members if str(one.pk) == asked), None)
    out = out or next((one for one in members if one.specialist.is_revoked), None)
    return {"leaving": str(out.pk) if out else None, "day": today, "leads": bool(out and out.is_leader), "joins": True}


def _change_page(
    request: HatRequest,
    team: Team,
    form: ChangeForm,
    newcomer: MemberForm,
    *,
    joins: bool = True,
    refused: Sequence[Finding] = (),
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    bureau = request.membership.role in Role.bureau
    context = {
        **head_of(team),
        "form": form,
        "newcomer": newcomer,
        "errors": [one for one in (form, newcomer if joins else None) if one and one.is_bound and one.errors],
        "refused": list(refused),
        "ask": "bureau" if bureau else "",
        "reasons": reasons_in(request.POST),
        "documents": documents_in(request.POST),
        "stale": stale,
        "size": _pack().entry("E-TEAM-SIZE").params,
        "titles": titles.offered(on=localdate()),
    }
    return render(request, "specialists/team_change.html", context, status=status)

"""佐证材料: the files of a student, added and removed while the record is its unit's to change."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, can, subject
from core import files
from core.policy import Refused
from specialists import queries
from specialists.enums import PersonnelType
from specialists.models import Evidence, Registration, Team, TeamMember
from specialists.proving import services
from specialists.proving.forms import EvidenceForm


@answer_once
def of_registration(request: HatRequest, pk: int) -> HttpResponse:
    """The files of one registration; 302 one more is kept · 422 with the sentences beside the fields."""
    return _page(request, subject(request, Registration))


@answer_once
def of_team(request: HatRequest, pk: int) -> HttpResponse:
    """The files of the students of a team, answered likewise."""
    team = subject(request, Team)
    students = [one for one in queries.members_of(team) if one.personnel_type == PersonnelType.GRADUATE]
    return _page(request, team, students=students)


def _page(
    request: HatRequest, record: Registration | Team, *, students: Sequence[TeamMember] | None = None
) -> HttpResponse:
    posted = request.method == "POST"
    form = EvidenceForm(request.POST if posted else None, request.FILES or None, students=students)
    if posted and form.is_valid():
        typed = form.cleaned_data
        owner = next((one for one in students or () if str(one.pk) == typed.get("member")), None) or record
        assert not isinstance(owner, Team)  # the form names one of its students
        try:
            services.add_evidence(
                owner, by=request.membership, on=localdate(), title=typed["title"], upload=typed["file"]
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, "已上传佐证材料。")
            return redirect(request.path)
    of = {"member__team": record} if isinstance(record, Team) else {"registration": record}
    context = {
        "record": record,
        "back": f"specialists:{'team-detail' if isinstance(record, Team) else 'detail'}",
        "name": record.name if isinstance(record, Team) else record.specialist.name,
        "form": form,
        "kept": Evidence.objects.filter(**of).select_related("file", "member__specialist").order_by("pk"),
        "may_change": record.is_editable
        and can(request.membership, "evidence.edit")
        and services.is_own(record, by=request.membership),
    }
    return render(request, "specialists/evidence.html", context, status=422 if posted else 200)


@require_safe
def file(request: HatRequest, pk: int) -> HttpResponseBase:
    return files.serve(subject(request, Evidence).file, inline="inline" in request.GET)


@require_POST
@answer_once
def remove(request: HatRequest, pk: int) -> HttpResponse:
    """302 it is off the record, or why it stays."""
    one = subject(request, Evidence)
    page = (
        ("specialists:team-evidence", one.member.team_id)
        if one.member
        else ("specialists:evidence", one.registration_id)
    )
    try:
        services.remove_evidence(one, by=request.membership, on=localdate())
    except Refused as refusal:
        messages.warning(request, refusal.findings[0].message)
    else:
        messages.success(request, "已移除佐证材料。")
    return redirect(page[0], page[1])

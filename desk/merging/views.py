"""Hosts and people that were entered twice: which look so, two side by side, making one of them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.doors import HatRequest, answer_once, reasons_in, subject
from accounts.models import HostUnit, Organization
from core.policy import Finding, Level, Refused
from core.stale import Stale
from desk.merging import dismissing, people, queries, services, tables
from desk.merging.forms import DismissForm, MergeForm, PersonMergeForm
from desk.merging.models import Dismissal, PersonMerge, UnitMerge
from specialists.models import Specialist

MOST = 100


def merges(request: HatRequest) -> HttpResponse:
    """The likely pairs, those found to be two, and what was merged last."""
    done = UnitMerge.objects.visible_to(request.membership).select_related("survivor", "loser", "by__person")
    people_done = PersonMerge.objects.visible_to(request.membership).select_related("survivor", "loser", "by__person")
    dismissed = Dismissal.objects.visible_to(request.membership).standing().order_by("-pk")
    sides = ("unit", "other_unit", "person", "other_person", "by__person")
    context = {
        "pairs": tables.pairs_of_units(queries.candidates()[:MOST]),
        "people": tables.pairs_of_people(people.candidates()[:MOST]),
        "dismissed": dismissed.select_related(*sides)[:MOST],
        "done": tables.merged_units(done.order_by("-pk")[:MOST]),
        "people_done": tables.merged_people(people_done.order_by("-pk")[:MOST]),
    }
    return render(request, "desk/merging/list.html", context)


def _units(request: HatRequest, other: int) -> tuple[Organization, Organization]:
    one = subject(request, HostUnit).organization
    two = get_object_or_404(Organization.objects.visible_to(request.membership).hosts(), pk=other)
    if one == two:
        raise Http404
    return one, two


@answer_once
def merge_hosts(request: HatRequest, pk: int, other: int) -> HttpResponse:
    """Two hosts side by side, and the act: redirect · 404 one of them is no host · 409 changed since · 422 refused."""
    one, two = _units(request, other)
    form = MergeForm(request.POST or None, one=one, other=two)
    findings: list[Finding] = []
    status, stale = 422 if form.is_bound else 200, None
    if form.is_bound and form.is_valid():
        survivor, loser = (one, two) if form.cleaned_data["survivor"] == str(one.pk) else (two, one)
        try:
            done = services.merge_hosts(
                survivor,
                loser,
                keep=form.keep(),
                by=request.membership,
                on=localdate(),
                reason=form.cleaned_data["reason"],
                reasons=reasons_in(request.POST),
                versions={unit.pk: _version(request, unit) for unit in (one, two)},
            )
        except Refused as refusal:
            findings = refusal.findings
        except Stale as difference:
            status, stale = 409, difference
        else:
            goes, stays = (services.called(done.before[side]) for side in ("loser", "survivor"))
            messages.success(request, f"{goes}已并入{stays}。")
            return redirect("accounts:organization", done.survivor_id)
    elif not form.is_bound:
        findings = _against_units(form, one, two)
    return _units_page(request, (one, two), form, DismissForm(), findings=findings, stale=stale, status=status)


@require_POST
@answer_once
def dismiss_hosts(request: HatRequest, pk: int, other: int) -> HttpResponse:
    """302 they are two · 422 with what is in the way."""
    one, two = _units(request, other)
    form = DismissForm(request.POST)
    if _dismissed(request, form, one, two, likeness=queries.likeness(one, two)):
        messages.success(request, f"已认定“{one}”和“{two}”不是同一单位，不再列入。")
        return redirect("desk:merges")
    of_merge = MergeForm(one=one, other=two)
    return _units_page(request, (one, two), of_merge, form, findings=_against_units(of_merge, one, two), status=422)


def _against_units(form: MergeForm, one: Organization, two: Organization) -> list[Finding]:
    kept = {name.removeprefix("keep_"): int(form.fields[name].initial) for name in form.differing}
    stays, goes = (one, two) if int(form.fields["survivor"].initial) == one.pk else (two, one)
    return [found for found in services.findings(stays, goes, keep=kept, on=localdate()) if found]


def _units_page(
    request: HatRequest,
    both: tuple[Organization, Organization],
    form: MergeForm,
    dismiss: DismissForm,
    *,
    findings: list[Finding],
    stale: Stale | None = None,
    status: int,
) -> HttpResponse:
    one, two = both
    context = {
        "form": form,
        "dismiss": dismiss,
        "pair": both,
        "alike": [why for why, _ in queries.likeness(one, two)],
        "sides": [queries.side(unit, on=localdate()) for unit in both],
        "findings": findings,
        "refused": [one for one in findings if one.level == Level.BLOCK],
        "same": [
            (label, queries.in_words(one, name))
            for name, label in queries.FIELDS.items()
            if queries.value(one, name) == queries.value(two, name)
        ],
        "given": reasons_in(request.POST),
        "stale": stale,
    }
    return render(request, "desk/merging/hosts.html", context, status=status)


def _two_rows(request: HatRequest, other: int) -> tuple[Specialist, Specialist]:
    seen = Specialist.objects.visible_to(request.membership).filter(merged_into=None)
    one, two = get_object_or_404(seen, pk=subject(request, Specialist).pk), get_object_or_404(seen, pk=other)
    if one == two:
        raise Http404
    return one, two


@answer_once
def merge_people(request: HatRequest, pk: int, other: int) -> HttpResponse:
    """Two rows of a person side by side, and the act: answers as `merge_hosts` does."""
    one, two = _two_rows(request, other)
    form = PersonMergeForm(request.POST or None, one=one, other=two)
    findings: list[Finding] = []
    status, stale = 422 if form.is_bound else 200, None
    if form.is_bound and form.is_valid():
        survivor, loser = (one, two) if form.cleaned_data["survivor"] == str(one.pk) else (two, one)
        try:
            done = people.merge_people(
                survivor,
                loser,
                keep=form.keep(),
                by=request.membership,
                on=localdate(),
                reason=form.cleaned_data["reason"],
                versions={person.pk: _version(request, person) for person in (one, two)},
            )
        except Refused as refusal:
            findings = refusal.findings
        except Stale as difference:
            status, stale = 409, difference
        else:
            messages.success(request, f"{done.survivor}的两条记录已合并为一条。")
            return redirect("desk:merges")
    elif not form.is_bound:
        findings = _against_people(form, one, two)
    return _people_page(request, (one, two), form, DismissForm(), findings=findings, stale=stale, status=status)


@require_POST
@answer_once
def dismiss_people(request: HatRequest, pk: int, other: int) -> HttpResponse:
    """302 they are two · 422 with what is in the way."""
    one, two = _two_rows(request, other)
    form = DismissForm(request.POST)
    if _dismissed(request, form, one, two, likeness=people.likeness(one, two)):
        messages.success(request, f"已认定{one}的两条记录不是同一人，不再列入。")
        return redirect("desk:merges")
    of_merge = PersonMergeForm(one=one, other=two)
    return _people_page(request, (one, two), of_merge, form, findings=_against_people(of_merge, one, two), status=422)


def _against_people(form: PersonMergeForm, one: Specialist, two: Specialist) -> list[Finding]:
    sides = (one, two) if int(form.fields["survivor"].initial) == one.pk else (two, one)
    return [found for found in people.findings(*sides, on=localdate()) if found]


def _people_page(
    request: HatRequest,
    both: tuple[Specialist, Specialist],
    form: PersonMergeForm,
    dismiss: DismissForm,
    *,
    findings: list[Finding],
    stale: Stale | None = None,
    status: int,
) -> HttpResponse:
    one, two = both
    context = {
        "form": form,
        "dismiss": dismiss,
        "pair": both,
        "alike": [why for why, _ in people.likeness(one, two)],
        "sides": [people.side(person) for person in both],
        "findings": findings,
        "same": [
            (label, people.in_words(one, name))
            for name, (label, _) in people.FIELDS.items()
            if people.value(one, name) == people.value(two, name)
        ],
        "stale": stale,
    }
    return render(request, "desk/merging/people.html", context, status=status)


def _dismissed(
    request: HatRequest,
    form: DismissForm,
    one: Organization | Specialist,
    two: Organization | Specialist,
    *,
    likeness: list[tuple[str, str]],
) -> bool:
    """Whether it is done; else the form says what is in the way."""
    if not form.is_valid():
        return False
    try:
        reason = form.cleaned_data["reason"]
        dismissing.dismiss(one, two, likeness=likeness, by=request.membership, reason=reason)
    except Refused as refusal:
        form.refuse(refusal.findings)
        return False
    return True


@require_POST
@answer_once
def undo_dismissal(request: HatRequest, pk: int) -> HttpResponse:
    """302: the pair is asked about again, or a colleague had undone it already."""
    try:
        dismissing.take_back(subject(request, Dismissal), by=request.membership)
    except Refused as refusal:
        messages.warning(request, refusal.findings[0].message)
    else:
        messages.success(request, "已撤销认定，重新列入可能重复的清单。")
    return redirect("desk:merges")


def _version(request: HatRequest, record: Organization | Specialist) -> int:
    sent = request.POST.get(f"version-{record.pk}", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else 0

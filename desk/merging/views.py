"""Hosts and people that were entered twice: which look so, two side by side, making one of them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, reasons_in, subject
from accounts.models import HostUnit, Organization
from core.policy import Finding, Level, Refused
from core.stale import Stale
from desk.merging import people, queries, services
from desk.merging.forms import MergeForm, PersonMergeForm
from desk.merging.models import PersonMerge, UnitMerge
from specialists.models import Specialist

MOST = 100


def merges(request: HatRequest) -> HttpResponse:
    """The likely pairs, and what was merged last."""
    done = UnitMerge.objects.visible_to(request.membership).select_related("survivor", "loser", "by__person")
    people_done = PersonMerge.objects.visible_to(request.membership).select_related("survivor", "loser", "by__person")
    context = {
        "pairs": queries.candidates()[:MOST],
        "done": done.order_by("-pk")[:MOST],
        "people": people.candidates()[:MOST],
        "people_done": people_done.order_by("-pk")[:MOST],
    }
    return render(request, "desk/merging/list.html", context)


@answer_once
def merge_hosts(request: HatRequest, pk: int, other: int) -> HttpResponse:
    """Two hosts side by side, and the act: redirect · 404 one of them is no host · 409 changed since · 422 refused."""
    one = subject(request, HostUnit).organization
    two = get_object_or_404(Organization.objects.visible_to(request.membership).hosts(), pk=other)
    if one == two:
        raise Http404
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
            messages.success(request, f"“{done.before['loser']['name']}”已并入“{done.survivor}”。")
            return redirect("accounts:organization", done.survivor_id)
    elif not form.is_bound:
        kept = {name.removeprefix("keep_"): int(form.fields[name].initial) for name in form.differing}
        first = int(form.fields["survivor"].initial)
        stays, goes = (one, two) if first == one.pk else (two, one)
        findings = [one for one in services.findings(stays, goes, keep=kept, on=localdate()) if one]
    context = {
        "form": form,
        "sides": [queries.side(unit, on=localdate()) for unit in (one, two)],
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


@answer_once
def merge_people(request: HatRequest, pk: int, other: int) -> HttpResponse:
    """Two rows of a person side by side, and the act: answers as `merge_hosts` does."""
    seen = Specialist.objects.visible_to(request.membership).filter(merged_into=None)
    one, two = get_object_or_404(seen, pk=subject(request, Specialist).pk), get_object_or_404(seen, pk=other)
    if one == two:
        raise Http404
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
        first = int(form.fields["survivor"].initial)
        sides = (one, two) if first == one.pk else (two, one)
        findings = [found for found in people.findings(*sides, on=localdate()) if found]
    context = {
        "form": form,
        "sides": [people.side(person) for person in (one, two)],
        "findings": findings,
        "same": [
            (label, people.in_words(one, name))
            for name, (label, _) in people.FIELDS.items()
            if people.value(one, name) == people.value(two, name)
        ],
        "stale": stale,
    }
    return render(request, "desk/merging/people.html", context, status=status)


def _version(request: HatRequest, record: Organization | Specialist) -> int:
    sent = request.POST.get(f"version-{record.pk}", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else 0

"""续签安排: the institution decides for its own, ticked together; the bureau sees how far each institution is."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, can
from accounts.enums import Role
from accounts.lists.shown import page_of
from agreements.listed_after_filing import OWN, RENEWALS
from agreements.models import Agreement
from agreements.renewing import queries, services
from agreements.renewing.forms import PlanForm
from agreements.views.common import keys_in
from core.models import PolicyPack
from core.policy import Finding
from core.tables import address
from specialists.enums import DIRECT

WORDS = {
    services.Act.RENEW: "已起草{}份续签协议，请逐份核对、签署后提交。",
    services.Act.LEAVE: "已登记{}份协议不再续签。",
    services.Act.AGAIN: "已恢复{}份协议为未定。",
}


@answer_once
def renewals(request: HatRequest) -> HttpResponse:
    """GET who ends in the year, with counts · POST decides for those ticked: 302 with what was done · 422 nobody, no
    reason, or nobody for whom it could be done."""
    form = PlanForm(request.POST) if request.method == "POST" else PlanForm()
    refused: list[Finding] = []
    if form.is_bound and form.is_valid():
        chosen = Agreement.objects.dispatched_by(request.membership).filter(
            pk__in=keys_in(request.POST.getlist("agreement"))
        )
        if not (agreements := [*chosen.select_related("specialist").order_by("service_end", "pk")]):
            form.add_error(None, "请先勾选协议。")
        else:
            done = _act(request, form, agreements)
            refused = [finding for _, findings in done.refused for finding in findings]
            if done.agreements:
                for agreement, findings in done.refused:
                    messages.warning(request, f"{agreement}（{agreement.specialist}）：{' '.join(map(str, findings))}")
                return redirect(request.get_full_path())
    return _page(request, form, refused)


def _act(request: HatRequest, form: PlanForm, agreements: list[Agreement]) -> services.Done:
    act = services.Act(form.cleaned_data["act"])
    done = services.decide_many(
        agreements, act, by=request.membership, on=localdate(), reason=form.cleaned_data["reason"]
    )
    if done.agreements:
        messages.success(request, WORDS[act].format(len(done.agreements)))
    return done


def _page(request: HatRequest, form: PlanForm, refused: list[Finding]) -> HttpResponse:
    hat, on = request.membership, localdate()
    asked = RENEWALS.form(request.GET, hat)
    asked.full_clean()
    year, unit = asked.cleaned_data["year"], asked.cleaned_data.get("institution")
    deciding = can(hat, "renewal.decide") and (hat.role in Role.institution or unit == OWN)
    shown = page_of(
        request,
        RENEWALS,
        hide=("unit",) if unit else (),
        caption="到期协议的续签安排",
        select="agreement" if deciding else "",
        empty="本年度没有到期的协议。",
        empty_filtered="没有这一类协议。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    everything = queries.ending_in(Agreement.objects.visible_to(hat), year)
    if unit:
        everything = everything.filter(institution=None if unit == OWN else unit)
    opens = PolicyPack.in_force(on=on).setting("agreements.renewal_opens")
    context = {
        **shown.context,
        "units": None if hat.role in Role.institution or unit else _units(request, everything),
        "counts": _counts(request, queries.counts(everything), asked.cleaned_data.get("plan", "")),
        "year": year,
        "years": [(one, address(request.GET, year=str(one), plan=None, after=None)) for one in (year - 1, year + 1)],
        "opens": None if on.isoformat() >= f"{year}-{opens}" else f"{year}-{opens}",
        "deciding": deciding,
        "form": form,
        "refused": refused,
    }
    bad = form.is_bound and (form.errors or refused)
    return render(request, "agreements/renewing/list.html", context, status=422 if bad else 200)


def _counts(request: HatRequest, counts: dict[str, int], plan: str) -> list[dict[str, Any]]:
    rows = [(None, "到期协议", sum(counts.values())), *((key, queries.LABELS[key], counts[key]) for key in counts)]
    return [
        {
            "label": label,
            "count": count,
            "url": address(request.GET, plan=key, after=None, before=None),
            "current": (plan or None) == key,
            "hot": key == queries.UNDECIDED and count > 0,
        }
        for key, label, count in rows
    ]


def _units(request: HatRequest, everything: Any) -> list[tuple[Any, ...]]:
    return [
        (
            row["name"] or DIRECT,
            row["ending"],
            *(row[plan] for plan in queries.LABELS),
            address(request.GET, institution=str(row["pk"] or OWN), plan=None, after=None),
        )
        for row in queries.by_institution(everything)
    ]

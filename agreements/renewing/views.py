"""续签安排: the institution decides for its own, ticked together; the bureau sees how far each institution is."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, can
from accounts.enums import Role
from agreements.models import Agreement
from agreements.renewing import queries, services
from agreements.renewing.forms import PlanForm
from agreements.views.common import keys_in
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Finding
from core.tables import Column, Keyset, Row, Table, address, addresses
from specialists.enums import Category

CATEGORIES = dict(Category.choices)
SIZE = 50
WORDS = {
    services.Act.RENEW: "已起草{}份续签协议，请逐份核对、签署后提交。",
    services.Act.LEAVE: "已登记{}份协议不再续签。",
    services.Act.AGAIN: "已恢复{}份协议为未定。",
}
OWN = 0  # in the place of an institution: the bureau's own, of whom it appoints directly (A6)


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
    asked = request.GET.get("year", "")
    year = int(asked) if re.fullmatch(r"20[0-9]{2}", asked) else on.year
    everything = queries.ending_in(Agreement.objects.visible_to(hat), year)
    unit = min(keys_in([request.GET.get("institution", "")]), default=None)
    if unit is not None:
        everything = everything.filter(institution=unit or None)
    plan = request.GET.get("plan", "")
    shown = everything.filter(plan=plan) if plan in queries.LABELS else everything
    counts = queries.counts(everything)
    deciding = can(hat, "renewal.decide") and (hat.role in Role.institution or unit == OWN)
    opens = PolicyPack.in_force(on=on).setting("agreements.renewal_opens")
    context = {
        "table": _table(request, shown, deciding=deciding),
        "units": None if hat.role in Role.institution or unit is not None else _units(request, everything),
        "counts": _counts(request, counts, plan),
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


def _table(request: HatRequest, shown: Any, *, deciding: bool) -> Table:
    rows = shown.values(
        "id", "filing_number", "specialist__name", "registration__category", "host__organization__name",
        "institution__organization__name", "service_end", "plan", "renewal", "renewal__filing_number",
        "leaving__reason",
    )  # fmt: skip
    to = addresses("agreements:detail")
    own = request.membership.role in Role.institution
    columns = [
        Column(
            "specialist__name",
            "特派员",
            href=to,
            sub=lambda row: CATEGORIES[row["registration__category"]],
            phone="title",
        ),
        Column("filing_number", "备案号", nowrap=True, phone="line"),
        Column(
            "host__organization__name",
            "派驻单位",
            sub=None if own else lambda row: row["institution__organization__name"] or "市科技局直接聘请",
            phone="line",
        ),
        Column(
            "service_end", "服务截止", cell=lambda row: cdate(row["service_end"]), nowrap=True, sort="end", phone="line"
        ),
        Column("renewal", "续签协议", cell=_renewal, href=_to_renewal, phone="line"),
        Column(
            "plan",
            "安排",
            cell=lambda row: queries.LABELS[row["plan"]],
            tone=lambda row: queries.TONES[row["plan"]],
            phone="aside",
        ),
    ]
    return Table(
        columns=columns,
        rows=Keyset(rows, sorts={"end": ("service_end",)}, query=request.GET, size=SIZE),
        caption="到期协议的续签安排",
        query=request.GET,
        select="agreement" if deciding else "",
        empty="本年度没有到期的协议。",
        empty_filtered="没有这一类协议。",
    )


def _renewal(row: Row) -> str:
    if row["renewal"]:
        return str(row["renewal__filing_number"] or f"D-{row['renewal']}")
    return str(row["leaving__reason"] or "—")


def _to_renewal(row: Row) -> str:
    return reverse("agreements:detail", args=[row["renewal"]]) if row["renewal"] else ""


def _units(request: HatRequest, everything: Any) -> list[tuple[Any, ...]]:
    return [
        (
            row["name"] or "市科技局直接聘请",
            row["ending"],
            *(row[plan] for plan in queries.LABELS),
            address(request.GET, institution=str(row["pk"] or OWN), plan=None, after=None),
        )
        for row in queries.by_institution(everything)
    ]

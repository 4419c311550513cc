"""A specialist's own subsidies, on the phone."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest
from core.jinja import cdate, money
from funding import queries
from funding.enums import ClaimStatus
from funding.models import Claim
from funding.views.common import year_in, years


@require_safe
def mine(request: HatRequest) -> HttpResponse:
    """What was paid and what is on its way; reversed lines tell so. The newest first."""
    on = localdate()
    year = year_in(request, on)
    rows = (
        Claim.objects.visible_to(request.membership)
        .filter(service_date__year=year)
        .select_related("institution__organization", "batch", "attendance__visit__agreement__host__organization")
        .order_by("-service_date", "-pk")
    )
    claims = list(rows)
    paid = [claim for claim in claims if claim.status == ClaimStatus.PAID]
    waiting = [claim for claim in claims if claim.status in (ClaimStatus.OPEN, ClaimStatus.IN_BATCH)]
    unpaid = queries.without_a_payer(year).filter(specialist__user=request.user).count() if not claims else 0
    context = {
        "year": year,
        "without_a_payer": unpaid,
        "years": years(on, year),
        "figures": [
            {"value": money(sum(claim.amount_fen for claim in paid)), "label": "已发放（元）"},
            {"value": f"{len(paid)}", "label": "已发放（次）"},
            {"value": money(sum(claim.amount_fen for claim in waiting)), "label": "办理中（元）"},
        ],
        "claims": [
            {
                "title": str(claim.attendance.visit.agreement.host),
                "detail": f"{cdate(claim.service_date)}服务　{_told(claim)}",
                "url": reverse("visits:detail", args=[claim.attendance.visit_id]),
                "value": money(claim.amount_fen),
                "status": claim.get_status_display(),
            }
            for claim in claims
        ],
    }
    return render(request, "funding/mine.html", context)


def _told(claim: Claim) -> str:
    if claim.batch and claim.batch.approved_on:
        return f"{claim.institution}{cdate(claim.batch.approved_on)}发放"
    return f"{claim.institution}办理中"

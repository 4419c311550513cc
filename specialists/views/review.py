"""The bureau's desk for a person's registration."""

from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localdate

from accounts.doors import HatRequest, subject
from accounts.models import Membership
from specialists import queries, services
from specialists.enums import RegistrationStatus
from specialists.models import Registration
from specialists.views import deciding
from specialists.views.common import evidence_of, facts_of, head_of, personal


def review(request: HatRequest, pk: int) -> HttpResponse:
    return deciding.review(request, subject(request, Registration), DESK)


def _waiting(hat: Membership) -> list[int]:
    return queries.waiting_in_turn(Registration.objects.visible_to(hat), hat.role)


def _shown(request: HatRequest, registration: Registration) -> dict[str, Any]:
    return {
        **head_of(request, registration),
        "personal": personal(registration.specialist, {}, localdate()),
        "facts": [*facts_of(registration), *evidence_of(request, registration)],
    }


def _outcome(registration: Registration) -> str:
    name = registration.specialist.name
    if registration.status == RegistrationStatus.APPROVED:
        return f"{name}已入选。"
    if registration.status == RegistrationStatus.PROPOSED:
        return f"{name}的登记已通过审核，可列入拟选派名单。"
    if registration.status == RegistrationStatus.RETURNED:
        return f"{name}的登记已退回补正。"
    return f"{name}的登记已通过这一步，转下一步办理。"


DESK = deciding.Desk(
    act=services.ACT,
    template="specialists/review.html",
    review="specialists:review",
    detail="specialists:detail",
    selects="通过后即入选，并通知派出单位和本人",
    decide=services.decide_registration,
    judge=services.judge,
    waiting=_waiting,
    shown=_shown,
    outcome=_outcome,
)

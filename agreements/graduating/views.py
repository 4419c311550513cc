"""毕业后的安排: what waits for the bureau, and the decision on one agreement."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, answer_once, subject
from accounts.lists.shown import page_of
from agreements.graduating import services
from agreements.graduating.forms import GraduationForm
from agreements.listed_after_filing import GRADUATIONS
from agreements.models import Agreement
from agreements.onward.views import decide
from core.jinja import cdate
from core.tables import addresses


@require_safe
def graduations(request: HatRequest) -> HttpResponse:
    shown = page_of(
        request,
        GRADUATIONS,
        caption="待办理毕业安排的协议",
        row_href=addresses("agreements:graduation"),
        empty="没有待办理的毕业安排。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    return render(request, "agreements/graduating/list.html", shown.context)


@answer_once
def graduation(request: HatRequest, pk: int) -> HttpResponse:
    """302 decided · 422 with the sentences beside the fields."""
    agreement = subject(request, Agreement)
    about = partial(_about, agreement)
    service = services.decide_graduation
    on = localdate()
    waits = services.to_decide(on=on).filter(pk=agreement.pk).first()
    form = partial(GraduationForm, initial={"ends_on": max(waits.graduation, on) if waits else on})
    return decide(request, agreement, form, service, about, back="agreements:graduations")


def _about(agreement: Agreement) -> dict[str, Any]:
    """A team's agreement waits for any student among its members."""
    registration, team = agreement.registration, agreement.team
    waits = services.to_decide(on=localdate()).filter(pk=agreement.pk).first()
    student = waits.student if waits else agreement.specialist.name
    handed_over = "这是团队的协议：终止的是整个团队的服务。由其他人员接替的，请先在团队页面更换成员，不必在这里办理。"
    return {
        "title": "毕业安排",
        "who": student,
        "waits": waits is not None,
        "word": handed_over if team else "",
        "facts": [
            ("研究生", student, f"团队“{team.name}”成员" if team else agreement.specialist.id_masked),
            *([] if team else [("导师", registration.supervisor)]),
            (
                "预计毕业日期",
                cdate(waits.graduation if waits else registration.graduates_on),
                "日期有变的，先在该研究生的登记中申请变更",
            ),
            ("派驻单位", str(agreement.host)),
            ("服务截止日", cdate(agreement.service_end)),
            ("提交时的说明", agreement.institution_reasons.get("W-GRADUATION", "")),
            *(
                (
                    "已办理",
                    f"{cdate(decided.decided_on)}　{decided}　{decided.decided_by}",
                    f"{decided.opinion}　{decided.document_number}".strip(),
                )
                for decided in agreement.graduations.select_related("decided_by__person").order_by("pk")
            ),
        ],
    }

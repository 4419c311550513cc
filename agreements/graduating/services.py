"""Which services outlive the studies of their specialist, and the bureau's decision on each."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import Membership
from agreements import queries, rules
from agreements.enums import AgreementStatus, TerminationReason
from agreements.graduating.models import GraduationDecision
from agreements.models import Agreement
from agreements.onward.services import carry_out
from agreements.services.holding import hold_with_person
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import plain, require

ONE_DAY = rules.ONE_DAY


def to_decide(*, on: date) -> "QuerySet[Any]":
    """Filed agreements of students who graduate before their end, from the first reminder on, not decided yet."""
    ahead = max(PolicyPack.in_force(on=on).setting("reminders.graduation_days"))
    decided = GraduationDecision.objects.filter(
        agreement=OuterRef("pk"), graduates_on=OuterRef("graduation"), taken_back_on=None
    )
    running = Agreement.objects.filter(status=AgreementStatus.FILED, terminated_on=None, service_end__gte=on)
    return queries.with_graduation(running).filter(
        ~Exists(decided), graduation__lte=on + ahead * ONE_DAY, graduation__lt=F("service_end")
    )


@transaction.atomic
def decide_graduation(
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    continues: bool,
    opinion: str,
    ends_on: date | None = None,
    document_number: str = "",
    seen: str = "",
) -> GraduationDecision:
    """A14: let the service go on after the graduation, or end it from `ends_on`, else today; the parties are told.

    Raises Refused (E-STATE) for what is not waiting for it, (E-END-DAY) for a day that will not do, and without an
    opinion (E-OPINION); Outdated as `end_agreement` does.
    """
    agreement = hold_with_person(agreement)
    waits = to_decide(on=on).filter(pk=agreement.pk).first()
    require(
        None if waits else plain("E-STATE", "这份协议现在没有待办理的毕业安排。", article="一（一）"),
        None if opinion.strip() else plain("E-OPINION", "请写明意见，如毕业去向、能否继续服务。", field="opinion"),
    )
    assert waits
    day, student = waits.graduation, waits.student
    decision = GraduationDecision.objects.create(
        agreement=agreement,
        graduates_on=day,
        continues=continues,
        opinion=opinion.strip(),
        document_number=document_number.strip(),
        decided_by=by,
        decided_on=on,
    )
    carry_out(
        decision,
        agreement,
        by=by,
        on=on,
        ends_on=ends_on,
        seen=seen,
        verb="agreement.goes_on_after_graduation" if continues else "agreement.ends_with_graduation",
        about={"graduates_on": day},
        ends_for=TerminationReason.GRADUATED,
        subject=f"协议{agreement}毕业后继续服务",
        body=f"{student}预计{cdate(day)}毕业，市科技局同意协议{agreement}继续履行至{cdate(agreement.service_end)}。",
    )
    return decision

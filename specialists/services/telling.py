"""Who hears of what becomes of a registration."""

from datetime import date

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from core.notify import Reader, tell, wearers
from specialists.enums import RegistrationStatus
from specialists.models import Registration


def tell_of_decision(registration: Registration, *, approval_id: int, on: date) -> None:
    person, year = registration.specialist, registration.year
    kind = f"{registration.get_category_display()}科技特派员"
    readers = list(institution_readers(registration.institution_id, on=on))
    if registration.status == RegistrationStatus.PROPOSED:
        subject = f"{person.name}{year}年度{kind}登记已通过审核"
        body = "拟选派名单经审批、公示后公布，公布后即可签订三方协议。"
    elif registration.status == RegistrationStatus.APPROVED:
        subject = f"{person.name}已入选{year}年度{kind}"
        body = f"{subject}，可以签订三方协议。"
        readers.append(Reader(person=person.user, email=person.email))
    else:
        subject = f"{person.name}{year}年度{kind}登记已退回"
        body = f"退回意见：{registration.return_opinion} 请补正后重新提交。"
    tell(
        readers,
        occasion=f"registration.decided:{approval_id}",
        subject=subject,
        body=body,
        link=reverse("specialists:detail", args=[registration.pk]),
    )


def institution_readers(institution_id: int | None, *, on: date) -> list[Reader]:
    hats = Membership.objects.active(on=on).filter(organization=institution_id, role__in=Role.institution)
    return wearers(hats.select_related("person"))

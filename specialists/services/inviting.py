"""The account of a selected person: the invitation to it, and the link once it is accepted."""

from django.db import transaction

from accounts.enums import Role
from accounts.models import Invitation, Membership, User
from accounts.services import invite, links
from core import audit
from core.policy import Refused, plain
from specialists.enums import RegistrationStatus
from specialists.models import Registration, Specialist
from specialists.services.registering import require_own


@transaction.atomic
def invite_to_account(registration: Registration, *, by: Membership) -> Invitation:
    """Mail a selected person the way to an account of their own (their home page, visits, subsidies on the phone).

    Raises Refused for who has one already, is not selected yet, or whose address nobody has entered.
    """
    require_own(registration, by=by)
    person = registration.specialist
    found = []
    if person.user_id is not None:
        found.append(plain("E-STATE", f"{person.name}已有账号，不能执行此操作。"))
    if registration.status != RegistrationStatus.APPROVED:
        found.append(plain("E-STATE", "市科技局审核入选后，才能邀请开通账号。"))
    if not person.email:
        found.append(plain("E-FIELD", f"没有{person.name}的邮箱，请先在登记中补充。", field="email"))
    if found:
        raise Refused(found)
    return invite(
        by.organization, role=Role.SPECIALIST, name=person.name, email=person.email, by=by, subject_id=person.pk
    )


@links(Role.SPECIALIST)
def link_account(invitation: Invitation, account: User) -> None:
    """The account that accepted is the specialist's from now on; a person has one, and an account is one person's."""
    assert invitation.subject_id is not None
    taken = Specialist.objects.filter(user=account).exists()
    if taken or not Specialist.objects.filter(pk=invitation.subject_id, user=None).update(user=account):
        raise Refused([plain("E-STATE", "该账号或该特派员已经关联，请联系派出单位核对。")])
    audit.record("specialist.account_linked", Specialist.objects.get(pk=invitation.subject_id), by=None)

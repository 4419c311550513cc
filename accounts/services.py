"""Every change of who may come in and as whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now

from accounts import leaving, rules
from accounts.enums import Role
from accounts.models import (
    ApiToken,
    FirstAnswer,
    Invitation,
    Membership,
    Organization,
    Session,
    User,
)
from core import audit, notify, outbox
from core.crypto import blind_index
from core.policy import Finding, Refused, plain, require

INVITATION_DAYS = 7
TOKEN_DAYS = 90
ANSWER_DAYS = 7  # nobody repeats a question after that; a page kept as an answer names people


@dataclass(frozen=True)
class Bare:
    """A person before any hat: what the audit names when somebody signs in or takes an invitation."""

    person: User

    def __str__(self) -> str:
        return str(self.person)


# --- in and out -------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_sign_in(person: User) -> None:
    audit.record("user.signed_in", person, by=Bare(person))


@transaction.atomic
def record_sign_out(person: User) -> None:
    audit.record("user.signed_out", person, by=Bare(person))


@transaction.atomic
def record_lock_out(username: str) -> None:
    """Keep that an account was shut for a while.

    An unknown name leaves a row too, but not the name: people type their password into the wrong field.
    """
    person = User.objects.filter(username=username).first() or User(pk=0)
    audit.record("user.locked_out", person, by=None)


@transaction.atomic
def record_hat(hat: Membership) -> None:
    audit.record("user.hat_changed", hat.person, by=hat)


@transaction.atomic
def change_password(person: User, password: str, *, session_key: str | None) -> None:
    """Set a new password; every other session of the person ends."""
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    Session.objects.filter(person=person).exclude(session_key=session_key).delete()
    audit.record("user.password_changed", person, by=Bare(person))


# --- members ----------------------------------------------------------------------------------------------------------

Link = Callable[[Invitation, User], None]
_links: dict[Role, Link] = {}


def links(role: Role) -> Callable[[Link], Link]:
    """Register what an app above does in the same transaction when an invitation with a `subject_id` is accepted.

    The specialist whom an invitation is for is a record that this app does not know.
    """

    def register(link: Link) -> Link:
        _links[role] = link
        return link

    return register


@transaction.atomic
def invite(
    organization: Organization, *, role: Role, name: str, email: str, by: Membership, subject_id: int | None = None
) -> Invitation:
    """Promise somebody the mail that lets them in; an earlier open invitation to the same is withdrawn.

    Refuses a role the unit has no seat for or `by` may not give, and one the person holds already.
    """
    held = Organization.objects.select_for_update(of=("self",)).get(pk=organization.pk)
    members = held.memberships.active(on=now().date())
    holder = members.filter(role=role, person__email__iexact=email).select_related("person").first()
    require(
        rules.inviter_may_give(role=role, inviter=Role(by.role)),
        rules.role_has_its_seat(role=role, unit=held.name, capacities=capacities(held)),
        rules.not_a_member_yet(holder=holder.person.name if holder else "", role=role),
    )
    same = Invitation.objects.filter(organization=held, role=role, email__iexact=email, accepted_at=None)
    same.update(expires_at=now())
    invitation = Invitation.objects.create(
        organization=held,
        role=role,
        name=name,
        email=email,
        subject_id=subject_id,
        invited_by=by,
        expires_at=now() + timedelta(days=INVITATION_DAYS),
    )
    outbox.add("accounts.tasks.send_invitation", invitation_id=invitation.pk)
    audit.record("invitation.sent", invitation, by=by, after={"organization": held, "role": role, "name": name})
    return invitation


@transaction.atomic
def invite_again(invitation: Invitation, *, by: Membership) -> Invitation:
    """Send an invitation that is open or over once more, with a link of its own; the earlier one opens nothing then.

    Refuses one that was accepted, and whatever `invite` refuses.
    """
    require(rules.invitation_is_open(accepted=invitation.accepted_at is not None, over=False))
    # One that is being accepted at this moment is met by `invite`: who is a member already is not invited.
    return invite(
        invitation.organization,
        role=Role(invitation.role),
        name=invitation.name,
        email=invitation.email,
        by=by,
        subject_id=invitation.subject_id,
    )


@transaction.atomic
def send_invitation(invitation: Invitation) -> None:
    """Mail the link. Its token is made of the invitation's number and a key that is not in the database, so that a
    mail sent twice says the same, and the database alone opens nothing."""
    token = blind_index(str(invitation.pk), "invitation")
    invitation.token_digest = _digest(token)
    invitation.save(update_fields=["token_digest"])
    EmailMessage(
        f"{invitation.organization}邀请您使用科技特派员综合服务平台",
        f"{invitation.name}：\n\n{invitation.organization}邀请您以“{invitation.get_role_display()}”的身份使用"
        f"石家庄市科技特派员综合服务平台。请打开下面的链接设置账号和密码，链接{INVITATION_DAYS}天内有效，"
        f"只能使用一次，请勿转发：\n\n{settings.BASE_URL}{reverse('accounts:accept', args=[token])}\n\n"
        "如果您不了解此事，请忽略这封邮件。\n",
        to=[invitation.email],
        headers={"Message-ID": f"<invitation-{invitation.pk}@{settings.MAIL_DOMAIN}>"},
    ).send()


def invitation_for(token: str) -> Invitation | None:
    return Invitation.objects.select_related("organization").filter(token_digest=_digest(token)).first()


def in_the_way(invitation: Invitation) -> list[Finding]:
    """Why this invitation cannot be accepted, if so."""
    finding = rules.invitation_is_open(accepted=invitation.accepted_at is not None, over=invitation.expires_at <= now())
    return [finding] if finding else []


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: Membership) -> None:
    """The link of the mail opens nothing any more. Refuses one that was accepted or is over."""
    held = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    require(*in_the_way(held))
    held.expires_at = now()
    held.save(update_fields=["expires_at"])
    audit.record("invitation.withdrawn", held, by=by)


@transaction.atomic
def accept_as_new(invitation: Invitation, *, username: str, password: str, on: date) -> Membership:
    """Make the account and put on the hat. Refuses a used or old invitation and a user name that is taken."""
    try:
        with transaction.atomic():
            person = User.objects.create_user(username, invitation.email, password, name=invitation.name)
    except IntegrityError:
        raise Refused([plain("E-FIELD", "这个账号已有人使用，请换一个。", field="username")]) from None
    return accept(invitation, person, on=on)


@transaction.atomic
def accept(invitation: Invitation, person: User, *, on: date) -> Membership:
    """Put on the hat. Refuses an invitation that was used, withdrawn or is older than its days."""
    held = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    require(*in_the_way(held))
    hat, new = Membership.objects.get_or_create(
        person=person, organization_id=held.organization_id, role=held.role, defaults={"since": on}
    )
    if not new:  # worn before and ended: its earlier days stand in the audit
        hat.since, hat.until, hat.ended_at, hat.ended_by = on, None, None, None
        hat.save(update_fields=["since", "until", "ended_at", "ended_by"])
    held.accepted_at, held.accepted_by = now(), person
    held.save(update_fields=["accepted_at", "accepted_by"])
    if held.subject_id is not None:
        _links[Role(held.role)](held, person)
    audit.record("invitation.accepted", held, by=Bare(person), after={"hat": hat})
    return hat


@transaction.atomic
def end_membership(
    membership: Membership, *, by: Membership, on: date, to: Membership | None = None, reason: str = ""
) -> Membership:
    """Take a hat away, from this moment; a person without any loses sessions and tokens at once.

    What only the leaver could go on with passes to the colleague `to` in the same act. Refuses the last one of a hat
    that a unit cannot be without (E-LAST-ADMIN), a hat that was ended before (E-STATE), personal work without a
    colleague who takes it, and somebody who cannot (E-HANDOVER).
    """
    # Two administrators ending each other at once: the second one waits here, and is then the last.
    unit = Organization.objects.select_for_update(of=("self",)).get(pk=membership.organization_id)
    membership = Membership.objects.select_related("person").get(pk=membership.pk)
    role = Role(membership.role)
    others = unit.memberships.active(on=on).filter(role=role).exclude(pk=membership.pk).count()
    work = [] if leaving.still_there(membership, on=on) else leaving.open_work(membership, on=on)
    personal = [one for one in work if one.is_personal]
    require(
        rules.hat_is_worn(ended=membership.ended_at is not None),
        rules.keeps_an_administrator(role=role, others=others, unit=unit.name),
        rules.work_is_handed_over(work=[one.label for one in personal], to=to is not None),
        rules.heir_is_a_colleague(fits=leaving.colleagues(membership, on=on).filter(pk=to.pk).exists()) if to else None,
    )
    handed = {one.label: one.hand_over(membership, to=to, by=by) for one in personal if to and one.hand_over}
    membership.until = max(on, membership.since)
    membership.ended_at, membership.ended_by = now(), by
    membership.save(update_fields=["until", "ended_at", "ended_by"])
    ApiToken.objects.filter(membership=membership).delete()
    if not membership.person.memberships.active(on=on).exists():
        Session.objects.filter(person=membership.person).delete()
        ApiToken.objects.filter(user=membership.person).delete()
    after: dict[str, object] = {"until": membership.until}
    if handed:
        after |= {"handed_to": to, "handed": [f"{label}{count}件" for label, count in handed.items()]}
    audit.record("membership.ended", membership, by=by, after=after, reason=reason.strip())
    if handed and to:
        _tell_of_hand_over(membership, to=to, handed=handed)
    return membership


def _tell_of_hand_over(membership: Membership, *, to: Membership, handed: Mapping[str, int]) -> None:
    words = "、".join(f"{label}{count}件" for label, count in handed.items())
    notify.tell(
        [notify.Reader(person=to.person, email=to.person.email)],
        occasion=f"membership.handed:{membership.pk}:{to.pk}:{membership.until}",
        subject=f"{membership.person}的工作已交接给您",
        body=f"{membership.person}不再担任“{membership.get_role_display()}”，{words}交接给您继续办理。",
    )


@transaction.atomic
def forget(*, at: datetime) -> dict[str, int]:
    """Delete sessions and tokens that are over, answers kept for a repetition, and digests of spent invitations.

    None of them opens anything any more; what was done with them stands in the audit. Returns how many of each.
    """
    over = Invitation.objects.exclude(token_digest=None).filter(
        Q(accepted_at__lte=at - timedelta(days=INVITATION_DAYS))
        | Q(expires_at__lte=at - timedelta(days=INVITATION_DAYS))
    )
    return {
        "sessions": Session.objects.filter(expire_date__lte=at).delete()[0],
        "tokens": ApiToken.objects.filter(expiry__lte=at).delete()[0],
        "answers": FirstAnswer.objects.filter(at__lte=at - timedelta(days=ANSWER_DAYS)).delete()[0],
        "invitations": over.update(token_digest=None),
    }


# --- tokens of the interface ------------------------------------------------------------------------------------------


@transaction.atomic
def create_token(hat: Membership, *, days: int, by_token: bool) -> tuple[ApiToken, str]:
    """A token that wears this hat for so many days, and the one time its words are told.

    Refuses to be asked by a token: one that could renew itself would never end.
    """
    if by_token:
        raise Refused([plain("E-TOKEN", "令牌不能用来创建新的令牌，请登录平台后创建。")])
    token, words = ApiToken.objects.create(user=hat.person, membership=hat, expiry=timedelta(days=days))
    audit.record("token.created", token, by=hat, after={"expiry": token.expiry})
    return token, words


@transaction.atomic
def delete_token(token: ApiToken, *, by: Membership) -> None:
    audit.record("token.deleted", token, by=by)
    token.delete()


def capacities(organization: Organization) -> set[str]:
    """What a unit may act as: `institution`, `host`, or the kind of its office."""
    found = {name for name in ("institution", "host") if hasattr(organization, name)}
    return found | ({organization.office.kind} if hasattr(organization, "office") else set())


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

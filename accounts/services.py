"""Every change of who may come in and as whom, and of the units themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now

from accounts import rules
from accounts.enums import HostType, InstitutionType, Role
from accounts.models import (
    ApiToken,
    District,
    FirstAnswer,
    HostUnit,
    Institution,
    Invitation,
    Membership,
    Organization,
    Session,
    User,
)
from core import audit, outbox
from core.crypto import blind_index
from core.policy import Finding, Refused, plain, require
from core.stale import refuse_stale

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
    already = members.filter(role=role, person__email__iexact=email).exists()
    require(
        rules.inviter_may_give(role=role, inviter=Role(by.role)),
        rules.role_has_its_seat(role=role, unit=held.name, capacities=capacities(held)),
        rules.not_a_member_yet(already=already, name=name, role=role),
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
def end_membership(membership: Membership, *, by: Membership, on: date) -> Membership:
    """Take a hat away, from this moment; a person without any loses sessions and tokens at once.

    Refuses the last administrator of a unit, and a hat that was ended before.
    """
    # Two administrators ending each other at once: the second one waits here, and is then the last.
    unit = Organization.objects.select_for_update(of=("self",)).get(pk=membership.organization_id)
    membership = Membership.objects.select_related("person").get(pk=membership.pk)
    role = Role(membership.role)
    others = unit.memberships.active(on=on).filter(role=role).exclude(pk=membership.pk).count()
    require(
        rules.hat_is_worn(ended=membership.ended_at is not None),
        rules.keeps_an_administrator(role=role, others=others, unit=unit.name),
    )
    membership.until = max(on, membership.since)
    membership.ended_at, membership.ended_by = now(), by
    membership.save(update_fields=["until", "ended_at", "ended_by"])
    ApiToken.objects.filter(membership=membership).delete()
    if not membership.person.memberships.active(on=on).exists():
        Session.objects.filter(person=membership.person).delete()
        ApiToken.objects.filter(user=membership.person).delete()
    audit.record("membership.ended", membership, by=by, after={"until": membership.until})
    return membership


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


# --- units ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class UnitFacts:
    """What is told about a unit itself, in whatever capacity it comes."""

    name: str
    uscc: str
    district: District | None
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""

    def columns(self) -> dict[str, Any]:
        return {**self.__dict__, "uscc": self.uscc or None}


@dataclass(frozen=True)
class HostFacts:
    """What kind of host it is; its flags decide how many specialists it may take."""

    host_type: HostType
    is_above_scale: bool = False
    is_tech_sme: bool = False
    flags_year: int | None = None


def capacities(organization: Organization) -> set[str]:
    """What a unit may act as: `institution`, `host`, or the kind of its office."""
    found = {name for name in ("institution", "host") if hasattr(organization, name)}
    return found | ({organization.office.kind} if hasattr(organization, "office") else set())


def known_host(uscc: str, *, by: Membership) -> HostUnit | None:
    """The host that already has this code, if `by` may see it: to be used instead of entered again."""
    if not uscc:
        return None
    seen = Organization.objects.visible_to(by).hosts().filter(uscc=uscc)
    unit = seen.select_related("host").first()
    return unit.host if unit else None


@transaction.atomic
def create_host(unit: UnitFacts, host: HostFacts, *, by: Membership, on: date) -> HostUnit:
    """Enter a unit that receives specialists.

    A unit that is here in another capacity becomes a host too when the bureau says so; for others it is taken, as is a
    village of the same name in the same county. Flags are the unit's own word until a county or the bureau verifies
    them.
    """
    existing = (
        Organization.objects.select_for_update(of=("self",)).filter(uscc=unit.uscc).first() if unit.uscc else None
    )
    joins = existing is not None and not hasattr(existing, "host") and by.role in Role.bureau
    namesake = not unit.uscc and Organization.objects.filter(name=unit.name, district=unit.district, uscc=None).exists()
    require(
        rules.code_unless_a_village(uscc=unit.uscc, host_type=host.host_type),
        rules.unit_is_new(taken=existing is not None and not joins, field="uscc"),
        rules.unit_is_new(taken=namesake, field="name"),
        *_flag_findings(host, on=on),
    )
    organization = existing or _organization(unit)
    made = HostUnit.objects.create(organization=organization, **host.__dict__)
    after = {**unit.columns(), **host.__dict__}
    audit.record("organization.host_created", organization, by=by, after=_told(after))
    return made


@transaction.atomic
def change_host(
    made: HostUnit, unit: UnitFacts, host: HostFacts, *, by: Membership, on: date, version: int | None = None
) -> HostUnit:
    """Correct what is told about a host. Changed flags are unverified again.

    Raises Stale when somebody else changed it since `version`; refuses a code that another unit has.
    """
    organization = _held(made, version=version, typed=unit.columns(), host=host)
    made = organization.host
    taken = unit.uscc and Organization.objects.filter(uscc=unit.uscc).exclude(pk=made.pk).exists()
    require(
        rules.code_unless_a_village(uscc=unit.uscc, host_type=host.host_type),
        rules.unit_is_new(taken=bool(taken), field="uscc"),
        *_flag_findings(host, on=on),
    )
    before, after = audit.changed(organization, unit.columns())
    host_before, host_after = audit.changed(made, host.__dict__)
    if host_after.keys() & {"is_above_scale", "is_tech_sme", "flags_year"} and made.flags_verified_by_id:
        host_before["flags_verified_on"], host_after["flags_verified_on"] = made.flags_verified_on, None
        made.flags_verified_by = None
    for name, value in host_after.items():
        setattr(made, name, value)
    made.save(update_fields=[*host_after, "flags_verified_by"])
    for name, value in after.items():
        setattr(organization, name, value)
    organization.version += 1
    organization.save(update_fields=[*after, "version"])
    before, after = _told(before | host_before), _told(after | host_after)
    audit.record("organization.changed", organization, by=by, before=before, after=after)
    return made


@transaction.atomic
def verify_flags(made: HostUnit, *, by: Membership, on: date, version: int | None = None) -> HostUnit:
    """The county or the bureau has seen the proof of what stood on its page.

    Raises Stale when the unit was changed since `version`; refuses without a declaration, or when it is verified.
    """
    organization = _held(made, version=version)
    made = organization.host
    require(
        rules.something_to_verify(
            above_scale=made.is_above_scale, tech_sme=made.is_tech_sme, verified=made.flags_verified_by_id is not None
        )
    )
    made.flags_verified_by, made.flags_verified_on = by, on
    made.save(update_fields=["flags_verified_by", "flags_verified_on"])
    organization.version += 1
    organization.save(update_fields=["version"])
    audit.record("organization.flags_verified", organization, by=by, after={"flags_verified_on": on})
    return made


def _held(
    made: HostUnit, *, version: int | None, typed: dict[str, Any] | None = None, host: HostFacts | None = None
) -> Organization:
    """The unit under its lock, read anew with its capacity as host, unless it was changed since `version`."""
    # The host is read by a second statement: joined to this one, it would be as it was before the wait for the lock.
    organization = Organization.objects.select_for_update(of=("self",)).get(pk=made.pk)
    beside = [(organization.host, host.__dict__)] if host else []
    refuse_stale(organization, version=version, typed=typed or {}, beside=beside)
    return organization


@transaction.atomic
def create_institution(
    unit: UnitFacts, *, type: InstitutionType, admin_name: str, admin_email: str, by: Membership
) -> Institution:
    """Enter a dispatching institution and invite its first administrator. A host may become one as well."""
    existing = Organization.objects.select_for_update(of=("self",)).filter(uscc=unit.uscc).first()
    require(rules.institution_is_new(taken=existing is not None and hasattr(existing, "institution")))
    organization = existing or _organization(unit)
    made = Institution.objects.create(organization=organization, type=type)
    audit.record("organization.institution_created", organization, by=by, after=_told({**unit.columns(), "type": type}))
    organization = Organization.objects.get(pk=organization.pk)  # with its new capacity
    invite(organization, role=Role.INSTITUTION_ADMIN, name=admin_name, email=admin_email, by=by)
    return made


def _organization(unit: UnitFacts) -> Organization:
    try:
        with transaction.atomic():
            return Organization.objects.create(**unit.columns())
    except IntegrityError:  # somebody else entered the code a moment ago
        finding = rules.unit_is_new(taken=True, field="uscc")
        raise Refused([finding] if finding else []) from None


def _flag_findings(host: HostFacts, *, on: date) -> list[Finding | None]:
    flags = {"above_scale": host.is_above_scale, "tech_sme": host.is_tech_sme}
    return [
        rules.flags_of_a_firm(**flags, host_type=host.host_type),
        rules.flags_have_their_year(**flags, year=host.flags_year, this_year=on.year),
    ]


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """What the history repeats: not the telephone and address of a person."""
    hidden = ("contact_phone", "contact_email")
    return {name: "（已更新）" if name in hidden and value else value for name, value in values.items()}


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

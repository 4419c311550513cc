"""The way of an application: sent from an open page, confirmed by its mail, decided by the bureau."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.timezone import now

from accounts import rules
from accounts.entering import UnitFacts, create_institution, district_in_use
from accounts.enums import ApplicationStatus, InstitutionType, Role
from accounts.models import District, InstitutionApplication, Membership, Organization
from core import audit, files, notify, outbox
from core.audit import source
from core.crypto import blind_index
from core.identifiers import title_key
from core.notify import Reader
from core.policy import Finding, plain, require
from core.stale import refuse_stale

LINK_DAYS = 7
MOST_AN_HOUR = 5  # from one address of the network: an office applies once, a script a thousand times
UNCONFIRMED_DAYS = 30


@dataclass(frozen=True)
class Applied:
    """What an applicant tells."""

    uscc: str
    name: str
    type: InstitutionType
    district: District
    contact_name: str
    contact_phone: str
    admin_name: str
    admin_email: str
    admin_phone: str
    address: str = ""
    contact_email: str = ""

    def columns(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


@transaction.atomic
def apply(told: Applied, letter: UploadedFile) -> InstitutionApplication:
    """Keep an application and promise the mail that confirms its address.

    What is known of the unit is said to the bureau alone: here the answer is one for all. Refuses too many from one
    address, and a letter that is no paper.
    """
    came_from = blind_index(source.get().ip or "", "application-source")
    lately = InstitutionApplication.objects.filter(source=came_from, applied_at__gt=now() - timedelta(hours=1)).count()
    require(rules.not_too_many(lately=lately, most=MOST_AN_HOUR), district_in_use(told.district))
    stored = files.receive(letter, by=None, purpose="institution-application")
    made = InstitutionApplication.objects.create(**told.columns(), letter=stored, source=came_from)
    outbox.add("accounts.tasks.send_application_link", application_id=made.pk)
    return made


@transaction.atomic
def send_link(application: InstitutionApplication) -> None:
    """Mail the applicant a link: to confirm the address, or to mend what was sent back.

    A mail sent twice says the same, and the database alone opens nothing.
    """
    returned = application.status == ApplicationStatus.RETURNED
    token = token_of(application)
    application.token_digest = digest(token)
    application.link_expires_at = now() + timedelta(days=LINK_DAYS)
    application.save(update_fields=["token_digest", "link_expires_at"])
    link = f"{settings.BASE_URL}{reverse('accounts:application-link', args=[token])}"
    if returned:
        subject = "科技特派员派出单位入驻申请退回补正"
        body = f"市科技局审核后退回了“{application.name}”的申请。意见：{application.opinion}\n\n请打开下面的链接补正后再次提交，"
    else:
        subject = "请确认科技特派员派出单位入驻申请"
        body = f"平台收到了“{application.name}”成为派出单位的申请，您是申请的管理员。请打开下面的链接确认邮箱，"
    _mail(
        application, subject, f"{body}链接{LINK_DAYS}天内有效，请勿转发：\n\n{link}\n\n如非本人操作，请忽略这封邮件。\n"
    )


@transaction.atomic
def send_refusal(application: InstitutionApplication) -> None:
    _mail(
        application,
        "科技特派员派出单位入驻申请未通过",
        f"“{application.name}”的申请未获通过。理由：{application.opinion}\n\n如有疑问，请与市科技局联系。\n",
    )


def application_for(token: str) -> InstitutionApplication | None:
    """Whose link this is, if it still opens anything: to be confirmed, or to be mended."""
    open_ = [ApplicationStatus.UNCONFIRMED, ApplicationStatus.RETURNED]
    rows = InstitutionApplication.objects.filter(token_digest=digest(token), link_expires_at__gt=now())
    return rows.filter(status__in=open_).select_related("letter", "district").first()


@transaction.atomic
def confirm(application: InstitutionApplication, *, on: date) -> InstitutionApplication:
    """The address is the applicant's: the application goes to the bureau. The link is spent."""
    held = _hold(application)
    return _submit(held, on=on, verb="application.submitted")


@transaction.atomic
def correct(
    application: InstitutionApplication, told: Applied, letter: UploadedFile | None, *, on: date
) -> InstitutionApplication:
    """Mend what was sent back, and send it again. Without a letter the former one stands."""
    held = _hold(application)
    require(rules.application_may_move(status=ApplicationStatus(held.status), to=ApplicationStatus.SUBMITTED))
    for name, value in told.columns().items():
        setattr(held, name, value)
    if letter:
        held.letter = files.receive(letter, by=None, purpose="institution-application")
    held.save(update_fields=[*told.columns(), "letter"])
    return _submit(held, on=on, verb="application.corrected")


def _submit(held: InstitutionApplication, *, on: date, verb: str) -> InstitutionApplication:
    before = ApplicationStatus(held.status)
    require(rules.application_may_move(status=before, to=ApplicationStatus.SUBMITTED))
    held.status, held.submitted_on, held.token_digest = ApplicationStatus.SUBMITTED, on, None
    held.version += 1
    held.save(update_fields=["status", "submitted_on", "token_digest", "version"])
    event = audit.record(verb, held, by=None, before={"status": before}, after={"status": held.status})
    officers = Membership.objects.active(on=on).filter(role=Role.BUREAU_OFFICER).select_related("person").order_by("pk")
    notify.tell(
        [Reader(hat.person) for hat in officers],
        occasion=f"application:{held.pk}:{event.pk}",
        subject=f"“{held.name}”申请成为派出单位",
        body="请核对单位信息和盖章申请书后办理。",
        link=held.get_absolute_url(),
    )
    return held


# --- the bureau -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """What the register holds of the unit that applies: for the bureau's eyes."""

    unit: Organization | None  # with the same code
    others: list[InstitutionApplication]  # open ones with the same code
    alike: list[Organization]  # institutions whose name differs only in how it is written
    against_code: str

    @property
    def is_institution(self) -> bool:
        return self.unit is not None and hasattr(self.unit, "institution")


def beside(application: InstitutionApplication) -> Beside:
    unit = Organization.objects.known_as(application.uscc).select_related("institution", "host").first()
    others = InstitutionApplication.objects.filter(
        uscc=application.uscc, status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.RETURNED]
    ).exclude(pk=application.pk)
    named = Organization.objects.institutions().exclude(uscc=application.uscc).order_by("pk")
    key = title_key(application.name)
    return Beside(
        unit=unit,
        others=list(others.order_by("pk")),
        alike=[one for one in named if title_key(one.name) == key],
        against_code=rules.code_of_an_institution(uscc=application.uscc, type=InstitutionType(application.type)),
    )


@transaction.atomic
def approve(
    application: InstitutionApplication, *, by: Membership, on: date, version: int | None = None
) -> InstitutionApplication:
    """The unit becomes a dispatching institution and its administrator is invited.

    A unit that is here as a host keeps what stands here of it and gains the capacity. Raises Refused for what is
    decided, and for a unit that is an institution already; Stale when it was corrected since `version`.
    """
    held = _hold(application, version=version)
    require(rules.application_may_move(status=ApplicationStatus(held.status), to=ApplicationStatus.APPROVED))
    facts = {one.name: getattr(held, one.name) for one in fields(UnitFacts)}
    made = create_institution(
        UnitFacts(**facts),
        type=InstitutionType(held.type),
        admin_name=held.admin_name,
        admin_email=held.admin_email,
        by=by,
    )
    held.organization = made.organization
    return _decide(held, ApplicationStatus.APPROVED, by=by, on=on, opinion="")


@transaction.atomic
def refuse(
    application: InstitutionApplication, *, by: Membership, on: date, reason: str, version: int | None = None
) -> InstitutionApplication:
    """Decline, with the reason that the applicant is told. Raises as `approve` does, and without a reason."""
    held = _hold(application, version=version)
    require(
        rules.application_may_move(status=ApplicationStatus(held.status), to=ApplicationStatus.REFUSED),
        _opinion(reason),
    )
    _decide(held, ApplicationStatus.REFUSED, by=by, on=on, opinion=reason.strip())
    outbox.add("accounts.tasks.send_application_refusal", application_id=held.pk)
    return held


@transaction.atomic
def give_back(
    application: InstitutionApplication, *, by: Membership, opinion: str, version: int | None = None
) -> InstitutionApplication:
    """Send it back to be mended, with a link of its own. Raises as `refuse` does."""
    held = _hold(application, version=version)
    before = ApplicationStatus(held.status)
    require(rules.application_may_move(status=before, to=ApplicationStatus.RETURNED), _opinion(opinion))
    held.status, held.opinion = ApplicationStatus.RETURNED, opinion.strip()
    held.version += 1
    held.save(update_fields=["status", "opinion", "version"])
    audit.record(
        "application.returned",
        held,
        by=by,
        before={"status": before},
        after={"status": held.status},
        reason=held.opinion,
    )
    outbox.add("accounts.tasks.send_application_link", application_id=held.pk)
    return held


@transaction.atomic
def forget() -> int:
    """Drop what nobody confirmed within its days, with its letter: it never reached the bureau."""
    long_ago = now() - timedelta(days=UNCONFIRMED_DAYS)
    rows = InstitutionApplication.objects.filter(status=ApplicationStatus.UNCONFIRMED, applied_at__lte=long_ago)
    letters = list(rows.values_list("letter", flat=True))
    count: int = rows.filter(letter__in=letters).delete()[0]
    files.forget(letters)
    return count


def token_of(application: InstitutionApplication) -> str:
    """Made of its number and version and of a key that is not in the database: each return has another one."""
    return blind_index(f"{application.pk}:{application.version}", "institution-application")


def digest(token: str) -> str:
    return blind_index(token, "institution-application-link")


def _decide(
    held: InstitutionApplication, to: ApplicationStatus, *, by: Membership, on: date, opinion: str
) -> InstitutionApplication:
    before = ApplicationStatus(held.status)
    held.status, held.opinion, held.decided_by, held.decided_on = to, opinion, by, on
    held.version += 1
    held.save(update_fields=["status", "opinion", "decided_by", "decided_on", "organization", "version"])
    audit.record(
        f"application.{to.value}", held, by=by, before={"status": before}, after={"status": to}, reason=opinion
    )
    return held


def _opinion(text: str) -> Finding | None:
    return None if text.strip() else plain("E-OPINION", "请写明意见，申请单位会收到。", field="opinion")


def _hold(application: InstitutionApplication, *, version: int | None = None) -> InstitutionApplication:
    held = InstitutionApplication.objects.select_for_update(of=("self",)).get(pk=application.pk)
    nothing: Mapping[str, object] = {}
    refuse_stale(held, version=version, typed=nothing)
    return held


def _mail(application: InstitutionApplication, subject: str, body: str) -> None:
    EmailMessage(
        subject,
        f"{application.admin_name}：\n\n{body}",
        to=[application.admin_email],
        headers={"Message-ID": f"<application-{application.pk}-{application.version}@{settings.MAIL_DOMAIN}>"},
    ).send()

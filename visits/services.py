"""Every change to a visit happens here: the phone, the office, the host's link and the interface all call these."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import District, Membership
from agreements.models import Agreement
from core import audit, links, outbox
from core.audit import changed
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Finding, Refused, RuleEntry, plain, require
from core.stale import refuse_stale
from specialists.models import Specialist, Team
from specialists.suspending.queries import resting
from visits import queries, rules
from visits.enums import Mode, VisitStatus
from visits.models import ConfirmationLink, Visit, VisitAttendance

FIELDS = ("date", "days", "mode", "place", "activities", "content", "outcome", "trainings", "trained", "photo")


def judge(
    agreement: Agreement,
    *,
    date: date,
    days: int,
    mode: str,
    today: date,
    who: Sequence[Specialist] | None = None,
    teller: Specialist | None = None,
    but: int | None = None,
) -> list[Finding | None]:
    """Every rule asked about a visit as it would be logged today; `but` is the visit itself when it is amended.

    `who` came; of one person's agreement it is that person. `teller` writes it down, and need not have come.
    """
    pack = PolicyPack.in_force(on=today)
    came = [agreement.specialist] if who is None else who
    last_day = date + timedelta(days=days - 1)
    resting_ones = {one.pk: one for one in (*came, *([teller] if teller else []))}
    serving = queries.serving(agreement, date)
    trips = [queries.others_that_day(one, date, but=but) for one in came] if mode == Mode.ONSITE else [0] * len(came)
    again = [one.name for one, others in zip(came, trips, strict=True) if others]
    return [
        rules.within_service(pack.entry("E-VISIT-PERIOD"), on=date, service=queries.service_of(agreement)),
        rules.told_in_time(
            pack.entry("E-VISIT-DATE"), date=date, today=today, within_days=pack.setting("visits.log_within_days")
        ),
        rules.those_who_came_serve(
            pack.entry("E-VISIT-WHO"),
            on=date,
            came=[one.name for one in came],
            strangers=[one.name for one in came if one not in serving],
        )
        if agreement.team_id
        else None,
        rules.told_by_a_member(
            pack.entry("E-VISIT-WHO"), name=teller.name, on=date, is_member=queries.not_left(agreement, teller, date)
        )
        if teller and agreement.team_id
        else None,
        rules.days_count_once(pack.entry("W-VISIT-DAYS"), days=days),
        rules.one_trip_a_day(
            pack.entry("W-SAME-DAY"), specialist="、".join(again), on=date, others=max(trips, default=0)
        ),
        # Packs that were stored before have no word of it, and told nobody.
        rules.paid_from_filing(pack.entry("W-BEFORE-FILING"), on=date, filed_on=agreement.filed_on)
        if "W-BEFORE-FILING" in pack.rules
        and mode == Mode.ONSITE
        and pack.entry("E-VISIT-PERIOD").params.get("earliest") == "filing"
        else None,
        rules.told_by_the_qualified(
            pack.entry("E-REVOKED"), name=teller.name, revoked_on=teller.revoked_on, last_day=last_day
        )
        if teller
        else None,
        *resting(resting_ones.values(), pack, start=date, end=last_day, act="登记服务").values(),
    ]


def judge_again(visit: Visit, *, today: date) -> list[Finding]:
    """What there is to tell about a visit that stands: several days in one trip, a second host on the day."""
    who = [attendance.specialist for attendance in visit.attendances.select_related("specialist").order_by("pk")]
    found = judge(
        visit.agreement, date=visit.date, days=visit.days, mode=visit.mode, today=today, who=who, but=visit.pk
    )
    return [finding for finding in found if finding]


def _place_of(agreement: Agreement) -> District | None:
    """Where the visit is made: the county of today, where the host's own was dissolved."""
    assert agreement.host
    district = agreement.host.organization.district
    return district and district.current


@transaction.atomic
def log_visit(
    agreement: Agreement, *, by: Membership, on: date, attendees: Sequence[Specialist] = (), **fields: Any
) -> Visit:
    """Log one visit under a filed agreement and promise the host its confirmation link.

    `fields` are those of FIELDS; `on` is today. Of a team's visit `attendees` say who came: each has an attendance of
    their own, and a subsidy (A20). Refuses a day outside the filed service (E-VISIT-PERIOD), in the future or too long
    ago (E-VISIT-DATE), somebody who did not serve then (E-VISIT-WHO) or was suspended (E-SUSPENDED); and who tells of
    a day on which their own qualification was cancelled (E-REVOKED) or rested.
    """
    agreement = _held(agreement)
    who = list(attendees) if agreement.team_id else [agreement.specialist]
    visit = Visit(agreement=agreement, logged_by=by, district=_place_of(agreement), **fields)
    teller = _teller(by)
    require(*judge(agreement, date=visit.date, days=visit.days, mode=visit.mode, today=on, who=who, teller=teller))
    visit.save()
    VisitAttendance.objects.bulk_create(VisitAttendance(visit=visit, specialist=one) for one in who)
    audit.record("visit.logged", visit, by=by, after={name: getattr(visit, name) for name in ("date", "days", "mode")})
    outbox.add("visits.tasks.send_link", visit_id=visit.pk)
    return visit


@transaction.atomic
def amend_visit(
    visit: Visit,
    *,
    by: Membership,
    on: date,
    version: int | None,
    attendees: Sequence[Specialist] | None = None,
    **fields: Any,
) -> Visit:
    """Correct a visit that the host has not confirmed, and with `attendees` who came; the host is asked anew.

    Raises Stale when somebody else was faster, Refused as `log_visit` does or when it is confirmed or withdrawn.
    """
    agreement = _held(visit.agreement)
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    refuse_stale(visit, version=version, typed=fields)
    new = {name: fields.get(name, getattr(visit, name)) for name in FIELDS}
    came = [attendance.specialist for attendance in visit.attendances.select_related("specialist").order_by("pk")]
    who = came if attendees is None or agreement.team_id is None else list(attendees)
    require(
        rules.may_amend(_entry("E-STATE", on), status=VisitStatus(visit.status)),
        *judge(
            agreement,
            date=new["date"],
            days=new["days"],
            mode=new["mode"],
            today=on,
            who=who,
            teller=_teller(by),
            but=visit.pk,
        ),
    )
    before, after = changed(visit, new)
    if {one.pk for one in who} != {one.pk for one in came}:
        visit.attendances.exclude(specialist__in=who).delete()
        for one in who:
            VisitAttendance.objects.get_or_create(visit=visit, specialist=one)
    for name, value in after.items():
        setattr(visit, name, value)
    visit.status, visit.host_opinion, visit.version = VisitStatus.LOGGED, "", visit.version + 1
    visit.save(update_fields=[*after, "status", "host_opinion", "version"])
    if len(who) != len(came) or set(who) != set(came):
        before["members"], after["members"] = [one.name for one in came], [one.name for one in who]
    audit.record("visit.amended", visit, by=by, before=before, after=after)
    outbox.add("visits.tasks.send_link", visit_id=visit.pk)
    return visit


@transaction.atomic
def withdraw_visit(visit: Visit, *, by: Membership, on: date) -> Visit:
    """Take back a visit that was logged by mistake; a confirmed one stays."""
    visit = _moved(visit, VisitStatus.WITHDRAWN, on=on)
    visit.save(update_fields=["status"])
    audit.record("visit.withdrawn", visit, by=by)
    return visit


@transaction.atomic
def confirm_visit(
    visit: Visit,
    *,
    by: Membership | None,
    on: date,
    name: str,
    rating: str = "",
    opinion: str = "",
    version: int | None = None,
) -> Visit:
    """The host confirms that the visit took place as told. `by` is None when it came by the personal link.

    `version` is the one the host has read: if the visit was amended since, Stale is raised and nothing is confirmed.
    """
    visit = _moved(visit, VisitStatus.CONFIRMED, on=on)
    refuse_stale(visit, version=version, typed={})
    visit.confirmed_at, visit.confirmed_name = now(), name
    visit.rating, visit.host_opinion = rating, opinion
    visit.save(update_fields=["status", "confirmed_at", "confirmed_name", "rating", "host_opinion"])
    audit.record("visit.confirmed", visit, by=by, after={"confirmed_name": name, "rating": rating}, reason=opinion)
    return visit


@transaction.atomic
def dispute_visit(visit: Visit, *, by: Membership | None, on: date, opinion: str) -> Visit:
    """The host says that the visit was not as told; the specialist amends or withdraws it."""
    if not opinion.strip():
        raise Refused([plain("E-FIELD", "请写明异议内容，便于科技特派员更正。", field="opinion")])
    visit = _moved(visit, VisitStatus.DISPUTED, on=on)
    visit.host_opinion = opinion.strip()
    visit.save(update_fields=["status", "host_opinion"])
    audit.record("visit.disputed", visit, by=by, reason=visit.host_opinion)
    return visit


@transaction.atomic
def send_link(visit: Visit) -> ConfirmationLink | None:
    """Mail the host its personal link; earlier ones end. None when nobody is waited for or the host has no address.

    The link is in the mail alone, here is only its digest.
    """
    visit = Visit.objects.select_related("agreement__host__organization", "agreement__specialist").get(pk=visit.pk)
    address = visit.agreement.host.organization.contact_email  # type: ignore[union-attr]
    if visit.status != VisitStatus.LOGGED or not address:
        return None
    link = _new_link(visit)
    link.save()
    return mail_link(link)


@transaction.atomic
def ask_for_link(visit: Visit, *, by: Membership, on: date) -> ConfirmationLink:
    """Promise the host a fresh link in the place of one that was lost or ran out: once a day for a visit.

    A visit that is waited for otherwise waits for ever: it may be too old to be amended, which is what sends a link too.
    Raises Refused: E-STATE when nobody is waited for, E-ADDRESS where the register knows no mailbox of the host,
    E-REMINDED for a second time on one day.
    """
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    host = visit.agreement.host
    assert host
    require(
        rules.host_is_waited_for(_entry("E-STATE", on), status=VisitStatus(visit.status)),
        None if host.organization.contact_email else rules.no_mailbox(host=str(host)),
    )
    link = _new_link(visit, asked_on=on)
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError as twice:
        raise Refused([rules.sent_again_today()]) from twice
    audit.record("visit.link_asked", visit, by=by)
    outbox.add("visits.tasks.mail_link", link_id=link.pk)
    return link


def _new_link(visit: Visit, *, asked_on: date | None = None) -> ConfirmationLink:
    """The one that is alive from now on; its secret is made by the mail."""
    days = PolicyPack.in_force(on=now().date()).setting("visits.link_days")
    visit.links.filter(used_at=None, expires_at__gt=now()).update(expires_at=now())
    link = ConfirmationLink(visit=visit, asked_on=asked_on, expires_at=now() + timedelta(days=days))
    link.renew_token()
    return link


@transaction.atomic
def mail_link(link: ConfirmationLink) -> ConfirmationLink | None:
    """Mail a link with a secret that stands nowhere else. Over or answered since, nothing is sent."""
    visit = Visit.objects.select_related("agreement__host__organization", "agreement__specialist").get(pk=link.visit_id)
    address = visit.agreement.host.organization.contact_email  # type: ignore[union-attr]
    if visit.status != VisitStatus.LOGGED or link.used_at or link.expires_at <= now() or not address:
        return None
    token = link.renew_token()
    link.save(update_fields=["token_digest"])
    days = (link.expires_at - link.created_at).days
    links.mail(
        address,
        f"visit-link-{link.pk}",
        "请确认科技特派员的一次服务",
        f"{visit.agreement.host}：\n\n科技特派员{visit.who_came}{cdate(visit.date)}在贵单位的一次服务已登记。"
        f"请打开下面的链接核对并确认，链接{days}天内有效，请勿转发：\n\n"
        f"{settings.BASE_URL}{reverse('visits:confirm', args=[token])}\n",
    )
    audit.record("visit.link_sent", visit, by=None)
    return link


def newest_link(visit: Visit) -> ConfirmationLink | None:
    """What the host was sent last, for who waits for it."""
    return visit.links.order_by("-pk").first()


def ask_for_code(link: ConfirmationLink) -> str:
    """Promise a one-time code to the host's address; returns why there is none yet (core.links)."""
    return links.ask_for_code(link, task="visits.tasks.send_code", **_limits())


def code_of(link: ConfirmationLink) -> links.Code:
    return links.Code.of(link, **_limits())


def _limits() -> dict[str, int]:
    """How long a code lasts, and how often it may be mistyped."""
    pack = PolicyPack.in_force(on=now().date())
    return {"minutes": pack.setting("visits.code_minutes"), "tries": pack.setting("visits.code_tries")}


@transaction.atomic
def send_code(link: ConfirmationLink) -> None:
    """Mail a fresh six-digit code to the host's address."""
    code = links.fresh_code(link)
    minutes = PolicyPack.in_force(on=now().date()).setting("visits.code_minutes")
    organization = link.visit.agreement.host.organization  # type: ignore[union-attr]
    links.mail(
        organization.contact_email,
        f"visit-code-{link.pk}-{secrets.token_hex(4)}",
        "服务确认验证码",
        f"{organization}：\n\n您的服务确认验证码是 {code} ，{minutes}分钟内有效。如非本人操作，请忽略。\n",
    )


def link_for(token: str) -> ConfirmationLink | None:
    """The live link of a token: not used, not over, and its visit still waits for an answer."""
    alive = ConfirmationLink.alive(token).filter(visit__status=VisitStatus.LOGGED)
    return alive.select_related("visit__agreement__host__organization", "visit__agreement__specialist").first()


def answered(token: str) -> Visit | None:
    """The visit of a token that waits for nobody any more, whoever answered it and by which door."""
    visits = Visit.objects.filter(links__token_digest=digest(token)).exclude(status=VisitStatus.LOGGED)
    return visits.select_related("agreement__host__organization", "agreement__specialist").first()


def answer_by_link(
    link: ConfirmationLink, *, code: str, confirmed: bool, name: str, rating: str, opinion: str, version: int, on: date
) -> Visit:
    """The host answers by its link and one-time code: the visit is confirmed or disputed and the link is spent.

    Raises Refused for a wrong or old code (each try counts, whatever follows) and as confirming and disputing do; then
    the link stays alive.
    """
    if finding := links.try_code(link, code, **_limits()):
        raise Refused([finding])
    with transaction.atomic():
        if not links.spend(link):
            raise Refused([plain("E-STATE", "该链接已经使用，结果已记录，无需重复提交。")])
        if confirmed:
            return confirm_visit(link.visit, by=None, on=on, name=name, rating=rating, opinion=opinion, version=version)
        return dispute_visit(link.visit, by=None, on=on, opinion=opinion)


@transaction.atomic
def forget(*, at: datetime) -> dict[str, int]:
    """Delete links that ended unused, and the codes of those that are used or over (core.links.forget)."""
    return links.forget(ConfirmationLink.objects.all(), at=at)


def digest(secret: str) -> str:
    return links.digest(secret, ConfirmationLink.purpose)


def _held(agreement: Agreement) -> Agreement:
    """The agreement under lock: it cannot be terminated between the check and the visit (R34)."""
    held = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if held.team_id is not None:  # nobody joins or leaves it meanwhile
        Team.objects.select_for_update(no_key=True).get(pk=held.team_id)
    # A second statement: joined to the first, person and host would be as they were before the wait for the lock.
    whole = Agreement.objects.select_related("specialist", "host__organization__district", "registration", "team")
    return whole.get(pk=agreement.pk)


def _teller(by: Membership) -> Specialist | None:
    """The specialist who tells of the visit, as the row stands now; None of anybody else."""
    return Specialist.objects.filter(user=by.person_id).first() if by.role == Role.SPECIALIST else None


def _moved(visit: Visit, to: VisitStatus, *, on: date) -> Visit:
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    require(rules.may_move(_entry("E-STATE", on), status=VisitStatus(visit.status), to=to))
    visit.status = to
    return visit


def _entry(code: str, on: date) -> RuleEntry:
    return PolicyPack.in_force(on=on).entry(code)

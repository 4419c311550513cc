"""What an officer does beside deciding: looking, noting, handing a case over, standing in for a colleague."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils.timezone import now

from accounts.enums import Role
from accounts.leaving import Work, colleagues, finds_work
from accounts.models import Membership
from agreements import rules
from agreements.enums import AgreementStatus
from agreements.models import Agreement, CaseHolder, CaseNote, Cover, Look
from agreements.reviewing.models import AT_THE_DESK
from agreements.services.correcting import refuse_unread
from agreements.services.holding import hold, pack_beside
from core import audit, notify
from core.jinja import cdate
from core.policy import Finding, plain, require


@transaction.atomic
def look(agreement: Agreement, *, by: Membership) -> None:
    """Say that this person has the case open: said again every minute, and over when it is not.

    After a pause it is another look, from its own time. Whom else it shows to may decide all the same.
    """
    moment = now()
    corrections = agreement.corrections.count()
    there, new = Look.objects.get_or_create(
        agreement=agreement,
        person=by.person,
        defaults={"opened_at": moment, "seen_at": moment, "corrections": corrections},
    )
    if new:
        return
    if there.seen_at <= moment - AT_THE_DESK:
        there.opened_at = moment
    there.seen_at, there.corrections = moment, corrections
    there.save(update_fields=["opened_at", "seen_at", "corrections"])


@transaction.atomic
def write_note(agreement: Agreement, *, by: Membership, words: str) -> CaseNote:
    """Leave an internal note on a case. It stands in no history, for others than the bureau read that. Raises Refused."""
    require(None if words.strip() else plain("E-FIELD", "请填写备注。", field="words"))
    return CaseNote.objects.create(agreement=agreement, by=by, words=words.strip())


@transaction.atomic
def transfer(
    agreement: Agreement, *, to: Membership, by: Membership, on: date, note: str = "", holder: int | None = None
) -> Agreement:
    """Give a case that is under review to an officer, and tell them; `note` becomes an internal note.

    `holder` is whose case it was when looked at (0: nobody's): raises Stale when it was given to another since. Raises
    Refused: E-STATE for what is decided, E-FIELD for somebody who reviews no agreements, or has the case already.
    """
    agreement = hold(agreement)
    refuse_unread(agreement, by=by, version=None, corrections=None, holder=holder)
    pack = agreement.pack or pack_beside(agreement.registration)
    before = CaseHolder.objects.filter(agreement=agreement).select_related("officer__person").first()
    status = AgreementStatus(agreement.status)
    is_theirs = before is not None and before.officer_id == to.pk
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.FILED),
        None if to in reviewers(by, on=on) else plain("E-FIELD", "请选择本局的审核人员。", field="to"),
        plain("E-FIELD", f"这件协议已由{to.person}办理。", field="to") if is_theirs else None,
    )
    CaseHolder.objects.update_or_create(agreement=agreement, defaults={"officer": to})
    if note.strip():
        write_note(agreement, by=by, words=f"转{to.person}办理：{note.strip()}")
    event = audit.record(
        "agreement.transferred",
        agreement,
        by=by,
        before={"officer": before.officer if before else None},
        after={"officer": to},
    )
    if to.person_id != by.person_id:
        notify.tell(
            [notify.Reader(to.person)],
            occasion=f"transferred:{agreement.pk}:{event.pk}",
            subject=f"协议{agreement}转您办理",
            body=f"{by.person}将{agreement.specialist}与“{agreement.host}”的协议转您办理。",
            link=f"{agreement.get_absolute_url()}review/",
        )
    return agreement


def holder_of(agreement: Agreement) -> int:
    """Whose case it is, 0: nobody's."""
    return CaseHolder.objects.filter(agreement=agreement).values_list("officer", flat=True).first() or 0


def reviewers(hat: Membership, *, on: date) -> list[Membership]:
    """Who reviews agreements at this bureau, oneself among them."""
    active = Membership.objects.active(on=on).filter(
        organization=hat.organization_id, role__in=(Role.BUREAU_OFFICER, Role.DIVISION_HEAD)
    )
    return list(active.select_related("person", "organization").order_by("role", "person__name", "pk"))


# --- cover for leave --------------------------------------------------------------------------------------------------


@transaction.atomic
def arrange_cover(
    *, absent: Membership, stand_in: Membership, since: date, until: date, by: Membership, on: date, note: str = ""
) -> Cover:
    """Let a colleague of the same role act for somebody who is away; both are told.

    While it lasts, the cases of who is away stand in the stand-in's queue, and what they decide says for whom. It gives
    nobody another role. Raises Refused: E-PERM for a cover of somebody else's, unless a head or an administrator
    arranges it; E-FIELD for days that are over or turned round, for who is no colleague, and where on one of these days
    somebody acts for the absent already, the stand-in is away, or the absent was to act for somebody: the cases would
    have two officers or none.
    """
    own = absent.person_id == by.person_id or by.role in (Role.DIVISION_HEAD, Role.BUREAU_ADMIN)
    # Their colleagues may be arranging the reverse.
    pair = Membership.objects.filter(pk__in=[absent.pk, stand_in.pk]).order_by("pk")
    list(pair.select_for_update(of=("self",), no_key=True))
    require(
        None if own else plain("E-PERM", "您没有权限执行此操作：代办由本人、处室负责人或管理员安排。"),
        None
        if colleagues(absent, on=on).filter(pk=stand_in.pk).exists()
        else plain("E-FIELD", "请选择同一岗位的其他同事代办。", field="stand_in"),
        None if since <= until else plain("E-FIELD", "结束日期不能早于开始日期。", field="until"),
        None if on <= until else plain("E-FIELD", f"结束日期（{cdate(until)}）已过。", field="until"),
        *_other_covers(absent, stand_in, since=since, until=until),
    )
    cover = Cover.objects.create(
        absent=absent, stand_in=stand_in, since=since, until=until, note=note.strip(), arranged_by=by
    )
    audit.record(
        "cover.arranged",
        cover,
        by=by,
        after={"absent": absent, "stand_in": stand_in, "since": since, "until": until},
        reason=cover.note,
    )
    notify.tell(
        [notify.Reader(hat.person) for hat in (absent, stand_in) if hat.person_id != by.person_id],
        occasion=f"cover:{cover.pk}",
        subject=f"{stand_in.person}代{absent.person}办理协议审核",
        body=f"{cdate(since)}至{cdate(until)}，{absent.person}的协议审核由{stand_in.person}代办。",
        link="/agreements/covers/",
    )
    return cover


def _other_covers(absent: Membership, stand_in: Membership, *, since: date, until: date) -> Iterator[Finding]:
    """What was arranged for a day of these and does not go with it."""
    others = Cover.objects.filter(since__lte=until, until__gte=since, ended_at=None)
    for other in others.select_related("absent__person", "stand_in__person").order_by("since", "pk"):
        away, acting = other.absent.person, other.stand_in.person
        days = f"{cdate(other.since)}至{cdate(other.until)}"
        if other.absent_id == absent.pk:
            yield plain("E-FIELD", f"{away}{days}已由{acting}代办，请先结束该项代办或调整日期。", field="since")
        elif other.absent_id == stand_in.pk:
            yield plain("E-FIELD", f"{away}{days}外出，由{acting}代办，请选择其他同事。", field="stand_in")
        elif other.stand_in_id == absent.pk:
            yield plain("E-FIELD", f"{acting}{days}代{away}办理，请先为{away}另行安排代办。", field="since")


@transaction.atomic
def end_cover(cover: Cover, *, by: Membership) -> Cover:
    """End it at once. Raises Refused: E-STATE when it is ended, E-PERM for whom it does not concern."""
    cover = Cover.objects.select_for_update(of=("self",)).get(pk=cover.pk)
    concerned = {cover.absent.person_id, cover.arranged_by.person_id, cover.stand_in.person_id}
    may = by.person_id in concerned or by.role in (Role.DIVISION_HEAD, Role.BUREAU_ADMIN)
    require(
        None if may else plain("E-PERM", "您没有权限执行此操作。"),
        plain("E-STATE", "这项代办已经结束。") if cover.ended_at else None,
    )
    cover.ended_at, cover.ended_by = now(), by
    cover.save(update_fields=["ended_at", "ended_by"])
    audit.record("cover.ended", cover, by=by)
    return cover


# --- who leaves -------------------------------------------------------------------------------------------------------

OPEN = (AgreementStatus.SUBMITTED, AgreementStatus.RETURNED)


@finds_work
def cases_of(hat: Membership, on: date) -> list[Work]:
    """The open cases of an officer who leaves go to a colleague; without one they are everybody's, as they always were."""
    held = CaseHolder.objects.filter(officer=hat, agreement__status__in=OPEN).count()
    heir = hand_over_cases if held and colleagues(hat, on=on).exists() else None
    queue = f"{reverse('agreements:list')}?status=submitted&mine=1"
    return [Work("经办的协议", held, queue, "转给同一岗位的同事办理", heir)]


@transaction.atomic
def hand_over_cases(hat: Membership, *, to: Membership, by: Membership) -> int:
    """Give each open case of theirs to a colleague; returns how many they were."""
    moved = 0
    for agreement in Agreement.objects.filter(holding__officer=hat, status__in=OPEN).order_by("pk"):
        held = hold(agreement)
        if held.status in OPEN:  # not decided while this waited
            CaseHolder.objects.filter(agreement=held).update(officer=to, since=now())
            audit.record("agreement.transferred", held, by=by, before={"officer": hat}, after={"officer": to})
            moved += 1
    return moved

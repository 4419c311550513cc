"""Where an agreement stands, in words: its state on a day, whose turn it is, what was done and what comes next.

The date alone decides what is in service, expiring or over; nothing of it is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from markupsafe import Markup

from accounts.enums import Role
from accounts.models import Membership
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement
from agreements.signing.standing import chips
from core.calendar import add_working_days, missing_note, working_days_between
from core.jinja import cdate, shortdate
from core.models import PolicyPack
from specialists.suspending.queries import spells_of

NOTHING_TO_DO = "您现在不需要操作。"
TONES: Mapping[str, str] = {
    AgreementStatus.DRAFT: "draft",
    AgreementStatus.SUBMITTED: "wait",
    AgreementStatus.RETURNED: "returned",
    AgreementStatus.FILED: "ok",
    AgreementStatus.TERMINATED: "bad",
    AgreementStatus.VOID: "bad",
    AgreementStatus.ABANDONED: "ended",
}
REVIEW_DAYS, EXPIRY_DAYS = "agreements.review_working_days", "reminders.expiry_days"


SOON = timedelta(days=60)  # before its end, an agreement is one to think of
HANDED_IN_AGAIN = Q(status=AgreementStatus.SUBMITTED) & ~Q(return_opinion="")  # mended after it was returned


@dataclass(frozen=True)
class Need:
    """The first line of every matter: what is to be done now, and whether it is the reader who does it."""

    sentence: str
    yours: bool = False


@dataclass(frozen=True)
class Standing:
    """One agreement on one day, as one reader is told of it."""

    agreement: Agreement
    word: str
    tone: str  # of components/status.html
    need: Need
    timeline: list[dict[str, Any]]

    @property
    def signed(self) -> Markup:
        return chips(self.agreement)

    @property
    def has_certificate(self) -> bool:
        return hasattr(self.agreement, "certificate")


def word_and_tone(
    status: str, *, start: date | None, end: date | None, on: date, soon: int, terminated_on: date | None = None
) -> tuple[str, str]:
    """服务中, 即将到期（剩30天）, 已到期: what the date makes of a filed agreement; else the state itself.

    `soon` is how many days before the end it counts as expiring; `terminated_on` of a filed one is an end that is ordered.
    """
    if status != AgreementStatus.FILED or start is None or end is None:
        return str(AgreementStatus(status).label), TONES[status]
    if terminated_on is not None and terminated_on <= on:
        return str(AgreementStatus.TERMINATED.label), TONES[AgreementStatus.TERMINATED]
    if terminated_on is not None:
        return f"将于{cdate(terminated_on)}终止", "expiring"
    left = (end - on).days
    if left < 0:
        return "已到期", "ended"
    if left <= soon:
        return ("今日到期" if left == 0 else f"即将到期（剩{left}天）"), "expiring"
    return ("服务中", "ok") if start <= on else ("已备案", "ok")


def review_due(submitted_on: date, working_days: int) -> date:
    """The day on which the bureau has promised its answer."""
    return add_working_days(submitted_on, working_days)


def review_days_left(submitted_on: date, working_days: int, *, on: date) -> int:
    """Working days left of the promise: 0 on its day, negative once it is past, also on the days off that follow."""
    due = review_due(submitted_on, working_days)
    left = working_days_between(on, due)
    return left if on <= due else min(left, -1)


def due_as(due: str, *, on: date, review_days: int | None = None) -> Q:
    """What the filter “时限” asks for, and what the figures of the home page count."""
    if due in ("over", "today", "soon"):
        days = PolicyPack.in_force(on=on).setting(REVIEW_DAYS) if review_days is None else review_days
        over = Q(submitted_on__lte=_latest_due_by(on - timedelta(days=1), days))
        today = Q(submitted_on__lte=_latest_due_by(on, days)) & ~over
        soon = Q(submitted_on__lte=_latest_due_by(add_working_days(on, 1), days))
        return Q(status=AgreementStatus.SUBMITTED) & {"over": over, "today": today, "soon": soon}[due]
    filed = Q(status=AgreementStatus.FILED)
    if due == "to_end":
        return filed & Q(terminated_on__isnull=False)
    running = Q(service_end__gte=on, service_end__lte=on + SOON, terminated_on=None)
    return filed & (Q(service_end__lt=on) if due == "ended" else running)


def _latest_due_by(day: date, working_days: int) -> date:
    """The last day of submission that is answered, as promised, by `day`."""
    submitted = day
    while review_due(submitted, working_days) > day:
        submitted -= timedelta(days=1)
    return submitted


def standing(
    agreement: Agreement, *, reader: Membership, on: date, pack: PolicyPack, barred: str | None = None
) -> Standing:
    """`pack` is the one that judges it, or the one in force while it is a draft; `barred` of the reader, where known."""
    soon = max(pack.setting(EXPIRY_DAYS))
    end = agreement.last_day if agreement.service_end else None
    word, tone = word_and_tone(
        agreement.status,
        start=agreement.service_start,
        end=end,
        on=on,
        soon=soon,
        terminated_on=agreement.terminated_on,
    )
    need = _need(agreement, reader=reader, on=on, pack=pack)
    in_service = agreement.status == AgreementStatus.FILED and end is not None and end >= on
    if in_service and (why := barred_on(reader, on=on) if barred is None else barred):
        goes_on = "团队的协议由其他成员继续履行。" if agreement.team_id else "协议仍然有效。"
        need = Need(f"您现在不需要操作。{why}。{goes_on}")
    return Standing(agreement, word, tone, need, timeline(agreement, on=on))


def barred_on(reader: Membership, *, on: date) -> str:
    """五（一）: why this specialist may serve on that day under no agreement; "" of anybody else."""
    person = getattr(reader.person, "specialist", None) if reader.role == Role.SPECIALIST else None
    if person is None:
        return ""
    if person.revoked_on is not None and person.revoked_on <= on:
        return f"您的科技特派员资格已于{cdate(person.revoked_on)}取消，此后的服务不能登记"
    rests = next((spell for spell in spells_of([person.pk])[person.pk] if spell.meets(on, on)), None)
    return f"您的科技特派员资格{rests}，期间的服务不能登记" if rests else ""


# --- whose turn -------------------------------------------------------------------------------------------------------


def _need(agreement: Agreement, *, reader: Membership, on: date, pack: PolicyPack) -> Need:
    by_status = {
        AgreementStatus.DRAFT: _need_of_draft,
        AgreementStatus.RETURNED: _need_of_returned,
        AgreementStatus.SUBMITTED: _need_of_submitted,
        AgreementStatus.FILED: _need_of_filed,
        AgreementStatus.TERMINATED: _need_of_terminated,
        AgreementStatus.VOID: _need_of_void,
        AgreementStatus.ABANDONED: _need_of_abandoned,
    }
    if (
        agreement.status in AgreementStatus.before_filing
        and agreement.team_id is None
        and agreement.specialist.revoked_on is not None
    ):
        return _need_of_revoked(agreement, reader.role)
    return by_status[AgreementStatus(agreement.status)](agreement, reader.role, on, pack)


def _need_of_revoked(agreement: Agreement, role: str) -> Need:
    """E-REVOKED stands in the way of its filing for good, unless the qualification is given back."""
    day = cdate(agreement.specialist.revoked_on)
    if role == Role.SPECIALIST:
        return Need(
            f"您现在不需要操作。您的科技特派员资格已于{day}取消，这份协议不能备案，请与{agreement.sender}联系。"
        )
    cannot = f"{agreement.specialist.name}的科技特派员资格已于{day}取消，这份协议不能备案"
    if agreement.status != AgreementStatus.SUBMITTED:
        mine = _writes(agreement, role)
        return Need(f"{cannot}，请放弃。" if mine else f"您现在不需要操作。{cannot}。", yours=mine)
    if role in (Role.BUREAU_OFFICER, Role.DIVISION_HEAD):
        return Need(f"{cannot}，请退回。", yours=True)
    return Need(f"您现在不需要操作。{cannot}，市科技局将退回。")


def _writes(agreement: Agreement, role: str) -> bool:
    """Whether it is for this reader to write and hand in: for whom the bureau appoints directly its officers do (A6)."""
    return role in Role.institution if agreement.institution_id is not None else role == Role.BUREAU_OFFICER


def _need_of_draft(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    if not _writes(agreement, role):
        return Need(f"您现在不需要操作。{agreement.sender}正在准备这份协议。")
    if agreement.host_id is None:
        return Need("请填写派驻信息，打印三方协议书，三方签署后上传扫描件并提交备案。", yours=True)
    if len(agreement.signatures.all()) < len(Party):
        return Need("请打印三方协议书，三方签署后登记签署、上传扫描件并提交备案。", yours=True)
    return Need("三方已经签署，请核对后提交备案。", yours=True)


def _need_of_returned(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    if _writes(agreement, role):
        return Need(f"市科技局退回补正，请修改后重新提交。退回意见：{agreement.return_opinion}", yours=True)
    return Need(f"您现在不需要操作。市科技局已退回补正，{agreement.sender}正在修改。")


def _need_of_submitted(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    assert agreement.submitted_on
    due = review_due(agreement.submitted_on, pack.setting(REVIEW_DAYS))
    when = "今天下班前" if due == on else f"{shortdate(due)}前"
    if role in (Role.BUREAU_OFFICER, Role.DIVISION_HEAD):
        return Need(
            f"请审核，应于{when}办结。" if due >= on else f"请审核，已超过承诺期限（{cdate(due)}）。", yours=True
        )
    if due < on:
        return Need(f"您现在不需要操作。市科技局的审核已超过承诺期限（{cdate(due)}），可联系经办人了解进度。")
    note = missing_note(agreement.submitted_on, due)
    return Need(f"您现在不需要操作。市科技局将在{when}给出结果，届时通知您。{note}")


def _need_of_filed(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    assert agreement.service_start
    assert agreement.service_end
    if agreement.terminated_on is not None:
        return _need_of_to_end(agreement, role, on, pack)
    left = (agreement.service_end - on).days
    renewed = getattr(agreement, "renewal", None)
    if renewed:
        return _need_of_extended(agreement, renewed, role, on)
    if left < 0:
        return Need(f"您现在不需要操作。协议已于{cdate(agreement.service_end)}到期。")
    if left <= max(pack.setting(EXPIRY_DAYS)):
        when = f"协议将于{shortdate(agreement.service_end)}到期{f'（剩{left}天）' if left else ''}。"
        if _writes(agreement, role):
            return Need(f"{when}如需继续服务，请办理续签，三方重新签订协议并在到期前提交。", yours=True)
        return Need(
            f"{when}如需继续服务，请与{agreement.sender}联系，三方重新签订协议。", yours=role == Role.SPECIALIST
        )
    if agreement.service_start > on:
        if agreement.is_past:
            return Need(f"您现在不需要操作。服务自{cdate(agreement.service_start)}开始。")
        return Need(f"您现在不需要操作。服务自{cdate(agreement.service_start)}开始，备案证明可以下载。")
    if role == Role.SPECIALIST:
        return Need("服务期内，请在每次下基层服务后及时登记。")
    return Need("您现在不需要操作。协议已备案，正在服务期内。")


def _need_of_extended(agreement: Agreement, renewal: Agreement, role: str, on: date) -> Need:
    """A draft of an extension extends nothing: whoever writes it has to hand it in."""
    assert agreement.service_end
    if renewal.status in AgreementStatus.once_filed:
        return Need(f"{NOTHING_TO_DO}协议已续签（{renewal}）。")
    if renewal.status == AgreementStatus.SUBMITTED:
        return Need(f"{NOTHING_TO_DO}续签协议{renewal}已提交，待市科技局审核。")
    if not _writes(agreement, role):
        return Need(f"{NOTHING_TO_DO}{agreement.sender}正在办理续签（{renewal}）。")
    by = f"在{shortdate(agreement.service_end)}到期前" if agreement.service_end >= on else ""
    return Need(f"续签协议{renewal}尚未提交：请{by}填写完整，三方重新签订后提交。", yours=True)


def _need_of_to_end(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    assert agreement.terminated_on
    assert agreement.service_start
    if agreement.terminated_on <= on:
        return _need_of_terminated(agreement, role, on, pack)
    reason = agreement.get_termination_reason_display()
    when = f"协议将于{cdate(agreement.terminated_on)}终止，原因：{reason}。"
    if agreement.last_day < agreement.service_start:
        return Need(f"{NOTHING_TO_DO}{when}服务不再开始。")
    if role == Role.SPECIALIST:
        return Need(f"{when}{cdate(agreement.last_day)}及以前照常服务，请及时登记。")
    return Need(f"{NOTHING_TO_DO}{when}此前照常履行。")


def _need_of_terminated(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    reason = agreement.get_termination_reason_display()
    return Need(f"您现在不需要操作。协议已于{cdate(agreement.terminated_on)}终止，原因：{reason}。")


def _need_of_void(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    voiding = agreement.voiding
    return Need(f"您现在不需要操作。备案已于{cdate(voiding.voided_on)}作废，原因：{voiding.reason}。")


def _need_of_abandoned(agreement: Agreement, role: str, on: date, pack: PolicyPack) -> Need:
    given_up = agreement.abandonment
    return Need(
        f"您现在不需要操作。{agreement.sender}已于{cdate(given_up.abandoned_on)}放弃这份协议，原因：{given_up.reason}。"
    )


def ended_on(agreement: Agreement, *, on: date) -> date | None:
    """The day on which it was over: ended, voided, given up, or past its last day; None while it is alive."""
    status = AgreementStatus(agreement.status)
    if status == AgreementStatus.VOID:
        return agreement.voiding.voided_on
    if status == AgreementStatus.ABANDONED:
        return agreement.abandonment.abandoned_on
    if status == AgreementStatus.TERMINATED:
        return agreement.terminated_on
    if status != AgreementStatus.FILED or agreement.service_end is None:
        return None
    day = agreement.terminated_on or agreement.service_end
    return day if agreement.last_day < on else None


# --- what was done and what comes next --------------------------------------------------------------------------------


def timeline(agreement: Agreement, *, on: date) -> list[dict[str, Any]]:
    """For components/progress.html: signing, handing in, review, filing, service; another year than this is said."""
    status = AgreementStatus(agreement.status)
    # In Python, so that rows fetched beforehand for many agreements are used.
    signed = {signature.party: signature.signed_on for signature in agreement.signatures.all()}
    last_signed = max(signed.values(), default=None)
    is_signed = len(signed) == len(Party)
    handed_in = status not in AgreementStatus.editable

    def when(day: date | None) -> str:
        return "" if day is None else shortdate(day) if day.year == on.year else cdate(day)

    unit = str(agreement.institution) if agreement.institution else "市科技局"
    if status == AgreementStatus.VOID:
        voiding = agreement.voiding
        number = f"备案号 {voiding.filing_number}"
        return [
            {"state": "done", "title": "备案完成", "detail": number, "when": when(voiding.filed_on)},
            {"state": "done", "title": "备案作废", "detail": voiding.reason, "when": when(voiding.voided_on)},
        ]
    if status == AgreementStatus.ABANDONED:
        given_up = agreement.abandonment
        signing = {"state": "done", "title": "三方签署", "detail": "", "when": when(last_signed)}
        closed = {"state": "done", "title": "放弃协议", "detail": given_up.reason, "when": when(given_up.abandoned_on)}
        return [*([signing] if is_signed else []), closed]
    if agreement.is_past:
        about = f"原备案号 {agreement.filing_number}，在平台启用前备案"
        filed = {"state": "done", "title": "备案（历史导入）", "detail": about, "when": when(agreement.filed_on)}
        return [filed, *_service(agreement, on=on)]
    items = [
        {
            "state": _state(is_signed, not is_signed),
            "title": "三方签署",
            "detail": "三方签字盖章，上传扫描件" if not is_signed else "已签署",
            "when": when(last_signed if is_signed else None),
        },
        {
            "state": _state(handed_in, not handed_in and is_signed),
            "title": "退回补正" if status == AgreementStatus.RETURNED else f"{agreement.sender}提交",
            "detail": f"{unit}正在修改" if status == AgreementStatus.RETURNED else unit,
            "when": when(agreement.submitted_on) if handed_in else "",
        },
        {
            "state": _state(agreement.filed_on is not None, status == AgreementStatus.SUBMITTED),
            "title": "市科技局审核",
            "detail": "正在核对协议内容" if status == AgreementStatus.SUBMITTED else "",
            "when": when(agreement.filed_on),
        },
        {
            "state": _state(agreement.filed_on is not None, False),
            "title": "备案完成",
            "detail": f"备案号 {agreement.filing_number}" if agreement.filing_number else "生成备案号，可下载备案证明",
            "when": when(agreement.filed_on),
        },
    ]
    return [*items, *_service(agreement, on=on)]


def _state(done: bool, now: bool) -> str:
    return "done" if done else "now" if now else "next"


def _service(agreement: Agreement, *, on: date) -> list[dict[str, Any]]:
    """Its beginning and its end; nothing while nobody has said when."""
    if agreement.service_start is None or agreement.service_end is None:
        return []
    filed, begun = agreement.status in AgreementStatus.once_filed, agreement.service_start <= on
    over = filed and agreement.last_day < on
    ended = agreement.status == AgreementStatus.TERMINATED or (agreement.is_to_end and over)
    what = "提前终止" if ended else "将提前终止" if agreement.is_to_end else "服务期满" if over else "服务中"
    return [
        {
            "state": _state(filed and begun, False),
            "title": "开始服务",
            "detail": f"{cdate(agreement.service_start)}起",
        },
        {
            "state": _state(over or ended, filed and not over and begun),
            "title": what if filed else "服务期满",
            "detail": cdate(agreement.terminated_on)
            if agreement.terminated_on
            else f"至{cdate(agreement.service_end)}",
        },
    ]


# --- the specialist's own ---------------------------------------------------------------------------------------------


def my_agreements(membership: Membership, *, on: date) -> list[Standing]:
    """The live matters of a specialist, what is under way first: for the phone page and the home page."""
    rows = (
        Agreement.objects.visible_to(membership)
        .select_related(
            "registration",
            "specialist",
            "institution__organization",
            "host__organization__district",
            "pack",
            "renewal",
            "certificate",
            "voiding",
            "abandonment",
        )
        .prefetch_related("signatures", "refusals", "amendments")
        .order_by("-pk")
    )
    pack, barred = PolicyPack.in_force(on=on), barred_on(membership, on=on)
    mine = [
        standing(agreement, reader=membership, on=on, pack=agreement.pack or pack, barred=barred) for agreement in rows
    ]
    urgency = {"returned": 0, "wait": 1, "expiring": 2, "ok": 3}
    return sorted(mine, key=lambda one: urgency.get(one.tone, 4))

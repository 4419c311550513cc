"""待办工作: what the city bureau has before it, and how the year stands."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Value
from django.urls import reverse
from markupsafe import Markup

from accounts.enums import Role
from accounts.matrix import matrix
from accounts.models import Membership
from accounts.queries import flags_in
from agreements.archiving import queries as archiving
from agreements.archiving.plan import plan_in
from agreements.departing import services as departing
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.progress import REVIEW_DAYS
from agreements.views.listing import queue
from assessments.enums import AssessmentStatus
from assessments.models import Assessment
from assessments.services import ACT
from core import calendar
from core.approvals import waiting_for
from core.jinja import cdate, shortdate
from core.models import PolicyPack
from desk import queries
from desk.figures import Figure, rows
from desk.homes.shared import district_map, gauges, link, near_dates, soonest_first, spending, today_in_words
from funding.models import ReversalRequest
from specialists.enums import Category, RegistrationStatus
from specialists.models import Registration, Team

SHOWN = 9
NOTICE_APPEARS = timedelta(days=60)  # before its year begins
YEAR = "year"  # of what waits to be archived


def home(hat: Membership, on: date) -> tuple[str, dict[str, Any]]:
    pack = PolicyPack.in_force(on=on)
    waiting = queries.waiting_agreements(hat, on=on, pack=pack)
    round_ = queries.running_round(hat)
    table = queue(hat, on=on, size=SHOWN)
    reviews = hat.role in (Role.BUREAU_OFFICER, Role.DIVISION_HEAD)
    context = {
        "said": f"{today_in_words(on)}　·　承诺办理时限 {pack.setting(REVIEW_DAYS)} 个工作日，"
        f"今日到期 {waiting['today']} 件",
        "figures": _figures(hat, waiting, round_),
        "queue": table,
        "queue_total": waiting["submitted"],
        "chips": _chips(waiting),
        "start": table.lines[0].href if reviews and table.lines else "",
        "plan": gauges(on.year, on=on, pack=pack),
        "districts": district_map(hat, on=on),
        "spending": spending(hat, on=on),
        "dates": soonest_first(
            near_dates(hat, round_, on=on, due_today=waiting["today"]),
            *_beside(hat, on=on, pack=pack),
            _calendar_to_enter(hat, on=on),
        ),
        "year": on.year,
    }
    return "desk/bureau.html", context


def _figures(hat: Membership, waiting: dict[str, Any], round_: queries.Round | None) -> list[Figure]:
    return [
        Figure(
            "协议待审核",
            waiting["submitted"],
            rows("agreements:list", status="submitted"),
            note=f"已超期 {waiting['over']}" if waiting["over"] else "均在时限内",
            definition="派出单位已提交、等待市科技局审核备案的协议",
            current=True,  # it is what the page shows below
        ),
        Figure(
            "即将超期",
            waiting["soon"],
            rows("agreements:list", due="soon"),
            note=f"其中今日到期 {waiting['today']}",
            hot=True,
            definition="剩余时限不超过1个工作日的待审核协议，含已超期的",
        ),
        Figure(
            "补正后返回",
            waiting["again"],
            rows("agreements:list", again=1),
            note=f"最早 {shortdate(waiting['first_again'])}" if waiting["again"] else "",
            definition="曾退回补正、派出单位重新提交的待审核协议",
        ),
        _registrations(hat),
        _teams(hat),
        Figure(
            "考核待审定",
            round_.submitted if round_ else 0,
            rows("assessments:list", year=round_.campaign.year if round_ else None, status="submitted"),
            note=_assessments_note(hat, round_),
            definition="派出单位已提交意见、等待市科技局审定的考核",
        ),
    ]


def _beside(hat: Membership, *, on: date, pack: PolicyPack) -> tuple[list[dict[str, str | Markup]], ...]:
    """What waits for a word beside the queues, where this hat may give it: declarations of hosts, agreements of who
    left; what the bureau does itself for whom it appoints directly (A6); and years to be archived. One question."""
    flags, left = flags_in("pending", hat, on=on).order_by(), departing.to_decide(on=on).order_by()
    drafts = Agreement.objects.dispatched_by(hat).filter(status__in=AgreementStatus.editable)
    unscored = Assessment.objects.filter(institution=None, status__in=AssessmentStatus.editable)
    asked = [
        rows_of.values_list(Value(name), "pk")
        for rows_of, name, act in (
            (flags, "accounts:host-flags", "host.verify"),
            (left, "agreements:departures", "departure.decide"),
            (drafts, "agreements:new", "agreement.draft"),
            (unscored, "assessments:list", "assessment.score"),
            (archiving.to_check(hat), "agreements:archives", "archive.close"),
            (ReversalRequest.objects.awaiting(hat), "funding:reversals", "reversal.decide"),
        )
        if matrix().may(hat.role, act)
    ]
    if matrix().may(hat.role, "archive.prepare"):
        asked.append(archiving.to_arrange(on=on, pack=pack).values_list(Value(YEAR), "filed").order_by().distinct())
    found = [*asked[0].union(*asked[1:], all=True)] if asked else []
    waiting = Counter(name for name, _ in found)
    words = {
        "accounts:host-flags": "家派驻单位的企业标识待核实",
        "agreements:departures": "份协议的特派员已登记离职，待决定是否终止",
        "agreements:new": "份直接聘请的协议还没有提交审核",
        "assessments:list": "名直接聘请人员的考核待市科技局评分",
        "agreements:archives": "个年度的归档待检查",
        "funding:reversals": "笔拨付的冲红申请待复核",
    }
    only = {"agreements:archives": {"state": "check"}, "funding:reversals": {"mine": "1"}}
    items: list[dict[str, str | Markup]] = [
        {
            "day": shortdate(on),
            "iso": on.isoformat(),
            "words": link(f"{waiting[name]} {said}", rows(name, **only.get(name, {}))),
        }
        for name, said in words.items()
        if waiting[name]
    ]
    years = sorted(int(year) for name, year in found if name == YEAR)  # beside keys it comes as a decimal
    return items, _years_to_arrange(years, on=on, pack=pack)


def _calendar_to_enter(hat: Membership, *, on: date) -> list[dict[str, str | Markup]]:
    """The notice of the coming year appears in the autumn before; deadlines that reach over the turn of the year need it."""
    missing = calendar.missing_years(on, on + NOTICE_APPEARS) if matrix().may(hat.role, "holiday.edit") else []
    return [
        {
            "day": shortdate(on),
            "iso": on.isoformat(),
            "words": link(f"{year}年放假安排待录入，暂按周六、周日休息计算工作日", reverse("desk:holidays")),
        }
        for year in missing
    ]


def _years_to_arrange(years: Sequence[int], *, on: date, pack: PolicyPack) -> list[dict[str, str | Markup]]:
    """Years to be archived by a day that comes near or is past, the earliest first."""
    if not years:
        return []
    plan = plan_in(pack)
    due = [plan.due_on(year) for year in years]
    late = sum(day < on for day in due)
    said = f"期限 {cdate(due[0])}" if not late else "已过期限" if late == len(due) else f"其中 {late} 个已过期限"
    words = link(f"{len(due)} 个年度的备案协议待整理归档，{said}", rows("agreements:archives", state="due"))
    day = max(due[0], on)
    return [{"day": shortdate(day), "iso": day.isoformat(), "words": words}]


def _assessments_note(hat: Membership, round_: queries.Round | None) -> str:
    if round_ is None:
        return "尚未发起"
    own = "" if hat.role == Role.BUREAU_ADMIN else f"其中待您办理 {waiting_for(ACT, hat.role).count()}，"
    return f"{own}截止 {shortdate(round_.campaign.bureau_due)}"


def _registrations(hat: Membership) -> Figure:
    """What waits for this role's own step; the administrator, who takes none, sees all that wait."""
    seen = Registration.objects.visible_to(hat)
    if hat.role == Role.BUREAU_ADMIN:
        waiting = seen.filter(status=RegistrationStatus.SUBMITTED).count()
        return Figure(
            "登记待审核", waiting, rows("specialists:list", status="submitted"), definition="全部待审核的登记"
        )
    step = "经办" if hat.role == Role.BUREAU_OFFICER else "负责人"
    return Figure(
        "登记待审核",
        seen.awaiting(hat.role).count(),
        rows("specialists:list", mine=1),
        note=f"{step}环节",
        definition="等待您的身份办理这一步的特派员登记",
    )


def _teams(hat: Membership) -> Figure:
    """What waits for this role's own step, as for registrations; beside it the teams that lost a member."""
    seen = Team.objects.visible_to(hat)
    short = seen.short_handed().count()
    note = f"另有缺员 {short} 个" if short else ""
    if hat.role == Role.BUREAU_ADMIN:
        waiting = seen.filter(status=RegistrationStatus.SUBMITTED).count()
        url = rows("specialists:teams", status="submitted")
        return Figure("团队待审核", waiting, url, note=note, definition="全部待审核的团队")
    return Figure(
        "团队待审核",
        seen.awaiting(hat.role).count(),
        rows("specialists:teams", mine=1),
        note=note,
        definition="等待您的身份办理这一步的团队登记",
    )


def _chips(waiting: dict[str, Any]) -> list[dict[str, Any]]:
    """The queue by category: a choice that has nothing in it is not offered."""
    everything = reverse("agreements:list")
    chips = [
        {"label": "全部类别", "url": f"{everything}?status=submitted", "count": waiting["submitted"], "current": True}
    ]
    return chips + [
        {
            "label": category.label,
            "url": rows("agreements:list", status="submitted", category=category.value),
            "count": waiting[category.value],
        }
        for category in Category
        if waiting[category.value]
    ]

"""What ends, stays open or becomes free when an agreement ends before its time. Only told: the end itself changes nothing
but what `terminate_agreement` says."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from hashlib import sha256

from django.urls import reverse

from agreements import rules
from agreements.cases import Case
from agreements.departing.effects import Effect
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.services.holding import pack_beside
from core.jinja import cdate
from specialists.enums import ChangeStatus

MOVE_WAITS = "待审核的改派申请"
Finder = Callable[[Agreement, date], list[Effect]]
_finders: list[Finder] = []


def finds_what_ends(finder: Finder) -> Finder:
    """Register what an app above knows of the agreement."""
    _finders.append(finder)
    return finder


def effects_of_ending(agreement: Agreement, *, on: date) -> list[Effect]:
    """Of an agreement that is filed; one that is over or ended already has none."""
    if agreement.status != AgreementStatus.FILED:
        return []
    return [effect for finder in _finders for effect in finder(agreement, on)]


def mark_of(effects: Iterable[Effect], *, on: date) -> str:
    """What a form and a program send back of what they were shown of that day."""
    told = [on.isoformat(), *((one.label, one.words, one.then) for one in effects)]
    return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:32]


@finds_what_ends
def service(agreement: Agreement, on: date) -> list[Effect]:
    last = on - rules.ONE_DAY
    assert agreement.service_start
    words = f"服务至{cdate(last)}" if last >= agreement.service_start else "服务尚未开始，不再开始"
    then = f"原截止日{cdate(agreement.service_end)}和备案号保留，此后的服务不能登记、不计补助"
    return [Effect("服务期限", words, agreement.get_absolute_url(), then)]


@finds_what_ends
def years(agreement: Agreement, on: date) -> list[Effect]:
    """R19, A2: a year that the service no longer reaches is free; one that it has begun is the bureau's to move (改派)."""
    held = [*agreement.yearly_hosts.order_by("year").values_list("year", flat=True)]
    last = on - rules.ONE_DAY
    page = agreement.get_absolute_url()
    assert agreement.service_start
    reached = [year for year in held if agreement.service_start <= last and year <= last.year]
    free = [year for year in held if year not in reached]
    found = []
    if free:
        found.append(Effect("可另签单位的年度", _years(free), page, "可以直接与其他单位签约"))
    if reached:
        found.append(Effect("已服务的年度", _years(reached), page, "当年改签其他单位，须由市科技局改派"))
    return found


@finds_what_ends
def place_at_the_host(agreement: Agreement, on: date) -> list[Effect]:
    """R23: at a host with a cap a place becomes free, of a team's agreement one for each member."""
    case = Case(agreement, on=on)
    entry = (agreement.pack or pack_beside(agreement.registration)).entry("E-CAP5")
    if case.capped_as(entry) is None:
        return []
    cap, going = entry.params["cap"], {case.stay.person, *(stay.person for stay in case.companions)}
    staying = rules.most_on_one_day(case.stays_beside, start=on, end=case.end) if case.end >= on else 0
    words = f"{len(going)}人离开，期内还有{staying}人（原则上不超过{cap}人）"
    page = f"{reverse('agreements:list')}?host={agreement.host}"
    then = f"还可以接受{cap - staying}人" if staying < cap else "仍已满员，再接受须由市科技局填写例外说明"
    return [Effect("派驻单位名额", words, page, then)]


@finds_what_ends
def team(agreement: Agreement, on: date) -> list[Effect]:
    """R5: the team goes on, as long as it is one."""
    if agreement.team is None:
        return []
    least = pack_beside(agreement.registration).entry("E-TEAM-SIZE").params["min"]
    qualified = sum(mate.is_qualified for mate in Case(agreement, on=on).mates)
    then = "团队保留，可以另签协议" if qualified >= least else f"低于{least}人，须先补充成员才能另签协议"
    page = reverse("specialists:team-detail", args=[agreement.team_id])
    return [Effect(f"团队“{agreement.team.name}”", f"现有有效成员{qualified}人", page, then)]


@finds_what_ends
def extension(agreement: Agreement, on: date) -> list[Effect]:
    renewal = Agreement.objects.filter(renews=agreement).exclude(status=AgreementStatus.TERMINATED).first()
    if renewal is None:
        return []
    words = AgreementStatus(renewal.status).label
    if renewal.is_to_end:
        words = f"将于{cdate(renewal.terminated_on)}终止"
    elif renewal.status == AgreementStatus.FILED:
        words = f"已备案，服务自{cdate(renewal.service_start)}至{cdate(renewal.service_end)}"
    return [Effect(f"续签协议 {renewal}", words, renewal.get_absolute_url(), "不随原协议终止，须另行处理")]


@finds_what_ends
def requests(agreement: Agreement, on: date) -> list[Effect]:
    """What is asked about it and not decided is taken back with it."""
    asked = (
        ("待审核的变更申请", agreement.amendments, "agreements:amendments"),
        (MOVE_WAITS, agreement.moves, "agreements:moves"),
    )
    return [
        Effect(what, "1件", reverse(page), "随协议终止撤回，不再审核")
        for what, rows, page in asked
        if rows.filter(status=ChangeStatus.OPEN).exists()
    ]


def _years(years: list[int]) -> str:
    return "、".join(f"{year}年度" for year in years)

"""本单位: what is to be done, returned first; how far the season has come; who and what comes to an end."""

from datetime import date
from typing import Any

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from assessments.enums import AssessmentStatus
from assessments.models import Assessment
from core.jinja import cdate, money, shortdate
from core.models import PolicyPack
from desk import queries
from desk.figures import Figure, people, rows
from desk.homes.shared import link, today_in_words
from desk.queries import Round
from funding import queries as funding_queries
from funding.enums import BatchStatus
from funding.models import Account, PaymentBatch, ReversalRequest
from specialists import teams
from specialists.changes.models import ChangeRequest
from specialists.enums import RegistrationStatus
from specialists.models import Registration, Team

SHOWN = 6


def home(hat: Membership, on: date) -> tuple[str, dict[str, Any]]:
    year = PolicyPack.in_force(on=on).setting("registration.call_year")
    papers = queries.own_agreements(hat, on=on)
    registered = queries.own_registrations(hat, year=year)
    round_ = queries.running_round(hat)
    account = next(iter(funding_queries.accounts_of(Account.objects.visible_to(hat), on.year)), None)
    batches: list[Any] = list(
        PaymentBatch.objects.visible_to(hat)
        .filter(status__in=(BatchStatus.SUBMITTED, BatchStatus.RETURNED))
        .values("id", "status", "total_fen", "maker_id", "maker__name", "return_opinion")
        .order_by("status", "id")[:SHOWN]
    )
    context = {
        "said": f"{today_in_words(on)}　·　{hat.organization}",
        "figures": _figures(papers, registered),
        "todo": _to_do(hat, papers, registered, round_, batches, on=on),
        "season": _season(papers, registered, round_, account, year=year, on=on),
        "ending": _ending(hat, on=on),
        "money": _money(account, on.year),
        "year": on.year,
    }
    return "desk/institution.html", context


def _figures(papers: dict[str, Any], registered: dict[str, int]) -> list[Figure]:
    return [
        Figure(
            "协议退回补正",
            papers["returned"],
            rows("agreements:list", status="returned"),
            hot=True,
            definition="市科技局退回、等待本单位修改后重新提交的协议",
        ),
        Figure(
            "登记退回补正",
            registered["returned_ever"],
            rows("specialists:list", status="returned"),
            hot=True,
            definition="市科技局退回、等待本单位补充的特派员登记",
        ),
        Figure("协议草稿", papers["drafts"], rows("agreements:list", status="draft"), definition="尚未提交的协议"),
        Figure(
            "待市科技局审核",
            papers["submitted"],
            rows("agreements:list", status="submitted"),
            definition="已提交、等待审核备案的协议",
        ),
        Figure(
            "在岗特派员",
            papers["in_service"],
            people("in_service"),
            note="人",
            definition="今天在已备案协议服务期内的本单位人员",
        ),
        Figure(
            "60天内到期",
            papers["ending"],
            rows("agreements:list", due="ending"),
            definition="服务期在60天内结束的已备案协议",
        ),
    ]


def _to_do(
    hat: Membership,
    papers: dict[str, Any],
    registered: dict[str, int],
    round_: Round | None,
    batches: list[dict[str, Any]],
    *,
    on: date,
) -> list[dict[str, str]]:
    """Each with where to do it; what came back stands first, with the words of who sent it."""
    items = []
    if papers["returned"]:
        returned = Agreement.objects.visible_to(hat).filter(status=AgreementStatus.RETURNED)
        for row in returned.values("id", "specialist__name", "return_opinion").order_by("submitted_on")[:SHOWN]:
            url = reverse("agreements:edit", args=[row["id"]])
            title = f"修改退回的协议 D-{row['id']}（{row['specialist__name']}）"
            items.append(
                {"title": title, "detail": f"退回意见：{row['return_opinion']}", "url": url, "tone": "returned"}
            )
    if registered["returned_ever"]:
        back = Registration.objects.visible_to(hat).filter(status=RegistrationStatus.RETURNED)
        for row in back.values("id", "specialist__name", "return_opinion").order_by("submitted_on")[:SHOWN]:
            url = reverse("specialists:edit", args=[row["id"]])
            title = f"补充退回的登记（{row['specialist__name']}）"
            items.append(
                {"title": title, "detail": f"退回意见：{row['return_opinion']}", "url": url, "tone": "returned"}
            )
    items += _teams(hat, on=on)
    if round_ and round_.returned:
        sheets = Assessment.objects.visible_to(hat).filter(status=AssessmentStatus.RETURNED)
        for row in sheets.values("id", "specialist__name", "return_opinion").order_by("id")[:SHOWN]:
            url = reverse("assessments:detail", args=[row["id"]])
            title = f"修改退回的考核意见（{row['specialist__name']}）"
            items.append(
                {"title": title, "detail": f"退回意见：{row['return_opinion']}", "url": url, "tone": "returned"}
            )
    for batch in batches:
        url = reverse("funding:batch", args=[batch["id"]])
        if batch["status"] == BatchStatus.RETURNED:
            detail = f"退回意见：{batch['return_opinion']}"
            items.append({"title": f"修改发放批次 P-{batch['id']}", "detail": detail, "url": url, "tone": "returned"})
        elif batch["maker_id"] != hat.person_id:
            title = f"复核发放批次 P-{batch['id']}，{money(batch['total_fen'])} 元"
            items.append({"title": title, "detail": f"{batch['maker__name']}提交", "url": url, "tone": "wait"})
    items += _reversals(hat)
    if hat.role == Role.INSTITUTION_ADMIN and (asked := ChangeRequest.objects.awaiting(hat).count()):
        url = rows("specialists:changes", mine=1)
        items.append({"title": f"审核 {asked} 份变更申请", "detail": "核对证明材料后同意", "url": url, "tone": "wait"})
    if round_ and round_.open:
        title = f"填写 {round_.open} 人的{round_.campaign.year}年度考核意见"
        detail = f"{cdate(round_.campaign.institution_due)}截止"
        items.append(
            {
                "title": title,
                "detail": detail,
                "url": rows("assessments:list", year=round_.campaign.year, status="open"),
                "tone": "wait",
            }
        )
    if papers["drafts"]:
        url = rows("agreements:list", status="draft")
        items.append(
            {"title": f"完成 {papers['drafts']} 份协议草稿并提交备案", "detail": "", "url": url, "tone": "draft"}
        )
    if registered["drafts_ever"]:
        url = rows("specialists:list", status="draft")
        items.append(
            {"title": f"完成 {registered['drafts_ever']} 份登记草稿并提交", "detail": "", "url": url, "tone": "draft"}
        )
    return items


def _reversals(hat: Membership) -> list[dict[str, str]]:
    """What a colleague asks to reverse and waits for this person's word."""
    waiting = ReversalRequest.objects.awaiting(hat).select_related("asker", "entry__claim__specialist")
    return [
        {
            "title": f"复核冲红申请（{one.entry.claim.specialist}），{money(one.entry.claim.amount_fen)} 元",
            "detail": f"{one.asker}申请：{one.reason}",
            "url": reverse("funding:entry", args=[one.entry_id]),
            "tone": "wait",
        }
        for one in waiting.order_by("pk")[:SHOWN]
        if one.entry.claim
    ]


def _teams(hat: Membership, *, on: date) -> list[dict[str, str]]:
    """Teams that came back, that lost a member, that are not handed in yet."""
    own = Team.objects.visible_to(hat)
    items = [
        {
            "title": f"补充退回的团队登记（{team.name}）",
            "detail": f"退回意见：{team.return_opinion}",
            "url": reverse("specialists:team-edit", args=[team.pk]),
            "tone": "returned",
        }
        for team in own.filter(status=RegistrationStatus.RETURNED).order_by("submitted_on", "pk")[:SHOWN]
    ]
    for team in own.short_handed().select_related("pack").order_by("pk")[:SHOWN]:
        if finding := teams.gap(team, on=on):
            url = reverse("agreements:team-change", args=[team.pk])
            title = f"更换成员（{team.name}）"
            items.append({"title": title, "detail": finding.message, "url": url, "tone": "returned"})
    if drafts := own.filter(status=RegistrationStatus.DRAFT).count():
        url = rows("specialists:teams", status="draft")
        items.append({"title": f"完成 {drafts} 份团队登记草稿并提交", "detail": "", "url": url, "tone": "draft"})
    return items


def _season(
    papers: dict[str, Any],
    registered: dict[str, int],
    round_: Round | None,
    account: Any,
    *,
    year: int,
    on: date,
) -> list[dict[str, str]]:
    """登记 → 协议 → 考核 → 经费, for components/progress.html."""
    selected, filed = registered["approved"], papers["persons_filed"]
    waiting = registered["submitted"] + registered["returned"] + registered["draft"]
    proposed = registered["proposed"]
    steps = [
        {
            "title": f"{year}年度登记",
            "detail": f"已入选 {selected} 人"
            + (f"，拟选派 {proposed} 人" if proposed else "")
            + (f"，办理中 {waiting} 人" if waiting else ""),
            "state": "done" if selected and not waiting and not proposed else "now",
        },
        {
            "title": "签订协议并备案",
            "detail": f"本年度已备案 {filed} 人"
            + (f"，审核中 {papers['submitted']} 份" if papers["submitted"] else ""),
            "state": "done" if filed >= selected > 0 else "now" if selected else "next",
        },
    ]
    if round_ and round_.assessed:
        all_in = not (round_.open or round_.returned)
        steps.append(
            {
                "title": f"{round_.campaign.year}年度考核",
                "detail": f"已提交 {round_.handed_in} / {round_.assessed} 人",
                "state": "done" if all_in else "now",
                "when": f"{shortdate(round_.campaign.institution_due)}截止",
            }
        )
    else:
        steps.append({"title": "年度考核", "detail": "市科技局发起后在这里填写", "state": "next"})
    given, paid = (account["given_fen"], account["paid_fen"]) if account else (0, 0)
    steps.append(
        {
            "title": "专项经费",
            "detail": f"已拨付 {money(given)} 元，已发放 {money(paid)} 元" if given else "市科技局拨付后按服务记录发放",
            "state": "next" if not given else "done" if given == paid else "now",
        }
    )
    return steps


def _ending(hat: Membership, *, on: date) -> list[tuple[object, ...]]:
    """Whose agreements end within sixty days, and whether an extension is under way."""
    found: Any = queries.ending(hat, on=on).values(
        "id", "filing_number", "specialist__name", "host__organization__name", "service_end", "renewal__status"
    )
    return [
        (
            link(row["filing_number"], reverse("agreements:detail", args=[row["id"]])),
            f"{row['specialist__name']}（{row['host__organization__name']}）",
            f"{cdate(row['service_end'])}（剩{(row['service_end'] - on).days}天）",
            f"续签：{AgreementStatus(row['renewal__status']).label}" if row["renewal__status"] else "尚未续签",
        )
        for row in found[:SHOWN]
    ]


def _money(account: Any, year: int) -> list[tuple[object, ...]]:
    if account is None:
        return []
    entries = {"year": year, "account": account["id"]}
    waiting = rows("funding:batches", year=year, status="submitted")
    return [
        ("拨入", link(money(account["given_fen"]), rows("funding:entries", **entries, flow="given"))),
        (
            "发放",
            link(money(account["paid_fen"]), rows("funding:entries", **entries, flow="paid")),
            f"{account['trips']}人次　{account['people']}人",
        ),
        ("余额", link(money(account["balance_fen"]), rows("funding:entries", **entries))),
        ("待复核", link(money(account["waiting_fen"]), waiting), "批准发放后从余额中支出"),
    ]

"""The list: queue and archive in one table, the query string as its whole state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache, partial
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from markupsafe import Markup

from accounts.doors import HatRequest, can
from accounts.enums import Role
from accounts.lists.bar import bar_of
from accounts.models import Membership, Organization
from agreements.enums import AgreementStatus
from agreements.listed import AGREEMENTS, filters, found_by
from agreements.models import Agreement, CaseHolder, last_day, matter
from agreements.progress import REVIEW_DAYS, SOON, review_days_left, word_and_tone
from agreements.signing.standing import chips_of_row, columns_of_rows
from core.jinja import NOTHING, cdate, shortdate
from core.tables import Column, Keyset, Row, Table, address, addresses
from specialists.enums import Category
from specialists.models import Team

CATEGORIES = dict(Category.choices)


def listing(request: HatRequest) -> HttpResponse:
    hat, on = request.membership, localdate()
    form = filters(request.GET, hat)
    bar = bar_of(request, AGREEMENTS, form)
    if isinstance(bar, HttpResponse):
        return bar
    drafting = can(hat, "agreement.draft")
    found = found_by(form, hat, on)
    reviewing = can(hat, "agreement.review")
    # Who deals with a case is told where cases are dealt with; elsewhere it would be a question too many for each row.
    with_holder = reviewing and form.wanted.get("status") in (AgreementStatus.SUBMITTED, AgreementStatus.RETURNED)
    rows = _values(found, with_holder=with_holder)
    table = Table(
        columns=_columns(hat, on=on),
        rows=Keyset(rows, sorts=AGREEMENTS.sorts, query=request.GET, counted=found),
        caption="协议列表",
        query=request.GET,
        row_href=_opens(hat, mine="mine" in form.wanted),
        select="agreement" if reviewing and form.wanted.get("status") == AgreementStatus.SUBMITTED else "",
        empty="还没有协议。" if drafting else "还没有提交的协议。",
        empty_action={"url": reverse("agreements:new"), "label": "新建协议"}
        if drafting and hat.role not in Role.bureau
        else None,
        empty_filtered="没有符合条件的协议。",
        everything=bar.everything,
    )
    context = {
        "table": table,
        "bar": bar,
        "form": form,
        "chips": _chips(request.GET, hat),
        "whose": _whose(request.GET) if with_holder or "mine" in form.wanted else [],
        "drafting": drafting,
        "appoints": hat.role in Role.bureau,
        "may_merge": can(hat, "papers.merge"),
    }
    return render(request, "agreements/list.html", context)


def queue(hat: Membership, *, on: date, size: int) -> Table:
    """What waits for review, the longest waiting first: the head of the list, for the home page."""
    waiting = Agreement.objects.visible_to(hat).filter(status=AgreementStatus.SUBMITTED)
    opens = _opens(hat)
    looks: dict[str, dict[str, Any]] = {
        "institution_name": {
            "sub": lambda row: f"{shortdate(row['submitted_on'])} 提交",
            "phone": "hide",
        },
        "submitted_on": {"phone": "aside", "sort": ""},
    }
    told = ("status", "signed")  # of each the same: submitted, and so signed by all three
    columns = [
        replace(column, **looks.get(column.key, {})) for column in _columns(hat, on=on) if column.key not in told
    ]
    if can(hat, "agreement.review"):
        columns.append(
            Column("id", "操作", cell=lambda row: "审核", href=opens, button=True, align="end", phone="hide")
        )
    return Table(
        columns=columns,
        rows=[*_values(waiting).order_by("submitted_on", "id")[:size]],
        caption="待审核的协议，按剩余时限排序",
        row_href=opens,
        empty="待审核的协议已全部办结。",
        id="queue",
    )


def _values(agreements: QuerySet[Agreement], *, with_holder: bool = False) -> QuerySet[Agreement, Any]:
    """Plain values of one statement: what the columns show and nothing else.

    The units' names are asked for row by row: as joins they would be four tables more, and cost more to plan than to read.
    """
    holder = CaseHolder.objects.filter(agreement=OuterRef("pk")).values("officer__person__name")
    more = {"holder": Subquery(holder)} if with_holder else {}
    return agreements.values(
        "id",
        "filing_number",
        "status",
        "renews_id",
        "is_past",
        "document_number",
        "submitted_on",
        "service_start",
        "service_end",
        "terminated_on",
        "registration__category",
        "specialist__name",
        host_name=_name_of("host_id"),
        institution_name=_name_of("institution_id"),
        team_name=Subquery(Team.objects.filter(pk=OuterRef("team_id")).values("name")),
        **columns_of_rows(),
        **more,
        review_days=F(f"pack__settings__{REVIEW_DAYS.replace('.', '__')}"),  # of the pack that it was handed in under
    )


def _name_of(unit: str) -> Subquery:
    return Subquery(Organization.objects.filter(pk=OuterRef(unit)).values("name"))


def _columns(hat: Membership, *, on: date) -> list[Column]:
    left = cache(partial(review_days_left, on=on))  # many rows were handed in on the same day
    opens = _opens(hat)

    def state(row: Row) -> tuple[str, str]:
        return word_and_tone(
            row["status"],
            start=row["service_start"],
            end=row["service_end"],
            on=on,
            soon=SOON.days,
            terminated_on=row["terminated_on"],
        )

    def time_left(row: Row) -> object:
        if row["status"] == AgreementStatus.SUBMITTED:
            return _due(left(row["submitted_on"], row["review_days"]))
        if row["status"] != AgreementStatus.FILED:
            return NOTHING
        return f"至{cdate(last_day(row['service_end'], row['terminated_on']))}"

    columns = [
        Column(
            "filing_number",
            "编号 / 事项",
            cell=lambda row: row["filing_number"] or f"D-{row['id']}",
            sub=_matter,
            href=opens,
            nowrap=True,
        ),
        Column(
            "specialist__name",
            "特派员 / 派驻单位",
            cell=lambda row: (
                f"{row['specialist__name']} · {CATEGORIES[row['registration__category']]}"
                + (" · 团队" if row["team_name"] else "")
            ),
            sub=lambda row: "　".join(filter(None, (row["team_name"], row["host_name"] or "派驻单位未填写"))),
            phone="line",
        ),
        Column(
            "institution_name",
            "派出单位",
            cell=lambda row: row["institution_name"] or "市科技局直接聘请",
            phone="line",
        ),
        Column("signed", "三方签署", cell=chips_of_row, phone="line"),
        Column("submitted_on", "剩余时限", cell=time_left, sort="due", nowrap=True, phone="line"),
        Column(
            "status",
            "状态",
            cell=lambda row: state(row)[0],
            tone=lambda row: state(row)[1],
            sub=lambda row: f"经办人：{row['holder']}" if row.get("holder") else None,
            phone="aside",
        ),
    ]
    own = hat.role in Role.institution
    return [column for column in columns if not (own and column.label == "派出单位")]


def _matter(row: Row) -> str:
    said = matter(is_past=row["is_past"], renews=row["renews_id"])
    return f"{said}　{row['document_number']}".strip() if row["is_past"] else said


@cache  # by the number of days, of which there are few
def _due(days: int) -> Markup:
    """Time left of the promised review, in the words of components/status.html, without a macro call for each row."""
    if days < 0:
        return Markup('<span class="due bad">已超期 {} 个工作日</span>').format(-days)
    if days == 0:
        return Markup('<span class="due bad">今日到期</span>')
    return Markup('<span class="due{}">剩 {} 个工作日</span>').format(" warn" if days == 1 else "", days)


def _opens(hat: Membership, *, mine: bool = False) -> Callable[[Row], str]:
    """Where a row leads: what waits for review opens at the reviewer's desk, everything else as a record."""
    detail = addresses("agreements:detail")
    if not can(hat, "agreement.review"):
        return detail
    desk, more = addresses("agreements:review"), "?mine=1" if mine else ""
    return lambda row: f"{desk(row)}{more}" if row["status"] == AgreementStatus.SUBMITTED else detail(row)


# --- chips -------------------------------------------------------------------------------------------------------------


def _chips(query: QueryDict, hat: Membership) -> list[dict[str, Any]]:
    """One state or all of them, under the other filters as they are."""
    shown = [status for status in AgreementStatus if status != AgreementStatus.DRAFT or can(hat, "agreement.draft")]
    choices = [(None, "全部"), *((status.value, status.label) for status in shown)]
    return [
        {
            "label": label,
            "url": address(query, status=value, after=None, before=None),
            "current": (query.get("status") or None) == value,
        }
        for value, label in choices
    ]


def _whose(query: QueryDict) -> list[dict[str, Any]]:
    """Everyone's cases, or one's own with those of whom one stands in for."""
    return [
        {
            "label": label,
            "url": address(query, mine=value, after=None, before=None),
            "current": (query.get("mine") or None) == value,
        }
        for value, label in ((None, "全部经办人"), ("1", "我办理的"))
    ]

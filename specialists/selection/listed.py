"""The lists of 省级名单, 推荐通知 and 选派名单, each for its page, its saved views and its workbook."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.lists.shown import Filters, as_shown
from accounts.models import Membership
from core.jinja import cdate
from core.sheets import Kind
from core.tables import Column, Row, addresses
from specialists import queries
from specialists.enums import CallStatus, Category, Form, ListStatus, state_of_list
from specialists.forms import ListingFilter, years
from specialists.models import ProvincialListEntry, SelectionCall, SelectionList
from specialists.selection import queries as selecting


def listings(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return queries.listings(ProvincialListEntry.objects.visible_to(hat))


def listing_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("name", "姓名", sub=lambda row: row["id_masked"], sub_label="证件号码", phone="title"),
        Column(
            "year",
            "名单年度",
            cell=lambda row: f"{row['year']}年度",
            sub=lambda row: f"序号{row['row']}" if row["row"] else "",
            nowrap=True,
            apart=(
                Column("year", "名单年度", kind=Kind.NUMBER),
                Column("year_more", "名单序号", cell=lambda row: row["row"], kind=Kind.NUMBER),
            ),
        ),
        Column(
            "valid_to",
            "有效期",
            cell=lambda row: f"{cdate(row['valid_from'])}至{cdate(row['valid_to'])}",
            nowrap=True,
            apart=(
                Column("valid_from", "有效期起", kind=Kind.DATE),
                Column("valid_to", "有效期止", kind=Kind.DATE),
            ),
        ),
        Column("document_number", "公布文号"),
        Column(
            "categories",
            "本市登记",
            cell=lambda row: "、".join(Category(category).label for category in row["categories"]),
            href=lambda row: reverse("specialists:detail", args=[row["registration"]]) if row["registration"] else "",
        ),
    ]


PROVINCIAL = as_shown(
    key="provincial",
    title="省级名单",
    url="specialists:provincial",
    action="provincial.view",
    rows=listings,
    columns=listing_columns,
    filters=ListingFilter,
)


class CallFilters(Filters):
    year = django_filters.ChoiceFilter(label="年度", field_name="year", choices=years, empty_label="全部年度")


def calls(hat: Membership, on: date) -> QuerySet[Any, Any]:
    rows = SelectionCall.objects.visible_to(hat)
    return rows.values("id", "title", "year", "categories", "forms", "opens_on", "closes_on", "status")


def call_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column(
            "title",
            "通知",
            href=addresses("specialists:call"),
            sub=lambda row: f"{row['year']}年度",
            phone="title",
            apart=(
                Column("title", "通知", width=40),
                Column("title_more", "年度", cell=lambda row: row["year"], kind=Kind.NUMBER),
            ),
        ),
        Column("categories", "类别", cell=lambda row: "、".join(Category(one).label for one in row["categories"])),
        Column("forms", "形式", cell=lambda row: "、".join(Form(one).label for one in row["forms"])),
        Column(
            "opens_on",
            "受理期",
            cell=lambda row: f"{cdate(row['opens_on'])}至{cdate(row['closes_on'])}",
            nowrap=True,
            apart=(
                Column("opens_on", "受理开始日期", kind=Kind.DATE),
                Column("closes_on", "受理截止日期", kind=Kind.DATE),
            ),
        ),
        Column(
            "status",
            "状态",
            cell=lambda row: state_of_call(row, on)[0],
            tone=lambda row: state_of_call(row, on)[1],
            phone="aside",
        ),
    ]


def state_of_call(row: Row, on: date) -> tuple[str, str]:
    """What the day makes of a call: its word and tone."""
    if row["status"] == CallStatus.DRAFT:
        return "草稿", "draft"
    if on < row["opens_on"]:
        return "未开始", "info"
    return ("受理中", "ok") if on <= row["closes_on"] else ("已截止", "ended")


CALLS = as_shown(
    key="calls",
    title="推荐通知",
    url="specialists:calls",
    action="call.list",
    rows=calls,
    columns=call_columns,
    filters=CallFilters,
)


class SelectionFilters(CallFilters):
    status = django_filters.ChoiceFilter(label="状态", choices=ListStatus.choices, empty_label="全部状态")


def selections(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return selecting.rows(SelectionList.objects.visible_to(hat))


def selection_columns(hat: Membership, on: date) -> list[Column]:
    counted = [
        Column("persons", "个人", kind=Kind.NUMBER, align="end"),
        Column("teams", "团队", kind=Kind.NUMBER, align="end"),
        Column("open_objections", "未办结异议", kind=Kind.NUMBER, align="end"),
    ]
    return [
        Column(
            "title",
            "名单",
            href=addresses("specialists:list-detail"),
            sub=lambda row: f"{row['year']}年度第{row['number']}批",
            phone="title",
            apart=(
                Column("title", "名单", width=40),
                Column("year", "年度", kind=Kind.NUMBER),
                Column("title_more", "批次", cell=lambda row: row["number"], kind=Kind.NUMBER),
            ),
        ),
        *(counted if hat.role in Role.sees_everything else ()),
        Column(
            "notice_from",
            "公示期",
            cell=lambda row: row["notice_from"] and f"{cdate(row['notice_from'])}至{cdate(row['notice_until'])}",
            nowrap=True,
            apart=(
                Column("notice_from", "公示开始日期", kind=Kind.DATE),
                Column("notice_until", "公示截止日期", kind=Kind.DATE),
            ),
        ),
        Column(
            "document_number",
            "公布文号",
            sub=lambda row: cdate(row["announced_on"]) if row["announced_on"] else "",
            apart=(
                Column("document_number", "公布文号"),
                Column("document_number_more", "公布日期", cell=lambda row: row["announced_on"], kind=Kind.DATE),
            ),
        ),
        Column(
            "status",
            "状态",
            cell=lambda row: state_of_list(row["status"], row["notice_from"], on)[0],
            tone=lambda row: state_of_list(row["status"], row["notice_from"], on)[1],
            phone="aside",
        ),
    ]


SELECTIONS = as_shown(
    key="selections",
    title="选派名单",
    url="specialists:lists",
    action="selection_list.list",
    rows=selections,
    columns=selection_columns,
    filters=SelectionFilters,
)
LISTS = (PROVINCIAL, CALLS, SELECTIONS)

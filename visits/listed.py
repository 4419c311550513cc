"""The list of visits for whoever reads all of it: its page, its saved views, its export."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import QueryDict
from django.utils.timezone import localdate

from accounts.districts import queries as districts
from accounts.enums import Role
from accounts.lists.kinds import Field, Listed
from accounts.lists.shown import DigitsFilter, Filters
from accounts.models import Membership, in_county
from core.forms import DateField
from core.search import by_name
from core.sheets import Kind
from specialists.forms import NameFilter
from visits.enums import Mode, VisitStatus
from visits.models import Visit, VisitAttendance

# Filters that could have one value only.
KNOWN = {
    Role.HOST_CONTACT: ("host", "district"),
    Role.COUNTY_OFFICER: ("district",),
    Role.SPECIALIST: ("unit", "district"),
}


class DayFilter(django_filters.Filter):
    field_class = DateField


class CameFilter(django_filters.CharFilter):
    """By a name among those who came, as `by_name` finds it: never the one who signed for a team."""

    def filter(self, rows: QuerySet[Visit], value: str) -> QuerySet[Visit]:
        came = VisitAttendance.objects.filter(by_name(value, of="specialist__"))
        return rows.filter(pk__in=came.values("visit")) if value else rows


class CountyFilter(django_filters.ChoiceFilter):
    def filter(self, rows: QuerySet[Visit], value: str) -> QuerySet[Visit]:
        return rows.filter(in_county(value, path="agreement__host__organization__district")) if value else rows


class VisitFilters(Filters):
    status = django_filters.ChoiceFilter(label="状态", choices=VisitStatus.choices, widget=forms.HiddenInput)
    year = DigitsFilter(label="年度", field_name="date__year", regex="^20[0-9]{2}$", widget=forms.HiddenInput)
    q = CameFilter(label="参加人员")
    unit = NameFilter(label="派出单位", field_name="agreement__institution__organization__", anywhere=True)
    host = NameFilter(label="派驻单位", field_name="agreement__host__organization__", anywhere=True)
    district = CountyFilter(label="县（市、区）", choices=districts.choices, empty_label="全部")
    since = DayFilter(label="服务日期起", field_name="date", lookup_expr="gte")
    until = DayFilter(label="服务日期止", field_name="date", lookup_expr="lte")

    def __init__(self, query: QueryDict, rows: "QuerySet[Any, Any]", *, hat: Membership, on: date) -> None:
        super().__init__(query, rows, hat=hat, on=on)
        for name in KNOWN.get(Role(hat.role), ()):
            del self.filters[name]


def filters(query: QueryDict, hat: Membership) -> BaseForm:
    made: BaseForm = VisitFilters(query, Visit.objects.none(), hat=hat, on=localdate()).form  # it reads no row
    return made


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[Visit]:
    narrowed: QuerySet[Visit] = VisitFilters(query, Visit.objects.visible_to(hat), hat=hat, on=on).qs
    return narrowed


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Visit]:
    related = ("host__organization", "institution__organization")
    rows = Visit.objects.visible_to(hat).with_who().select_related(*(f"agreement__{one}" for one in related))
    return {one.pk: one for one in rows.filter(pk__in=keys)}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    return [
        Field("date", "服务日期", lambda one: one.date, Kind.DATE, 17),
        Field("days", "天数", lambda one: one.days, Kind.NUMBER, 8),
        Field("name", "参加人员", lambda one: one.who, width=28),
        Field("persons", "人次", lambda one: len(one.came), Kind.NUMBER, 8),
        Field("institution", "派出单位", lambda one: str(one.agreement.institution or "市科技局直接聘请"), width=28),
        Field("host", "派驻单位", lambda one: str(one.agreement.host or ""), width=32),
        Field("agreement", "协议编号", lambda one: str(one.agreement), width=22),
        Field("mode", "服务方式", lambda one: Mode(one.mode).label),
        Field("content", "服务内容", lambda one: one.content, width=40),
        Field("outcome", "服务成效", lambda one: one.outcome, width=40, usual=False),
        Field("status", "状态", lambda one: VisitStatus(one.status).label),
    ]


VISITS = Listed(
    key="visits",
    title="服务记录",
    url="visits:list",
    action="visit.list",
    form=filters,
    found=found,
    fields=fields,
    records=records,
    order=("-date", "-id"),
)
LISTS = (VISITS,)

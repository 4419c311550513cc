"""The list of visits for whoever reads all of it: its page, its saved views, its export."""

from collections.abc import Mapping, Sequence
from datetime import date

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.lists.kinds import Field, Listed
from accounts.models import Membership
from core.forms import Form
from core.sheets import Kind
from visits.enums import Mode, VisitStatus
from visits.models import Visit


class VisitListForm(Form):
    """What the chips and the figures of other pages ask for."""

    status = forms.ChoiceField(label="状态", required=False, choices=VisitStatus.choices, widget=forms.HiddenInput)
    year = forms.RegexField(label="年度", regex="^20[0-9]{2}$", required=False, widget=forms.HiddenInput)

    def __init__(self, query: QueryDict, hat: Membership) -> None:
        super().__init__(query)


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[Visit]:
    return found_by(VisitListForm(query, hat), hat)


def found_by(form: VisitListForm, hat: Membership) -> QuerySet[Visit]:
    form.is_valid()
    rows = Visit.objects.visible_to(hat)
    if status := form.cleaned_data.get("status"):
        rows = rows.filter(status=status)
    if year := form.cleaned_data.get("year"):
        rows = rows.filter(date__year=int(year))
    return rows


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
    form=VisitListForm,
    found=found,
    fields=fields,
    records=records,
    order=("-date", "-id"),
    personal=frozenset(),
)
LISTS = (VISITS,)

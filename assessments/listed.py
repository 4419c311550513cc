"""The list of assessments for whoever reads all of it: its page, its saved views, its export."""

from collections.abc import Mapping, Sequence
from datetime import date

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.lists.kinds import Field, Listed
from accounts.models import Membership
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment
from core.forms import Form
from core.sheets import Kind


class AssessmentListForm(Form):
    """What the chips and the figures of other pages ask for."""

    status = forms.ChoiceField(label="状态", required=False, choices=AssessmentStatus.choices, widget=forms.HiddenInput)
    year = forms.RegexField(label="年度", regex="^[0-9]{4}$", required=False, widget=forms.HiddenInput)

    def __init__(self, query: QueryDict, hat: Membership) -> None:
        super().__init__(query)


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[Assessment]:
    return found_by(AssessmentListForm(query, hat), hat)


def found_by(form: AssessmentListForm, hat: Membership) -> QuerySet[Assessment]:
    form.is_valid()
    rows = Assessment.objects.visible_to(hat)
    if status := form.cleaned_data.get("status"):
        rows = rows.filter(status=status)
    if year := form.cleaned_data.get("year"):
        rows = rows.filter(campaign__year=int(year))
    return rows


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Assessment]:
    related = ("campaign", "specialist", "registration", "institution__organization")
    rows = Assessment.objects.visible_to(hat).select_related(*related)
    return {one.pk: one for one in rows.filter(pk__in=keys)}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    return [
        Field("name", "姓名", lambda one: one.specialist.name),
        Field("year", "年度", lambda one: one.campaign.year, Kind.NUMBER, 8),
        Field("category", "类别", lambda one: one.registration.get_category_display()),
        Field("institution", "派出单位", lambda one: str(one.institution or "市科技局直接聘请"), width=28),
        Field("score", "派出单位评分", lambda one: one.institution_score, Kind.NUMBER),
        Field("proposed", "派出单位意见", lambda one: _grade(one.institution_grade)),
        Field("grade", "考核结果", lambda one: _grade(one.grade)),
        Field("status", "状态", lambda one: AssessmentStatus(one.status).label),
    ]


def _grade(grade: str) -> str:
    return str(Grade(grade).label) if grade else ""


ASSESSMENTS = Listed(
    key="assessments",
    title="年度考核",
    url="assessments:list",
    action="assessment.list",
    form=AssessmentListForm,
    found=found,
    fields=fields,
    records=records,
    order=("-campaign__year", "id"),
    personal=frozenset(),
)
LISTS = (ASSESSMENTS,)

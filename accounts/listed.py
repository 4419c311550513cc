"""The lists of units for whoever reads all of them: their pages, saved views, exports."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.enums import HostType, InstitutionType, Role
from accounts.lists.kinds import Field, Listed
from accounts.models import District, Membership, Organization
from accounts.queries import KINDS, plain, units
from core.forms import Form, Line
from core.sheets import Kind

FLAGS = {"is_above_scale": "规模以上", "is_tech_sme": "科技型中小企业"}


class UnitListForm(Form):
    kind = forms.ChoiceField(label="单位类别", required=False, choices=KINDS.items(), widget=forms.HiddenInput)
    q = Line(label="名称或信用代码", required=False, max_length=100)
    district = forms.ModelChoiceField(
        label="所在县（市、区）", required=False, queryset=District.objects.none(), empty_label="全部"
    )

    def __init__(self, query: QueryDict, hat: Membership) -> None:
        super().__init__(query, auto_id="%s")
        if hat.role == Role.COUNTY_OFFICER:
            del self.fields["district"]
        else:
            chosen = self.fields["district"]
            assert isinstance(chosen, forms.ModelChoiceField)
            chosen.queryset = District.objects.all()


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[Organization]:
    words, district = plain(query.get("q", "")), plain(query.get("district", ""))
    return units(hat, kind=kind_of(query), words=words, district=district)


def kind_of(query: QueryDict) -> str:
    kind = query.get("kind", "")
    return kind if kind in KINDS else "host"


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Organization]:
    rows = Organization.objects.visible_to(hat).select_related("district", "host", "institution")
    return {one.pk: one for one in rows.filter(pk__in=keys)}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    """Of both kinds, those of the kind that is listed ticked at first; whom to call is told on the page of a unit."""
    host = kind_of(query) == "host"
    return [
        Field("name", "单位名称", lambda one: one.name, width=34),
        Field("uscc", "统一社会信用代码", lambda one: one.uscc, width=24),
        Field("district", "所在县（市、区）", lambda one: str(one.district or ""), width=16),
        Field("host_type", "派驻单位类型", _host_type, usual=host),
        Field("flags", "企业标识", _flags, width=24, usual=host),
        Field("flags_year", "认定年度", lambda one: _host(one, "flags_year"), Kind.NUMBER, 10, usual=host),
        Field("verified", "核实日期", lambda one: _host(one, "flags_verified_on"), Kind.DATE, 17, usual=host),
        Field("type", "派出单位类型", _institution_type, usual=not host),
    ]


def _host(one: Organization, name: str) -> Any:
    return getattr(getattr(one, "host", None), name, None)


def _host_type(one: Organization) -> str:
    kind = _host(one, "host_type")
    return str(HostType(kind).label) if kind else ""


def _flags(one: Organization) -> str:
    return "、".join(word for name, word in FLAGS.items() if _host(one, name))


def _institution_type(one: Organization) -> str:
    institution = getattr(one, "institution", None)
    return str(InstitutionType(institution.type).label) if institution else ""


UNITS = Listed(
    key="units",
    title="单位名录",
    url="accounts:organizations",
    action="organization.list",
    form=UnitListForm,
    found=found,
    fields=fields,
    records=records,
    order=("name", "id"),
    sorts={"name": ("name",), "district": ("district__name", "name")},
    sort_words={"name": "单位名称", "district": "所在县（市、区）"},
    personal=frozenset(),
)
LISTS = (UNITS,)

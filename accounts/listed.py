"""The lists of units and of their people for whoever reads all of them: their pages, saved views, exports."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from accounts.enums import ApplicationStatus, HostType, InstitutionType, Role
from accounts.lists.kinds import Field, Listed
from accounts.lists.shown import Filters, StateFilter, as_shown
from accounts.models import District, InstitutionApplication, Membership, Organization
from accounts.queries import FLAG_STATES, KINDS, declared, plain, units
from core.forms import Form, Line
from core.jinja import cdate
from core.sheets import Kind
from core.tables import Column, Row, addresses

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

# --- 企业标识 -----------------------------------------------------------------------------------------------------------


class FlagFilters(Filters):
    state = StateFilter(label="核实情况", choices=[*FLAG_STATES.items()], default="pending", method="in_state")

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        return declared(rows, value, person=self.hat.person_id, on=self.on)


def hosts_declaring(hat: Membership, on: date) -> QuerySet[Any, Any]:
    flags = ("is_above_scale", "is_tech_sme", "flags_year", "flags_verified_on", "flags_basis", "flags_note")
    rows = Organization.objects.visible_to(hat).hosts()
    return rows.values("id", "name", "uscc", "district__name", *(f"host__{flag}" for flag in flags))


def flag_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column(
            "name",
            "单位名称",
            href=addresses("accounts:organization"),
            sub=lambda row: row["uscc"],
            sub_label="统一社会信用代码",
            width=34,
            sort="name",
        ),
        Column("district__name", "所在县（市、区）", sort="district", phone="aside"),
        Column("host__is_above_scale", "申报标识", cell=flags_of, width=28, phone="line"),
        Column(
            "host__flags_year",
            "认定年度",
            cell=lambda row: f"{row['host__flags_year']}年度",
            nowrap=True,
            apart=(Column("host__flags_year", "认定年度", kind=Kind.NUMBER),),
        ),
        Column("host__flags_note", "退回意见", width=40),
        Column(
            "host__flags_basis",
            "核实依据",
            sub=lambda row: cdate(row["host__flags_verified_on"]),
            apart=(
                Column("host__flags_basis", "核实依据", width=28),
                Column(
                    "host__flags_basis_more",
                    "核实日期",
                    cell=lambda row: row["host__flags_verified_on"],
                    kind=Kind.DATE,
                ),
            ),
        ),
    ]


def flags_of(row: Row) -> str:
    return "、".join(word for name, word in FLAGS.items() if row[f"host__{name}"])


HOST_FLAGS = as_shown(
    key="flags",
    title="企业标识核实",
    url="accounts:host-flags",
    action="host.verify",
    rows=hosts_declaring,
    columns=flag_columns,
    filters=FlagFilters,
    order=("id",),
    sorts={"name": ("name", "id"), "district": ("district__name", "id")},
    sort_words={"name": "单位名称", "district": "所在县（市、区）"},
    personal=frozenset(),
)

# --- 成员, 入驻申请 -----------------------------------------------------------------------------------------------------


class MemberFilters(Filters):
    ended = StateFilter(
        label="成员范围", choices=[("0", "现有成员"), ("1", "已终止")], default="0", method="here_or_gone"
    )
    q = django_filters.CharFilter(label="姓名或单位", max_length=100, method="named")

    def here_or_gone(self, rows: Any, name: str, value: str) -> Any:
        return rows.exclude(ended_at=None) if value == "1" else rows.active(on=self.on)

    def named(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(person__name__contains=value) | Q(organization__name__contains=value))


def members(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return Membership.objects.visible_to(hat).values(
        "id",
        "role",
        "since",
        "until",
        name=F("person__name"),
        username=F("person__username"),
        email=F("person__email"),
        last_login=F("person__last_login"),
        unit=F("organization__name"),
    )


def member_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("name", "姓名", sub=lambda row: row["username"], sub_label="账号", phone="title"),
        Column("role", "身份", cell=lambda row: Role(row["role"]).label),
        Column("unit", "单位", width=28),
        Column("email", "邮箱", width=28),
        Column("since", "开始日期", kind=Kind.DATE, nowrap=True),
        Column("until", "终止日期", kind=Kind.DATE, nowrap=True),
        Column("last_login", "上次登录", kind=Kind.TIME, nowrap=True),
    ]


MEMBERS = as_shown(
    key="members",
    title="成员",
    url="accounts:members",
    action="membership.list",
    rows=members,
    columns=member_columns,
    filters=MemberFilters,
)
APPLIED = [(one.value, str(one.label)) for one in ApplicationStatus if one != ApplicationStatus.UNCONFIRMED]


class ApplicationFilters(Filters):
    status = StateFilter(
        label="申请状态", choices=[*APPLIED, ("all", "全部")], default=ApplicationStatus.SUBMITTED, method="in_state"
    )

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        return rows if value == "all" else rows.filter(status=value)


def applications(hat: Membership, on: date) -> QuerySet[Any, Any]:
    rows = InstitutionApplication.objects.visible_to(hat)
    return rows.values("id", "name", "uscc", "type", "district__name", "status", "submitted_on")


def application_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column(
            "name",
            "单位名称",
            href=addresses("accounts:application"),
            sub=lambda row: row["uscc"],
            sub_label="统一社会信用代码",
            width=34,
        ),
        Column("type", "类型", cell=lambda row: InstitutionType(row["type"]).label),
        Column("district__name", "所在县（市、区）"),
        Column("submitted_on", "提交日期", kind=Kind.DATE, nowrap=True),
        Column(
            "status",
            "状态",
            cell=lambda row: ApplicationStatus(row["status"]).label,
            tone=lambda row: ApplicationStatus.tones[row["status"]],
            phone="aside",
        ),
    ]


APPLICATIONS = as_shown(
    key="applications",
    title="入驻申请",
    url="accounts:applications",
    action="application.view",
    rows=applications,
    columns=application_columns,
    filters=ApplicationFilters,
    personal=frozenset(),
)
LISTS = (UNITS, HOST_FLAGS, MEMBERS, APPLICATIONS)

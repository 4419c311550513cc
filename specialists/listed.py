"""The lists of registrations and of teams for whoever reads all of them: their pages, saved views, exports."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm, ChoiceField, HiddenInput
from django.http import QueryDict

from accounts.doors import can
from accounts.enums import Role
from accounts.lists.kinds import Field, Listed
from accounts.models import Membership
from core.sheets import Kind
from core.tables import Row
from specialists import queries
from specialists.changes import listed as changes
from specialists.enums import Category, Origin, PersonnelType, RegistrationStatus, SpecialistStatus, Title
from specialists.enums import Form as Participation
from specialists.forms import RegistrationFilter, TeamFilter
from specialists.models import Registration, Team
from specialists.selection import listed as selection


def filters(query: QueryDict, hat: Membership) -> BaseForm:
    form: BaseForm = RegistrationFilter(query, Registration.objects.none()).form
    if hat.role in Role.bureau:
        form.fields["mine"] = ChoiceField(label="待我办理", required=False, choices=[("1", "是")], widget=HiddenInput)
    return form


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[Registration]:
    rows: QuerySet[Registration] = Registration.objects.visible_to(hat)
    if query.get("mine") == "1" and hat.role in Role.bureau:
        rows = rows.awaiting(hat.role)  # type: ignore[attr-defined]
    filtered: QuerySet[Registration] = RegistrationFilter(query, rows).qs
    return filtered


def ordered(hat: Membership, query: QueryDict, on: date) -> QuerySet[Registration, Any]:
    return queries.rows(found(hat, query, on))


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Row]:
    return {row["id"]: row for row in queries.rows(Registration.objects.visible_to(hat).filter(pk__in=keys))}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    return [
        Field("name", "姓名", lambda row: row["name"]),
        Field("id", "证件号码", lambda row: row["id_masked"], width=22),
        Field("year", "年度", lambda row: row["year"], Kind.NUMBER, 8),
        Field("category", "类别", lambda row: Category(row["category"]).label),
        Field("form", "形式", lambda row: Participation(row["form"]).label),
        Field("personnel", "人员类型", lambda row: PersonnelType(row["personnel_type"]).label, usual=False),
        Field("unit", "派出单位", lambda row: row["unit"] or "市科技局直接聘请", width=28),
        Field("title", "职称", lambda row: row["title_name"], width=16),
        Field("rank", "职称等级", lambda row: Title(row["rank"]).label if row["rank"] else "", usual=False),
        Field("field", "专业领域", lambda row: row["field"], width=20),
        Field("origin", "来源", lambda row: Origin(row["origin"]).label, usual=False),
        Field("submitted", "提交日期", lambda row: row["submitted_on"], Kind.DATE, 17),
        Field("approved", "入选日期", lambda row: row["approved_on"], Kind.DATE, 17),
        Field("status", "状态", status_of),
    ]


def status_of(row: Row) -> str:
    if row["specialist_status"] == SpecialistStatus.REVOKED:
        return str(SpecialistStatus.REVOKED.label)
    return str(RegistrationStatus(row["status"]).label)


REGISTRATIONS = Listed(
    key="registrations",
    title="特派员登记",
    url="specialists:list",
    action="registration.list",
    form=filters,
    found=ordered,
    fields=fields,
    records=records,
    sorts={"name": ("name",), "submitted": ("submitted_on",)},
    sort_words={"name": "姓名", "submitted": "提交日期"},
)


# --- teams ------------------------------------------------------------------------------------------------------------


def team_filters(query: QueryDict, hat: Membership) -> BaseForm:
    form: BaseForm = TeamFilter(query, Team.objects.none()).form
    asked = {"short": "缺员"} | ({"mine": "待我办理"} if can(hat, "team.decide") else {})
    for name, label in asked.items():
        form.fields[name] = ChoiceField(label=label, required=False, choices=[("1", "是")], widget=HiddenInput)
    return form


def teams(hat: Membership, query: QueryDict, on: date) -> QuerySet[Team, Any]:
    rows = Team.objects.visible_to(hat)
    if query.get("mine") == "1" and can(hat, "team.decide"):
        rows = rows.awaiting(hat.role)
    elif query.get("short") == "1":
        rows = rows.short_handed()
    return queries.team_rows(TeamFilter(query, rows).qs)


def team_records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Row]:
    return {row["id"]: row for row in queries.team_rows(Team.objects.visible_to(hat).filter(pk__in=keys))}


def team_fields(hat: Membership, query: QueryDict) -> list[Field]:
    return [
        Field("name", "团队名称", lambda row: row["name"], width=26),
        Field("year", "年度", lambda row: row["year"], Kind.NUMBER, 8),
        Field("category", "类别", lambda row: Category(row["category"]).label),
        Field("unit", "组织单位", lambda row: row["unit"], width=28),
        Field("leader", "负责人", lambda row: row["leader"]),
        Field("domains", "领域或行业", lambda row: "、".join(row["domains"]), width=30),
        Field("members", "在岗成员", lambda row: row["active"], Kind.NUMBER, 10),
        Field("submitted", "提交日期", lambda row: row["submitted_on"], Kind.DATE, 17),
        Field("approved", "入选日期", lambda row: row["approved_on"], Kind.DATE, 17),
        Field("status", "状态", lambda row: RegistrationStatus(row["status"]).label),
    ]


TEAMS = Listed(
    key="teams",
    title="团队",
    url="specialists:teams",
    action="team.list",
    form=team_filters,
    found=teams,
    fields=team_fields,
    records=team_records,
    sorts={"name": ("name",), "submitted": ("submitted_on",)},
    sort_words={"name": "团队名称", "submitted": "提交日期"},
    personal=frozenset(),
)
LISTS = (REGISTRATIONS, TEAMS, *changes.LISTS, *selection.LISTS)

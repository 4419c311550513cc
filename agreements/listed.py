"""The list of agreements for whoever reads all of it: its page, its saved views, its export."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.timezone import localdate

from accounts.districts import queries as districts
from accounts.enums import Role
from accounts.lists.kinds import Field, Listed
from accounts.models import Membership, in_county
from agreements import listed_after_filing
from agreements.amending.effective import effective, in_words
from agreements.archiving.listed import ITEMS
from agreements.forms import ListForm
from agreements.models import Agreement
from agreements.progress import HANDED_IN_AGAIN, SOON, due_as, word_and_tone
from agreements.reviewing.desk import of_mine
from core.search import by_name
from core.sheets import Kind


def filters(query: QueryDict, hat: Membership) -> ListForm:
    return ListForm(query, districts=districts.choices(), hide=_known_from_the_hat(hat))


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[Agreement]:
    return found_by(filters(query, hat), hat, on)


def found_by(form: ListForm, hat: Membership, on: date) -> QuerySet[Agreement]:
    wanted = form.wanted
    agreements = _filtered(Agreement.objects.visible_to(hat), wanted, on=on)
    return of_mine(agreements, hat, on=on) if "mine" in wanted else agreements


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Agreement]:
    related = ("registration", "specialist", "team", "host__organization__district", "institution__organization")
    rows = Agreement.objects.visible_to(hat).select_related(*related).prefetch_related("amendments")
    return {one.pk: one for one in rows.filter(pk__in=keys)}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    """The columns of the export; what may be amended is told as it holds today."""
    on = localdate()
    effective_of = cache(lambda agreement: effective(agreement, on=on))

    def today(name: str) -> Any:
        return lambda one: in_words(name, getattr(effective_of(one), name))

    return [
        Field("number", "协议编号", lambda one: one.filing_number or f"D-{one.pk}", width=22),
        Field("matter", "备案事项", lambda one: one.matter),
        Field("name", "姓名", lambda one: one.specialist.name),
        Field("category", "类别", lambda one: one.registration.get_category_display()),
        Field("form", "形式", lambda one: one.registration.get_form_display(), usual=False),
        Field("team", "团队", lambda one: one.team.name if one.team else "", width=28),
        Field("institution", "派出单位", lambda one: str(one.institution or "市科技局直接聘请"), width=28),
        Field("host", "派驻单位", lambda one: str(one.host or ""), width=32),
        Field("district", "县（市、区）", lambda one: one.host and str(one.host.organization.district or "")),
        Field("start", "服务开始日期", lambda one: one.service_start, Kind.DATE, 17),
        Field("end", "服务截止日期", lambda one: one.service_end, Kind.DATE, 17),
        Field("content", "服务内容", today("service_content"), width=40, usual=False),
        Field("visits", "年度到现场服务次数", lambda one: effective_of(one).visits_per_year, Kind.NUMBER, 12),
        Field("goals", "年度目标任务", today("goals"), width=40, usual=False),
        Field("amended", "已变更", lambda one: "是" if effective_of(one).amended else "", width=9, usual=False),
        Field("submitted", "提交日期", lambda one: one.submitted_on, Kind.DATE, 17),
        Field("filed", "备案日期", lambda one: one.filed_on, Kind.DATE, 17),
        Field("document", "文号", lambda one: one.document_number, width=20, usual=False),
        Field("ended", "终止日期", lambda one: one.terminated_on, Kind.DATE, 17),
        Field("ended_for", "终止原因", lambda one: one.get_termination_reason_display(), width=22, usual=False),
        Field(
            "status",
            "状态",
            lambda one: word_and_tone(
                one.status,
                start=one.service_start,
                end=one.service_end,
                on=on,
                soon=SOON.days,
                terminated_on=one.terminated_on,
            )[0],
            width=18,
        ),
    ]


def _known_from_the_hat(hat: Membership) -> tuple[str, ...]:
    """Filters that could have one value only."""
    if hat.role in Role.institution:
        return ("institution",)
    return {Role.HOST_CONTACT: ("host", "district"), Role.COUNTY_OFFICER: ("district",)}.get(Role(hat.role), ())


def _filtered(agreements: QuerySet[Agreement], wanted: Mapping[str, str], *, on: date) -> QuerySet[Agreement]:
    lookups = {
        "status": "status",
        "category": "registration__category",
        "filed": "filed_on__year",
        "form": "registration__form",
    }
    agreements = agreements.filter(**{lookup: wanted[name] for name, lookup in lookups.items() if name in wanted})
    for name, unit in (("institution", "institution__organization__"), ("host", "host__organization__")):
        if name in wanted:
            agreements = agreements.filter(by_name(wanted[name], of=unit, anywhere=True))
    if "district" in wanted:
        agreements = agreements.filter(in_county(wanted["district"], path="host__organization__district"))
    if "due" in wanted:
        agreements = agreements.filter(due_as(wanted["due"], on=on))
    if "source" in wanted:
        agreements = agreements.filter(is_past=wanted["source"] == "past")
    if "again" in wanted:
        agreements = agreements.filter(HANDED_IN_AGAIN)
    return agreements.filter(_matching(wanted["q"])) if "q" in wanted else agreements


def _matching(typed: str) -> Q:
    """A draft code names one record; what holds a digit is part of a filing number, anything else part of a name, of a person or of a team.

    Never either of both: an OR over two tables is a question that no index answers.
    """
    code = typed.upper().removeprefix("D-")
    if typed.upper().startswith("D-") and code.isascii() and code.isdecimal() and len(code) < 10:
        return Q(pk=int(code))
    by_number = any(sign.isdecimal() for sign in typed)
    return Q(filing_number__icontains=typed) if by_number else Q(pk__in=_named(typed))


def _named(typed: str) -> QuerySet[Any, Any]:
    """Those of whoever is called so, and of the teams that are: each found by its own index."""
    people = Agreement.objects.filter(by_name(typed, of="specialist__")).order_by().values("pk")
    return people.union(Agreement.objects.filter(team__name__holds=typed).order_by().values("pk"))


AGREEMENTS = Listed(
    key="agreements",
    title="协议备案",
    url="agreements:list",
    action="agreement.list",
    form=filters,
    found=found,
    fields=fields,
    records=records,
    sorts={"due": ("submitted_on",)},
    sort_words={"due": "剩余时限"},
)
LISTS = (AGREEMENTS, ITEMS, *listed_after_filing.LISTS)

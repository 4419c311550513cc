"""The lists of the page of what was entered twice; on the phone each row is a card."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from core.jinja import cdatetime
from core.tables import Column, Table
from desk.merging import people, queries
from desk.merging.models import PersonMerge, UnitMerge


def pairs_of_units(pairs: Iterable[queries.Pair]) -> Table:
    def to(pair: Any) -> str:
        return reverse("desk:merge-hosts", args=[pair.one.pk, pair.other.pk])

    return Table(
        columns=[
            Column("one", "单位", sub=lambda pair: _code(pair.one), href=to),
            Column("other", "另一单位", sub=lambda pair: _code(pair.other)),
            Column("reasons", "相近之处", cell=lambda pair: "、".join(pair.reasons)),
            Column("act", "", cell=lambda pair: "对照", href=to, button=True, phone="hide"),
        ],
        rows=[*pairs],
        caption="可能重复的单位",
        row_href=to,
        empty="没有名称、电话或信用代码相近的单位。",
        id="units",
    )


def pairs_of_people(pairs: Iterable[people.Pair]) -> Table:
    def to(pair: Any) -> str:
        return reverse("desk:merge-people", args=[pair.one.pk, pair.other.pk])

    return Table(
        columns=[
            Column("one", "人员", sub=lambda pair: pair.one.id_masked, href=to),
            Column("other", "另一记录", sub=lambda pair: pair.other.id_masked),
            Column("reasons", "相近之处", cell=lambda pair: "、".join(pair.reasons)),
            Column("act", "", cell=lambda pair: "对照", href=to, button=True, phone="hide"),
        ],
        rows=[*pairs],
        caption="可能重复的人员",
        row_href=to,
        empty="没有同名且生日、手机号或身份证号相近的人员。",
        id="people",
    )


def merged_units(merges: Iterable[UnitMerge]) -> Table:
    return Table(
        columns=[
            Column(
                "loser",
                "并入的单位",
                cell=lambda one: one.before["loser"]["name"],
                sub=lambda one: one.before["loser"]["uscc"],
            ),
            Column("survivor", "保留的单位", href=lambda one: reverse("accounts:organization", args=[one.survivor_id])),
            Column("reason", "理由"),
            Column("by", "办理人", cell=lambda one: one.by.person, sub=lambda one: cdatetime(one.at), nowrap=True),
        ],
        rows=[*merges],
        caption="已合并的单位",
        id="merged-units",
    )


def merged_people(merges: Iterable[PersonMerge]) -> Table:
    return Table(
        columns=[
            Column(
                "loser",
                "并入的记录",
                cell=lambda one: one.before["loser"]["name"],
                sub=lambda one: one.before["loser"]["id_number"],
            ),
            Column("survivor", "保留的记录", sub=lambda one: one.survivor.id_masked),
            Column("reason", "理由"),
            Column("by", "办理人", cell=lambda one: one.by.person, sub=lambda one: cdatetime(one.at), nowrap=True),
        ],
        rows=[*merges],
        caption="已合并的人员",
        id="merged-people",
    )


def _code(unit: Any) -> str:
    return f"{unit.uscc or '无信用代码'}　{unit.district or ''}".rstrip()

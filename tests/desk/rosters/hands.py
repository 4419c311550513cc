"""A clerk at the wizard, without the pages."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate

from accounts.models import Membership
from core import outbox
from desk.enums import Kind, Mode
from desk.rosters import services
from desk.rosters.models import RosterBatch
from tests.core import workbooks as made

SAMPLES = settings.BASE_DIR / "samples" / "rosters"
TERMS = {"year": 2026, "valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31), "document_number": ""}
HEADINGS = ["姓名", "身份证号", "手机号", "职称", "学历", "特派员类别", "专业领域"]
HOST = ["派驻单位名称", "派驻单位统一社会信用代码", "派驻单位所在县（市、区）", "派驻单位类型", "服务开始日期"]
GRAIN = ["滹沱示范谷物种植专业合作社", "93139999MA0X001466", "正定县", "合作社", "2026-06-01"]
FRUIT = ["赞皇县示范果品合作社", "93139999MA0X001541", "赞皇县", "合作社", "2026-06-01"]
FIRM = ["示范装备制造有限公司", "91139999MA0X00111R", "藁城区", "企业", "2026-06-01"]


def person(name: str, number: str, category: str = "农业", *host: str) -> list[str]:
    return [name, number, "13900001234", "副教授", "博士研究生", category, "粮油作物", *host]


def roster(*rows: list[Any], headings: list[str] | None = None) -> bytes:
    return made.made(headings or [*HEADINGS, *HOST], *rows)


def run() -> None:
    """Everything promised is done, as the worker does it."""
    while outbox.relay():
        pass


def upload(data: bytes, by: Membership, kind: Kind = Kind.PEOPLE, name: str = "名单.xlsx", **terms: Any) -> RosterBatch:
    given = {**TERMS, **terms} if kind == Kind.PROVINCIAL else None
    return services.open_batch(made.upload(data, name), kind=kind, by=by, on=localdate(), terms=given)


def check(batch: RosterBatch, by: Membership) -> RosterBatch:
    mapping = {int(column): key for column, key in batch.mapping.items()}
    services.name_columns(batch, by=by, on=localdate(), version=batch.version, mapping=mapping)
    run()
    return RosterBatch.objects.get(pk=batch.pk)


def checked(data: bytes, by: Membership, kind: Kind = Kind.PEOPLE, **terms: Any) -> RosterBatch:
    return check(upload(data, by, kind, **terms), by)


def confirm(batch: RosterBatch, by: Membership, mode: Mode = Mode.ALL, *, consent: bool = True) -> RosterBatch:
    services.confirm(batch, by=by, version=batch.version, mode=mode, consent=consent)
    run()
    return RosterBatch.objects.get(pk=batch.pk)


def imported(data: bytes, by: Membership, mode: Mode = Mode.ALL, kind: Kind = Kind.PEOPLE) -> RosterBatch:
    return confirm(checked(data, by, kind), by, mode)


def found(batch: RosterBatch, *, least: str = "warn") -> dict[int, list[str]]:
    """Row → codes of what was found there, from that level up."""
    levels = {"info": ("info", "warn", "block"), "warn": ("warn", "block"), "block": ("block",)}[least]
    rows = batch.lines.order_by("number").values_list("number", "findings")
    said = {number: [one["code"] for one in findings if one["level"] in levels] for number, findings in rows}
    return {number: codes for number, codes in said.items() if codes}


def messages(batch: RosterBatch, number: int) -> list[str]:
    return [one["message"] for one in batch.lines.get(number=number).findings]

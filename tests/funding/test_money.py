"""Money is whole 分 from the form to the ledger: no float anywhere in this app."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.db import models

from funding.models import Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard

SOURCES = sorted((settings.BASE_DIR / "funding").rglob("*.py"))


def floats_in(source: str) -> list[int]:
    """The lines on which something could become a float."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if _is_float(node)]  # type: ignore[attr-defined]


def _is_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.Name(id="float" | "Decimal") | ast.Attribute(attr="FloatField" | "DecimalField"):
            return True
        case ast.BinOp(op=ast.Div()):  # a path may be divided by a name, a sum may not
            return not any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(node))
    return False


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_float_in_the_app_of_money(path: Path) -> None:
    assert floats_in(path.read_text()) == []


@pytest.mark.parametrize("line", ["share = 0.5", "part = paid_fen / all_fen", "float('1')", "models.FloatField()"])
def test_the_search_for_floats_finds_one(line: str) -> None:
    assert floats_in(line) == [1]


def test_every_amount_is_a_whole_number_in_the_database() -> None:
    amounts = [
        field
        for model in (Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard)
        for field in model._meta.fields
        if field.name.endswith("_fen")
    ]
    assert len(amounts) == 8
    assert all(isinstance(field, models.IntegerField) for field in amounts)

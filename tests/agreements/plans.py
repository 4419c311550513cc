"""Packs that differ from the city's in one number."""

from datetime import date
from typing import Any

from core.models import PolicyPack
from tests.cast import Season


def small_plan(season: Season, planned: int) -> None:
    """A pack whose plan of agriculture is that small: forty persons take long to invent."""
    rule = season.pack.rules["W-QUOTA"]
    params = {**rule["params"], "planned": {"agriculture": planned, "broker": planned}}
    _next_version(season, {**season.pack.rules, "W-QUOTA": {**rule, "params": params}})


def plan_without(season: Season, code: str) -> None:
    """A pack of before this rule."""
    _next_version(season, {known: rule for known, rule in season.pack.rules.items() if known != code})


def _next_version(season: Season, rules: dict[str, Any]) -> None:
    season.pack = PolicyPack.objects.create(
        year=2026, version=2, active_from=date(2026, 1, 2), settings=season.pack.settings, rules=rules
    )

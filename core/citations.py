"""Which rules there are, and which entries of the plan the database holds to as well."""

import importlib
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

from core.policy import CITATIONS, Citation


def cited() -> list[Citation]:
    """Every registered rule, in the order of the apps."""
    for config in apps.get_app_configs():
        for module in ("rules", "approvals"):
            if (Path(config.path) / f"{module}.py").exists() and Path(config.path).parent == settings.BASE_DIR:
                importlib.import_module(f"{config.name}.{module}")
        for rules in sorted(Path(config.path).glob("*/rules.py")):
            if Path(config.path).parent == settings.BASE_DIR:
                importlib.import_module(f"{config.name}.{rules.parent.name}.rules")
    order = {config.name: index for index, config in enumerate(apps.get_app_configs())}
    return sorted(CITATIONS, key=lambda citation: order[citation.module.split(".")[0]])


@cache
def held_by_the_database() -> frozenset[str]:
    """The codes of rules beside which a constraint stands: it knows no 提示, whatever level a plan gives them."""
    return frozenset(citation.code for citation in cited() if citation.constraint)

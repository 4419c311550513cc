"""From a file in policies/ to a pack in the database."""

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

from core.models import PolicyPack

POLICIES = settings.BASE_DIR / "policies"


def load_all() -> list[PolicyPack]:
    """Put every pack file into the database that is not there yet; returns the new ones.

    A pack that is already there stays as it is: what was active never changes, a correction is a file of its own with
    the next version.
    """
    new = []
    for path in sorted(POLICIES.glob("*-[0-9][0-9][0-9][0-9]*.toml")):
        content = read(path)
        if not PolicyPack.objects.filter(**{key: content[key] for key in ("plan", "year", "version")}).exists():
            new.append(PolicyPack.objects.create(**content))
    return new


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())

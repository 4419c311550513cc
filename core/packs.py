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
    the next version. Where a file has grown by what an app brought since (its rules, its settings), the database gets a
    next version that says everything the newest one says, and these.
    """
    new = []
    for path in sorted(POLICIES.glob("*-[0-9][0-9][0-9][0-9]*.toml")):
        content = read(path)
        same = PolicyPack.objects.filter(plan=content["plan"], year=content["year"]).order_by("version")
        if not same.filter(version=content["version"]).exists():
            new.append(PolicyPack.objects.create(**content))
        elif (newest := same.filter(active_from__isnull=False).last()) and (grown := _grown(newest, content)):
            last = same.last()
            assert last
            new.append(PolicyPack.objects.create(**{**content, **grown, "version": last.version + 1}))
    return new


def _grown(pack: PolicyPack, content: dict[str, Any]) -> dict[str, Any] | None:
    """The pack's rules and settings with those that only the file has; None when there are none."""
    rules = {**content["rules"], **pack.rules}
    settings = _filled_up(pack.settings, content["settings"])
    return {"rules": rules, "settings": settings} if (rules, settings) != (pack.rules, pack.settings) else None


def _filled_up(stored: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """`stored`, with the keys at any depth that only `written` has."""
    merged = {**written, **stored}
    both = [key for key in stored.keys() & written.keys() if isinstance(stored[key], dict)]
    return merged | {key: _filled_up(stored[key], written[key]) for key in both if isinstance(written[key], dict)}


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())

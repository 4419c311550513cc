"""The divisions by name, for the filters of lists."""

from functools import lru_cache
from time import monotonic

from accounts.models import District

KEPT_FOR = 600  # seconds


def choices() -> tuple[tuple[str, str], ...]:
    """(code, name) of all, retired ones too: their records are still asked for. A list may not ask the database for
    them each time; what another process changed stands here some minutes later."""
    return _choices(int(monotonic() // KEPT_FOR))


@lru_cache(maxsize=1)
def _choices(when: int) -> tuple[tuple[str, str], ...]:
    return tuple(District.objects.values_list("code", "name"))


def forget() -> None:
    _choices.cache_clear()

"""Which texts a platform begins with, and what one that runs already gets of the second: played through in another year,
for what is in force of 2026 cannot be undone."""

from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.utils.timezone import localdate

from agreements.enums import TextStatus
from agreements.models import Agreement, AgreementText
from agreements.wording.queries import texts_of
from agreements.wording.reading import newer_text
from agreements.wording.taking import take_newest
from core.policy import Refused
from specialists.enums import Origin
from tests.agreements.hands import words
from tests.agreements.wording.hands import laid, text
from tests.cast import MAY_20, Season
from tests.hands import browser_of

pytestmark = pytest.mark.django_db
FIRST, SECOND = (import_module(f"agreements.migrations.00{name}") for name in ("19_first_text", "29_second_text"))


@pytest.fixture
def first_of_2025(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AgreementText:
    """A platform of that year with the first words."""
    for module, name in ((FIRST, "FIRST"), (SECOND, "SECOND")):
        file = tmp_path / f"{name}.toml"
        file.write_text(getattr(module, name).read_text().replace("2026", "2025"))
        monkeypatch.setattr(module, name, file)
    FIRST.lay(apps, None)
    return AgreementText.objects.get(year=2025)


def versions() -> list[tuple[int, str]]:
    rows = AgreementText.objects.filter(year=2025).order_by("version")
    return [(one.version, one.status) for one in rows]


def test_a_new_platform_begins_with_the_second_words() -> None:
    first, second = AgreementText.objects.filter(year=2026).order_by("version")

    assert (first.status, second.status, second) == (TextStatus.REPLACED, TextStatus.IN_FORCE, laid())
    assert first.in_force_at == first.replaced_at == second.in_force_at  # it never held
    assert localdate(second.in_force_at) == date(2026, 1, 1)
    assert second.created_by is None
    assert "六（二）" in second.note


def test_where_it_was_printed_the_first_held_until_now_and_papers_keep_it(
    season: Season, first_of_2025: AgreementText
) -> None:
    papers = {origin: _printed(season, origin, first_of_2025) for origin in Origin}

    with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False):
        SECOND.lay(apps, None)

    assert versions() == [(1, "replaced"), (2, "in_force")]
    first_of_2025.refresh_from_db()
    second = AgreementText.objects.get(year=2025, version=2)
    assert localdate(second.in_force_at) == localdate(first_of_2025.replaced_at) == MAY_20
    for agreement in papers.values():
        assert texts_of([agreement])[agreement.pk] == first_of_2025
    direct, nominated = papers[Origin.DIRECT_APPOINTMENT], papers[Origin.NOMINATED]
    assert newer_text(direct, on=MAY_20) == second
    assert newer_text(nominated, on=MAY_20) is None  # it reads as before
    assert "改用新文本" not in words(browser_of(season.clerk).get(f"/agreements/{nominated.pk}/confirm/"))
    assert "改用新文本" in words(browser_of(season.officer).get(f"/agreements/{direct.pk}/confirm/"))
    with pytest.raises(Refused, match="已采用市科技局启用的文本"):
        take_newest(nominated, by=season.clerk, version=nominated.version, on=MAY_20)
    Agreement.objects.filter(pk=nominated.pk).update(service_content="")
    nominated.refresh_from_db()
    assert newer_text(nominated, on=MAY_20) == second  # of one with gaps nobody knows what it will say


def _printed(season: Season, origin: str, said: AgreementText) -> Agreement:
    if origin == Origin.NOMINATED:
        one = season.agreement(season.selected("P3"), season.h4, signed=False)
    else:
        person = season.selected("P4", institution=None, origin=origin, appointment_note="重点产业急需")
        one = season.agreement(person, season.h4, signed=False)
    Agreement.objects.filter(pk=one.pk).update(service_start=date(2025, 6, 1), service_end=date(2026, 12, 31))
    one.refresh_from_db()
    one.papers.create(version=1, token=str(one.pk).rjust(32, "0"), sha256="", text=said)
    return one


def _draft(first: AgreementText) -> None:
    text(2, year=2025)


def _further(first: AgreementText) -> None:
    AgreementText.objects.filter(pk=first.pk).update(status=TextStatus.REPLACED, replaced_at=first.in_force_at)
    text(2, year=2025, status=TextStatus.IN_FORCE)


@pytest.mark.parametrize(
    ("act", "left"),
    [
        pytest.param(_draft, [(1, "in_force"), (2, "draft")], id="a draft"),
        pytest.param(_further, [(1, "replaced"), (2, "in_force")], id="a further version"),
    ],
)
def test_where_the_bureau_writes_its_own_it_is_left_alone(
    first_of_2025: AgreementText, act: Callable[[AgreementText], Any], left: list[tuple[int, str]]
) -> None:
    act(first_of_2025)

    SECOND.lay(apps, None)

    assert versions() == left

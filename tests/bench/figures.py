"""Ratios of medians, and how far they are from their goals."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One ratio beside its goal: at most it, or at least it."""

    what: str
    ratio: float
    goal: float
    at_least: bool = False
    detail: str = ""

    @property
    def reached(self) -> bool:
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal


@dataclass(frozen=True)
class Taken:
    """Median seconds of one call of each work."""

    seconds: Mapping[str, float]

    def ratio(self, work: str, floor: str) -> float:
        return self.seconds[work] / self.seconds[floor]

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in self.seconds.items())


def alternately(works: Mapping[str, Callable[[], object]], *, rounds: int) -> Taken:
    """Each work in turn, so that whatever else the machine does meets them all; the first round only warms up."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            if turn:
                taken[name].append(time.perf_counter() - began)
    return Taken({name: median(times) for name, times in taken.items()})


def show(figures: list[Figure]) -> str:
    lines = [f"\n{'':52} {'ratio':>7} {'goal':>7}"]
    for figure in figures:
        goal = f"{'≥' if figure.at_least else '≤'} {figure.goal:g}"
        word = "" if figure.reached else "NOT REACHED  "
        lines.append(f"{figure.what:52} {figure.ratio:7.2f} {goal:>7}  {word}{figure.detail}")
    return "\n".join(lines)

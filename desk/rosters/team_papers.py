"""The agreements that a roster makes beside its teams: one for each host that the rows of a team name.

They are judged as the agreement of one person is (checking), with all members coming to the host together. Each rests
on the first row that names its host; the row says `paper`, and holds what the draft will say.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from agreements.services import default_end
from desk.enums import Kind
from desk.rosters.checking import PeopleCheck, fill_in
from desk.rosters.cleaning import MOST_GOALS, MOST_VISITS, goals
from desk.rosters.columns import label_of
from desk.rosters.lines import Line, Sayer
from desk.rosters.queries import Unit
from specialists.enums import Category

ONCE = ("service_start", "service_end", "signed_on", "service_content", "visits")  # said of a team once


def check(members: Sequence[Line], people: PeopleCheck, units: Mapping[int, Unit | None], category: Category) -> None:
    """Compose and judge the agreements of one team; `units` are the hosts of its rows, by row."""
    by_host: dict[str, list[Line]] = defaultdict(list)
    for line in members:
        if line.host_code:
            by_host[line.host_code].append(line)
    for code, named in by_host.items():
        head = named[0]
        say = Sayer(head, people.setting)
        _compose(head, members if len(by_host) == 1 else named, people)
        if code != next(iter(by_host)):
            say.info(
                "I-SECOND", f"第{members[0].number}行的团队另有派驻单位，本行为其新建另一份协议草稿。", "host_name"
            )
        at = people.at(head, units[head.number])
        coming = [head, *(line for line in members if line is not head)]
        if people.terms(head, say, at, category=category, graduate=_first_graduate(members)):
            people.crowd(coming, say, at)
            if not any(line.blocked for line in members):
                people.hosts.stays[code] += people.coming(coming)


def _compose(head: Line, rows: Sequence[Line], people: PeopleCheck) -> None:
    """What the draft will say, on the row that stands for it: what the rows say of the team, and goals together."""
    for key in ONCE:
        first = next((line for line in rows if key in line.values), None)
        if first is None:
            continue
        head.values[key] = first.values[key]
        for line in rows:
            if line.values.get(key, first.values[key]) != first.values[key]:
                label = label_of(Kind.TEAMS, key)
                words = f"与第{first.number}行的{label}不同，团队的协议草稿以第{first.number}行为准。"
                Sayer(line, people.setting).warn("W-TEAM-ROWS", words, key, f"核对{label}，同一团队各行填写一致。")
    told = [line.values["goals"] for line in rows if "goals" in line.values]
    if told:
        head.values["goals"] = told[0]
    team, visits = head.group, head.values.get("visits")
    fill_in(head, people.setting, lambda day: default_end(day, people.setting.pack))
    head.group = team
    if len({*told}) > 1:
        _add_up(head, told, people, visits=visits)
    head.values["paper"] = True


def _add_up(head: Line, told: Sequence[str], people: PeopleCheck, *, visits: int | None) -> None:
    """Members have goals of their own: the team's are their sum, and it is said so. `visits`: as a column has them."""
    went, sums = 0, Counter[tuple[str, str]]()
    for words in told:
        times, found = goals(words)
        went += times or 0
        sums.update({(goal["name"], goal["unit"]): goal["count"] for goal in found})
    if not went and not sums:
        head.values["service_content"] = head.values.get("service_content") or "\n".join(dict.fromkeys(told))
        return
    kept = [*sums.items()][:MOST_GOALS]
    head.values["visits"] = visits or min(went, MOST_VISITS)
    head.values["goal_list"] = [{"name": name, "count": count, "unit": unit} for (name, unit), count in kept]
    summed = [f"年度服务{went}次"] if went and not visits else []
    summed += [f"{name}{count}{unit}" for (name, unit), count in kept]
    words = f"各成员的年度目标任务不同，团队的协议草稿按合计填写：{'，'.join(summed)}。"
    Sayer(head, people.setting).info("I-TEAM-GOALS", words, "goals", "可以导入；不是合计的，在协议草稿中修改。")


def _first_graduate(members: Sequence[Line]) -> tuple[str, date | None]:
    """A14: of the members who are students the one who graduates first."""
    students: list[dict[str, Any]] = [line.values for line in members if "graduates_on" in line.values]
    first = min(students, key=lambda values: values["graduates_on"], default={})
    return first.get("name", "此人"), first.get("graduates_on")

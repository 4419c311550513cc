"""All that is to be said about every row of individual specialists, at once.

What the work plan asks is asked of its own rules (specialists.rules, agreements.rules): the facts of many rows come
from one statement per rule (queries), the rule is the one that also judges a single form. What is only a roster's (a
person twice in one file) is said here, without an article.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.urls import reverse

from accounts import rules as unit_rules
from accounts.enums import HostType
from agreements import rules as paper_rules
from agreements.rules import Stay, YearTaken
from core.identifiers import sex, suggest_host_type
from core.policy import RuleEntry
from desk.enums import Kind
from desk.rosters.cleaning import goals
from desk.rosters.kept import Kept
from desk.rosters.kept import say as say_kept
from desk.rosters.lines import (
    ADVICE,
    FIELD_ADVICE,
    Line,
    Sayer,
    Setting,
    digest_of,
    say_district,
    say_faults,
    say_missing,
    say_title,
)
from desk.rosters.queries import Before, Hosts, Paper, People, Unit
from specialists import rules as person_rules
from specialists.enums import Category, Education, Form, PersonnelType

WANTED = ("name", "id_number", "category", "mobile", "education", "title", "field")
STUDENTS = (Education.MASTER_STUDENT, Education.DOCTOR_STUDENT)


def fill_in(line: Line, setting: Setting, default_end: Callable[[date], date]) -> None:
    """What follows from other columns: student or staff, the end of service, visits and goals out of words."""
    values = line.values
    line.digest = digest_of(line.cleaned)
    if "personnel_type" not in values and "education" in values:
        student = values["education"] in STUDENTS
        values["personnel_type"] = (PersonnelType.GRADUATE if student else PersonnelType.STAFF).value
    words = values.get("goals") or values.get("content_and_goals", "")
    visits, found = goals(words)
    values.setdefault("visits", visits or 0)
    values["goal_list"] = found
    if "content_and_goals" in values or (words and not found and not visits):
        values.setdefault("service_content", words)
    if (start := values.get("service_start")) and "service_end" not in values:
        values["service_end"] = max(default_end(values.get("signed_on", setting.on)), start)
    line.group = values.get("category", "")
    line.start, line.end = values.get("service_start"), values.get("service_end")
    line.host_code = values.get("host_code", "")


class At(NamedTuple):
    """A host as the rules ask about it."""

    name: str
    host_type: HostType
    is_above_scale: bool
    is_tech_sme: bool


class PeopleCheck:
    """Rows of individual specialists. Rows above in the file count as if they were in the register already."""

    def __init__(
        self,
        setting: Setting,
        known: People,
        hosts: Hosts,
        before: Iterable[Before],
        kept: Mapping[str, Kept] | None = None,
    ) -> None:
        self.setting, self.known, self.hosts, self.kept = setting, known, hosts, kept or {}
        self.above: dict[str, list[Before]] = defaultdict(list)
        self.names: dict[str, str] = {}  # of new hosts, by code, as the file first calls them
        self.types: dict[str, HostType] = {}
        self.flags: dict[str, tuple[bool, bool]] = {}
        self.people: dict[str, int] = {}
        for row in before:
            self.remember(row)

    def remember(self, row: Before) -> None:
        if row.digest:
            self.above[row.digest].append(row)
        if row.host_code and row.start and row.end and row.digest and not row.blocked:
            self.hosts.stays[row.host_code].append(Stay(self._person(row.digest), row.start, row.end))

    def _person(self, digest: str) -> int:
        known = self.known.known.get(digest)
        return known.pk if known else self.people.setdefault(digest, -1 - len(self.people))

    def entry(self, code: str) -> RuleEntry:
        return self.setting.pack.entry(code)

    def check(self, line: Line) -> None:
        say = Sayer(line, self.setting)
        say_faults(line, say)
        say_missing(line, say, WANTED, Kind.PEOPLE)
        self._person_itself(line, say)
        unit = self.host_of(line, say)
        self._registration(line, say, unit)
        if line.host_code and not line.is_there:
            self._agreement(line, say, unit)
        say_kept(line, say, self.kept.get(line.digest), begun=True)
        self.remember(Before(line.number, line.digest, line.group, line.host_code, line.start, line.end, line.blocked))

    # -- the person

    def _person_itself(self, line: Line, say: Sayer) -> None:
        values, on = line.values, self.setting.on
        number, name = values.get("id_number"), values.get("name", "")
        if number and "sex" in values and values["sex"] != sex(number):
            say.warn("W-SEX", "性别与身份证号不一致，导入时以身份证号为准。", "sex", "核对身份证号和性别。")
        known = self.known.known.get(line.digest)
        if known and name and known.name != name:
            say.block(
                "E-ID",
                "姓名与该身份证号码不一致，请核对两项；确认无误的，请与市科技局联系。",
                "name",
                "对照身份证核对姓名和号码。",
            )
        if values.get("personnel_type") == PersonnelType.GRADUATE:
            say(
                person_rules.graduate_has_ability_or_results(
                    self.entry("W-GRAD"),
                    personnel_type=PersonnelType.GRADUATE,
                    ability_note=values.get("ability_note", ""),
                    research_results=values.get("research_results", ""),
                )
            )
            later = "可以先导入，提交登记前补充。"
            if "supervisor" not in values:
                say.warn("E-COMPLETE", "在校研究生缺少导师。", "supervisor", later)
            if "graduates_on" not in values:
                say.warn("E-COMPLETE", "在校研究生缺少预计毕业日期。", "graduates_on", later)
            elif values["graduates_on"] < on:
                say.warn("E-COMPLETE", "预计毕业日期已过，请核对日期或人员类型。", "graduates_on", later)
        if said := self.setting.words.said_of(values.get("field", "")):
            say.info("I-FIELD", said, "field", FIELD_ADVICE)
        say_title(line, say, self.setting.titles)

    def _registration(self, line: Line, say: Sayer, unit: Unit | None) -> None:
        values, setting = line.values, self.setting
        name = values.get("name") or "此人"
        known = self.known.known.get(line.digest)
        if line.digest:
            say(
                person_rules.qualified(
                    self.entry("E-REVOKED"), name=name, revoked_on=known.revoked_on if known else None, act="参加选派"
                )
            )
        if "category" not in values:
            return
        category = Category(values["category"])
        say(
            person_rules.broker_from_a_suitable_institution(
                self.entry("E-BROKER-ORG"), category=category, institution_type=setting.institution_type
            )
        )
        if not line.digest:
            return
        self._provincial_list(line, say, category, name)
        twice = self._twice_in_the_file(line, say, name)
        same = [one for one in self.known.registered.get(line.digest, ()) if one.category == category]
        mine = next((one for one in same if one.mine), None)
        papers = [one for one in self.known.papers.get(line.digest, ()) if mine and one.registration_id == mine.pk]
        another = bool(line.host_code) and all(paper.host_code != line.host_code for paper in papers)
        again = person_rules.registered_once(
            self.entry("E-REG-DUP"),
            name=name,
            year=setting.year,
            category=category,
            here=mine is not None and not another,
            elsewhere=mine is None and bool(same),
        )
        if again and mine:
            link = reverse("specialists:detail", args=[mine.pk])
            say.there(again, advice="无须处理；要修改的，在登记中办理。", link=link)
        else:
            say(again)
        if mine and another and not twice and not self._bound(line):
            say.info("I-SECOND", f"{name}本年度已有这一类别的登记，本行只为其新建一份协议草稿。", "host_name")

    def _provincial_list(self, line: Line, say: Sayer, category: Category, name: str) -> None:
        listed = self.known.listed.get(line.digest, ())
        on = self.setting.on
        end = max(on, date(self.setting.year, 12, 31), line.end or on)
        finding = person_rules.not_on_the_provincial_list(
            self.entry("E-PROV"),
            name=name,
            category=category,
            form=Form.INDIVIDUAL,
            listings=[one.listing for one in listed],
            start=on,
            end=end,
        )
        rows = "、".join(
            f"{one.listing.year}年度省级名单第{one.row}号" for one in listed if one.row and one.listing.valid_to >= on
        )
        say(finding, advice=f"见{rows}。{ADVICE['E-PROV']}" if rows else "")

    def _twice_in_the_file(self, line: Line, say: Sayer, name: str) -> bool:
        """A person again: the same row twice, or a further host."""
        above = [row for row in self.above.get(line.digest, ()) if row.group == line.group]
        if not above:
            return False
        again = next((row for row in above if row.host_code == line.host_code or not line.host_code), None)
        if again:
            say.block(
                "E-ROW-DUP",
                f"与第{again.number}行重复：同一人、同一类别、同一派驻单位。",
                "id_number",
                "两行保留一行。",
            )
        elif not self._bound(line):
            say.info("I-SECOND", f"第{above[0].number}行已有{name}，本行为其新建另一份协议草稿。", "host_name")
        return True

    def _bound(self, line: Line) -> bool:
        """R19 binds this row: a further host is no second agreement, but a finding."""
        category = Category(line.values["category"])
        return paper_rules.bound_to_one_host(self.entry("E-ONE-HOST"), category=category, form=Form.INDIVIDUAL)

    # -- the host

    def host_of(self, line: Line, say: Sayer) -> Unit | None:
        """The unit of the row as the register or the file knows it; its code is put on the row. None for a new one."""
        values = line.values
        say_district(line, say, self.setting)
        named, code = values.get("host_name", ""), values.get("host_code", "")
        faulty = {fault.key for fault in line.cleaned.faults}
        if not named and not code:
            return None
        if not code and "host_code" not in faulty:
            return self._host_by_name(line, say, named)
        unit = self.hosts.by_code.get(code)
        if unit is None:
            if code:
                self._new_host(line, say, code, named, faulty)
            return None
        if not unit.is_host:
            return self._no_host_yet(line, say, unit, named)
        if named and named != unit.name:
            say.info(
                "I-HOST-NAME",
                f"这个信用代码登记的单位是“{unit.name}”，将使用已登记的单位。",
                "host_name",
                "不是同一单位的，请核对信用代码。",
            )
        return unit

    def _no_host_yet(self, line: Line, say: Sayer, unit: Unit, named: str) -> Unit | None:
        say(
            unit_rules.unit_is_new(taken=True, field="host_code"),
            advice="核对信用代码；确需派驻的，请与市科技局联系。",
        )
        return unit

    def _host_by_name(self, line: Line, say: Sayer, named: str) -> Unit | None:
        found = self.hosts.by_name.get(named, [])
        if len(found) == 1:
            line.host_code = found[0].code
            return found[0]
        if line.values.get("host_type") == HostType.VILLAGE and not found:
            line.host_code = f"{line.values.get('host_district', '')}:{named}"[:100]
            self._new_host(line, say, line.host_code, named, set())
            return None
        finding = unit_rules.code_unless_a_village(uscc="", host_type=HostType.ENTERPRISE)
        say(finding, "host_code", "填写派驻单位的18位统一社会信用代码。")
        return None

    def _new_host(self, line: Line, say: Sayer, code: str, named: str, faulty: Collection[str]) -> None:
        values = line.values
        if not named and "host_name" not in faulty:
            say.block("E-COMPLETE", "缺少派驻单位名称。", "host_name", "填写派驻单位名称。")
        if "host_district" not in values and "host_district" not in faulty:
            self._lacks(line, say, "host_district", "缺少派驻单位所在县（市、区）。", "填写派驻单位所在县（市、区）。")
        if values.get("host_district") in self.setting.districts.dissolved:
            say.block(
                "E-DISTRICT",
                "这个县（市、区）已停用，不能登记新的派驻单位。",
                "host_district",
                "改为在用的县（市、区）。",
            )
        host_type = values.get("host_type") or suggest_host_type(code)
        if not host_type and "host_type" not in faulty:
            self._lacks(line, say, "host_type", "缺少派驻单位类型。", "填写企业、合作社、家庭农场、村等。")
            host_type = values.get("host_type")
        if not host_type:
            return
        values["host_type"] = host_type = HostType(host_type).value
        first = self.names.setdefault(code, named)
        if named and first and first != named:
            say.warn(
                "W-HOST-NAME",
                f"同一信用代码在本表中有两个名称：“{first}”和“{named}”，将使用前一个。",
                "host_name",
                "核对名称和信用代码。",
            )
        self.types.setdefault(code, HostType(host_type))
        flags = (bool(values.get("host_scale")), bool(values.get("host_sme")))
        self.flags.setdefault(code, flags)
        say(
            unit_rules.flags_of_a_firm(above_scale=flags[0], tech_sme=flags[1], host_type=HostType(host_type)),
            "host_type",
            "核对单位类型、规模和是否科技型中小企业。",
        )

    def _lacks(self, line: Line, say: Sayer, key: str, message: str, advice: str) -> None:
        say.block("E-COMPLETE", message, key, advice)

    # -- the agreement to be

    def _agreement(self, line: Line, say: Sayer, unit: Unit | None) -> None:
        at, name = self.at(line, unit), line.values.get("name") or "此人"
        category = Category(line.values["category"]) if "category" in line.values else None
        graduate = (name, line.values.get("graduates_on"))
        if not self.terms(line, say, at, category=category, graduate=graduate):
            return
        if line.digest and category:
            self._one_host(line, say, category, name)
            self._overlap(line, say, category)
        self.crowd([line], say, at)

    def at(self, line: Line, unit: Unit | None) -> At:
        """The host of a row as the register knows it, else as the file first calls it."""
        if unit:
            return At(unit.name, unit.host_type or HostType.OTHER, unit.is_above_scale, unit.is_tech_sme)
        code = line.host_code
        name = self.names.get(code) or line.values.get("host_name", "该单位")
        return At(name, self.types.get(code) or HostType.OTHER, *self.flags.get(code, (False, False)))

    def terms(
        self, line: Line, say: Sayer, at: At, *, category: Category | None, graduate: tuple[str, date | None]
    ) -> bool:
        """The parties and the days of the agreement to be; `graduate`: who of those that serve graduates first, and
        when. False when there are no days by which more could be asked."""
        setting = self.setting
        say(
            paper_rules.three_different_parties(
                self.entry("E-SAME-PARTY"),
                institution=setting.organization_id,
                host=setting.organization_id if line.host_code == setting.own_code else 0,
            )
        )
        if category:
            entry = self.entry("E-HOST-KIND")
            say(paper_rules.usual_host(entry, category=category, host=at.name, host_type=at.host_type))
        if line.start is None or line.end is None:
            return False
        wrong = paper_rules.ends_after_it_starts(self.entry("E-COMPLETE"), start=line.start, end=line.end)
        say(wrong, "service_end", "核对服务开始日期和截止日期。")
        if wrong:
            return False
        say(paper_rules.usual_term(self.entry("W-TERM"), start=line.start, end=line.end))
        signed_on = line.values.get("signed_on", setting.on)
        say(paper_rules.usual_end(self.entry("W-END"), signed_on=signed_on, end=line.end))
        who, graduates_on = graduate
        say(
            paper_rules.graduates_after_the_end(
                self.entry("W-GRADUATION"), specialist=who, graduates_on=graduates_on, end=line.end
            )
        )
        return True

    def _one_host(self, line: Line, say: Sayer, category: Category, name: str) -> None:
        entry = self.entry("E-ONE-HOST")
        assert line.start
        assert line.end
        say(
            paper_rules.one_host_a_year(
                entry,
                specialist=name,
                category=category,
                form=Form.INDIVIDUAL,
                elsewhere=[*self._years_elsewhere(line, category)] if self._bound(line) else [],
                start=line.start,
                on=self.setting.on,
            )
        )

    def _years_elsewhere(self, line: Line, category: Category) -> Iterable[YearTaken]:
        """Years given to another host: in the register, by drafts in hand, and by rows above in this file."""
        assert line.start
        assert line.end
        years = range(line.start.year, line.end.year + 1)
        said = set()
        for taken, code in self.known.years.get(line.digest, ()):
            if taken.year in years and code != line.host_code:
                said.add(taken.year)
                yield taken
        others: list[tuple[date, date, str, str]] = [
            (paper.start, paper.last_day, paper.host, paper.number)
            for paper in self.known.papers.get(line.digest, ())
            if paper.draft
            and paper.category == category
            and paper.host_code != line.host_code
            and paper.start
            and paper.last_day
        ]
        others += [
            (row.start, row.end, self.names.get(row.host_code) or self._name_of(row.host_code), f"本表第{row.number}行")
            for row in self.above.get(line.digest, ())
            if row.group == category and row.host_code not in ("", line.host_code) and row.start and row.end
        ]
        for start, end, host, number in others:
            for year in range(start.year, end.year + 1):
                if year in years and year not in said:
                    said.add(year)
                    yield YearTaken(year, host, number, end)

    def _name_of(self, code: str) -> str:
        unit = self.hosts.by_code.get(code)
        return unit.name if unit else "另一单位"

    def _overlap(self, line: Line, say: Sayer, category: Category) -> None:
        """A3: a paper with the same host, of another year's registration, that is still running then."""
        ends = [
            paper.last_day
            for paper in self._running(line, category)
            if paper.last_day and paper.start and paper.start <= (line.end or paper.start)
        ]
        assert line.start
        running_to = max((end for end in ends if end >= line.start), default=None)
        say(paper_rules.begins_after(self.entry("E-OVERLAP"), start=line.start, running_to=running_to))

    def _running(self, line: Line, category: Category) -> list[Paper]:
        mine = {one.pk for one in self.known.registered.get(line.digest, ()) if one.mine}
        return [
            paper
            for paper in self.known.papers.get(line.digest, ())
            if paper.host_code == line.host_code
            and paper.category == category
            and not paper.draft
            and paper.registration_id not in mine  # that one is said to be there already (E-REG-DUP)
        ]

    def crowd(self, lines: Sequence[Line], say: Sayer, at: At) -> None:
        """R23: the people of these rows come to one host together; those of a team count one by one (A10)."""
        if coming := self.coming(lines):
            self.capped(lines, say, at)
            newcomer, *companions = coming
            say(
                paper_rules.small_firm_is_not_capped(
                    self.entry("I-CAP5"),
                    host=at.name,
                    is_other_small_firm=paper_rules.is_other_small_firm(
                        host_type=at.host_type, is_tech_sme=at.is_tech_sme, is_above_scale=at.is_above_scale
                    ),
                    present=self.hosts.stays.get(lines[0].host_code, []),
                    newcomer=newcomer,
                    companions=companions,
                )
            )

    def capped(self, lines: Sequence[Line], say: Sayer, at: At) -> None:
        if coming := self.coming(lines):
            newcomer, *companions = coming
            say(
                paper_rules.host_may_take(
                    self.entry("E-CAP5"),
                    host=at.name,
                    capped_as=paper_rules.capped_as(
                        host_type=at.host_type, is_tech_sme=at.is_tech_sme, is_above_scale=at.is_above_scale
                    ),
                    present=self.hosts.stays.get(lines[0].host_code, []),
                    newcomer=newcomer,
                    companions=companions,
                )
            )

    def coming(self, lines: Sequence[Line]) -> list[Stay]:
        """The days are those of the first row: the others come with it."""
        start, end = lines[0].start, lines[0].end
        assert start
        assert end
        return [Stay(self._person(line.digest), start, end) for line in lines if line.digest]

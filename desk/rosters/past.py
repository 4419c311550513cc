"""Agreements filed before the platform (历史协议): what is to be said of each row before it is taken over.

The rules of the plan are asked as of any agreement, and report: what was filed then is filed. A row is only stopped by
what cannot be kept at all: nobody to be known by an ID number, no days, an unknown institution, a number that stands
twice. All rows of one number are one agreement, of one person or of a team.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from accounts.enums import HostType
from agreements import rules as paper_rules
from agreements.models import last_day
from agreements.rules import Stay
from agreements.services.past import number_is_free
from core.policy import Finding, Level, plain
from desk.enums import Kind
from desk.rosters import queries
from desk.rosters.checking import PeopleCheck
from desk.rosters.lines import Line, Sayer, Setting, digest_of, say_faults, say_missing, say_title
from desk.rosters.past_facts import Known, Unitlike, known_of, plain_name
from desk.rosters.queries import Before, Paper, Unit
from desk.rosters.teams import domains_of
from specialists import rules as person_rules
from specialists.enums import Category, Education, Form, PersonnelType, RegistrationStatus

AGES = (16, 100)  # whoever served years ago may be older now than a new specialist may be
WANTED = ("number", "filed_on", "name", "id_number", "category", "service_start", "service_end")
OF_THE_PAPER = [
    "number",
    "filed_on",
    "document_number",
    "institution",
    "institution_code",
    "category",
    "team",
    "domains",
    "host_name",
    "host_code",
    "host_district",
    "host_type",
    "host_scale",
    "host_sme",
    "signed_on",
    "service_start",
    "service_end",
    "status",
    "terminated_on",
    "termination_reason",
    "service_content",
    "visits",
]
SAME = {
    "host_code": "派驻单位",
    "host_name": "派驻单位",
    "service_start": "服务开始日期",
    "service_end": "服务截止日期",
    "filed_on": "备案日期",
    "category": "类别",
}
KEPT = "照原备案导入，不影响导入；请对照原件核对，确有误填的改正后再导入。"
LATER = "照原表导入，页面上显示为“未记载”；以后可以补录。"


class Reporter(Sayer):
    """Tells what a rule says of what was filed long ago: never more than a hint."""

    def __call__(self, finding: Finding | None, key: str = "", advice: str = "", link: str = "") -> None:
        if finding and finding.level == Level.BLOCK:
            finding = replace(finding, level=Level.WARN)
        super().__call__(finding, key, advice or KEPT, link)

    def block(self, code: str, message: str, key: str = "", advice: str = "") -> None:
        super().__call__(plain(code, message), key, advice)


# --- the check --------------------------------------------------------------------------------------------------------


def check(setting: Setting, lines: Sequence[Line]) -> None:
    """Judge a whole file: rows of one number are one agreement, and rows above count as if they were here already."""
    for line in lines:
        say_faults(line, Reporter(line, setting))
    _fill_down(lines)
    for line in lines:
        values = line.values
        line.digest = digest_of(line.cleaned)
        line.group = values.get("number", "")
        line.host_code = values.get("host_code", "")
        line.start, line.end = values.get("service_start"), values.get("service_end")
        if line.end and "terminated_on" in values:
            line.end = last_day(line.end, values["terminated_on"])
        if "personnel_type" not in values and "education" in values:
            student = values["education"] in (Education.MASTER_STUDENT, Education.DOCTOR_STUDENT)
            values["personnel_type"] = (PersonnelType.GRADUATE if student else PersonnelType.STAFF).value
    known = known_of(lines)
    codes = {line.host_code for line in lines} - {""}
    names = {line.values["host_name"] for line in lines if "host_name" in line.values and not line.host_code}
    digests = {line.digest for line in lines} - {""}
    people = queries.people(digests, organization_id=0, year=0)
    judge = PastCheck(setting, people, queries.hosts(codes, names), known)
    papers: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        papers[line.group or f"row {line.number}"].append(line)
    for rows in papers.values():
        judge.check_paper(rows)


def _fill_down(lines: Sequence[Line]) -> None:
    """What the list says of a team in its first row only holds for the rows below it."""
    above: Line | None = None
    for line in lines:
        team, faulty = line.values.get("team"), {fault.key for fault in line.cleaned.faults}
        goes_on = above and "number" not in line.values and "number" not in faulty and "team" in above.values
        if above and goes_on and team in (None, above.values["team"]):
            for key in OF_THE_PAPER:
                if key in above.values and key not in faulty:
                    line.values.setdefault(key, above.values[key])
        above = line


class PastCheck(PeopleCheck):
    """The rows of past agreements; hosts are looked up as for a roster, and nothing of them is demanded."""

    def __init__(self, setting: Setting, people: queries.People, hosts: queries.Hosts, register: Known) -> None:
        super().__init__(setting, people, hosts, ())
        self.register = register
        self.names_of: dict[str, str] = {}  # by digest, as the file first calls the person
        self.in_teams: dict[tuple[str, int], set[str]] = defaultdict(set)

    # -- one agreement

    def check_paper(self, rows: Sequence[Line]) -> None:
        first = rows[0]
        for line in rows:
            say = Reporter(line, self.setting)
            say_missing(line, say, WANTED, Kind.PAST)
            self._about_the_person(line, say)
            line.institution = self._institution(line, say)
        say = Reporter(first, self.setting)
        is_team = "team" in first.values
        self._number(rows, is_team=is_team)
        if all(line.is_there for line in rows):
            return
        self._days(first, say)
        unit = self.host_of(first, say)
        if not first.host_code and not first.blocked:
            say.block("E-COMPLETE", "缺少派驻单位。", "host_name", "填写派驻单位名称或统一社会信用代码。")
        for line in rows[1:]:
            line.host_code = first.host_code
        self._parties(first, say)
        if is_team:
            self._team(rows, say)
        if not any(line.blocked for line in rows):
            self._ask_the_rules(rows, say, unit)
        if any(line.blocked for line in rows):
            _stop_the_others(rows, self.setting)
        elif "terminated_on" not in first.values:
            for line in rows:
                self._counts_at_host(line)
        category = "" if is_team else first.values.get("category", "")
        for line in rows:
            place = (line.number, line.digest, category, first.host_code, first.start, first.end)
            self.above[line.digest].append(Before(*place, blocked=line.blocked))

    def _counts_at_host(self, line: Line) -> None:
        assert line.start
        assert line.end
        self.hosts.stays[line.host_code].append(Stay(self._person(line.digest), line.start, line.end))

    def _about_the_person(self, line: Line, say: Sayer) -> None:
        say_title(line, say, self.setting.titles)
        name = line.values.get("name", "")
        if not line.digest or not name:
            return
        known = self.known.known.get(line.digest)
        if known and known.name != name:
            say.warn(
                "W-PAST-NAME",
                f"平台上这个身份证号的姓名是“{known.name}”，导入后以平台为准，核对表列为有差异。",
                "name",
                "对照身份证核对；平台有误的，请在人员档案更正。",
            )
        elif not known and (first := self.names_of.setdefault(line.digest, name)) != name:
            say.warn(
                "W-PAST-NAME",
                f"同一身份证号在本表中有两个姓名：“{first}”和“{name}”，将使用前一个。",
                "name",
                "对照身份证核对姓名和号码。",
            )
        say(
            person_rules.qualified(
                self.entry("E-REVOKED"), name=name, revoked_on=known.revoked_on if known else None, act="参加选派"
            )
        )

    def _institution(self, line: Line, say: Sayer) -> int | None:
        """Which institution of the register the row names: by its code, else by its exact name; none is entered."""
        code, name = line.values.get("institution_code", ""), line.values.get("institution", "")
        if not code and not name:
            faulty = {fault.key for fault in line.cleaned.faults}
            if not faulty & {"institution", "institution_code"}:
                say.block("E-COMPLETE", "缺少派出单位。", "institution", "填写派出单位名称或统一社会信用代码。")
            return None
        by_code = self.register.institutions.get(code, []) if code else []
        by_name = self.register.institutions.get(plain_name(name), []) if name else []
        found = by_code or ([] if code else by_name)
        if len(found) == 1:
            if by_code and name and plain_name(found[0].name) != plain_name(name):
                say.info("I-UNIT-NAME", f"这个信用代码登记的派出单位是“{found[0].name}”，将归入该单位。", "institution")
            return found[0].pk
        key = "institution_code" if code else "institution"
        if len(found) > 1:
            say.block("E-PAST-UNIT", f"平台上有{len(found)}个派出单位叫“{name}”。", key, "补充派出单位的信用代码。")
        elif code and by_name:
            words = f"信用代码与派出单位“{name}”在平台登记的不一致。"
            say.block("E-PAST-UNIT", words, key, "核对派出单位的名称和信用代码。")
        else:
            words = f"派出单位“{name or code}”不在平台的派出单位之中。"
            say.block(
                "E-PAST-UNIT",
                words,
                key,
                "核对名称是否为登记的全称；确未登记的，先在“单位”中新增派出单位，再重新校验。",
            )
        return None

    def _number(self, rows: Sequence[Line], *, is_team: bool) -> None:
        number = rows[0].values.get("number")
        if not number:
            return
        taken = number_is_free(
            number, pack=self.setting.pack, on=self.setting.on, taken_by=self.register.numbers.get(number)
        )
        teams = {line.values.get("team") for line in rows}
        several = len(rows) > 1 and (not is_team or len(teams) > 1)
        places = "、".join(str(line.number) for line in rows)
        for line in rows:
            say = Reporter(line, self.setting)
            if taken and not several and self._is_there(number, rows):
                say.there(taken, "number", "无须处理。")
            elif taken:
                say.block(taken.code, taken.message, "number", "误填的，对照原件改正。")
            if several:
                words = f"原备案号“{number}”在本表第{places}行重复，一个备案号只对应一份协议。"
                say.block("E-PAST-NO", words, "number", "对照原件改正；是同一团队的，各行填写相同的团队名称。")
        if several or not is_team:
            return
        for key, label in SAME.items():
            if len({line.values[key] for line in rows if key in line.values}) > 1:
                words = f"同一团队协议“{number}”各行的{label}不一致（第{places}行）。"
                Reporter(rows[0], self.setting).block("E-PAST-TEAM", words, key, "对照原件，把各行改为一致。")

    def _is_there(self, number: str, rows: Sequence[Line]) -> bool:
        """This agreement was taken over by an earlier file: the number is its institution's and one of its people's."""
        if (there := self.register.taken_over.get(number)) is None:
            return False
        unit, signer = there
        return unit == rows[0].institution and signer in {line.digest for line in rows}

    def _days(self, line: Line, say: Sayer) -> None:
        values, on = line.values, self.setting.on
        filed_on = values.get("filed_on")
        if filed_on and filed_on > on:
            say.block("E-FIELD", "备案日期晚于今天。", "filed_on", "对照原件改正。")
        end = values.get("service_end")
        if line.start and end:
            wrong = paper_rules.ends_after_it_starts(self.entry("E-COMPLETE"), start=line.start, end=end)
            if wrong:
                say.block(wrong.code, wrong.message, "service_end", "对照原件核对服务开始日期和截止日期。")
        status, over = values.get("status"), values.get("terminated_on")
        if status == "terminated" and not over:
            say.block(
                "E-COMPLETE", "状态为终止，缺少终止日期。", "terminated_on", "填写终止日期；没有终止的，改正状态。"
            )
        if over and over > on:
            say.block("E-FIELD", "终止日期晚于今天。", "terminated_on", "对照原件改正；今后的终止请在平台上办理。")
        if over and filed_on and over < filed_on:
            say.warn("W-PAST-STATUS", "终止日期早于备案日期。", "terminated_on", KEPT)
        if over and status not in (None, "terminated"):
            say.warn("W-PAST-STATUS", "有终止日期，状态却不是终止；按终止导入。", "status", KEPT)
        if end and not over:
            if status == "over" and end >= on:
                words = "状态为到期，截止日期却未到；平台按日期判断，仍在服务期内。"
                say.warn("W-PAST-STATUS", words, "status", KEPT)
            if status == "running" and end < on:
                say.info("W-PAST-STATUS", "状态为在岗，截止日期已过；平台按日期判断，显示为已到期。", "status", KEPT)

    def _parties(self, line: Line, say: Sayer) -> None:
        host = self.hosts.by_code.get(line.host_code)
        if line.institution is not None and host and host.pk == line.institution:
            finding = paper_rules.three_different_parties(
                self.entry("E-SAME-PARTY"), institution=line.institution, host=host.pk
            )
            if finding:
                say.block(finding.code, finding.message, "host_name", "对照原件核对派出单位和派驻单位。")

    # -- the host: what nobody wrote down is not demanded

    def _no_host_yet(self, line: Line, say: Sayer, unit: Unit, named: str) -> Unit | None:
        self._new_host(line, say, line.host_code, named or unit.name, set())
        return None

    def _host_by_name(self, line: Line, say: Sayer, named: str) -> Unit | None:
        found = self.hosts.by_name.get(named, [])
        if len(found) == 1:
            line.host_code = found[0].code
            return found[0]
        if len(found) > 1:
            words = f"平台上有{len(found)}个派驻单位叫“{named}”。"
            say.block("E-UNIT", words, "host_code", "补充派驻单位的统一社会信用代码。")
            return None
        line.host_code = f"{line.values.get('host_district', '')}:{named}"[:100]
        words = "缺少派驻单位的统一社会信用代码，按名称登记。"
        say.warn("W-PAST-LACKS", words, "host_code", "能查到的请补上，同一单位才不会登记两次。")
        self._new_host(line, say, line.host_code, named, set())
        return None

    def _lacks(self, line: Line, say: Sayer, key: str, message: str, advice: str) -> None:
        say.warn("W-PAST-LACKS", message, key, LATER)
        if key == "host_type":
            line.values["host_type"] = HostType.OTHER.value

    # -- a team

    def _team(self, rows: Sequence[Line], say: Sayer) -> None:
        leaders = [line for line in rows if leads(line.values)]
        if len(leaders) != 1:
            words = "没有标明团队负责人。" if not leaders else "标明了几名团队负责人。"
            say.block("E-TEAM-LEADER", words, "leader", "团队协议由负责人签署：在“团队负责人”一列写明一人。")
        seats = [(line.digest or f"row {line.number}", line.values.get("name", "")) for line in rows]
        if twice := person_rules.nobody_stands_twice(self.entry("E-TEAM-TWICE"), members=seats):
            say.block(twice.code, twice.message, "name", "同一人只保留一行。")
        domains = domains_of(
            next((line.values["domains"] for line in rows if "domains" in line.values), ""), self.setting.words
        )
        say(person_rules.team_names_its_fields(self.entry("E-TEAM-FIELD"), domains=domains), "domains", LATER)
        say(person_rules.team_of_the_right_size(self.entry("E-TEAM-SIZE"), members=len(rows)), "team")
        unit = self._unit_of(rows[0])
        if unit:
            say(
                person_rules.team_from_a_university_or_institute(self.entry("E-TEAM-ORG"), institution_type=unit.type),
                "team",
            )
        year = rows[0].values["filed_on"].year if "filed_on" in rows[0].values else self.setting.year
        name = rows[0].values["team"]
        elsewhere = []
        for line in rows:
            others = self.in_teams[line.digest, year] - {name} if line.digest else set()
            if others:
                elsewhere.append((line.values.get("name", "此人"), sorted(others)))
            self.in_teams[line.digest, year].add(name)
        say(person_rules.members_of_few_teams(self.entry("W-TWO-TEAMS"), year=year, elsewhere=elsewhere), "name")

    def _unit_of(self, line: Line) -> Unitlike | None:
        units = (unit for found in self.register.institutions.values() for unit in found)
        return next((unit for unit in units if unit.pk == line.institution), None)

    # -- what the plan says of it

    def _ask_the_rules(self, rows: Sequence[Line], say: Sayer, unit: Unit | None) -> None:
        first = rows[0]
        category, form = Category(first.values["category"]), Form.TEAM if "team" in first.values else Form.INDIVIDUAL
        start, end = first.values["service_start"], first.values["service_end"]
        for line in rows:
            self._of_the_year(line, Reporter(line, self.setting), category, form)
        at = self.at(first, unit)
        entry = self.entry("E-HOST-KIND")
        say(paper_rules.usual_host(entry, category=category, host=at.name, host_type=at.host_type))
        say(paper_rules.usual_term(self.entry("W-TERM"), start=start, end=end))
        signed_on = first.values.get("signed_on", first.values["filed_on"])
        say(paper_rules.usual_end(self.entry("W-END"), signed_on=signed_on, end=end))
        if form == Form.INDIVIDUAL:
            name = first.values["name"]
            institution = self._unit_of(first)
            say(
                person_rules.broker_from_a_suitable_institution(
                    self.entry("E-BROKER-ORG"),
                    category=category,
                    institution_type=institution.type if institution else None,
                )
            )
            say(
                paper_rules.graduates_after_the_end(
                    self.entry("W-GRADUATION"),
                    specialist=name,
                    graduates_on=first.values.get("graduates_on"),
                    end=end,
                )
            )
            self._one_host(first, say, category, name)
            self._overlap(first, say, category)
        if not first.values.get("terminated_on"):
            self.capped(rows, say, at)

    def _of_the_year(self, line: Line, say: Sayer, category: Category, form: Form) -> None:
        """Whether the year's registration of the kind can be the one that this agreement hangs on, and R29."""
        year, name = line.values["filed_on"].year, line.values["name"]
        for institution, status, label in self.register.open_registrations.get((line.digest, year, form, category), ()):
            mine = institution == line.institution
            if status == RegistrationStatus.APPROVED:
                if not mine:
                    words = f"{name}{year}年度这一类别由另一单位登记，本协议归入该登记。"
                    say.warn("E-REG-DUP", words, "institution", KEPT)
            elif mine or status != RegistrationStatus.DRAFT:
                words = f"{name}{year}年度这一类别的登记正在办理（{label}），不能再导入同一年度的历史登记。"
                say.block("E-REG-DUP", words, "id_number", "先办结登记，或由派出单位删除草稿，再重新校验。")
        listings = [one.listing for one in self.known.listed.get(line.digest, ())]
        assert line.start
        assert line.end
        say(
            person_rules.not_on_the_provincial_list(
                self.entry("E-PROV"),
                name=name,
                category=category,
                form=form,
                listings=listings,
                start=line.start,
                end=line.end,
            )
        )

    def _running(self, line: Line, category: Category) -> list[Paper]:
        """A3: papers with the same host that were filed, here or in a row above."""
        here = [
            paper
            for paper in self.register.papers.get(line.digest, ())
            if paper.host_code == line.host_code and paper.category == category
        ]
        above = [
            Paper(0, row.group, row.host_code, "", f"本表第{row.number}行", row.start, row.end, draft=False)
            for row in self.above.get(line.digest, ())
            if row.group == category and row.host_code == line.host_code and not row.blocked
        ]
        return [*here, *above]


def leads(values: Mapping[str, Any]) -> bool:
    """Whether who stands in a row leads its team: marked there, or named in every row."""
    said = values.get("leader")
    return said is True or (isinstance(said, str) and said == values.get("name"))


def _stop_the_others(rows: Sequence[Line], setting: Setting) -> None:
    """An agreement goes in whole: one faulty row of a team stops its other rows."""
    faulty = "、".join(str(line.number) for line in rows if line.blocked)
    for line in rows:
        if not line.blocked:
            words = f"同一协议的第{faulty}行有错误，整份协议不能导入。"
            Reporter(line, setting).block("E-ROSTER", words, "number", "改正后整份协议一并导入。")

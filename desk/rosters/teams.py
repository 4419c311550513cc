"""Rosters of teams: the rows of one team are judged together, by the rules that judge a single form of a team."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from accounts.enums import InstitutionType
from accounts.models import Membership
from core import dictionaries
from core.dictionaries import Words
from core.enums import Dictionary
from desk.enums import Kind
from desk.rosters import kept, queries, team_papers
from desk.rosters.checking import PeopleCheck
from desk.rosters.lines import FIELD_ADVICE, Line, Sayer, Setting, digest_of, say_faults, say_missing, say_title
from specialists import rules
from specialists.enums import Category, Education, PersonnelType
from specialists.models import Team
from specialists.teams import MemberEntry, category_for, register_team

WANTED = ("team", "name", "id_number", "mobile")
LONGEST_DOMAIN = 60


def domains_of(text: str, words: Words) -> list[str]:
    """The words of a cell as the dictionary has them."""
    return [words.official(part[:LONGEST_DOMAIN]) for part in words.parted(text)]


def check(setting: Setting, lines: Sequence[Line]) -> None:
    by_team: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        line.digest, line.group = digest_of(line.cleaned), line.values.get("team", "")
        line.host_code, line.start = line.values.get("host_code", ""), line.values.get("service_start")
        by_team[line.group].append(line)
    digests = {line.digest for line in lines} - {""}
    codes = {line.host_code for line in lines} - {""}
    hosts = {line.values["host_name"] for line in lines if "host_name" in line.values and not line.host_code}
    known = queries.people(digests, organization_id=setting.organization_id, year=setting.year)
    names = queries.team_names([*by_team], organization_id=setting.organization_id, year=setting.year)
    teams = queries.in_own_teams(digests, organization_id=setting.organization_id, year=setting.year)
    in_file: dict[str, list[str]] = defaultdict(list)
    for name, members in by_team.items():
        for digest in dict.fromkeys(line.digest for line in members):
            in_file[digest].append(name)
    people = PeopleCheck(setting, known, queries.hosts(codes, hosts), ())
    kept_of = kept.people(digests, unit=setting.organization_id, year=setting.year, pack=setting.pack)
    for name, members in by_team.items():
        if name in names and all(name in teams.get(line.digest, ()) for line in members):
            _say_there(name, members, setting)
            continue
        units = {}
        for line in members:
            _check_member(line, setting, known)
            units[line.number] = people.host_of(line, Sayer(line, setting))
            kept.say(line, Sayer(line, setting), kept_of.get(line.digest))
        if name:
            others = {
                digest: [*teams.get(digest, ()), *(one for one in in_file[digest] if one != name)]
                for digest in {line.digest for line in members} - {""}
            }
            _check_team(name, members, setting, exists=name in names, others=others)
            team_papers.check(members, people, units, _category(members, setting))
            _stop_the_others(members, setting)


def _say_there(name: str, members: Sequence[Line], setting: Setting) -> None:
    """This unit has the team with all these members."""
    if again := rules.team_registered_once(setting.pack.entry("E-TEAM-DUP"), name=name, year=setting.year, exists=True):
        for line in members:
            Sayer(line, setting).there(again, "team", "无须处理；要修改的，在团队登记中办理。")


def _check_member(line: Line, setting: Setting, known: queries.People) -> None:
    say = Sayer(line, setting)
    say_faults(line, say)
    say_missing(line, say, WANTED, Kind.TEAMS)
    say_title(line, say, setting.titles)
    person = known.known.get(line.digest)
    name = line.values.get("name", "此人")
    if person and line.values.get("name") and person.name != line.values["name"]:
        say.block(
            "E-ID",
            "姓名与该身份证号码不一致，请核对两项；确认无误的，请与市科技局联系。",
            "name",
            "对照身份证核对姓名和号码。",
        )
    if line.digest:
        revoked_on = person.revoked_on if person else None
        entry = setting.pack.entry("E-REVOKED")
        say(rules.qualified(entry, name=name, revoked_on=revoked_on, act="参加选派"))
    if _personnel(line.values) == PersonnelType.GRADUATE:
        say.info("W-GRAD", "在校研究生一般应具备一定科研能力或拥有科研成果，可在团队登记页补充。", "name")
        if "graduates_on" not in line.values:
            say.info("E-COMPLETE", "在校研究生缺少预计毕业日期。", "graduates_on", "可以先导入，提交登记前补充。")


def _check_team(
    name: str, members: Sequence[Line], setting: Setting, *, exists: bool, others: Mapping[str, list[str]]
) -> None:
    """What a team as a whole is asked; it is said on its first row, and a block stops all its rows."""
    pack = setting.pack
    first = Sayer(members[0], setting)
    domains = domains_of(_told(members, "domains"), setting.words)
    institution_type = setting.institution_type or InstitutionType.OTHER
    first(
        rules.team_from_a_university_or_institute(pack.entry("E-TEAM-ORG"), institution_type=institution_type), "team"
    )
    first(rules.team_names_its_fields(pack.entry("E-TEAM-FIELD"), domains=domains), "domains")
    for domain in domains:
        if said := setting.words.said_of(domain):
            first.info("I-FIELD", said, "domains", FIELD_ADVICE)
    first(rules.team_of_the_right_size(pack.entry("E-TEAM-SIZE"), members=len(members)), "team")
    seats = [(line.digest or f"row {line.number}", line.values.get("name", "")) for line in members]
    first(rules.nobody_stands_twice(pack.entry("E-TEAM-TWICE"), members=seats), "name", "同一人只保留一行。")
    leaders = sum(bool(line.values.get("is_leader")) for line in members)
    first(rules.team_has_its_leader(pack.entry("E-TEAM-LEADER"), leaders=leaders), "is_leader", "标明一名负责人。")
    first(
        rules.team_registered_once(pack.entry("E-TEAM-DUP"), name=name, year=setting.year, exists=exists),
        "team",
        "无须再次导入，删去这个团队的各行。",
    )
    elsewhere = [(line.values.get("name", "此人"), others[line.digest]) for line in members if others.get(line.digest)]
    first(rules.members_of_few_teams(pack.entry("W-TWO-TEAMS"), year=setting.year, elsewhere=elsewhere), "name")
    outsiders = [(line.values.get("name", "此人"), line.values["unit"]) for line in members if "unit" in line.values]
    first(
        rules.members_are_the_units_own(
            pack.entry("W-TEAM-OUTSIDE"), institution=setting.own_name, outsiders=outsiders
        ),
        "unit",
    )


def _told(members: Sequence[Line], key: str) -> Any:
    """What the first row that says it has: of a team it is said once."""
    return next((line.values[key] for line in members if key in line.values), "")


def _category(members: Sequence[Line], setting: Setting) -> Category:
    """As the registration of the team will have it."""
    domains = domains_of(_told(members, "domains"), setting.words)
    return Category(_told(members, "category") or category_for(domains, pack=setting.pack))


def _stop_the_others(members: Sequence[Line], setting: Setting) -> None:
    """A team goes in whole: one faulty row stops its other rows."""
    faulty = "、".join(str(line.number) for line in members if line.blocked)
    for line in members:
        if faulty and not line.blocked:
            words = f"同一团队的第{faulty}行有错误，整个团队不能导入。"
            Sayer(line, setting).block("E-ROSTER", words, "team", "改正后整个团队一并导入。")


def _personnel(values: Mapping[str, Any]) -> PersonnelType:
    student = values.get("education") in (Education.MASTER_STUDENT, Education.DOCTOR_STUDENT)
    return PersonnelType.GRADUATE if student else PersonnelType.STAFF


def register(rows: Sequence[Mapping[str, Any]], *, by: Membership, on: date, consent: bool) -> Team:
    """The team of these rows as a draft. Raises Refused with everything its service finds in the way."""
    members = [
        MemberEntry(
            name=values["name"],
            id_number=values["id_number"],
            mobile=values.get("mobile", ""),
            is_leader=bool(values.get("is_leader")),
            title_name=values.get("title", ""),
            education=values.get("education", ""),
            email=values.get("email", ""),
            personnel_type=_personnel(values),
            unit=values.get("unit", ""),
            graduates_on=values.get("graduates_on"),
        )
        for values in rows
    ]
    meant = dictionaries.words(Dictionary.FIELD, Dictionary.INDUSTRY, on=on)
    told = next((values["domains"] for values in rows if values.get("domains")), "")
    domains = domains_of(told, meant)
    category = next((values["category"] for values in rows if values.get("category")), "")
    # Goals stand in the draft of its agreement, if the rows name a host.
    told_of = [] if any(values.get("paper") for values in rows) else rows
    summary = "\n".join(dict.fromkeys(values["goals"] for values in told_of if values.get("goals")))
    return register_team(
        by=by,
        on=on,
        name=rows[0]["team"],
        domains=domains,
        members=members,
        category=category,
        summary=summary,
        consent=consent,
    )

"""What the work plan says about who may become a specialist (一, 四（一）, 四（四）, 五（一）).

A rule takes what is known of one registration and says nothing when all is well; otherwise it gives a finding: the
article, the sentence to show, the figures behind it. It knows no database, no clock and no page. How strictly it binds
and every number stand in the year's policy pack, whose entry is its first argument: an old year is judged as it was.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.enums import InstitutionType
from core.dates import day_in_words
from core.policy import Finding, RuleEntry, cites, plain
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus


@dataclass(frozen=True)
class Listing:
    """A row of the provincial list: the year it names, and from when to when it holds; both end days count."""

    year: int
    valid_from: date
    valid_to: date


@dataclass(frozen=True)
class Tally:
    """How far the plan of one category and year is filled, in distinct persons (A7)."""

    reached: int
    planned: int | None  # None: the plan names no number that may be exceeded
    word: str = "已入选"  # what makes a person count here; at filing it is 已备案


WITH_PROPOSED = "已入选和拟选派"  # the word of a tally in which some are on their way to the published list


@cites("E-STATE", "R25")
def may_move(entry: RuleEntry, *, status: RegistrationStatus, to: RegistrationStatus) -> Finding | None:
    """R25, 四（二）: a registration is submitted, then approved or returned; a finished act is not done again."""
    if to in RegistrationStatus.moves[status]:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-STATE", "R25")
def open_to_change(
    entry: RuleEntry, *, status: RegistrationStatus, among: Collection[str] = RegistrationStatus.editable
) -> Finding | None:
    """R25, 四（二）: what the bureau has before it, or has decided, no longer changes under its hands."""
    if status in among:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value)


@cites("E-REG-YEAR", "R15", "A8")
def in_the_called_year(entry: RuleEntry, *, year: int, called: int) -> Finding | None:
    """R15, 四（一）: specialists are selected anew each year; a registration belongs to the year that is called for."""
    if year == called:
        return None
    return entry.finding(
        f"现在受理{called}年度的登记，这份登记属于{year}年度。请按{called}年度重新登记。", year=year, called=called
    )


@cites("E-BROKER-ORG", "R6", "A6")
def broker_from_a_suitable_institution(
    entry: RuleEntry, *, category: Category, institution_type: InstitutionType | None
) -> Finding | None:
    """R6, 一（三）: brokers come from universities, research institutes and service organisations.

    `institution_type` is None for a person whom the bureau appoints directly: no institution dispatches them (A6).
    """
    if category != Category.BROKER or institution_type is None or institution_type in entry.params["types"]:
        return None
    return entry.finding(
        "技术经纪人特派员的派出单位应为高等院校、科研院所或科技服务机构。",
        field="category",
        institution_type=institution_type.value,
    )


@cites("W-GRAD", "R2")
def graduate_has_ability_or_results(
    entry: RuleEntry,
    *,
    personnel_type: PersonnelType,
    ability_note: str,
    research_results: str,
    has_evidence: bool = False,
) -> Finding | None:
    """R2, 一（一）: a graduate student has, as a rule, research ability or a result; one of the two is enough."""
    if personnel_type != PersonnelType.GRADUATE or has_evidence:
        return None
    if ability_note.strip() or research_results.strip():
        return None
    return entry.finding("在校研究生一般应具备一定科研能力或拥有科研成果，请补充或填写说明。", field="ability_note")


@cites("E-PROV", "R29", "A15", "A16")
def not_on_the_provincial_list(
    entry: RuleEntry,
    *,
    name: str,
    category: Category,
    form: Form,
    listings: Collection[Listing],
    start: date,
    end: date,
) -> Finding | None:
    """R29, 四（四）: who is on the provincial list takes no individual city place, but a broker's or a team member's.

    Only a listing that holds on some day from `start` to `end` counts (A16).
    """
    if category in entry.params["excepted_categories"] or form in entry.params["excepted_forms"]:
        return None
    holding = [listing for listing in listings if listing.valid_from <= end and start <= listing.valid_to]
    if not holding:
        return None
    years = "、".join(str(year) for year in sorted({listing.year for listing in holding}))
    return entry.finding(
        f"{name}已列入{years}年度省级科技特派员，不重复参加市级非技术经纪人类个人科技特派员选派。",
        field="id_number",
        years=sorted({listing.year for listing in holding}),
        valid_to=max(listing.valid_to for listing in holding).isoformat(),
    )


def listed_under_their_name(*, name: str, registered_as: str | None) -> Finding | None:
    """R29, 四（四）: a row of the provincial list bars a person at once, so its number is that of whom it names.

    The bureau alone enters the list, and sees every person.
    """
    if registered_as is None or registered_as == name.strip():
        return None
    return plain(
        "E-ID",
        f"平台上这个身份证号的姓名是“{registered_as}”，与名单的“{name}”不一致。请核对身份证号；"
        "确是同一人的，按平台上的姓名填写，或先为其办理姓名变更。",
        field="name",
        article="四（四）",
    )


@cites("E-REG-DUP", "R15", constraint="registered_once_a_year_form_and_category")
def registered_once(
    entry: RuleEntry, *, name: str, year: int, category: Category, here: bool, elsewhere: bool
) -> Finding | None:
    """R15, 四（一）: one person is registered once a year in one form and category.

    `here`: this institution has such a registration, which it may be told of. `elsewhere`: another one has, and the
    sentence says neither which nor how far it has come.
    """
    if here:
        return entry.finding(
            f"{name}{year}年度的{category.label}科技特派员登记已经建立，请在原登记上办理。", field="category", here=True
        )
    if elsewhere:
        return entry.finding(
            f"{name}{year}年度已有{category.label}科技特派员登记，每年每类登记一次。如有疑问，请与市科技局联系。",
            field="category",
            here=False,
        )
    return None


@cites("E-REVOKED", "R34", "A18")
def qualified(entry: RuleEntry, *, name: str, revoked_on: date | None, act: str) -> Finding | None:
    """R34, 五（一）: a cancelled qualification lasts until the bureau gives it back; `act` is what it bars (签约)."""
    if revoked_on is None:
        return None
    return entry.finding(
        f"{name}的科技特派员资格已取消（{day_in_words(revoked_on)}），不能{act}。",
        field="id_number",
        revoked_on=revoked_on.isoformat(),
    )


@cites("E-APPOINT", "R28", "A6", constraint="nominated_registration_states_no_appointment")
def appointment_states_its_need(entry: RuleEntry, *, note: str) -> Finding | None:
    """R28, 四（三）: the bureau appoints directly where its work needs it, and writes down what it needs."""
    if note.strip():
        return None
    return entry.finding("市科技局根据工作需要直接聘请的，请写明聘请理由。", field="appointment_note")


# --- teams ------------------------------------------------------------------------------------------------------------


@cites("E-TEAM-ORG", "R3")
def team_from_a_university_or_institute(entry: RuleEntry, *, institution_type: InstitutionType) -> Finding | None:
    """R3, 一（二）: a team is put together by a university or a research institute, and nobody else."""
    if institution_type in entry.params["types"]:
        return None
    return entry.finding("团队科技特派员须由高校或科研院所组织申请。", institution_type=institution_type.value)


@cites("E-TEAM-FIELD", "R4", "R46", constraint="team_handed_in_with_its_fields")
def team_names_its_fields(entry: RuleEntry, *, domains: Collection[str]) -> Finding | None:
    """R4, R46, 一（二）: a team is formed by field or trade; it may name several of them, and names one at least."""
    if any(domain.strip() for domain in domains):
        return None
    return entry.finding("团队按照领域或行业组成，请至少选择一个领域或行业。", field="domains")


@cites("E-TEAM-SIZE", "R5")
def team_of_the_right_size(entry: RuleEntry, *, members: int, before: int | None = None) -> Finding | None:
    """R5, 一（二）: a team counts three to five members, its leader among them, and after every change of members.

    `before` is the number before a change: one that brings a team of two closer to three mends it, and is let through.
    """
    least, most = entry.params["min"], entry.params["max"]
    if least <= members <= most or (before is not None and before < members < least):
        return None
    return entry.finding(
        f"团队科技特派员人数应在{least}至{most}人之间，当前{members}人。", members=members, min=least, max=most
    )


@cites("I-TEAM-GAP", "R5")
def team_is_complete(entry: RuleEntry, *, members: int, least: int, since: date | None, on: date) -> Finding | None:
    """R5, 一（二）: a team that lost a member after its selection finds another within the days the pack gives.

    `since` is the first day on which it counted fewer than `least`. The days are our reading: the plan names none.
    """
    if members >= least or since is None:
        return None
    replace_by = since + timedelta(days=entry.params["replace_days"])
    late = "，已逾期" if on > replace_by else ""
    return entry.finding(
        f"团队现有{members}名成员，少于{least}名。请在{day_in_words(replace_by)}前更换或增加成员{late}。",
        members=members,
        since=since.isoformat(),
        replace_by=replace_by.isoformat(),
        late=on > replace_by,
    )


@cites("E-TEAM-LEADER", "R24", constraint="a_team_has_one_leader_at_a_time")
def team_has_its_leader(entry: RuleEntry, *, leaders: int) -> Finding | None:
    """R24, 四（二）: one member leads the team, and signs the agreement for it."""
    if leaders == 1:
        return None
    words = "请指定一名团队负责人" if leaders == 0 else f"团队负责人只能有一名，现为{leaders}名"
    return entry.finding(f"{words}，由其代表团队签署三方协议。", field="leader", leaders=leaders)


@cites("E-TEAM-TWICE", "R5", constraint="nobody_is_in_a_team_twice_at_once")
def nobody_stands_twice(entry: RuleEntry, *, members: Sequence[tuple[str, str]]) -> Finding | None:
    """R5, 一（二）: three to five members are as many persons; `members` are (digest of the ID number, name)."""
    digests = [digest for digest, _ in members]
    twice = dict.fromkeys(name for digest, name in members if digest and digests.count(digest) > 1)
    if not twice:
        return None
    names = "、".join(twice)
    return entry.finding(f"{names}在同一团队中重复列出，每名成员只列一次。", names=[*twice])


@cites("E-TEAM-DUP", "R15", constraint="team_named_once_by_a_unit_in_a_year")
def team_registered_once(entry: RuleEntry, *, name: str, year: int, exists: bool) -> Finding | None:
    """R15, 四（一）: a team is registered once a year; two teams of one unit do not share a name."""
    if not exists:
        return None
    return entry.finding(f"本单位{year}年度已登记团队“{name}”，请在原登记上办理，或改用其他名称。", field="name")


@cites("W-TEAM-OUTSIDE", "R7")
def members_are_the_units_own(
    entry: RuleEntry, *, institution: str, outsiders: Sequence[tuple[str, str]]
) -> Finding | None:
    """R7, 一（二）: a team lives on its own unit's people; for others the bureau writes why.

    `outsiders` are (name, unit); the unit is empty where only the bureau may know it.
    """
    if not outsiders:
        return None
    words = "、".join(f"{name}（{unit}）" if unit else name for name, unit in outsiders)
    return entry.finding(
        f"{words}不是{institution}的人员。团队应充分利用本单位的人才，确需外单位人员参加的，由市科技局填写说明。",
        names=[name for name, _ in outsiders],
    )


@cites("W-TWO-TEAMS", "A12")
def members_of_few_teams(
    entry: RuleEntry, *, year: int, elsewhere: Sequence[tuple[str, Sequence[str]]]
) -> Finding | None:
    """A12, 一（二）: nobody forbids a second team in a year, but the bureau writes why; one's own registration is free.

    `elsewhere` are (name, titles of the other teams of that year); a title is empty where it is not to be told.
    """
    many = [(name, teams) for name, teams in elsewhere if len(teams) + 1 > entry.params["teams"]]
    if not many:
        return None
    said = []
    for name, teams in many:
        titles = "、".join(f"“{title}”" for title in teams if title)
        said.append(f"{name}{year}年度已是团队{titles}的成员" if titles else f"{name}{year}年度已是其他团队的成员")
    return entry.finding(
        f"{'；'.join(said)}。确需参加两个团队的，由市科技局填写说明。", names=[name for name, _ in many]
    )


# --- details of who has been selected ---------------------------------------------------------------------------------


@cites("E-CHANGE", "R43")
def changed_by_request_only(entry: RuleEntry, *, name: str, details: Sequence[tuple[str, str]]) -> Finding | None:
    """六（三）: what the money of a selected person goes by changes on proof, with the word of a second person.

    `details` are (field, label) of what was changed by hand.
    """
    if not details:
        return None
    words = "、".join(label for _, label in details)
    return entry.finding(
        f"{name}已经入选，{words}不能直接修改。请在其登记页面“申请变更”，上传证明材料，经审核后生效。",
        field=details[0][0],
        fields=[field for field, _ in details],
    )


@cites("E-CHANGE-OPEN", "R43", constraint="one_open_change_of_a_detail")
def one_open_request(entry: RuleEntry, *, label: str, is_open: bool) -> Finding | None:
    """六（三）: of one detail one change is asked for at a time; two would overtake each other."""
    if not is_open:
        return None
    return entry.finding(f"{label}已有一份待审核的变更申请，请等待审核，或撤回后重新申请。", field="what")


@cites("E-TWO-PEOPLE", "R43", constraint="change_is_decided_by_another")
def decided_by_another(entry: RuleEntry, *, asker: int, asker_name: str, decider: int) -> Finding | None:
    """六（三）: who asks for a change of a person's details does not decide it, whatever hat they wear."""
    if asker != decider:
        return None
    return entry.finding(f"该申请由{asker_name}提出，申请人和审核人不能为同一人，请由其他人员审核。", asker=asker)


@cites("E-STEP", "R28", "A6")
def appointment_decided_by_another(*, person: int, writers: Collection[int]) -> Finding | None:
    """R28, 四（三）: whom the bureau appoints itself is reviewed by others of it than those who registered them.

    `writers` are the accounts that wrote the registration or handed it in; of a nomination nobody of the bureau.
    """
    if person not in writers:
        return None
    return plain(
        "E-STEP",
        "这份登记由您填写或提交。直接聘请由市科技局自行登记，须由登记人以外的人员审核，请转其他人员办理。",
        article="四（三）",
    )


# --- the yearly plan --------------------------------------------------------------------------------------------------


@cites("W-QUOTA", "R15", "R16", "R17", "A7", "A8")
def within_the_plan(entry: RuleEntry, *, category: Category, year: int, tally: Tally) -> Finding | None:
    """R15–R17, 四（一）: beyond the planned number the bureau gives its reason; a floor (不少于) never bars."""
    if tally.planned is None or tally.reached < tally.planned:
        return None
    return entry.finding(
        f"{category.label}科技特派员{year}年度计划{tally.planned}名，{tally.word}{tally.reached}名，超出计划请填写说明。",
        planned=tally.planned,
        reached=tally.reached,
    )


def planned(entry: RuleEntry, category: Category) -> int | None:
    """The number of the category that the plan names as such (40, 30); None where it names only a floor."""
    return entry.params["planned"].get(category.value)


def floor(entry: RuleEntry, category: Category) -> int | None:
    """The number that the plan wants reached at least (不少于350)."""
    return entry.params["floor"].get(category.value)


def left_in_words(reached: int, *, planned: int | None, floor: int | None) -> str:
    """R15–R17: what the plan leaves, on every page by the persons that `within_the_plan` counts: the selected, and the
    proposed on their way to the published list. Empty where the plan names no number."""
    if planned is not None:
        left = planned - reached
        return f"尚余{left}" if left > 0 else "已满" if left == 0 else f"超出{-left}"
    if floor is not None:
        return f"差{floor - reached}" if reached < floor else "已达标"
    return ""

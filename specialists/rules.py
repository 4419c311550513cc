"""What the work plan says about who may become a specialist (一, 四（一）, 四（四）, 五（一）).

A rule takes what is known of one registration and says nothing when all is well; otherwise it gives a finding: the
article, the sentence to show, the figures behind it. It knows no database, no clock and no page. How strictly it binds
and every number stand in the year's policy pack, whose entry is its first argument: an old year is judged as it was.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from accounts.enums import InstitutionType
from core.policy import Finding, RuleEntry, cites
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
    entry: RuleEntry, *, personnel_type: PersonnelType, ability_note: str, research_results: str
) -> Finding | None:
    """R2, 一（一）: a graduate student has, as a rule, research ability or a result; one of the two is enough."""
    if personnel_type != PersonnelType.GRADUATE or ability_note.strip() or research_results.strip():
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
    day = f"{revoked_on.year}年{revoked_on.month}月{revoked_on.day}日"
    return entry.finding(
        f"{name}的科技特派员资格已取消（{day}），不能{act}。", field="id_number", revoked_on=revoked_on.isoformat()
    )


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

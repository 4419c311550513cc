from datetime import date

import pytest

from accounts.enums import InstitutionType
from core.packs import POLICIES, read
from core.policy import Level, RuleEntry, Side
from specialists import rules
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus
from specialists.rules import Listing, Tally

RULES = read(POLICIES / "shijiazhuang-2026.toml")["rules"]
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def entry(code: str, **params: object) -> RuleEntry:
    """The pack's entry of 2026, with other parameters where the test asks for them."""
    written = RULES[code]
    return RuleEntry(
        code,
        written["article"],
        written["quote"],
        Level(written["level"]),
        {**written.get("params", {}), **params},
        written["title"],
        Side(written.get("reason_by", "bureau")),
    )


@pytest.mark.parametrize(
    ("category", "institution_type", "refused"),
    [
        pytest.param(Category.BROKER, InstitutionType.UNIVERSITY, False, id="a broker of a university"),
        pytest.param(Category.BROKER, InstitutionType.RESEARCH_INSTITUTE, False, id="a broker of an institute"),
        pytest.param(Category.BROKER, InstitutionType.TECH_SERVICE, False, id="a broker of a service company"),
        pytest.param(Category.BROKER, InstitutionType.ENTERPRISE, True, id="a broker of a firm"),
        pytest.param(Category.BROKER, InstitutionType.OTHER, True, id="a broker of another unit"),
        pytest.param(Category.BROKER, None, False, id="a broker whom the bureau appoints directly"),
        pytest.param(Category.ENTERPRISE, InstitutionType.ENTERPRISE, False, id="an enterprise specialist of a firm"),
        pytest.param(Category.AGRICULTURE, InstitutionType.OTHER, False, id="an agricultural one of another unit"),
    ],
)
def test_brokers_come_from_universities_institutes_and_service_companies(
    category: Category, institution_type: InstitutionType | None, refused: bool
) -> None:
    finding = rules.broker_from_a_suitable_institution(
        entry("E-BROKER-ORG"), category=category, institution_type=institution_type
    )

    assert bool(finding) is refused
    if finding:
        assert "高等院校、科研院所或科技服务机构" in finding.message
        assert (finding.level, finding.article) == (Level.BLOCK, "一（三）")


@pytest.mark.parametrize(
    ("personnel_type", "ability_note", "research_results", "warned"),
    [
        pytest.param(PersonnelType.GRADUATE, "", "", True, id="a student with nothing"),
        pytest.param(PersonnelType.GRADUATE, " \n", "　", True, id="a student with blanks"),
        pytest.param(PersonnelType.GRADUATE, "导师证明", "", False, id="a student with ability"),
        pytest.param(PersonnelType.GRADUATE, "", "发明专利1项", False, id="a student with a result"),
        pytest.param(PersonnelType.STAFF, "", "", False, id="staff need neither"),
    ],
)
def test_a_graduate_student_has_ability_or_a_result(
    personnel_type: PersonnelType, ability_note: str, research_results: str, warned: bool
) -> None:
    finding = rules.graduate_has_ability_or_results(
        entry("W-GRAD"),
        personnel_type=personnel_type,
        ability_note=ability_note,
        research_results=research_results,
    )

    assert bool(finding) is warned
    if finding:
        assert "一定科研能力或拥有科研成果" in finding.message
        assert (finding.level, finding.reason_by, finding.article) == (Level.WARN, Side.BUREAU, "一（一）")


LISTED = Listing(2026, *YEAR)


@pytest.mark.parametrize(
    ("category", "form", "listings", "refused"),
    [
        pytest.param(Category.ENTERPRISE, Form.INDIVIDUAL, [LISTED], True, id="individual enterprise"),
        pytest.param(Category.AGRICULTURE, Form.INDIVIDUAL, [LISTED], True, id="individual agriculture"),
        pytest.param(Category.BROKER, Form.INDIVIDUAL, [LISTED], False, id="individual broker"),
        pytest.param(Category.AGRICULTURE, Form.TEAM, [LISTED], False, id="team member"),
        pytest.param(Category.ENTERPRISE, Form.INDIVIDUAL, [], False, id="not on the list"),
        pytest.param(
            Category.ENTERPRISE,
            Form.INDIVIDUAL,
            [Listing(2025, date(2025, 1, 1), date(2025, 12, 31))],
            False,
            id="on last year's list only",
        ),
        pytest.param(
            Category.ENTERPRISE,
            Form.INDIVIDUAL,
            [Listing(2025, date(2025, 1, 1), date(2026, 5, 12))],
            True,
            id="a listing that ends on the first day asked about",
        ),
        pytest.param(
            Category.ENTERPRISE,
            Form.INDIVIDUAL,
            [Listing(2025, date(2025, 1, 1), date(2026, 5, 11))],
            False,
            id="a listing that ended the day before",
        ),
        pytest.param(
            Category.ENTERPRISE,
            Form.INDIVIDUAL,
            [Listing(2027, date(2026, 12, 31), date(2027, 12, 31))],
            True,
            id="a listing that begins on the last day asked about",
        ),
    ],
)
def test_the_provincial_list_bars_individuals_but_brokers_and_team_members(
    category: Category, form: Form, listings: list[Listing], refused: bool
) -> None:
    finding = rules.not_on_the_provincial_list(
        entry("E-PROV"),
        name="赵芃",
        category=category,
        form=form,
        listings=listings,
        start=date(2026, 5, 12),
        end=date(2026, 12, 31),
    )

    assert bool(finding) is refused


def test_the_provincial_finding_names_the_person_and_the_years() -> None:
    finding = rules.not_on_the_provincial_list(
        entry("E-PROV"),
        name="赵芃",
        category=Category.ENTERPRISE,
        form=Form.INDIVIDUAL,
        listings=[Listing(2027, *YEAR), LISTED, LISTED],
        start=YEAR[0],
        end=YEAR[1],
    )

    assert finding is not None
    assert finding.message == (
        "赵芃已列入2026、2027年度省级科技特派员，不重复参加市级非技术经纪人类个人科技特派员选派。"
    )
    assert (finding.level, finding.facts["years"]) == (Level.BLOCK, [2026, 2027])


OWN = "李喆2026年度的工业企业科技特派员登记已经建立，请在原登记上办理。"
OTHER = "李喆2026年度已有工业企业科技特派员登记，每年每类登记一次。如有疑问，请与市科技局联系。"


@pytest.mark.parametrize(
    ("here", "elsewhere", "message"),
    [
        pytest.param(False, False, None, id="the first registration"),
        pytest.param(True, False, OWN, id="this unit's own"),
        pytest.param(False, True, OTHER, id="another unit's, without saying whose"),
        pytest.param(True, True, OWN, id="both: the one that may be told of"),
    ],
)
def test_a_person_is_registered_once_a_year_and_category(here: bool, elsewhere: bool, message: str | None) -> None:
    finding = rules.registered_once(
        entry("E-REG-DUP"), name="李喆", year=2026, category=Category.ENTERPRISE, here=here, elsewhere=elsewhere
    )

    assert (finding.message if finding else None) == message


@pytest.mark.parametrize(
    ("reached", "planned", "warned"),
    [
        pytest.param(39, 40, False, id="the fortieth"),
        pytest.param(40, 40, True, id="the forty-first"),
        pytest.param(41, 40, True, id="the forty-second"),
        pytest.param(350, None, False, id="the three hundred and fifty-first of a floor"),
        pytest.param(0, None, False, id="the first of a floor"),
    ],
)
def test_beyond_a_planned_number_the_bureau_gives_its_reason_and_a_floor_never_bars(
    reached: int, planned: int | None, warned: bool
) -> None:
    finding = rules.within_the_plan(
        entry("W-QUOTA"), category=Category.AGRICULTURE, year=2026, tally=Tally(reached, planned)
    )

    assert bool(finding) is warned
    if finding:
        assert finding.message == (f"农业科技特派员2026年度计划40名，已入选{reached}名，超出计划请填写说明。")
        assert (finding.level, finding.reason_by) == (Level.WARN, Side.BUREAU)


def test_the_numbers_of_the_plan_come_from_the_pack() -> None:
    other = entry("W-QUOTA", planned={"agriculture": 12}, floor={"broker": 5})

    assert [rules.planned(other, category) for category in Category] == [12, None, None]
    assert [rules.floor(other, category) for category in Category] == [None, None, 5]
    assert [rules.planned(entry("W-QUOTA"), category) for category in Category] == [40, None, 30]
    assert rules.floor(entry("W-QUOTA"), Category.ENTERPRISE) == 350


def test_a_cancelled_qualification_bars_with_its_day() -> None:
    finding = rules.qualified(entry("E-REVOKED"), name="李喆", revoked_on=date(2026, 4, 3), act="参加选派")

    assert finding is not None
    assert finding.message == "李喆的科技特派员资格已取消（2026年4月3日），不能参加选派。"
    assert rules.qualified(entry("E-REVOKED"), name="李喆", revoked_on=None, act="参加选派") is None


@pytest.mark.parametrize("year", [2025, 2027])
def test_only_the_year_that_is_called_for_is_registered(year: int) -> None:
    finding = rules.in_the_called_year(entry("E-REG-YEAR"), year=year, called=2026)

    assert finding is not None
    assert finding.facts == {"year": year, "called": 2026}
    assert rules.in_the_called_year(entry("E-REG-YEAR"), year=2026, called=2026) is None


@pytest.mark.parametrize("status", RegistrationStatus)
@pytest.mark.parametrize("to", RegistrationStatus)
def test_states_move_only_as_the_table_says(status: RegistrationStatus, to: RegistrationStatus) -> None:
    allowed = {
        ("draft", "submitted"),
        ("returned", "submitted"),
        ("submitted", "proposed"),
        ("submitted", "approved"),
        ("proposed", "approved"),
        ("proposed", "declined"),
        ("submitted", "returned"),
    }

    finding = rules.may_move(entry("E-STATE"), status=status, to=to)

    assert (finding is None) is ((status, to) in allowed)
    if finding:
        assert finding.message == f"当前状态为“{status.label}”，不能执行此操作。"


@pytest.mark.parametrize("status", RegistrationStatus)
def test_only_drafts_and_returned_registrations_may_be_changed(status: RegistrationStatus) -> None:
    finding = rules.open_to_change(entry("E-STATE"), status=status)

    assert (finding is None) is (status in ("draft", "returned"))


def test_a_pack_may_bind_a_rule_more_strictly() -> None:
    stricter = RuleEntry("W-GRAD", "一（一）", "应具备一定科研能力", Level.BLOCK)

    finding = rules.graduate_has_ability_or_results(
        stricter, personnel_type=PersonnelType.GRADUATE, ability_note="", research_results=""
    )

    assert finding is not None
    assert finding.level == Level.BLOCK

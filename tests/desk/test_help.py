"""帮助: what each hat comes to do, where to click, whom to ask; reachable from every page."""

import re

import pytest
from django.conf import settings

from accounts.enums import Role
from accounts.matrix import matrix
from desk.help import ERRANDS, EVERYBODY, PICTURES, Errand
from tests.cast import Season, member
from tests.people import Person, shown

EACH = [pytest.param(role, one, id=f"{role}: {one.title}") for role in Role for one in (*ERRANDS[role], *EVERYBODY)]


def hats(season: Season) -> dict[Role, Person]:
    finance, specialist = season.finance, season.hat_of(season.selected("P1").specialist)
    each = (season.admin, season.officer, season.head, season.county, finance, season.auditor, season.manager,
            season.clerk, season.contact, specialist)  # fmt: skip
    return {Role(hat.role): Person(hat) for hat in each}


def test_every_role_has_its_errands() -> None:
    assert set(ERRANDS) == set(Role)
    assert [role for role, errands in ERRANDS.items() if len(errands) < 2] == []


@pytest.mark.parametrize(("role", "errand"), EACH)
def test_an_errand_begins_on_a_page_of_its_reader_and_names_places_of_their_menu(role: Role, errand: Errand) -> None:
    address = matrix().address(errand.url)
    menu = {item.label for item in matrix().menu if matrix().may(role, item.action)}

    assert address
    assert address.hatless or matrix().may(role, str(address.methods["GET"]))
    assert set(re.findall("【(.+?)】", " ".join(errand.steps))) <= menu


def test_what_the_errands_call_a_button_stands_on_a_page() -> None:
    """A renamed button must be renamed here too."""
    pages = [*settings.BASE_DIR.glob("templates/**/*.html"), *settings.BASE_DIR.glob("[a-z]*/**/*.py")]
    written = "".join(
        page.read_text(encoding="utf-8")
        for page in pages
        if page.name != "help.py" and not {"tests", "node_modules", "migrations"} & set(page.parts)
    )
    steps = " ".join(step for errands in (EVERYBODY, *ERRANDS.values()) for one in errands for step in one.steps)
    called = set(re.findall("“(.+?)”", steps)) - {"原则上"}  # a word of the work plan

    assert "提交备案" in called
    assert sorted(words for words in called if words not in written) == []


def test_every_hat_reaches_its_help_from_the_head_of_the_page(season: Season) -> None:
    for role, person in hats(season).items():
        person.opens("/")
        assert 'href="/help/"' in person.page.partition("<main")[0], role
        words = person.opens("/help/")
        assert all(errand.title in words for errand in (*ERRANDS[role], *EVERYBODY)), role


def test_a_place_that_the_phones_bar_has_no_room_for_is_in_the_account_menu(season: Season) -> None:
    phone = hats(season)[Role.SPECIALIST]
    phone.opens("/")

    bar = phone.page.partition('class="bottom-bar"')[2].partition("</nav>")[0]
    menu = phone.page.partition('class="account-menu"')[2].partition("</details>")[0]

    assert "年度考核" not in bar
    assert "年度考核" in menu


def test_it_names_whom_to_ask_of_ones_own_unit_and_of_the_bureau(season: Season) -> None:
    member("吴主任", Role.INSTITUTION_ADMIN, season.u2, "wuzhuren")
    clerk, officer = Person(season.clerk), Person(season.officer)

    asked = shown(clerk.opens("/help/").partition("有问题问谁")[2])
    assert "孟主任" in asked
    assert "0311-86000000" in asked
    assert "吴主任" not in clerk.page
    assert "本单位管理员" not in officer.opens("/help/")


@pytest.mark.parametrize("role", Role)
def test_every_errand_has_its_picture_and_no_picture_is_left_over(role: Role) -> None:
    """New or renamed ones are taken by tests/browser/pictures.py beside a running demonstration."""
    wanted = {errand.file(role) for errand in ERRANDS[role]}

    assert {path.name for path in PICTURES.glob(f"{role}-*.webp")} == wanted

"""Several hands at the same moment. Each test was seen to fail with its lock taken away."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.enums import Role
from accounts.models import Membership
from specialists import queries, services
from specialists.enums import Category
from specialists.models import ProvincialListEntry, Registration
from tests.cast import MAY_12, MAY_18, MAY_20, PEOPLE, Season, member, person
from tests.hands import at_once, during, linger
from tests.specialists.acts import form_of, pack_planning, passed_once, registered


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("registered_here_and_elsewhere", "tally", "listings_of"):
        linger(monkeypatch, queries, name)


def other_head(season: Season) -> Membership:
    return member("高处长", Role.DIVISION_HEAD, season.bureau, "gao")


def decide(registration: Registration, by: Membership, **more: Any) -> Callable[[], Registration]:
    return lambda: services.decide_registration(registration, by=by, on=MAY_20, passed=True, **more)


@pytest.mark.usefixtures("slow")
def test_two_clerks_of_one_unit_register_a_person_at_once_and_one_is_outcome(lasting_season: Season) -> None:
    person("P1")  # known already: the unique digest is no gate here

    answers = at_once(
        lambda: registered(form_of("P1"), lasting_season.clerk),
        lambda: registered(form_of("P1"), lasting_season.manager),
    )

    assert answers == ["E-REG-DUP", "done"]


def test_two_units_register_a_new_person_at_once_and_both_have_a_draft(lasting_season: Season) -> None:
    hats = (lasting_season.clerk, lasting_season.stranger)

    answers = at_once(*(lambda hat=hat: registered(form_of("P1"), hat) for hat in hats))

    assert answers == ["done", "done"]
    assert {one.specialist.name for one in Registration.objects.all()} == {"李喆"}


@pytest.mark.usefixtures("slow")
def test_two_units_hand_in_the_same_person_at_once_and_one_is_outcome(lasting_season: Season) -> None:
    drafts = [(registered(form_of("P1"), hat), hat) for hat in (lasting_season.clerk, lasting_season.stranger)]

    answers = at_once(
        *(lambda d=draft, h=hat: services.submit_registration(d, by=h, on=MAY_12) for draft, hat in drafts)
    )

    assert answers == ["E-REG-DUP", "done"]


@pytest.mark.usefixtures("slow")
def test_two_heads_deciding_one_registration_at_once_take_one_step(lasting_season: Season) -> None:
    registration = passed_once(form_of("P1"), lasting_season)

    answers = at_once(decide(registration, lasting_season.head), decide(registration, other_head(lasting_season)))

    assert answers == ["E-STATE", "done"]


@pytest.mark.usefixtures("slow")
def test_two_officers_cannot_both_give_the_last_place_of_the_plan_at_once(lasting_season: Season) -> None:
    pack_planning(agriculture=1)
    rivals = [passed_once(form_of(key, Category.AGRICULTURE), lasting_season) for key in ("P3", "P5")]

    answers = at_once(decide(rivals[0], lasting_season.head), decide(rivals[1], other_head(lasting_season)))

    assert answers == ["W-QUOTA", "done"]


@pytest.mark.usefixtures("slow")
def test_registrations_judged_by_two_versions_share_the_places_of_one_plan_at_once(lasting_season: Season) -> None:
    pack_planning(agriculture=1)
    early = passed_once(form_of("P3", Category.AGRICULTURE), lasting_season)
    pack_planning(version=3, agriculture=1)
    late = passed_once(form_of("P5", Category.AGRICULTURE), lasting_season)
    assert early.pack != late.pack

    answers = at_once(decide(early, lasting_season.head), decide(late, other_head(lasting_season)))

    assert answers == ["W-QUOTA", "done"]


def entered(season: Season) -> ProvincialListEntry:
    name, number = PEOPLE["P2"]
    return services.add_provincial_entry(
        by=season.officer,
        on=MAY_12,
        year=2026,
        name=name,
        id_number=number,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )


def test_a_person_put_on_the_provincial_list_while_being_handed_in_is_refused(lasting_season: Season) -> None:
    draft = registered(form_of("P2"), lasting_season.clerk)

    answer = during(
        lambda: entered(lasting_season),
        lambda: services.submit_registration(draft, by=lasting_season.clerk, on=MAY_12),
    )

    assert answer == "E-PROV"


def test_two_officers_enter_the_same_row_at_once_and_one_is_outcome(lasting_season: Season) -> None:
    assert at_once(lambda: entered(lasting_season), lambda: entered(lasting_season)) == ["E-PROV-DUP", "done"]


def test_a_listing_ended_while_another_officer_ends_it_later_keeps_the_earlier_day(lasting_season: Season) -> None:
    entry = lasting_season.on_provincial_list("P2")

    def end(day: date) -> None:
        services.end_provincial_entry(entry, by=lasting_season.officer, valid_to=day, reason="省厅调整名单")

    assert during(lambda: end(MAY_12), lambda: end(MAY_18)) == "E-FIELD"
    entry.refresh_from_db()
    assert entry.valid_to == MAY_12


def test_a_registration_returned_during_its_approval_is_not_approved(lasting_season: Season) -> None:
    registration = passed_once(form_of("P1"), lasting_season)

    answer = during(
        lambda: services.decide_registration(
            registration, by=lasting_season.head, on=MAY_18, passed=False, opinion="请补充专长"
        ),
        decide(registration, lasting_season.head),
    )

    assert answer == "E-STATE"


def test_a_draft_discarded_while_it_is_handed_in_is_gone_with_a_sentence(lasting_season: Season) -> None:
    draft = registered(form_of("P1"), lasting_season.clerk)
    in_another_tab = Registration.objects.get()

    answer = during(
        lambda: services.discard_registration(draft, by=lasting_season.manager, on=MAY_12),
        lambda: services.submit_registration(in_another_tab, by=lasting_season.clerk, on=MAY_12),
    )

    assert answer == "E-STATE"


def test_a_person_discarded_while_another_unit_registers_them_enters_anew(lasting_season: Season) -> None:
    draft = registered(form_of("P1"), lasting_season.clerk)
    stranger = lasting_season.stranger

    answer = during(
        lambda: services.discard_registration(draft, by=lasting_season.clerk, on=MAY_12),
        lambda: registered(form_of("P1"), stranger),
    )

    assert answer == "done"
    assert Registration.objects.get().specialist.name == "李喆"


def test_a_form_saved_while_the_bureau_is_handed_it_in_is_refused(lasting_season: Season) -> None:
    draft = registered(form_of("P1"), lasting_season.clerk)

    answer = during(
        lambda: services.submit_registration(draft, by=lasting_season.clerk, on=MAY_12),
        lambda: services.save_registration(
            draft, by=lasting_season.manager, on=MAY_12, version=None, department="材料学院"
        ),
    )

    assert answer == "E-STATE"

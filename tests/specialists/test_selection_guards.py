"""What no hand may do to a list, past the services: constraints by raw rows, and two hands at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.models import ApprovalStep
from specialists.enums import RegistrationStatus
from specialists.models import Objection, Registration, SelectionEntry, SelectionList, Team
from specialists.selection import queries, services
from specialists.selection.services import composing
from tests.cast import MAY_12, MAY_20, Season
from tests.hands import at_once, during, linger
from tests.specialists.lists import (
    ANNOUNCED,
    CLOSED,
    COMPOSED,
    LAST_DAY,
    announced,
    approved,
    by_list,
    closed,
    composed,
    noticed,
    objection,
    passed_by_head,
    proposed,
    scan,
    team_of,
)


def refused_by(name: str, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


def changed(model: Any, pk: int, **values: Any) -> Callable[[], object]:
    return lambda: model.objects.filter(pk=pk).update(**values)


# --- constraints ------------------------------------------------------------------------------------------------------


def test_a_number_is_given_once_a_year(season: Season) -> None:
    held = composed(season, proposed(season, "P1"))
    again = {"year": held.year, "number": held.number, "title": "x", "pack": held.pack, "created_by": season.officer}

    refused_by("list_numbered_once_a_year", lambda: SelectionList.objects.create(**again))


def test_a_person_and_a_team_stand_on_one_list(season: Season) -> None:
    registration, team = proposed(season, "P1"), team_of(season, "小麦产业团队", "P8", "P9", "P10")
    composed(season, registration, teams=[team])
    other = composed(season, proposed(season, "P3"))

    refused_by("person_stands_on_one_list", lambda: other.entries.create(registration=registration))
    refused_by("team_stands_on_one_list", lambda: other.entries.create(team=team))


def test_an_entry_is_a_person_or_a_team_and_leaves_with_whom_when_and_why(season: Season) -> None:
    registration, team = proposed(season, "P1"), team_of(season, "小麦产业团队", "P8", "P9", "P10")
    held = composed(season, registration)
    entry = held.entries.get()

    refused_by("entry_is_a_person_or_a_team", lambda: held.entries.create())
    refused_by("entry_is_a_person_or_a_team", changed(SelectionEntry, entry.pk, team=team))
    refused_by("entry_removed_by_whom_when_and_why", changed(SelectionEntry, entry.pk, removed_on=MAY_20))
    refused_by(
        "entry_removed_by_whom_when_and_why",
        changed(SelectionEntry, entry.pk, removed_on=MAY_20, removed_by=season.officer),
    )


def test_a_list_is_approved_with_its_day(season: Season) -> None:
    draft, held = composed(season, proposed(season, "P1")), approved(season, proposed(season, "P3"))

    refused_by("list_approved_with_its_day", changed(SelectionList, draft.pk, approved_on=MAY_20))
    refused_by("list_approved_with_its_day", changed(SelectionList, held.pk, approved_on=None))


def test_a_notice_has_its_days_in_order_after_the_approval(season: Season) -> None:
    waiting, held = approved(season, proposed(season, "P1")), noticed(season, proposed(season, "P3"))

    refused_by("notice_has_its_days", changed(SelectionList, waiting.pk, notice_days=5))
    refused_by("notice_has_its_days", changed(SelectionList, held.pk, notice_days=0))
    refused_by("notice_has_its_days", changed(SelectionList, held.pk, notice_until=None))
    refused_by("notice_follows_its_approval", changed(SelectionList, held.pk, notice_from=MAY_12))
    refused_by("notice_follows_its_approval", changed(SelectionList, held.pk, notice_until=MAY_12))


def test_a_notice_is_closed_by_whom_and_after_its_last_day(season: Season) -> None:
    held, done = noticed(season, proposed(season, "P1")), closed(season, proposed(season, "P3"))

    refused_by("notice_closed_with_who_and_when", changed(SelectionList, held.pk, closed_on=CLOSED))
    refused_by("notice_closed_with_who_and_when", changed(SelectionList, done.pk, closed_by=None))
    refused_by("notice_closed_after_its_last_day", changed(SelectionList, done.pk, closed_on=LAST_DAY))


@pytest.mark.parametrize(
    "without",
    [
        pytest.param({"document_number": ""}, id="its number"),
        pytest.param({"announced_on": None}, id="its day"),
        pytest.param({"announcement": None}, id="its scan"),
        pytest.param({"announced_by": None}, id="who recorded it"),
    ],
)
def test_a_list_is_announced_with_its_document(season: Season, without: dict[str, Any]) -> None:
    held = announced(season, closed(season, proposed(season, "P1")))

    refused_by("announced_with_its_document", changed(SelectionList, held.pk, **without))


def test_a_list_is_announced_after_its_notice(season: Season) -> None:
    held = announced(season, closed(season, proposed(season, "P1")))

    refused_by("announced_after_the_notice", changed(SelectionList, held.pk, announced_on=LAST_DAY))


def test_an_objection_is_concluded_by_whom_and_when(season: Season) -> None:
    received = objection(season, noticed(season, proposed(season, "P1")))
    whole = {"conclusion": "dismissed", "handling": "不属实", "concluded_on": LAST_DAY, "concluded_by": season.officer}

    for name in whole:
        if name != "handling":
            refused_by(
                "objection_concluded_by_whom_and_when",
                changed(Objection, received.pk, **{key: value for key, value in whole.items() if key != name}),
            )
    refused_by("objection_concluded_by_whom_and_when", changed(Objection, received.pk, **{**whole, "handling": ""}))
    refused_by(
        "objection_concluded_after_it_came", changed(Objection, received.pk, **{**whole, "concluded_on": MAY_12})
    )


def test_a_step_from_paper_has_its_number_and_scan(season: Season) -> None:
    held = passed_by_head(season, proposed(season, "P1"))
    last = ApprovalStep.objects.order_by("order").last()
    assert last
    step = {"approval": last.approval, "order": 3, "role": "bureau_leader", "by": season.officer.person, "hat": "分管领导",
            "passed": True, "decided_on": MAY_20, "paper": "slip"}  # fmt: skip

    refused_by("paper_step_has_number_and_scan", lambda: ApprovalStep.objects.create(**step, document_number="7号"))
    paper = scan(season.officer)
    refused_by("paper_step_has_number_and_scan", lambda: ApprovalStep.objects.create(**step, scan=paper))
    refused_by(
        "paper_step_has_number_and_scan",
        lambda: ApprovalStep.objects.create(**{**step, "paper": "", "scan": paper, "document_number": "7号"}),
    )
    assert held.approved_on is None


# --- two hands at the same moment -------------------------------------------------------------------------------------


def test_two_officers_put_one_person_on_two_lists(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    season = by_list(lasting_season)
    wanted = proposed(season, "P1")
    first, second = composed(season, proposed(season, "P3")), composed(season, proposed(season, "P4"))
    linger(monkeypatch, queries, "elsewhere")

    found = at_once(
        *(
            lambda held=held: services.extend_list(held, by=season.officer, registrations=[wanted])
            for held in (first, second)
        )
    )

    assert found == ["E-LISTED", "done"]


def test_two_officers_put_one_team_on_two_lists(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    season = by_list(lasting_season)
    team = team_of(season, "小麦产业团队", "P8", "P9", "P10")
    first, second = composed(season, proposed(season, "P3")), composed(season, proposed(season, "P4"))
    linger(monkeypatch, queries, "elsewhere")

    found = at_once(
        *(lambda held=held: services.extend_list(held, by=season.officer, teams=[team]) for held in (first, second))
    )

    assert found == ["E-LISTED", "done"]


def test_a_team_that_is_sent_back_meanwhile_comes_on_no_list(lasting_season: Season) -> None:
    """`hold_records` waits for who has the team in hand, and reads it then."""
    season = by_list(lasting_season)
    team = team_of(season, "小麦产业团队", "P8", "P9", "P10")
    held = composed(season, proposed(season, "P3"))
    returned = {"status": RegistrationStatus.RETURNED, "return_opinion": "请补充简介。"}

    answer = during(
        lambda: Team.objects.filter(pk=team.pk).update(**returned),
        lambda: services.extend_list(held, by=season.officer, teams=[team]),
    )

    assert answer == "E-STATE"


def test_two_lists_begun_at_once_have_two_numbers(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    season = by_list(lasting_season)
    people = [proposed(season, "P1"), proposed(season, "P3")]
    linger(monkeypatch, composing, "enter")

    found = at_once(*(lambda one=one: composed(season, one) for one in people))

    assert found == ["done", "done"]
    assert sorted(SelectionList.objects.values_list("number", flat=True)) == [1, 2]


def test_a_list_is_announced_while_an_objection_to_it_is_upheld(lasting_season: Season) -> None:
    """Whoever comes second finds the list as the first one left it: nobody is selected over an upheld objection."""
    season = by_list(lasting_season)
    registration = proposed(season, "P1")
    held = noticed(season, registration, proposed(season, "P3"))
    received = objection(season, held, entry=held.entries.get(registration=registration))

    said = during(
        lambda: services.conclude_objection(
            received, by=season.officer, on=LAST_DAY, conclusion="upheld", handling="属实"
        ),
        lambda: services.close_notice(held, by=season.officer, on=CLOSED),
    )

    assert said == "done"  # after the objection, not beside it
    announced(season, held)
    registration.refresh_from_db()
    assert registration.status == RegistrationStatus.DECLINED


def test_somebody_is_taken_out_while_the_list_is_announced(lasting_season: Season) -> None:
    season = by_list(lasting_season)
    registration = proposed(season, "P1")
    held = closed(season, registration, proposed(season, "P3"))
    entry = held.entries.get(registration=registration)

    said = during(
        lambda: announced(season, held),
        lambda: services.take_out(entry, by=season.officer, on=ANNOUNCED, reason="本人放弃"),
    )

    assert said == "E-STATE"
    registration.refresh_from_db()
    assert registration.status == RegistrationStatus.APPROVED


def test_somebody_is_taken_out_twice_at_once(lasting_season: Season) -> None:
    season = by_list(lasting_season)
    held = approved(season, proposed(season, "P1"), proposed(season, "P3"))
    entry = held.entries.first()
    assert entry

    def takes_out() -> object:
        return services.take_out(entry, by=season.officer, on=MAY_20, reason="本人放弃")

    assert during(takes_out, takes_out) == "E-STATE"


def test_an_objection_is_concluded_twice_at_once(lasting_season: Season) -> None:
    season = by_list(lasting_season)
    received = objection(season, noticed(season, proposed(season, "P1")))

    def concludes() -> object:
        return services.conclude_objection(
            received, by=season.officer, on=LAST_DAY, conclusion="dismissed", handling="不属实"
        )

    assert during(concludes, concludes) == "E-STATE"


def test_somebody_loses_the_qualification_while_the_list_is_announced(lasting_season: Season) -> None:
    """R34: the announcement waits for who holds the person, and then sees what was decided."""
    season = by_list(lasting_season)
    registration = proposed(season, "P1")
    held = closed(season, registration)

    def revokes() -> None:
        person = registration.specialist.__class__.objects.select_for_update().get(pk=registration.specialist_id)
        person.status, person.revoked_on = "revoked", COMPOSED
        person.save(update_fields=["status", "revoked_on"])

    assert during(revokes, lambda: announced(season, held)) == "E-REVOKED"
    assert Registration.objects.get(pk=registration.pk).status == RegistrationStatus.PROPOSED

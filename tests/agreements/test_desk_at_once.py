"""Two officers at the same moment, over HTTP. Each test was seen to fail with its lock taken away."""

from collections.abc import Iterator
from functools import partial

import pytest
import time_machine

from accounts.enums import Role
from accounts.models import Membership
from agreements import cases
from agreements.enums import AgreementStatus
from agreements.models import Agreement, CaseHolder, Cover
from agreements.reviewing import services as reviewing
from core.models import AuditEvent, NumberSeries
from tests.cast import MAY_18, MAY_20, Season, member
from tests.hands import at_once, browser_of, during, linger, posting


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00") as traveller:
        yield traveller


@pytest.fixture
def season(lasting_season: Season) -> Season:
    return lasting_season


@pytest.fixture
def colleague(season: Season) -> Membership:
    return member("王科员", Role.BUREAU_OFFICER, season.bureau, "wang")


SEEN = {"version": 1, "corrections": 0}


def test_two_officers_who_file_one_case_give_it_one_number(
    season: Season, colleague: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the locks of `hold_agreements` the slower one ends in an error page of the guards."""
    case = season.submitted(season.selected("P3"), season.h4)
    linger(monkeypatch, cases, "facts_of")
    path = f"/agreements/{case.pk}/file/"

    answers = at_once(posting(season.officer, path, **SEEN), posting(colleague, path, **SEEN))

    case.refresh_from_db()
    assert (answers, case.filing_number) == (["302", "409"], "SJZ-KTP-2026-0001")
    assert NumberSeries.objects.get(name="agreement-2026").last == 1
    assert AuditEvent.objects.filter(verb="agreement.filed").count() == 1


def test_one_officer_files_what_another_sends_back_and_one_of_them_is_told(
    season: Season, colleague: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock of `hold_all` the return comes after the filing, and the guards' error page with it."""
    case = season.submitted(season.selected("P3"), season.h4)
    linger(monkeypatch, cases, "facts_of")

    answers = at_once(
        posting(season.officer, f"/agreements/{case.pk}/file/", **SEEN),
        posting(colleague, f"/agreements/{case.pk}/return/", **SEEN, content="请写具体。"),
    )

    case.refresh_from_db()
    assert answers == ["302", "409"]
    assert case.corrections.count() == (case.status == AgreementStatus.RETURNED)
    assert (case.filing_number is None) == (case.status == AgreementStatus.RETURNED)


def test_a_batch_against_a_single_filing_files_each_case_once_without_a_gap(
    season: Season, colleague: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [season.submitted(season.selected(key), season.h4) for key in ("P1", "P2", "P3")]
    linger(monkeypatch, cases, "facts_of")
    keys = [f"{one.pk}-1-0-0" for one in rows]

    answers = at_once(
        posting(season.officer, "/agreements/file/", chosen=keys),
        posting(colleague, f"/agreements/{rows[0].pk}/file/", **SEEN),
        posting(colleague, f"/agreements/{rows[1].pk}/file/", **SEEN),
    )

    assert set(answers) <= {"200", "302", "409"}
    assert "200" in answers
    numbers = Agreement.objects.order_by("filing_number").values_list("filing_number", flat=True)
    assert list(numbers) == [f"SJZ-KTP-2026-000{number}" for number in (1, 2, 3)]
    assert AuditEvent.objects.filter(verb="agreement.filed").count() == 3


def test_a_cover_is_ended_once(season: Season, colleague: Membership) -> None:
    cover = reviewing.arrange_cover(
        absent=season.officer, stand_in=colleague, since=MAY_18, until=MAY_20, by=season.officer, on=MAY_20
    )

    def end() -> None:
        reviewing.end_cover(cover, by=season.officer)

    assert during(end, lambda: reviewing.end_cover(cover, by=colleague)) == "E-STATE"
    assert Cover.objects.get().ended_by == season.officer


def test_two_officers_do_not_cover_for_each_other_on_the_same_days(season: Season, colleague: Membership) -> None:
    """Without the lock both are away, and nobody is there."""
    officer, arrange = season.officer, partial(reviewing.arrange_cover, since=MAY_18, until=MAY_20, on=MAY_20)

    def mine() -> None:
        arrange(absent=officer, stand_in=colleague, by=officer)

    def theirs() -> None:
        arrange(absent=colleague, stand_in=officer, by=colleague)

    assert during(mine, theirs) == "E-FIELD"
    assert Cover.objects.get().absent == officer


def test_a_case_handed_over_while_it_is_filed_is_handed_over_no_more(
    season: Season, colleague: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = season.submitted(season.selected("P3"), season.h4)

    def file() -> None:
        browser_of(season.officer).post(f"/agreements/{case.pk}/file/", SEEN)

    handing = lambda: reviewing.transfer(case, to=colleague, by=season.head, on=MAY_20)  # noqa: E731
    assert during(file, handing) == "E-STATE"
    assert not CaseHolder.objects.exists()

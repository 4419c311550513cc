"""Several hands at the same moment. Each test was seen to fail with its lock taken away."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from agreements.models import Agreement
from assessments import queries, services
from assessments.enums import Grade
from assessments.models import Assessment, Campaign
from core.models import ApprovalStep
from specialists.models import Specialist
from tests.cast import Season
from tests.hands import during

JAN_10, JAN_20, FEB_10 = date(2027, 1, 10), date(2027, 1, 20), date(2027, 2, 10)
LOW = {"workload": Decimal(5), "results": Decimal(5), "satisfaction": Decimal(0), "records": Decimal(0)}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2027-01-20 12:00:00+08:00"):
        yield


@pytest.fixture
def agreement(lasting_season: Season) -> Agreement:
    return lasting_season.filed(lasting_season.selected("P1", "enterprise"), lasting_season.h4)


def opened(season: Season) -> Campaign:
    return services.open_campaign(
        year=2026, opens_on=JAN_10, institution_due=JAN_20, bureau_due=FEB_10, by=season.officer, on=JAN_10
    )


def scored(assessment: Assessment, by: Any) -> Assessment:
    return services.submit_opinion(
        assessment, by=by, on=JAN_20, version=1, scores=LOW, grade=Grade.UNQUALIFIED, opinion="未开展服务。"
    )


def test_two_clerks_scoring_at_once_do_not_overwrite_each_other(lasting_season: Season, agreement: Agreement) -> None:
    opened(lasting_season)
    assessment = Assessment.objects.get()

    answer = during(
        lambda: scored(assessment, lasting_season.clerk), lambda: scored(assessment, lasting_season.manager)
    )

    assert answer == "stale"
    assert Assessment.objects.get().institution_by == lasting_season.clerk


def test_a_campaign_listed_twice_at_once_lists_each_person_once(lasting_season: Season, agreement: Agreement) -> None:
    campaign = opened(lasting_season)
    lasting_season.filed(lasting_season.selected("P3"), lasting_season.h4)

    def listing() -> None:
        services.list_specialists(campaign, by=lasting_season.officer, on=JAN_20)

    assert during(listing, listing) == "done"
    assert campaign.assessments.count() == 2


def test_of_two_who_call_a_campaign_off_the_second_hears_that_it_is(
    lasting_season: Season, agreement: Agreement
) -> None:
    campaign = opened(lasting_season)
    another = lasting_season.admin

    def calling_off(by: Any) -> None:
        services.call_off_campaign(campaign, by=by, on=JAN_20, reason="年度选错")

    assert during(lambda: calling_off(lasting_season.head), lambda: calling_off(another)) == "E-STATE"
    assert Campaign.objects.get().called_off_by == lasting_season.head


def test_a_person_added_while_the_list_is_made_is_said_to_be_there(
    lasting_season: Season, agreement: Agreement
) -> None:
    campaign = opened(lasting_season)
    late = lasting_season.filed(lasting_season.selected("P3"), lasting_season.h4)

    answer = during(
        lambda: services.list_specialists(campaign, by=lasting_season.officer, on=JAN_20),
        lambda: services.add_specialist(campaign, late.specialist, by=lasting_season.officer, on=JAN_20),
    )

    assert answer == "E-ASSESS-DUP"


def at_its_last_step(season: Season) -> Assessment:
    opened(season)
    assessment = scored(Assessment.objects.get(), season.clerk)
    services.take_step(
        assessment, by=season.officer, on=JAN_20, version=assessment.version, grade=Grade.UNQUALIFIED, opinion="同意"
    )
    assessment.refresh_from_db()
    return assessment


def decide(assessment: Assessment, season: Season) -> Assessment:
    return services.take_step(
        assessment, by=season.head, on=JAN_20, version=assessment.version, grade=Grade.UNQUALIFIED, opinion="同意",
        typed_name="李喆",
    )  # fmt: skip


@pytest.mark.parametrize("host", ["h4", "h5"])
def test_what_is_filed_while_the_decision_waits_is_ended_with_it(
    lasting_season: Season, agreement: Agreement, host: str
) -> None:
    """At the host of the other agreement, and at one that nobody thought of when the decision began."""
    assessment = at_its_last_step(lasting_season)

    def another_is_filed() -> None:
        Specialist.objects.select_for_update().get(pk=agreement.specialist_id)
        lasting_season.filed(lasting_season.selected("P1", "broker"), getattr(lasting_season, host))

    assert during(another_is_filed, lambda: decide(assessment, lasting_season)) == "done"
    assert [*Agreement.objects.values_list("status", flat=True)] == ["terminated", "terminated"]


def test_an_assessment_returned_during_its_decision_is_not_decided(
    lasting_season: Season, agreement: Agreement
) -> None:
    assessment = at_its_last_step(lasting_season)

    answer = during(
        lambda: services.return_opinion(assessment, by=lasting_season.head, on=JAN_20, opinion="材料不全"),
        lambda: decide(assessment, lasting_season),
    )

    assert answer == "stale"
    assert Specialist.objects.get().revoked_on is None
    assert ApprovalStep.objects.count() == 2


def test_a_qualification_is_given_back_once(lasting_season: Season, agreement: Agreement) -> None:
    decide(at_its_last_step(lasting_season), lasting_season)
    person = Specialist.objects.get()

    def give_back() -> None:
        services.reinstate(person, by=lasting_season.head, on=FEB_10, reason="复核后更正")

    assert during(give_back, give_back) == "E-REVOKED"


def test_the_consequences_shown_are_those_carried_out(lasting_season: Season, agreement: Agreement) -> None:
    assessment = at_its_last_step(lasting_season)
    shown = {str(one) for one in queries.consequences(agreement.specialist, on=JAN_20).agreements}

    decide(assessment, lasting_season)

    assert {str(one) for one in Agreement.objects.filter(status="terminated")} == shown

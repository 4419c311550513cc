"""The end of an agreement before its time."""

from datetime import date, timedelta

import pytest

from agreements import services
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement
from core.models import AuditEvent, Message
from core.policy import Refused
from tests.cast import END, MAY_20, Season


def end(season: Season, agreement: Agreement, on: date = MAY_20, note: str = "") -> Agreement:
    return services.terminate_agreement(agreement, by=season.officer, on=on, reason=TerminationReason.AGREED, note=note)


def test_number_and_dates_stay_and_the_service_ends_the_day_before(season: Season):
    agreement = season.filed(season.selected("P3"), season.h4)
    number = agreement.filing_number

    ended = end(season, agreement, note=" 三方商定 ")

    ended.refresh_from_db()
    assert (ended.status, ended.filing_number, ended.service_end) == ("terminated", number, END)
    assert (ended.terminated_on, ended.termination_reason) == (MAY_20, "agreed")
    assert ended.last_day == MAY_20 - timedelta(days=1)
    event = AuditEvent.objects.get()
    assert (event.verb, event.reason) == ("agreement.terminated", "三方商定")
    assert event.after == {"status": "terminated", "terminated_on": "2026-05-20", "termination_reason": "agreed"}


def test_the_parties_are_told_why(season: Season):
    agreement = season.filed(season.selected("P3"), season.h4)
    readers = {season.contact.person, season.hat_of(agreement.specialist).person, season.clerk.person}

    end(season, agreement, note="三方商定")

    assert readers | {season.manager.person} == {message.person for message in Message.objects.all()}
    assert Message.objects.all()[0].body == (
        "张昇与“滹沱示范谷物种植专业合作社”的协议于2026年5月20日终止，原因：三方协商提前终止。说明：三方商定"
    )


@pytest.mark.parametrize("status", ["draft", "submitted", "returned"])
def test_only_what_is_filed_is_ended(season: Season, status: AgreementStatus):
    agreement = season.agreement(season.selected("P3"), season.h4, status=status)

    with pytest.raises(Refused, match="不能执行此操作"):
        end(season, agreement)


def test_what_is_over_by_its_date_is_not_ended(season: Season):
    agreement = season.filed(season.selected("P3"), season.h4)

    with pytest.raises(Refused, match="协议已于2027-12-31到期"):
        end(season, agreement, on=END + timedelta(days=1))

    assert end(season, agreement, on=END).terminated_on == END


def test_one_that_has_not_begun_served_no_year(season: Season):
    agreement = season.filed(
        season.selected("P3"), season.h4, service_start=date(2027, 1, 1), service_end=date(2027, 12, 31)
    )

    assert list(end(season, agreement).years) == []

"""Several hands at the same moment. Each test was seen to fail with its lock taken away."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from accounts.models import Membership, Organization
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement
from core import links
from core.models import OutboxRow
from tests.cast import MAY_20, Season
from tests.hands import during
from visits import services
from visits.models import ConfirmationLink, Visit


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-05-20 12:00:00+08:00"):
        yield


@pytest.fixture
def agreement(lasting_season: Season) -> Agreement:
    return lasting_season.filed(lasting_season.selected("P3"), lasting_season.h4)


def log(agreement: Agreement, by: Membership) -> Visit:
    return services.log_visit(
        agreement, by=by, on=MAY_20, date=MAY_20, days=1, mode="onsite", content="会诊", activities=["技术咨询"]
    )


def terminate(agreement: Agreement) -> None:
    Agreement.objects.filter(pk=agreement.pk).update(
        status=AgreementStatus.TERMINATED,
        terminated_on=MAY_20,
        termination_reason=TerminationReason.UNQUALIFIED,
    )


def test_nothing_is_logged_under_an_agreement_that_is_being_terminated(
    lasting_season: Season, agreement: Agreement
) -> None:
    hat = lasting_season.hat_of(agreement.specialist)

    assert during(lambda: terminate(agreement), lambda: log(agreement, hat)) == "E-VISIT-PERIOD"


def test_sql_writes_no_visit_under_an_agreement_that_is_being_terminated(
    lasting_season: Season, agreement: Agreement
) -> None:
    """visit_within_filed_service"""
    refused = during(lambda: terminate(agreement), lambda: lasting_season.visit(agreement, MAY_20))

    assert refused == "visit_within_filed_service"


def test_who_waited_logs_the_visit_where_the_host_is_now(lasting_season: Season, agreement: Agreement) -> None:
    hat = lasting_season.hat_of(agreement.specialist)
    unit = Organization.objects.filter(host=agreement.host)

    def move() -> None:
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        unit.update(district=lasting_season.h1.organization.district)

    assert during(move, lambda: log(agreement, hat)) == "done"
    assert Visit.objects.get().district == unit.get().district == lasting_season.h1.organization.district


def test_the_host_does_not_confirm_what_is_being_amended(lasting_season: Season, agreement: Agreement) -> None:
    hat = lasting_season.hat_of(agreement.specialist)
    visit = lasting_season.visit(agreement, MAY_20)

    def amend() -> None:
        services.amend_visit(visit, by=hat, on=MAY_20, version=1, trained=99)

    def confirm() -> None:
        services.confirm_visit(visit, by=None, on=MAY_20, name="马社长", version=1)

    assert during(amend, confirm) == "stale"
    visit.refresh_from_db()
    assert (visit.status, visit.trained) == ("logged", 99)


def test_what_is_being_confirmed_is_not_amended(lasting_season: Season, agreement: Agreement) -> None:
    hat = lasting_season.hat_of(agreement.specialist)
    visit = lasting_season.visit(agreement, MAY_20)

    def confirm() -> None:
        services.confirm_visit(visit, by=None, on=MAY_20, name="马社长", version=1)

    def amend() -> None:
        services.amend_visit(visit, by=hat, on=MAY_20, version=1, trained=99)

    assert during(confirm, amend) == "E-STATE"


def asked_for(agreement: Agreement, season: Season) -> ConfirmationLink:
    visit = season.visit(agreement, MAY_20)
    return ConfirmationLink.objects.create(visit=visit, token_digest="t", expires_at=now() + timedelta(days=7))


def test_a_code_asked_for_twice_at_once_is_sent_once(lasting_season: Season, agreement: Agreement) -> None:
    link = asked_for(agreement, lasting_season)

    second = during(lambda: services.ask_for_code(link), lambda: services.ask_for_code(link))
    assert second.startswith("验证码刚刚发送过")
    assert OutboxRow.objects.filter(task="visits.tasks.send_code").count() == 1


def test_wrong_codes_tried_at_once_are_all_counted(lasting_season: Season, agreement: Agreement) -> None:
    link = asked_for(agreement, lasting_season)
    ConfirmationLink.objects.update(code_digest=services.digest(f"{link.pk}:123456"), code_sent_at=now())

    def guess() -> None:
        services.answer_by_link(
            link, code="000000", confirmed=True, name="马", rating="", opinion="", version=1, on=MAY_20
        )

    def count_one() -> None:
        links.try_code(link, "111111", minutes=10, tries=5)

    assert during(count_one, guess) == "E-CODE"
    link.refresh_from_db()
    assert link.wrong_codes == 2

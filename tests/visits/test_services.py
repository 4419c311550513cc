import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement
from core.models import AuditEvent, OutboxRow
from core.policy import Refused
from core.stale import Stale
from tests.cast import MAY_12, MAY_20, Season
from visits import queries, services, tasks
from visits.enums import Rating, VisitStatus
from visits.models import ConfirmationLink, Visit, VisitAttendance

NOON = "2026-05-20 12:00:00+08:00"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def agreement(season: Season) -> Agreement:
    return season.filed(season.selected("P3"), season.h4)


def log(season: Season, agreement: Agreement, **fields: Any) -> Visit:
    typed = {
        "date": MAY_20,
        "days": 1,
        "mode": "onsite",
        "content": "田间苗情会诊",
        "activities": ["技术咨询"],
        **fields,
    }
    return services.log_visit(agreement, by=season.hat_of(agreement.specialist), on=MAY_20, **typed)


def deliver(task: Any) -> None:
    """As the relay would: every promise of this task that is not kept."""
    for row in OutboxRow.objects.filter(task=task.name, done_at=None):
        task(outbox_id=row.pk)


def link_in_the_mail(visit: Visit) -> ConfirmationLink:
    deliver(tasks.send_link)
    found = re.search(r"/visits/confirm/([\w-]+)/", str(mail.outbox[-1].body))
    assert found
    link = services.link_for(found[1])
    assert link is not None
    return link


def code_in_the_mail(link: ConfirmationLink) -> str:
    assert services.ask_for_code(link) == ""
    deliver(tasks.send_code)
    found = re.search(r" (\d{6}) ", str(mail.outbox[-1].body))
    assert found
    return found[1]


def answer(link: ConfirmationLink, code: str, **more: Any) -> Visit:
    given = {"confirmed": True, "name": "马社长", "rating": Rating.SATISFIED, "opinion": "", "version": 1, **more}
    return services.answer_by_link(link, code=code, on=MAY_20, **given)


def test_the_specialist_logs_a_visit_and_the_host_is_asked(season: Season, agreement: Agreement) -> None:
    visit = log(season, agreement)

    assert (visit.status, visit.district_id) == ("logged", "130123")
    assert VisitAttendance.objects.get().specialist == agreement.specialist
    assert [(row.task, row.ids) for row in OutboxRow.objects.all()] == [
        ("visits.tasks.send_link", {"visit_id": visit.pk})
    ]
    assert AuditEvent.objects.get(verb="visit.logged").by == agreement.specialist.user


@pytest.mark.parametrize(
    ("day", "code"),
    [
        pytest.param(MAY_12 - timedelta(days=1), "E-VISIT-PERIOD", id="before the service"),
        pytest.param(MAY_20 + timedelta(days=1), "E-VISIT-DATE", id="tomorrow"),
    ],
)
def test_a_visit_on_a_wrong_day_is_refused_and_leaves_nothing(
    season: Season, agreement: Agreement, day: date, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        log(season, agreement, date=day)

    assert [finding.code for finding in refusal.value.findings] == [code]
    assert not Visit.objects.exists()
    assert not OutboxRow.objects.exists()


def test_nothing_is_logged_under_an_agreement_that_is_not_filed(season: Season) -> None:
    with pytest.raises(Refused, match="不在已备案协议的服务期限内"):
        log(season, season.submitted(season.selected("P3"), season.h4))


def test_after_the_termination_nothing_more_is_logged(season: Season, agreement: Agreement) -> None:
    Agreement.objects.filter(pk=agreement.pk).update(
        status=AgreementStatus.TERMINATED,
        terminated_on=MAY_20,
        termination_reason=TerminationReason.UNQUALIFIED,
    )

    with pytest.raises(Refused, match="不在已备案协议的服务期限内"):
        log(season, agreement)


def test_the_host_confirms_by_link_and_code(season: Season, agreement: Agreement) -> None:
    visit = log(season, agreement)
    link = link_in_the_mail(visit)

    confirmed = answer(link, code_in_the_mail(link))

    assert (confirmed.status, confirmed.confirmed_name, confirmed.rating) == ("confirmed", "马社长", "satisfied")
    assert [message.to for message in mail.outbox] == [["u1466@example.org"]] * 2
    assert queries.year_of_service(agreement.specialist, 2026).as_dict() == {
        "visits": 1, "onsite": 1, "days": 1, "trainings": 0, "trained": 0, "satisfied": 1, "rated": 1,
    }  # fmt: skip


def test_a_link_is_spent_with_its_answer(season: Season, agreement: Agreement) -> None:
    link = link_in_the_mail(log(season, agreement))
    code = code_in_the_mail(link)
    answer(link, code)

    with pytest.raises(Refused, match="该链接已经使用"):
        answer(link, code)


def test_a_wrong_code_confirms_nothing_and_after_five_tries_a_new_one_is_needed(
    season: Season, agreement: Agreement
) -> None:
    visit = log(season, agreement)
    link = link_in_the_mail(visit)
    code = code_in_the_mail(link)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(4):
        with pytest.raises(Refused, match="验证码不正确"):
            answer(link, wrong)
    with pytest.raises(Refused, match="输错次数过多，已失效，请重新获取"):
        answer(link, wrong)

    with pytest.raises(Refused, match="验证码已失效"):
        answer(link, code)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.LOGGED
    link.refresh_from_db()
    assert services.code_of(link).words == "上一个验证码已失效，请重新获取，新的验证码随即发送。"
    assert answer(link, code_in_the_mail(link)).status == VisitStatus.CONFIRMED  # it waits for no minute to pass


def test_a_code_lives_ten_minutes_and_is_sent_once_a_minute(
    season: Season, agreement: Agreement, clock: time_machine.Traveller
) -> None:
    link = link_in_the_mail(log(season, agreement))
    code = code_in_the_mail(link)

    clock.shift(20)
    assert services.ask_for_code(link) == "验证码刚刚发送过，请查看邮箱；40秒后可重新获取。"
    clock.shift(601)
    with pytest.raises(Refused, match="验证码已失效"):
        answer(link, code)


def test_a_link_lives_seven_days_and_a_newer_one_ends_it(
    season: Season, agreement: Agreement, clock: time_machine.Traveller
) -> None:
    visit = log(season, agreement)
    first = link_in_the_mail(visit)
    services.amend_visit(visit, by=season.hat_of(agreement.specialist), on=MAY_20, version=1, content="补充照片")
    second = link_in_the_mail(visit)

    first.refresh_from_db()
    assert first.expires_at <= second.created_at
    clock.shift(7 * 24 * 3600 - 1)
    assert second.expires_at > timezone.now()
    clock.shift(2)
    assert second.expires_at < timezone.now()


def test_link_and_code_are_kept_as_digests_only(season: Season, agreement: Agreement) -> None:
    link = link_in_the_mail(log(season, agreement))
    code = code_in_the_mail(link)
    token = re.search(r"/confirm/([\w-]+)/", str(mail.outbox[0].body))[1]  # type: ignore[index]

    link.refresh_from_db()
    assert {len(link.token_digest), len(link.code_digest)} == {64}
    assert token not in str(vars(link))
    assert code not in link.code_digest
    assert token not in str(list(OutboxRow.objects.values()))


def test_a_disputed_visit_is_amended_and_asked_for_again(season: Season, agreement: Agreement) -> None:
    visit = log(season, agreement)
    link = link_in_the_mail(visit)
    answer(link, code_in_the_mail(link), confirmed=False, opinion="当日来的是21人，不是12人")

    amended = services.amend_visit(visit, by=season.hat_of(agreement.specialist), on=MAY_20, version=1, trained=21)

    assert (amended.status, amended.trained, amended.host_opinion) == ("logged", 21, "")
    assert OutboxRow.objects.filter(task="visits.tasks.send_link", done_at=None).count() == 1


def test_a_dispute_says_what_is_wrong(season: Season, agreement: Agreement) -> None:
    with pytest.raises(Refused, match="请写明异议内容"):
        services.dispute_visit(log(season, agreement), by=season.contact, on=MAY_20, opinion="  ")


def test_the_host_confirms_only_what_it_has_read(season: Season, agreement: Agreement) -> None:
    visit = log(season, agreement)
    services.amend_visit(visit, by=season.hat_of(agreement.specialist), on=MAY_20, version=1, trained=40)

    with pytest.raises(Stale):
        services.confirm_visit(visit, by=season.contact, on=MAY_20, name="马社长", version=1)


def test_two_amendments_of_the_same_version_do_not_overwrite_each_other(season: Season, agreement: Agreement) -> None:
    visit = log(season, agreement)
    hat = season.hat_of(agreement.specialist)
    services.amend_visit(visit, by=hat, on=MAY_20, version=1, content="第一稿")

    with pytest.raises(Stale) as stale:
        services.amend_visit(visit, by=hat, on=MAY_20, version=1, content="第二稿")
    assert [(one.label, one.theirs, one.yours) for one in stale.value.differences] == [("服务内容", "第一稿", "第二稿")]


@pytest.mark.parametrize("act", ["amend", "withdraw", "dispute", "confirm"])
def test_what_is_confirmed_stays(season: Season, agreement: Agreement, act: str) -> None:
    visit = log(season, agreement)
    services.confirm_visit(visit, by=season.contact, on=MAY_20, name="马社长")
    acts = {
        "amend": lambda: services.amend_visit(visit, by=season.clerk, on=MAY_20, version=1, content="改"),
        "withdraw": lambda: services.withdraw_visit(visit, by=season.clerk, on=MAY_20),
        "dispute": lambda: services.dispute_visit(visit, by=season.contact, on=MAY_20, opinion="不对"),
        "confirm": lambda: services.confirm_visit(visit, by=season.contact, on=MAY_20, name="他人"),
    }

    with pytest.raises(Refused) as refusal:
        acts[act]()
    assert [finding.code for finding in refusal.value.findings] == ["E-STATE"]


def test_the_database_keeps_a_confirmed_visit_as_it_was(season: Season, agreement: Agreement) -> None:
    visit = season.visit(agreement, MAY_20, status=VisitStatus.CONFIRMED)

    with pytest.raises(IntegrityError, match="confirmed_visit_never_changes"), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(content="改写")
    with pytest.raises(IntegrityError, match="confirmed_visit_never_changes"), transaction.atomic():
        Visit.objects.filter(pk=visit.pk)._raw_delete("default")


@pytest.mark.parametrize("day", [MAY_12 - timedelta(days=1), date(2028, 1, 1)])
def test_the_database_refuses_a_visit_outside_the_service(season: Season, agreement: Agreement, day: date) -> None:
    with pytest.raises(IntegrityError, match="visit_within_filed_service"), transaction.atomic():
        season.visit(agreement, day)


def test_the_database_refuses_a_visit_under_an_agreement_that_is_not_filed(season: Season) -> None:
    with pytest.raises(IntegrityError, match="visit_within_filed_service"), transaction.atomic():
        season.visit(season.submitted(season.selected("P3"), season.h4), MAY_20)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"days": 0}, "visit_lasts_a_day_at_least"),
        ({"status": VisitStatus.CONFIRMED}, "visit_confirmed_by_somebody"),
        ({"confirmed_name": "马社长"}, "visit_confirmed_by_somebody"),
    ],
)
def test_the_database_refuses_half_a_visit(
    season: Season, agreement: Agreement, change: dict[str, Any], name: str
) -> None:
    visit = season.visit(agreement, MAY_20)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(**change)


def test_each_person_attends_a_visit_once(season: Season, agreement: Agreement) -> None:
    visit = season.visit(agreement, MAY_20)

    with pytest.raises(IntegrityError, match="each_person_once_at_a_visit"), transaction.atomic():
        VisitAttendance.objects.create(visit=visit, specialist=agreement.specialist)


def test_only_confirmed_visits_count_and_by_their_day_of_service(season: Season, agreement: Agreement) -> None:
    season.visit(agreement, MAY_20)
    season.visit(agreement, date(2026, 6, 1), status=VisitStatus.CONFIRMED, trainings=1, trained=30)
    season.visit(agreement, date(2027, 1, 5), status=VisitStatus.CONFIRMED)

    counted = queries.year_of_service(agreement.specialist, 2026)

    assert (counted.visits, counted.trainings, counted.trained) == (1, 1, 30)


def test_a_visit_before_the_filing_is_logged_and_earns_nothing_as_is_said(season: Season, agreement: Agreement) -> None:
    """A21"""
    early: dict[str, Any] = {"date": MAY_20 - timedelta(days=1), "days": 1, "mode": "onsite", "today": MAY_20}

    [finding] = [one for one in services.judge(agreement, **early) if one]

    assert (finding.code, "计入考核，不发放补助" in finding.message) == ("W-BEFORE-FILING", True)
    assert [*filter(None, services.judge(agreement, **{**early, "date": MAY_20}))] == []
    assert [*filter(None, services.judge(agreement, **{**early, "mode": "online"}))] == []
    assert log(season, agreement, date=early["date"]).pk


def test_a_second_host_on_the_same_day_is_logged_and_said(season: Season, agreement: Agreement) -> None:
    log(season, agreement)
    other = season.filed(agreement.registration, season.h5)

    findings = services.judge(other, date=MAY_20, days=1, mode="onsite", today=MAY_20)

    assert [finding.code for finding in findings if finding] == ["W-SAME-DAY"]
    assert log(season, other, content="同日第二家").pk

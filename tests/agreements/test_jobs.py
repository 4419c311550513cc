"""The jobs of the day: run twice, by two beats at once, after missed days, and across a crash."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from agreements import queries, services, tasks
from agreements.enums import RunTrigger, TerminationReason
from agreements.models import Agreement, FilingCertificate, QuotaRun
from core import notify
from core.models import AuditEvent, JobRun, Message, OutboxRow
from core.outbox import relay
from core.policy import Refused
from specialists.enums import Category, PersonnelType
from tests.cast import END, MAY_20, Season
from tests.hands import at_once, linger

ENDS_IN_60, ENDS_IN_30, ENDS_IN_7 = (END - timedelta(days=days) for days in (60, 30, 7))


class Today:
    """The day the tasks read."""

    def __init__(self, on: date) -> None:
        self.on = on

    def __call__(self) -> date:
        return self.on


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Today:
    day = Today(MAY_20)
    monkeypatch.setattr(tasks, "localdate", day)
    return day


def crashing_after(count: int, work: Callable[..., Any]) -> Callable[..., Any]:
    """The work itself, until it has been called that often: then the process is gone."""
    calls = iter(range(count))

    def call(*args: Any, **more: Any) -> Any:
        if next(calls, None) is None:
            raise ConnectionAbortedError
        return work(*args, **more)

    return call


def occasions() -> dict[str, int]:
    """How many readers were told of each occasion."""
    told: dict[str, int] = {}
    for message in Message.objects.order_by("pk"):
        told[message.occasion] = told.get(message.occasion, 0) + 1
    return told


def ending(season: Season) -> Agreement:
    """An agreement of P3 whose sides have accounts: specialist, two people of the institution, host, one officer."""
    season.contact  # noqa: B018 - comes in by being called
    agreement = season.filed(season.selected("P3"), season.h4)
    season.hat_of(agreement.specialist)
    return agreement


EVERYBODY = 5


# --- reminders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "told"),
    [
        pytest.param(ENDS_IN_60 - timedelta(days=1), [], id="61 days before"),
        pytest.param(ENDS_IN_60, [60], id="60 days before"),
        pytest.param(ENDS_IN_30 - timedelta(days=1), [60], id="31 days before"),
        pytest.param(ENDS_IN_30, [30], id="30 days before"),
        pytest.param(ENDS_IN_7, [7], id="7 days before"),
        pytest.param(END, [7], id="on the last day"),
        pytest.param(END + timedelta(days=1), [], id="the day after"),
    ],
)
def test_the_days_of_the_pack(season: Season, on: date, told: list[int]):
    agreement = ending(season)

    services.remind_expiring(on)

    assert occasions() == {f"expiry:{agreement.pk}:{days}": EVERYBODY for days in told}


def test_all_sides_are_told_and_the_bureau_on_the_platform_only(season: Season, mailoutbox: list[Any]):
    agreement = ending(season)

    assert services.remind_expiring(ENDS_IN_30) == {"reminders": 1, "messages": EVERYBODY}

    told = {message.person.username: bool(message.email) for message in Message.objects.all() if message.person}
    assert told == {f"sp{agreement.specialist_id}": True, "liu": True, "meng": True, "ma": True, "chen": False}
    message = Message.objects.all()[0]
    assert message.subject == f"协议{agreement}将于2027年12月31日到期"
    assert message.link == agreement.get_absolute_url()
    relay()
    assert len(mailoutbox) == EVERYBODY - 1


def test_units_without_an_account_are_reached_at_their_address(season: Season):
    agreement = season.filed(season.selected("P3"), season.h4)

    services.remind_expiring(ENDS_IN_30)

    addresses = set(Message.objects.filter(person=None).values_list("email", flat=True))
    assert addresses == {agreement.specialist.email, season.h4.organization.contact_email}


def test_each_threshold_is_told_once_in_the_life_of_an_agreement(season: Season, today: Today):
    agreement = ending(season)

    for ahead in range(65, -3, -1):
        today.on = END - timedelta(days=ahead)
        tasks.remind_expiring()

    assert occasions() == {f"expiry:{agreement.pk}:{days}": EVERYBODY for days in (60, 30, 7)}


def test_asked_twice_on_one_day_it_runs_once(season: Season, today: Today):
    ending(season)
    today.on = ENDS_IN_30

    tasks.remind_expiring()
    tasks.remind_expiring()

    assert Message.objects.count() == EVERYBODY
    [run] = JobRun.objects.all()
    assert (run.name, run.slot, run.result) == (
        "agreements.remind_expiring",
        "2027-12-01",
        {"reminders": 1, "messages": EVERYBODY},
    )
    assert run.finished_at


def test_run_again_without_its_slot_it_tells_nobody_twice(season: Season):
    ending(season)

    assert services.remind_expiring(ENDS_IN_30)["messages"] == EVERYBODY
    assert services.remind_expiring(ENDS_IN_30) == {"reminders": 0, "messages": 0}


def test_two_beats_at_once_remind_once(lasting_season: Season, today: Today, monkeypatch: pytest.MonkeyPatch):
    ending(lasting_season)
    today.on = ENDS_IN_30
    linger(monkeypatch, services, "remind_expiring")

    at_once(tasks.remind_expiring, tasks.remind_expiring)

    assert (JobRun.objects.count(), Message.objects.count()) == (1, EVERYBODY)
    assert OutboxRow.objects.filter(task="core.tasks.mail_message").count() == EVERYBODY - 1


def test_after_three_missed_days_only_the_tightest_threshold_is_told(season: Season, today: Today):
    agreement = ending(season)
    today.on = ENDS_IN_30 - timedelta(days=1)
    tasks.remind_expiring()  # 31 days before: 60 is told, then three days nothing runs

    today.on = ENDS_IN_30 + timedelta(days=2)
    tasks.remind_expiring()

    assert occasions() == {f"expiry:{agreement.pk}:60": EVERYBODY, f"expiry:{agreement.pk}:30": EVERYBODY}


def test_who_was_never_told_of_60_is_told_of_30_alone(season: Season):
    agreement = ending(season)

    services.remind_expiring(ENDS_IN_30 + timedelta(days=5))
    services.remind_expiring(ENDS_IN_30 + timedelta(days=6))

    assert occasions() == {f"expiry:{agreement.pk}:30": EVERYBODY}


def test_a_crash_in_the_middle_leaves_nothing_and_the_next_run_does_it_all(
    lasting_season: Season, today: Today, monkeypatch: pytest.MonkeyPatch
):
    season = lasting_season
    agreements = [ending(season), season.filed(season.selected("P4"), season.h4)]
    today.on = ENDS_IN_30
    with monkeypatch.context() as crash:
        crash.setattr(notify, "tell", crashing_after(1, notify.tell))
        with pytest.raises(ConnectionAbortedError):
            tasks.remind_expiring()
    assert not JobRun.objects.exists()
    assert not Message.objects.exists()
    assert not OutboxRow.objects.exists()

    tasks.remind_expiring()

    assert occasions() == {f"expiry:{agreement.pk}:30": EVERYBODY for agreement in agreements}
    assert JobRun.objects.count() == 1


def test_what_is_extended_or_ended_is_left_in_peace(season: Season):
    drafted, submitted, filed = (season.filed(season.selected(key), season.h5) for key in ("P1", "P2", "P3"))
    terminated = season.filed(season.selected("P4"), season.h4)
    later = {"service_start": date(2028, 1, 1), "service_end": date(2028, 12, 31)}
    season.agreement(drafted.registration, season.h5, renews=drafted, **later)
    season.submitted(submitted.registration, season.h5, renews=submitted, **later)
    season.filed(filed.registration, season.h5, renews=filed, **later)
    services.terminate_agreement(terminated, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED)
    Message.objects.all().delete()

    services.remind_expiring(ENDS_IN_30)

    assert occasions().keys() == {f"expiry:{drafted.pk}:30"}  # a draft may never be handed in


def test_sc26_a_graduation_before_the_end_is_announced_sixty_days_ahead(season: Season):
    student = season.selected(
        "P6", Category.ENTERPRISE, personnel_type=PersonnelType.GRADUATE, graduates_on=date(2027, 6, 30)
    )
    agreement = season.filed(student, season.h1)

    assert services.remind_expiring(date(2027, 4, 30))["reminders"] == 0
    assert services.remind_expiring(date(2027, 5, 1))["reminders"] == 1

    assert occasions().keys() == {f"graduation:{agreement.pk}:60"}
    assert "本人预计2027年6月30日毕业" in Message.objects.all()[0].body


# --- the quota check --------------------------------------------------------------------------------------------------


def test_the_check_asked_for_twice_on_one_day_runs_once(season: Season, today: Today):
    tasks.check_quotas()
    tasks.check_quotas()

    [run] = QuotaRun.objects.all()
    assert (run.year, run.on, run.trigger) == (2026, MAY_20, "daily")
    [slot] = JobRun.objects.all()
    assert (slot.name, slot.slot) == ("agreements.check_quotas", "2026-05-20")
    assert slot.result == {"run": run.pk, "findings": 3, "new": 3, "gone": 0}
    assert Message.objects.count() == 1

    today.on = date(2026, 5, 21)
    tasks.check_quotas()
    assert (QuotaRun.objects.count(), Message.objects.count()) == (2, 1)


def test_two_beats_at_once_check_once(lasting_season: Season, today: Today, monkeypatch: pytest.MonkeyPatch):
    linger(monkeypatch, queries, "quota_counts")

    at_once(tasks.check_quotas, tasks.check_quotas)

    assert (JobRun.objects.count(), QuotaRun.objects.count(), Message.objects.count()) == (1, 1, 1)


def test_of_two_checks_at_once_the_second_compares_with_the_first(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
):
    linger(monkeypatch, queries, "quota_counts")

    def check() -> None:
        services.check_quotas(2026, trigger=RunTrigger.MANUAL, on=MAY_20)

    at_once(check, check)

    first, second = QuotaRun.objects.order_by("pk")
    assert (len(first.appeared), len(second.appeared), Message.objects.count()) == (3, 0, 1)


def test_after_three_missed_days_the_differences_of_all_of_them_are_told_once(season: Season, today: Today):
    tasks.check_quotas()
    listed = season.filed(season.selected("P2"), season.h4)
    season.on_provincial_list("P2")

    today.on = date(2026, 5, 24)
    tasks.check_quotas()

    assert QuotaRun.objects.latest("pk").appeared == [f"E-PROV:{listed.pk}"]
    assert JobRun.objects.count() == 2


def test_a_check_cut_short_leaves_neither_run_nor_slot(
    lasting_season: Season, today: Today, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as crash:
        crash.setattr(notify, "tell", crashing_after(0, notify.tell))
        with pytest.raises(ConnectionAbortedError):
            tasks.check_quotas()
    assert not JobRun.objects.exists()
    assert not QuotaRun.objects.exists()

    tasks.check_quotas()

    assert (JobRun.objects.count(), QuotaRun.objects.count(), Message.objects.count()) == (1, 1, 1)


# --- at once after filing ---------------------------------------------------------------------------------------------


def filed(season: Season, key: str) -> Agreement:
    agreement = season.submitted(season.selected(key), season.h5)
    return services.file_agreement(agreement, by=season.officer, on=MAY_20)


def test_a_filing_is_checked_and_certified_by_its_effects(season: Season, today: Today):
    agreement = filed(season, "P3")

    relay()

    run = QuotaRun.objects.get()
    assert (run.trigger, run.through, run.counts["categories"]["agriculture"]["filed"]) == ("filing", 1, 1)
    certificate = FilingCertificate.objects.get()
    assert (certificate.agreement, certificate.file.kind) == (agreement, "pdf")
    assert AuditEvent.objects.filter(verb="agreement.certificate_issued").count() == 1
    assert f"filed:{agreement.pk}" in occasions()
    assert not OutboxRow.objects.filter(done_at=None).exclude(task="core.tasks.mail_message").exists()


def test_effects_delivered_twice_take_effect_once(season: Season, today: Today):
    filed(season, "P3")
    rows = list(OutboxRow.objects.order_by("pk"))

    for _ in range(2):
        for row in rows:
            getattr(tasks, row.task.rpartition(".")[2])(outbox_id=row.pk)

    assert (FilingCertificate.objects.count(), QuotaRun.objects.count()) == (1, 1)


def test_filings_in_a_row_are_checked_by_one_run_that_has_seen_them_all(season: Season, today: Today):
    for key in ("P1", "P2", "P3"):
        filed(season, key)
    rows = OutboxRow.objects.filter(task="agreements.tasks.check_quotas_after_filing").order_by("pk")

    for row in rows:
        tasks.check_quotas_after_filing(outbox_id=row.pk)

    [run] = QuotaRun.objects.all()
    assert (run.through, run.counts["categories"]["agriculture"]["filed"]) == (3, 3)
    assert not rows.filter(done_at=None).exists()


def test_a_certificate_asked_for_again_is_the_first_one(season: Season):
    agreement = filed(season, "P3")

    first = services.issue_certificate(agreement)
    again = services.issue_certificate(agreement)

    assert again == first
    assert FilingCertificate.objects.count() == 1


def test_what_was_ended_before_its_certificate_was_made_gets_none(season: Season, today: Today):
    agreement = filed(season, "P3")
    services.terminate_agreement(agreement, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED)

    relay()

    assert not FilingCertificate.objects.exists()
    assert not OutboxRow.objects.filter(done_at=None, task="agreements.tasks.issue_certificate").exists()
    with pytest.raises(Refused, match="当前状态为“已终止”"):
        services.issue_certificate(agreement)

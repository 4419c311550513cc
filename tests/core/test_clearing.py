"""What beat clears up at night: twice, late, by two beats at once; and what it leaves."""

import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import Task
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import now

from accounts import services as accounts
from accounts import tasks as accounts_tasks
from accounts.enums import Role
from accounts.models import ApiToken, FirstAnswer, Invitation, Session
from core import tasks as core_tasks
from core.files import keep
from core.models import JobRun
from tests.cast import MAY_18, MAY_20, Season
from tests.hands import at_once, browser_of
from visits import tasks as visits_tasks
from visits.models import ConfirmationLink

JOBS = [core_tasks.sweep_files, accounts_tasks.forget, visits_tasks.forget]
NIGHT = datetime.fromisoformat("2026-05-20 03:30:00+08:00")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NIGHT, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT, settings.PAGE_CACHE = tmp_path / "files", tmp_path / "pages"


def test_every_job_is_asked_for_at_night_and_made_up_for_later() -> None:
    schedule: Any = settings.CELERY_BEAT_SCHEDULE
    planned = {entry["task"]: entry["schedule"] for entry in schedule.values()}

    assert [planned[job.name].hour for job in JOBS] == [set(range(3, 24))] * 3


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_is_done_once_a_day_however_often_it_is_asked_for(
    season: Season, job: Task, clock: time_machine.Traveller
) -> None:
    for hours in (0, 1, 2, 24):
        clock.move_to(NIGHT + timedelta(hours=hours))
        job()

    assert list(JobRun.objects.order_by("slot").values_list("slot", flat=True)) == ["2026-05-20", "2026-05-21"]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_two_beats_at_once_do_a_job_once(lasting_season: Season, job: Task) -> None:
    assert at_once(job, job) == ["done", "done"]
    assert JobRun.objects.filter(finished_at__isnull=False).count() == 1


def test_files_without_a_row_go_when_they_are_a_day_old(season: Season) -> None:
    def stored(*, hours: int) -> str:
        path = keep(b"%PDF-1.7", name="a.pdf", kind="pdf", purpose="scan", by=season.clerk).path
        written = (NIGHT - timedelta(hours=hours)).timestamp()
        os.utime(default_storage.path(path), (written, written))
        return path

    kept = stored(hours=99)
    with transaction.atomic():
        lost, young = stored(hours=25), stored(hours=23)
        transaction.set_rollback(True)
    core_tasks.sweep_files()

    assert [default_storage.exists(path) for path in (kept, lost, young)] == [True, False, True]
    assert JobRun.objects.get().result == {"removed": 1}


def test_sessions_tokens_and_answers_go_when_they_open_nothing_any_more(
    season: Season, clock: time_machine.Traveller
) -> None:
    def come_in() -> None:
        browser_of(season.clerk)
        ApiToken.objects.create(user=season.clerk.person, membership=season.clerk, expiry=timedelta(days=5))
        FirstAnswer.objects.create(membership=season.clerk, key=str(now()), question="1", status=200, body="页面")

    for day in (13, 19, 20):
        clock.move_to(datetime(2026, 5, day, 3, 30, tzinfo=NIGHT.tzinfo))
        come_in()
    accounts_tasks.forget()

    assert JobRun.objects.get().result == {
        "sessions": 2,
        "tokens": 1,
        "answers": 1,
        "invitations": 0,
        "applications": 0,
    }
    assert (Session.objects.count(), ApiToken.objects.count(), FirstAnswer.objects.count()) == (1, 2, 2)


def test_the_digest_of_a_spent_invitation_goes_and_an_open_one_stays(
    season: Season, clock: time_machine.Traveller
) -> None:
    def invited(day: date, email: str) -> Invitation:
        clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=NIGHT.tzinfo))
        invitation = accounts.invite(
            season.u1.organization, role=Role.INSTITUTION_CLERK, name="新同事", email=email, by=season.manager
        )
        accounts.send_invitation(invitation)
        return invitation

    old, ended, open_one = (invited(day, f"{day}@example.org") for day in (date(2026, 5, 1), date(2026, 5, 11), MAY_18))
    clock.move_to(NIGHT)
    accounts_tasks.forget()

    left = Invitation.objects.exclude(token_digest=None)
    assert set(left) == {ended, open_one}
    assert old not in left


def test_links_that_ended_unused_and_spent_codes_go_and_a_used_link_stays(season: Season) -> None:
    visit = season.visit(season.filed(season.selected("P3"), season.h4), MAY_20)

    def link(number: int, **more: Any) -> ConfirmationLink:
        facts = {"expires_at": NIGHT + timedelta(days=1), "code_digest": "6", **more}
        return ConfirmationLink.objects.create(visit=visit, token_digest=str(number), **facts)

    live = link(1)
    used = link(2, used_at=NIGHT, expires_at=NIGHT - timedelta(days=99))
    just_over = link(3, expires_at=NIGHT - timedelta(days=29))
    link(4, expires_at=NIGHT - timedelta(days=30))
    visits_tasks.forget()

    codes = {link.pk: link.code_digest for link in ConfirmationLink.objects.all()}
    assert codes == {live.pk: "6", used.pk: "", just_over.pk: ""}
    assert JobRun.objects.get().result == {"links": 1, "codes": 2}

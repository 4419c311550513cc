"""A link of confirmation that was lost or ran out is sent anew."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Organization
from agreements.models import Agreement
from core.models import OutboxRow
from core.policy import Refused
from tests.cast import MAY_20, Season
from tests.hands import browser_of
from visits import services, tasks
from visits.enums import VisitStatus
from visits.models import ConfirmationLink, Visit

LATER = date(2026, 8, 3)  # a visit of 20 May can be told, and so amended, no more


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 12:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def waiting(season: Season) -> Visit:
    agreement: Agreement = season.filed(season.selected("P3"), season.h4)
    visit = season.visit(agreement, MAY_20)
    services.send_link(visit)
    return visit


def token() -> str:
    found = re.search(r"/visits/confirm/([\w-]+)/", str(mail.outbox[-1].body))
    assert found
    return found[1]


def ask(season: Season, visit: Visit, *, on: date = MAY_20) -> ConfirmationLink:
    link = services.ask_for_link(visit, by=season.clerk, on=on)
    tasks.mail_link(outbox_id=OutboxRow.objects.filter(task="visits.tasks.mail_link").latest("pk").pk)
    return link


def codes(refusal: Any) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_a_link_that_ran_out_is_sent_anew_however_old_the_visit(
    season: Season, waiting: Visit, clock: time_machine.Traveller
) -> None:
    first = token()
    clock.move_to("2026-08-03 09:00:00+08:00")
    assert services.link_for(first) is None

    made = ask(season, waiting, on=LATER)

    found = services.link_for(token())
    assert found == made
    assert found.expires_at == timezone.now() + timedelta(days=7)


def test_the_earlier_link_ends(season: Season, waiting: Visit) -> None:
    first = token()
    ask(season, waiting)

    assert services.link_for(first) is None
    assert services.link_for(token()) is not None
    assert ConfirmationLink.alive(token()).count() == 1


def test_once_a_day(season: Season, waiting: Visit) -> None:
    ask(season, waiting)
    alive = token()

    with pytest.raises(Refused) as refusal:
        ask(season, waiting)

    assert codes(refusal) == ["E-REMINDED"]
    assert services.link_for(alive) is not None
    ask(season, waiting, on=MAY_20 + timedelta(days=1))


def test_the_database_keeps_it_once_a_day(season: Season, waiting: Visit) -> None:
    made = ask(season, waiting)

    with pytest.raises(IntegrityError, match="confirmation_asked_again_once_a_day"):
        ConfirmationLink.objects.create(
            visit=waiting, asked_on=made.asked_on, expires_at=timezone.now(), token_digest="x"
        )


@pytest.mark.parametrize("status", [VisitStatus.CONFIRMED, VisitStatus.WITHDRAWN, VisitStatus.DISPUTED])
def test_nobody_is_asked_about_what_waits_for_no_answer(season: Season, waiting: Visit, status: VisitStatus) -> None:
    said = {"confirmed_at": timezone.now(), "confirmed_name": "马社长"} if status == VisitStatus.CONFIRMED else {}
    Visit.objects.filter(pk=waiting.pk).update(status=status, **said)

    with pytest.raises(Refused) as refusal:
        ask(season, waiting)

    assert codes(refusal) == ["E-STATE"]


def test_a_host_without_a_mailbox_is_said_so(season: Season, waiting: Visit) -> None:
    Organization.objects.filter(pk=season.h4.pk).update(contact_email="")

    with pytest.raises(Refused) as refusal:
        ask(season, waiting)

    assert codes(refusal) == ["E-ADDRESS"]
    page = unescape(browser_of(season.clerk).get(f"/visits/{waiting.pk}/").content.decode())
    assert ("重新发送确认链接" in page) is False


def test_what_was_answered_before_the_mail_went_sends_nothing(season: Season, waiting: Visit) -> None:
    link = services.ask_for_link(waiting, by=season.clerk, on=MAY_20)
    Visit.objects.filter(pk=waiting.pk).update(status=VisitStatus.WITHDRAWN)

    assert services.mail_link(link) is None


@pytest.mark.parametrize("who", ["specialist", "clerk"])
def test_the_page_says_how_the_link_stands_and_sends_it(
    season: Season, waiting: Visit, clock: time_machine.Traveller, who: str
) -> None:
    hat = season.hat_of(waiting.agreement.specialist) if who == "specialist" else season.clerk
    path = f"/visits/{waiting.pk}/"
    assert "前有效" in unescape(browser_of(hat).get(path).content.decode())
    clock.move_to("2026-06-03 09:00:00+08:00")
    browser = browser_of(hat)
    assert "失效" in unescape(browser.get(path).content.decode())

    assert browser.post(f"{path}link/")["Location"] == path
    again = browser.post(f"{path}link/")

    assert (again.status_code, "明天可以再次发送" in unescape(again.content.decode())) == (422, True)


def test_programs_ask_as_pages_do(season: Season, waiting: Visit) -> None:
    answers = [browser_of(season.clerk).post(f"/api/v1/visits/{waiting.pk}/link/").status_code for _ in range(2)]

    assert answers == [200, 422]


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("officer", 403), ("county", 403)])
def test_others_send_no_link(season: Season, waiting: Visit, who: str, status: int) -> None:
    assert browser_of(getattr(season, who)).post(f"/visits/{waiting.pk}/link/").status_code == status

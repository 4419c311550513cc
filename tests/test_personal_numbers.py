"""After a whole season, through the pages and through the interface, no identity number, mobile or bank account stands
anywhere in clear: not in a table, log line, mail, session, kept answer, cookie, cache, task or address asked for."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts.models import FirstAnswer
from core.models import Message
from specialists.models import Registration, Specialist
from tests import test_whole_season as whole
from tests.cast import PEOPLE, Season
from tests.people import Person
from tests.watch import Watch

NUMBERS = [whole.REGISTRATION[name] for name in ("id_number", "mobile", "bank_account")]


def anybody_reveals_and_mistypes(season: Season) -> None:
    """What the season does not do: a number shown for a reason, a form refused with the numbers in it."""
    clerk = Person(season.clerk)
    registration = Registration.objects.get()
    clerk.opens(f"/specialists/{registration.pk}/")
    assert NUMBERS[0] in clerk.presses("查看号码", number="id_number", reason="核对证件")
    clerk.opens("/specialists/new/")
    clerk.presses("保存", expect=422, **{**whole.REGISTRATION, "name": ""})
    clerk.opens("/search/?q=" + PEOPLE["P3"][0])


def through_the_pages(season: Season, clock: time_machine.Traveller, patch: pytest.MonkeyPatch) -> None:
    whole.test_a_season_through_the_pages(season, clock)
    anybody_reveals_and_mistypes(season)


def through_the_interface(season: Season, clock: time_machine.Traveller, patch: pytest.MonkeyPatch) -> None:
    """With a key on every request, so that every first answer is kept."""
    post = Client.post
    patch.setattr(
        Client, "post", lambda *args, **kwargs: post(*args, headers={"Idempotency-Key": str(uuid4())}, **kwargs)
    )
    whole.test_the_same_season_through_the_interface(season, clock)


@pytest.mark.parametrize("play", [through_the_pages, through_the_interface])
def test_no_personal_number_stands_anywhere_in_clear(
    season: Season, monkeypatch: pytest.MonkeyPatch, play: Callable[..., None]
) -> None:
    watch = Watch()
    cache.clear()
    with time_machine.travel("2026-05-12 09:00:00+08:00", tick=False) as clock, watch.kept(monkeypatch):
        play(season, clock, monkeypatch)
        places = watch.places()
        seen = watch.seen(*NUMBERS)

    assert seen == {}
    # There was something to leak, and somewhere to look.
    person = Specialist.objects.get()
    assert [person.id_number, person.mobile, person.bank_account] == NUMBERS
    assert Message.objects.exists()
    assert all(places[name] for name in ("addresses", "tasks", "sessions", "mails", "table core_auditevent"))
    assert places["cookies"] if play is through_the_pages else FirstAnswer.objects.exclude(body="").count() > 15

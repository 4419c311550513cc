"""What was told to a person: their own, once read no longer counted; and the mailbox of a demonstration."""

from html import unescape
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from core.models import Message, SentMail
from core.notify import Reader, tell
from tests.cast import Season
from tests.hands import browser_of


@pytest.fixture
def clerk(season: Season) -> Client:
    for number, link in ((1, "/account/"), (2, ""), (3, "https://elsewhere.example/"), (4, "//elsewhere.example/")):
        tell(
            [Reader(person=season.clerk.person)],
            occasion=f"o{number}",
            subject=f"第{number}件",
            body="<script>x</script>请核对。",
            link=link,
        )
    tell([Reader(person=season.manager.person)], occasion="o", subject="给主任的话", body="。")
    return browser_of(season.clerk)


def text(response: Any) -> str:
    return unescape(response.content.decode())


def number(subject: str) -> int:
    return Message.objects.get(subject=subject).pk


def test_one_reads_ones_own_messages_newest_first(clerk: Client) -> None:
    page = text(clerk.get("/messages/"))

    places = [page.index(f"第{number}件") for number in (4, 3, 2, 1)]
    assert places == sorted(places)
    assert "给主任的话" not in page
    assert "<script>x" not in clerk.get("/messages/").content.decode()


def test_the_bell_counts_the_unread(clerk: Client) -> None:
    assert "消息，4 条未读" in text(clerk.get("/account/"))

    clerk.post("/messages/", {"message": number("第2件")})
    assert "消息，3 条未读" in text(clerk.get("/account/"))
    assert "第2件" not in text(clerk.get("/messages/?only=unread"))

    clerk.post("/messages/", {"all": "1"})
    assert 'aria-label="消息"' in clerk.get("/account/").content.decode()


def test_looking_is_not_reading(clerk: Client) -> None:
    clerk.get("/messages/")

    assert Message.objects.filter(read_at=None).count() == 5


@pytest.mark.parametrize(
    ("subject", "goes"),
    [
        pytest.param("第1件", "/account/", id="to what it is about"),
        pytest.param("第2件", "/messages/", id="no link"),
        pytest.param("第3件", "/messages/", id="another site"),
        pytest.param("第4件", "/messages/", id="another site without scheme"),
    ],
)
def test_opening_a_message_marks_it_and_goes_on(clerk: Client, subject: str, goes: str) -> None:
    assert clerk.post("/messages/", {"message": number(subject)})["Location"] == goes
    assert Message.objects.get(subject=subject).read_at


def test_nobody_reads_or_marks_anothers_message(clerk: Client) -> None:
    for pk in (number("给主任的话"), 999_999, "x", "9" * 30, ""):
        assert clerk.post("/messages/", {"message": pk})["Location"] == "/messages/"

    assert Message.objects.filter(read_at=None).count() == 5


def test_a_message_is_read_once(clerk: Client) -> None:
    clerk.post("/messages/", {"message": number("第1件")})
    first = Message.objects.get(subject="第1件").read_at

    clerk.post("/messages/", {"message": number("第1件")})

    assert Message.objects.get(subject="第1件").read_at == first


def test_the_mailbox_shows_every_mail_of_a_demonstration(season: Season, settings: LazySettings) -> None:
    SentMail.objects.create(
        message_id="m", to="ma@example.org", subject="请确认", body="<b> http://x.example/visits/confirm/t/"
    )

    page = browser_of(season.clerk).get("/mailbox/").content.decode()
    assert 'href="http://x.example/visits/confirm/t/"' in page
    assert "<b> " not in page
    assert Client().get("/mailbox/").status_code == 302

    settings.DEMO = False
    assert browser_of(season.clerk).get("/mailbox/").status_code == 404
    assert "演示邮箱" not in text(browser_of(season.clerk).get("/messages/"))

"""Two hats in two windows: what was filled in for one institution is not sent in the name of another."""

import re

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Invitation, Membership
from core.models import AuditEvent
from tests.cast import MAY_12, Season
from tests.hands import browser_of

ADDRESS = "/members/invite/"
TYPED = {"role": "institution_clerk", "name": "新同事", "email": "new@example.org", "idempotency_key": "one-form"}


@pytest.fixture
def other(season: Season) -> Membership:
    """Who manages our institution manages another one too."""
    hat = season.manager
    return Membership.objects.create(
        person=hat.person, organization=season.u2.organization, role=Role.INSTITUTION_ADMIN, since=MAY_12
    )


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the last form of a page: before it stand those of the frame."""
    form = page[page.rindex('<form method="post"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def change(window: Client, hat: Membership) -> None:
    assert window.post("/account/hat/", {"membership": hat.pk}).status_code == 302


def test_a_form_of_the_hat_before_is_not_sent_until_the_person_says_so(season: Season, other: Membership) -> None:
    window = browser_of(season.manager)
    shown = hidden(window.get(ADDRESS).text)["worn_hat"]
    change(window, other)

    stopped = window.post(ADDRESS, {**TYPED, "worn_hat": shown})

    assert stopped.status_code == 409
    for words in ("身份已切换，没有提交", str(season.u1), "新同事"):
        assert words in stopped.text
    assert not Invitation.objects.exists()
    assert window.post(ADDRESS, hidden(stopped.text)).status_code == 302
    assert Invitation.objects.get().organization_id == season.u1.pk
    assert AuditEvent.objects.filter(verb="user.hat_changed").count() == 2
    assert str(season.u1) in window.get("/account/").text


def test_a_hat_that_is_not_ones_own_is_not_put_on(season: Season) -> None:
    window = browser_of(season.manager)
    foreign = {**TYPED, "worn_hat": str(season.stranger.pk), "wear_it": str(season.stranger.pk)}

    stopped = window.post(ADDRESS, foreign)

    assert stopped.status_code == 409
    assert "不属于现在登录的账号" in stopped.text
    assert "wear_it" not in stopped.text
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("said", ["", "x", "²", "9" * 40])
def test_a_form_that_names_no_hat_is_sent_under_the_one_in_use(season: Season, said: str) -> None:
    answer = browser_of(season.manager).post(ADDRESS, {**TYPED, "worn_hat": said})

    assert answer.status_code == (409 if said.isascii() and said.isdecimal() else 302)

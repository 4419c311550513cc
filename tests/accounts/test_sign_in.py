"""The way in: neutral words, a fresh session, nothing typed lost."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Session, User
from core.models import AuditEvent
from tests.cast import PASSWORD, Season

SIGN_IN = "/sign-in/"


def sign_in(client: Client, username: str = "liu", password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def test_the_right_password_opens_the_account_and_leaves_a_trace(season: Season, client: Client) -> None:
    response = sign_in(client)

    assert response.status_code == 302
    assert client.get("/account/").status_code == 200
    event = AuditEvent.objects.get(verb="user.signed_in")
    assert (event.by, event.target_id) == (season.clerk.person, season.clerk.person_id)


def test_wrong_password_and_unknown_account_get_the_same_answer(season: Season, client: Client) -> None:
    known = sign_in(client, "liu", "wrong-password")
    unknown = sign_in(client, "nobody", "wrong-password")

    without = [re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.content.decode()) for answer in (known, unknown)]
    assert (known.status_code, unknown.status_code) == (422, 422)
    assert without[0] == without[1]
    assert "账号或密码不正确" in without[0]

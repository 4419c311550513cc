"""A selected person gets an account of their own by invitation."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts import services as accounts
from accounts.models import Invitation, User
from core.models import OutboxRow
from core.policy import Refused
from specialists import services
from specialists.enums import RegistrationStatus
from specialists.models import Specialist
from tests.cast import MAY_20, Season
from tests.people import Person


def test_an_invited_specialist_opens_an_account_and_is_at_home_in_it(season: Season) -> None:
    registration = season.selected("P3")
    clerk = Person(season.clerk)
    clerk.opens(f"/specialists/{registration.pk}/")
    clerk.presses("邀请开通账号")
    from accounts.tasks import send_invitation

    send_invitation(outbox_id=OutboxRow.objects.get(task="accounts.tasks.send_invitation").pk)
    link = re.search(r"http\S+?(/\S+)", str(mail.outbox[-1].body))
    assert link
    page = Client().get(link[1])
    assert page.status_code == 200

    account = User.objects.create_user("zhangsheng", name="张昇")
    accounts.accept(Invitation.objects.get(), account, on=MAY_20)

    person = Specialist.objects.get()
    assert person.user == account
    phone = Person(account.memberships.get())
    assert "张昇" in phone.opens("/")
    assert "邀请开通账号" not in clerk.opens(f"/specialists/{registration.pk}/")


@pytest.mark.parametrize(
    ("more", "email", "words"),
    [
        pytest.param(
            {"status": RegistrationStatus.SUBMITTED, "approved_on": None},
            "a@example.org",
            "审核入选后",
            id="not selected",
        ),
        pytest.param({}, "", "没有张昇的邮箱", id="no address"),
    ],
)
def test_who_cannot_be_invited_yet_is_said_why(season: Season, more: dict[str, Any], email: str, words: str) -> None:
    registration = season.selected("P3", **more)
    registration.specialist.email = email

    with pytest.raises(Refused, match=words):
        services.invite_to_account(registration, by=season.clerk)


def test_one_account_is_one_persons(season: Season) -> None:
    first, second = season.selected("P3"), season.selected("P5")
    for registration in (first, second):
        services.invite_to_account(registration, by=season.clerk)
    account = User.objects.create_user("zhangsheng", name="张昇")
    mine, theirs = Invitation.objects.order_by("pk")
    services.link_account(mine, account)

    with pytest.raises(Refused, match="已经关联"):
        services.link_account(theirs, account)
    with pytest.raises(Refused, match="已经关联"):
        services.link_account(mine, User.objects.create_user("other", name="他人"))
    first.specialist.refresh_from_db()
    with pytest.raises(Refused, match="已有账号"):
        services.invite_to_account(first, by=season.clerk)

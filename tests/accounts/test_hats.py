"""Several hats: which one is worn is told, another is put on in two clicks, a link from a mail says whose it is."""

import pytest
from django.test import Client
from django.utils.timezone import localdate

from accounts import services
from accounts.enums import Role
from accounts.models import Membership
from tests.cast import Season, member
from tests.hands import browser_of


@pytest.fixture
def second(season: Season) -> Membership:
    """The clerk of U2 is one of U1's as well; the browser wears U2's hat."""
    return member("吴老师", Role.INSTITUTION_CLERK, season.u1, season.stranger.person.username)


def test_every_page_says_which_hat_is_worn_and_offers_the_others(season: Season, second: Membership) -> None:
    page = browser_of(season.stranger).get("/organizations/").content.decode()

    assert f"<small>{season.stranger}</small>" in page
    assert f'value="{second.pk}"' in page


def test_a_link_of_the_other_hat_says_so_and_opens_after_the_change(season: Season, second: Membership) -> None:
    registration = season.selected("P1")
    client, path = browser_of(season.stranger), f"/specialists/{registration.pk}/"

    answer = client.get(path)
    page = answer.content.decode()
    assert (answer.status_code, "这一页属于您的另一个身份" in page) == (403, True)
    assert "李喆" not in page  # nothing of it is shown before
    changed = client.post("/account/hat/", {"membership": second.pk, "next": path})

    assert changed["Location"] == path
    assert "李喆" in client.get(path).content.decode()


def test_what_no_hat_may_see_is_not_there(season: Season, second: Membership) -> None:
    alien = season.selected("P1", institution=season.i1)

    assert browser_of(season.stranger).get(f"/specialists/{alien.pk}/").status_code == 404


def test_a_form_is_never_taken_under_another_hat(season: Season, second: Membership) -> None:
    registration = season.selected("P1", status="draft", approved_on=None, submitted_on=None, pack=None)

    answer = browser_of(season.stranger).post(f"/specialists/{registration.pk}/discard/")

    assert answer.status_code == 404


def test_the_way_on_leads_nowhere_else(season: Season, second: Membership) -> None:
    answer = browser_of(season.stranger).post(
        "/account/hat/", {"membership": second.pk, "next": "https://example.org/"}
    )

    assert answer["Location"] == "/"


def test_who_is_invited_and_has_an_account_signs_in_and_wears_the_new_hat(season: Season) -> None:
    invitation = services.invite(
        season.u1.organization, role=Role.INSTITUTION_CLERK, name="吴老师", email="wu@example.org", by=season.manager
    )
    services.send_invitation(invitation)
    token = services.blind_index(str(invitation.pk), "invitation")
    client = browser_of(season.stranger)
    assert f"/sign-in/?next=/invitation/{token}/" in Client().get(f"/invitation/{token}/").content.decode()

    page = client.post(f"/invitation/{token}/", follow=True).content.decode()

    assert "现在的身份：吴老师（示范农林学院" in page
    assert season.stranger.person.memberships.active(on=localdate()).count() == 2

"""Members of a unit: invited by mail, one use, seven days; ended at once, never the last administrator."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils.timezone import now

from accounts import services
from accounts.enums import Role
from accounts.models import ApiToken, Invitation, Membership, Session, User
from core import outbox
from core.models import AuditEvent, OutboxRow
from core.policy import Refused
from tests.cast import PASSWORD, Season, member
from tests.hands import at_once, browser_of, during, linger

PASSPHRASE = "松柏-长青-2026"
TODAY = date(2026, 5, 21)


def invite(by: Membership, **more: Any) -> Any:
    typed = {"role": "institution_clerk", "name": "新同事", "email": "new@example.org", **more}
    return browser_of(by).post("/members/invite/", typed)


def invited(season: Season, **more: Any) -> str:
    """The path in the mail of a fresh invitation to be a clerk of U1."""
    defaults: dict[str, Any] = {"role": Role.INSTITUTION_CLERK, "name": "新同事", "email": "new@example.org"}
    services.invite(season.u1.organization, **{**defaults, "by": season.manager, **more})
    return last_link()


def last_link() -> str:
    """Sends what the outbox holds and gives the path in the newest mail."""
    outbox.relay()
    found = re.findall(r"http://[^/]+(/invitation/\S+/)", str(mail.outbox[-1].body))
    return str(found[0])


def accept(client: Client, path: str, username: str = "xin", **more: str) -> Any:
    return client.post(path, {"username": username, "password": PASSPHRASE, "password_again": PASSPHRASE, **more})


def text(response: Any) -> str:
    return unescape(response.content.decode())


# --- inviting ---------------------------------------------------------------------------------------------------------


def test_an_administrator_invites_a_clerk_who_makes_an_account_and_is_in(season: Season) -> None:
    invite(season.manager)
    path = last_link()
    assert mail.outbox[-1].to == ["new@example.org"]

    newcomer = Client()
    assert "示范农林学院" in text(newcomer.get(path))
    accept(newcomer, path)

    hat = Membership.objects.get(person__username="xin")
    assert (hat.organization, hat.role, hat.person.name) == (season.u1.organization, Role.INSTITUTION_CLERK, "新同事")
    assert "新同事" in text(newcomer.get("/account/"))
    verbs = list(AuditEvent.objects.filter(verb__startswith="invitation").order_by("id").values_list("verb", flat=True))
    assert verbs == ["invitation.sent", "invitation.accepted"]


def test_the_token_is_in_the_mail_and_nowhere_in_the_database(season: Season) -> None:
    token = invited(season).split("/")[2]

    tables = [name for name in connection.introspection.table_names() if name != "core_sentmail"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"])
            assert cursor.fetchone() == (0,), table
    assert set(OutboxRow.objects.get().ids) == {"invitation_id"}


def test_a_mail_delivered_twice_carries_the_same_link_and_number(season: Season) -> None:
    first = invited(season)
    services.send_invitation(Invitation.objects.select_related("organization").get())

    assert last_link() == first
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1


@pytest.mark.parametrize("role", ["institution_admin", "bureau_officer", "host_contact", "specialist"])
def test_an_institution_invites_clerks_only(season: Season, role: str) -> None:
    assert invite(season.manager, role=role).status_code == 422
    assert not Invitation.objects.exists()


def test_an_institution_invites_to_itself_whatever_unit_is_posted(season: Season) -> None:
    invite(season.manager, organization=season.u2.pk)

    assert Invitation.objects.get().organization == season.u1.organization


def test_the_bureau_invites_anybody_to_a_unit_that_has_the_seat(season: Season) -> None:
    assert invite(season.admin, role="host_contact", organization=season.h4.pk).status_code == 302
    wrong = invite(season.admin, role="host_contact", organization=season.u1.pk)

    assert wrong.status_code == 422
    assert "“示范农林学院”不能设“派驻单位联系人”身份" in text(wrong)
    assert 'value="new@example.org"' in wrong.content.decode()


def test_nobody_is_invited_to_what_they_are(season: Season) -> None:
    refused = invite(season.manager, name="另一个人", email="LIU@example.org")

    name = season.clerk.person.name
    assert f"这个邮箱是{name}的，{name}在该单位已有“派出单位经办”身份。同一人无须再次邀请" in text(refused)


def test_a_second_invitation_ends_the_first(season: Season) -> None:
    first, second = invited(season), invited(season)

    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


def test_an_invitation_can_be_withdrawn_until_it_is_accepted(season: Season) -> None:
    path = invited(season)
    pk = Invitation.objects.get().pk

    browser_of(season.manager).post(f"/invitations/{pk}/withdraw/")

    assert accept(Client(), path).status_code == 410
    assert not User.objects.filter(username="xin").exists()
    assert browser_of(season.manager).post(f"/invitations/{pk}/withdraw/").status_code == 422


# --- accepting --------------------------------------------------------------------------------------------------------


def test_an_invitation_opens_once(season: Season) -> None:
    path = invited(season)
    accept(Client(), path)

    again = accept(Client(), path, username="another")

    assert (again.status_code, "已经使用过" in text(again)) == (410, True)
    assert not User.objects.filter(username="another").exists()


def test_an_invitation_lasts_seven_days(season: Season) -> None:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False) as clock:
        path = invited(season)
        clock.shift(timedelta(days=7) - timedelta(seconds=1))
        assert Client().get(path).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert Client().get(path).status_code == 410


@pytest.mark.parametrize("token", ["x", "0" * 64, "é", "%00", "a" * 3000])
def test_a_made_up_link_is_no_link(season: Season, token: str) -> None:
    assert Client().get(f"/invitation/{token}/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param({"username": "liu"}, "已有人使用", id="taken"),
        pytest.param({"username": "LIU"}, "已有人使用", id="taken but for its case"),
        pytest.param({"username": "139999197803050010"}, "不能用身份证号", id="an identity number"),
        pytest.param({"username": "a b"}, "不能有空格", id="a space"),
        pytest.param({"username": "xy"}, "账号至少3个字", id="too short"),
        pytest.param({"password": "新同事新同事新同事新同事"}, "不一致", id="not the same twice"),
        pytest.param({"password": "xin-xin-xin-xin", "username": "xin-xin-xin"}, "相近", id="like the account"),
    ],
)
def test_what_will_not_do_is_told_and_the_rest_is_kept(season: Season, typed: dict[str, str], sentence: str) -> None:
    path = invited(season)
    refused = accept(Client(), path, **typed)

    assert (refused.status_code, sentence in text(refused)) == (422, True)
    assert PASSPHRASE not in text(refused)
    assert Client().get(path).status_code == 200


def test_a_person_with_an_account_puts_on_one_more_hat(season: Season) -> None:
    path = invited(season, role=Role.INSTITUTION_CLERK, email="wu@example.org")
    client = browser_of(season.stranger)

    assert "吴老师" in text(client.get(path))
    client.post(path)

    hats = season.stranger.person.memberships.values_list("organization__name", flat=True)
    assert sorted(hats) == ["示范农林学院", "示范理工大学"]


def test_what_is_linked_to_an_invitation_is_linked_in_the_same_act(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked: list[tuple[int | None, str]] = []
    monkeypatch.setattr(services, "_links", {})
    services.links(Role.SPECIALIST)(lambda invitation, person: linked.append((invitation.subject_id, str(person))))

    accept(Client(), invited(season, role=Role.SPECIALIST, subject_id=7))

    assert linked == [(7, "新同事")]


def test_an_invitation_whose_link_is_unknown_is_not_half_accepted(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_links", {})
    path = invited(season, role=Role.SPECIALIST, subject_id=7)

    with pytest.raises(KeyError):
        accept(Client(), path)

    assert not User.objects.filter(username="xin").exists()
    assert Client().get(path).status_code == 200


# --- ending -----------------------------------------------------------------------------------------------------------


def test_who_is_left_without_a_hat_is_out_at_once(season: Season) -> None:
    clerk = browser_of(season.clerk)
    _, token = ApiToken.objects.create(user=season.clerk.person, membership=season.clerk)
    assert clerk.get("/organizations/").status_code == 200

    browser_of(season.manager).post(f"/members/{season.clerk.pk}/end/")

    assert clerk.get("/account/").status_code == 302
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Token {token}"}).status_code == 401
    assert not Session.objects.filter(person=season.clerk.person).exists()
    season.clerk.refresh_from_db()
    assert season.clerk.ended_by == season.manager
    assert AuditEvent.objects.filter(verb="membership.ended", target_id=season.clerk.pk).exists()


def test_who_has_another_hat_stays_in_without_the_ended_ones_token(season: Season) -> None:
    other = member("刘静怡", Role.SPECIALIST, season.u1, "liu")
    clerk = browser_of(season.clerk)
    _, ended = ApiToken.objects.create(user=season.clerk.person, membership=season.clerk)
    _, kept = ApiToken.objects.create(user=season.clerk.person, membership=other)

    browser_of(season.manager).post(f"/members/{season.clerk.pk}/end/")

    assert "科技特派员" in text(clerk.get("/account/"))
    answers = [Client().get("/api/v1/me/", headers={"Authorization": f"Token {token}"}) for token in (ended, kept)]
    assert [answer.status_code for answer in answers] == [401, 200]


def test_the_last_administrator_stays(season: Season) -> None:
    refused = browser_of(season.manager).post(f"/members/{season.manager.pk}/end/")

    assert (refused.status_code, "最后一名管理员" in text(refused)) == (422, True)
    season.manager.refresh_from_db()
    assert season.manager.ended_at is None


def test_one_of_two_administrators_may_go_and_sees_it(season: Season) -> None:
    member("张主任", Role.INSTITUTION_ADMIN, season.u1, "zhang")
    client = browser_of(season.manager)

    assert client.post(f"/members/{season.manager.pk}/end/").status_code == 302
    assert client.get("/members/").status_code == 302  # to the sign-in page: no hat is left


def test_the_last_administrator_of_the_bureau_stays_too(season: Season) -> None:
    assert browser_of(season.admin).post(f"/members/{season.admin.pk}/end/").status_code == 422


def test_what_was_ended_cannot_be_ended_again(season: Season) -> None:
    services.end_membership(season.clerk, by=season.manager, on=TODAY)

    with pytest.raises(Refused, match="已经终止"):
        services.end_membership(season.clerk, by=season.manager, on=TODAY)


def test_who_was_ended_can_be_invited_back(season: Season) -> None:
    services.end_membership(season.clerk, by=season.manager, on=TODAY)
    path = invited(season, email="liu@example.org", name="刘静怡")
    client = Client()
    client.post("/sign-in/", {"username": "liu", "password": PASSWORD})

    client.post(path)

    season.clerk.refresh_from_db()
    assert season.clerk.ended_at is None
    assert client.get("/organizations/").status_code == 200


def test_the_list_of_members_asks_few_questions_however_long_it_is(
    season: Season, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = browser_of(season.manager)
    client.get("/members/")  # warms what a process asks once
    with django_assert_num_queries(6):
        client.get("/members/")
    for n in range(3):
        member(f"同事{n}", Role.INSTITUTION_CLERK, season.u1, f"clerk{n}")
    with django_assert_num_queries(6):
        page = client.get("/members/")
    assert text(page).count("终止身份") == 5


def test_members_of_other_units_are_not_listed(season: Season) -> None:
    assert season.stranger.person.name == "吴老师"

    assert "吴老师" not in text(browser_of(season.manager).get("/members/"))
    assert "吴老师" in text(browser_of(season.admin).get("/members/"))


# --- at once (each seen to fail with its lock taken away) -------------------------------------------------------------


def test_two_administrators_cannot_end_each_other_at_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, services.rules, "keeps_an_administrator")
    one, other = lasting_season.manager, member("张主任", Role.INSTITUTION_ADMIN, lasting_season.u1, "zhang")

    ended = at_once(
        lambda: services.end_membership(other, by=one, on=TODAY),
        lambda: services.end_membership(one, by=other, on=TODAY),
    )

    assert ended == ["E-LAST-ADMIN", "done"]


def test_one_invitation_makes_one_account_at_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, services.rules, "invitation_is_open")
    invitation = services.invite(
        lasting_season.u1.organization,
        role=Role.INSTITUTION_CLERK,
        name="新同事",
        email="new@example.org",
        by=lasting_season.manager,
    )

    def taken_by(username: str) -> Callable[[], object]:
        return lambda: services.accept_as_new(invitation, username=username, password=PASSPHRASE, on=TODAY)

    assert at_once(taken_by("one"), taken_by("two")) == ["E-INVITATION", "done"]
    assert User.objects.filter(username__in=["one", "two"]).count() == 1


def test_two_invitations_to_the_same_leave_one_open(lasting_season: Season) -> None:
    def sent() -> object:
        return services.invite(
            lasting_season.u1.organization,
            role=Role.INSTITUTION_CLERK,
            name="新同事",
            email="new@example.org",
            by=lasting_season.manager,
        )

    assert during(sent, sent) == "done"
    assert Invitation.objects.open(at=now()).count() == 1


def test_an_invitation_being_accepted_cannot_be_withdrawn(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, services.rules, "invitation_is_open")
    invitation = services.invite(
        lasting_season.u1.organization,
        role=Role.INSTITUTION_CLERK,
        name="新同事",
        email="new@example.org",
        by=lasting_season.manager,
    )

    outcome = at_once(
        lambda: services.accept_as_new(invitation, username="one", password=PASSPHRASE, on=TODAY),
        lambda: services.withdraw_invitation(invitation, by=lasting_season.manager),
    )

    assert outcome == ["E-INVITATION", "done"]
    invitation.refresh_from_db()
    assert User.objects.filter(username="one").exists() == (invitation.accepted_at is not None)


# --- what the database refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        pytest.param("membership_ends_after_it_starts", {"until": date(2025, 12, 31)}, id="over before it began"),
        pytest.param("membership_ended_when_and_by_whom", {"ended_at": now()}, id="ended by nobody"),
        pytest.param("membership_ended_when_and_by_whom", {"ended_by": 1}, id="ended at no time"),
    ],
)
def test_the_database_refuses_an_impossible_hat(season: Season, name: str, changes: dict[str, Any]) -> None:
    if "ended_by" in changes:
        changes = {"ended_by": season.manager}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Membership.objects.filter(pk=season.clerk.pk).update(**changes)


def test_the_database_refuses_the_same_hat_twice(season: Season) -> None:
    with pytest.raises(IntegrityError, match="one_hat_per_role_and_organization"), transaction.atomic():
        Membership.objects.create(
            person=season.clerk.person, organization=season.u1.organization, role=season.clerk.role, since=TODAY
        )


@pytest.mark.parametrize("field", ["accepted_at", "accepted_by"])
def test_the_database_refuses_half_an_acceptance(season: Season, field: str) -> None:
    invited(season)
    value = {"accepted_at": now(), "accepted_by": season.clerk.person}[field]
    with pytest.raises(IntegrityError, match="invitation_accepted_when_and_by_whom"), transaction.atomic():
        Invitation.objects.update(**{field: value})

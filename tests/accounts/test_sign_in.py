"""The way in: neutral words, a fresh session, nothing typed lost."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from time import perf_counter
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings, settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import unsent
from accounts.doors import WORN
from accounts.forms import ChangePasswordForm, SignInForm
from accounts.models import Session, User
from accounts.services import end_membership
from core.models import AuditEvent
from tests.cast import PASSWORD, Season

START = datetime(2026, 5, 21, 9, 0, tzinfo=UTC)
TYPED = {"name": "滹沱<b>示范</b>\n第二行", "goal": ["甲", "乙"], "password": "not-to-be-kept", "idempotency_key": "k1"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def signed_in(season: Season, clock: time_machine.Traveller) -> Client:
    client = Client()
    sign_in(client)
    return client


def sign_in(client: Client, username: str = "liu", password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def hidden(response: Any) -> list[tuple[str, str]]:
    """The hidden fields of a page, without the CSRF token."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
    return [(name, unescape(value)) for name, value in found if name not in ("csrfmiddlewaretoken", WORN)]


def kept(response: Any) -> str:
    return dict(hidden(response))["unsent"]


def text(response: Any) -> str:
    return unescape(response.content.decode())


# --- in and out -------------------------------------------------------------------------------------------------------


def test_the_right_password_opens_the_account_and_leaves_a_trace(season: Season, client: Client) -> None:
    response = sign_in(client)

    assert response.status_code == 302
    assert client.get("/account/").status_code == 200
    event = AuditEvent.objects.get(verb="user.signed_in")
    assert (event.by, event.target_id, event.ip) == (season.clerk.person, season.clerk.person_id, "127.0.0.1")
    assert PASSWORD not in json.dumps([event.before, event.after, event.reason])


def test_signing_in_changes_the_key_of_the_session(season: Season, client: Client) -> None:
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "by somebody who knows this key"
    session.save()
    planted = str(session.session_key)
    client.cookies["sessionid"] = planted

    sign_in(client)

    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_another_person_on_the_same_browser_inherits_no_session(signed_in: Client) -> None:
    session = signed_in.session
    session["filter"] = "of the first person"
    session.save()

    sign_in(signed_in, "meng")

    assert "filter" not in signed_in.session


def test_signing_out_needs_a_post_and_ends_the_session(signed_in: Client) -> None:
    key = signed_in.session.session_key

    assert signed_in.get("/sign-out/").status_code == 405
    assert Session.objects.filter(session_key=key).exists()
    signed_in.post("/sign-out/")

    assert not Session.objects.filter(session_key=key).exists()
    assert signed_in.get("/account/").status_code == 302
    assert AuditEvent.objects.filter(verb="user.signed_out").count() == 1


@pytest.mark.parametrize(
    ("going", "goes"),
    [
        pytest.param("/account/?tab=2", "/account/?tab=2", id="a page of ours"),
        pytest.param("https://elsewhere.example/", None, id="another site"),
        pytest.param("//elsewhere.example/", None, id="another site without scheme"),
        pytest.param("/\\elsewhere.example", None, id="a backslash that browsers read as a slash"),
        pytest.param("javascript:alert(1)", None, id="a script"),
    ],
)
def test_after_signing_in_one_goes_on_to_a_page_of_this_site_only(
    season: Season, client: Client, going: str, goes: str | None
) -> None:
    home = sign_in(Client())["Location"]

    assert sign_in(client, next=going)["Location"] == (goes or home)


def test_a_page_asked_for_without_session_comes_after_signing_in(season: Season, client: Client) -> None:
    sent = client.get("/account/?a=1&b=2")
    assert sent["Location"] == "/sign-in/?next=%2Faccount%2F%3Fa%3D1%26b%3D2"

    form = client.get(sent["Location"])

    assert dict(hidden(form))["next"] == "/account/?a=1&b=2"


def test_signed_in_pages_are_kept_by_no_cache(signed_in: Client) -> None:
    assert signed_in.get("/account/")["Cache-Control"] == "no-store"


# --- wrong passwords --------------------------------------------------------------------------------------------------


def neutral(response: Any) -> tuple[int, str]:
    """What the answer says, without what differs in every answer (tokens, request number) and what was typed."""
    page = response.content.decode()
    return response.status_code, re.sub(r'(value|content)="[^"]*"|X-Request[^\n]*', "", page)


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(season: Season, client: Client) -> None:
    known, unknown = sign_in(client, "liu", "wrong"), sign_in(client, "nobody", "wrong")

    assert neutral(known) == neutral(unknown)
    assert known.status_code == 422
    assert "账号或密码不正确" in text(known)


def test_the_sixth_try_is_shut_out_known_account_or_not_and_the_right_password_too(
    season: Season, clock: time_machine.Traveller
) -> None:
    known, unknown = Client(), Client()
    for _ in range(4):
        assert sign_in(known, "liu", "wrong").status_code == 422
        assert sign_in(unknown, "nobody", "wrong").status_code == 422

    shut, shut_too = sign_in(known, "liu", "wrong"), sign_in(unknown, "nobody", "wrong")
    assert neutral(shut) == neutral(shut_too)
    assert (shut.status_code, "请15分钟后再试" in text(shut)) == (429, True)
    assert sign_in(known).status_code == 429
    assert neutral(sign_in(known)) == neutral(sign_in(unknown, "nobody", PASSWORD))

    clock.shift(timedelta(minutes=15, seconds=1))
    assert sign_in(known).status_code == 302


def test_being_shut_out_does_not_shut_out_the_owner_elsewhere(season: Season) -> None:
    for _ in range(5):
        sign_in(Client(), "liu", "wrong")

    elsewhere = Client(REMOTE_ADDR="10.1.1.7")
    assert sign_in(Client()).status_code == 429
    assert sign_in(elsewhere).status_code == 302


def test_a_lock_out_leaves_one_row_and_never_an_unknown_name(season: Season) -> None:
    for name in ("liu", "a-password-typed-into-the-wrong-field"):
        for _ in range(7):
            sign_in(Client(), name, "wrong")

    events = AuditEvent.objects.filter(verb="user.locked_out").order_by("id")
    assert [event.target_id for event in events] == [season.clerk.person_id, 0]
    assert "wrong-field" not in json.dumps(list(events.values("before", "after", "reason", "hat")))


def test_a_closed_account_is_as_wrong_as_an_unknown_one(season: Season, client: Client) -> None:
    season.clerk.person.is_active = False
    season.clerk.person.save(update_fields=["is_active"])

    assert neutral(sign_in(client)) == neutral(sign_in(client, "nobody"))


def test_known_and_unknown_accounts_take_the_same_time(season: Season, settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.AXES_FAILURE_LIMIT = 1000
    season.clerk.person.set_password(PASSWORD)
    season.clerk.person.save(update_fields=["password"])
    times: dict[str, list[float]] = {"liu": [], "nobody": []}
    for _ in range(9):
        for name, taken in times.items():
            begun = perf_counter()
            sign_in(Client(), name, "wrong")
            taken.append(perf_counter() - begun)

    # The quickest of each: what else runs on the machine only ever adds. Without the hash one takes a tenth.
    known, unknown = min(times["liu"]), min(times["nobody"])
    assert known > 0.02, "Argon2 is not at work, so this test says nothing"
    assert 0.6 < known / unknown < 1.7


@pytest.mark.parametrize(
    ("username", "password"),
    [
        pytest.param("刘\0静怡", "x", id="NUL"),
        pytest.param("x" * 10_000, "x", id="a name of 10,000 characters"),
        pytest.param("liu", "x" * 10_000, id="a password of 10,000 characters"),
        pytest.param("", "", id="nothing"),
        pytest.param("\u202eliu", "\U0001f600", id="turned direction"),
    ],
)
def test_strange_input_gets_a_sentence(season: Season, client: Client, username: str, password: str) -> None:
    assert sign_in(client, username, password).status_code == 422


def test_a_password_may_be_pasted_and_managers_recognise_the_fields(client: Client, db: None) -> None:
    page = client.get("/sign-in/").content.decode()

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "onpaste" not in page
    assert PASSWORD not in page


# --- demonstration ----------------------------------------------------------------------------------------------------


def test_a_demonstration_offers_its_accounts_with_one_click(season: Season, client: Client) -> None:
    assert 'name="demo" value="liu"' in client.get("/sign-in/").content.decode()

    client.post("/sign-in/", {"demo": "liu"})

    assert "刘静怡" in text(client.get("/account/"))


def test_without_demonstration_no_account_is_offered_or_opened(
    season: Season, client: Client, settings: LazySettings
) -> None:
    settings.DEMO = False

    page = client.get("/sign-in/")

    assert "刘静怡" not in text(page)
    assert "演示" not in text(page)
    assert client.post("/sign-in/", {"demo": "liu"}).status_code == 422
    assert client.get("/account/").status_code == 302


def test_a_superuser_is_never_offered(season: Season, client: Client) -> None:
    season.clerk.person.is_superuser = True
    season.clerk.person.save(update_fields=["is_superuser"])

    assert client.post("/sign-in/", {"demo": "liu"}).status_code == 404


# --- time limits ------------------------------------------------------------------------------------------------------


def test_a_session_ends_after_half_an_hour_of_silence(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(minutes=29))
    assert signed_in.get("/account/").status_code == 200
    clock.shift(timedelta(minutes=29))
    assert signed_in.get("/account/").status_code == 200
    clock.shift(timedelta(minutes=31))

    ended = signed_in.get("/account/")

    assert ended["Location"] == "/sign-in/?next=%2Faccount%2F&ended=1"
    assert "登录已超时" in text(signed_in.get(ended["Location"]))


def test_a_busy_session_ends_after_twelve_hours(signed_in: Client, clock: time_machine.Traveller) -> None:
    for _ in range(29):
        clock.shift(timedelta(minutes=24, seconds=45))
        assert signed_in.get("/account/").status_code == 200
    clock.shift(timedelta(minutes=10))

    assert signed_in.get("/account/").status_code == 302


# --- nothing typed is lost --------------------------------------------------------------------------------------------


def test_a_session_whose_row_has_expired_is_none(season: Season, signed_in: Client) -> None:
    Session.objects.update(expire_date=START - timedelta(seconds=1))
    assert signed_in.get("/account/").status_code == 302


def test_a_closed_account_is_signed_in_nowhere(season: Season, signed_in: Client) -> None:
    """Also on the pages that ask for no hat."""
    User.objects.filter(username="liu").update(is_active=False)
    assert signed_in.get("/account/").status_code == 302


def test_a_form_that_arrives_too_late_is_kept_shown_and_sent_on(
    signed_in: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(hours=1))

    late = signed_in.post("/account/hat/?from=form", TYPED)
    assert late.status_code == 401
    assert "您填写的内容没有丢失" in text(late)
    assert not any(word in text(late) for word in ("滹沱", "not-to-be-kept"))

    shown = sign_in(signed_in, unsent=kept(late))
    assert shown.status_code == 200
    assert "滹沱<b>示范</b>" in text(shown)
    assert "<b>示范" not in shown.content.decode()
    assert 'action="/account/hat/?from=form"' in shown.content.decode()
    assert hidden(shown) == [
        ("name", "滹沱<b>示范</b>\n第二行"),
        ("goal", "甲"),
        ("goal", "乙"),
        ("idempotency_key", "k1"),
    ]


def test_who_lost_their_role_in_the_middle_of_a_form_hears_so(
    season: Season, signed_in: Client, clock: time_machine.Traveller
) -> None:
    end_membership(season.clerk, by=season.manager, on=START.date())
    told = f"您在{season.u1.organization}的“{season.clerk.get_role_display()}”身份已终止"

    late = signed_in.post("/account/hat/?from=form", TYPED)
    dialog = signed_in.post("/account/hat/", TYPED, headers=HTMX)
    going = signed_in.get("/account/")

    assert late.status_code == dialog.status_code == 401
    for page in (late, dialog, signed_in.get(going["Location"])):
        assert told in text(page)
        assert "登录已超时" not in text(page)
    assert "这次提交没有生效" in text(late)
    assert "滹沱<b>示范</b>" in text(sign_in(signed_in, unsent=kept(late)))  # nothing typed is lost


def test_a_role_lost_long_ago_or_beside_another_is_not_told_at_the_door(
    season: Season, signed_in: Client, clock: time_machine.Traveller
) -> None:
    Session.objects.all().delete()
    assert "身份已终止" not in text(Client().post("/account/hat/", TYPED))
    other = second_hat(season)
    end_membership(season.clerk, by=season.manager, on=START.date())
    assert "身份已终止" not in text(signed_in.post("/account/hat/", TYPED))
    other.delete()
    assert "身份已终止" in text(signed_in.post("/account/hat/", TYPED))
    clock.shift(timedelta(hours=13))
    assert "身份已终止" not in text(signed_in.post("/account/hat/", TYPED))


def test_what_one_person_typed_is_not_shown_to_another(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=1))
    late = signed_in.post("/account/hat/", TYPED)

    came = sign_in(signed_in, "meng", unsent=kept(late))

    assert came.status_code == 302
    assert "没有恢复" in text(signed_in.get("/account/"))


def test_what_was_typed_is_kept_for_a_day(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=1))
    late = signed_in.post("/account/hat/", TYPED)
    clock.shift(timedelta(hours=25))

    assert sign_in(signed_in, unsent=kept(late)).status_code == 302


def test_a_forged_or_damaged_line_is_no_line(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=1))
    line = kept(signed_in.post("/account/hat/", TYPED))

    for damaged in (line[:-4] + "AAAA", "k1:", "nonsense", "é", line.replace("k1", "k9")):
        assert sign_in(signed_in, unsent=damaged).status_code == 302


def test_a_wrong_password_on_the_way_keeps_it_too(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=1))
    late = signed_in.post("/account/hat/", TYPED)

    wrong = sign_in(signed_in, password="wrong", unsent=kept(late))

    assert wrong.status_code == 422
    assert sign_in(signed_in, unsent=kept(wrong)).status_code == 200


def test_files_are_named_to_be_chosen_again(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=1))
    scan = SimpleUploadedFile("签署扫描件.pdf", b"%PDF-1.7 secret bytes")

    late = signed_in.post("/account/hat/", {**TYPED, "scan": scan})

    assert "文件需要重新选择：签署扫描件.pdf" in text(sign_in(signed_in, unsent=kept(late)))


def test_a_browser_that_never_signed_in_is_given_nothing_to_carry(season: Season, client: Client) -> None:
    late = client.post("/account/hat/", TYPED)

    assert late.status_code == 401
    assert "unsent" not in dict(hidden(late))


def test_the_hat_in_use_is_still_worn_after_signing_in_again(
    season: Season, signed_in: Client, clock: time_machine.Traveller
) -> None:
    other = second_hat(season)
    signed_in.post("/account/hat/", {"membership": other.pk})
    clock.shift(timedelta(hours=1))

    sign_in(signed_in)

    assert signed_in.session["membership_id"] == other.pk


def test_the_typed_form_is_shown_in_the_words_of_its_page() -> None:
    typed = unsent.Unsent("/x", (("username", "liu"), ("sex", "male"), ("version", "3"), ("text", " ")), ())

    assert typed.lines() == [("账号", "liu"), ("填写内容", "male")]
    assert SignInForm.base_fields["username"].label == "账号"


def test_a_ticked_box_is_said_in_words() -> None:
    typed = unsent.Unsent("/organizations/new-host/", (("host_type", "enterprise"), ("is_tech_sme", "on")), ())

    assert ("科技型中小企业", "是") in typed.lines()


def test_a_personal_number_in_what_was_typed_is_masked_where_it_is_shown() -> None:
    typed = unsent.Unsent("/x", (("id_number", "139999197803050010"),), ())

    assert [value for _, value in typed.lines()] == ["139999********0010"]


def test_the_button_that_sent_a_form_was_not_typed() -> None:
    # Several forms ask for a name, under several labels; those that ask for an address as well call it alike.
    person = (("name", "李喆"), ("email", "lizhe@example.org"))
    typed = unsent.Unsent("/x", (*person, ("act", "save"), ("then", "row"), ("answer", "confirm")), ())

    assert typed.lines() == [("姓名", "李喆"), ("邮箱", "lizhe@example.org")]


def test_every_button_of_the_pages_is_known_as_one() -> None:
    pages = [page.read_text() for page in (settings.BASE_DIR / "templates").rglob("*.html")]
    named = {name for page in pages for name in re.findall(r'(?:\bbutton\(|<button\b)[^>)]*?\bname="(\w+)"', page)}

    assert named
    assert named <= {*unsent.BUTTONS}


def test_what_was_chosen_is_told_in_the_words_of_the_page(season: Season) -> None:
    agreement = season.filed(season.selected("P3"), season.h4)
    fields = (
        ("agreement", str(agreement.pk)), ("mode", "online"), ("activities", "技术咨询"), ("activities", "技术培训"),
        ("attendees", "7"), ("attendees", "8"),
    )  # fmt: skip
    typed = unsent.Unsent("/visits/new/", fields, ())
    known = [("方式", "线上服务"), ("做了什么", "技术咨询、技术培训"), ("参加人员", "（已选择）")]

    assert typed.lines(season.hat_of(agreement.specialist)) == [("派驻单位", str(season.h4)), *known]
    assert typed.lines(season.stranger) == [("派驻单位", "（已选择）"), *known]


# --- the same above an open page (htmx) -------------------------------------------------------------------------------


def test_an_htmx_request_gets_the_form_for_its_dialog(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=1))

    for late in (signed_in.get("/account/", headers=HTMX), signed_in.post("/account/hat/", TYPED, headers=HTMX)):
        assert late.status_code == 401
        assert "<html" not in late.content.decode()
        assert 'hx-post="/sign-in/"' in late.content.decode()


def test_signing_in_in_the_dialog_gives_the_page_a_fresh_token(
    signed_in: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(hours=1))
    signed_in.get("/account/", headers=HTMX)

    wrong = signed_in.post("/sign-in/", {"username": "liu", "password": "wrong"}, headers=HTMX)
    came = signed_in.post("/sign-in/", {"username": "liu", "password": PASSWORD}, headers=HTMX)

    assert (wrong.status_code, "<html" in wrong.content.decode()) == (422, False)
    assert came.status_code == 204
    assert len(json.loads(came["HX-Trigger"])["signed-in"]["token"]) == 64


def test_somebody_else_in_the_dialog_leaves_the_page(signed_in: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=1))
    signed_in.get("/account/", headers=HTMX)

    came = signed_in.post("/sign-in/", {"username": "meng", "password": PASSWORD}, headers=HTMX)

    assert "HX-Redirect" in came.headers
    assert "HX-Trigger" not in came.headers


# --- a token out of date (signed in again in another window) ----------------------------------------------------------


@pytest.fixture
def strict(season: Season) -> Client:
    """A client that minds the CSRF token, as a browser's requests do."""
    client = Client(enforce_csrf_checks=True)
    client.post("/sign-in/", {"demo": "liu", "csrfmiddlewaretoken": token_of(client.get("/sign-in/"))})
    return client


def token_of(response: Any) -> str:
    return str(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())[0])


def test_a_form_with_an_old_token_is_shown_and_sent_again(strict: Client) -> None:
    late = strict.post(
        "/account/hat/", {**TYPED, "csrfmiddlewaretoken": "o" * 64}, headers={"Origin": "http://testserver"}
    )

    assert (late.status_code, "滹沱" in text(late)) == (403, True)
    again = strict.post("/account/hat/", {**dict(hidden(late)), "csrfmiddlewaretoken": token_of(late)})
    assert again.status_code == 302


def test_a_form_from_another_site_is_refused_and_shows_nothing(strict: Client) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {}):
        forged = strict.post("/account/hat/", TYPED, headers=headers)

        assert (forged.status_code, "滹沱" in text(forged)) == (403, False)


def test_an_htmx_request_with_an_old_token_is_given_the_new_one(strict: Client) -> None:
    origin = {"Origin": "http://testserver", **HTMX}
    late = strict.post("/account/hat/", TYPED, headers=origin)

    again = strict.post("/account/hat/", TYPED, headers={**origin, "X-CSRFToken": late["X-Fresh-Token"]})

    assert (late.status_code, again.status_code) == (403, 302)


# --- passwords --------------------------------------------------------------------------------------------------------

NEW = "春雨-惊春-2026"


def change(client: Client, **more: str) -> Any:
    typed = {"current_password": PASSWORD, "password": NEW, "password_again": NEW, **more}
    return client.post("/account/password/", typed)


def test_the_first_password_is_changed_before_anything_else(season: Season, client: Client) -> None:
    season.clerk.person.must_change_password = True
    season.clerk.person.save(update_fields=["must_change_password"])
    sign_in(client)

    assert client.get("/account/")["Location"] == "/account/password/"
    assert client.post("/account/hat/", {"membership": season.clerk.pk})["Location"] == "/account/password/"
    assert change(client).status_code == 302

    assert client.get("/account/").status_code == 200


def test_a_new_password_ends_every_other_session(season: Season, signed_in: Client) -> None:
    other = Client()
    sign_in(other)

    change(signed_in)

    assert signed_in.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert Session.objects.filter(person=season.clerk.person).count() == 1
    assert sign_in(Client(), password=NEW).status_code == 302
    event = AuditEvent.objects.get(verb="user.password_changed")
    assert not any(word in json.dumps([event.before, event.after, event.reason]) for word in (NEW, PASSWORD))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param({"current_password": "wrong"}, "现在的密码不正确", id="wrong old one"),
        pytest.param({"password_again": "another"}, "两次输入的新密码不一致", id="not the same twice"),
        pytest.param({"password": "short", "password_again": "short"}, "新密码至少10个字符", id="too short"),
        pytest.param(
            {"password": "0311860000", "password_again": "0311860000"}, "不能全是数字，请加入", id="only digits"
        ),
        pytest.param(
            {"password": "liu@example.org", "password_again": "liu@example.org"}, "相近", id="one's own address"
        ),
        pytest.param({"password": "1q2w3e4r5t6y", "password_again": "1q2w3e4r5t6y"}, "很多人在用", id="a common one"),
        pytest.param({"password": "aaaaabbbbbbb", "password_again": "aaaaabbbbbbb"}, "重复的字符", id="two signs"),
        pytest.param(
            {"password": PASSWORD, "password_again": PASSWORD}, "不能与现在的密码相同", id="the old one again"
        ),
    ],
)
def test_a_password_that_will_not_do_is_told_why(signed_in: Client, typed: dict[str, str], sentence: str) -> None:
    refused = change(signed_in, **typed)

    assert refused.status_code == 422
    assert sentence in text(refused), re.findall(r'class="err".*?</div>', text(refused), re.S)
    assert sign_in(Client()).status_code == 302


def test_no_page_gives_a_typed_password_back(signed_in: Client) -> None:
    refused = change(signed_in, password_again="another-secret")

    assert not any(word in text(refused) for word in (PASSWORD, NEW, "another-secret"))
    assert ChangePasswordForm.base_fields["password"].widget.render_value is False


# --- hats -------------------------------------------------------------------------------------------------------------


def second_hat(season: Season) -> Any:
    from accounts.enums import Role
    from tests.cast import member

    return member("刘静怡", Role.SPECIALIST, season.u1, "liu")


def test_one_person_changes_between_their_hats(season: Season, signed_in: Client) -> None:
    other = second_hat(season)

    signed_in.post("/account/hat/", {"membership": other.pk})

    assert f"已切换身份：{other}" in text(signed_in.get("/account/"))
    event = AuditEvent.objects.get(verb="user.hat_changed")
    assert event.hat == str(other)


def test_nobody_wears_the_hat_of_another(season: Season, signed_in: Client) -> None:
    for pk in (season.officer.pk, 999_999, "x", "٣"):
        assert signed_in.post("/account/hat/", {"membership": pk}).status_code == 404


def test_a_hat_withdrawn_between_two_requests_opens_nothing(season: Season, signed_in: Client) -> None:
    from datetime import date

    assert signed_in.get("/account/").status_code == 200
    season.clerk.until = date(2026, 5, 20)
    season.clerk.save(update_fields=["until"])

    assert "您现在没有任何单位的身份" in text(signed_in.get("/account/"))
    assert signed_in.post("/account/hat/", {"membership": season.clerk.pk}).status_code == 404

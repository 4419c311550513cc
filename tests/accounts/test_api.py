"""/api/v1/me/, organizations/ and tokens/, and what every resource does with hats, tokens and errors."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from rest_framework import serializers

from accounts import api
from accounts.enums import Role
from accounts.models import ApiToken, FirstAnswer, HostUnit, Membership
from core.models import AuditEvent
from tests.accounts.test_units import TYPED
from tests.cast import Season, member
from tests.hands import browser_of

APPS = ("core", "accounts", "specialists", "agreements", "visits", "funding", "assessments", "desk")


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False) as traveller:
        yield traveller


def by_token(words: str) -> Client:
    return Client(headers={"Authorization": f"Token {words}"})


def token(hat: Membership, days: int = 30) -> str:
    made = browser_of(hat).post("/api/v1/tokens/", {"days": days}, content_type="application/json")
    return str(made.json()["token"])


# --- who one is -------------------------------------------------------------------------------------------------------


def test_me_is_the_person_and_the_hat_in_use(season: Season) -> None:
    assert browser_of(season.clerk).get("/api/v1/me/").json() == {
        "name": "刘静怡",
        "username": "liu",
        "hat": {
            "id": season.clerk.pk,
            "organization": season.u1.pk,
            "organization_name": "示范农林学院",
            "role": "institution_clerk",
            "role_label": "派出单位经办",
        },
    }


def test_a_stranger_is_told_how_to_come_in(season: Season, client: Client) -> None:
    answer = client.get("/api/v1/me/")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json() == {"detail": "请先登录，或在请求中提供令牌。"}


def test_a_refusal_by_role_says_so_and_nothing_else(season: Season) -> None:
    refused = browser_of(season.finance).post("/api/v1/organizations/", TYPED)

    assert (refused.status_code, refused.json()) == (403, {"code": "E-PERM", "detail": "您没有权限执行此操作。"})


def test_an_address_that_is_none_answers_as_json(season: Season, client: Client) -> None:
    for path in ("/api/v1/nothing/", "/api/v1/organizations/x/"):
        assert client.get(path).json() == {"detail": "没有找到这个地址，或者这条记录不在您的查看范围内。"}


def test_what_is_too_deep_to_be_read_is_unreadable(season: Season) -> None:
    deep = browser_of(season.clerk).post("/api/v1/organizations/", "[" * 100_000, content_type="application/json")

    assert (deep.status_code, deep.json()) == (400, {"detail": api.UNREADABLE})


@pytest.mark.parametrize("key", ["0", str(2**63), str(10**40), "x"])
@pytest.mark.parametrize("hat", ["officer", "clerk"])  # who sees every row, and who sees some
def test_a_key_that_no_row_has_is_not_found(season: Season, hat: str, key: str) -> None:
    assert browser_of(getattr(season, hat)).get(f"/api/v1/agreements/{key}/").status_code == 404


def test_the_first_password_comes_before_the_interface(season: Season) -> None:
    client = browser_of(season.clerk)
    season.clerk.person.must_change_password = True
    season.clerk.person.save(update_fields=["must_change_password"])

    assert client.get("/api/v1/me/").status_code == 403


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_wears_the_hat_it_was_made_under(season: Season) -> None:
    member("刘静怡", Role.SPECIALIST, season.u1, "liu")

    words = token(season.clerk)

    assert by_token(words).get("/api/v1/me/").json()["hat"]["role"] == "institution_clerk"
    assert AuditEvent.objects.filter(verb="token.created").count() == 1


def test_a_tokens_words_are_told_once_and_kept_nowhere(season: Season) -> None:
    words = token(season.clerk)

    listed = browser_of(season.clerk).get("/api/v1/tokens/")

    assert words not in listed.content.decode()
    assert words not in str(list(ApiToken.objects.values()))
    assert [sorted(row) for row in listed.json()] == [["created", "expiry", "hat", "id"]]


def test_a_tokens_words_are_not_kept_as_the_answer_to_a_key(season: Season) -> None:
    ask = {"path": "/api/v1/tokens/", "data": {"days": 30}, "content_type": "application/json"}
    clerk = browser_of(season.clerk)

    first, again = (clerk.post(**ask, headers={"Idempotency-Key": "one"}) for _ in range(2))  # type: ignore[arg-type]

    assert first.json()["token"] != again.json()["token"]
    assert not FirstAnswer.objects.exists()


def test_a_token_ends_on_its_day(season: Season, clock: time_machine.Traveller) -> None:
    words = token(season.clerk, days=90)

    clock.shift(timedelta(days=90) - timedelta(seconds=1))
    assert by_token(words).get("/api/v1/me/").status_code == 200
    clock.shift(timedelta(seconds=2))
    assert by_token(words).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("days", [0, 91, -1, "x", None, 10**30])
def test_a_token_lasts_one_to_ninety_days(season: Season, days: Any) -> None:
    refused = browser_of(season.clerk).post("/api/v1/tokens/", {"days": days}, content_type="application/json")

    assert (refused.status_code, refused.json()["findings"][0]["field"]) == (422, "days")
    assert not ApiToken.objects.exists()


def test_a_token_makes_no_token(season: Season) -> None:
    words = token(season.clerk)

    refused = by_token(words).post("/api/v1/tokens/", {"days": 90}, content_type="application/json")

    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "E-TOKEN")


def test_a_deleted_token_opens_nothing_and_only_its_owner_deletes_it(season: Season) -> None:
    words = token(season.clerk)
    pk = ApiToken.objects.get().pk

    assert browser_of(season.manager).delete(f"/api/v1/tokens/{pk}/").status_code == 404
    assert browser_of(season.clerk).delete(f"/api/v1/tokens/{pk}/").status_code == 204

    assert by_token(words).get("/api/v1/me/").status_code == 401
    assert AuditEvent.objects.filter(verb="token.deleted", target_id=pk).count() == 1


def test_the_page_makes_shows_once_and_deletes_tokens(season: Season) -> None:
    client = browser_of(season.clerk)

    shown = client.post("/account/tokens/", {"days": "３０"}).content.decode()
    made = ApiToken.objects.get()
    assert made.token_key in shown
    assert made.token_key not in client.get("/account/tokens/").content.decode()
    assert client.post("/account/tokens/", {"days": "91"}).status_code == 422

    client.post(f"/account/tokens/{made.pk}/delete/")
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "header", ["Token", "Token x", "Token x y", b"Token \xff\xfe", "Token " + "a" * 10_000, "Token \0"]
)
def test_a_wrong_token_is_401_whatever_its_bytes(season: Season, header: Any) -> None:
    token(season.clerk)

    refused = Client().get(
        "/api/v1/me/", HTTP_AUTHORIZATION=header.decode("latin-1") if isinstance(header, bytes) else header
    )

    assert (refused.status_code, refused.json()) == (401, {"detail": "令牌无效或已过期，请重新创建令牌。"})


def test_the_token_of_a_closed_account_opens_nothing(season: Season) -> None:
    words = token(season.clerk)
    season.clerk.person.is_active = False
    season.clerk.person.save(update_fields=["is_active"])

    assert by_token(words).get("/api/v1/me/").status_code == 401


def test_a_session_needs_its_csrf_token_and_a_token_does_not(season: Season) -> None:
    words = token(season.clerk)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(season.clerk.person)

    assert strict.post("/api/v1/tokens/", {"days": 1}).status_code == 403
    bearer = Client(enforce_csrf_checks=True, headers={"Authorization": f"Token {words}"})
    assert bearer.post("/api/v1/organizations/", TYPED).status_code == 201


# --- organizations ----------------------------------------------------------------------------------------------------


def test_a_host_is_entered_and_read(season: Season) -> None:
    made = browser_of(season.clerk).post("/api/v1/organizations/", TYPED)

    assert made.status_code == 201
    unit = HostUnit.objects.get(organization__uscc=TYPED["uscc"])
    assert made.json() == {
        "id": unit.pk,
        "name": TYPED["name"],
        "uscc": TYPED["uscc"],
        "district": "130123",
        "district_name": "正定县",
        "institution_type": None,
        "host_type": "cooperative",
        "is_above_scale": False,
        "is_tech_sme": False,
        "flags_year": None,
        "flags_verified_on": None,
        "flags_basis": "",
        "flags_note": "",
        "version": 1,
        "address": "",
        "contact_name": "贾社长",
        "contact_phone": "031186001234",
        "contact_email": "jia@example.org",
    } | {"contact_phone": unit.organization.contact_phone}


def test_a_code_that_is_here_gives_its_unit(season: Season) -> None:
    known = season.h1.organization

    answer = browser_of(season.clerk).post("/api/v1/organizations/", {"uscc": str(known.uscc)})

    assert (answer.status_code, answer.json()["id"]) == (200, known.pk)
    assert "contact_phone" not in answer.json()


def test_what_will_not_do_is_told_by_field(season: Season) -> None:
    refused = browser_of(season.clerk).post("/api/v1/organizations/", {**TYPED, "district": "", "contact_phone": "12"})

    assert refused.status_code == 422
    assert {finding["field"] for finding in refused.json()["findings"]} == {"district", "contact_phone"}


def test_only_listed_fields_are_taken_and_any_other_is_named(season: Season) -> None:
    more = {"id": season.u2.pk, "flags_verified_by": season.clerk.pk, "flags_verified_on": "2026-05-21", "version": 9}

    refused = browser_of(season.clerk).post("/api/v1/organizations/", {**TYPED, **more})

    assert refused.status_code == 422
    assert {finding["field"] for finding in refused.json()["findings"]} == {*more}
    assert "没有名为“flags_verified_by”的项目，请核对名称。" in refused.content.decode()
    assert not HostUnit.objects.filter(organization__uscc=TYPED["uscc"]).exists()


@pytest.mark.parametrize(
    ("sent", "unknown"),
    [
        ({"name": "甲", "nmae": "甲"}, ["nmae"]),
        ({"name": "甲", "goals": [{"count": 1}, {"cuont": 2, "count": 2}], "unit": {}}, ["goals.1.cuont", "unit"]),
        (QueryDict("name=甲&csrfmiddlewaretoken=x&goals[0]count=1&whole=1"), ["whole"]),
        ({"name": "甲", "facts": {"whatever": 1}}, []),
        (None, []),
        ([{"nmae": 1}], []),
    ],
    ids=["misspelt", "in a list", "a form", "what may hold anything", "nothing", "a list in the place of fields"],
)
def test_each_field_that_nobody_asked_for_is_found(sent: Any, unknown: list[str]) -> None:
    class Goal(serializers.Serializer[Any]):
        count = serializers.IntegerField()

    class Whole(serializers.Serializer[Any]):
        name = serializers.CharField()
        goals = Goal(many=True)
        facts = serializers.DictField()

    assert [place for place, _ in api.unknown_in(Whole(), sent)] == unknown


class Noted(serializers.Serializer[Any]):
    name = serializers.CharField()
    notes = serializers.DictField(child=serializers.CharField(), default=dict)


def given(sent: Any) -> dict[str, Any]:
    view: Any = api.HatAPI()
    view.request = SimpleNamespace(data=sent)
    return dict(view.given(Noted))


def test_nothing_of_one_request_stays_in_the_serializer_that_reads_the_next() -> None:
    given({"name": "甲", "notes": {"a": "1"}})["notes"]["b"] = "2"
    bare = given({"name": "乙"})
    bare["notes"]["c"] = "3"
    with pytest.raises(serializers.ValidationError) as refusal:
        given({"notes": {"d": None}, "nmae": "丙"})

    assert set(refusal.value.detail) == {"name", "notes", "nmae"}
    assert given({"name": "丁"}) == {"name": "丁", "notes": {}}


@pytest.mark.parametrize(
    ("sent", "said"),
    [(None, "请求没有内容。"), ([], "这里应为一组带名称的内容。")],
    ids=["nothing", "a list"],
)
def test_a_body_that_has_no_fields_is_told_once(sent: Any, said: str) -> None:
    with pytest.raises(serializers.ValidationError) as refusal:
        given(sent)

    answer = api.answer_errors(refusal.value, {})
    assert answer
    assert [finding["message"] for finding in answer.data["findings"]] == [said]


def test_every_body_is_read_where_unknown_fields_are_refused() -> None:
    """A door that reads a body past `HatAPI.given` would lose a misspelt field in silence."""
    root = Path(api.__file__).parents[1]
    sources = [path for app in APPS for path in (root / app).rglob("*.py")]

    assert sources
    assert [path.name for path in sources if "request.data" in path.read_text() and path != Path(api.__file__)] == []


def test_a_filter_that_cannot_be_read_is_refused_and_not_left_out(season: Season) -> None:
    asked = (
        "organizations/?kind=firm",
        "organizations/?q=%00",
        f"organizations/?after={'9' * 40}",
        "organizations/flags/?state=none",
        "applications/?status=none",
        "registrations/?year=%00",
        "teams/?year=%00",
        "provincial-entries/?year=abc",
        "change-requests/?status=none",
        "agreements/?filed=%00",
        "amendments/?status=none",
        "moves/?status=none",
        "filing-sheets/?status=none",
        "rosters/?after=x",
        "terms/?of=none",
        "selection/?year=%00",
        "claims/?status=none",
        "allocations/?year=%00",
    )
    officer, wrong = browser_of(season.officer), []
    for query in asked:
        answer = officer.get(f"/api/v1/{query}")
        named = [one["field"] for one in answer.json().get("findings", [])]
        if (answer.status_code, named) != (422, [query.partition("?")[2].partition("=")[0]]):
            wrong.append(f"{query}: {answer.status_code} {named}")

    assert wrong == []


def test_the_list_goes_on_after_a_number(season: Season) -> None:
    numbers = [season.h1.pk, season.h4.pk]

    first = browser_of(season.officer).get("/api/v1/organizations/").json()
    rest = browser_of(season.officer).get(f"/api/v1/organizations/?after={max(numbers)}").json()

    assert [unit["id"] for unit in first] == sorted(numbers, reverse=True)
    assert [unit["id"] for unit in rest] == [min(numbers)]

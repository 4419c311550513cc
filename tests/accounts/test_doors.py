"""One answer per Idempotency-Key, limits of every request, and the matrix's own checks."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLResolver

from accounts import doors, matrix, services
from accounts.models import FirstAnswer, HostUnit, Invitation
from config.urls import api
from tests.accounts.test_units import TYPED
from tests.cast import Season
from tests.hands import browser_of

KEY = {"idempotency_key": "one-form"}


def invitation(**more: str) -> dict[str, str]:
    return {"role": "institution_clerk", "name": "新同事", "email": "new@example.org", **KEY, **more}


@pytest.mark.parametrize("sent", [None, "", "x", "-1", "１", "²", "1" * 10], ids=repr)
def test_a_version_that_is_missing_or_no_number_is_none_that_a_record_has(rf: RequestFactory, sent: str | None) -> None:
    request = rf.post("/", {"version": sent} if sent is not None else {})

    assert doors.version_sent(request) == 0


def test_a_version_is_read_from_the_form(rf: RequestFactory) -> None:
    assert doors.version_sent(rf.post("/", {"version": "12"})) == 12


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_form_sent_twice_is_done_once_and_answered_twice(season: Season) -> None:
    first = browser_of(season.manager).post("/members/invite/", invitation(csrfmiddlewaretoken="a"))
    second = browser_of(season.manager).post("/members/invite/", invitation(csrfmiddlewaretoken="b"))

    assert (first.status_code, second.status_code) == (302, 302)
    assert second["Location"] == first["Location"]
    assert Invitation.objects.count() == 1


def test_the_same_key_for_something_else_is_409(season: Season) -> None:
    browser_of(season.manager).post("/members/invite/", invitation())

    other = browser_of(season.manager).post("/members/invite/", invitation(name="另一人"))
    elsewhere = browser_of(season.clerk).post("/organizations/new-host/", {**TYPED, **KEY})

    page = other.content.decode()
    assert other.status_code == 409
    assert "平台没有重复办理" in page
    assert 'href="/members/"' in page  # where the first one led
    assert [said in page for said in ("您填写的内容", "另一人")] == [True, True]
    assert elsewhere.status_code == 302  # a key belongs to the hat that used it
    assert Invitation.objects.count() == 1


def test_what_was_typed_after_the_back_button_can_be_sent_as_another_one(season: Season) -> None:
    browser = browser_of(season.manager)
    browser.post("/members/invite/", invitation())
    page = browser.post("/members/invite/", invitation(name="另一人", email="other@example.org")).content.decode()

    [key] = re.findall(r'name="idempotency_key" value="([0-9a-f]{32})"', page)
    assert key != KEY["idempotency_key"]
    assert [f'name="{name}"' in page for name in ("name", "email", "role")] == [True] * 3
    sent = browser.post("/members/invite/", invitation(name="另一人", email="other@example.org", idempotency_key=key))
    assert (sent.status_code, Invitation.objects.count()) == (302, 2)


def test_a_refused_form_is_mended_and_sent_again_under_its_key(season: Season) -> None:
    assert browser_of(season.manager).post("/members/invite/", invitation(email="x")).status_code == 422
    assert browser_of(season.manager).post("/members/invite/", invitation()).status_code == 302


def test_a_row_that_nobody_may_see_leaves_the_key_free(season: Season) -> None:
    assert browser_of(season.manager).post("/invitations/999999/withdraw/", KEY).status_code == 404
    assert not FirstAnswer.objects.exists()


def addresses(patterns: list[Any]) -> Iterator[tuple[str, str]]:
    """(path, name) of each, in whatever it is included."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns)
        else:
            yield str(one.pattern), str(one.name)


def test_a_key_that_the_database_cannot_keep_is_none(season: Season) -> None:
    twice = [
        browser_of(season.manager).post("/members/invite/", invitation(idempotency_key="\0", email=f"{n}@example.test"))
        for n in range(2)
    ]

    assert [answer.status_code for answer in twice] == [302, 302]
    assert not FirstAnswer.objects.exists()


def test_the_number_in_an_address_of_the_interface_means_one_thing() -> None:
    """GET /specialists/13/ was one person, and POST /specialists/13/suspension/ suspended another."""
    meant = defaultdict(set)
    for path, name in addresses(api()):
        address = doors.known(f"api:{name}")
        if address.model and "<int:pk>" in path:
            key = apps.get_model(address.model)._meta.pk
            meant[path.partition("<")[0]].add(key.remote_field.model if key.remote_field else key.model)
    assert len(meant) > 20
    assert {noun: models for noun, models in meant.items() if len(models) > 1} == {}


def test_the_interface_gives_its_first_answer_again(season: Season) -> None:
    headers = {"Idempotency-Key": "call-1"}
    first = browser_of(season.clerk).post(
        "/api/v1/organizations/", TYPED, content_type="application/json", headers=headers
    )
    second = browser_of(season.clerk).post(
        "/api/v1/organizations/", TYPED, content_type="application/json", headers=headers
    )
    other = browser_of(season.clerk).post(
        "/api/v1/organizations/", {}, content_type="application/json", headers=headers
    )

    assert (first.status_code, second.status_code, other.status_code) == (201, 201, 409)
    assert (second.json(), second["Content-Type"]) == (first.json(), first["Content-Type"])
    assert other.json() == {"detail": "这个提交编号已用于另一项内容，请使用新的编号。"}
    assert HostUnit.objects.filter(organization__uscc=TYPED["uscc"]).count() == 1


def test_twins_at_the_same_moment_are_done_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    start = Barrier(2)

    def act() -> HttpResponse:
        done.append(1)
        sleep(0.3)
        return HttpResponse("done", status=201)

    def sent(_: int) -> tuple[int, bytes]:
        start.wait(10)
        try:
            answer = doors.once(HttpRequest(), lasting_season.clerk, "twins", "question", act)
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(sent, range(2)))

    assert answers == [(201, b"done")] * 2
    assert len(done) == 1


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        pytest.param(lambda: HttpResponse("x", headers={"HX-Trigger": "done", "X-Request-ID": "1"}), 1, id="done"),
        pytest.param(lambda: HttpResponse("no", status=422), 0, id="refused"),
        pytest.param(lambda: HttpResponse("oh", status=500), 0, id="failed"),
        pytest.param(lambda: FileResponse(iter([b"%PDF"])), 0, id="a file"),
        pytest.param(lambda: HttpResponse(b"\xff\xfe", content_type="application/pdf"), 0, id="bytes"),
    ],
)
def test_only_what_was_done_is_kept(season: Season, answer: Callable[[], HttpResponse], kept: int) -> None:
    for _ in range(2):
        doors.once(HttpRequest(), season.clerk, "k", "question", answer)

    assert FirstAnswer.objects.count() == kept
    assert [row.headers.get("HX-Trigger") for row in FirstAnswer.objects.all()] == ["done"] * kept


def test_what_a_failed_act_wrote_goes_with_it(season: Season) -> None:
    def act() -> HttpResponse:
        services.record_sign_in(season.clerk.person)
        return HttpResponse(status=500)

    with transaction.atomic():
        doors.once(HttpRequest(), season.clerk, "k", "question", act)
        assert list(season.clerk.person.sessions.all()) == []
    from core.models import AuditEvent

    assert not AuditEvent.objects.exists()


def test_the_question_is_method_path_and_everything_sent() -> None:
    make = RequestFactory()
    questions = [
        make.post("/a/", {"x": "1"}),
        make.post("/a/", {"x": "2"}),
        make.post("/a/?y=1", {"x": "1"}),
        make.post("/b/", {"x": "1"}),
        make.post("/a/", {"x": "1", "f": SimpleUploadedFile("a.pdf", b"1")}),
        make.post("/a/", {"x": "1", "f": SimpleUploadedFile("a.pdf", b"2")}),
        make.post("/a/", '{"x": 1}', content_type="application/json"),
        make.patch("/a/", '{"x": 1}', content_type="application/json"),
        make.patch("/a/", "x=1", content_type="application/x-www-form-urlencoded"),
    ]

    assert len({doors.question_of(request) for request in questions}) == len(questions)
    again = make.post("/a/", {"x": "1", "csrfmiddlewaretoken": "t"})
    assert doors.question_of(again) == doors.question_of(questions[0])
    files: dict[str, Any] = dict(questions[4].FILES.items())
    assert files["f"].read() == b"1"  # the view still reads it from the start


def test_the_database_keeps_one_answer_per_key(season: Season) -> None:
    FirstAnswer.objects.create(membership=season.clerk, key="k", question="q", body="")
    with pytest.raises(IntegrityError, match="one_answer_per_key"), transaction.atomic():
        FirstAnswer.objects.create(membership=season.clerk, key="k", question="q", body="")


# --- every request ----------------------------------------------------------------------------------------------------


def test_every_answer_carries_its_number_and_a_strict_policy(season: Season) -> None:
    for client in (Client(), browser_of(season.clerk)):
        for path in ("/sign-in/", "/account/", "/nothing/", "/api/v1/me/"):
            answer = client.get(path)
            policy = answer["Content-Security-Policy"]
            assert len(answer["X-Request-ID"]) == 12
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy


def test_a_wrong_method_is_told_in_words_and_names_the_right_ones(season: Season) -> None:
    answer = browser_of(season.clerk).get("/sign-out/")

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "不能直接打开" in answer.content.decode()


def test_too_much_of_anything_is_told_in_words(season: Season, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    answer = browser_of(season.clerk).post("/organizations/new-host/", {f"x{n}": "" for n in range(20)})

    assert (answer.status_code, "过大" in answer.content.decode()) == (413, True)


def test_a_fault_says_its_number_and_nothing_of_itself(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("accounts.views.account.sentences", broken)
    monkeypatch.setattr("accounts.api.MeSerializer", broken)
    client = browser_of(season.clerk)
    client.raise_request_exception = False

    page, call = client.get("/account/"), client.get("/api/v1/me/")

    assert (page.status_code, page["X-Request-ID"] in page.content.decode()) == (500, True)
    assert (call.status_code, call.json()["number"]) == (500, call["X-Request-ID"])
    assert "secret" not in page.content.decode() + call.content.decode()


# --- the matrix reads its files with care ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('[urls."a:b"]\nGET = "x.y"', "no action 'x.y'"),
        ('[urls."a:b"]\nmodel = "m.M"\nview = "v"', "lists no method"),
        ('[urls."a:b"]\nGET = ""', "no action ''"),
        (
            '[actions."v.v"]\nlabel="v"\nroles={}\n[urls."a:b"]\nGET = "v.v"\nmodel = "m.M"',
            "needs the action that shows",
        ),
        ('[actions."v.v"]\nlabel="v"\nroles={ boss = "all" }', "'boss' is not a valid Role"),
        ('[actions."v.v"]\nlabel="v"\nroles={ finance = "city" }', "'city' is not a valid Scope"),
    ],
)
def test_a_slip_in_the_matrix_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str, complaint: str
) -> None:
    (tmp_path / "a.toml").write_text(written)
    monkeypatch.setattr(matrix, "HERE", tmp_path)
    matrix.matrix.cache_clear()
    try:
        with pytest.raises(ValueError, match=complaint):
            matrix.matrix()
    finally:
        matrix.matrix.cache_clear()


@pytest.mark.parametrize("table", ["actions", "urls"])
def test_two_files_cannot_say_two_things(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, table: str) -> None:
    entry = '[actions."v.v"]\nlabel="v"\nroles={}' if table == "actions" else '[urls."a:b"]\nopen = true'
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(entry)
    monkeypatch.setattr(matrix, "HERE", tmp_path)
    matrix.matrix.cache_clear()
    try:
        with pytest.raises(ValueError, match="stands twice"):
            matrix.matrix()
    finally:
        matrix.matrix.cache_clear()


def test_the_printed_table_says_what_the_matrix_says(season: Season) -> None:
    page = browser_of(season.clerk).get("/permissions/").content.decode()

    rows = [row for row in page.split("<tr>") if "终止成员身份" in row]
    cells = [cell.split("</td>")[0] for cell in rows[0].split("<td>")[1:]]
    assert cells == ["全市", "—", "—", "—", "—", "—", "本单位", "—", "—", "—"]
    assert all(action.label in page for action in matrix.matrix().actions.values())


def test_nothing_is_missing_from_the_parts_of_the_table() -> None:
    listed = [action.code for _, actions in matrix.matrix().parts() for action in actions]

    assert sorted(listed) == sorted(matrix.matrix().actions)

"""What the season tells, prints and remembers is Chinese: mails, messages, papers, histories; and what an error says."""

from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.test import Client
from rest_framework import exceptions

from accounts.api import answer_errors
from accounts.models import User
from agreements.models import Submission
from assessments.models import Assessment
from core.models import AuditEvent, Message, StoredFile
from core.policy import Finding, Level
from core.stale import Difference, Stale
from core.verbs import sentence
from core.verbs import sentences as history_of
from funding.models import Account, PaymentBatch
from specialists.models import Specialist
from tests import test_whole_season as whole
from tests.cast import Season
from tests.hands import browser_of
from tests.people import Person
from tests.words import leaks, sentences, spoken, words_of

ERRORS = sorted(page.name for page in (settings.BASE_DIR / "templates/errors").glob("*.html"))


def told() -> list[str]:
    mails = [text for one in mail.outbox for text in (str(one.subject), str(one.body))]
    return [text for one in Message.objects.all() for text in (one.subject, one.body)] + mails


def remembered() -> list[str]:
    """Every line of every record's history."""
    traces = AuditEvent.objects.values_list("target_type", "target_id").distinct()
    records = [apps.get_model(label)._default_manager.filter(pk=pk).first() for label, pk in traces]
    return [sentence(event) for record in records if record for event in history_of(record)]


def printed(season: Season) -> dict[str, list[str]]:
    """The words of every paper and workbook: those kept, and those made when somebody asks."""
    kept = {}
    for one in StoredFile.objects.all():
        with default_storage.open(one.path) as file:
            kept[one.name] = file.read()
    clerk, phone = Person(season.clerk), Person(season.hat_of(Specialist.objects.get()))
    batch, account, submission = PaymentBatch.objects.get(), Account.objects.get(), Submission.objects.get()
    made = {
        "发放明细表": clerk.downloads(f"/funding/batches/{batch.pk}/xlsx/"),
        "台账": clerk.downloads(f"/funding/accounts/{account.pk}/pdf/"),
        "台账表格": clerk.downloads(f"/funding/accounts/{account.pk}/xlsx/"),
        "汇总表": clerk.downloads(f"/agreements/submissions/{submission.pk}/paper/"),
        "汇总表格": clerk.downloads(f"/agreements/submissions/{submission.pk}/sheet/"),
        "考核结果证明": phone.downloads(f"/assessments/{Assessment.objects.get().pk}/certificate/"),
    }
    return {name: words_of(content) for name, content in {**kept, **made}.items()}


def test_what_the_season_tells_prints_and_remembers_is_in_chinese(season: Season) -> None:
    with time_machine.travel("2026-05-12 09:00:00+08:00", tick=False) as clock:
        whole.test_a_season_through_the_pages(season, clock)
        papers = printed(season)
        said, lines = told(), remembered()
    accounts = list(User.objects.values_list("username", flat=True))

    assert leaks(said) == []
    assert leaks(lines, *accounts) == []
    assert {name: found for name, words in papers.items() if (found := leaks([name, *words]))} == {}
    assert (len(said) > 40, len(lines) > 30, len(papers) > 8) == (True, True, True)


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ERRORS)
def test_an_error_page_is_in_chinese(page: str) -> None:
    finding = Finding("E-ONE-HOST", Level.BLOCK, "四（一）", "同一年度内只能签约服务一个单位。", {})
    stale = Stale("刘静怡", None, [Difference("派驻单位", "甲", "乙")])

    shown = render_to_string(
        f"errors/{page}", {"request_id": "7F3A7F3A7F3A", "findings": [finding], "stale": stale, "exception": ""}
    )

    assert leaks(spoken(shown).words) == []


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        pytest.param(404, lambda clerk: clerk.get("/nowhere/"), id="no such page"),
        pytest.param(404, lambda clerk: clerk.get("/agreements/999999/"), id="no such record"),
        pytest.param(403, lambda clerk: clerk.get("/quota/"), id="not this hat's"),
        pytest.param(405, lambda clerk: clerk.get("/agreements/1/file/"), id="not by this method"),
        pytest.param(400, lambda clerk: clerk.get("/", headers={"Host": "a b"}), id="a host that cannot be"),
        pytest.param(413, lambda clerk: clerk.post("/account/hat/", {str(n): "" for n in range(1_100)}), id="too much"),
        pytest.param(401, lambda clerk: Client().post("/agreements/new/"), id="a form without a session"),
    ],
)
def test_an_error_that_really_happens_is_in_chinese(season: Season, status: int, ask: Any) -> None:
    answer = ask(browser_of(season.clerk))

    assert answer.status_code == status
    assert leaks(spoken(answer.content.decode()).words) == []


def test_what_went_wrong_inside_is_said_in_chinese(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("out of order")

    clerk = browser_of(season.clerk)
    clerk.raise_request_exception = False
    monkeypatch.setattr("desk.views.whom_to_ask", fail)

    answer = clerk.get("/help/")

    assert answer.status_code == 500
    assert leaks(spoken(answer.content.decode()).words) == []


def test_a_stale_token_and_too_many_wrong_passwords_are_told_in_chinese(season: Season) -> None:
    careful = Client(enforce_csrf_checks=True)
    answers = [careful.post("/sign-in/", {"username": "甲", "password": "乙"})]
    answers += [Client().post("/sign-in/", {"username": "甲", "password": "乙"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [403, 422, 422, 422, 422, 429, 429]
    accounts = list(User.objects.values_list("username", flat=True))
    assert [leaks(spoken(answer.content.decode()).words, *accounts) for answer in answers] == [[]] * 7


@pytest.mark.parametrize(
    "error",
    [
        exceptions.NotAuthenticated(),
        exceptions.AuthenticationFailed(),
        exceptions.PermissionDenied(),
        exceptions.NotFound(),
        exceptions.MethodNotAllowed("POST"),
        exceptions.NotAcceptable(),
        exceptions.UnsupportedMediaType("text/plain"),
        exceptions.Throttled(wait=5),
        exceptions.ParseError("Expecting value: line 1"),
        exceptions.APIException(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_interface_refuses_by_itself_is_said_in_chinese(error: Exception) -> None:
    answer = answer_errors(error, {})

    assert answer
    assert leaks(sentences(answer.data), "POST", "Accept", "HTTP", "text", "plain") == []  # told to a program

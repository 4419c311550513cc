"""/api/v1/rosters/: the whole way of a roster for a program."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import ApiToken, Membership
from desk.rosters.models import RosterBatch
from specialists.models import ProvincialListEntry, Registration
from tests.cast import Season
from tests.core import workbooks as made
from tests.desk.rosters import hands
from tests.desk.rosters.hands import GRAIN, SAMPLES, person, roster

pytestmark = pytest.mark.django_db


def program(hat: Membership) -> APIClient:
    client = APIClient()
    _, words = ApiToken.objects.create(user=hat.person, membership=hat, expiry=timedelta(days=1))
    client.credentials(HTTP_AUTHORIZATION=f"Token {words}")
    return client


def sent(client: APIClient, data: bytes, **more: Any) -> Any:
    return client.post("/api/v1/rosters/", {"file": SimpleUploadedFile("名单.xlsx", data), **more}, format="multipart")


def test_a_program_brings_a_roster_in_and_takes_it_back(season: Season) -> None:
    client = program(season.clerk)
    fields = client.get("/api/v1/rosters/fields/").json()
    assert {"key": "id_number", "label": "身份证号", "required": True} in fields["people"]
    assert "provincial" not in fields

    answer = sent(client, roster(person("张昇", "139999198509230031", "农业", *GRAIN), person("王五", "1")))
    assert answer.status_code == 201
    batch = answer.json()
    assert (batch["status"], batch["columns"]["0"]) == ("uploaded", "name")
    at = f"/api/v1/rosters/{batch['id']}/"
    answer = client.post(f"{at}columns/", {"version": batch["version"], "columns": batch["columns"]}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (202, "checking")
    hands.run()

    batch = client.get(at).json()
    assert batch["counts"] == {"clean": 1, "info": 0, "warn": 0, "there": 0, "block": 1}
    [found] = client.get(f"{at}findings/").json()
    assert found == {
        "row": 3,
        "name": "王五",
        "level": "block",
        "code": "E-ID",
        "column": "身份证号",
        "letter": "B",
        "value": "*",
        "message": "身份证号码应为18位，现为1位。请核对后重新输入。",
        "article": "",
        "advice": "对照身份证逐位核对后改正；号码所在列请设为文本格式。",
        "link": "",
    }
    assert client.get(f"{at}findings/?verdict=warn").json() == []
    marked = openpyxl.load_workbook(io.BytesIO(client.get(f"{at}marked/").content)).worksheets[0]
    assert str(marked["M3"].value).startswith("【不能导入】B列身份证号")

    refused = client.post(f"{at}confirm/", {"version": batch["version"], "mode": "all"}, format="json")
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "E-ROSTER")
    answer = client.post(
        f"{at}confirm/", {"version": batch["version"], "mode": "clean", "consent": True}, format="json"
    )
    assert answer.status_code == 202
    hands.run()
    batch = client.get(at).json()
    assert (batch["status"], batch["applied"], Registration.objects.count()) == ("applied", 1, 1)

    answer = client.post(f"{at}take-back/", {"version": batch["version"]}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "taken_back")
    assert Registration.objects.count() == 0


def test_the_bureau_sends_the_provincial_list_with_its_year(season: Season) -> None:
    client = program(season.officer)
    data = (SAMPLES / "provincial-list-2026.xlsx").read_bytes()

    batch = sent(client, data, kind="provincial", year=2025, valid_to="2026-06-30").json()
    at = f"/api/v1/rosters/{batch['id']}/"
    client.post(f"{at}columns/", {"version": batch["version"], "columns": batch["columns"]}, format="json")
    hands.run()
    batch = client.get(at).json()
    client.post(f"{at}confirm/", {"version": batch["version"], "mode": "clean"}, format="json")
    hands.run()

    entry = ProvincialListEntry.objects.get(name="邓洋平")
    assert (entry.year, str(entry.valid_from), str(entry.valid_to)) == (2025, "2025-01-01", "2026-06-30")


def test_what_is_wrong_with_the_file_or_the_words_is_422(season: Season) -> None:
    client = program(season.clerk)

    answer = sent(client, made.password())
    assert (answer.status_code, answer.json()["findings"][0]["code"]) == (422, "E-FILE-LOCKED")
    answer = sent(client, roster(), kind="provincial")
    assert (answer.status_code, answer.json()["findings"][0]["message"]) == (422, "您的身份不能导入这类名单。")
    assert client.post("/api/v1/rosters/", {}, format="multipart").status_code == 422
    batch = sent(client, roster(person("张昇", "139999198509230031"))).json()
    at = f"/api/v1/rosters/{batch['id']}/columns/"
    for columns in ({"x": "name"}, {"0": "name"}, {"0": "name", "1": "name", "2": "id_number", "5": "category"}):
        assert client.post(at, {"version": batch["version"], "columns": columns}, format="json").status_code == 422
    assert client.post(at, {"version": 99, "columns": batch["columns"]}, format="json").status_code == 409


def test_a_repeated_confirmation_gets_the_first_answer(season: Season) -> None:
    batch = hands.checked(roster(person("张昇", "139999198509230031")), season.clerk)
    client = program(season.clerk)
    body = {"version": batch.version, "mode": "all"}

    answers = [
        client.post(f"/api/v1/rosters/{batch.pk}/confirm/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        for _ in range(2)
    ]
    hands.run()

    assert [answer.status_code for answer in answers] == [202, 202]
    assert Registration.objects.count() == 1


def test_a_program_of_another_institution_finds_nothing(season: Season) -> None:
    batch = hands.checked(roster(person("张昇", "139999198509230031")), season.clerk)
    client = program(season.stranger)

    assert client.get("/api/v1/rosters/").json() == []
    assert client.get(f"/api/v1/rosters/{batch.pk}/").status_code == 404
    assert client.get(f"/api/v1/rosters/{batch.pk}/findings/").status_code == 404
    assert client.post(f"/api/v1/rosters/{batch.pk}/confirm/", {"version": 1, "mode": "all"}).status_code == 404
    assert RosterBatch.objects.count() == 1

"""The same acts through /api/v1/: same services, same refusals."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import HostUnit, Membership
from agreements import services
from agreements.enums import RunTrigger
from agreements.models import Agreement, Submission
from core.models import AuditEvent, NumberSeries
from core.outbox import relay
from specialists.enums import Category
from tests.cast import END, MAY_20, PDF, Season


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def signed_in(hat: Membership, key: str = "") -> Client:
    client = Client(headers={"Idempotency-Key": key} if key else {})
    client.force_login(hat.person)
    return client


def call(hat: Membership, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    ask = getattr(signed_in(hat, key), method)
    response = (
        ask(f"/api/v1/{path}", body, content_type="application/json") if method != "get" else ask(f"/api/v1/{path}")
    )
    return response.status_code, response.json() if response.content else None


def upload(hat: Membership, agreement: int, data: bytes = PDF, name: str = "协议.pdf") -> tuple[int, Any]:
    file = SimpleUploadedFile(name, data)
    response = signed_in(hat).post(f"/api/v1/agreements/{agreement}/scan/", {"file": file})
    return response.status_code, response.json()


def codes(body: Any) -> list[str]:
    return [finding["code"] for finding in body["findings"]]


def fields(body: Any) -> list[str]:
    return [finding["field"] for finding in body["findings"]]


def draft_of(season: Season, key: str = "P1", host: HostUnit | None = None, **more: Any) -> dict[str, Any]:
    return {
        "registration": season.selected(key, Category.ENTERPRISE).pk,
        "host": (host or season.h1).pk,
        "service_start": "2026-05-20",
        "service_end": "2027-12-31",
        "service_content": "数控机床维护指导",
        "goals": [{"name": "组织技术培训", "count": 2, "unit": "场"}],
        **more,
    }


def test_an_agreement_is_drafted_signed_handed_in_filed_and_certified(season: Season):
    status, draft = call(season.clerk, "post", "agreements/", draft_of(season))
    assert status == 201
    assert (draft["status"], draft["code"], draft["visits_per_year"]) == ("draft", f"D-{draft['id']}", 12)
    assert (draft["specialist_name"], draft["institution_name"]) == ("李喆", "示范农林学院")
    path = f"agreements/{draft['id']}/"

    status, changed = call(season.clerk, "patch", path, {"version": 1, "visits_per_year": 10})
    assert (status, changed["version"], changed["visits_per_year"]) == (200, 2, 10)
    for party in ("institution", "host", "specialist"):
        signature = {"party": party, "signer": "某人", "signed_on": "2026-05-20", "authority": "legal"}
        assert call(season.clerk, "post", f"{path}sign/", signature)[0] == 200
    taken_back = [call(season.clerk, "post", f"{path}signing/take-back/", {"party": "host"}) for _ in range(2)]
    assert [answer[0] for answer in taken_back] == [200, 422]
    assert [stand["state"] for stand in taken_back[0][1]] == ["已签", "待签", "已签"]
    assert taken_back[1][1]["findings"][0]["message"] == "没有登记派驻单位的纸质签署，不需要撤销。"
    assert call(season.clerk, "post", f"{path}sign/", {**signature, "party": "host"})[0] == 200
    status, scan = upload(season.clerk, draft["id"])
    assert (status, scan["number"], scan["paper_version"]) == (201, 1, 2)
    states = {verdict["code"]: verdict["state"] for verdict in call(season.clerk, "get", f"{path}checks/")[1]}
    # its flags are unverified, and no code can be read on blank pages
    unsure = {"I-HOST": "info", "W-SCAN-CODE": "warn"}
    assert {code: state for code, state in states.items() if state != "ok"} == unsure
    batch = {"agreements": [draft["id"]], "note": "第一批", "reasons": {draft["id"]: {"W-SCAN-CODE": "已核对"}}}
    status, submission = call(season.clerk, "post", "submissions/", batch)
    assert (status, submission["agreements"], submission["note"]) == (201, [draft["id"]], "第一批")
    assert call(season.officer, "get", f"submissions/{submission['id']}/")[1] == submission

    status, filed = call(season.officer, "post", f"{path}file/", {"version": 2})

    assert (status, filed["status"], filed["filing_number"]) == (200, "filed", "SJZ-KTP-2026-0001")
    assert call(season.clerk, "get", f"{path}certificate/")[0] == 404
    relay()
    response = signed_in(season.clerk).get(f"/api/v1/{path}certificate/")
    assert response.getvalue().startswith(b"%PDF-")
    whole = call(season.clerk, "get", path)[1]
    assert sorted(one["party"] for one in whole["signatures"]) == ["host", "institution", "specialist"]
    assert whole["scans"] == [scan]


def test_what_the_institution_explains_goes_with_the_submission(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4, service_end=date(2026, 12, 31))
    body: dict[str, Any] = {"agreements": [agreement.pk]}

    status, refused = call(season.clerk, "post", "submissions/", body)
    assert (status, codes(refused)) == (422, ["W-TERM", "W-END"])
    assert refused["findings"][0]["facts"]["agreement"] == agreement.pk
    assert refused["findings"][0]["reason_by"] == "institution"

    explained = {str(agreement.pk): {"W-TERM": "一季", "W-END": "一季"}}
    assert call(season.clerk, "post", "submissions/", {**body, "reasons": explained})[0] == 201


def test_the_bureau_files_on_its_reason(season: Season):
    for key in ("P1", "P2", "P5", "P8", "P9"):
        season.filed(season.selected(key), season.h4)
    sixth = season.submitted(season.selected("P10"), season.h4)
    path = f"agreements/{sixth.pk}/file/"

    status, refused = call(season.officer, "post", path, {"version": 1})
    assert (status, codes(refused)) == (422, ["E-CAP5"])
    assert refused["findings"][0]["facts"] == {"now": 5, "then": 6, "cap": 5}
    reason = {"version": 1, "reasons": {"E-CAP5": "示范基地"}, "documents": {"E-CAP5": "石科纪要〔2026〕3号"}}
    assert call(season.officer, "post", path, reason)[0] == 200


def test_the_same_key_files_once_and_answers_alike(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4)
    path = f"agreements/{agreement.pk}/file/"

    first = call(season.officer, "post", path, {"version": 1}, key="k1")
    again = call(season.officer, "post", path, {"version": 1}, key="k1")

    assert first == again
    assert first[0] == 200
    assert AuditEvent.objects.filter(verb="agreement.filed").count() == NumberSeries.objects.get().last == 1
    status, refused = call(season.officer, "post", path, {"version": 1}, key="k2")
    assert (status, codes(refused)) == (422, ["E-STATE"])


def test_the_same_key_hands_in_once(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4)
    body = {"agreements": [agreement.pk]}

    first = call(season.clerk, "post", "submissions/", body, key="k1")
    again = call(season.clerk, "post", "submissions/", body, key="k1")

    assert (first, first[0], Submission.objects.count()) == (again, 201, 1)


def test_a_returned_agreement_is_mended_and_another_one_is_told_it_is_stale(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4)
    path = f"agreements/{agreement.pk}/"
    assert codes(call(season.officer, "post", f"{path}return/", {"opinion": " "})[1]) == ["E-OPINION"]
    status, returned = call(season.officer, "post", f"{path}return/", {"opinion": "服务内容不具体"})
    assert (status, returned["status"], returned["return_opinion"]) == (200, "returned", "服务内容不具体")

    assert call(season.clerk, "patch", path, {"version": 1, "service_content": "苗木嫁接"})[0] == 200
    status, stale = call(season.manager, "patch", path, {"version": 1, "service_content": "果园灌溉"})

    assert status == 409
    assert stale["differences"] == [{"label": "服务内容", "theirs": "苗木嫁接", "yours": "果园灌溉"}]


def test_an_agreement_is_ended_and_another_extended(season: Season):
    ended = season.filed(season.selected("P3"), season.h4)
    extended = season.filed(season.selected("P4"), season.h4)

    body = {"reason": "agreed", "note": "三方商定"}
    status, answer = call(season.officer, "post", f"agreements/{ended.pk}/terminate/", body)
    assert (status, answer["status"], answer["terminated_on"]) == (200, "terminated", "2026-05-20")
    unqualified = {"reason": "unqualified"}
    assert fields(call(season.officer, "post", f"agreements/{extended.pk}/terminate/", unqualified)[1]) == ["reason"]
    assert codes(call(season.clerk, "post", f"agreements/{extended.pk}/renew/")[1]) == ["E-RENEW"]
    with time_machine.travel("2027-11-05 10:00+08:00", tick=False):
        status, renewal = call(season.clerk, "post", f"agreements/{extended.pk}/renew/")
    assert (status, renewal["renews"], renewal["service_start"]) == (201, extended.pk, "2028-01-01")


# --- who may ----------------------------------------------------------------------------------------------------------


def test_sc14_handing_in_and_filing_is_not_for_specialist_host_or_county(season: Season):
    agreement = season.submitted(season.selected("P1", Category.ENTERPRISE), season.h4)
    hats = [season.hat_of(agreement.specialist), season.contact, season.county]

    for hat in hats:
        status, answer = call(hat, "post", "submissions/", {"agreements": [agreement.pk]})
        assert (status, answer["code"]) == (403, "E-PERM")
        status, answer = call(hat, "post", f"agreements/{agreement.pk}/file/", {"version": 1})
        assert (status, answer["code"]) == (403, "E-PERM")
    assert call(season.clerk, "post", f"agreements/{agreement.pk}/file/", {"version": 1})[0] == 403


def test_sc14_another_institution_sees_nothing(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4)
    path = f"agreements/{agreement.pk}/"

    assert call(season.stranger, "get", path)[0] == 404
    assert call(season.stranger, "patch", path, {"version": 1, "visits_per_year": 1})[0] == 404
    assert call(season.stranger, "get", "agreements/") == (200, [])
    status, refused = call(season.stranger, "post", "submissions/", {"agreements": [agreement.pk]})
    assert (status, fields(refused)) == (422, ["agreements"])
    foreign = {**draft_of(season, "P5"), "registration": agreement.registration_id}
    assert fields(call(season.stranger, "post", "agreements/", foreign)[1]) == ["registration"]


def test_sc17_the_end_is_locked_for_the_bureau_too_and_a_draft_is_not_its_to_change(season: Season):
    filed = season.filed(season.selected("P3"), season.h4)
    draft = season.agreement(season.selected("P4"), season.h4)
    longer = {"version": 1, "service_end": "2028-12-31"}

    for hat in (season.clerk, season.officer):
        status, refused = call(hat, "patch", f"agreements/{filed.pk}/", longer)
        assert (status, codes(refused)) == (422, ["E-END-LOCK"])
    assert call(season.officer, "patch", f"agreements/{draft.pk}/", longer)[0] == 403


def test_checks_are_for_those_who_draft_and_review(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4)
    path = f"agreements/{agreement.pk}/checks/"

    assert call(season.officer, "get", path)[0] == call(season.clerk, "get", path)[0] == 200
    assert call(season.contact, "get", path)[0] == call(season.hat_of(agreement.specialist), "get", path)[0] == 403


# --- lists ------------------------------------------------------------------------------------------------------------


def test_the_list_pages_by_its_last_id_and_asks_few_questions(
    season: Season, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("agreements.api.PAGE", 2)
    made = [season.filed(season.selected(key), season.h4).pk for key in ("P1", "P2", "P3")]
    client = signed_in(season.officer)
    client.get("/api/v1/agreements/")

    with django_assert_num_queries(5):  # session, user, hat, rows, amendments
        first = client.get("/api/v1/agreements/").json()
    second = client.get(f"/api/v1/agreements/?after={first[-1]['id']}").json()

    assert [row["id"] for row in first + second] == made[::-1]
    assert (first[0]["specialist_name"], first[0]["host_name"]) == ("张昇", "滹沱示范谷物种植专业合作社")


def test_the_list_is_filtered(season: Season):
    filed = season.filed(season.selected("P1", Category.ENTERPRISE), season.h1)
    draft = season.agreement(season.selected("P3"), season.h4)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in call(season.clerk, "get", f"agreements/?{query}")[1]]

    assert ids("") == [draft.pk, filed.pk]
    assert ids("status=filed") == ids("category=enterprise") == ids("filed=2026") == [filed.pk]
    assert ids(f"host={season.h4.pk}") == ids(f"specialist={draft.specialist_id}") == [draft.pk]
    assert ids("filed=2025") == []
    for wrong in ("status=gone", "filed=abc", "host=1e3000", "filed=999999"):
        status, answer = call(season.clerk, "get", f"agreements/?{wrong}")
        assert (status, set(fields(answer))) == (422, {wrong.partition("=")[0]}), wrong


def test_the_runs_of_the_check_are_there_for_who_sees_the_city(season: Season):
    run = services.check_quotas(2026, trigger=RunTrigger.DAILY, on=MAY_20)
    services.check_quotas(2027, trigger=RunTrigger.DAILY, on=MAY_20)

    status, runs = call(season.finance, "get", "quota-runs/?year=2026")
    assert (status, [one["id"] for one in runs]) == (200, [run.pk])
    assert runs[0]["counts"]["categories"]["enterprise"]["number"] == 350
    whole = call(season.finance, "get", f"quota-runs/{run.pk}/")[1]
    assert [one["code"] for one in whole["findings"]] == ["I-QUOTA"] * 3
    assert call(season.clerk, "get", "quota-runs/")[0] == 403
    assert call(season.clerk, "get", f"quota-runs/{run.pk}/")[0] == 404


# --- bad input --------------------------------------------------------------------------------------------------------

LONG = "特" * 10_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "abc"),
        ("host", 2**70),
        ("host", -1),
        ("host", []),
        ("service_start", "0000-01-01"),
        ("service_start", "9999-12-31"),
        ("service_start", "明天"),
        ("service_end", 20260512),
        ("service_content", LONG),
        ("service_content", "服务\x00内容"),
        ("service_content", {"a": 1}),
        ("visits_per_year", 0),
        ("visits_per_year", 99_999),
        ("visits_per_year", "十二"),
        ("goals", "培训"),
        ("goals", [{"name": "培训"}]),
        ("goals", [{"name": LONG, "count": 1, "unit": "场"}]),
        ("goals", [{"name": "培训", "count": 10**12, "unit": "场"}]),
        ("goals", [{"name": "培训", "count": 1, "unit": "场"}] * 11),
        ("institution_reasons", ["W-END"]),
        ("institution_reasons", {"W-END": LONG}),
        ("institution_reasons", {"W-END": "\x1b[2J"}),
        ("version", "一"),
        ("version", None),
    ],
)
def test_what_cannot_be_an_agreement_is_named_and_changes_nothing(season: Season, name: str, value: Any):
    agreement = season.agreement(season.selected("P3"), season.h4)
    before = Agreement.objects.values().get(pk=agreement.pk)

    status, answer = call(season.clerk, "patch", f"agreements/{agreement.pk}/", {"version": 1, name: value})

    assert status == 422
    assert {field.partition(".")[0] for field in fields(answer)} == {name}
    assert Agreement.objects.values().get(pk=agreement.pk) == before


@pytest.mark.parametrize("host", [0, 999_999])
def test_a_host_that_is_none_is_refused(season: Season, host: int):
    status, answer = call(season.clerk, "post", "agreements/", {**draft_of(season), "host": host})

    assert (status, fields(answer)) == (422, ["host"])


def test_a_period_that_ends_before_it_starts_is_a_finding_and_no_fault(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4)

    status, answer = call(
        season.clerk, "patch", f"agreements/{agreement.pk}/", {"version": 1, "service_end": "2026-05-11"}
    )

    assert (status, codes(answer)) == (422, ["E-COMPLETE"])
    assert Agreement.objects.get(pk=agreement.pk).service_end == END


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"agreements": []},
        {"agreements": "all"},
        {"agreements": [999_999]},
        {"agreements": [1] * 201},
        {"agreements": [1], "reasons": {"x": {"W-END": "一季"}}},
        {"agreements": [1], "reasons": {"1": "一季"}},
        {"agreements": [1], "note": LONG},
    ],
    ids=str,
)
def test_what_cannot_be_a_submission_is_refused(season: Season, body: dict[str, Any]):
    status, answer = call(season.clerk, "post", "submissions/", body)

    assert (status, set(codes(answer))) == (422, {"E-FIELD"})
    assert not Submission.objects.exists()


def test_a_hostile_scan_leaves_no_trace(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4, signed=False)

    assert upload(season.clerk, agreement.pk, b"<html><script>", "协议.pdf")[0] == 422
    assert upload(season.clerk, agreement.pk, b"", "协议.pdf")[0] == 422
    assert signed_in(season.clerk).post(f"/api/v1/agreements/{agreement.pk}/scan/").status_code == 422
    assert not agreement.scans.exists()

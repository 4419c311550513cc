"""The same acts through /api/v1/: same services, same refusals."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from core.models import ApprovalStep
from specialists.enums import Category
from specialists.models import ProvincialListEntry, Registration
from tests.cast import PEOPLE, Season
from tests.hands import browser_of
from tests.specialists.acts import approved, form_of, graduate, passed_once, registered, submitted


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def call(hat: Membership, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    client = Client(headers={"Idempotency-Key": key} if key else {})
    client.force_login(hat.person)
    response = getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")
    return response.status_code, response.json() if response.content else None


def read(hat: Membership, path: str) -> tuple[int, Any]:
    response = browser_of(hat).get(f"/api/v1/{path}")
    return response.status_code, response.json()


def codes(body: Any) -> list[tuple[str, str]]:
    return [(finding["code"], finding.get("field", "")) for finding in body["findings"]]


def test_a_person_is_registered_handed_in_and_selected_through_the_interface(season: Season) -> None:
    status, draft = call(season.clerk, "post", "registrations/", form_of("P1"))
    assert status == 201
    assert (draft["status"], draft["name"], draft["id_masked"]) == ("draft", "李喆", "139999********0010")
    path = f"registrations/{draft['id']}/"

    assert call(season.clerk, "post", f"{path}submit/")[1]["status"] == "submitted"
    step = {"passed": True, "version": 1}
    assert call(season.officer, "post", f"{path}decide/", step)[1]["status"] == "submitted"
    status, selected = call(season.head, "post", f"{path}decide/", {**step, "opinion": "同意"})

    assert (status, selected["status"], selected["approved_on"]) == (200, "approved", "2026-05-20")
    assert read(season.clerk, path)[1] == selected


def test_nothing_that_goes_out_holds_a_number_in_full(season: Season) -> None:
    registration = approved(form_of("P1"), season)
    season.on_provincial_list("P1")
    paths = (
        "specialists/",
        f"specialists/{registration.specialist_id}/",
        "registrations/",
        f"registrations/{registration.pk}/",
        "provincial-entries/",
    )

    out = "".join(str(read(season.officer, path)[1]) for path in paths)

    assert out.count("139999********0010") == len(paths)
    for secret in (PEOPLE["P1"][1], form_of("P1")["mobile"], "6222000000000000017"):
        assert secret not in out


def test_a_refusal_is_422_with_all_its_findings(season: Season) -> None:
    registration = registered(form_of("P2"), season.clerk)
    season.on_provincial_list("P2")
    season.u1.type = "enterprise"
    season.u1.save()
    Registration.objects.update(category=Category.ENTERPRISE, consented_on=None)

    status, body = call(season.clerk, "post", f"registrations/{registration.pk}/submit/")

    assert status == 422
    assert codes(body) == [("E-COMPLETE", ""), ("E-PROV", "")]
    assert body["findings"][1]["article"] == "四（四）"
    assert "已列入2026年度省级科技特派员" in body["findings"][1]["message"]


def test_fields_are_refused_with_the_sentences_of_the_page(season: Season) -> None:
    body = form_of("P1", name="李", mobile="123", id_number="139999197803050011", graduates_on="9999-01-01")

    status, answer = call(season.clerk, "post", "registrations/", body)

    assert status == 422
    assert sorted(codes(answer)) == [
        ("E-FIELD", "graduates_on"),
        ("E-FIELD", "id_number"),
        ("E-FIELD", "mobile"),
        ("E-FIELD", "name"),
    ]
    assert "年份应在1900年至2100年之间，请核对。" in [finding["message"] for finding in answer["findings"]]


def test_only_what_is_sent_changes(season: Season) -> None:
    registration = registered(graduate("P6"), season.clerk)

    status, changed = call(
        season.clerk, "patch", f"registrations/{registration.pk}/", {"version": 1, "research_results": "论文1篇"}
    )

    assert (status, changed["research_results"], changed["version"]) == (200, "论文1篇", 2)
    assert (changed["supervisor"], changed["graduates_on"], changed["department"]) == (
        "孙教授",
        "2027-06-30",
        "机电学院",
    )
    assert Registration.objects.get().specialist.mobile == form_of("P6")["mobile"]


def test_a_supervisor_sent_for_staff_is_not_kept(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    status, same = call(
        season.clerk, "patch", f"registrations/{registration.pk}/", {"version": 1, "supervisor": "孙教授"}
    )

    assert (status, same["supervisor"], same["version"]) == (200, "", 1)


def test_a_stale_version_is_409_with_both_values(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)
    path = f"registrations/{registration.pk}/"
    call(season.manager, "patch", path, {"version": 1, "department": "材料学院"})

    status, body = call(season.clerk, "patch", path, {"version": 1, "department": "物理学院"})

    assert status == 409
    assert body["differences"] == [{"label": "部门", "theirs": "材料学院", "yours": "物理学院"}]


def test_the_same_key_acts_once_and_another_body_under_it_is_409(season: Season) -> None:
    first = call(season.clerk, "post", "registrations/", form_of("P1"), key="k1")
    again = call(season.clerk, "post", "registrations/", form_of("P1"), key="k1")

    assert first == again
    assert call(season.clerk, "post", "registrations/", form_of("P2"), key="k1")[0] == 409
    registration = submitted(form_of("P3"), season.clerk)
    decide = (season.officer, "post", f"registrations/{registration.pk}/decide/", {"passed": True, "version": 1}, "k2")
    assert call(*decide) == call(*decide)
    assert (Registration.objects.count(), ApprovalStep.objects.count()) == (2, 1)


def test_reasons_are_given_by_finding_code(season: Season) -> None:
    registration = submitted(graduate("P6"), season.clerk)
    path = f"registrations/{registration.pk}/decide/"

    status, body = call(season.officer, "post", path, {"passed": True, "version": 1})
    assert (status, codes(body), body["findings"][0]["reason_by"]) == (422, [("W-GRAD", "")], "bureau")
    reasons = {"W-GRAD": "已列入联合培养计划"}
    assert call(season.officer, "post", path, {"passed": True, "version": 1, "reasons": reasons})[0] == 200


def test_a_draft_is_deleted_and_what_was_handed_in_is_not(season: Season) -> None:
    draft, handed_in = registered(form_of("P1"), season.clerk), submitted(form_of("P2"), season.clerk)

    assert call(season.clerk, "delete", f"registrations/{draft.pk}/") == (204, None)
    status, body = call(season.clerk, "delete", f"registrations/{handed_in.pk}/")
    assert (status, codes(body)) == (422, [("E-STATE", "")])


def test_lists_show_what_the_hat_may_see_filtered_and_paged(season: Season) -> None:
    mine, theirs = registered(form_of("P1"), season.clerk), registered(form_of("P2"), season.stranger)

    def ids(hat: Membership, query: str = "") -> list[int]:
        return [row["id"] for row in read(hat, f"registrations/{query}")[1]]

    assert ids(season.officer) == [theirs.pk, mine.pk]
    assert ids(season.officer, f"?after={theirs.pk}") == [mine.pk]
    assert ids(season.officer, "?q=赵") == [theirs.pk]
    for query in ("year=abc", "q=%00", "status=none"):
        assert call(season.officer, "get", f"registrations/?{query}")[0] == 422
    assert ids(season.clerk) == [mine.pk]
    assert [row["name"] for row in read(season.stranger, "specialists/")[1]] == ["赵芃"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "registrations/{}/", None),
        ("patch", "registrations/{}/", {"version": 1}),
        ("delete", "registrations/{}/", None),
        ("post", "registrations/{}/submit/", {}),
        ("post", "registrations/{}/decide/", {"passed": True, "version": 1}),
    ],
)
def test_a_stranger_is_told_404(season: Season, method: str, path: str, body: Any) -> None:
    registration = registered(form_of("P1"), season.clerk)

    assert call(season.stranger, method, path.format(registration.pk), body)[0] == 404


def test_who_sees_but_may_not_is_told_403(season: Season) -> None:
    registration = passed_once(form_of("P1"), season)

    assert call(season.clerk, "post", f"registrations/{registration.pk}/decide/", {})[0] == 403
    assert call(season.finance, "post", f"registrations/{registration.pk}/decide/", {})[0] == 403
    assert call(season.head, "post", "registrations/", form_of("P2"))[0] == 403


def test_the_year_is_counted_through_the_interface(season: Season) -> None:
    approved(form_of("P3", Category.AGRICULTURE), season)

    status, counted = read(season.officer, "selection/?year=2026")

    assert status == 200
    assert counted["lines"][0] == {
        "category": "agriculture",
        "number": 40,
        "is_floor": False,
        "selected": 1,
        "proposed": 0,
        "in_review": 0,
        "returned": 0,
        "graduates": 0,
        "revoked": 0,
        "gap": 39,
    }
    assert read(season.clerk, "selection/")[0] == 403


def test_the_provincial_list_is_entered_and_ended_through_the_interface(season: Season) -> None:
    name, number = PEOPLE["P2"]
    row = {"year": 2026, "name": name, "id_number": number, "valid_from": "2026-01-01", "valid_to": "2026-12-31"}

    status, entry = call(season.officer, "post", "provincial-entries/", row)
    assert (status, entry["id_masked"], entry["row"]) == (201, "139999********0027", None)
    assert codes(call(season.officer, "post", "provincial-entries/", row)[1]) == [("E-PROV-DUP", "")]
    end = {"valid_to": "2026-05-18", "reason": "省厅调整名单"}
    assert call(season.officer, "post", f"provincial-entries/{entry['id']}/end/", end)[1]["valid_to"] == "2026-05-18"
    assert read(season.clerk, "provincial-entries/")[0] == 403
    assert ProvincialListEntry.objects.count() == 1

"""变更: what a filed agreement may still change, and that everybody reads what holds."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.enums import Role
from agreements import services
from agreements.amending import services as amending
from agreements.amending.effective import effective
from agreements.enums import AmendmentReason
from agreements.models import Agreement, Amendment
from assessments.queries import evidence
from core.models import AuditEvent, Message
from core.policy import Refused
from specialists.enums import ChangeStatus
from tests.agreements.hands import words
from tests.cast import MAY_20, PDF, Season, member
from tests.hands import at_once, browser_of, linger

GOALS = [{"name": "组织技术培训", "count": 4, "unit": "场"}]


def asked(season: Season, agreement: Agreement, **values: Any) -> Amendment:
    given = {"kind": AmendmentReason.NEED, "note": "增加培训场次", "by": season.clerk, "on": MAY_20, **values}
    return amending.ask_to_amend(agreement, evidence=SimpleUploadedFile("补充协议.pdf", PDF), **given)


def passed(season: Season, amendment: Amendment, **more: Any) -> Amendment:
    return amending.decide_amendment(amendment, **{"by": season.officer, "on": MAY_20, "passed": True, **more})


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


@pytest.fixture
def filed(season: Season) -> Agreement:
    return season.filed(season.selected("P3"), season.h4)


@time_machine.travel("2026-05-20 09:00+08:00")
def test_what_the_bureau_agreed_to_holds_everywhere_and_the_paper_stays(season: Season, filed: Agreement) -> None:
    amendment = asked(season, filed, goals=GOALS, visits_per_year=12)
    assert (amendment.values, effective(filed).goals) == ({"goals": GOALS}, filed.goals)  # twelve visits are no change

    passed(season, amendment)

    filed.refresh_from_db()
    assert (effective(filed).goals, filed.goals[0]["count"]) == (GOALS, 2)
    assert effective(filed, on=date(2026, 5, 19)).goals == filed.goals  # not yet
    assert evidence(filed.specialist, 2026)["goals"][0]["count"] == 4
    officer = browser_of(season.officer)
    assert "组织技术培训 4场" in words(officer.get(f"/agreements/{filed.pk}/"))
    assert officer.get(f"/api/v1/agreements/{filed.pk}/").json()["goals"] == GOALS
    assert Message.objects.filter(subject__endswith="变更申请已同意").count() >= 2
    extension = services.renew_agreement(filed, by=season.clerk, on=date(2027, 11, 5))
    assert extension.goals == GOALS


def test_the_period_and_the_parties_are_beyond_any_amendment(season: Season, filed: Agreement) -> None:
    found = []
    for values in ({"service_end": date(2028, 12, 31)}, {"host": season.h5}):
        with pytest.raises(Refused) as refusal:
            asked(season, filed, goals=GOALS, **values)
        found.append(codes(refusal))

    assert found == [["E-END-LOCK"], ["E-FIELD"]]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        pytest.param({"visits_per_year": 12}, "E-FIELD", id="nothing changes"),
        pytest.param({"goals": []}, "E-COMPLETE", id="nothing would be left to do"),
        pytest.param({"goals": GOALS, "note": " "}, "E-FIELD", id="nobody says why"),
    ],
)
def test_an_amendment_says_something_and_why(
    season: Season, filed: Agreement, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        asked(season, filed, **values)

    assert codes(refusal) == [code]


def test_only_what_is_in_force_is_amended_by_its_own_institution_once_at_a_time(
    season: Season, filed: Agreement
) -> None:
    draft = season.agreement(season.selected("P4"), season.h4)
    found = []
    for agreement, more in ((draft, {}), (filed, {"by": season.stranger}), (filed, {"on": date(2028, 1, 1)})):
        with pytest.raises(Refused) as refusal:
            asked(season, agreement, goals=GOALS, **more)
        found.append(codes(refusal))
    asked(season, filed, goals=GOALS)
    with pytest.raises(Refused) as refusal:
        asked(season, filed, visits_per_year=20)

    assert [*found, codes(refusal)] == [["E-STATE"], ["E-PERM"], ["E-STATE"], ["E-REQUEST-OPEN"]]
    assert str(refusal.value) == (
        "本协议已有一份待审核的变更申请，请等待审核，或撤回后重新申请。（工作方案四（二））"  # of filing, not of money
    )


def test_a_returned_or_withdrawn_request_changes_nothing(season: Season, filed: Agreement) -> None:
    with pytest.raises(Refused) as refusal:
        passed(season, asked(season, filed, goals=GOALS), passed=False)
    assert codes(refusal) == ["E-OPINION"]
    passed(season, Amendment.objects.get(), passed=False, opinion="目标过低")
    withdrawn = amending.withdraw_amendment(asked(season, filed, visits_per_year=20), by=season.manager)

    assert withdrawn.status == ChangeStatus.WITHDRAWN
    assert not effective(filed).amended
    with pytest.raises(Refused) as refusal:
        passed(season, withdrawn)
    assert codes(refusal) == ["E-STATE"]


def test_two_officers_deciding_at_once_decide_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    season = lasting_season
    request = asked(season, season.filed(season.selected("P3"), season.h4), goals=GOALS)
    other = member("宋科员", Role.BUREAU_OFFICER, season.bureau, "song")
    linger(monkeypatch, audit_of(), "record")

    assert at_once(lambda: passed(season, request), lambda: passed(season, request, by=other)) == ["E-STATE", "done"]
    assert AuditEvent.objects.filter(verb="agreement.amendment_approved").count() == 1


def audit_of() -> Any:
    return amending.audit


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param("amendment_decided_when_and_by_whom", {"status": "approved"}, id="decided by nobody"),
        pytest.param("amendment_returned_with_an_opinion", {"status": "returned", "own": False}, id="no opinion"),
        pytest.param("amendment_is_decided_by_another", {"status": "approved", "own": True}, id="by who asked"),
        pytest.param("amendment_stays_as_asked", {"values": {}}, id="other words than were asked for"),
    ],
)
def test_the_database_keeps_a_request_whole(
    season: Season, filed: Agreement, name: str, change: dict[str, Any]
) -> None:
    request = asked(season, filed, goals=GOALS)
    own = change.pop("own", None)
    if own is not None:
        decider = season.clerk if own else season.officer
        change |= {"decided_by": decider, "decider": decider.person, "decided_at": now()}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Amendment.objects.update(**change)
    twin = Amendment.objects.get()
    twin.pk = None
    with pytest.raises(IntegrityError, match="one_open_amendment_of_an_agreement"), transaction.atomic():
        twin.save(force_insert=True)
    passed(season, request)
    with pytest.raises(IntegrityError, match="amendment_stays_as_asked"), transaction.atomic():
        Amendment.objects.update(opinion="另一意见")


@time_machine.travel("2026-05-20 09:00+08:00")
def test_from_the_record_to_the_bureau_and_back(season: Season, filed: Agreement) -> None:
    clerk, desk, page = browser_of(season.clerk), browser_of(season.officer), f"/agreements/{filed.pk}/amend/"
    typed: dict[str, Any] = {"visits_per_year": "16", "service_content": filed.service_content, "kind": "need"}
    typed |= {"goal-0-name": "组织技术培训", "goal-0-count": "2", "goal-0-unit": "场"}

    assert page in clerk.get(f"/agreements/{filed.pk}/").content.decode()
    assert "小麦、谷子高产栽培技术指导" in clerk.get(page).content.decode()
    refused = clerk.post(page, typed)
    assert (refused.status_code, "请填写情况说明。" in words(refused)) == (422, True)
    clerk.post(page, {**typed, "note": "增加到现场次数", "evidence": SimpleUploadedFile("补充协议.pdf", PDF)})
    request = Amendment.objects.get()

    assert "待审核" in words(desk.get("/agreements/amendments/"))
    shown = words(desk.get(f"/agreements/amendments/{request.pk}/"))
    assert "年度到现场服务 12次 16次" in shown
    assert clerk.post(f"/agreements/amendments/{request.pk}/decide/", {"decision": "pass"}).status_code == 403
    desk.post(f"/agreements/amendments/{request.pk}/decide/", {"decision": "pass"})
    contact = browser_of(season.contact)
    decided = words(contact.get(f"/agreements/amendments/{request.pk}/"))
    assert "已同意变更，自2026年5月20日起执行。" in decided
    assert ["同意变更 陈科员" in decided, "申请变更 刘静怡" in decided] == [True, True]  # who did what, in the history
    assert browser_of(season.stranger).get(f"/agreements/amendments/{request.pk}/").status_code == 404


@time_machine.travel("2026-05-20 09:00+08:00")
def test_programs_ask_and_decide_as_the_pages_do(season: Season, filed: Agreement) -> None:
    clerk, officer, path = browser_of(season.clerk), browser_of(season.officer), f"/api/v1/agreements/{filed.pk}/amend/"

    def ask(**sent: Any) -> Any:
        proof = SimpleUploadedFile("补充协议.pdf", PDF)
        return clerk.post(path, {"kind": "plan", "note": "调整", "evidence": proof, **sent})

    assert ask(visits_per_year=16, service_end="2028-12-31").json()["findings"][0]["code"] == "E-END-LOCK"
    assert ask(goals="[1]").status_code == 422
    made = ask(visits_per_year=16)
    assert (made.status_code, made.json()["values"]) == (201, {"visits_per_year": 16})
    decide = f"/api/v1/amendments/{made.json()['id']}/"
    assert officer.post(f"{decide}decide/", {"passed": True}).json()["status"] == "approved"
    assert clerk.post(f"{decide}withdraw/").json()["findings"][0]["code"] == "E-STATE"
    assert [one["status"] for one in clerk.get("/api/v1/amendments/").json()] == ["approved"]

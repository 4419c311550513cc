"""改派申请: the bureau is asked to end an agreement because its specialist is to serve another host."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Membership
from agreements.ending.effects import effects_of_ending
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement, MoveRequest
from agreements.moving import services
from agreements.services import terminate_agreement
from core import audit
from core.models import Message
from core.policy import Refused
from specialists.enums import Category, ChangeStatus
from tests.agreements.test_amending import asked as asked_to_amend
from tests.cast import MAY_20, PDF, Season, member
from tests.hands import at_once, browser_of, linger

DAY = MAY_20 + timedelta(days=5)


def asked(agreement: Agreement, by: Membership, **more: Any) -> MoveRequest:
    proof = SimpleUploadedFile("三方意见.pdf", PDF)
    said = {"wished": "示范精密机械有限公司", "note": "原单位产线停产", "evidence": proof, **more}
    return services.ask_to_move(agreement, by=by, on=DAY, **said)


def passed(request: MoveRequest, by: Membership) -> MoveRequest:
    return services.decide_move(request, by=by, on=DAY, passed=True)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def served(season: Season) -> Agreement:
    return season.filed(season.selected("P1", Category.ENTERPRISE), season.h1)


def test_agreeing_ends_the_agreement_and_leaves_the_year_to_the_filing_of_the_next(season: Season) -> None:
    agreement = served(season)
    request = asked(agreement, season.clerk)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.FILED  # asking changes nothing

    passed(request, season.officer)

    agreement.refresh_from_db()
    assert (agreement.status, agreement.terminated_on, agreement.termination_reason) == (
        AgreementStatus.TERMINATED,
        DAY,
        TerminationReason.MOVED,
    )
    verbs = list(audit.history(agreement).values_list("verb", flat=True))
    assert verbs == ["agreement.move_asked", "agreement.terminated", "agreement.move_approved"]
    told = Message.objects.filter(occasion=f"move.decided:{request.pk}", person=season.clerk.person).get()
    assert "提交时写明改派理由" in told.body


def test_the_specialist_asks_and_hears_of_a_refusal_with_its_reason(season: Season) -> None:
    agreement = served(season)
    request = asked(agreement, season.hat_of(agreement.specialist))

    with pytest.raises(Refused) as refusal:
        services.decide_move(request, by=season.officer, on=DAY, passed=False)
    assert codes(refusal) == ["E-OPINION"]
    services.decide_move(request, by=season.officer, on=DAY, passed=False, opinion="请先完成本年度任务")

    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.FILED
    told = Message.objects.filter(occasion=f"move.decided:{request.pk}", person=agreement.specialist.user).get()
    assert "请先完成本年度任务" in told.body


def test_what_is_decided_or_withdrawn_stays(season: Season) -> None:
    request = asked(served(season), season.clerk)
    with pytest.raises(Refused) as refusal:
        services.withdraw_move(request, by=season.manager)
    assert codes(refusal) == ["E-PERM"]
    services.withdraw_move(request, by=season.clerk)

    with pytest.raises(Refused) as refusal:
        passed(request, season.officer)
    assert codes(refusal) == ["E-STATE"]
    assert asked(request.agreement, season.clerk).status == ChangeStatus.OPEN


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param({"wished": " "}, "E-FIELD", id="no host named"),
        pytest.param({"wished": "示范装备制造有限公司"}, "E-FIELD", id="the host it has"),
        pytest.param({"wished": "示范农林学院"}, "E-SAME-PARTY", id="the unit that dispatches"),
        pytest.param({"note": ""}, "E-FIELD", id="no reason"),
    ],
)
def test_a_request_that_will_not_do(season: Season, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        asked(served(season), season.clerk, **more)
    assert codes(refusal) == [code]


def test_the_bureau_sees_whether_there_is_anybody_to_sign_with(season: Season) -> None:
    known, unknown = served(season), season.filed(season.selected("P3", Category.ENTERPRISE), season.h1)
    wished = asked(known, season.clerk, wished=season.h3.organization.name)
    nobody = asked(unknown, season.clerk, wished="没有登记的公司")
    desk = browser_of(season.officer)

    assert "还没有登记名为" not in desk.get(f"/agreements/moves/{wished.pk}/").content.decode()
    assert "还没有登记名为“没有登记的公司”的派驻单位" in desk.get(f"/agreements/moves/{nobody.pk}/").content.decode()

    MoveRequest.objects.filter(pk=nobody.pk).update(wished="示范农林学院")  # as it could be asked before
    with pytest.raises(Refused) as refusal:
        passed(nobody, season.officer)
    assert codes(refusal) == ["E-SAME-PARTY"]
    unknown.refresh_from_db()
    assert unknown.status == AgreementStatus.FILED


def test_only_a_filed_agreement_of_ones_own_is_moved_and_once_at_a_time(season: Season) -> None:
    agreement = served(season)
    with pytest.raises(Refused) as refusal:
        asked(agreement, season.stranger)
    assert codes(refusal) == ["E-PERM"]
    asked(agreement, season.clerk)
    with pytest.raises(Refused) as refusal:
        asked(agreement, season.manager)
    assert codes(refusal) == ["E-REQUEST-OPEN"]
    assert str(refusal.value).startswith("本协议已有一份待审核的改派申请")
    assert str(refusal.value).endswith("（工作方案四（二））")
    waiting = season.submitted(season.selected("P3", Category.ENTERPRISE), season.h1)
    with pytest.raises(Refused) as refusal:
        asked(waiting, season.clerk)
    assert codes(refusal) == ["E-STATE"]


def test_for_a_direct_appointee_who_asks_does_not_decide(season: Season) -> None:
    direct = season.selected(
        "P1", Category.ENTERPRISE, institution=None, origin="direct_appointment", appointment_note="重点产业需要"
    )
    request = asked(season.filed(direct, season.h1), season.officer)

    with pytest.raises(Refused) as refusal:
        passed(request, season.officer)
    assert codes(refusal) == ["E-TWO-PEOPLE"]
    assert passed(request, season.head).status == ChangeStatus.APPROVED


def test_a_unit_sees_its_own_requests(season: Season) -> None:
    mine = asked(served(season), season.clerk)
    hat = season.hat_of(mine.agreement.specialist)

    seen = {one: MoveRequest.objects.visible_to(one).count() for one in (season.clerk, season.stranger, season.contact)}
    assert seen == {season.clerk: 1, season.stranger: 0, season.contact: 0}
    assert [MoveRequest.objects.visible_to(one).count() for one in (hat, season.officer)] == [1, 1]


def test_two_officers_deciding_one_request_at_once_decide_it_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(served(lasting_season), lasting_season.clerk)
    other = member("宋科员", Role.BUREAU_OFFICER, lasting_season.bureau, "song")
    linger(monkeypatch, services, "terminate_agreement")

    answers = at_once(lambda: passed(request, lasting_season.officer), lambda: passed(request, other))

    assert answers == ["E-STATE", "done"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param("move_decided_when_and_by_whom", {"status": "approved"}, id="decided by nobody"),
        pytest.param("move_returned_with_an_opinion", {"status": "returned"}, id="returned without an opinion"),
        pytest.param("move_is_decided_by_another", {"status": "approved", "own": True}, id="decided by who asked"),
    ],
)
def test_the_database_keeps_a_decision_whole(season: Season, name: str, change: dict[str, Any]) -> None:
    asked(served(season), season.clerk)
    own = change.pop("own", False)
    if name != "move_decided_when_and_by_whom":
        decider = season.clerk if own else season.officer
        change |= {"decided_by": decider, "decider": decider.person, "decided_at": now()}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        MoveRequest.objects.update(**change)


def test_the_database_keeps_one_open_request_of_an_agreement(season: Season) -> None:
    request = asked(served(season), season.clerk)
    request.pk = None

    with pytest.raises(IntegrityError, match="one_open_move_of_an_agreement"), transaction.atomic():
        request.save(force_insert=True)


@time_machine.travel("2026-05-25 09:00+08:00")
def test_from_the_phone_to_the_bureau_and_back(season: Season) -> None:
    agreement = served(season)
    phone, desk = browser_of(season.hat_of(agreement.specialist)), browser_of(season.officer)
    proof = SimpleUploadedFile("三方意见.pdf", PDF)

    assert f"/agreements/{agreement.pk}/move/" in phone.get(f"/agreements/{agreement.pk}/").content.decode()
    refused = phone.post(f"/agreements/{agreement.pk}/move/", {"wished": "示范精密机械有限公司"})
    assert (refused.status_code, "请填写改派原因。" in refused.content.decode()) == (422, True)
    phone.post(
        f"/agreements/{agreement.pk}/move/", {"wished": "示范精密机械有限公司", "note": "停产", "evidence": proof}
    )
    request = MoveRequest.objects.get()

    assert "示范精密机械有限公司" in desk.get("/agreements/moves/").content.decode()
    file: Any = desk.get(f"/agreements/moves/{request.pk}/evidence/")
    assert b"".join(file.streaming_content) == PDF
    desk.post(f"/agreements/moves/{request.pk}/decide/", {"decision": "pass"})
    assert "与新的派驻单位签订协议" in browser_of(season.clerk).get(f"/agreements/moves/{request.pk}/").content.decode()


@time_machine.travel("2026-05-25 09:00+08:00")
def test_programs_ask_and_decide_as_the_pages_do(season: Season) -> None:
    agreement = served(season)
    clerk, officer = browser_of(season.clerk), browser_of(season.officer)
    sent = {"wished": "示范精密机械有限公司", "note": "停产", "evidence": SimpleUploadedFile("意见.pdf", PDF)}

    answer = clerk.post(f"/api/v1/agreements/{agreement.pk}/move/", sent)
    assert answer.status_code == 201
    path = f"/api/v1/moves/{answer.json()['id']}/"
    assert clerk.post(f"{path}decide/", {"passed": True}).status_code == 403
    assert officer.post(f"{path}decide/", {"passed": True}).json()["status"] == "approved"
    assert clerk.post(f"{path}withdraw/").json()["findings"][0]["code"] == "E-STATE"
    assert [one["status"] for one in clerk.get("/api/v1/moves/").json()] == ["approved"]


def test_what_is_asked_about_an_agreement_that_ends_is_taken_back_and_the_preview_says_so(season: Season) -> None:
    agreement = served(season)
    move, amendment = asked(agreement, season.clerk), asked_to_amend(season, agreement, visits_per_year=6)
    foreseen = {effect.label: effect.then for effect in effects_of_ending(agreement, on=DAY)}
    assert {foreseen["待审核的变更申请"], foreseen["待审核的改派申请"]} == {"随协议终止撤回，不再审核"}

    terminate_agreement(agreement, by=season.officer, on=DAY, reason=TerminationReason.AGREED)

    for request, verb in ((move, "agreement.move_withdrawn"), (amendment, "agreement.amendment_withdrawn")):
        request.refresh_from_db()
        event = audit.history(agreement).get(verb=verb)
        assert (request.status, event.by, event.reason) == ("withdrawn", season.officer.person, "协议已终止")


def test_what_the_deciding_settles_itself_is_not_told_as_taken_back(season: Season) -> None:
    agreement = served(season)
    asked_to_amend(season, agreement, visits_per_year=20)
    request = asked(agreement, season.clerk)

    page = browser_of(season.officer).get(f"/agreements/moves/{request.pk}/").text

    assert "待审核的变更申请" in page
    assert "待审核的改派申请" not in page


def test_the_specialist_reads_why_the_agreement_ended(season: Season) -> None:
    agreement = served(season)
    with time_machine.travel("2026-05-25 10:00+08:00", tick=False):
        passed(asked(agreement, season.clerk), season.officer)
        page = browser_of(season.hat_of(agreement.specialist)).get("/").text

    assert "现在没有办理中的派驻协议" in page
    assert "2026年结束的协议" in page
    assert "协议已于2026年5月25日终止，原因：改派。" in page

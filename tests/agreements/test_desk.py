"""Beside the decision: what was read last, who has a case, notes, handing over, cover, steps, several at once."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client

from accounts.enums import Role
from accounts.leaving import open_work
from accounts.models import Membership
from accounts.services import end_membership
from agreements import services
from agreements.enums import AgreementStatus
from agreements.models import Agreement, CaseHolder, CaseNote, Cover, Look
from agreements.reviewing import batch, desk
from agreements.reviewing import services as reviewing
from core.audit import history, overrides_of
from core.models import Message, PolicyPack
from core.policy import Refused
from core.verbs import sentences
from specialists.enums import Category
from tests.agreements.hands import scanned, signing_form, words
from tests.cast import MAY_18, MAY_20, PDF, Season, member, scan, selecting_at_once
from tests.hands import browser_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:21:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def colleague(season: Season) -> Membership:
    return member("王科员", Role.BUREAU_OFFICER, season.bureau, "wang")


@pytest.fixture
def case(season: Season) -> Agreement:
    return season.submitted(season.selected("P3"), season.h4)


def refused(act: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [finding.code for finding in refusal.value.findings]


def says(act: Any) -> str:
    with pytest.raises(Refused) as refusal:
        act()
    return "".join(finding.message for finding in refusal.value.findings)


def refuses(name: str, act: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


# --- who has it open --------------------------------------------------------------------------------------------------


def test_a_colleague_who_has_the_case_open_is_named_and_goes_out_by_itself(
    season: Season, colleague: Membership, case: Agreement, clock: time_machine.Traveller
) -> None:
    mine, theirs = browser_of(season.officer), browser_of(colleague)
    alone = words(mine.post(f"/agreements/{case.pk}/look/"))
    clock.shift(timedelta(seconds=90))
    mine.post(f"/agreements/{case.pk}/look/")

    beside = words(theirs.get(f"/agreements/{case.pk}/review/"))
    told = theirs.post(f"/api/v1/agreements/{case.pk}/looks/").json()
    clock.shift(timedelta(minutes=3))
    later = words(theirs.post(f"/agreements/{case.pk}/look/"))
    clock.shift(timedelta(seconds=10))
    mine.post(f"/agreements/{case.pk}/look/")

    assert "正在办理" not in alone
    assert "陈科员正在办理（10:21 起）" in beside
    assert [one["name"] for one in told] == ["陈科员"]
    assert "正在办理" not in later
    again = Look.objects.get(person=season.officer.person)
    assert again.opened_at == again.seen_at  # after a pause it is another look
    # Information, never a lock: the other one decides all the same.
    assert str(services.file_agreement(case, by=colleague, on=MAY_20)) == "SJZ-KTP-2026-0001"
    assert "SJZ-KTP-2026-0001已备案" in words(mine.post(f"/agreements/{case.pk}/look/"))


def test_a_page_that_speaks_by_itself_keeps_no_session_alive(
    season: Season, case: Agreement, clock: time_machine.Traveller
) -> None:
    browser = browser_of(season.officer)
    browser.get("/agreements/")
    for _ in range(4):
        clock.shift(timedelta(minutes=10))
        last = browser.post(f"/agreements/{case.pk}/look/", headers={"X-Unattended": "1"})

    assert last.status_code in (302, 401)


def test_one_look_of_each_person(season: Season, case: Agreement) -> None:
    reviewing.look(case, by=season.officer)
    [there] = Look.objects.all()
    again = {"opened_at": there.opened_at, "seen_at": there.seen_at, "corrections": 0}

    refuses("one_look_of_a_person", lambda: Look.objects.create(agreement=case, person=there.person, **again))


def test_what_changed_since_you_looked_goes_back_to_what_you_saw(
    season: Season, colleague: Membership, case: Agreement
) -> None:
    reviewing.look(case, by=season.officer)
    for text in ("第二稿。", "第三稿。"):
        services.return_agreement(case, by=colleague, on=MAY_20, remarks={"content": "请写具体。"})
        services.save_draft(case, by=season.clerk, version=None, service_content=text)
        Agreement.objects.filter(pk=case.pk).update(status="submitted")

    first = words(browser_of(season.officer).get(f"/agreements/{case.pk}/review/"))
    stranger = words(browser_of(season.head).get(f"/agreements/{case.pk}/review/"))

    assert "您查看后又经补正" in first
    assert "小麦、谷子高产栽培技术指导；新品种引进示范。 第三稿。" in first
    assert "第二稿。 第三稿。" in stranger


# --- notes, tabs, what is beside it -----------------------------------------------------------------------------------


def test_a_note_is_for_the_bureau_alone(season: Season, case: Agreement) -> None:
    officer = browser_of(season.officer)
    empty = officer.post(f"/agreements/{case.pk}/note/", {"words": " "})
    assert "请填写内部备注。" in words(empty)
    saved = officer.post(f"/agreements/{case.pk}/note/", {"words": "已电话联系刘老师。"}, follow=True)
    by_api = officer.post(f"/api/v1/agreements/{case.pk}/notes/", {"words": "第二条"}, content_type="application/json")

    others = (season.clerk, season.contact, season.county, season.finance, season.auditor)
    seen = {hat.role: CaseNote.objects.visible_to(hat).count() for hat in (season.officer, season.admin, *others)}
    assert (empty.status_code, by_api.status_code) == (422, 201)
    assert "已电话联系刘老师。" in words(saved)
    assert seen == {
        "bureau_officer": 2,
        "bureau_admin": 2,
        "institution_clerk": 0,
        "host_contact": 0,
        "county_officer": 0,
        "finance": 0,
        "auditor": 0,
    }
    for hat in (season.clerk, season.auditor):
        record = words(browser_of(hat).get(f"/agreements/{case.pk}/?tab=history"))
        assert "已电话联系" not in record
    refuses("note_says_something", lambda: CaseNote.objects.create(agreement=case, by=season.officer, words=""))


def test_each_tab_is_read_when_it_is_opened(season: Season, case: Agreement) -> None:
    season.filed(case.registration, season.h5, service_start=MAY_18)
    season.filed(season.selected("P4"), season.h4)
    officer, address = browser_of(season.officer), f"/agreements/{case.pk}/review/"

    shown = {
        tab: words(officer.get(f"{address}?tab={tab}", headers={"HX-Request": "true"}))
        for tab in ("record", "papers", "earlier", "history", "notes", "reading")
    }
    whole = words(officer.get(f"{address}?tab=earlier"))

    assert "年度到现场服务 12次" in shown["record"]
    assert "第 1 份 三方协议书.pdf" in shown["papers"]
    assert "赞皇县示范果品合作社" in shown["earlier"]
    assert "王晓晨" in shown["earlier"]
    assert "还没有办理记录。" in shown["history"]
    assert "还没有备注。" in shown["notes"]
    assert "扫描件的文字与协议的各项内容对不上，平台不能定位" in shown["reading"]
    assert "历史协议 2" in whole
    assert "赞皇县示范果品合作社" in whole


# --- whose case it is -------------------------------------------------------------------------------------------------


def test_a_case_is_handed_over_with_a_note_and_stands_among_ones_own(
    season: Season, colleague: Membership, case: Agreement
) -> None:
    other = season.submitted(season.selected("P4"), season.h4)
    officer, theirs = browser_of(season.officer), browser_of(colleague)

    dialog = officer.get(f"/agreements/{case.pk}/transfer/", headers={"HX-Request": "true"})
    nobody = officer.post(f"/agreements/{case.pk}/transfer/", {"to": season.clerk.pk})
    sent = officer.post(f"/agreements/{case.pk}/transfer/", {"to": colleague.pk, "note": "她熟悉这个合作社"})
    again = officer.post(f"/agreements/{case.pk}/transfer/", {"to": colleague.pk})

    assert "王科员（市科技局经办）" in words(dialog)
    assert (nobody.status_code, sent.status_code, again.status_code) == (422, 302, 422)
    assert sent["Location"] == f"/agreements/{other.pk}/review/"
    assert "这件协议已由王科员办理。" in words(again)
    assert Message.objects.filter(person=colleague.person, subject=f"协议{case}转您办理").exists()
    assert "她熟悉这个合作社" in CaseNote.objects.get().words
    own = words(theirs.get("/agreements/?status=submitted&mine=1"))
    assert (case.draft_code in own, other.draft_code in own) == (True, False)
    assert "经办人：王科员" in words(theirs.get("/agreements/?status=submitted"))
    assert "我的 第 1 / 1 件" in words(theirs.get(f"/agreements/{case.pk}/review/?mine=1"))
    done = theirs.post(f"/agreements/{case.pk}/file/?mine=1", {"version": 1, "corrections": 0})
    assert done["Location"] == "/agreements/?mine=1"
    late = officer.post(
        f"/api/v1/agreements/{case.pk}/transfer/", {"to": season.officer.pk}, content_type="application/json"
    )
    assert [one["code"] for one in late.json()["findings"]] == ["E-STATE"]


@pytest.mark.parametrize(
    ("act", "typed"),
    [
        pytest.param("file", {"reason-E-CAP5": "写了很久的理由"}, id="filing"),
        pytest.param("return", {"content": "写了很久的意见"}, id="sending back"),
    ],
)
def test_a_case_handed_over_since_the_page_was_opened_is_not_decided_unawares(
    season: Season, colleague: Membership, act: str, typed: dict[str, str]
) -> None:
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)
    case = season.submitted(season.selected("P3"), season.h4)  # the sixth: to be reasoned
    officer, path = browser_of(season.officer), f"/agreements/{case.pk}/{act}/"
    reviewing.transfer(case, to=season.officer, by=season.head, on=MAY_20)
    opened = officer.get(f"/agreements/{case.pk}/review/").content.decode()
    seen = {"version": 1, "corrections": 0, "holder": season.officer.pk}
    assert opened.count(f'name="holder" value="{season.officer.pk}"') == 2
    reviewing.transfer(case, to=colleague, by=season.head, on=MAY_20)

    stale = officer.post(path, {**seen, **typed})

    assert stale.status_code == 409
    told = words(stale)
    assert "刘处长（石家庄市科技局 处室负责人）于 10:21 修改过这条记录" in told
    assert "经办人 王科员 陈科员" in told
    assert next(iter(typed.values())) in stale.content.decode()  # nothing typed is lost
    case.refresh_from_db()
    assert case.status == AgreementStatus.SUBMITTED
    # Nobody is locked out: the page names the new officer now, and who goes on from there knows it.
    assert f'name="holder" value="{colleague.pk}"' in stale.content.decode()
    again = officer.post(path, {**seen, "holder": colleague.pk, **typed})
    assert again.status_code == 302


def test_a_case_handed_over_meanwhile_is_not_handed_over_unawares(
    season: Season, colleague: Membership, case: Agreement
) -> None:
    head, path = browser_of(season.head), f"/agreements/{case.pk}/transfer/"
    assert 'name="holder" value="0"' in head.get(path).content.decode()
    reviewing.transfer(case, to=colleague, by=season.officer, on=MAY_20)

    typed = {"to": season.officer.pk, "note": "上周已沟通过"}
    stale = head.post(path, {**typed, "holder": 0})

    assert stale.status_code == 409
    assert "经办人 王科员" in words(stale)
    assert "上周已沟通过" in stale.content.decode()
    assert CaseHolder.objects.get(agreement=case).officer == colleague
    assert head.post(path, {**typed, "holder": colleague.pk}).status_code == 302


@pytest.mark.parametrize(
    ("act", "given"),
    [
        pytest.param("file", {}, id="filing"),
        pytest.param("return", {"remarks": {"content": "请写明培训场次"}}, id="sending back"),
        pytest.param("transfer", {"to": "officer"}, id="handing over"),
    ],
)
def test_programs_say_whose_case_they_saw_and_decide_nothing_unawares(
    season: Season, colleague: Membership, case: Agreement, act: str, given: dict[str, Any]
) -> None:
    head, path = browser_of(season.head), f"/api/v1/agreements/{case.pk}/"
    given = {name: season.officer.pk if value == "officer" else value for name, value in given.items()}

    def asks(officer: object) -> Any:
        return head.post(f"{path}{act}/", {**given, "officer": officer}, content_type="application/json")

    seen = head.get(f"{path}transfer/").json()
    reviewing.transfer(case, to=colleague, by=season.officer, on=MAY_20)
    stale, wrong = asks(seen["officer"]), asks("王科员")

    assert seen == {"agreement": case.pk, "officer": 0}
    assert stale.status_code == 409
    assert stale.json()["differences"] == [{"label": "经办人", "theirs": "王科员", "yours": ""}]
    assert wrong.status_code == 422
    case.refresh_from_db()
    assert case.status == AgreementStatus.SUBMITTED
    assert head.get(f"{path}transfer/").json()["officer"] == colleague.pk
    assert asks(colleague.pk).status_code == 200


def test_programs_record_no_paper_on_a_case_handed_over_unawares(
    season: Season, colleague: Membership, case: Agreement
) -> None:
    reviewing.transfer(case, to=colleague, by=season.officer, on=MAY_20)
    paper = {"passed": "false", "kind": "slip", "number": "1", "decided_on": "2026-05-20", "opinion": "不同意"}

    def records(**seen: int) -> Any:
        sent = {**paper, **seen, "scan": SimpleUploadedFile("签批单.pdf", PDF)}
        return browser_of(season.head).post(f"/api/v1/agreements/{case.pk}/paper-step/", sent)

    assert (records(officer=0).status_code, records(version=2).status_code) == (409, 409)
    assert records(corrections=1).status_code == 409


def test_who_is_given_a_case_while_its_page_is_open_goes_on(season: Season, case: Agreement) -> None:
    reviewing.transfer(case, to=season.officer, by=season.head, on=MAY_20)

    done = browser_of(season.officer).post(
        f"/agreements/{case.pk}/file/", {"version": 1, "corrections": 0, "holder": 0}
    )

    assert done.status_code == 302


def test_a_case_of_a_batch_that_was_handed_over_meanwhile_is_left_for_its_officer(
    season: Season, colleague: Membership, case: Agreement
) -> None:
    [line] = batch.preview([case], by=season.officer, on=MAY_20)
    reviewing.transfer(case, to=colleague, by=season.officer, on=MAY_20)

    [outcome] = batch.file_many([line.key], by=season.officer, on=MAY_20)

    assert (outcome.is_done, outcome.words) == (False, "这件协议已转王科员办理，没有备案，请打开核对。")
    [line] = batch.preview([case], by=season.officer, on=MAY_20)
    assert batch.file_many([line.key], by=season.officer, on=MAY_20)[0].is_done


def test_nobody_is_offered_to_hand_a_case_to_who_has_it(season: Season, colleague: Membership, case: Agreement) -> None:
    officer = browser_of(season.officer)

    free = words(officer.get(f"/agreements/{case.pk}/transfer/"))
    reviewing.transfer(case, to=season.officer, by=season.officer, on=MAY_20)
    own = words(officer.get(f"/agreements/{case.pk}/transfer/"))

    assert "陈科员（市科技局经办）" in free  # to take what is everybody's
    assert "陈科员（市科技局经办）" not in own
    assert "王科员（市科技局经办）" in own


def test_who_stands_in_has_the_cases_and_both_names_are_in_the_history(
    season: Season, colleague: Membership, case: Agreement
) -> None:
    CaseHolder.objects.create(agreement=case, officer=season.officer)
    absent, page = browser_of(season.officer), browser_of(colleague)
    days = {"since": "2026年5月20日", "until": "2026年5月22日", "note": "出差"}

    turned = absent.post("/agreements/covers/", {**days, "until": "2026年5月19日", "stand_in": colleague.pk})
    made = absent.post("/agreements/covers/", {**days, "absent": season.officer.pk, "stand_in": colleague.pk})
    shown = words(page.get("/agreements/covers/"))
    mine = words(page.get("/agreements/?status=submitted&mine=1"))
    services.file_agreement(case, by=colleague, on=MAY_20)

    assert (turned.status_code, made.status_code) == (422, 302)
    assert "陈科员 王科员 2026年5月20日至2026年5月22日" in shown
    assert case.draft_code in mine
    [told, *_] = [one for one in sentences(case) if one["what"] == "备案"]
    assert told["who"].startswith("王科员")
    assert [after for label, _, after in told["changes"] if label == "代原经办人"] == [str(season.officer)]
    cover = Cover.objects.get()
    assert desk.covered_by(colleague, on=date(2026, 5, 23)) == []
    assert page.post(f"/agreements/covers/{cover.pk}/end/").status_code == 302
    assert desk.covered_by(colleague, on=MAY_20) == []


def test_a_cover_is_arranged_by_who_is_away_or_by_the_head_for_a_colleague_of_the_same_role(
    season: Season, colleague: Membership
) -> None:
    arrange = partial(reviewing.arrange_cover, since=MAY_18, until=MAY_20, on=MAY_20)
    officer, head = season.officer, season.head

    assert refused(lambda: arrange(absent=colleague, stand_in=officer, by=officer)) == ["E-PERM"]
    assert refused(lambda: arrange(absent=officer, stand_in=head, by=head)) == ["E-FIELD"]
    assert refused(lambda: arrange(absent=officer, stand_in=officer, by=officer)) == ["E-FIELD"]
    assert refused(lambda: arrange(absent=officer, stand_in=colleague, by=officer, until=MAY_18)) == ["E-FIELD"]
    cover = arrange(absent=officer, stand_in=colleague, by=head)
    third = member("赵科员", Role.BUREAU_OFFICER, season.bureau, "zhao")
    assert "已由王科员代办" in says(lambda: arrange(absent=officer, stand_in=third, by=head))
    assert "外出，由王科员代办" in says(lambda: arrange(absent=third, stand_in=officer, by=head))
    assert "请先为陈科员另行安排代办" in says(lambda: arrange(absent=colleague, stand_in=third, by=head))
    next_day = MAY_20 + timedelta(days=1)
    reviewing.end_cover(arrange(absent=colleague, stand_in=officer, by=head, since=next_day, until=next_day), by=head)
    reviewing.end_cover(cover, by=head)
    assert refused(lambda: reviewing.end_cover(cover, by=head)) == ["E-STATE"]

    row = {"absent": officer, "stand_in": colleague, "since": MAY_18, "until": MAY_20, "arranged_by": head}
    refuses("nobody_stands_in_for_themselves", lambda: Cover.objects.create(**{**row, "stand_in": officer}))
    refuses("cover_ends_after_it_starts", lambda: Cover.objects.create(**{**row, "until": date(2026, 5, 1)}))
    refuses("cover_ended_when_and_by_whom", lambda: Cover.objects.create(**row, ended_by=head))


def test_a_cover_ended_before_it_began_is_called_off(season: Season, colleague: Membership) -> None:
    by, since = season.officer, MAY_20 + timedelta(days=2)
    until = since + timedelta(days=2)
    with time_machine.travel(f"{MAY_20}T09:00:00+08:00", tick=False):
        cover = reviewing.arrange_cover(absent=by, stand_in=colleague, since=since, until=until, by=by, on=MAY_20)
        reviewing.end_cover(cover, by=by)
        page = words(browser_of(by).get("/agreements/covers/"))

    assert "王科员代陈科员 2026年5月22日至2026年5月24日，开始前已取消" in page


def test_the_cases_of_who_leaves_go_to_a_colleague(season: Season, colleague: Membership, case: Agreement) -> None:
    done = season.filed(season.selected("P4"), season.h4)
    for one in (case, done):
        CaseHolder.objects.create(agreement=one, officer=season.officer)

    [work] = [one for one in open_work(season.officer, on=MAY_20) if one.label == "经办的协议"]
    end_membership(season.officer, by=season.admin, on=MAY_20, to=colleague)

    assert (work.count, work.is_personal) == (1, True)
    holders = CaseHolder.objects.order_by("agreement").values_list("agreement", "officer")
    assert dict(holders) == {case.pk: colleague.pk, done.pk: season.officer.pk}
    [alone] = [one for one in open_work(colleague, on=MAY_20) if one.label == "经办的协议"]
    assert not alone.is_personal  # nobody else is there: the case is everybody's, and holds nobody back


# --- a colleague was faster -------------------------------------------------------------------------------------------


def test_a_decision_after_a_colleagues_says_who_when_and_keeps_what_was_typed(
    season: Season, colleague: Membership, case: Agreement
) -> None:
    following = season.submitted(season.selected("P4"), season.h4)
    services.file_agreement(case, by=colleague, on=MAY_20)
    officer = browser_of(season.officer)

    returned = officer.post(f"/agreements/{case.pk}/return/", {"version": 1, "content": "写了很久的意见"})
    filed = officer.post(f"/agreements/{case.pk}/file/", {"version": 1, "reason-E-CAP5": "写了很久的理由"})

    assert (returned.status_code, filed.status_code) == (409, 409)
    assert "王科员（石家庄市科技局 市科技局经办）于2026年5月20日 10:21办理，现为“已备案”" in words(returned)
    assert "写了很久的意见" in words(returned)
    assert "写了很久的理由" in words(filed)
    assert f'href="/agreements/{following.pk}/review/"' in filed.content.decode()


def test_a_decision_on_what_a_colleague_sent_back_meanwhile_says_so(season: Season, case: Agreement) -> None:
    services.return_agreement(case, by=season.head, on=MAY_20, opinion="请核对服务期限。")
    officer = browser_of(season.officer)

    filed = officer.post(
        f"/agreements/{case.pk}/file/", {"version": 1, "corrections": 0, "reason-E-CAP5": "写了很久的理由"}
    )

    assert filed.status_code == 409
    assert "这件协议已由他人办理" in words(filed)
    assert "现为“退回补正”" in words(filed)
    assert "写了很久的理由" in words(filed)


def test_what_was_sent_back_and_came_as_it_was_differs_in_that(season: Season, case: Agreement) -> None:
    services.return_agreement(case, by=season.head, on=MAY_20, opinion="请核对服务期限。")
    services.submit_agreements([case], by=season.clerk, on=MAY_20)

    filed = browser_of(season.officer).post(f"/agreements/{case.pk}/file/", {"version": 1, "corrections": 0})

    assert filed.status_code == 409
    assert "您看到的内容 退回补正 已退回1次，内容没有修改 未退回" in words(filed)


# --- steps ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_steps(season: Season) -> Season:
    """The pack of the season, which asks for the head's step after the officer's."""
    content = selecting_at_once({"settings": dict(season.pack.settings)})["settings"]
    content["approvals"] = {**content["approvals"], "agreement.file": ["bureau_officer", "division_head"]}
    content_of = {"rules": season.pack.rules, "settings": content}
    season.pack = PolicyPack.objects.create(
        plan=season.pack.plan, year=2026, version=2, active_from=date(2026, 1, 2), **content_of
    )
    return season


def test_where_the_pack_asks_for_two_steps_the_last_one_files(two_steps: Season) -> None:
    season = two_steps
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)
    case = season.submitted(season.selected("P3"), season.h4)
    officer, head = browser_of(season.officer), browser_of(season.head)
    act, seen = f"/agreements/{case.pk}/file/", {"version": 1, "corrections": 0}

    early = head.post(act, seen)
    waiting = words(head.get(f"/agreements/{case.pk}/review/"))
    first = officer.post(act, {**seen, "reason-E-CAP5": "三处示范基地。"}, follow=True)
    case.refresh_from_db()
    between = (case.status, case.filing_number)
    twice = officer.post(act, seen)
    desk_of_head = words(head.get(f"/agreements/{case.pk}/review/"))
    last = head.post(act, seen, follow=True)

    assert (early.status_code, twice.status_code) == (422, 422)
    assert "当前由市科技局经办办理，您可以查看" in waiting
    assert "已通过您这一步，转下一步办理" in words(first)
    assert between == (AgreementStatus.SUBMITTED, None)
    assert "填写理由" not in desk_of_head.partition("审批步骤")[2].partition("快捷键")[2]  # given at the first step
    assert "三处示范基地。 上一步审核已写明的理由" in desk_of_head
    assert "已备案，备案号 SJZ-KTP-2026-0001" in words(last)
    assert [one.reason for one in overrides_of(case)] == ["三处示范基地。"]
    assert [event.verb for event in history(case)] == ["agreement.step_passed", "agreement.filed"]


def test_a_return_ends_the_steps_and_the_next_round_begins_anew(two_steps: Season) -> None:
    season = two_steps
    case = season.submitted(season.selected("P3"), season.h4)
    services.file_agreement(case, by=season.officer, on=MAY_20)

    assert refused(lambda: services.return_agreement(case, by=season.officer, on=MAY_20, opinion="请补正。")) == [
        "E-STEP"
    ]
    services.return_agreement(case, by=season.head, on=MAY_20, opinion="请补正。")
    services.submit_agreements([case], by=season.clerk, on=MAY_20)
    assert refused(lambda: services.file_agreement(case, by=season.head, on=MAY_20)) == ["E-STEP"]
    assert services.file_agreement(case, by=season.officer, on=MAY_20).filing_number is None
    assert str(services.file_agreement(case, by=season.head, on=MAY_20)) == "SJZ-KTP-2026-0001"


def test_a_step_on_paper_is_recorded_by_an_officer_with_its_number_day_and_scan(two_steps: Season) -> None:
    season = two_steps
    steps = {"agreement.file": ["bureau_officer", "bureau_leader"]}
    season.pack = PolicyPack.objects.create(
        plan=season.pack.plan,
        year=2026,
        version=3,
        active_from=date(2026, 1, 3),
        rules=season.pack.rules,
        settings={**season.pack.settings, "approvals": steps},
    )
    case = season.submitted(season.selected("P3"), season.h4)
    officer, path = browser_of(season.officer), f"/agreements/{case.pk}/paper-step/"
    officer.post(f"/agreements/{case.pk}/file/", {"version": 1, "corrections": 0})

    waits = words(officer.get(f"/agreements/{case.pk}/review/"))
    sent = {"version": 1, "corrections": 0, "result": "pass", "kind": "slip", "number": "签批〔2026〕3号"}
    early = officer.post(path, {**sent, "decided_on": "2026年5月21日", "scan": scanned()})
    other = browser_of(season.head).post(path, {**sent, "decided_on": "2026年5月20日", "scan": scanned()})
    done = officer.post(path, {**sent, "decided_on": "2026年5月20日", "scan": scanned()}, follow=True)

    assert "当前由分管领导办理，您可以查看" in waits
    assert "据纸面登记签批" in waits
    assert (early.status_code, other.status_code) == (422, 422)
    assert "签批日期不能晚于今天。" in words(early)
    assert "签批已登记" in words(done)
    case.refresh_from_db()
    assert case.filing_number == "SJZ-KTP-2026-0001"
    again = {"passed": True, "kind": "slip", "number": "1", "decided_on": "2026-05-20", "scan": scanned()}
    late = officer.post(f"/api/v1/agreements/{case.pk}/paper-step/", again)
    assert [one["code"] for one in late.json()["findings"]] == ["E-STATE"]


# --- several at once --------------------------------------------------------------------------------------------------


def test_a_batch_says_what_will_be_filed_and_what_not_and_then_does_it_once(season: Season) -> None:
    clean = [season.submitted(season.selected(key), season.h4) for key in ("P1", "P2", "P3")]
    unsigned = season.submitted(season.selected("P4"), season.h4, signed=False)
    filed = season.filed(season.selected("P5"), season.h5)
    stale = season.submitted(season.selected("P8"), season.h5)
    chosen = [*clean, unsigned, filed, stale]
    officer = browser_of(season.officer)

    listed = officer.get("/agreements/?status=submitted").content.decode()
    preview = officer.get("/agreements/file/", {"agreement": [one.pk for one in chosen]})
    everything = officer.get("/agreements/file/?all=1")
    keys = [f"{one.pk}-{one.version}-0-0" for one in chosen]
    services.return_agreement(stale, by=season.head, on=MAY_20, remarks={"scan": "看不清"})
    services.submit_agreements([stale], by=season.clerk, on=MAY_20)
    nothing = officer.post("/agreements/file/", {})
    first = officer.post("/agreements/file/", {"chosen": [*keys, keys[0], "abc", "999-1-0-0", "999-1-0"]})
    second = officer.post("/agreements/file/", {"chosen": keys})

    assert f'name="agreement" value="{clean[0].pk}"' in listed
    assert "5 件中 4 件可以备案，1 件不能：" in words(everything)  # of what waits, without what is filed
    [slip] = re.findall(r'href="/agreements/slip/\?([^"]+)"', preview.content.decode())
    assert QueryDict(slip.replace("&amp;", "&")).getlist("agreement") == [
        str(one.pk) for one in chosen if one != unsigned
    ]  # nobody signs for what cannot be filed
    assert "6 件中 4 件可以备案，2 件不能：" in words(preview)
    assert "缺少：派出单位、派驻单位、科技特派员" in words(preview)
    assert "当前状态为“已备案”，不能备案。" in words(preview)
    assert nothing.status_code == 422
    report = words(first)
    assert "办理 3 件，未办理 6 件" in report
    assert "刘静怡（示范农林学院 派出单位经办）已修改过这件协议，没有备案，请打开核对。" in report
    numbers = Agreement.objects.filter(pk__in=[one.pk for one in clean]).values_list("filing_number", flat=True)
    assert sorted(map(str, numbers)) == [f"SJZ-KTP-2026-000{number}" for number in (1, 2, 3)]
    assert "此前已备案，备案号 SJZ-KTP-2026-0001，没有重复办理。" in words(second)
    next_one = services.file_agreement(stale, by=season.officer, on=MAY_20)
    assert str(next_one) == "SJZ-KTP-2026-0004"  # what was refused has used no number


def test_a_batch_names_who_else_has_a_case_and_leaves_it_unticked(season: Season, colleague: Membership) -> None:
    mine, hers, open_now = (season.submitted(season.selected(key), season.h4) for key in ("P1", "P2", "P3"))
    CaseHolder.objects.create(agreement=hers, officer=colleague)
    CaseHolder.objects.create(agreement=mine, officer=season.officer)
    browser_of(colleague).post(f"/agreements/{open_now.pk}/look/")

    page = browser_of(season.officer).get("/agreements/file/?all=1")

    assert "其中 2 件由他人经办或正在办理，没有勾选" in words(page)
    ticked = re.findall(r'value="(\d+)-1-0-\d+" checked', page.content.decode())
    assert ticked == [str(mine.pk)]
    assert ("经办人 王科员" in words(page), "王科员正在办理" in words(page)) == (True, True)


def test_the_preview_counts_what_is_before_a_case_in_the_same_batch(season: Season) -> None:
    lizhe = season.selected("P1", Category.ENTERPRISE)
    rivals = [season.submitted(lizhe, at) for at in (season.h1, season.h3)]
    lines = batch.preview(rivals, by=season.officer, on=MAY_20)

    assert [[finding.code for finding in line.findings] for line in lines] == [[], ["E-ONE-HOST"]]


def test_the_api_previews_and_files_several(season: Season, case: Agreement) -> None:
    officer = browser_of(season.officer)

    [line] = officer.get("/api/v1/agreements/file/").json()
    done = officer.post("/api/v1/agreements/file/", {"keys": [line["key"]]}, content_type="application/json")

    assert (line["agreement"], line["is_clean"]) == (case.pk, True)
    assert [(one["done"], one["detail"]) for one in done.json()] == [(True, "已备案，备案号 SJZ-KTP-2026-0001。")]


def test_what_asks_for_a_reason_is_not_for_a_batch(season: Season) -> None:
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)
    sixth = season.submitted(season.selected("P3"), season.h4)

    [line] = batch.preview([sixth], by=season.officer, on=MAY_20)

    assert [finding.code for finding in line.findings] == ["E-CAP5"]
    assert [finding.code for finding in batch.file_many([line.key], by=season.officer, on=MAY_20)[0].findings] == [
        "E-CAP5"
    ]


@pytest.mark.parametrize(
    ("sent_back", "said"),
    [
        ({"opinion": "服务内容请写具体。"}, "退回补正后内容没有修改，请逐件查看。"),
        ({"remarks": {"goals": "请写明数量。", "content": "请写具体。"}}, "退回补正后“年度目标”没有修改，请逐件查看。"),
    ],
    ids=["a note and nothing was touched", "one part of two"],
)
def test_what_was_sent_back_and_came_as_it_was_is_not_for_a_batch_and_the_desk_says_so(
    season: Season, case: Agreement, sent_back: dict[str, Any], said: str
) -> None:
    services.return_agreement(case, by=season.officer, on=MAY_20, **sent_back)
    if "remarks" in sent_back:
        services.save_draft(case, by=season.clerk, version=None, service_content="苹果矮砧密植与水肥一体化。")
        services.attach_scan(case, file=scan(season.clerk), by=season.clerk)
        browser_of(season.clerk).post(f"/agreements/{case.pk}/confirm/", signing_form(case))
    else:
        services.submit_agreements([case], by=season.clerk, on=MAY_20)

    [line] = batch.preview([case], by=season.officer, on=MAY_20)

    assert [finding.message for finding in line.findings] == [said]
    desk_page = words(browser_of(season.officer).get(f"/agreements/{case.pk}/review/"))
    assert "未修改" in desk_page
    assert sent_back.get("opinion", "请写明数量。") in desk_page


def test_a_scan_that_only_the_unit_vouches_for_is_not_for_a_batch(season: Season) -> None:
    draft = season.agreement(season.selected("P3"), season.h5, signed=False)
    browser_of(season.clerk).post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, scan=scanned()))

    [line] = batch.preview([draft], by=season.officer, on=MAY_20)

    assert [finding.code for finding in line.findings] == ["W-SCAN-CODE"]


def test_the_desk_asks_few_questions_however_many_wait(
    season: Season, case: Agreement, django_assert_max_num_queries: Any
) -> None:
    client: Client = browser_of(season.officer)
    client.get(f"/agreements/{case.pk}/review/")
    for key in ("P1", "P2", "P4"):
        season.submitted(season.selected(key), season.h5)

    with django_assert_max_num_queries(11):
        client.get(f"/agreements/{case.pk}/review/")

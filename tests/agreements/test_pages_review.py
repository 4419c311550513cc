"""The bureau's desk: scan beside facts, exceptions with their reasons, one case after the other."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementScan
from agreements.services.judging import judge
from core.audit import overrides_of
from core.files import keep
from core.models import Message
from tests.agreements.hands import draft_form, signing_form, words
from tests.cast import MAY_20, Season
from tests.core import hostile
from tests.hands import browser_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def officer(season: Season) -> Client:
    return browser_of(season.officer)


@pytest.fixture
def case(season: Season) -> Agreement:
    return season.submitted(season.selected("P3"), season.h4)


def desk(agreement: Agreement) -> str:
    return f"/agreements/{agreement.pk}/review/"


def test_the_desk_shows_the_scan_beside_the_facts_and_the_time_left(
    season: Season, officer: Client, case: Agreement
) -> None:
    page = officer.get(desk(case))

    shown = words(page)
    assert f"协议备案审核 D-{case.pk}" in shown
    assert "剩 1 个工作日 第 1 / 1 件" in shown  # handed in on Monday the 18th, three working days promised
    assert f"/agreements/{case.pk}/scans/1/pages/1/" in page.content.decode()
    assert "139999********0031" in shown
    passed = sum(verdict.tone == "ok" for verdict in judge(case, on=MAY_20))
    assert f"{passed} 项通过" in shown
    assert "通过备案" in shown


def test_the_newest_scan_is_the_one_that_is_read(season: Season, officer: Client, case: Agreement) -> None:
    newer = keep(hostile.pdf(2), name="重新扫描.pdf", kind="pdf", pages=2, purpose="agreement-scan", by=season.clerk)
    AgreementScan.objects.create(agreement=case, number=2, paper_version=1, file=newer)

    page = officer.get(desk(case))

    assert "重新扫描.pdf" in words(page)
    assert [f"/scans/2/pages/{number}/" in page.content.decode() for number in (1, 2, 3)] == [True, True, False]


def test_of_a_long_scan_the_first_pages_are_shown_and_the_rest_is_said(
    season: Season, officer: Client, case: Agreement
) -> None:
    thick = keep(hostile.pdf(1), name="厚.pdf", kind="pdf", pages=200, purpose="agreement-scan", by=season.clerk)
    AgreementScan.objects.create(agreement=case, number=2, paper_version=1, file=thick)

    page = officer.get(desk(case))

    assert "扫描件共 200 页，此处显示前 30 页，其余请打开原件" in words(page)
    assert page.content.decode().count("第 30 页影像") == 1


def test_a_case_without_a_scan_can_still_be_read_and_sent_back(season: Season, officer: Client) -> None:
    bare = season.submitted(season.selected("P3"), season.h4, signed=False)

    shown = words(officer.get(desk(bare)))

    assert "没有签章扫描件。" in shown
    assert "缺少：派出单位、派驻单位、科技特派员" in shown
    assert "有不符项，不能通过。请退回补正。" in shown


def test_filing_gives_the_number_and_leads_to_the_next_case(season: Season, officer: Client, case: Agreement) -> None:
    following = season.submitted(season.selected("P4"), season.h4)

    answer = officer.post(f"/agreements/{case.pk}/file/", {"version": case.version})
    last = officer.post(f"/agreements/{following.pk}/file/", {"version": 1}, follow=True)

    case.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, desk(following))
    assert (case.status, case.filing_number) == (AgreementStatus.FILED, "SJZ-KTP-2026-0001")
    assert last.redirect_chain == [("/agreements/", 302)]
    assert "王晓晨的协议已备案，备案号 SJZ-KTP-2026-0002。" in words(last)


def test_cases_are_turned_over_in_the_order_they_came(season: Season, officer: Client) -> None:
    first, second, third = (season.submitted(season.selected(key), season.h4) for key in ("P1", "P2", "P3"))

    page = officer.get(desk(second)).content.decode()

    assert f'href="{desk(first)}" data-key="k"' in page
    assert f'href="{desk(third)}" data-key="j"' in page
    assert 'data-key="k"' not in officer.get(desk(first)).content.decode()


def sixth(season: Season) -> Agreement:
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)
    return season.submitted(season.selected("P3"), season.h4)


def test_sc07_a_sixth_person_at_a_cooperative_passes_with_the_bureaus_reason_and_document(
    season: Season, officer: Client
) -> None:
    case = sixth(season)
    page = officer.get(desk(case))
    sent = {"version": 1, "reason-E-CAP5": "  ", "document-E-CAP5": "石科函〔2026〕7号"}

    refused = officer.post(f"/agreements/{case.pk}/file/", sent)
    filed = officer.post(f"/agreements/{case.pk}/file/", {**sent, "reason-E-CAP5": "合作社有三处示范基地。"})

    assert "服务期内现有5人，本次后为6人" in words(page)
    assert "填写理由并通过" in words(page)
    assert refused.status_code == 422
    assert "没有备案，请先处理以下事项" in words(refused)
    assert 'value="石科函〔2026〕7号"' in refused.content.decode()  # nothing typed is lost
    case.refresh_from_db()
    assert (filed.status_code, case.status) == (302, AgreementStatus.FILED)
    [override] = overrides_of(case)
    assert (override.code, override.reason, override.document_number) == (
        "E-CAP5",
        "合作社有三处示范基地。",
        "石科函〔2026〕7号",
    )
    record = words(officer.get(f"/agreements/{case.pk}/"))
    assert "合作社有三处示范基地。" in record
    assert "文号：石科函〔2026〕7号" in record


def test_what_the_institution_explained_is_read_and_not_asked_again(season: Season, officer: Client) -> None:
    clerk = browser_of(season.clerk)
    draft = season.agreement(season.selected("P3"), season.h4)
    clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, service_end="2028年6月30日"))
    draft.refresh_from_db()
    AgreementScan.objects.filter(agreement=draft).first()
    scan = keep(hostile.pdf(), name="新.pdf", kind="pdf", purpose="agreement-scan", by=season.clerk)
    AgreementScan.objects.create(agreement=draft, number=2, paper_version=draft.version, file=scan)
    reasons = {"reason-W-TERM": "跨三个生产季。", "reason-W-END": "试验到2028年夏收。"}
    clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, **reasons))

    page = officer.get(desk(draft))

    shown = words(page)
    assert "服务期限一般为1-2年 跨三个生产季。 派出单位说明" in shown
    assert "试验到2028年夏收。" in shown
    assert "reason-W-" not in page.content.decode()
    assert officer.post(f"/agreements/{draft.pk}/file/", {"version": draft.version}).status_code == 302


def test_sc15_a_case_sent_back_comes_again_and_is_filed_third(season: Season, officer: Client) -> None:
    clerk = browser_of(season.clerk)
    one, two, vague = (season.submitted(season.selected(key), season.h4) for key in ("P1", "P2", "P3"))
    officer.post(f"/agreements/{one.pk}/file/", {"version": 1})
    officer.post(f"/agreements/{two.pk}/file/", {"version": 1})

    returned = officer.post(
        f"/agreements/{vague.pk}/return/",
        {"content": "服务内容不具体", "goals": "请写明数量", "more": "修改后重新盖章。"},
    )
    vague.refresh_from_db()
    seen = words(clerk.get(f"/agreements/{vague.pk}/edit/"))
    told = Message.objects.get(person=season.clerk.person, occasion__startswith="returned:")
    clerk.post(f"/agreements/{vague.pk}/confirm/", signing_form(vague))
    officer.post(f"/agreements/{vague.pk}/file/", {"version": 1})
    again = officer.post(f"/agreements/{vague.pk}/file/", {"version": 1}, follow=True)

    assert returned.status_code == 302
    assert vague.return_opinion == "服务内容：服务内容不具体\n年度目标：请写明数量\n修改后重新盖章。"
    assert "市科技局退回补正： 服务内容：服务内容不具体" in seen
    assert "服务内容不具体" in told.body
    vague.refresh_from_db()
    assert vague.filing_number == "SJZ-KTP-2026-0003"
    assert "当前状态为“已备案”，不能执行此操作" in words(again)


def test_nothing_is_sent_back_without_a_word(season: Season, officer: Client, case: Agreement) -> None:
    answer = officer.post(f"/agreements/{case.pk}/return/", {"content": "　 "})

    case.refresh_from_db()
    assert (answer.status_code, case.status) == (422, AgreementStatus.SUBMITTED)
    assert "请至少写明一处需要补正的内容。" in words(answer)


def test_a_case_mended_since_it_was_opened_is_not_filed_unread(
    season: Season, officer: Client, case: Agreement
) -> None:
    opened = case.version
    officer.post(f"/agreements/{case.pk}/return/", {"content": "服务内容不具体"})
    clerk = browser_of(season.clerk)
    clerk.post(f"/agreements/{case.pk}/edit/", draft_form(case, service_content="已写具体"))
    case.refresh_from_db()
    scan = keep(hostile.pdf(), name="新.pdf", kind="pdf", purpose="agreement-scan", by=season.clerk)
    AgreementScan.objects.create(agreement=case, number=2, paper_version=case.version, file=scan)
    clerk.post(f"/agreements/{case.pk}/confirm/", signing_form(case))

    answer = officer.post(f"/agreements/{case.pk}/file/", {"version": opened})

    case.refresh_from_db()
    assert (answer.status_code, case.status) == (409, AgreementStatus.SUBMITTED)
    assert "您填写期间，刘静怡" in words(answer)
    assert "已写具体" in words(answer)


def test_pressing_twice_files_once(season: Season, officer: Client, case: Agreement) -> None:
    sent = {"version": 1, "idempotency_key": "k1"}

    first, second = (officer.post(f"/agreements/{case.pk}/file/", sent) for _ in range(2))

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Agreement.objects.exclude(filing_number=None).count() == 1


def test_what_is_decided_is_a_record_and_no_case(season: Season, officer: Client) -> None:
    filed = season.filed(season.selected("P3"), season.h4)

    assert officer.get(desk(filed))["Location"] == f"/agreements/{filed.pk}/"


def test_only_reviewers_have_the_desk(season: Season, case: Agreement) -> None:
    answers = {
        hat.role: browser_of(hat).get(desk(case)).status_code
        for hat in (
            season.officer,
            season.head,
            season.admin,
            season.clerk,
            season.county,
            season.contact,
            season.stranger,
        )
    }

    assert answers == {
        "bureau_officer": 200,
        "division_head": 200,
        "bureau_admin": 403,
        "institution_clerk": 404,  # the stranger's answer, asked last
        "county_officer": 403,
        "host_contact": 403,
    }

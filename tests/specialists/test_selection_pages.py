"""The pages and papers of a list, and the interface: by the hats that use them."""

import io
import re
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pypdfium2
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document

from core import audit
from core.models import PolicyPack, StoredFile
from core.policy import Finding, Level
from specialists.enums import Category, ListStatus, RegistrationStatus
from specialists.models import Objection, SelectionList
from specialists.selection import documents, services
from tests.cast import PDF, PEOPLE, Season
from tests.core import scans
from tests.hands import browser_of
from tests.people import Person
from tests.specialists.lists import (
    ANNOUNCED,
    CLOSED,
    NOTICED,
    announced,
    approved,
    by_list,
    closed,
    composed,
    noticed,
    objection,
    passed_by_head,
    proposed,
    team_of,
)


@pytest.fixture
def season(season: Season) -> Season:
    return by_list(season)


DETAIL = 24  # statements of the page of a list, which is no list page: steps, objections, counts, histories


def today(day: date) -> Any:
    return time_machine.travel(f"{day}T09:00:00+08:00", tick=False)


def upload(name: str = "签批单.pdf") -> Any:
    file = io.BytesIO(PDF)
    file.name = name
    return file


def words_of(paper: bytes) -> str:
    document = pypdfium2.PdfDocument(paper)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return re.sub(r"\s", "", text)


# --- by hand, from the pool to the announcement -----------------------------------------------------------------------


def test_a_list_by_hand_from_the_pool_to_the_announcement(season: Season) -> None:
    first, second = proposed(season, "P1"), proposed(season, "P3")
    clock = time_machine.travel("2026-05-18T09:00:00+08:00", tick=False)
    traveller = clock.start()
    officer, head = Person(season.officer), Person(season.head)

    officer.opens("/specialists/lists/")
    assert "2项登记审核通过" in officer.page
    officer.opens("/specialists/lists/new/")
    officer.presses("列入名单", registration=[str(first.pk), str(second.pk)], title="")
    held = SelectionList.objects.get()
    officer.presses("提交审批")
    head.opens(f"/specialists/lists/{held.pk}/")
    head.presses("通过", opinion="同意呈报")
    traveller.move_to("2026-05-20T09:00:00+08:00")
    officer = Person(season.officer)
    officer.opens(f"/specialists/lists/{held.pk}/paper/")
    officer.presses(
        "登记签批",
        result="pass",
        kind="minutes",
        number="石科纪〔2026〕5号",
        decided_on="2026年5月19日",
        scan=upload(),
        opinion="同意",
    )
    assert "会议纪要：石科纪〔2026〕5号" in officer.opens(f"/specialists/lists/{held.pk}/")
    officer.opens(f"/specialists/lists/{held.pk}/notice/")
    assert "至2026年5月26日止" in officer.page
    officer.presses("发布公示", contact="农村科技处　0311-86000000")
    held.refresh_from_db()
    assert (held.status, str(held.notice_until)) == (ListStatus.NOTICE, "2026-05-26")
    assert "李*" in Client().get(f"/specialists/notice/{held.pk}/").text
    officer.opens(f"/specialists/lists/{held.pk}/objections/new/")
    officer.presses(
        "登记异议",
        entry=str(held.entries.get(registration=second).pk),
        received_on="2026-05-20",
        channel="letter",
        sender="王建设",
        content="反映其材料不实。",
        evidence=upload("来信.pdf"),
    )
    received = Objection.objects.get()
    officer.opens(f"/specialists/lists/objections/{received.pk}/")
    officer.presses("办结异议", conclusion="upheld", handling="经核实，情况属实。")
    traveller.move_to("2026-05-27T09:00:00+08:00")
    officer = Person(season.officer)
    officer.opens(f"/specialists/lists/{held.pk}/close/")
    officer.presses("结束公示", note="收到异议1件，已办结。")
    traveller.move_to("2026-05-28T09:00:00+08:00")
    officer = Person(season.officer)
    officer.opens(f"/specialists/lists/{held.pk}/announce/")
    officer.presses("公布入选", document_number="石科〔2026〕12号", announced_on="2026-05-28", scan=upload("通知.pdf"))
    clock.stop()

    for one in (first, second, held):
        one.refresh_from_db()
    assert (first.status, second.status) == (RegistrationStatus.APPROVED, RegistrationStatus.DECLINED)
    assert (held.status, held.document_number) == (ListStatus.ANNOUNCED, "石科〔2026〕12号")


def test_a_refused_act_keeps_what_was_typed_and_no_file(season: Season) -> None:
    held = passed_by_head(season, proposed(season, "P1"))
    with today(NOTICED):
        answer = browser_of(season.officer).post(
            f"/specialists/lists/{held.pk}/paper/",
            {
                "result": "pass",
                "kind": "slip",
                "number": "签批7号",
                "decided_on": "2026-05-12",
                "scan": upload(),
                "version": held.version,
            },
        )

    assert answer.status_code == 422
    assert "不能早于上一步" in answer.text
    assert "签批7号" in answer.text
    assert not StoredFile.objects.filter(purpose="selection-scan").exists()


def test_an_act_that_the_list_is_not_open_to_leads_back_to_it(season: Season) -> None:
    held = composed(season, proposed(season, "P1"))

    with today(NOTICED):
        answers = [
            browser_of(season.officer).get(f"/specialists/lists/{held.pk}/{act}/", follow=True)
            for act in ("paper", "notice", "close", "announce", "objections/new")
        ]

    assert [answer.redirect_chain[0][0] for answer in answers] == [f"/specialists/lists/{held.pk}/"] * 5
    assert all("名单当前状态为“拟定中”" in answer.text for answer in answers)


def test_who_may_not_be_selected_any_more_is_marked_on_the_page(season: Season) -> None:
    held = composed(season, proposed(season, "P1"), proposed(season, "P3"))
    season.on_provincial_list("P1")

    with today(NOTICED):
        page = browser_of(season.officer).get(f"/specialists/lists/{held.pk}/").text

    assert "名单中有1项人选现在不符合规定" in page
    assert "李喆已列入2026年度省级科技特派员" in page
    assert "四（四）" in page


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_an_institution_sees_its_own_people_of_a_public_list_and_nothing_else(season: Season) -> None:
    own, foreign = proposed(season, "P1"), proposed(season, "P5", institution=season.u2)
    held = approved(season, own, foreign)
    client = browser_of(season.clerk)
    address = f"/specialists/lists/{held.pk}/"
    with today(NOTICED):
        assert client.get(address).status_code == 404
        services.open_notice(
            held, by=season.officer, on=NOTICED, starts_on=NOTICED, working_days=5, contact="农村科技处"
        )
        objection(season, held, entry=held.entries.get(registration=own))

        page = client.get(address).text
        assert client.get(f"{address}slip.pdf").status_code == 403

    assert "李喆" in page
    assert "何雨桐" not in page
    assert "公示异议" not in page
    assert "审批步骤" not in page


def test_who_objected_is_shown_to_the_bureau_alone(season: Season) -> None:
    received = objection(season, noticed(season, proposed(season, "P1")))
    address = f"/specialists/lists/objections/{received.pk}/"

    assert "张建设" in browser_of(season.officer).get(address).text
    assert "张建设" not in browser_of(season.auditor).get(address).text
    assert browser_of(season.finance).get(address).status_code == 404
    assert browser_of(season.clerk).get(address).status_code == 404


@time_machine.travel("2026-05-20T09:00:00+08:00", tick=False)
def test_a_photographed_letter_is_kept_as_it_is_and_seen_in_any_browser(season: Season) -> None:
    held, officer = noticed(season, proposed(season, "P1")), browser_of(season.officer)
    said = {"received_on": "2026-05-20", "channel": "letter", "sender": "王建设", "content": "反映其材料不实。"}
    new, api = f"/specialists/lists/{held.pk}/objections/new/", f"/api/v1/selection-lists/{held.pk}/objections/"

    def photo(data: bytes = scans.HEIC) -> SimpleUploadedFile:
        return SimpleUploadedFile("IMG_0002.HEIC", data)

    assert ".heic" in officer.get(new).text
    broken = officer.post(new, {**said, "version": held.version, "evidence": photo(scans.HEIC[:300])})
    assert (broken.status_code, "不完整或已损坏" in broken.text, "反映其材料不实" in broken.text) == (422, True, True)
    assert not Objection.objects.exists()
    made = officer.post(new, {**said, "version": held.version, "evidence": photo()})
    assert made.status_code == 302
    assert officer.post(api, {**said, "evidence": photo()}).status_code == 201
    for received in Objection.objects.all():
        kept = received.files.get()
        assert (kept.kind, kept.name) == ("heic", "IMG_0002.heic")
        at = f"/specialists/lists/objections/{received.pk}/files/1/"
        assert f'href="{at}?inline=1"' in officer.get(f"/specialists/lists/objections/{received.pk}/").text
        assert b"".join(officer.get(at).streaming_content) == scans.HEIC  # type: ignore[attr-defined]
        assert officer.get(f"{at}?inline=1")["Content-Type"] == "image/webp"


def test_the_notice_is_for_everybody_while_it_lasts_with_masked_names_and_no_number(season: Season) -> None:
    held = noticed(
        season, proposed(season, "P7", Category.ENTERPRISE), teams=[team_of(season, "小麦产业团队", "P1", "P3", "P5")]
    )
    address = f"/specialists/notice/{held.pk}/"

    with today(NOTICED):
        answer = Client().get(address)
    seen = {}
    for day in (date(2026, 5, 19), date(2026, 5, 26), date(2026, 5, 27)):
        with today(day):
            seen[day] = Client().get(address).status_code

    assert [*seen.values()] == [404, 200, 404]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert 'name="robots"' in answer.text
    for shown in ("欧阳**", "李*（负责人）", "小麦产业团队", "示范农林学院", "工业企业", "农村科技处"):
        assert shown in answer.text
    for name, number in PEOPLE.values():
        assert name not in answer.text
        assert number not in answer.text
        assert number[:6] not in answer.text


def test_the_switch_of_the_pack_keeps_the_notice_off_the_open_page(season: Season) -> None:
    content = {"plan": "shijiazhuang", "year": 2026, "version": 3, "active_from": date(2026, 1, 1)}
    settings = {**season.pack.settings, "selection": {**season.pack.settings["selection"], "public_notice": False}}
    season.pack = PolicyPack.objects.create(**content, rules=season.pack.rules, settings=settings)
    held = noticed(season, proposed(season, "P1"))

    with today(NOTICED):
        assert Client().get(f"/specialists/notice/{held.pk}/").status_code == 404


# --- papers -----------------------------------------------------------------------------------------------------------


def test_the_slip_says_the_numbers_the_exceptions_and_the_names(season: Season) -> None:
    registration = proposed(season, "P1")
    warned = Finding("W-QUOTA", Level.WARN, "四（一）", "超出计划请填写说明。", {})
    audit.record_overrides([warned], {"W-QUOTA": "重点产业急需。"}, registration, by=season.officer)
    held = passed_by_head(season, registration, teams=[team_of(season, "小麦产业团队", "P3", "P5", "P8")])

    said = words_of(documents.slip_pdf(held, on=NOTICED))

    for words in ("签批单", "个人1名", "团队1个，成员3名", "计划40名", "尚余39", "李喆：超出计划请填写说明。理由：重点产业急需。",
                  "分管领导", "处室负责人", "张昇（负责人）"):  # fmt: skip
        assert words in said
    assert "在校研究生" not in said  # there are none


def test_the_notice_and_its_closing_record_name_nobody_in_full_who_need_not_be(season: Season) -> None:
    registration = proposed(season, "P1")
    held = noticed(season, registration, proposed(season, "P3"))
    received = objection(season, held, entry=held.entries.get(registration=registration))
    services.conclude_objection(
        received, by=season.officer, on=NOTICED, conclusion="dismissed", handling="经核实，不属实。"
    )
    held = services.close_notice(held, by=season.officer, on=CLOSED, note="已全部办结。")

    notice, closing = words_of(documents.notice_pdf(held)), words_of(documents.closing_pdf(held))

    assert "李*" in notice
    assert "李喆" not in notice
    assert "2026年5月20日至2026年5月26日（5个工作日）" in notice
    assert "收到异议1件，其中异议成立0件" in closing
    assert "经核实，不属实。" in closing
    assert "张建设" not in closing


def test_the_sheet_for_the_web_site_holds_what_stands_on_view(season: Season) -> None:
    held = noticed(season, proposed(season, "P1"), teams=[team_of(season, "小麦产业团队", "P3", "P5", "P8")])

    with today(NOTICED):
        answer = browser_of(season.officer).get(f"/specialists/lists/{held.pk}/notice.xlsx")

    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert rows[:2] == [
        [1, "李*", "示范农林学院", "农业", "粮油作物", "个人"],
        [2, "小麦产业团队", "示范农林学院", "农业", "粮油作物", "团队", "张*（负责人）、何**、孙**"],
    ]


def test_the_announcement_is_a_word_draft_in_the_form_of_a_notice(season: Season) -> None:
    held = closed(season, proposed(season, "P1"), teams=[team_of(season, "小麦产业团队", "P3", "P5", "P8")])

    with today(ANNOUNCED):
        answer = browser_of(season.officer).get(f"/specialists/lists/{held.pk}/announcement.docx")

    word = Document(io.BytesIO(answer.content))
    lines = [paragraph.text for paragraph in word.paragraphs if paragraph.text]
    assert lines[0] == "石科〔2026〕　　号"
    assert lines[1:4] == ["关于公布2026年度石家庄市", "科技特派员选派名单（第1批）的通知", "各有关单位："]
    assert (
        "于2026年5月20日至2026年5月26日公示，确定李喆等1名个人科技特派员和“小麦产业团队”等1个团队科技特派员"
        "为2026年度第1批石家庄市科技特派员（名单见附件）" in lines[4]
    )
    assert lines[8:12] == [
        "附件：1. 2026年度石家庄市个人科技特派员名单（第1批）",
        "　　　2. 2026年度石家庄市团队科技特派员名单（第1批）",
        "石家庄市科学技术局",
        "2026年5月28日",
    ]
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    assert tables[0][1:] == [["1", "李喆", "示范农林学院", "农业", "粮油作物"]]
    assert tables[1][1:] == [["1", "小麦产业团队", "张昇（负责人）、何雨桐、孙立群", "示范农林学院", "粮油作物"]]
    section = word.sections[0]
    assert [round(one.mm) for one in (section.top_margin, section.left_margin, section.right_margin) if one] == [
        37,
        28,
        26,
    ]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        body = package.read("word/document.xml").decode()
    assert {"方正小标宋简体", "仿宋_GB2312", "黑体"} <= set(re.findall(r'w:eastAsia="([^"]+)"', body))


def test_what_stands_behind_a_list_is_handed_out_to_who_sees_it(season: Season) -> None:
    held = announced(season, closed(season, proposed(season, "P1")))
    address = f"/specialists/lists/{held.pk}/"

    officer, clerk = browser_of(season.officer), browser_of(season.clerk)

    for client, name in ((officer, "scans/1/"), (clerk, "document/")):
        answer: Any = client.get(f"{address}{name}")
        assert b"".join(answer.streaming_content) == PDF
    assert officer.get(f"{address}scans/2/").status_code == 404
    assert clerk.get(f"{address}scans/1/").status_code == 403


# --- the interface ----------------------------------------------------------------------------------------------------


def test_a_list_through_the_interface(season: Season) -> None:
    first, second = proposed(season, "P1"), proposed(season, "P3")
    clock = time_machine.travel("2026-05-18T09:00:00+08:00", tick=False)
    traveller = clock.start()
    officer, head = browser_of(season.officer), browser_of(season.head)

    def posts(client: Client, address: str, **body: Any) -> Any:
        answer = client.post(f"/api/v1/{address}/", body, content_type="application/json")
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    pool = officer.get("/api/v1/selection-lists/pool/").json()
    assert pool == {"registrations": [first.pk, second.pk], "teams": []}
    held = posts(officer, "selection-lists", registrations=[first.pk])
    pk = held["id"]
    held = posts(officer, f"selection-lists/{pk}/extend", registrations=[second.pk], version=held["version"])
    assert [entry["name"] for entry in held["entries"]] == ["李喆", "张昇"]
    held = posts(officer, f"selection-lists/{pk}/submit", version=held["version"])
    held = posts(head, f"selection-lists/{pk}/decide", passed=True, version=held["version"])
    answer = officer.post(
        f"/api/v1/selection-lists/{pk}/paper/",
        {
            "passed": "true",
            "kind": "slip",
            "number": "7号",
            "decided_on": "2026-05-18",
            "scan": upload(),
            "version": held["version"],
        },
    )
    held = answer.json()
    assert held["status"] == "approved"
    held = posts(
        officer,
        f"selection-lists/{pk}/notice",
        starts_on="2026-05-18",
        working_days=5,
        contact="处",
        version=held["version"],
    )
    about = held["entries"][1]["id"]
    received = posts(
        officer,
        f"selection-lists/{pk}/objections",
        entry=about,
        received_on="2026-05-18",
        channel="phone",
        sender="甲",
        content="乙",
    )
    assert officer.get(f"/api/v1/objections/{received['id']}/").json()["sender"] == "甲"
    posts(officer, f"objections/{received['id']}/conclude", conclusion="dismissed", handling="不属实")
    taken = posts(officer, f"selection-entries/{about}/remove", reason="本人放弃")
    assert taken["removed_on"] == "2026-05-18"
    traveller.move_to("2026-05-25T09:00:00+08:00")
    officer = browser_of(season.officer)
    held = officer.get(f"/api/v1/selection-lists/{pk}/").json()
    held = posts(officer, f"selection-lists/{pk}/close", version=held["version"])
    assert officer.get(f"/api/v1/selection-lists/{pk}/draft/").content[:2] == b"PK"
    answer = officer.post(
        f"/api/v1/selection-lists/{pk}/announce/",
        {"document_number": "石科12号", "announced_on": "2026-05-25", "scan": upload(), "version": held["version"]},
    )
    clock.stop()

    assert answer.json()["status"] == "announced"
    for one in (first, second):
        one.refresh_from_db()
    assert (first.status, second.status) == ("approved", "declined")


def test_the_interface_says_which_number_it_does_not_know(season: Season) -> None:
    answer = browser_of(season.officer).post(
        "/api/v1/selection-lists/", {"registrations": [999_999]}, content_type="application/json"
    )

    assert answer.status_code == 422
    assert "没有编号为999999的登记" in answer.text


@pytest.mark.parametrize("people", [("P1",), ("P1", "P3", "P5")])
def test_the_pages_of_lists_ask_the_same_of_the_database_however_long_they_are(
    season: Season, people: tuple[str, ...], django_assert_num_queries: Any
) -> None:
    held = noticed(season, *(proposed(season, key) for key in people))
    client = browser_of(season.officer)

    with today(NOTICED):
        client.get("/specialists/lists/")  # the session is written by the first request
        with django_assert_num_queries(7):
            client.get("/specialists/lists/")
        with django_assert_num_queries(DETAIL):
            client.get(f"/specialists/lists/{held.pk}/")

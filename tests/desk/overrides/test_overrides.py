"""例外情况: every warn that passed on a written reason, listed, counted, exported, printed."""

import io
from typing import Any

import openpyxl
import pypdfium2
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.utils.timezone import localdate

from accounts.lists import exporting
from accounts.lists.kinds import kinds
from core import audit
from core.policy import Finding, Level
from specialists.models import Team
from tests.agreements.hands import body, words
from tests.cast import Season
from tests.hands import browser_of

CAP = Finding("E-CAP5", Level.WARN, "四（一）", "服务期内现有5人，本次后为6人。", {})
TERM = Finding("W-TERM", Level.WARN, "四（一）", "服务期限为8个月。", {})
GRAD = Finding("W-GRAD", Level.WARN, "一（一）", "在校研究生须有科研能力佐证。", {})
MERGE = Finding("E-MERGE", Level.WARN, "", "两家单位各有协议。", {})


@pytest.fixture
def city(season: Season) -> Season:
    """Of each kind one; the second institution's agreement and the bureau's own register beside ours."""

    def told(finding: Finding, record: Any, by: Any, reason: str, **more: Any) -> None:
        audit.record_overrides([finding], {finding.code: reason}, record, by=by, **more)

    ours = season.filed(season.selected("P1"), season.h4)
    theirs = season.filed(season.selected("P2", institution=season.u2), season.h5, created_by=season.stranger)
    team = Team.objects.create(
        institution=season.u1, year=2026, name="谷物育种团队", category="agriculture", pack=season.pack
    )
    told(CAP, ours, season.officer, "合作社新增基地，确有需要。", documents={"E-CAP5": "石科函〔2026〕8号"})
    told(TERM, ours, season.clerk, "项目八个月完成。")
    told(CAP, theirs, season.head, "处务会同意。")
    with time_machine.travel("2025-12-31T23:30:00+08:00"):
        told(GRAD, season.selected("P6"), season.officer, "已核对论文。")
    told(TERM, team, season.officer, "<b>随团队项目</b>")
    told(MERGE, season.h4, season.officer, "营业执照相同。")
    return season


def rows(page: Any) -> int:
    return (
        int(page.content.decode().split("<tbody>")[1].split("</tbody>")[0].count("<tr"))
        if "<tbody>" in page.content.decode()
        else 0
    )


def test_the_bureau_sees_all_of_them_counted_by_rule_and_each_leads_to_its_record(city: Season) -> None:
    page = browser_of(city.head).get("/overrides/")
    shown = words(page)

    assert "全部规则 6 派驻单位接受人数 2 服务期限一般为1-2年 2" in shown
    assert "理由：合作社新增基地，确有需要。（石科函〔2026〕8号）" in shown
    assert "协议 示范农林学院 派驻单位接受人数 工作方案四（一）" in shown
    assert "&lt;b&gt;随团队项目" in page.content.decode()
    for address in ("/agreements/", "/specialists/teams/", "/organizations/"):
        assert f'data-href="{address}' in page.content.decode()


ASKED = {
    "code=E-CAP5": 2,
    "year=2025": 1,  # a year ends at midnight here
    "article=一（一）": 1,
    "of=specialists.Team": 1,
    "institution=理工": 1,
    "by=刘静怡": 1,
    "q=处务会": 1,
    "q=8个月": 2,
    "code=E-CAP5&institution=农林": 1,
    "code=nonsense": 6,
}


def test_each_filter_finds_the_same_on_the_page_in_the_export_and_for_programs(city: Season) -> None:
    head = browser_of(city.head)
    for query, count in ASKED.items():
        found = (
            rows(head.get(f"/overrides/?{query}")),
            len(kinds()["overrides"].keys(city.head, QueryDict(query), on=localdate(), most=100)),
            len(head.get(f"/api/v1/overrides/?{query}").json()),
        )
        assert found == (count, count, count), query


def test_each_reader_sees_those_on_the_records_that_are_theirs(city: Season) -> None:
    seen = {
        hat: rows(browser_of(hat).get("/overrides/")) for hat in (city.auditor, city.clerk, city.stranger, city.county)
    }

    assert seen == {city.auditor: 6, city.clerk: 4, city.stranger: 1, city.county: 2}
    assert browser_of(city.finance).get("/overrides/").status_code == 403
    assert "合并" not in words(browser_of(city.clerk).get("/overrides/"))
    assert "营业执照相同" not in words(browser_of(city.clerk).get("/overrides/"))


def test_one_question_for_the_rows_and_one_for_the_figures(city: Season, django_assert_num_queries: Any) -> None:
    head = browser_of(city.head)
    head.get("/overrides/")
    with django_assert_num_queries(6):  # session, user, hats, unread with views, rules, rows
        head.get("/overrides/")


def test_the_workbook_and_the_report_say_the_same_under_their_conditions(city: Season) -> None:
    listed = kinds()["overrides"]
    asked = QueryDict("code=E-CAP5")
    columns = [one.key for one in listed.fields(city.head, asked)]
    export = exporting.export_list(listed, asked, fields=columns, by=city.head, on=localdate())
    with default_storage.open(export.path) as stored:
        book = openpyxl.load_workbook(io.BytesIO(stored.read()))
    assert [row[7] for row in book["列表"].values] == ["理由", "处务会同意。", "合作社新增基地，确有需要。"]

    printed = browser_of(city.head).get("/overrides/paper/?code=E-CAP5")
    with pypdfium2.PdfDocument(body(printed)) as paper:
        said = "".join(page.get_textpage().get_text_range() for page in paper).replace("\r\n", "")
    for part in (
        "例外情况报告",
        "规则：派驻单位接受人数",
        "共 2 件",
        "合作社新增基地，确有需要。（石科函〔2026〕8号）",
        "处室负责人意见",
    ):
        assert part in said
    assert "项目八个月完成" not in said
    nothing = browser_of(city.head).get("/overrides/paper/?q=没有的", follow=True)
    assert "没有符合条件的例外情况" in words(nothing)
    assert browser_of(city.head).get("/api/v1/overrides/paper/?q=没有的").status_code == 422

"""What a file of past agreements says, held against the register: a page and a paper for each institution."""

import io
from typing import Any

import pikepdf
import pytest

from accounts.models import Organization
from agreements.models import Agreement
from core import pdf
from desk.enums import Mode
from desk.merging.services import merge_hosts
from desk.rosters.models import Reconciliation, RosterBatch
from tests.agreements.hands import words
from tests.cast import MAY_20, Season
from tests.desk.rosters.past import FRUIT, GRAIN, HE, LI, WANG, ZHANG, row, taken, team
from tests.hands import browser_of

OTHER = {"派出单位": "示范理工大学"}


@pytest.fixture
def batch(season: Season) -> RosterBatch:
    """Of two institutions: taken, differing, a team, left out; and one row that names no institution."""
    season.selected("P3")  # the register calls him 张昇
    assert season.u2
    return taken(
        season.officer,
        row("旧-1", ("张升", ZHANG[1]), GRAIN),
        row("旧-2", WANG, FRUIT),
        row("旧-3", LI, GRAIN, 服务截止日期="2024年1月1日"),
        *team("旧-9", HE, LI, WANG, name="果树团队", host=FRUIT, **OTHER),
        row("旧-7", LI, GRAIN, 派出单位="没有这个学院"),
        mode=Mode.CLEAN,
    )


def sheet(season: Season, institution: Any) -> Reconciliation:
    return Reconciliation.objects.get(institution=institution)


def test_each_institution_reads_its_own_sheet(season: Season, batch: RosterBatch) -> None:
    client = browser_of(season.clerk)

    page = words(client.get(sheet(season, season.u1).get_absolute_url()))

    assert "表中 3 已接收 2 有差异 1 未接收 1" in page
    assert "旧-1 表中第2行 张升 滹沱示范谷物种植专业合作社" in page
    assert "姓名：表中“张升”，平台“张昇”" in page
    assert "未接收 服务截止日期不能早于开始日期" in page
    assert "旧-9" not in page
    differing = words(client.get(f"{sheet(season, season.u1).get_absolute_url()}?result=differing"))
    assert ("旧-1" in differing, "旧-2" in differing) == (True, False)
    assert client.get(sheet(season, season.u2).get_absolute_url()).status_code == 404
    listed = words(client.get("/reconciliations/"))
    assert "名单.xlsx" in listed
    assert "示范理工大学" not in listed


def test_the_bureau_reads_them_all_and_what_names_nobody(season: Season, batch: RosterBatch) -> None:
    page = words(browser_of(season.officer).get(f"/rosters/{batch.pk}/reconciliation/"))

    assert "示范农林学院 3 2 1 1" in page
    assert "示范理工大学 1 1 0 0" in page
    assert "合计 4 3 1 1" in page
    assert "派出单位“没有这个学院”不在平台的派出单位之中" in page


def test_a_host_that_was_merged_since_differs_by_neither_its_name_nor_its_code(
    season: Season, batch: RosterBatch
) -> None:
    """What the platform itself keeps as a former code is no mistake of the file."""
    survivor, loser = season.h4.organization, Organization.objects.get(name=FRUIT[0])
    merge_hosts(survivor, loser, keep={}, by=season.officer, on=MAY_20, reason="同一单位。")

    page = words(browser_of(season.clerk).get(sheet(season, season.u1).get_absolute_url()))

    assert "表中 3 已接收 2 有差异 1 未接收 1" in page


def test_what_was_corrected_since_shows_as_it_is(season: Season, batch: RosterBatch) -> None:
    Organization.objects.filter(name=FRUIT[0]).update(name="赞皇县示范果品专业合作社")
    Agreement.objects.filter(filing_number="旧-1").update(
        status="terminated", terminated_on="2026-05-01", termination_reason="agreed"
    )

    page = words(browser_of(season.clerk).get(sheet(season, season.u1).get_absolute_url()))

    assert "派驻单位：表中“赞皇县示范果品合作社”，平台“赞皇县示范果品专业合作社”" in page
    assert "终止日期：表中“无”，平台“2026年5月1日”" in page


def test_a_later_file_is_held_against_what_an_earlier_one_brought(season: Season, batch: RosterBatch) -> None:
    again = taken(
        season.officer, row("旧-2", WANG, FRUIT, 服务截止日期="2026年6月30日"), row("旧-4", HE), mode=Mode.CLEAN
    )

    page = words(browser_of(season.clerk).get(again.reconciliations.get().get_absolute_url()))

    assert "表中 2 已接收 2 有差异 1 未接收 0" in page
    assert "服务截止日期：表中“2026年6月30日”，平台“2026年12月31日”" in page
    assert "平台有、表中没有的历史协议 共 1 份" in page
    assert "旧-1 张昇" in page


@pytest.mark.skipif(not pdf.font_files(), reason="no fonts on this machine")
def test_the_paper_is_signed_by_both_and_all_are_one_print(season: Season, batch: RosterBatch) -> None:
    def pages(client: Any, address: str) -> list[str]:
        answer = client.get(address)
        assert answer["Content-Type"] == "application/pdf"
        with pikepdf.open(
            io.BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content)
        ) as paper:
            return [str(page.obj.get("/Type")) for page in paper.pages]

    assert len(pages(browser_of(season.clerk), f"{sheet(season, season.u1).get_absolute_url()}paper/")) == 1
    assert len(pages(browser_of(season.officer), f"/rosters/{batch.pk}/reconciliation/paper/")) == 2
    assert browser_of(season.stranger).get(f"{sheet(season, season.u1).get_absolute_url()}paper/").status_code == 404


def test_programs_read_the_same(season: Season, batch: RosterBatch) -> None:
    client = browser_of(season.clerk)

    [listed] = client.get("/api/v1/reconciliations/").json()
    told = client.get(f"/api/v1/reconciliations/{listed['id']}/").json()

    assert told["counts"] == {"in_file": 3, "taken": 2, "differing": 1, "left": 1, "beside": 0}
    assert told["entries"][0]["differences"] == [{"column": "姓名", "file": "张升", "register": "张昇"}]
    assert client.get(f"/api/v1/reconciliations/{sheet(season, season.u2).pk}/").status_code == 404


@pytest.mark.parametrize("sheets", [1, 3])
def test_the_list_asks_the_same_however_many_sheets(
    season: Season, sheets: int, django_assert_num_queries: Any
) -> None:
    for number in range(sheets):
        taken(season.officer, row(f"旧-{number}", WANG))
    client = browser_of(season.clerk)
    client.get("/reconciliations/")

    with django_assert_num_queries(5):
        client.get("/reconciliations/")

"""The wizard by its pages, with and without what goes wrong on the way."""

import io
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agreements.models import Agreement
from core.files import XLSX
from desk.enums import RosterStatus
from desk.rosters.models import RosterBatch
from specialists.models import ProvincialListEntry, Registration
from tests.cast import Season
from tests.core import workbooks as made
from tests.desk.rosters import hands
from tests.desk.rosters.hands import GRAIN, SAMPLES, person, roster
from tests.people import Person, shown

pytestmark = pytest.mark.django_db

OWN = (SAMPLES / "roster-own-headings.xlsx").read_bytes()


def brings(who: Person, data: bytes, kind: str = "people", name: str = "名单.xlsx", expect: int = 200) -> str:
    who.opens("/rosters/new/?kind=" + kind)
    return who.presses("上传并核对各列", file=SimpleUploadedFile(name, data, content_type=XLSX), expect=expect)


def names_columns(who: Person, **more: Any) -> str:
    words = who.presses("开始校验", **more)
    hands.run()
    return words


def test_a_clerk_brings_a_roster_from_the_template_to_the_drafts(season: Season) -> None:
    clerk = Person(season.clerk)

    assert "还没有导入名单" in clerk.opens(reverse("desk:rosters"))
    template = clerk.downloads("/rosters/template/?kind=people")
    book: Any = openpyxl.load_workbook(io.BytesIO(template))
    assert ("高级农艺师", "副高级") in [*book["职称字典"].values]
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    row = dict.fromkeys(headings)
    row |= dict(zip(hands.HEADINGS, person("张昇", "139999198509230031"), strict=True))
    row |= {"派驻单位名称": GRAIN[0], "派驻单位统一社会信用代码": GRAIN[1], "服务开始日期": "2026-06-01"}
    sheet.append([row[heading] for heading in headings])
    filled = io.BytesIO()
    sheet.parent.save(filled)

    assert "每一列是什么" in brings(clerk, filled.getvalue())
    assert "正在校验" in names_columns(clerk)
    assert "没有发现问题，可以全部导入" in clerk.opens(clerk.address)
    clerk.opens(clerk.finds(r'href="(/rosters/\d+/confirm/)"'))
    clerk.presses("确认导入", mode="all", consent="on")
    hands.run()
    words = clerk.opens(clerk.address)

    assert "已导入 1 行" in words
    assert "登记草稿 1 份" in words
    registration = Registration.objects.get()
    assert (registration.specialist.name, str(registration.consented_on)) == ("张昇", "2026-05-12")
    assert Agreement.objects.get().host == season.h4


def test_every_finding_is_on_the_page_with_row_column_value_article_and_what_to_do(season: Season) -> None:
    clerk = Person(season.clerk)
    brings(clerk, OWN)
    names_columns(clerk)

    words = clerk.opens(clerk.address)
    assert "可导入" in words
    assert "第12行 解曦刚" in words
    assert "身份证号 C列 1.39999E+17" in words
    assert "被Excel当作数字保存" in words
    assert "对照身份证逐位核对后改正" in words
    assert "工作方案一（一）" in words
    foot = re.search(r"共 (\d+) 行，(\d+) 个问题", words)
    assert foot
    table = clerk.page[clerk.page.index("<tbody") : clerk.page.index("</tbody>")]
    assert int(foot[1]) < int(foot[2]) == table.count("<tr")  # a row with two problems stands in two lines
    only = clerk.opens(f"{clerk.address}?verdict=block")
    assert "第44行" in only
    assert "第4行" not in only
    assert "1399991991020496" not in clerk.page
    dup = clerk.opens(f"{clerk.address}?code=E-ROW-DUP")
    assert "第44行" in dup
    assert "第17行" not in dup


def test_the_own_workbook_comes_back_marked_and_goes_in_again(season: Season) -> None:
    clerk = Person(season.clerk)
    brings(clerk, OWN)
    names_columns(clerk)
    batch = RosterBatch.objects.get()

    given = clerk.downloads(reverse("desk:roster-marked", args=[batch.pk]))

    sheet: Any = openpyxl.load_workbook(io.BytesIO(given)).worksheets[0]
    assert sheet["O3"].value == "问题说明"
    assert sheet["O12"].value.startswith("【不能导入】C列身份证号：")
    assert sheet["C12"].fill.fgColor.rgb == "FFF4B6B0"
    assert sheet["O8"].value is None
    again = hands.checked(given, season.clerk)
    assert hands.found(again) == hands.found(batch)
    assert again.notes_column == 15


def test_only_the_clean_rows_are_taken_when_the_clerk_says_so(season: Season) -> None:
    clerk = Person(season.clerk)
    brings(clerk, OWN)
    names_columns(clerk)
    batch = RosterBatch.objects.get()
    confirm = reverse("desk:roster-confirm", args=[batch.pk])

    clerk.opens(confirm)
    assert "请选择导入方式" in clerk.presses("确认导入", expect=422)
    assert "有5行不能导入，不能全部导入" in clerk.presses("确认导入", mode="all", expect=422)
    assert Registration.objects.count() == 0
    clerk.presses("确认导入", mode="clean")
    hands.run()
    words = clerk.opens(clerk.address)

    assert "已导入 59 行" in words
    assert "有 5 行没有导入" in words
    assert Registration.objects.filter(consented_on=None).count() == Registration.objects.count() == 58

    again = hands.checked(clerk.downloads(reverse("desk:roster-marked", args=[batch.pk])), season.clerk)
    words = clerk.opens(again.get_absolute_url())
    assert (again.there, again.blocked) == (59, 5)
    assert "已在平台59" in words.replace(" ", "")
    assert "第44行" in words
    assert "第4行" not in words
    assert "第4行" in clerk.opens(f"{again.get_absolute_url()}?verdict=there")
    assert "没有可以导入的行" in clerk.opens(again.get_absolute_url())


def test_a_batch_is_taken_back_whole_by_the_page(season: Season) -> None:
    batch = hands.imported(roster(person("张昇", "139999198509230031", "农业", *GRAIN)), season.clerk)
    clerk = Person(season.clerk)

    assert "2026年5月13日 10:00前可以整批撤回" in clerk.opens(batch.get_absolute_url())
    words = clerk.presses("撤回整批")

    assert "已整批撤回" in words
    assert (Registration.objects.count(), Agreement.objects.count()) == (0, 0)


def test_what_is_no_workbook_is_said_on_the_page(season: Season) -> None:
    clerk = Person(season.clerk)

    assert "打开密码" in brings(clerk, made.password(), expect=422)
    assert "旧版Excel工作簿（.xls）" in brings(clerk, made.old_excel(), name="名单.xls", expect=422)
    assert "文本文件（如.csv）" in brings(clerk, "姓名,身份证号".encode(), name="名单.csv", expect=422)
    assert "请选择XLSX文件，“名单.exe”不是。" in brings(clerk, b"MZ", name="名单.exe", expect=422)
    assert RosterBatch.objects.count() == 0


def test_columns_must_be_named_once_and_the_necessary_ones_at_all(season: Season) -> None:
    clerk = Person(season.clerk)
    data = made.made(["姓名", "证件", "类别", "备用"], ["张昇", "139999198509230031", "农业", "x"])
    brings(clerk, data)

    assert "还没有对应：身份证号" in clerk.presses("开始校验", expect=422)
    words = clerk.presses("开始校验", column__1="id_number", column__3="name", expect=422)
    assert "“姓名”已对应A列，一项内容只能对应一列" in words
    names_columns(clerk, column__1="id_number", column__3="")
    assert RosterBatch.objects.get().status == RosterStatus.CHECKED

    brings(clerk, data)
    assert 'value="id_number" selected' in clerk.page, "remembered from the last time"


def test_the_values_shown_beside_a_column_are_masked(season: Season) -> None:
    clerk = Person(season.clerk)
    brings(clerk, roster(person("张昇", "139999198509230031")))

    assert "139999********0031" in clerk.page
    assert "139****1234" in clerk.page
    assert "139999198509230031" not in clerk.page


def test_a_sheet_without_headings_asks_for_the_row(season: Season) -> None:
    clerk = Person(season.clerk)
    data = made.made(["甲", "乙", "丙"], ["姓甚", "号码", "哪类"], ["张昇", "139999198509230031", "农业"])

    words = brings(clerk, data)
    assert "没有找到表头" in words
    assert "第 2 行 姓甚 号码 哪类" in words
    words = clerk.presses("重新识别", heading="2")
    assert "按第 2 行的列名判断" in words
    names_columns(clerk, column__0="name", column__1="id_number", column__2="category")
    assert hands.found(RosterBatch.objects.get()) == {3: ["E-COMPLETE"] * 4}


def test_a_running_check_shows_how_far_it_is_with_and_without_scripts(season: Season) -> None:
    clerk = Person(season.clerk)
    brings(clerk, OWN)
    clerk.presses("开始校验")
    batch = RosterBatch.objects.get()

    assert 'http-equiv="refresh"' in clerk.page
    partial = clerk.client.get(reverse("desk:roster-progress", args=[batch.pk]), headers={"HX-Request": "true"})
    assert "正在读取工作簿" in shown(partial.content.decode())
    hands.run()
    done = clerk.client.get(reverse("desk:roster-progress", args=[batch.pk]), headers={"HX-Request": "true"})
    assert (done.status_code, done["HX-Redirect"]) == (204, batch.get_absolute_url())


def test_a_roster_is_put_aside_while_it_is_being_checked(season: Season) -> None:
    clerk = Person(season.clerk)
    brings(clerk, OWN)
    clerk.presses("开始校验")

    assert "已放弃这份名单" in clerk.presses("放弃这份名单")
    hands.run()
    assert RosterBatch.objects.get().status == RosterStatus.DROPPED
    assert RosterBatch.objects.get().lines.count() == 0


@pytest.mark.parametrize(("kind", "said"), [("people", True), ("teams", False)])
def test_teams_brought_as_people_are_shown_the_other_way_in(season: Season, kind: str, said: bool) -> None:
    words = brings(Person(season.clerk), (SAMPLES / "roster-teams.xlsx").read_bytes(), kind)

    assert ("这份表像是团队名单，请从“导入团队名单”上传" in words) is said


def test_the_bureau_brings_the_provincial_list_and_nothing_else(season: Season) -> None:
    officer = Person(season.officer)
    brings(officer, (SAMPLES / "provincial-list-2026.xlsx").read_bytes(), "provincial")
    names_columns(officer)
    batch = RosterBatch.objects.get()
    officer.opens(reverse("desk:roster-confirm", args=[batch.pk]))
    officer.presses("确认导入", mode="clean")
    hands.run()

    assert "名单条目 118 条" in officer.opens(batch.get_absolute_url())
    assert ProvincialListEntry.objects.filter(valid_to="2026-12-31").count() == 118
    officer.opens("/rosters/new/?kind=people", expect=404)
    Person(season.clerk).opens("/rosters/new/?kind=provincial", expect=404)


def test_another_institution_sees_nothing_of_a_roster(season: Season) -> None:
    batch = hands.checked(OWN, season.clerk)
    stranger = Person(season.stranger)

    for name in ("roster", "roster-columns", "roster-marked", "roster-findings", "roster-confirm", "roster-progress"):
        stranger.opens(reverse(f"desk:{name}", args=[batch.pk]), expect=404)
    assert "还没有导入名单" in stranger.opens(reverse("desk:rosters"))
    Person(season.officer).opens(batch.get_absolute_url(), expect=404)


def test_a_roster_put_aside_keeps_no_rows(season: Season) -> None:
    batch = hands.checked(OWN, season.clerk)
    clerk = Person(season.clerk)
    clerk.opens(batch.get_absolute_url())

    assert "已放弃这份名单" in clerk.presses("放弃这份名单")
    assert RosterBatch.objects.get().lines.count() == 0


def test_a_page_opened_before_somebody_else_went_on_is_stale(season: Season) -> None:
    batch = hands.checked(roster(person("张昇", "139999198509230031")), season.clerk)
    clerk = Person(season.clerk)
    clerk.opens(reverse("desk:roster-confirm", args=[batch.pk]))
    hands.confirm(batch, season.manager)

    words = clerk.presses("确认导入", mode="all")

    assert "没有重复导入" in words
    assert Registration.objects.count() == 1


def test_the_list_of_findings_is_a_workbook_to_print(season: Season) -> None:
    batch = hands.checked(OWN, season.clerk)

    given = Person(season.clerk).downloads(reverse("desk:roster-findings", args=[batch.pk]))

    sheet: Any = openpyxl.load_workbook(io.BytesIO(given)).worksheets[0]
    rows = [[cell.value for cell in row][1:5] for row in sheet.iter_rows(min_row=4)]
    assert ["44", "冯超", "不能导入", "C　身份证号"] in rows


def test_the_lists_cost_the_same_queries_with_one_row_and_with_three(
    season: Season, django_assert_num_queries: Any
) -> None:
    clerk = Person(season.clerk)
    for count in (1, 3):
        while RosterBatch.objects.count() < count:
            hands.checked(roster(person("张昇", "139999198509230031")), season.clerk)
        clerk.client.get(reverse("desk:rosters"))
        with django_assert_num_queries(5):
            clerk.client.get(reverse("desk:rosters"))

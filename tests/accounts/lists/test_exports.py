"""A list as a workbook: exactly what is filtered, in its order, for whoever asked."""

import html
import io
import re
from datetime import UTC, date, datetime
from functools import partialmethod
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.utils.timezone import now

from accounts.lists import exporting
from accounts.lists.kinds import kinds
from accounts.models import ListExport, ListExportPart, Membership, User
from accounts.tasks import write_export
from agreements.ending.services import end_agreement
from agreements.enums import TerminationReason
from agreements.models import Agreement
from assessments.models import Campaign
from core import files
from core.longsheets import kept, to_keep, write_list
from core.models import AuditEvent, Message, OutboxRow
from core.sheets import Column, Kind
from core.tables import Keyset
from funding.models import PaymentBatch
from specialists.models import Registration, Team
from tests.agreements.hands import body, words
from tests.agreements.test_amending import asked, passed
from tests.cast import MAY_20, Season
from tests.hands import browser_of
from tests.specialists import team_acts
from tests.specialists.lists import announced, by_list, closed, proposed
from visits.enums import VisitStatus

ON = date(2026, 5, 20)


@pytest.fixture(autouse=True)
def _files_of_our_own(settings: Any, tmp_path: Path) -> None:
    """The sweep of one test would take the files of another."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def city(season: Season) -> Season:
    """A few of everything that is listed, in different states."""
    for key in ("P1", "P2", "P3"):
        agreement = season.filed(season.selected(key), season.h4)
    season.submitted(season.selected("P5", category="broker"), season.h1)
    season.agreement(season.selected("P6"), season.h4)
    season.filed(season.selected("P7", institution=season.u2), season.h5, created_by=season.stranger)
    for status in (VisitStatus.CONFIRMED, VisitStatus.LOGGED):
        season.visit(agreement, MAY_20, status=status)
    for number, name in enumerate(("谷物育种团队", "设施蔬菜团队", "林果团队")):
        Team.objects.create(
            institution=season.u1, year=2026, name=name, category="agriculture", status="draft", pack=season.pack
        )
        PaymentBatch.objects.create(
            institution=season.u1,
            year=2026,
            note=name,
            total_fen=600_00 * number,
            maker=season.clerk.person,
            made_by=season.clerk,
        )
    held = Campaign.objects.create(
        year=2026,
        opens_on=MAY_20,
        institution_due=date(2026, 12, 10),
        bureau_due=date(2026, 12, 25),
        pack=season.pack,
        opened_by=season.officer,
    )
    for one in Registration.objects.filter(institution=season.u1)[:3]:
        held.assessments.create(specialist=one.specialist, registration=one, institution=season.u1)
    return season


def rows_of(data: bytes) -> list[tuple[Any, ...]]:
    return [*openpyxl.load_workbook(io.BytesIO(data))["列表"].values]


def exported(hat: Membership, key: str, query: str = "", **fields: Any) -> ListExport:
    listed, asked = kinds()[key], QueryDict(query)
    columns = fields.get("columns") or [one.key for one in listed.fields(hat, asked)]
    return exporting.export_list(listed, asked, fields=columns, by=hat, on=ON)


def file_of(export: ListExport) -> bytes:
    with default_storage.open(export.path) as stored:
        data: bytes = stored.read()
    return data


# --- exactly what is filtered -----------------------------------------------------------------------------------------

ASKED = {
    "agreements": (
        "",
        "status=filed",
        "status=draft",
        "category=broker",
        "category=agriculture&status=filed",
        "district=130123",
        "host=滹沱",
        "institution=示范农林",
        "q=D-1",
        "q=0001",
        "q=李喆",
        "source=past",
        "due=over",
        "form=individual",
        "filed=2026",
        "sort=due",
        "sort=-due",
        "mine=1",
        "status=nonsense",
    ),
    "registrations": (
        "",
        "status=approved",
        "category=broker",
        "year=2026",
        "unit=示范",
        "q=李",
        "sort=name",
        "sort=-submitted",
    ),
    "units": ("", "kind=institution", "q=示范", "district=130123", "kind=institution&sort=-name", "sort=district"),
    "teams": ("", "status=approved", "short=1", "q=谷物", "sort=-name"),
    "assessments": ("", "status=open", "year=2026", "year=2025"),
    "batches": ("", "status=draft", "year=2025", "institution=0"),
    "visits": (
        "",
        "status=confirmed",
        "year=2026",
        "year=2025",
        "q=李",
        "unit=示范",
        "host=滹沱",
        "district=130123",
        "since=2026-05-13&until=2026年5月18日",
        "since=nonsense",
    ),
}


def over_all_pages(browser: Client, path: str, query: str) -> list[int]:
    found: list[int] = []
    while query:
        page = browser.get(f"{path}{query}").content.decode()
        found += [int(pk) for pk in re.findall(r'<tr data-href="/[a-z/]+/(\d+)/', page)]
        onward = re.search(r'href="([^"]+)" rel="next"', page)
        query = html.unescape(onward[1]) if onward else ""
    return found


@time_machine.travel("2026-05-20 10:00:00+08:00", tick=False)
def test_the_export_holds_what_the_list_shows_over_all_its_pages_in_its_order(
    city: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each filter, search and order of each list, for who sees the city and for who sees a unit."""
    monkeypatch.setattr(Keyset, "__init__", partialmethod(Keyset.__init__, size=3))
    browsers = {hat: browser_of(hat) for hat in (city.officer, city.clerk)}
    for key, queries in ASKED.items():
        for query in queries:
            for hat, browser in [*browsers.items()][: 2 if query in queries[:2] else 1]:
                shown = over_all_pages(browser, kinds()[key].address, f"?{query or 'view=all'}")
                assert kinds()[key].keys(hat, QueryDict(query), on=ON, most=100) == shown, f"{key}?{query} as {hat}"


def test_each_list_writes_every_column_in_chinese_with_the_values_that_hold_today(city: Season) -> None:
    amended = Agreement.objects.get(specialist__name="李喆")
    Agreement.objects.filter(specialist__name="周珺").update(service_content="=HYPERLINK(1)")
    passed(city, asked(city, amended, visits_per_year=18))

    for key in ASKED:
        export = exported(city.officer, key)
        head, *rows = rows_of(file_of(export))
        assert len(rows) == export.rows > 0
        assert [title for title in head if title.isascii()] == []
    sheets = {one.list: rows_of(file_of(one)) for one in ListExport.objects.all()}
    head, *rows = sheets["agreements"]
    told = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert told[amended.filing_number]["年度到现场服务次数"] == 18
    assert told[amended.filing_number]["已变更"] == "是"
    assert "'=HYPERLINK(1)" in [row["服务内容"] for row in told.values()]
    assert "139999********0010" in [row[1] for row in sheets["registrations"]]
    assert "139999197803050010" not in repr(sheets)


def test_days_and_figures_of_a_list_are_days_and_figures_in_its_workbook(season: Season) -> None:
    """What the page puts into words (“公示期”, “第1批”) is told apart, so that it sorts, filters and adds up."""
    by_list(season)
    announced(season, closed(season, proposed(season, "P1")))
    season.on_provincial_list("P3")
    season.h2.flags_year = 2026
    season.h2.save(update_fields=["flags_year"])

    def first(key: str) -> dict[str, Any]:
        head, row, *_ = rows_of(file_of(exported(season.officer, key)))
        return dict(zip(head, row, strict=True))

    held = first("selections")
    assert {title: held[title] for title in ("年度", "批次", "公示开始日期", "公示截止日期", "公布日期")} == {
        "年度": 2026,
        "批次": 1,
        "公示开始日期": datetime(2026, 5, 20),
        "公示截止日期": datetime(2026, 5, 26),
        "公布日期": datetime(2026, 5, 28),
    }
    listed = first("provincial")
    assert (listed["名单年度"], type(listed["有效期起"]), type(listed["有效期止"])) == (2026, datetime, datetime)
    assert first("flags")["认定年度"] == 2026
    User.objects.update(last_login=datetime(2026, 5, 20, 17, 30, tzinfo=UTC))
    head, row, *_ = rows_of(file_of(exported(season.admin, "members")))
    assert dict(zip(head, row, strict=True))["上次登录"] == datetime(2026, 5, 21, 1, 30)


def test_formulas_dates_amounts_and_conditions_in_a_long_sheet() -> None:
    made = io.BytesIO()
    columns = [Column("名称"), Column("日期", Kind.DATE), Column("金额", Kind.MONEY), Column("次数", Kind.NUMBER)]
    columns.append(Column("时间", Kind.TIME))
    moment = datetime(2026, 5, 20, 17, 30, 5, 99, tzinfo=UTC)  # half past one of the next day here
    given: list[list[Any]] = [
        ["=1+1", date(2026, 5, 20), 123456, 3, kept(to_keep(moment), columns[4])],
        ["#N/A", None, None, None, None],
        ["＠甲\x07", None, 0, 0, "—"],
    ]
    write_list(
        made,
        title="协议&备案",
        columns=columns,
        rows=given,
        count=3,
        by="陈科员",
        at=now(),
        conditions={"状态": "已备案", "派驻单位": "=甲"},
    )
    book = openpyxl.load_workbook(made)
    sheet, told = book["列表"], book["导出说明"]

    assert [row[0] for row in sheet.values] == ["名称", "'=1+1", "#N/A", "'＠甲"]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert (sheet["B2"].value.date(), sheet["C2"].value, sheet["D2"].value) == (date(2026, 5, 20), 1234.56, 3)
    assert (sheet["E2"].value, sheet["E2"].number_format) == (
        datetime(2026, 5, 21, 1, 30, 5),
        'yyyy"年"m"月"d"日" hh:mm',
    )
    assert (sheet["E3"].value, sheet["E4"].value) == (None, "—")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:E4")
    head, foot = sheet.oddHeader, sheet.oddFooter
    assert (head and head.center.text, foot and foot.left.text) == ("协议&&备案", "状态：已备案；派驻单位：=甲")
    lines = {label: value for label, value in told.values}
    assert (lines["派驻单位"], lines["记录数"]) == ("'=甲", "3")


# --- asking, waiting, fetching ----------------------------------------------------------------------------------------


def test_an_agreement_that_ends_early_is_exported_with_its_day_and_a_teams_with_its_name(season: Season) -> None:
    team = team_acts.selected(season)
    leader = team.members.get(is_leader=True).registration
    assert leader
    ended = season.filed(leader, season.h4, team=team)
    to_end = season.filed(season.selected("P1"), season.h4)
    for agreement, day in ((ended, MAY_20), (to_end, date(2026, 12, 1))):
        end_agreement(agreement, by=season.officer, on=MAY_20, ends_on=day, reason=TerminationReason.AGREED)
    officer = browser_of(season.officer)
    sent = {"list": "agreements", "columns": ["team", "ended", "ended_for"], "idempotency_key": "k1"}

    answer = officer.get(officer.post("/exports/new/", sent)["Location"])

    assert rows_of(body(answer)) == [
        ("团队", "终止日期", "终止原因"),
        (None, datetime(2026, 12, 1), "三方协商提前终止"),
        (team.name, datetime(2026, 5, 20), "三方协商提前终止"),
    ]


def test_a_short_list_is_a_file_at_once_with_the_columns_chosen(city: Season) -> None:
    officer = browser_of(city.officer)
    page = words(officer.get("/exports/new/?list=agreements&query=status%3Dfiled"))
    assert "记录数 4 行" in page
    assert "状态 已备案" in page

    sent = {
        "list": "agreements",
        "query": "status=filed",
        "columns": ["number", "name", "visits"],
        "idempotency_key": "k1",
    }
    first, again = (officer.post("/exports/new/", sent) for _ in range(2))

    export = ListExport.objects.get()
    assert first["Location"] == again["Location"] == f"/exports/{export.pk}/file/"
    answer = officer.get(first["Location"])
    assert rows_of(body(answer))[0] == ("协议编号", "姓名", "年度到现场服务次数")
    assert "%E5%8D%8F%E8%AE%AE%E5%A4%87%E6%A1%88" in answer["Content-Disposition"]
    verbs = AuditEvent.objects.filter(target_type="accounts.ListExport").order_by("id").values_list("verb", flat=True)
    assert [*verbs] == ["export.asked", "export.made", "export.downloaded"]
    assert browser_of(city.head).get(f"/exports/{export.pk}/file/").status_code == 404  # a colleague of the bureau
    assert browser_of(city.contact).get("/exports/").status_code == 403

    nothing = officer.post("/exports/new/", {"list": "agreements", "query": "q=无此人", "columns": ["name"]})
    assert (nothing.status_code, "没有符合条件的记录" in words(nothing)) == (422, True)
    assert "请选择导出的列" in words(officer.post("/exports/new/", {"list": "agreements", "query": ""}))
    with time_machine.travel(now() + exporting.timedelta(days=8)):
        gone = browser_of(city.officer).get(f"/exports/{export.pk}/file/", follow=True)
        assert "导出文件只保留7天，现已清除" in words(gone)
        assert export.path in files.sweep(before=now())


def test_a_view_remembers_the_columns_it_is_exported_with(city: Season) -> None:
    officer = browser_of(city.officer)
    officer.post("/views/new/", {"list": "visits", "query": "status=confirmed", "name": "已确认"})
    sent = {"list": "visits", "query": "status=confirmed", "columns": ["date", "content"], "remember": "on"}
    officer.post("/exports/new/", sent)

    page = officer.get("/exports/new/?list=visits&query=status%3Dconfirmed").content.decode()

    assert re.findall(r'value="([a-z]+)"[^>]* checked', page) == ["date", "content"]


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    monkeypatch.setattr(exporting, "A_PART", 2)


def deliver() -> None:
    for row in OutboxRow.objects.filter(task=exporting.WRITE, done_at=None):
        write_export(outbox_id=row.pk)


def test_a_long_list_is_written_in_parts_and_told_when_it_is_there(
    city: Season, in_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies in a part has left none of it; a promise delivered twice writes nothing twice."""
    shown = kinds()["agreements"].keys(city.officer, QueryDict(), on=ON, most=10)
    officer = browser_of(city.officer)
    asked = officer.post("/exports/new/", {"list": "agreements", "query": "", "columns": ["number", "start"]})
    export = ListExport.objects.get()
    assert (asked["Location"], export.parts.count()) == (f"/exports/{export.pk}/", 3)

    deliver()
    assert "正在读取：2 / 6 行" in words(officer.get(f"/exports/{export.pk}/"))
    with monkeypatch.context() as dying:
        dying.setattr(exporting.files, "lend", lambda *given, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deliver()
    promised = [*OutboxRow.objects.filter(task=exporting.WRITE).values_list("pk", flat=True)]
    for _ in range(4):
        deliver()
    for pk in promised:  # the relay may send what was done already
        write_export(outbox_id=pk)

    export.refresh_from_db()
    numbers = [row[0] for row in rows_of(file_of(export))[1:]]
    assert numbers == [one.filing_number or f"D-{one.pk}" for one in (Agreement.objects.get(pk=pk) for pk in shown)]
    assert isinstance(rows_of(file_of(export))[1][1], exporting.date)
    assert Message.objects.filter(person=city.officer.person, link=f"/exports/{export.pk}/").count() == 1
    assert AuditEvent.objects.filter(verb="export.made").count() == 1
    assert not ListExportPart.objects.exists()
    assert "保留至" in words(officer.get(f"/exports/{export.pk}/"))


def test_nothing_is_made_for_a_hat_that_ended_meanwhile(city: Season, in_parts: None) -> None:
    export = exported(city.clerk, "agreements")
    Membership.objects.filter(pk=city.clerk.pk).update(ended_at=now(), ended_by=city.manager)
    deliver()
    export.refresh_from_db()

    assert (export.is_busy, export.path) == (False, "")


def test_what_is_not_seen_any_more_when_it_is_read_is_left_out(city: Season, in_parts: None) -> None:
    export = exported(city.clerk, "agreements", columns=["number", "name"])
    Agreement.objects.filter(specialist__name="周珺").update(institution=city.u2)
    for _ in range(5):
        deliver()
    export.refresh_from_db()

    rows = rows_of(file_of(export))
    assert ("（已不可见）", None) in rows
    assert "周珺" not in repr(rows)


def test_programs_export_by_the_same_service(city: Season) -> None:
    officer = browser_of(city.officer)
    lists = {one["key"]: one for one in officer.get("/api/v1/lists/").json()}
    assert {*ASKED, "overrides", "ledger", "filing-sheets"} <= set(lists)
    assert "looks" not in lists  # for administrators and audit
    assert {"key": "unit", "title": "派出单位"} in lists["registrations"]["filters"]
    assert {"key": "id", "title": "证件号码"} in lists["registrations"]["columns"]
    sent = {"list": "registrations", "query": "year=2026", "columns": ["name", "id"]}
    made = officer.post("/api/v1/exports/", sent, content_type="application/json")
    key = made.json()["id"]

    assert (made.status_code, made.json()["conditions"]) == (201, {"年度": "2026年度"})
    assert officer.get(f"/api/v1/exports/{key}/").json()["is_there"] is True
    assert rows_of(body(officer.get(f"/api/v1/exports/{key}/file/")))[0] == ("姓名", "证件号码")
    assert [one["id"] for one in officer.get("/api/v1/exports/").json()] == [key]
    assert browser_of(city.head).get(f"/api/v1/exports/{key}/file/").status_code == 404


@pytest.mark.parametrize(
    ("constraint", "change"),
    [pytest.param("export_file_has_its_time_and_last_day", {"expires_on": None}, id="a file without a last day")],
)
def test_the_database_refuses_a_file_for_ever(city: Season, constraint: str, change: dict[str, Any]) -> None:
    export = exported(city.officer, "visits")

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ListExport.objects.filter(pk=export.pk).update(**change)


def test_a_part_stands_once(city: Season, in_parts: None) -> None:
    export = exported(city.officer, "agreements")

    with pytest.raises(IntegrityError, match="export_part_stands_once"), transaction.atomic():
        export.parts.create(number=0, records=[])

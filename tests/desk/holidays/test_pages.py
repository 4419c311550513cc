"""放假安排: the administrator pastes the year's notice, looks at what was read, and every deadline counts by it."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from agreements.progress import review_due
from core import calendar, holidays
from core.audit import history
from core.holidays import Arrangement, Span
from core.models import HolidayYear, SpecialDay
from tests.cast import Season
from tests.hands import at_once, browser_of, linger

PATH, API, JSON = "/holidays/", "/api/v1/holidays/", "application/json"
# As the notice of a year to come may be worded: 元旦 begins in the December before.
NOTICE = """一、元旦：2026年12月31日（周四）至1月2日（周六）放假调休，共3天。1月3日（周日）上班。
二、春节：2月5日（农历除夕、周五）至11日（周四）放假，共7天。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""
NUMBER = "国办发明电[2026]6号"


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        yield


def sent(**changed: Any) -> dict[str, Any]:
    return {"year": "2027", "document_number": NUMBER, "said": NOTICE, "version": "0", **changed}


def read_of() -> Arrangement:
    read, wrong = holidays.read(NOTICE, 2027)
    assert wrong == []
    return read


def entered(season: Season, **more: Any) -> HolidayYear:
    given = {"document_number": NUMBER, "by": season.admin, "on": date(2026, 11, 23), **more}
    return holidays.enter_holidays(given.pop("arrangement", read_of()), **given)


def body(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_notice_is_pasted_looked_at_and_kept(season: Season) -> None:
    desk, officer = browser_of(season.admin), browser_of(season.officer)
    assert "2027年放假安排尚未录入" in body(officer.get(PATH))
    assert officer.post(PATH, sent()).status_code == 403
    due = review_due(date(2026, 12, 30), 3)

    looked = desk.post(PATH, sent())

    page = body(looked)
    assert (looked.status_code, HolidayYear.objects.exists()) == (200, False)
    assert "12月31日（周四）至1月2日（周六）" in page
    assert "录入2027年放假安排" in page
    [mark] = {part.split('"')[0] for part in page.split('name="keep" value="')[1:]}
    kept = desk.post(PATH, sent(keep=mark))
    assert (kept.status_code, kept["Location"]) == (302, PATH)
    page = body(desk.get(PATH))
    assert "国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕6号）" in page
    assert "尚未录入" not in page
    assert "一分钟内各页面都按它计算工作日" in page
    assert (due, review_due(date(2026, 12, 30), 3)) == (date(2027, 1, 4), date(2027, 1, 5))
    assert calendar.missing_note(date(2026, 12, 1), date(2027, 1, 10)) == ""
    event = history(HolidayYear.objects.get()).get()
    assert (event.verb, event.after["document_number"]) == ("holidays.entered", "国办发明电〔2026〕6号")


def test_what_was_changed_after_it_was_looked_at_is_shown_again(season: Season) -> None:
    desk = browser_of(season.admin)
    changed = NOTICE.replace("6月9日（周三）放假1天", "6月9日（周三）至10日（周四）放假2天")

    again = desk.post(PATH, sent(said=changed, keep=read_of().mark))

    assert again.status_code == 200
    assert "<td>6月9日（周三）至6月10日（周四）</td>" in body(again)
    assert not HolidayYear.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"said": NOTICE.replace("2月5日（农历除夕、周五）", "2月5日（周六）")}, "2027年2月5日是周五", id="weekday"),
        pytest.param({"said": "见附件"}, "没有读出放假安排", id="no notice"),
        pytest.param({"said": "放" * 4001}, "4000", id="too long"),
        pytest.param({"year": "2031"}, "年度", id="a year far off"),
        pytest.param({"document_number": ""}, "请填写文号", id="no number"),
    ],
)  # fmt: skip
def test_a_notice_that_does_not_fit_is_told_and_stays_in_the_form(
    season: Season, changed: dict[str, str], said: str
) -> None:
    answer = browser_of(season.admin).post(PATH, sent(**changed, keep=read_of().mark))

    assert answer.status_code == 422
    assert said in body(answer)
    assert changed.get("said", NOTICE)[:20] in body(answer)
    assert not HolidayYear.objects.exists()


def test_a_number_without_digits_is_refused_when_it_is_kept(season: Season) -> None:
    answer = browser_of(season.admin).post(PATH, sent(document_number="国办发明电", keep=read_of().mark))

    assert (answer.status_code, "请填写通知的文号" in body(answer)) == (422, True)


def test_a_year_entered_meanwhile_is_told_and_nothing_typed_is_lost(season: Season) -> None:
    entered(season, said="原先的正文")

    answer = browser_of(season.admin).post(PATH, sent(keep=read_of().mark))

    page = body(answer)
    assert answer.status_code == 409
    assert "修改过这条记录" in page
    assert "原先的正文" in page
    assert "三、清明节" in page
    again = browser_of(season.admin).post(PATH, sent(keep=read_of().mark, version="1"))
    assert (again.status_code, HolidayYear.objects.get().version) == (302, 2)


def test_a_year_that_the_platform_was_delivered_with_can_be_put_right(season: Season) -> None:
    known = calendar.years()[2026]
    spans = [one for one in holidays.spans_of(known.free.items()) if one.name != "春节"]
    longer = Arrangement(
        2026, (*spans, Span("春节", date(2026, 2, 15), date(2026, 2, 24))), tuple(sorted(known.worked))
    )
    assert calendar.is_working_day(date(2026, 2, 24))

    entered(season, arrangement=longer)

    assert not calendar.is_working_day(date(2026, 2, 24))
    assert calendar.is_working_day(date(2026, 2, 28))


def test_programs_read_the_calendar_and_enter_a_year(season: Season) -> None:
    clerk, desk = browser_of(season.clerk), browser_of(season.admin)
    assert [one["year"] for one in clerk.get(API).json()] == [2025, 2026]
    read = read_of()
    new: dict[str, Any] = {
        "year": 2027, "document_number": NUMBER, "worked": [day.isoformat() for day in read.worked],
        "free": [{"name": one.name, "first": one.first.isoformat(), "last": one.last.isoformat()} for one in read.spans],
    }  # fmt: skip

    assert clerk.post(API, new, JSON).status_code == 403
    refused = desk.post(API, {**new, "worked": ["2027-01-04"]}, JSON)
    assert refused.json()["findings"][0]["message"] == "2027年1月4日是周一，本来就上班，请核对调休上班的日期。"
    endless = [*new["free"], {"name": "暑假", "first": "2027-07-01", "last": "9999-12-31"}]
    assert desk.post(API, {**new, "free": endless}, JSON).status_code == 422
    odd = [{**new["free"][0], "name": "元旦\u0007"}, *new["free"][1:]]
    assert desk.post(API, {**new, "free": odd}, JSON).status_code == 422
    assert desk.post(API, {**new, "year": 2029}, JSON).json()["findings"][0]["message"].startswith("现在只能录入2026年")
    made = desk.post(API, new, JSON)
    assert (made.status_code, made.json()["version"], made.json()["free"][0]) == (200, 1, new["free"][0])
    assert desk.post(API, new, JSON).status_code == 409
    assert [one["year"] for one in clerk.get(API).json()] == [2025, 2026, 2027]


def test_the_administrator_is_reminded_while_the_coming_year_is_not_entered(season: Season) -> None:
    said = "2027年放假安排待录入"
    assert said in body(browser_of(season.admin).get("/"))
    assert said not in body(browser_of(season.officer).get("/"))

    entered(season)

    assert said not in body(browser_of(season.admin).get("/"))


def test_two_who_enter_a_year_at_once_keep_one(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, holidays, "refuse_stale")
    try:
        for version in (0, 1):
            enter = partial(entered, lasting_season, version=version)
            assert at_once(enter, enter) == ["done", "stale"]
    finally:
        SpecialDay.objects.all().delete()
        HolidayYear.objects.all().delete()


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        pytest.param("only_a_weekend_day_is_worked_in_exchange", {"day": "2027-06-10", "is_worked": True}, id="worked"),
        pytest.param("a_free_day_has_its_holiday", {"day": "2027-06-10"}, id="free without a name"),
        pytest.param("a_free_day_has_its_holiday", {"day": "2027-06-12", "is_worked": True, "name": "端午节"}, id="worked with a name"),
        pytest.param("a_special_day_is_of_its_year", {"day": "2026-11-30", "name": "元旦"}, id="before its year"),
        pytest.param("a_special_day_is_of_its_year", {"day": "2028-01-01", "name": "元旦"}, id="after its year"),
        pytest.param("core_specialday_day_key", {"day": "2027-06-09", "name": "端午节"}, id="twice"),
    ],
)  # fmt: skip
def test_the_database_keeps_days_as_an_arrangement_can_have_them(
    season: Season, name: str, columns: dict[str, Any]
) -> None:
    kept = entered(season)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SpecialDay.objects.create(of=kept, **columns)


def test_a_day_of_another_years_arrangement_is_not_taken_twice(season: Season) -> None:
    entered(season)
    known = calendar.years()[2026]
    spans = (*holidays.spans_of(known.free.items()), Span("元旦", date(2026, 12, 31), date(2026, 12, 31)))

    answer = browser_of(season.admin).post(
        API,
        {
            "year": 2026, "document_number": NUMBER, "worked": [],
            "free": [{"name": one.name, "first": str(one.first), "last": str(one.last)} for one in spans],
        },
        JSON,
    )  # fmt: skip

    assert [one["message"] for one in answer.json()["findings"]] == ["2026年12月31日已在2027年的放假安排中，请核对。"]


def test_nobody_reads_it_without_signing_in(season: Season) -> None:
    assert Client().get(PATH).status_code == 302
    assert Client().get(API).status_code == 401

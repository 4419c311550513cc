"""The notice of a year read as it was published, and what is found when it was not."""

from datetime import date

import pytest

from core import calendar, holidays
from core.holidays import Arrangement, Span

pytestmark = pytest.mark.django_db

# 国办发明电〔2025〕7号, with its first and last words.
NOTICE_2026 = """各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作，遇有重大突发事件，要按规定及时报告并妥善处置。
"""
NOTICE_2025 = """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
"""
# As older ones were worded: the weekdays in full, a day that is only recommended, one in the December before.
NOTICE_2019 = """一、元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。
二、春节：2月4日至10日放假调休，共7天。2月2日（星期六）、2月3日（星期日）上班。鼓励各单位安排职工在1月31日休息。
三、清明节:4月5日放假，与周末连休。
四、劳动节:5月1日(星期三)至4日(星期六)放假调休，共4天。4月28日(星期日)、5月5日(星期日)上班。
五、端午节:6月7日放假，与周末连休。
六、中秋节：9月13日放假，与周末连休。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
"""


@pytest.mark.parametrize(
    ("text", "year"), [pytest.param(NOTICE_2025, 2025, id="2025"), pytest.param(NOTICE_2026, 2026, id="2026")]
)
def test_a_notice_says_what_the_platform_was_delivered_with(text: str, year: int) -> None:
    read, wrong = holidays.read(text, year)

    assert [*wrong, *holidays.faults(read)] == []
    known = calendar.years()[year]
    assert (read.free, {*read.worked}) == (known.free, known.worked)


def test_an_older_wording_is_understood_too() -> None:
    read, wrong = holidays.read(NOTICE_2019, 2019)

    assert [*wrong, *holidays.faults(read)] == []
    assert read.spans[0] == Span("元旦", date(2018, 12, 30), date(2019, 1, 1))
    assert read.worked[:3] == (date(2018, 12, 29), date(2019, 2, 2), date(2019, 2, 3))
    assert read.free[date(2019, 6, 7)] == "端午节"
    assert date(2019, 1, 31) not in read.free


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(("1月4日（周日）", "1月4日（周一）"), "2026年1月4日是周日，通知写的是周一", id="weekday"),
        pytest.param(("共9天", "共8天"), "“春节”写明8天，而2026年2月15日至2026年2月23日是9天", id="number of days"),
        pytest.param(("6月19日（周五）", "6月31日"), "没有2026年6月31日这一天", id="no such day"),
        pytest.param(("5月9日（周六）", "5月8日（周五）"), "2026年5月8日是周五，本来就上班", id="worked on a Friday"),
        pytest.param(("5月9日（周六）", "5月3日（周日）"), "2026年5月3日出现了两次", id="free and worked"),
        pytest.param(("五、端午节：6月19日（周五）至21日（周日）放假，共3天。", ""), "缺少端午的安排", id="one missing"),
        pytest.param(("10月1日（周四）至7日（周三）放假调休，共7天", "10月放假"), "“国庆节”没有读出放假日期", id="no day"),
        pytest.param(("5月1日（周五）至5日（周二）", "5月5日（周二）至1日（周五）"), "起止日期不对", id="end before start"),
        pytest.param(("5月1日（周五）至5日（周二）放假调休，共5天", "5月1日至9月9日放假"), "起止日期不对", id="a whole summer"),
        pytest.param(("6月19日（周五）至21日（周日）放假，共3天", "2027年6月19日放假"), "2027年6月19日不在2026年", id="another year"),
        pytest.param(("4月4日（周六）至6日（周一）", "4日（周六）至6日（周一）"), "没有写明月份", id="no month"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_and_nothing_is_kept_of_it(change: tuple[str, str], said: str) -> None:
    assert change[0] in NOTICE_2026

    read, wrong = holidays.read(NOTICE_2026.replace(*change), 2026)

    assert any(said in str(finding) for finding in wrong or holidays.faults(read))


def test_the_notice_of_another_year_is_known_by_its_weekdays() -> None:
    _, wrong = holidays.read(NOTICE_2026, 2027)

    assert "2027年1月1日是周五，通知写的是周四，请核对是否为2027年的通知。" in str(wrong[0])


@pytest.mark.parametrize(
    "text", [pytest.param("", id="nothing"), pytest.param("明年照旧。\n" * 50, id="no holiday in it")]
)
def test_a_text_that_is_no_notice_says_how_one_looks(text: str) -> None:
    read, [wrong] = holidays.read(text, 2026)

    assert read.spans == ()
    assert "没有读出放假安排" in str(wrong)


def test_days_on_end_of_one_name_are_one_holiday_again() -> None:
    read, _ = holidays.read(NOTICE_2026, 2026)

    assert holidays.spans_of(read.free.items()) == read.spans
    assert Arrangement(2026, read.spans, read.worked).mark != Arrangement(2026, read.spans, ()).mark

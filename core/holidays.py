"""放假安排: the State Council's arrangement of a year, read from the words of its notice and judged before it is kept.

The notice of every year is worded alike: `二、春节：2月15日（农历腊月二十八、周日）至23日（周一）放假调休，共9天。2月14日（周六）上班。`
It is pasted as it is; the weekdays and the numbers of days that stand in it show whether it was read rightly.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from django.db import transaction

from core import audit, calendar
from core.audit import Hat
from core.dates import day_in_words
from core.identifiers import clean_document_number
from core.models import HolidayYear, SpecialDay
from core.policy import Finding, plain, require
from core.stale import refuse_stale

# 《全国年节及纪念日放假办法》第二条: what all citizens have free, by the word that each is known by in the notice.
EVERY_YEAR = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
LONGEST = 31  # days on end; the longest so far were nine
WEEKDAYS = "一二三四五六日"

ITEM = re.compile(
    r"\s*(?:[一二三四五六七八九十]+、)?\s*(?P<name>[^：:。，,、\s]{2,9}(?:、[^：:。，,、\s]{2,9})?)[：:](?P<said>.+)"
)
DAY = r"(?:(?P<{0}y>\d{{4}})年)?(?:(?P<{0}m>\d{{1,2}})月)?(?P<{0}d>\d{{1,2}})日(?:（(?P<{0}w>[^）]*)）)?"
ONE_DAY_OF_IT = re.compile(DAY.format(""))
FREE = re.compile(DAY.format("f") + "(?:(?:至|到|—|-)" + DAY.format("l") + ")?(?:[^，。]*?)放假")
COUNTED = re.compile(r"(?:共|放假)(\d{1,2})天")
WEEKDAY = re.compile("(?:周|星期)([一二三四五六日天])")


@dataclass(frozen=True)
class Span:
    """A holiday from its first to its last day, both included, the weekends inside it too."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=more) for more in range((self.last - self.first).days + 1))

    def __str__(self) -> str:
        many = f"至{day_in_words(self.last)}" if self.last != self.first else ""
        return f"{self.name} {day_in_words(self.first)}{many}"


@dataclass(frozen=True)
class Arrangement:
    year: int
    spans: tuple[Span, ...]
    worked: tuple[date, ...]  # Saturdays and Sundays worked in exchange

    @property
    def free(self) -> dict[date, str]:
        return {day: span.name for span in self.spans for day in span.days}

    @property
    def mark(self) -> str:
        """What tells it from another: who keeps it has looked at this one."""
        return sha256(str(self).encode()).hexdigest()[:16]

    def __str__(self) -> str:
        worked = "、".join(day_in_words(day) for day in self.worked)
        return "；".join(str(span) for span in self.spans) + (f"；上班：{worked}" if worked else "")


# --- reading a notice -------------------------------------------------------------------------------------------------


def read(text: str, year: int) -> tuple[Arrangement, list[Finding]]:
    """What the notice of `year` says, and what in it does not fit: a weekday that is another one, days that are counted
    otherwise, a day that is none. Lines without a holiday, as its heading and its closing words, are passed over."""
    spans: list[Span] = []
    worked: list[date] = []
    wrong: list[Finding] = []
    for line in text.translate(str.maketrans("()", "（）")).splitlines():
        if not (item := ITEM.match(line)) or "放假" not in item["said"]:
            continue
        reading = _Item(item["name"], year)
        spans += reading.free_in(item["said"])
        worked += reading.worked_in(item["said"])
        wrong += reading.wrong
        if not reading.found and not reading.wrong:
            wrong.append(
                _wrong(f"“{item['name']}”没有读出放假日期，请按通知原文粘贴，如“1月1日（周五）至3日（周日）放假”。")
            )
    if not spans and not wrong:
        wrong.append(
            _wrong(
                "没有读出放假安排，请粘贴通知的正文，每个节日一行，如“一、元旦：1月1日（周五）至3日（周日）放假，共3天。”"
            )
        )
    return Arrangement(year, tuple(spans), tuple(sorted(worked))), wrong


class _Item:
    """One holiday of the notice; a month that is not repeated is the one before it."""

    def __init__(self, name: str, year: int) -> None:
        self.name, self.year = name, year
        self.wrong: list[Finding] = []
        self.found = False

    def free_in(self, said: str) -> list[Span]:
        spans = []
        for sentence in said.split("。"):
            # 鼓励各单位……安排职工在除夕（2月9日）休息: no day of the arrangement.
            if not (match := FREE.search(sentence)):
                continue
            first = self._day(match, "f", None)
            last = self._day(match, "l", first) if match["ld"] else first
            if not first or not last:
                continue
            if not 0 <= (last - first).days < LONGEST:
                self._says(f"“{match[0]}”的起止日期不对，请核对。")
                continue
            counted, span = COUNTED.search(sentence), Span(self.name, first, last)
            if counted and int(counted[1]) != (many := len([*span.days])):
                self._says(
                    f"“{self.name}”写明{counted[1]}天，而{day_in_words(first)}至{day_in_words(last)}是{many}天，请核对。"
                )
            spans.append(span)
        self.found = bool(spans)
        return spans

    def worked_in(self, said: str) -> list[date]:
        days = []
        for sentence in said.split("。"):
            if not sentence.rstrip().endswith("上班"):
                continue
            day = None
            for match in ONE_DAY_OF_IT.finditer(sentence):
                day = self._day(match, "", day)
                days += [day] if day else []
        return days

    def _day(self, match: re.Match[str], part: str, before: date | None) -> date | None:
        month = match[f"{part}m"] or (before.month if before else None)
        if month is None:
            self._says(f"“{match[0]}”没有写明月份，请核对。")
            return None
        turned = before is not None and int(month) < before.month  # 12月31日至1月2日
        year = int(match[f"{part}y"] or (before.year + turned if before else self.year))
        try:
            day = date(year, int(month), int(match[f"{part}d"]))
        except ValueError:
            self._says(f"没有{year}年{month}月{match[f'{part}d']}日这一天，请核对。")
            return None
        told = WEEKDAY.search(match[f"{part}w"] or "")
        is_on = WEEKDAYS[day.weekday()]
        if told and told[1].replace("天", "日") != is_on:
            self._says(f"{day_in_words(day)}是周{is_on}，通知写的是周{told[1]}，请核对是否为{self.year}年的通知。")
        return day

    def _says(self, sentence: str) -> None:
        self.wrong.append(_wrong(sentence))


def _wrong(sentence: str) -> Finding:
    return plain("E-HOLIDAYS", sentence, field="said")


# --- judging ----------------------------------------------------------------------------------------------------------


def faults(arrangement: Arrangement) -> list[Finding]:
    """What no arrangement of that year can say, whoever wrote it down."""
    year, of = arrangement.year, arrangement.spans
    if odd := [
        _wrong(f"{one.name}的起止日期不对，请核对。") for one in of if not 0 <= (one.last - one.first).days < LONGEST
    ]:
        return odd  # its days are not to be counted
    told = Counter([*(day for span in of for day in span.days), *arrangement.worked])
    found = [
        _wrong(f"{day_in_words(day)}不在{year}年的放假安排之内，请核对。")
        for day in sorted(told)
        if not _belongs(day, year)
    ]
    found += [
        _wrong(f"{day_in_words(day)}出现了两次，请核对放假和上班的日期。") for day in sorted(told) if told[day] > 1
    ]
    found += [
        _wrong(f"{day_in_words(day)}是周{WEEKDAYS[day.weekday()]}，本来就上班，请核对调休上班的日期。")
        for day in arrangement.worked
        if day.weekday() < 5
    ]
    names = "".join(span.name for span in of)
    if lacking := [name for name in EVERY_YEAR if name not in names]:
        found.append(
            _wrong(
                f"缺少{'、'.join(lacking)}的安排；《全国年节及纪念日放假办法》第二条规定的节日应当齐全，请粘贴通知全文。"
            )
        )
    return found


def _belongs(day: date, year: int) -> bool:
    """元旦 may begin in the December before."""
    return day.year == year or (day.year, day.month) == (year - 1, 12)


# --- keeping ----------------------------------------------------------------------------------------------------------


def spans_of(named: Iterable[tuple[date, str]]) -> tuple[Span, ...]:
    """Days with their names as the notice groups them: days on end of one name are one holiday."""
    spans: list[Span] = []
    for day, name in sorted(named):
        if spans and spans[-1].name == name and day - spans[-1].last == timedelta(days=1):
            spans[-1] = Span(name, spans[-1].first, day)
        else:
            spans.append(Span(name, day, day))
    return tuple(spans)


@transaction.atomic
def enter_holidays(
    arrangement: Arrangement, *, document_number: str, said: str = "", by: Hat, on: date, version: int | None = None
) -> HolidayYear:
    """Keep the arrangement of this year or the next, in place of what is known of it; `said` is the notice's text.

    Days that were announced before, as the last day of a 公示, stay as they were. `version` 0: none was kept when the
    form was opened. Raises Stale, and Refused (E-HOLIDAYS) for what cannot be an arrangement of that year.
    """
    year, number = arrangement.year, clean_document_number(document_number)
    require(
        None
        if year in (on.year, on.year + 1)
        else plain("E-HOLIDAYS", f"现在只能录入{on.year}年和{on.year + 1}年的放假安排。", field="year"),
        None
        if any(sign.isdecimal() for sign in number)
        else plain("E-HOLIDAYS", "请填写通知的文号，如“国办发明电〔2025〕7号”。", field="document_number"),
        *faults(arrangement),
        *_taken(arrangement),
    )
    HolidayYear.objects.bulk_create(
        [HolidayYear(year=year, version=0)], ignore_conflicts=True
    )  # held below by whoever is first
    kept = HolidayYear.objects.select_for_update().get(pk=year)
    refuse_stale(kept, version=version, typed={"document_number": number, "said": said})
    before = {"document_number": kept.document_number, "arranged": str(arranged(kept))} if kept.version else {}
    kept.document_number, kept.said, kept.version = number, said, kept.version + 1
    kept.save()
    kept.days.all().delete()
    _write(kept, arrangement)
    after = {"document_number": number, "arranged": str(arrangement)}
    audit.record("holidays.entered", kept, by=by, before=before, after=after)
    calendar.forget()
    transaction.on_commit(calendar.forget)
    return kept


def _taken(arrangement: Arrangement) -> list[Finding]:
    others = SpecialDay.objects.exclude(of=arrangement.year).filter(day__in=[*arrangement.free, *arrangement.worked])
    return [_wrong(f"{day_in_words(one.day)}已在{one.of_id}年的放假安排中，请核对。") for one in others]


def _write(kept: HolidayYear, arrangement: Arrangement) -> None:
    SpecialDay.objects.bulk_create(
        [
            *(SpecialDay(of=kept, day=day, name=name) for day, name in arrangement.free.items()),
            *(SpecialDay(of=kept, day=day, is_worked=True) for day in arrangement.worked),
        ]
    )


def arranged(kept: HolidayYear) -> Arrangement:
    days = [*kept.days.all()]
    return Arrangement(
        kept.pk,
        spans_of((one.day, one.name) for one in days if not one.is_worked),
        tuple(sorted(one.day for one in days if one.is_worked)),
    )

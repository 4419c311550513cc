from collections.abc import Sequence

import pytest
from django.conf import settings

from core import workbooks
from core.workbooks import Cell, Line, Peeked
from desk.enums import Kind
from desk.rosters import headings
from desk.rosters.headings import Reading

SAMPLES = settings.BASE_DIR / "samples" / "rosters"


def sheet(*rows: Sequence[str | None], place: int = 0, hidden: bool = False) -> Peeked:
    lines = [
        Line(number, False, [Cell("s", text) if text else None for text in row]) for number, row in enumerate(rows, 1)
    ]
    return Peeked(place, "名单", hidden, lines)


PERSON = ("张昇", "139999198509230031", "农业")


def read(one: Peeked, kind: Kind = Kind.PEOPLE, merged: Sequence[str] = ()) -> tuple[list[int], Reading]:
    found = headings.guess([one], kind, {})
    assert found
    reading = Reading()
    return [number for number, _ in headings.people(one.lines, found, reading, merged=merged)], reading


@pytest.mark.parametrize(
    ("name", "kind", "row", "columns"),
    [
        ("roster-plain", Kind.PEOPLE, 1, 21),
        ("roster-own-headings", Kind.PEOPLE, 3, 13),
        ("roster-teams", Kind.TEAMS, 1, 12),
        ("provincial-list-2026", Kind.PROVINCIAL, 2, 3),
    ],
)
def test_the_headings_of_the_samples_are_found(name: str, kind: Kind, row: int, columns: int) -> None:
    found = headings.guess(workbooks.peek((SAMPLES / f"{name}.xlsx").read_bytes()), kind, {})

    assert found
    assert (found.row, len(found.mapping), found.unknown) == (row, columns, [])


def test_titles_above_and_signatures_below_are_no_people() -> None:
    people, reading = read(
        sheet(
            ("示范农林学院推荐汇总表",),
            ("填报单位（盖章）：示范农林学院", None, "2026年4月20日"),
            ("姓 名", "身份证号码*", "类 别（必填）"),
            PERSON,
            ("姓 名", "身份证号码*", "类 别（必填）"),
            PERSON,
            ("合 计", "2"),
            ("单位负责人：", None, "审核人："),
            ("注：本表一式两份",),
        )
    )

    assert people == [4, 6]
    assert reading.left_out == [5, 7, 8, 9]


def test_a_person_without_a_number_is_still_a_person() -> None:
    people, _ = read(sheet(("姓名", "身份证号", "类别"), ("张昇", None, "农业"), PERSON))

    assert people == [2, 3]


def test_two_rows_of_headings_are_one() -> None:
    found = headings.guess(
        [
            sheet(
                ("姓名", "身份证号", "类别", "派驻单位", None, None),
                (None, None, None, "名称", "统一社会信用代码", "类型"),
                (*PERSON, "合作社", "93139999MA0X001466", "合作社"),
            )
        ],
        Kind.PEOPLE,
        {},
    )

    assert found
    assert found.row == 2
    assert list(found.mapping.values()) == [
        "name",
        "id_number",
        "category",
        "host_name",
        "host_code",
        "host_type",
    ]


def test_what_a_unit_said_before_is_remembered() -> None:
    one = sheet(("姓名", "身份证号", "类别", "搞啥的"), (*PERSON, "种麦"))

    before, after = (headings.guess([one], Kind.PEOPLE, known) for known in ({}, {"搞啥的": "field", "类别": ""}))

    assert before
    assert before.unknown == ["搞啥的"]
    assert after
    assert after.mapping == {0: "name", 1: "id_number", 3: "field"}


def test_of_two_sheets_the_one_with_people_is_taken_and_never_a_hidden_one() -> None:
    found = headings.guess(
        [
            sheet(("填表说明",), ("姓名须与身份证一致", "x")),
            sheet(("姓名", "身份证号", "类别", "职称"), place=1, hidden=True),
            sheet(("姓名", "身份证号", "类别"), PERSON, place=2),
        ],
        Kind.PEOPLE,
        {},
    )

    assert found
    assert found.place == 2


def test_a_sheet_without_headings_is_not_guessed_at() -> None:
    assert headings.guess([sheet(PERSON, PERSON)], Kind.PEOPLE, {}) is None


def test_merged_cells_hold_for_every_row_they_span() -> None:
    one = sheet(("团队名称", "姓名", "身份证号"), ("小麦团队", *PERSON[:2]), (None, *PERSON[:2]), (None, *PERSON[:2]))
    found = headings.guess([one], Kind.TEAMS, {})
    assert found
    reading = Reading()

    rows = list(headings.people(one.lines, found, reading, merged=["A2:A3"]))

    assert [cells.get("team") for _, cells in rows] == [Cell("s", "小麦团队"), Cell("s", "小麦团队"), None]
    assert reading.merged == 1


def test_the_column_of_a_copy_marked_before_is_known_and_not_imported() -> None:
    found = headings.guess([sheet(("姓名", "身份证号", "类别", "问题说明"), (*PERSON, "错"))], Kind.PEOPLE, {})

    assert found
    assert (found.notes_column, found.unknown, 3 in found.mapping) == (4, [], False)


def test_a_row_of_people_taken_for_the_heading_leaves_no_number_behind() -> None:
    found = headings.guess_in(sheet(PERSON, ("王五", "139 0000 1234", "x")), Kind.PEOPLE, {}, row=1)

    assert found
    assert found.words == {0: "张昇", 2: "农业"}


def test_columns_have_the_letters_of_excel() -> None:
    assert [headings.letter(column) for column in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]

"""What a roster brings about known people and does not change is said, row by row, and counted before it is imported."""

import pytest

from desk.enums import Kind
from specialists.enums import Category
from specialists.models import Registration
from tests.cast import PEOPLE, Season, person
from tests.desk.rosters.hands import FRUIT, GRAIN, HEADINGS, HOST, checked, confirm, found, messages, roster
from tests.hands import browser_of

pytestmark = pytest.mark.django_db


def row(key: str, host: list[str], *, mobile: str = "", title: str = "副教授", email: str = "") -> list[str]:
    name, number = PEOPLE[key]
    as_kept = f"139{number[-9:-1]}"
    return [name, number, mobile or as_kept, title, "博士研究生", "农业", "粮油作物", *host, email]


def test_details_that_an_import_does_not_change_are_told_with_the_way_and_counted(season: Season) -> None:
    selected = season.selected("P1")
    fields = {"year": 2026, "category": Category.AGRICULTURE, "personnel_type": "staff", "institution": season.u1}
    draft = Registration.objects.create(specialist=person("P2"), **fields)
    season.selected("P3", Category.BROKER, institution=season.u2)
    people = [
        row("P1", FRUIT, mobile="13800009999", email="p1@example.org", title="教授"),
        row("P2", GRAIN, mobile="13800008888"),
        row("P3", GRAIN, mobile="13800007777"),
        row("P4", GRAIN, mobile="13800006666"),
        row("P5", GRAIN),
    ]

    batch = checked(roster(*people, headings=[*HEADINGS, *HOST, "邮箱"]), season.clerk)

    said = {
        number: [code for code in codes if code == "I-KEPT"] for number, codes in found(batch, least="info").items()
    }
    assert {number: len(codes) for number, codes in said.items() if codes} == {2: 2, 3: 1, 4: 1}
    kept = [one for one in batch.lines.get(number=2).findings if one["code"] == "I-KEPT"]
    assert [(one["message"], one["value"], one["link"]) for one in kept] == [
        (
            "未改动：平台登记的手机号为139****5001，入选后须走变更申请。",
            "138****9999",
            f"/specialists/{selected.pk}/changes/new/?what=mobile",
        ),
        ("未改动：平台登记的职称为副教授，登记已提交。", "教授", ""),
    ]
    assert [one["link"] for one in batch.lines.get(number=3).findings if one["code"] == "I-KEPT"] == [
        f"/specialists/{draft.pk}/edit/"
    ]
    # Whose details another unit looks after: the same is said whether they differ or not, and nothing of them.
    [elsewhere] = [text for text in messages(batch, 4) if "未改动" in text]
    assert elsewhere == "未改动：此人的手机号以平台已登记的为准，本行填写的不导入。"

    clerk = browser_of(season.clerk)
    page = clerk.get(f"/rosters/{batch.pk}/").content.decode()
    assert "有3行填写的个人资料与平台登记的不同或以平台为准" in page
    assert f'href="/specialists/{selected.pk}/changes/new/?what=mobile"' in page
    assert "资料未改动（3行）" in page
    assert "3 行" in clerk.get(f"/rosters/{batch.pk}/confirm/").content.decode()
    confirm(batch, season.clerk)
    mobiles = {person(key).mobile for key in ("P1", "P2", "P3")}
    assert mobiles == {f"139{PEOPLE[key][1][-9:-1]}" for key in ("P1", "P2", "P3")}


def test_a_new_team_does_not_change_what_is_settled_of_its_members_either(season: Season) -> None:
    selected = season.selected("P1")
    headings = ["团队名称", "领域或行业", "姓名", "身份证号", "是否负责人", "手机号"]
    rows = [["谷子团队", "粮油作物", *PEOPLE[key], "是" if key == "P1" else "否", "13800009999"] for key in PEOPLE][:3]

    batch = checked(roster(*rows, headings=headings), season.clerk, Kind.TEAMS)

    assert {number: codes for number, codes in found(batch, least="info").items() if "I-KEPT" in codes} == {
        2: ["I-KEPT"]
    }
    assert batch.lines.get(number=2).findings[0]["link"] == f"/specialists/{selected.pk}/changes/new/?what=mobile"

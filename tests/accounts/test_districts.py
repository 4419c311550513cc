"""县（市、区）: kept by staff; one that is dissolved stays with its records, and whoever follows it finds them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts import flags
from accounts.districts import services
from accounts.entering import HostFacts, UnitFacts, create_host
from accounts.enums import DistrictKind, HostType, OfficeKind
from accounts.models import District, Organization
from agreements.documents import place
from agreements.models import Agreement
from core.audit import history
from core.models import Message
from core.policy import Refused
from core.stale import Stale
from desk.homes.shared import district_map
from desk.rosters import queries as rosters
from desk.rosters.cleaning import district as district_of
from desk.rosters.services.entering import host_for
from tests.cast import MAY_20, Season, office
from tests.desk.rosters.hands import GRAIN, checked, confirm, found, messages, roster
from tests.desk.rosters.hands import person as rostered
from tests.hands import at_once, browser_of, linger
from visits.services import _place_of as place_of

ZHENGDING, GAOCHENG, GB = "130123", "130109", DistrictKind.GB2260
JSON = "application/json"


def of(code: str) -> District:
    return District.objects.get(pk=code)


def became_a_district(season: Season, **more: Any) -> District:
    """撤县设区: 正定县 is dissolved, 正定区 takes its place."""
    made = services.add_district(code="130112", name="正定区", kind=GB, by=season.admin)
    given = {"on": MAY_20, "reason": "国函〔2026〕1号", "successor": made, **more}
    services.retire_district(of(ZHENGDING), by=season.admin, **given)
    return made


# --- the pages --------------------------------------------------------------------------------------------------------


def test_staff_keep_the_districts_on_their_pages_and_an_institution_reads_them(season: Season) -> None:
    desk, clerk = browser_of(season.admin), browser_of(season.clerk)
    new = {"code": "130112", "name": "正定区", "kind": "gb2260"}

    assert "正定县" in clerk.get("/districts/").content.decode()
    assert clerk.post("/districts/", new).status_code == 403
    assert clerk.get(f"/districts/{ZHENGDING}/").status_code == 403

    assert desk.post("/districts/", new).status_code == 302
    refused = desk.post("/districts/", new)
    assert (refused.status_code, "代码130112已是“正定区”的代码" in refused.content.decode()) == (422, True)
    assert desk.post("/districts/130112/rename/", {"name": "正定新区", "version": 1}).status_code == 302
    assert desk.post("/districts/130112/rename/", {"name": "正定东区", "version": 1}).status_code == 409
    path = f"/districts/{ZHENGDING}/"
    assert desk.post(f"{path}retire/", {"reason": "", "successor": "130112"}).status_code == 422
    assert desk.post(f"{path}retire/", {"reason": "国函〔2026〕1号", "successor": "130112"}).status_code == 302
    page = desk.get(path).content.decode()
    assert "已停用" in page
    assert "国函〔2026〕1号" in page
    listed = desk.get("/districts/").content.decode()
    assert "由“正定新区”接替" in listed
    assert "<td>正定区" not in listed
    desk.post(f"{path}revive/")
    assert "在用" in desk.get(path).content.decode()


def test_programs_keep_districts_as_the_pages_do(season: Season) -> None:
    desk, path = browser_of(season.admin), "/api/v1/districts/"

    made = desk.post(path, {"code": "130112", "name": "正定区"}, JSON)
    assert (made.status_code, made.json()["successor"]) == (201, None)
    assert desk.post(path, {"code": "130112", "name": "正定区"}, JSON).json()["findings"][0]["code"] == "E-DISTRICT"
    renamed = desk.post(f"{path}130112/rename/", {"name": "正定新区", "version": 1}, JSON).json()
    assert (renamed["name"], renamed["former_names"]) == ("正定新区", ["正定区"])
    assert desk.post(f"{path}130112/rename/", {"name": "正定东区", "version": 1}, JSON).status_code == 409
    retired = desk.post(f"{path}{ZHENGDING}/retire/", {"reason": "国函", "successor": "130112"}, JSON).json()
    assert (bool(retired["retired_on"]), retired["successor"]) == (True, "130112")
    assert desk.post(f"{path}{ZHENGDING}/revive/", {}, JSON).json()["retired_on"] is None
    assert {one["code"] for one in desk.get(path).json()} >= {ZHENGDING, "130112"}
    assert browser_of(season.clerk).post(path, {"code": "130113", "name": "丁区"}, JSON).status_code == 403


# --- what follows -----------------------------------------------------------------------------------------------------


def test_old_units_stay_in_the_dissolved_county_and_its_officers_go_on_with_them(season: Season) -> None:
    filed = season.filed(season.selected("P1", "agriculture"), season.h4)
    bureau = season.county.organization
    made = became_a_district(season)
    hat = type(season.county).objects.select_related("organization__district").get(pk=season.county.pk)

    assert Organization.objects.get(pk=season.h4.pk).district_id == ZHENGDING
    assert hat.organization.district == made  # the county's own office went over
    assert history(bureau).last().after == {"district": "正定区"}  # type: ignore[union-attr]
    assert [*Organization.objects.visible_to(hat).hosts()] == [season.h4.organization]
    assert [*Agreement.objects.visible_to(hat)] == [filed]
    paper = Agreement.objects.get(pk=filed.pk)
    assert (str(place_of(paper)), place(paper.host)) == ("正定区", "石家庄市正定区")  # type: ignore[arg-type]
    drawn = district_map(season.officer, on=date(2026, 6, 1))["map"]
    shown = {shape.district.name: shape.value for shape in drawn.shapes}
    assert (shown["正定区"], "正定县" in shown) == (1, False)
    officer = browser_of(season.officer)
    for asked in ("130112", ZHENGDING):
        assert season.h4.organization.name in officer.get(f"/organizations/?district={asked}").content.decode()

    page = browser_of(hat).get("/organizations/new-host/").content.decode()
    assert (">正定区</option>" in page, ">正定县</option>" in page) == (True, False)
    new = {
        "uscc": "93139999MA0X001541", "name": "示范果品合作社", "district": ZHENGDING, "contact_name": "马社长",
        "contact_phone": "0311-86000000", "host_type": "cooperative",
    }  # fmt: skip
    refused = browser_of(season.officer).post("/organizations/new-host/", new)
    assert "“正定县”已停用，由“正定区”接替，请改选“正定区”" in refused.content.decode()
    assert browser_of(hat).post("/organizations/new-host/", {**new, "district": "130112"}).status_code == 302
    kept = {**new, "uscc": "93139999MA0X001466", "name": "滹沱合作社", "version": season.h4.organization.version}
    changed = browser_of(hat).post(f"/organizations/{season.h4.pk}/host/", kept)
    assert changed.status_code == 302  # what stands in the old county may be corrected there
    assert Organization.objects.get(pk=season.h4.pk).district_id == ZHENGDING


def test_where_the_successor_has_an_office_the_old_one_goes_on_with_its_old_records(season: Season) -> None:
    own = season.county.organization
    services.retire_district(of(ZHENGDING), by=season.admin, on=MAY_20, reason="并入", successor=of(GAOCHENG))
    assert Organization.objects.get(pk=own.pk).district_id == GAOCHENG  # 藁城 had none

    office("长安区科技局", OfficeKind.COUNTY_BUREAU, "111399994017002278", district="130102")
    services.retire_district(of(GAOCHENG), by=season.admin, on=MAY_20, reason="并入", successor=of("130102"))
    assert Organization.objects.get(pk=own.pk).district_id == GAOCHENG
    assert of(ZHENGDING).successor_id == "130102"  # one step is enough, however often counties are merged
    assert {*District.objects.standing_for("130102").values_list("code", flat=True)} == {ZHENGDING, GAOCHENG, "130102"}


def test_the_flags_of_a_dissolved_county_are_its_successors_to_verify(season: Season) -> None:
    county, _ = season.county, season.h2  # a technology SME of 藁城
    services.retire_district(of(GAOCHENG), by=season.admin, on=MAY_20, reason="并入正定", successor=of(ZHENGDING))

    flags.remind_of_flags(on=date(2027, 1, 10))

    told = Message.objects.get(occasion="flags-of:130123:2027")
    assert (told.person, told.subject.startswith("1家派驻单位")) == (county.person, True)


def test_a_roster_with_the_old_name_is_read_by_the_new_one_and_told(season: Season) -> None:
    became_a_district(season)
    services.rename_district(of(GAOCHENG), name="藁城新区", by=season.admin)
    names = rosters.districts()

    assert {word: district_of(word, names.names) for word in ("正定", "正定县新城铺镇", "石家庄市藁城区", "正定区")} == {
        "正定": "130112", "正定县新城铺镇": "130112", "石家庄市藁城区": GAOCHENG, "正定区": "130112",
    }  # fmt: skip
    host = ["新示范合作社", "93139999MA0X001541", "正定县", "合作社", "2026-06-01"]
    batch = checked(roster(rostered("王晓", "139999198206170027", "农业", *host)), season.clerk)
    assert found(batch, least="info") == {2: ["I-DISTRICT"]}
    assert messages(batch, 2) == ["“正定县”已于2026年5月20日停用，由“正定区”接替，将按“正定区”登记。"]
    confirm(batch, season.clerk)
    assert Organization.objects.get(uscc=host[1]).district_id == "130112"


def test_nothing_new_is_entered_in_a_county_that_has_no_successor(season: Season) -> None:
    services.retire_district(of(ZHENGDING), by=season.admin, on=MAY_20, reason="停用")

    host = ["新示范合作社", "93139999MA0X001541", "正定县", "合作社", "2026-06-01"]
    people = [
        rostered("王晓", "139999198206170027", "农业", *host),
        rostered("李敏", "139999197803050010", "农业", *GRAIN),  # a unit of before
    ]
    batch = checked(roster(*people), season.clerk)

    assert found(batch, least="block") == {2: ["E-DISTRICT"]}


def test_a_village_of_the_dissolved_county_is_not_entered_again_in_its_successor(season: Season) -> None:
    village, facts = UnitFacts(name="示范村", uscc="", district=of(ZHENGDING)), HostFacts(host_type=HostType.VILLAGE)
    there = create_host(village, facts, by=season.officer, on=MAY_20)
    made = became_a_district(season)

    with pytest.raises(Refused):
        create_host(replace(village, district=made), facts, by=season.officer, on=MAY_20)
    values = {"host_name": "示范村", "host_district": made.pk, "host_type": "village"}
    assert host_for(f"{made.pk}:示范村", values, by=season.clerk, on=MAY_20) == (there, None)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_district_is_not_kept_like_this(season: Season) -> None:
    by, zhao = season.admin, of("130133")
    services.retire_district(zhao, by=by, on=MAY_20, reason="停用")

    def retire(code: str, **more: Any) -> Any:
        return lambda: services.retire_district(of(code), by=by, on=MAY_20, **{"reason": "停用", **more})

    said = {
        "应为6位数字": lambda: services.add_district(code="13011x", name="甲区", kind=GB, by=by),
        "前四位应为1301": lambda: services.add_district(code="110101", name="甲区", kind=GB, by=by),
        "已是“赵县”的代码": lambda: services.add_district(code="130133", name="甲区", kind=GB, by=by),
        "“长安区”已在使用": lambda: services.add_district(code="130112", name="长安区", kind=GB, by=by),
        "名称以文字开头": lambda: services.add_district(code="130112", name="<b>", kind=GB, by=by),
        "“桥西区”已在使用": lambda: services.rename_district(of("130102"), name="桥西区", by=by),
        "已经停用": retire("130133"),
        "原因或依据": retire("130102", reason=" "),
        "在用的另一个": retire("130102", successor=of("130102")),
        "另一个县（市、区），请重新选择": retire("130102", successor=zhao),
        "正在使用": lambda: services.revive_district(of("130102"), by=by),
    }
    for sentence, act in said.items():
        with pytest.raises(Refused, match=sentence):
            act()
    services.add_district(code="130112", name="赵县", kind=GB, by=by)
    with pytest.raises(Refused, match="“赵县”已在使用"):
        services.revive_district(zhao, by=by)
    with pytest.raises(Stale):
        services.rename_district(of("130102"), name="长安新区", by=by, version=7)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("a_district_does_not_succeed_itself", {"successor": "130102", "retired_on": MAY_20}),
        ("only_a_retired_district_has_a_successor", {"successor": "130104"}),
        ("a_district_in_use_has_its_own_name", {"name": "桥西区"}),
    ],
)
def test_the_database_keeps_districts_apart(db: None, name: str, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        District.objects.filter(pk="130102").update(**columns)


def test_the_database_knows_a_district_by_six_digits(db: None) -> None:
    with pytest.raises(IntegrityError, match="a_district_has_six_digits"), transaction.atomic():
        District.objects.create(code="13012x", name="甲区")


def test_two_who_let_two_counties_succeed_each_other_are_told(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, services, "require")
    pairs = (("130130", "130131"), ("130131", "130130"))
    try:
        answers = at_once(
            *(
                lambda code=code, heir=heir: services.retire_district(
                    of(code), by=lasting_season.admin, on=MAY_20, reason="停用", successor=of(heir)
                )
                for code, heir in pairs
            )
        )
        assert answers == ["E-DISTRICT", "done"]
    finally:  # the districts stay when other tables are emptied
        District.objects.filter(pk__in=pairs[0]).update(retired_on=None, successor=None, version=1)

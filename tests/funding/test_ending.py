"""What the end of an agreement leaves open, told by every app above before anybody confirms it."""

import time_machine

from agreements.ending.effects import effects_of_ending
from agreements.models import YearlyHost
from specialists.enums import Category
from tests.agreements.hands import words
from tests.cast import MAY_12, MAY_20, Season
from tests.funding.conftest import JUNE_1, Treasury
from tests.hands import browser_of
from visits.enums import VisitStatus


def test_years_and_a_place_become_free_and_what_was_earned_is_still_paid(treasury: Treasury) -> None:
    season = treasury.season
    firm = season.filed(season.selected("P5", Category.ENTERPRISE), season.h2)
    for year in (2026, 2027):
        YearlyHost.objects.create(specialist=firm.specialist, year=year, host=season.h2).agreements.add(firm)
    season.filed(season.selected("P6", Category.ENTERPRISE), season.h2)
    treasury.claims(1, agreement=firm)
    season.visit(firm, MAY_20, status=VisitStatus.CONFIRMED)
    season.visit(firm, MAY_20)

    told = {(effect.label, effect.words) for effect in effects_of_ending(firm, on=JUNE_1)}

    assert told == {
        ("服务期限", "服务至2026年5月31日"),
        ("可另签单位的年度", "2027年度"),
        ("已服务的年度", "2026年度"),
        ("派驻单位名额", "1人离开，期内还有1人（原则上不超过5人）"),
        ("未确认的服务记录", "1次"),
        ("未申领的补助", "1人次"),
        ("未发放的补助", "1人次，600.00元"),
    }


@time_machine.travel("2026-05-20 09:00+08:00")
def test_the_effects_stand_above_the_reason_and_go_with_the_agreement(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4, service_start=MAY_12)
    officer, page = browser_of(season.officer), f"/agreements/{filed.pk}/terminate/"

    shown = words(officer.get(page))
    told = officer.get(f"/api/v1{page}").json()
    assert "派驻单位名额 1人离开，期内还有0人" in shown
    assert [one["what"] for one in told] == ["服务期限", "派驻单位名额"]
    assert browser_of(season.clerk).get(page).status_code == 403
    bare = officer.post(page, {"ends_on": "2026-05-20", "reason": "agreed", "note": ""})
    assert (bare.status_code, "派驻单位名额" in words(bare)) == (422, True)
    officer.post(page, {"ends_on": "2026-05-20", "reason": "agreed", "note": "企业停产。"})
    assert officer.get(page).status_code == 302
    assert officer.get(f"/api/v1{page}").json() == []

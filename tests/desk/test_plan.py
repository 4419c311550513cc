"""The plan as pages: read by everybody, drafted, tried and made active by the bureau."""

import re
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from core import packs
from core.models import AuditEvent, PolicyPack
from core.policy import Refused
from core.soundness import flat
from desk.plan.forms import PackForm
from desk.plan.reading import setting
from desk.plan.words import PARAMS, SETTINGS
from tests.cast import Season
from tests.hands import browser_of

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 22)
# Lists of words, and what code hangs on: no number of the plan.
NOT_EDITED = ("title", "registration.fields", "teams.", "filing_number", "sheet_number", "archive.office", "archive.due", "renewal_opens", "purposes", "voucher_number",
              "assessments.parts", "approvals.", "activities.", "rosters.")  # fmt: skip


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOVEMBER, tick=False):
        yield


def at(name: str, pack: PolicyPack | None = None) -> str:
    return reverse(f"desk:{name}", args=[pack.pk] if pack else [])


def shown(client: Client, url: str, *, status: int = 200, **data: Any) -> str:
    page = client.get(url, data)
    assert page.status_code == status, page.content.decode()[:2000]
    return page.content.decode()


def sent(form: PackForm, **changes: Any) -> dict[str, Any]:
    """What a browser sends for a form as it stands, with some fields changed."""
    data: dict[str, Any] = {"version": form.pack.edits + 1}
    for name in form.places:
        value = form[name].field.prepare_value(form[name].initial)
        if value is not None:
            data[name] = value
    return {**data, **{name: value for name, value in changes.items()}}


def draft(season: Season) -> PolicyPack:
    return packs.draft_next(season.pack, year=2026, by=season.officer)


def test_everybody_reads_the_plan_with_its_numbers(season: Season):
    for hat in (season.officer, season.clerk, season.contact, season.county, season.auditor):
        page = shown(browser_of(hat), at("plan"))
        assert "每年遴选若干名符合条件科技人员" in page  # 四（一）, the city's own words
        assert "接受人数上限：5人" in page
        assert "每次最低：500.00元；每次最高：800.00元" in page
        assert "适用于协议备案" in page
        assert "起草新版本" in page if hat == season.officer else "起草新版本" not in page


def test_a_draft_is_the_bureaus_own_paper(season: Season):
    pack = draft(season)

    assert "草案" in shown(browser_of(season.head), at("plan-version", pack))
    for hat in (season.clerk, season.auditor, season.county):
        shown(browser_of(hat), at("plan-version", pack), status=404)
        assert f"/plan/{pack.pk}/" not in shown(browser_of(hat), at("plan"))


def test_from_a_draft_to_the_version_that_holds(season: Season):
    officer, head = browser_of(season.officer), browser_of(season.head)

    begun = officer.post(at("plan-begin"), {"base": season.pack.pk, "year": 2026})
    pack = PolicyPack.objects.get(version=2)
    assert begun.headers["Location"] == at("plan-edit", pack)
    form = PackForm(pack)
    answer = officer.post(at("plan-edit", pack), sent(form, **{"E-CAP5.cap": "３", "I-CAP5.cap": "3"}))
    assert answer.headers["Location"] == at("plan-version", pack)
    page = shown(officer, at("plan-version", pack))
    assert "5人" in page
    assert "3人" in page

    officer.post(at("plan-propose", pack), {"active_from": "2026年12月1日", "document_number": "石科〔2026〕12号"})
    assert "待处室负责人办理" in shown(officer, at("plan-version", pack))
    assert "同意生效" in shown(head, at("plan-version", pack))
    head.post(at("plan-decide", pack), {"decision": "pass", "opinion": "同意"})

    pack.refresh_from_db()
    assert pack.active_from == date(2026, 12, 1)
    assert "待生效" in shown(browser_of(season.clerk), at("plan-version", pack))
    assert "审定生效" in shown(officer, at("plan-version", pack))


def test_programs_bring_a_draft_to_the_version_that_holds(season: Season):
    def ask(hat: Membership, method: str, path: str, **body: Any) -> tuple[int, Any]:
        answer = getattr(browser_of(hat), method)(f"/api/v1/plans/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()

    status, begun = ask(season.officer, "post", "", base=season.pack.pk)
    assert (status, begun["version"], begun["edits"]) == (201, 2, 0)
    path = f"{begun['id']}/"
    values = {"E-CAP5.cap": 3, "I-CAP5.cap": 3, "E-AMOUNT.min_fen": 55_000}
    status, changed = ask(season.officer, "patch", path, edits=0, values=values)
    assert (status, changed["edits"]) == (200, 1)
    said = {code: rule["params"] for code, rule in changed["rules"].items() if rule != begun["rules"][code]}
    assert (said["E-CAP5"]["cap"], said["E-AMOUNT"]["min_fen"], len(said)) == (3, 55_000, 3)
    assert changed["settings"] == begun["settings"]
    refused = ask(season.officer, "patch", path, edits=1, values={"E-CAP5.cpa": 3})
    assert (refused[0], refused[1]["findings"][0]["field"]) == (422, "values.E-CAP5.cpa")
    assert ask(season.officer, "patch", path, edits=1, values={"E-CAP5.cap": "五"})[0] == 422
    assert ask(season.officer, "patch", path, edits=0, values={"E-CAP5.cap": 4})[0] == 409

    assert ask(season.officer, "post", f"{path}propose/", active_from="2026-12-01")[0] == 200
    assert ask(season.clerk, "post", f"{path}decide/", passed=True)[0] == 404  # nobody else sees a draft
    status, decided = ask(season.head, "post", f"{path}decide/", passed=True, opinion="同意")
    assert (status, decided["active_from"]) == (200, "2026-12-01")


def test_a_form_as_it_stands_changes_nothing(season: Season):
    pack = draft(season)
    form = PackForm(pack, sent(PackForm(pack)))

    assert form.is_valid(), form.errors
    packs.revise(pack, by=season.officer, edits=0, rules=form.rules, settings=form.settings)
    pack.refresh_from_db()
    assert packs.differences(season.pack, pack) == []


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("E-CAP5.cap", "五", "请填写整数，如12。"),
        ("E-CAP5.cap", "", "请填写接受人数上限"),
        ("E-AMOUNT.min_fen", "900", "每次最高不能小于每次最低"),
        (".assessments.bands.good", "95", "分数线应依次降低"),
        (".reminders.expiry_days", "六十", "用顿号分开"),
        (".reminders.expiry_days", "9" * 150, "用顿号分开"),
        ("E-CAP5.level", "must", "选项无效"),
        ("E-CAP5.cap", "0", "应在1至1000之间。"),
        ("W-END.month", "13", "应在1至12之间。"),
        ("W-END.month", "2", "2月没有31日"),
        ("E-AMOUNT.level", "info", "由数据库保证，不能改为提示"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_typed_is_lost(season: Season, field: str, typed: str, sentence: str):
    pack = draft(season)
    officer = browser_of(season.officer)

    answer = officer.post(at("plan-edit", pack), sent(PackForm(pack), **{field: typed, "W-TERM.max_years": "3"}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="3"' in page
    pack.refresh_from_db()
    assert packs.differences(season.pack, pack) == []


def broken(pack: PolicyPack) -> PolicyPack:
    """As a version before these checks let it be saved."""
    pack.rules["W-END"]["params"]["month"] = 2
    pack.rules["E-AMOUNT"]["level"] = "info"
    pack.save(update_fields=["rules"])
    return pack


def test_a_plan_by_which_nothing_can_be_judged_goes_no_further(season: Season):
    """R26, R40: whoever saved it once, it is neither brought before anybody, nor made active, nor tried."""
    officer, head, said = browser_of(season.officer), browser_of(season.head), "截止日：2月没有31日"

    pack = broken(draft(season))
    answer = officer.post(at("plan-propose", pack), {"active_from": "2026-12-01"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "“每人每次500-800元”由数据库保证，不能改为提示" in answer.content.decode()
    assert said in shown(head, at("plan-trial", pack), status=422)

    waiting = draft(season)
    packs.revise(waiting, by=season.officer, edits=0, rules={"E-CAP5": {"params": {"cap": 3}}}, settings={})
    officer.post(at("plan-propose", waiting), {"active_from": "2026-12-01"})
    waiting.refresh_from_db()
    answer = head.post(at("plan-decide", broken(waiting)), {"decision": "pass"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    waiting.refresh_from_db()
    assert waiting.active_from is None


def test_a_trial_beside_a_broken_version_says_so_and_the_draft_that_mends_it_is_saved(season: Season):
    base = broken(draft(season))
    base.proposed_for = base.active_from = NOVEMBER
    base.save(update_fields=["proposed_for", "active_from"])
    pack = packs.draft_next(base, year=2026, by=season.officer)

    page = shown(browser_of(season.head), at("plan-trial", pack), status=422)
    assert f"对照版本{base}有不能执行的内容" in page
    assert browser_of(season.head).get(f"/api/v1/plans/{pack.pk}/trial/").status_code == 422
    mended = sent(PackForm(pack), **{"W-END.month": "12", "E-AMOUNT.level": "block"})
    assert browser_of(season.officer).post(at("plan-edit", pack), mended).status_code == 302


def test_a_stale_form_takes_over_what_it_did_not_touch_and_shows_what_both_wrote(season: Season):
    pack = draft(season)
    officer = browser_of(season.officer)
    typed = sent(PackForm(pack), **{"E-TEAM-SIZE.max": "7", "E-CAP5.cap": "4"})
    packs.revise(
        pack,
        by=season.admin,
        edits=0,
        rules={
            "E-CAP5": {"params": {"cap": 3}},
            "E-TEAM-SIZE": {"level": "warn"},
            "W-QUOTA": {"params": {"planned": {"agriculture": 45, "broker": 30}, "floor": {"enterprise": 350}}},
        },
        settings={"visits": {"code_minutes": 15}},
    )

    answer = officer.post(at("plan-edit", pack), typed)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert re.search("接受人数上限</th><td[^>]*>3人</td><td[^>]*>4人", page)
    assert re.search("验证码有效期</th><td[^>]*>15分钟</td><td[^>]*>未改动", page)
    merged = {name: value for name, value in re.findall('name="([^"]+)" value="([^"]*)"', page)}
    assert (merged["E-TEAM-SIZE.max"], merged["E-CAP5.cap"], merged[".visits.code_minutes"]) == ("7", "4", "15")
    assert merged["W-QUOTA.planned.agriculture"] == "45"


def test_a_category_left_without_a_number_is_said_beside_its_field(season: Season):
    pack, officer = draft(season), browser_of(season.officer)
    empty = {"W-QUOTA.planned.agriculture": "", "W-QUOTA.planned.broker": "", "E-CAP5.cap": "4"}

    answer = officer.post(at("plan-edit", pack), sent(PackForm(pack), **empty))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert page.count("两项都空着，这一类别就没有年度计划；本年度不安排的，填0。（工作方案四（一））") >= 2
    assert re.search('name="E-CAP5.cap" value="4"', page)  # nothing typed is lost
    pack.refresh_from_db()
    assert pack.rules["W-QUOTA"]["params"]["planned"] == {"agriculture": 40, "broker": 30}
    pack.rules["W-QUOTA"]["params"]["planned"] = {"agriculture": 40}  # stored before this was asked
    pack.save(update_fields=["rules"])
    proposed = officer.post(at("plan-propose", pack), {"active_from": str(NOVEMBER), "document_number": ""})
    assert "年度选派计划，计划人数（技术经纪人）：请填写计划人数" in proposed.content.decode()
    none = sent(PackForm(pack), **{"W-QUOTA.planned.broker": "0"})
    assert officer.post(at("plan-edit", pack), none).status_code == 302


@pytest.mark.parametrize("version", ["", "-1", "abc", "9" * 20])
def test_a_form_that_names_no_version_is_stale(season: Season, version: str):
    pack = draft(season)
    typed = {**sent(PackForm(pack), **{"E-CAP5.cap": "4"}), "version": version}

    assert browser_of(season.officer).post(at("plan-edit", pack), typed).status_code == 409


def test_a_draft_that_was_never_active_is_thrown_away_and_its_history_stays(season: Season):
    pack, officer = draft(season), browser_of(season.officer)
    assert "删除草案" in shown(officer, at("plan-version", pack))
    assert browser_of(season.head).post(at("plan-discard", pack)).status_code == 403
    assert officer.post(at("plan-discard", season.pack)).status_code == 422

    assert officer.post(at("plan-discard", pack)).headers["Location"] == at("plan")

    assert [one.pk for one in PolicyPack.objects.all()] == [season.pack.pk]
    verbs = AuditEvent.objects.filter(target_type="core.PolicyPack", target_id=pack.pk).values_list("verb", flat=True)
    assert [*verbs.order_by("id")] == ["pack.drafted", "pack.discarded"]
    with pytest.raises(Refused, match="该草案已被删除"):  # a colleague's page that was still open
        packs.revise(pack, by=season.officer, edits=0, rules={}, settings={})

    again = draft(season)
    assert officer.delete(f"/api/v1/plans/{again.pk}/").status_code == 204
    packs.revise(waiting := draft(season), by=season.officer, edits=0, rules={"E-CAP5": {"level": "info"}}, settings={})
    officer.post(at("plan-propose", waiting), {"active_from": "2026-12-01"})
    assert "不能删除" in officer.post(at("plan-discard", waiting)).content.decode()


def test_a_day_that_has_passed_is_refused_beside_its_field(season: Season):
    pack = draft(season)
    packs.revise(pack, by=season.officer, edits=0, rules={"E-CAP5": {"params": {"cap": 3}}}, settings={})

    answer = browser_of(season.officer).post(at("plan-propose", pack), {"active_from": "2026-11-01"})

    assert answer.status_code == 422
    assert "生效日期不能早于今天" in answer.content.decode()


def test_a_return_without_a_word_is_refused_and_with_one_gives_the_draft_back(season: Season):
    pack = draft(season)
    packs.revise(pack, by=season.officer, edits=0, rules={"E-CAP5": {"params": {"cap": 3}}}, settings={})
    browser_of(season.officer).post(at("plan-propose", pack), {"active_from": "2026-12-01"})
    head = browser_of(season.head)

    assert head.post(at("plan-decide", pack), {"decision": "return"}).status_code == 422
    head.post(at("plan-decide", pack), {"decision": "return", "opinion": "上限改为4人"})

    assert "上限改为4人" in shown(browser_of(season.officer), at("plan-version", pack))
    assert "修改草案" in shown(browser_of(season.officer), at("plan-version", pack))


def test_a_trial_lists_whom_the_draft_would_have_stopped(season: Season):
    filed = [season.filed(season.selected(key), season.h4) for key in ("P1", "P2", "P3", "P4")]
    pack = draft(season)
    packs.revise(pack, by=season.officer, edits=0, rules={"E-CAP5": {"params": {"cap": 3}}}, settings={})
    head = browser_of(season.head)

    page = shown(head, at("plan-trial", pack))
    assert str(filed[3]) in page
    assert str(filed[2]) not in page
    assert "收紧" in page
    assert str(filed[3]) not in shown(head, at("plan-trial", pack), code="W-QUOTA")

    sheet: Any = openpyxl.load_workbook(BytesIO(head.get(at("plan-trial-sheet", pack)).content)).active
    assert [cell.value for cell in sheet[4]][3] == str(filed[3])


def test_what_is_active_is_not_tried(season: Season):
    for name in ("plan-trial", "plan-trial-sheet"):
        assert "该版本已审定，不再试算" in shown(browser_of(season.head), at(name, season.pack), status=422)


def test_programs_read_the_plan_and_try_a_draft(season: Season):
    filed = [season.filed(season.selected(key), season.h4) for key in ("P1", "P2", "P3", "P4")]
    pack = draft(season)
    packs.revise(pack, by=season.officer, edits=0, rules={"E-CAP5": {"params": {"cap": 3}}}, settings={})
    head, clerk = browser_of(season.head), browser_of(season.clerk)

    assert [one["version"] for one in head.get("/api/v1/plans/").json()] == [2, 1]
    assert [one["version"] for one in clerk.get("/api/v1/plans/").json()] == [1]
    whole = clerk.get(f"/api/v1/plans/{season.pack.pk}/").json()
    assert whole["rules"]["E-CAP5"]["params"]["cap"] == 5
    [changed] = head.get(f"/api/v1/plans/{pack.pk}/trial/").json()
    assert (changed["code"], changed["subject"]["record"], changed["before"]) == ("E-CAP5", str(filed[3]), None)
    assert head.get(f"/api/v1/plans/{pack.pk}/trial/", {"code": "W-QUOTA"}).json() == []
    assert head.get(f"/api/v1/plans/{season.pack.pk}/trial/").status_code == 422


def test_two_versions_are_compared_by_whoever_sees_them(season: Season):
    pack = draft(season)
    numbers = {"planned": {"agriculture": 45, "broker": 30}, "floor": {"enterprise": 350}}
    packs.revise(pack, by=season.officer, edits=0, rules={"W-QUOTA": {"params": numbers}}, settings={})

    page = shown(browser_of(season.officer), at("plan-compare"), old=season.pack.pk, new=pack.pk)
    assert "计划人数（农业）" in page
    assert "45名" in page
    assert "没有不同" in shown(browser_of(season.clerk), at("plan-compare"), old=season.pack.pk, new=pack.pk)


def test_every_number_of_the_pack_has_its_words(season: Season):
    for code in season.pack.rules:
        for name in season.pack.entry(code).params:
            assert PARAMS[name].label
    named = {name for name in SETTINGS if setting(season.pack.settings, name) is not None}
    places = flat(season.pack.settings)
    assert [name for name in places if name not in named and not any(part in name for part in NOT_EDITED)] == []
    assert named == SETTINGS.keys()

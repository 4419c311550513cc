"""The wizard: who, then where and when and what, then signing and handing in; nothing typed is ever lost."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from agreements.enums import AgreementStatus
from agreements.models import Agreement, Submission
from agreements.views import wizard
from core.models import AuditEvent
from specialists.enums import Category, RegistrationStatus, SpecialistStatus
from specialists.models import Departure, TeamMember
from tests.agreements.hands import LOOKED_AT, draft_form, scanned, signing_form, words
from tests.cast import END, MAY_12, MAY_20, Season
from tests.hands import browser_of
from tests.specialists.team_acts import member_of, selected


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def clerk(season: Season) -> Client:
    return browser_of(season.clerk)


@pytest.fixture
def draft(season: Season) -> Agreement:
    return season.agreement(season.selected("P3"), season.h4, signed=False)


# --- step 1 -----------------------------------------------------------------------------------------------------------


def test_the_eligible_come_first_and_the_others_stand_grey_with_their_reason(season: Season, clerk: Client) -> None:
    season.selected("P1")
    season.selected("P2", status=RegistrationStatus.SUBMITTED, approved_on=None)
    season.selected("P3")
    season.on_provincial_list("P3")
    revoked = season.selected("P4").specialist
    revoked.status, revoked.revoked_on = SpecialistStatus.REVOKED, MAY_12
    revoked.save()
    season.selected("P5", Category.BROKER)
    season.on_provincial_list("P5")
    season.selected("P6", institution=season.u2)

    page = clerk.get("/agreements/new/")

    names = re.findall(r'<label for="person-\d+"><b>(\S+)</b>', page.content.decode())
    shown = words(page)
    assert names == ["何雨桐", "李喆", "张昇", "王晓晨", "赵芃"]
    assert page.content.decode().count(" disabled") == 3
    assert "张昇 农业 张昇已列入2026年度省级科技特派员，不重复参加市级非技术经纪人类个人科技特派员选派" in shown
    assert "王晓晨 农业 王晓晨的科技特派员资格已取消（2026年5月12日），不能签约" in shown
    assert "赵芃 农业 登记待市科技局审核，经市科技局审核入选后才能签订协议" in shown


def test_who_left_the_team_or_the_unit_is_not_offered(season: Season, clerk: Client) -> None:
    team = selected(season, "P1", "P2", "P3", "P4")
    TeamMember.objects.filter(pk=member_of(team, "P2").pk).update(left_on=MAY_20, left_reason="出国进修")
    gone = season.selected("P5")
    Departure.objects.create(
        specialist=gone.specialist,
        institution=season.u1,
        kind="transferred",
        left_on=MAY_20,
        reason="调到外地工作",
        registered_by=season.clerk,
    )

    page = clerk.get("/agreements/new/")

    names = re.findall(r'<label for="person-\d+"><b>(\S+)</b>', page.content.decode())
    assert sorted(names) == sorted(["李喆", "张昇", "王晓晨", "何雨桐"])
    assert "何雨桐 农业 本单位已登记何雨桐自2026年5月20日起离开" in words(page)


def test_the_progress_says_on_which_day_the_bureau_had_reviewed_it(season: Season, clerk: Client) -> None:
    filed = season.filed(season.selected("P3"), season.h5)

    page = words(clerk.get(f"/agreements/{filed.pk}/"))

    assert "5月20日 已完成： 市科技局审核 5月20日 已完成： 备案完成" in page


def test_who_has_signed_already_is_chosen_knowing_it(season: Season, clerk: Client) -> None:
    registration = season.selected("P3")
    filed, draft = season.filed(registration, season.h5), season.agreement(registration, season.h4)

    shown = words(clerk.get("/agreements/new/"))

    assert f"已签 {filed.filing_number} 赞皇县示范果品合作社，至2027年12月31日" in shown
    assert f"草稿 继续填写 {draft}" in shown


def test_choosing_a_person_begins_a_draft_that_ends_as_agreements_usually_do(season: Season, clerk: Client) -> None:
    registration = season.selected("P1", Category.ENTERPRISE)

    answer = clerk.post("/agreements/new/", {"registration": registration.pk})

    draft = Agreement.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/agreements/{draft.pk}/edit/")
    assert (draft.status, draft.service_start, draft.service_end) == (AgreementStatus.DRAFT, MAY_20, END)
    assert draft.visits_per_year == 12
    assert 'value="2027年12月31日"' in clerk.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param("", id="nobody"),
        pytest.param("999999", id="nobody there is"),
        pytest.param("9" * 40, id="a number beyond numbers"),
        pytest.param("²", id="a digit that is none"),
        pytest.param("1 OR 1=1", id="no number"),
    ],
)
def test_pressing_next_without_a_choice_explains(season: Season, clerk: Client, chosen: str) -> None:
    season.selected("P1")

    answer = clerk.post("/agreements/new/", {"registration": chosen})

    assert (answer.status_code, "请选择一位科技特派员。" in words(answer)) == (422, True)
    assert not Agreement.objects.exists()


def test_who_is_not_selected_yet_gets_no_draft_though_the_form_was_bent(season: Season, clerk: Client) -> None:
    waiting = season.selected("P1", status=RegistrationStatus.SUBMITTED, approved_on=None)
    foreign = season.selected("P2", institution=season.u2)

    refused = clerk.post("/agreements/new/", {"registration": waiting.pk})
    unseen = clerk.post("/agreements/new/", {"registration": foreign.pk})

    assert (refused.status_code, "审核入选后才能提交协议" in words(refused)) == (422, True)
    assert (unseen.status_code, "请选择一位科技特派员。" in words(unseen)) == (422, True)
    assert not Agreement.objects.exists()


# --- step 2 -----------------------------------------------------------------------------------------------------------


def test_hosts_are_suggested_by_name_and_by_credit_code(season: Season, clerk: Client) -> None:
    season.h1, season.h2  # noqa: B018  they enter when they are called

    assert clerk.get("/agreements/hosts/", {"host": "精密"}).content.decode().strip() == (
        '<option value="示范精密机械有限公司（91139999MA0X0012XH）">企业　藁城区</option>'
    )
    assert clerk.get("/agreements/hosts/", {"host": "91139999ma0x0011"}).content.decode().count("<option") == 1
    assert "<option" not in clerk.get("/agreements/hosts/", {"host": "没有这家"}).content.decode()
    assert "<option" not in clerk.get("/agreements/hosts/").content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("示范精密机械有限公司（91139999MA0X0012XH）", id="as picked"),
        pytest.param("示范精密机械有限公司", id="by its name"),
        pytest.param("精密机械", id="by a part that only one has"),
        pytest.param("91139999MA0X0012XH", id="by its credit code"),
        pytest.param("91139999ma0x0012xh", id="in small letters"),
        pytest.param("９１１３９９９９ＭＡ０Ｘ００１２ＸＨ", id="in full width"),
    ],
)
def test_a_host_is_found_however_it_is_typed(season: Season, clerk: Client, draft: Agreement, typed: str) -> None:
    season.h1, season.h2  # noqa: B018

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, host=typed))

    draft.refresh_from_db()
    assert (answer.status_code, draft.host) == (302, season.h2)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param("", "请填写派驻单位。", id="nothing"),
        pytest.param("没有这家单位", "没有找到“没有这家单位”", id="nobody"),
        pytest.param("示范", "有多个单位与“示范”相符", id="too many"),
        pytest.param("合作社（91139999MA0X0012XH）", "没有找到", id="a name that is not the code's"),
        pytest.param("示" * 10_000, "没有找到这个单位", id="ten thousand characters"),
        pytest.param("示范\0机械", "没有找到这个单位", id="NUL"),
    ],
)
def test_a_host_that_is_not_found_is_said_beside_the_field(
    season: Season, clerk: Client, draft: Agreement, typed: str, sentence: str
) -> None:
    season.h1, season.h2  # noqa: B018

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, host=typed))

    assert (answer.status_code, words(answer).count(sentence)) == (422, 2)  # in the summary and beside the field
    assert 'aria-describedby="id_host_helptext id_host_error"' in answer.content.decode()


def test_going_on_saves_every_field_and_leads_to_signing(season: Season, clerk: Client, draft: Agreement) -> None:
    typed = draft_form(
        draft,
        service_start="2026.6.1",
        visits_per_year="１５",
        **{"goal-1-name": "引进示范新品种", "goal-1-count": "1", "goal-1-unit": "个", "goal-2-name": ""},
    )

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", typed)

    draft.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"/agreements/{draft.pk}/confirm/")
    assert (draft.service_start, draft.visits_per_year, draft.version) == (date(2026, 6, 1), 15, 2)
    assert draft.goals == [
        {"name": "组织技术培训", "count": 2, "unit": "场"},
        {"name": "引进示范新品种", "count": 1, "unit": "个"},
    ]


def test_what_is_wrong_is_said_twice_and_what_is_right_is_kept(season: Season, clerk: Client, draft: Agreement) -> None:
    typed = draft_form(
        draft,
        service_end="2027年2月30日",
        visits_per_year="许多",
        service_content="新写的服务内容",
        **{"goal-0-unit": ""},
    )

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", typed)

    shown, page = words(answer), answer.content.decode()
    draft.refresh_from_db()
    assert answer.status_code == 422
    assert [shown.count(one) for one in ("没有2027年2月30日这一天", "请填写整数", "请填写单位，如场、个、人。")] == [
        2,
        2,
        2,
    ]
    assert all(kept in page for kept in ('value="2027年2月30日"', 'value="许多"', "新写的服务内容"))
    assert (draft.service_content, draft.service_end, draft.visits_per_year) == ("新写的服务内容", END, 12)
    assert draft.goals == [{"name": "组织技术培训", "count": 2, "unit": "场"}]  # as they were: rows are kept together
    assert f'name="version" value="{draft.version}"' in page  # going on from here is not stale


def test_sc02_a_second_host_is_explained_before_anybody_signs(season: Season, clerk: Client) -> None:
    lizhe = season.selected("P1", Category.ENTERPRISE)
    officer = browser_of(season.officer)
    first = season.submitted(lizhe, season.h1)
    officer.post(f"/agreements/{first.pk}/file/", {"version": first.version})
    second = season.agreement(lizhe, season.h3, signed=False)

    answer = clerk.post(f"/agreements/{second.pk}/edit/", draft_form(second, service_start="2026-09-01"))

    first.refresh_from_db()
    shown = words(answer)
    assert (answer.status_code, shown.count("只能签约服务一个单位：李喆")) == (422, 3)  # summary, field and rail
    assert all(word in shown for word in ("2026年度已与", "2027年度已与", f"协议{first.filing_number}"))
    assert 'id="id_host_error"' in answer.content.decode()
    assert f"查看协议 {first.filing_number}" in shown  # the way to the paper that stands in the way
    second.refresh_from_db()
    assert second.service_start == date(2026, 9, 1)  # kept all the same


def test_the_rail_judges_what_is_typed_and_saves_nothing(season: Season, clerk: Client) -> None:
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)
    draft = season.agreement(season.selected("P3"), season.h5, signed=False)
    version = draft.version

    answer = clerk.post(
        f"/agreements/{draft.pk}/checks/", draft_form(draft, host=str(season.h4), service_end="2028年12月31日")
    )

    shown = words(answer)
    draft.refresh_from_db()
    assert (answer.status_code, draft.version, draft.host) == (200, version, season.h5)
    assert "服务期内现有5人，本次后为6人" in shown
    assert "（规模以下）科技型中小企业和合作社原则上不超过5人" in shown  # the article's own words
    assert "截止日一般为下一年度12月底（2027-12-31），当前为2028-12-31" in shown
    assert "第 3 步登记签署、上传扫描件后校验" in shown  # nobody is reproached with what is not asked for yet


def test_the_rail_waits_for_what_is_not_typed_yet(season: Season, clerk: Client, draft: Agreement) -> None:
    answer = clerk.post(f"/agreements/{draft.pk}/checks/", draft_form(draft, host="", service_end=""))

    assert answer.status_code == 200
    assert "填写派驻单位、服务期限后校验" in words(answer)


def test_the_rail_says_what_cannot_be_read_and_no_rule_passes_by_it(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    typed = draft_form(draft, service_end="2027年2月30日", **{"goal-0-count": "两", "goal-1-name": "示范田"})

    answer = clerk.post(f"/agreements/{draft.pk}/checks/", typed)

    shown = words(answer)
    assert "不符： 服务截止日期 没有2027年2月30日这一天" in shown
    assert "不符： 数量 请填写整数，如12。" in shown
    assert "请填写数量" not in shown  # of a row that is just being written
    assert "待核： 服务期限一般为1-2年 填写服务期限后校验" in shown
    assert "通过： 服务期限一般为1-2年" not in shown
    assert "待核： 在校研究生毕业时间 填写服务截止日期后校验" in shown


def test_a_draft_saves_itself_and_hands_back_its_version(season: Season, clerk: Client, draft: Agreement) -> None:
    half = draft_form(draft, service_content="写到一半", service_end="2027年13", host="没有这家")

    answer = clerk.post(f"/agreements/{draft.pk}/autosave/", half)

    draft.refresh_from_db()
    assert (answer.status_code, answer["X-Version"]) == (204, "2")
    assert (draft.service_content, draft.service_end, draft.host) == ("写到一半", END, season.h4)
    again = clerk.post(f"/agreements/{draft.pk}/autosave/", {**half, "version": "2"})
    assert again["X-Version"] == "2"  # nothing new, nothing changed


def test_a_draft_changed_elsewhere_meanwhile_is_409_with_what_differs(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    mine = {"goal-0-name": "培训", "goal-0-count": "7"}
    mine |= {"goal-1-name": "示范田", "goal-1-count": "3", "goal-1-unit": "亩"}
    stale = draft_form(draft, service_content="我写的内容", **mine)
    browser_of(season.manager).post(f"/agreements/{draft.pk}/edit/", draft_form(draft, service_content="同事写的内容"))

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", stale)
    quiet = clerk.post(f"/agreements/{draft.pk}/autosave/", stale)

    shown, page = words(answer), answer.content.decode()
    draft.refresh_from_db()
    assert (answer.status_code, quiet.status_code) == (409, 409)
    assert draft.service_content == "同事写的内容"
    assert "孟主任" in shown
    assert "服务内容 同事写的内容 我写的内容" in shown
    assert "年度目标任务 组织技术培训2场 培训7场；示范田3亩" in shown
    assert "我写的内容</textarea>" in page  # nothing typed is lost
    mended = clerk.post(f"/agreements/{draft.pk}/edit/", {**stale, "version": draft.version})
    assert mended.status_code == 302


def test_goals_and_reasons_that_one_side_has_not_written_are_a_dash(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    none = {"goal-0-name": "", "goal-0-count": "", "goal-0-unit": ""}
    step_2 = draft_form(draft, **none)
    step_3 = signing_form(draft, **{"reason-W-TERM": "项目需要"})
    browser_of(season.manager).post(f"/agreements/{draft.pk}/edit/", draft_form(draft, service_content="同事写的内容"))

    assert "年度目标任务 组织技术培训2场 — " in words(clerk.post(f"/agreements/{draft.pk}/edit/", step_2))
    assert "派出单位说明 — 项目需要 " in words(clerk.post(f"/agreements/{draft.pk}/confirm/", step_3))


def test_a_form_sent_twice_is_answered_once(season: Season, clerk: Client) -> None:
    choice = {"registration": season.selected("P3").pk, "idempotency_key": "k1"}

    first, second = (clerk.post("/agreements/new/", choice) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Agreement.objects.count() == 1


def test_another_row_of_goals_is_added_and_nothing_else_is_judged_yet(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    answer = clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, act="more", host=""))

    assert answer.status_code == 200
    assert 'name="goal-1-name"' in answer.content.decode()
    assert "修改后才能进入下一步" not in words(answer)
    draft.refresh_from_db()
    assert draft.host == season.h4


def test_without_a_goal_there_is_nothing_to_assess_later(season: Season, clerk: Client, draft: Agreement) -> None:
    bare = draft_form(draft, **{"goal-0-name": "", "goal-0-count": "", "goal-0-unit": ""})

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", bare)
    left = clerk.post(f"/agreements/{draft.pk}/edit/", {**bare, "version": draft.version + 1, "act": "exit"})

    assert (answer.status_code, words(answer).count("请至少填写一项年度目标任务。")) == (422, 2)
    assert left.status_code == 302  # leaving asks for nothing


def test_there_is_an_end_to_rows_of_goals(season: Season, clerk: Client, draft: Agreement) -> None:
    rows = {f"goal-{place}-name": "一项" for place in range(50)}

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, act="more", **rows))

    assert len(re.findall(r' name="goal-\d+-name"', answer.content.decode())) == 10
    assert "添加一项" not in words(answer)


def test_leaving_keeps_the_draft_however_unfinished(season: Season, clerk: Client, draft: Agreement) -> None:
    typed = draft_form(draft, act="exit", service_content="", host="", service_end="")

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", typed, follow=True)

    draft.refresh_from_db()
    assert f"草稿 D-{draft.pk} 已保存。" in words(answer)
    assert (draft.host, draft.service_end, draft.service_content) == (None, None, "")


def test_sc17_the_end_of_a_filed_agreement_is_locked_for_everybody(season: Season, clerk: Client) -> None:
    filed = season.filed(season.selected("P3"), season.h4)

    answer = clerk.post(f"/agreements/{filed.pk}/edit/", draft_form(filed, service_end="2028年12月31日"))

    filed.refresh_from_db()
    assert (answer.status_code, filed.service_end) == (422, END)
    assert "已备案协议的服务截止日不能修改；需延长服务期限的，请签署新的合作协议（续签）" in words(answer)
    assert browser_of(season.officer).post(f"/agreements/{filed.pk}/edit/", {}).status_code == 403
    assert clerk.get(f"/agreements/{filed.pk}/edit/")["Location"] == f"/agreements/{filed.pk}/"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (AgreementStatus.SUBMITTED, "协议已提交审核，不能再修改"),
        (AgreementStatus.FILED, "协议已备案，不能再修改"),
        (AgreementStatus.TERMINATED, "协议已终止，不能再修改"),
    ],
)
def test_what_was_typed_while_a_colleague_handed_it_in_can_be_copied(
    season: Season, clerk: Client, status: AgreementStatus, sentence: str
) -> None:
    ended = {"terminated_on": MAY_20, "termination_reason": "agreed"} if status == AgreementStatus.TERMINATED else {}
    gone = season.agreement(season.selected("P3"), season.h4, status=status, **ended)
    typed = draft_form(gone, service_content="写了一个上午的服务内容", **{"goal-0-name": "苗木嫁接示范"})

    answer = clerk.post(f"/agreements/{gone.pk}/edit/", typed)

    shown = words(answer)
    assert (answer.status_code, sentence in shown) == (422, True)
    assert "服务内容 写了一个上午的服务内容" in shown
    assert "苗木嫁接示范" in shown
    assert "返回上一页" not in shown
    assert " next" not in shown
    assert f'href="/agreements/{gone.pk}/"' in answer.content.decode()


# --- step 3 -----------------------------------------------------------------------------------------------------------


def test_sc01_from_the_wizard_to_the_desk_of_the_bureau(season: Season, clerk: Client) -> None:
    season.selected("P1", Category.ENTERPRISE)
    draft_url = clerk.post("/agreements/new/", {"registration": season.selected("P2").pk})["Location"]
    draft = Agreement.objects.get()
    clerk.post(draft_url, draft_form(draft, host=season.h1.organization.uscc))
    paper = clerk.post(f"/agreements/{draft.pk}/paper/")
    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, scan=scanned()), follow=True)

    draft.refresh_from_db()
    assert paper.content.startswith(b"%PDF-")
    assert (draft.status, draft.submitted_on, draft.pack) == (AgreementStatus.SUBMITTED, MAY_20, season.pack)
    assert f"协议 D-{draft.pk} 已提交市科技局审核，汇总编号 B-{draft.submission_id}。" in words(answer)
    verbs = AuditEvent.objects.filter(target_type="agreements.Agreement").values_list("verb", flat=True)
    assert [verb.removeprefix("agreement.") for verb in verbs.order_by("id")] == [
        "drafted", "edited", "printed", "edited", "scan_attached", "signed", "signed", "signed", "submitted",
    ]  # fmt: skip


def test_sc14_what_is_missing_is_named_and_what_is_there_is_kept(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    typed = signing_form(draft, scan=scanned(), **{"host-signer": "", "host-signed_on": ""})

    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", typed)

    draft.refresh_from_db()
    shown = words(answer)
    assert (answer.status_code, draft.status) == (422, AgreementStatus.DRAFT)
    assert "请填写派驻单位的签署人。" in shown
    assert "请填写派驻单位的签署日期。" in shown
    assert sorted(draft.signatures.values_list("party", flat=True)) == ["institution", "specialist"]
    assert draft.scans.count() == 1  # nobody scans twice for a missing date
    mended = clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, **LOOKED_AT))
    assert mended.status_code == 302


def test_handing_in_without_a_scan_is_refused_with_the_article(season: Season, clerk: Client, draft: Agreement) -> None:
    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft))

    assert answer.status_code == 422
    assert "缺少：签署后的扫描件" in words(answer)
    assert "（工作方案四（二））" in words(answer)
    assert draft.signatures.count() == 3


def test_saving_asks_for_nothing_that_is_not_there_yet(season: Season, clerk: Client, draft: Agreement) -> None:
    blank = {f"{party}-{name}": "" for party in ("institution", "host") for name in ("signer", "signed_on")}
    # the page fills in who signs for the third party
    suggested = {"specialist-signer": draft.specialist.name, "specialist-signed_on": ""}

    answer = clerk.post(
        f"/agreements/{draft.pk}/confirm/", {"version": draft.version, "act": "save", **blank, **suggested}
    )

    assert (answer.status_code, draft.signatures.count()) == (302, 0)


def test_a_signer_without_a_day_is_no_signature(season: Season, clerk: Client, draft: Agreement) -> None:
    typed = signing_form(draft, act="save", **{"host-signed_on": ""})

    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", typed)

    assert (answer.status_code, "请填写派驻单位的签署日期。" in words(answer)) == (422, True)
    assert 'value="马社长"' in answer.content.decode()


def test_a_day_of_signing_in_another_century_is_refused_beside_its_field(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    answer = clerk.post(
        f"/agreements/{draft.pk}/confirm/", signing_form(draft, act="save", **{"host-signed_on": "1900-01-01"})
    )

    assert (answer.status_code, draft.signatures.count()) == (422, 2)
    assert "签署日期比服务开始日期早一年以上，请核对年份。" in words(answer)
    assert "有未保存的内容，其余已保存" in words(answer)


def test_a_signature_entered_by_mistake_is_taken_back_by_taking_out_its_day(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    page = f"/agreements/{draft.pk}/confirm/"
    clerk.post(page, signing_form(draft, act="save"))
    assert draft.signatures.count() == 3

    answer = clerk.post(page, signing_form(draft, act="save", **{"host-signed_on": ""}))

    assert answer.status_code == 302
    assert not draft.signatures.filter(party="host").exists()
    assert "撤销登记的签署" in words(clerk.get(f"/agreements/{draft.pk}/?tab=history"))


def test_what_is_signed_stands_before_many_newer_drafts(
    season: Season, clerk: Client, draft: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wizard, "MOST_IN_A_BATCH", 1)
    clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, act="save"))
    season.agreement(season.selected("P6"), season.h5, signed=False)

    assert f"/agreements/{draft.pk}/" in clerk.get("/agreements/batch/").content.decode()


def test_an_unusual_period_passes_with_the_institutions_reason(season: Season, clerk: Client) -> None:
    short = season.agreement(season.selected("P3"), season.h4, service_end=date(2026, 12, 31))
    page = f"/agreements/{short.pk}/confirm/"

    refused = clerk.post(page, signing_form(short))
    reasons = {"reason-W-END": "设备改造当年完成。", "reason-W-TERM": "设备改造当年完成。"}
    handed_in = clerk.post(page, signing_form(short, **reasons))

    assert refused.status_code == 422
    assert "服务期限一般为1-2年，当前为7个月20天，请填写说明" in words(refused)
    short.refresh_from_db()
    assert (handed_in.status_code, short.status) == (302, AgreementStatus.SUBMITTED)
    assert short.institution_reasons == {"W-TERM": "设备改造当年完成。", "W-END": "设备改造当年完成。"}


def test_what_only_the_bureau_may_except_does_not_hold_the_institution_up(season: Season, clerk: Client) -> None:
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)
    sixth = season.agreement(season.selected("P3"), season.h4)

    page = clerk.get(f"/agreements/{sixth.pk}/confirm/")
    answer = clerk.post(f"/agreements/{sixth.pk}/confirm/", signing_form(sixth))

    assert "是否准予例外，由市科技局审核时写明理由决定" in words(page)
    assert "reason-E-CAP5" not in page.content.decode()
    assert answer.status_code == 302


def test_a2_another_host_after_the_first_service_is_over_goes_to_the_bureau_with_its_reason(season: Season) -> None:
    lizhe = season.selected("P1", Category.ENTERPRISE)
    clerk, officer = browser_of(season.clerk), browser_of(season.officer)
    first = season.submitted(lizhe, season.h1)
    officer.post(f"/agreements/{first.pk}/file/", {"version": first.version})
    officer.post(
        f"/agreements/{first.pk}/terminate/", {"ends_on": "2026-05-20", "reason": "agreed", "note": "企业停产。"}
    )
    second = season.agreement(lizhe, season.h3, service_start=MAY_20)
    page = f"/agreements/{second.pk}/confirm/"

    on = clerk.post(f"/agreements/{second.pk}/edit/", draft_form(second))
    refused = clerk.post(page, signing_form(second, scan=scanned()))
    asked = clerk.post(page, signing_form(second, **LOOKED_AT, **{"reason-E-ONE-HOST": "原派驻企业已停产。"}))
    moved = officer.post(
        f"/agreements/{second.pk}/file/",
        {"version": 2, "reason-E-ONE-HOST": "同意改派", "document-E-ONE-HOST": "石科〔2026〕9号"},
    )

    assert on["Location"] == page
    assert (refused.status_code, "只能签约服务一个单位" in words(refused)) == (422, True)
    assert (asked.status_code, moved.status_code) == (302, 302)
    second.refresh_from_db()
    assert second.status == AgreementStatus.FILED
    assert set(second.yearly_hosts.values_list("year", "host")) == {(2026, season.h3.pk), (2027, season.h3.pk)}
    [moving] = second.yearly_hosts.get(year=2026).reassignments.all()
    assert (moving.reason, moving.document_number) == ("同意改派", "石科〔2026〕9号")
    assert "2026年度自“示范装备制造有限公司”改派 同意改派 石科〔2026〕9号" in words(
        officer.get(f"/agreements/{second.pk}/")
    )


def test_a_term_of_another_century_is_refused_beside_its_field(clerk: Client, draft: Agreement) -> None:
    page = f"/agreements/{draft.pk}/edit/"

    odd = clerk.post(page, draft_form(draft, service_start="1901-05-20"))

    assert odd.status_code == 422
    assert re.search(r'id="id_service_start_error"[^>]*>.*?只能在2025年至2027年之间', odd.content.decode(), re.DOTALL)
    turned = clerk.post(page, draft_form(draft, service_end="2025-12-31"))
    assert (turned.status_code, "服务截止日期不能早于开始日期" in words(turned)) == (422, True)


def test_a_paper_changed_after_signing_is_signed_anew(season: Season, clerk: Client) -> None:
    signed = season.agreement(season.selected("P3"), season.h4)
    clerk.post(f"/agreements/{signed.pk}/edit/", draft_form(signed, service_content="签署之后改的内容"))

    page = clerk.get(f"/agreements/{signed.pk}/confirm/")
    answer = clerk.post(f"/agreements/{signed.pk}/confirm/", signing_form(signed))

    assert "协议书第 1 版，内容已修改，须重新签署上传" in words(page)
    assert (answer.status_code, "内容改为第2版后须重新签署并上传" in words(answer)) == (422, True)


def test_a_file_that_is_a_scan_already_is_refused_and_says_where(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    other = season.agreement(season.selected("P4"), season.h4, signed=False)
    foreign = season.agreement(
        season.selected("P5", institution=season.u2), season.h4, signed=False, created_by=season.stranger
    )
    same = scanned().read()

    def uploaded(browser: Client, to: Agreement) -> Any:
        return browser.post(
            f"/agreements/{to.pk}/confirm/", {"version": 1, "act": "save", "scan": scanned(same)}, follow=True
        )

    assert uploaded(browser_of(season.stranger), foreign).status_code == 200
    here = uploaded(clerk, other)  # another institution's is nobody's business
    again, elsewhere = uploaded(clerk, other), uploaded(clerk, draft)

    assert "没有读出二维码" in words(here)
    assert (again.status_code, "这个文件已是本协议的第1份扫描件，不用再上传。" in words(again)) == (422, True)
    assert (
        f"这个文件已用作协议{other}（{other.specialist}）的扫描件。请核对是否选错了文件；那一份附错了的，请先在那里撤下。"
        in words(elsewhere)
    )
    assert f'href="/agreements/{other.pk}/"' in elsewhere.content.decode()
    assert (other.scans.count(), draft.scans.count()) == (1, 0)


def test_what_the_bureau_has_is_not_handed_in_again(season: Season, clerk: Client) -> None:
    submitted = season.submitted(season.selected("P3"), season.h4)

    answer = clerk.post(f"/agreements/{submitted.pk}/confirm/", signing_form(submitted))

    assert (answer.status_code, "协议已提交审核，不能再修改" in words(answer)) == (422, True)
    assert "孟主任" in words(answer)
    assert clerk.get(f"/agreements/{submitted.pk}/confirm/")["Location"] == f"/agreements/{submitted.pk}/"


# --- many together ----------------------------------------------------------------------------------------------------


def test_sc15_ready_drafts_are_handed_in_together_and_the_others_say_what_they_lack(
    season: Season, clerk: Client
) -> None:
    ready = [season.agreement(season.selected(key), season.h4) for key in ("P1", "P2")]
    unsigned = season.agreement(season.selected("P3"), season.h4, signed=False)

    page = words(clerk.get("/agreements/batch/"))
    answer = clerk.post("/agreements/batch/", {"agreement": [one.pk for one in ready], "note": "第一批"})

    assert "可以提交 2 件" in page
    assert (
        f"{unsigned} 张昇 滹沱示范谷物种植专业合作社 派出 待签 派驻 待签 本人 待签 三方协议须由科技特派员、派出单位、派驻单位三方签署"
        in page
    )
    submission = Submission.objects.get()
    assert (answer["Location"], submission.note) == (f"/agreements/submissions/{submission.pk}/", "第一批")
    assert list(submission.agreements.order_by("pk")) == ready
    assert "共 2 件" in words(clerk.get(answer["Location"]))


def test_a_batch_with_one_that_is_not_ready_goes_not_at_all(season: Season, clerk: Client) -> None:
    ready = season.agreement(season.selected("P1"), season.h4)
    unsigned = season.agreement(season.selected("P3"), season.h4, signed=False)

    answer = clerk.post("/agreements/batch/", {"agreement": [ready.pk, unsigned.pk]})

    assert answer.status_code == 422
    assert f"{unsigned}（张昇）：三方协议须由" in words(answer)
    assert "checked" in answer.content.decode()
    assert not Submission.objects.exists()


@pytest.mark.parametrize("chosen", [pytest.param([], id="none"), pytest.param(["x", "9" * 30], id="nonsense")])
def test_a_batch_of_nothing_is_no_batch(season: Season, clerk: Client, chosen: list[Any]) -> None:
    answer = clerk.post("/agreements/batch/", {"agreement": chosen})

    assert (answer.status_code, "请选择要提交的协议" in words(answer)) == (422, True)


def test_a_foreign_draft_cannot_be_smuggled_into_a_batch(season: Season, clerk: Client) -> None:
    foreign = season.agreement(season.selected("P5", institution=season.u2), season.h4, created_by=season.stranger)

    answer = clerk.post("/agreements/batch/", {"agreement": [foreign.pk]})

    foreign.refresh_from_db()
    assert (answer.status_code, foreign.status) == (422, AgreementStatus.DRAFT)


def test_only_who_has_one_host_a_year_is_told_that_it_stays(season: Season, clerk: Client) -> None:
    """R19 is of individuals in enterprises; a farm specialist serves several (R20)."""
    told = {}
    for category in ("enterprise", "agriculture"):
        draft = season.agreement(season.selected("P1", category), season.h4, signed=False)
        told[category] = "同年度内不能更换派驻单位" in words(clerk.get(f"/agreements/{draft.pk}/edit/"))

    assert told == {"enterprise": True, "agriculture": False}

"""The wizard, the desk and the phone page in a real browser: nobody is shut out, and the scripts keep what they promise."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from accounts.enums import Role
from accounts.models import Membership
from agreements import documents, services
from agreements.enums import AgreementStatus, Authority, Party
from agreements.models import Agreement, AgreementPaper, AgreementScan
from agreements.reviewing import services as reviewing
from core.files import keep
from specialists.enums import Category
from tests.cast import MAY_20, Season, member
from tests.core import hostile
from tests.core.test_pages_in_the_browser import phone, small, violations, wide
from tests.hands import browser_of

TOKEN = "7f3a91c2d40e5b6677889900aabbccdd"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00") as traveller:
        yield traveller


@pytest.fixture
def season(lasting_season: Season) -> Season:
    return lasting_season


@pytest.fixture
def as_hat(page: Page, live_server: Any) -> Callable[[Membership], Page]:
    """The page, signed in as somebody; any complaint of the browser (policy, missing file, script error) fails the test."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def sign_in(hat: Membership) -> Page:
        session = browser_of(hat).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return page

    sign_in.complaints = complaints  # type: ignore[attr-defined]
    return sign_in


@pytest.fixture
def cases(season: Season) -> dict[str, Agreement]:
    """A cooperative with five persons, a sixth under review, another case behind it, a draft."""
    for key in ("P1", "P2", "P5", "P8", "P9"):
        season.filed(season.selected(key), season.h4)
    sixth = season.submitted(season.selected("P3"), season.h4)
    paper = documents.agreement_pdf(sixth, token=TOKEN, pack=season.pack)
    scan = keep(paper, name="三方协议书（扫描件）.pdf", kind="pdf", pages=2, purpose="agreement-scan", by=season.clerk)
    AgreementScan.objects.create(agreement=sixth, number=2, paper_version=1, file=scan)
    AgreementPaper.objects.create(agreement=sixth, version=1, token=TOKEN, sha256="0" * 64)
    return {
        "sixth": sixth,
        "next": season.submitted(season.selected("P4", Category.BROKER), season.h1),
        "draft": season.agreement(season.selected("P10", Category.ENTERPRISE), season.h2, signed=False),
    }


@small
def test_no_page_shuts_anybody_out_where_it_is_narrow(season: Season, cases: dict[str, Agreement], as_hat: Any) -> None:
    draft, case = cases["draft"].pk, cases["sixth"].pk
    pages = {
        season.clerk: [
            "",
            "new/",
            f"{draft}/edit/",
            f"{draft}/confirm/",
            "batch/",
            f"{draft}/",
            f"{draft}/?tab=history",
        ],
        season.officer: ["", f"{case}/review/", f"{case}/"],
        season.hat_of(cases["sixth"].specialist): ["mine/", f"{case}/", f"check/{TOKEN}/"],
    }
    wrong = []
    for hat, tails in pages.items():
        page = as_hat(hat)
        for tail in tails:
            page.goto(f"/agreements/{tail}")
            page.locator("details.more").evaluate_all("all => all.forEach(one => { one.open = true; })")
            wrong += [f"{tail}: {one}" for one in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong.append(f"{tail}: wider than its window")

    assert wrong == []
    assert as_hat.complaints == []


# --- the wizard -------------------------------------------------------------------------------------------------------


def test_hosts_are_suggested_while_typing(season: Season, cases: dict[str, Agreement], as_hat: Any) -> None:
    page = as_hat(season.clerk)
    page.goto(f"/agreements/{cases['draft'].pk}/edit/")

    page.get_by_label("派驻单位").fill("")
    page.get_by_label("派驻单位").press_sequentially("谷物")

    options = page.locator("#host-options option")
    expect(options).to_have_count(1)
    expect(options).to_have_attribute("value", "滹沱示范谷物种植专业合作社（93139999MA0X001466）")


def test_the_rail_answers_and_the_draft_saves_itself_while_typing(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    draft = cases["draft"]
    page = as_hat(season.clerk)
    page.goto(f"/agreements/{draft.pk}/edit/")

    page.get_by_label("服务截止日期").fill("2026年12月31日")
    page.get_by_label("服务内容").fill("主轴热误差补偿工艺攻关。")

    rail = page.locator("#checks")
    expect(rail).to_contain_text("服务期限一般为1-2年，当前为7个月20天")
    expect(rail).to_contain_text("2 项提示")
    expect(page.locator("[data-saved]")).to_contain_text("草稿自动保存于")
    expect(page.locator("input[name=version]")).not_to_have_value("1")
    draft.refresh_from_db()
    assert draft.service_content == "主轴热误差补偿工艺攻关。"
    page.reload()
    expect(page.get_by_label("服务内容")).to_have_value("主轴热误差补偿工艺攻关。")


def test_pressing_next_explains_and_the_focus_goes_to_what_is_wrong(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    page = as_hat(season.clerk)
    page.goto(f"/agreements/{cases['draft'].pk}/edit/")

    page.get_by_label("派驻单位").fill("没有这家单位")
    page.get_by_role("button", name="下一步：签署并提交").click()

    expect(page.locator(".esum")).to_be_focused()
    page.locator(".esum").get_by_role("link").first.click()
    expect(page.get_by_label("派驻单位")).to_be_focused()
    expect(page.get_by_label("派驻单位")).to_have_value("没有这家单位")


def test_a_draft_changed_elsewhere_leads_on_and_not_to_a_loss(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    draft = cases["draft"]
    page = as_hat(season.clerk)
    page.goto(f"/agreements/{draft.pk}/edit/")
    services.save_draft(draft, by=season.manager, version=None, service_content="同事写的内容")

    page.get_by_label("服务内容").fill("我写的内容")
    page.locator("#id_goal-1-unit").scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)

    band = page.locator("[data-request-band]")
    expect(band).to_contain_text("请按“下一步”：您填写的内容会保留")
    expect(band).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="下一步：签署并提交").click()
    expect(page.locator(".stale")).to_contain_text("同事写的内容")
    expect(page.get_by_label("服务内容")).to_have_value("我写的内容")


def test_enter_goes_on_and_on_a_suggestion_only_picks_it(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    page = as_hat(season.clerk)
    page.goto(f"/agreements/{cases['draft'].pk}/edit/")
    page.get_by_label("派驻单位").fill("没有这家单位")

    page.get_by_label("派驻单位").press("ArrowDown")
    page.get_by_label("派驻单位").press("Enter")
    page.wait_for_timeout(300)  # a form on its way would have marked itself
    expect(page.locator("#draft[data-sent]")).to_have_count(0)
    expect(page.locator(".esum")).to_have_count(0)
    page.get_by_label("年度到现场服务").press("Enter")

    expect(page.locator(".esum")).to_contain_text("没有找到“没有这家单位”")
    expect(page.get_by_role("heading", name="填写派驻信息")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("size", [pytest.param(1366, marks=wide), pytest.param(390, marks=phone)])
def test_from_the_list_to_the_submission(season: Season, as_hat: Any, size: int) -> None:
    season.selected("P3")
    season.h1  # noqa: B018  enters when it is called
    page = as_hat(season.clerk)
    page.goto("/agreements/")

    page.get_by_role("link", name="新建协议").first.click()
    page.get_by_label("张昇").check()
    page.get_by_role("button", name="下一步：填写派驻信息").click()
    page.get_by_label("派驻单位").fill("装备制造")
    page.get_by_label("服务内容").fill("设备维护与技术培训。")
    for name, typed in (("name", "组织技术培训"), ("count", "2"), ("unit", "场")):
        page.locator(f"#id_goal-0-{name}").fill(typed)
    page.get_by_role("button", name="下一步：签署并提交").click()
    page.wait_for_load_state()
    with page.expect_download() as printed:
        page.get_by_role("button", name="下载并打印").click()
    for party, signer in (("甲方代表人", "孟主任"), ("乙方代表人", "马经理")):
        page.get_by_label(party).fill(signer)
    for day in page.get_by_label("签署日期").all():
        day.fill("2026.5.20")
    for authority in page.get_by_label("签署身份").all():
        authority.select_option("法定代表人")
    paper = printed.value.path().read_bytes()
    page.locator("#id_scan").set_input_files({"name": "签章.pdf", "mimeType": "application/pdf", "buffer": paper})
    expect(scan_of(page)).to_contain_text("签章.pdf")
    page.get_by_role("button", name="提交备案").click()

    expect(page.get_by_text("已提交市科技局审核")).to_be_visible()
    assert printed.value.suggested_filename == f"三方协议书_张昇_D-{Agreement.objects.get().pk} v2.pdf"
    assert Agreement.objects.get().status == AgreementStatus.SUBMITTED
    assert as_hat.complaints == []


def test_what_was_compiled_is_handed_in_right_after_its_sheet_was_fetched(season: Season, as_hat: Any) -> None:
    ready = season.agreement(season.selected("P3"), season.h4)
    page = as_hat(season.clerk)
    page.goto("/agreements/batch/")
    page.get_by_role("checkbox", name="张昇").check()
    sheet, hand_in = (page.get_by_role("button", name=name) for name in ("汇总表（表格）", "提交选中的协议"))

    with page.expect_download():
        sheet.click()
    hand_in.click()

    expect(page.get_by_text("汇总编号")).to_be_visible()
    ready.refresh_from_db()
    assert ready.status == AgreementStatus.SUBMITTED
    assert as_hat.complaints == []


def scan_of(page: Page) -> Locator:
    """The box that takes the scan, beside those for letters of authority."""
    return page.locator("[data-upload]").filter(has=page.locator("#id_scan"))


def test_a_refused_file_is_said_before_it_travels_and_the_rest_stays(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    page = as_hat(season.clerk)
    page.goto(f"/agreements/{cases['draft'].pk}/confirm/")
    page.get_by_label("甲方代表人").fill("孟主任")

    page.locator("#id_scan").set_input_files({"name": "协议.docx", "mimeType": "text/plain", "buffer": b"x"})

    expect(scan_of(page)).to_contain_text("请选择")
    expect(page.get_by_label("甲方代表人")).to_have_value("孟主任")


def test_a_hostile_file_comes_back_with_its_sentence_beside_the_field(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    page = as_hat(season.clerk)
    page.goto(f"/agreements/{cases['draft'].pk}/confirm/")
    page.get_by_label("甲方代表人").fill("孟主任")
    page.get_by_label("签署日期").first.fill("2026年5月20日")

    page.locator("#id_scan").set_input_files(
        {"name": "协议.pdf", "mimeType": "application/pdf", "buffer": hostile.javascript()}
    )
    page.get_by_role("button", name="提交备案").click()

    expect(page.locator("#id_scan_error")).to_contain_text("文件中带有脚本")
    expect(page.locator(".esum")).to_be_focused()
    expect(page.get_by_label("甲方代表人")).to_have_value("孟主任")


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_a_queue_is_worked_through_by_keyboard_and_a_correction_comes_back(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    """J K, letters in a field, A with Enter, R with its ticks, the institution's correction, the comparison, X and B."""
    sixth, following = cases["sixth"], cases["next"]
    colleague = member("王科员", Role.BUREAU_OFFICER, season.bureau, "wang")
    reviewing.look(sixth, by=colleague)
    page = as_hat(season.officer)
    page.goto(f"/agreements/{sixth.pk}/review/")

    expect(page.locator("#at-desk")).to_contain_text("王科员正在办理（10:0")
    # The paper's own words stand beside what was entered, and a finding shows its place on the page.
    row = page.locator('#reading tr[data-mark="host"]')
    expect(row).to_contain_text("一致")
    page.locator("#finding-E-CAP5 b").click()
    expect(page.locator('.marks [data-mark-of="host"].on')).not_to_have_count(0)
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(following))
    page.wait_for_load_state()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(sixth))
    page.wait_for_load_state()
    reason = page.get_by_label("例外理由")
    reason.fill("a jar of 合作社有三处示范基地")  # letters here are no keys
    page.get_by_role("link", name="历史协议").click()  # a tab keeps what was typed in another
    expect(page.locator("#tab-earlier")).to_contain_text("与其他人的协议")
    page.get_by_role("link", name="核对与校验").click()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("r")
    page.get_by_role("dialog", name="退回补正").get_by_label("服务内容的补正意见").fill("请写明服务方式。")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(following))
    page.wait_for_load_state()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(sixth))
    expect(reason).to_have_value(
        "a jar of 合作社有三处示范基地"
    )  # and one case what was typed while another was looked at
    expect(page.get_by_label("服务内容的补正意见")).to_have_value("请写明服务方式。")
    expect(page.locator("#return input[type=checkbox]:checked")).to_have_count(1)
    # While Chinese is being composed a key is not ours, wherever the focus is.
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', isComposing: true, bubbles: true}))"
    )
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("a")
    expect(page.get_by_role("dialog", name="填写理由并通过")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("备案号 SJZ-KTP-2026-0001")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(following))
    page.wait_for_load_state()

    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="退回补正")
    dialog.get_by_label("服务内容的补正意见").fill("请写明服务方式。")
    expect(dialog.get_by_role("checkbox", name="服务内容")).to_be_checked()  # words are a tick
    dialog.get_by_role("button", name="退回补正").click()
    expect(page.get_by_text("已退回补正，已通知派出单位")).to_be_visible()
    following.refresh_from_db()
    assert following.return_opinion == "服务内容：请写明服务方式。"

    as_hat(season.clerk)
    page.goto(f"/agreements/{following.pk}/edit/")
    expect(page.locator(".remark")).to_contain_text("请写明服务方式。")
    expect(page.get_by_label("派驻单位", exact=True)).to_have_count(0)
    page.get_by_label("服务内容", exact=True).fill("每月一次到企业对接技术需求。")
    page.get_by_role("button", name="下一步：签署并提交").click()
    expect(page.get_by_role("heading", name="签署并提交").first).to_be_visible()
    following.refresh_from_db()
    paper = keep(hostile.pdf(), name="新.pdf", kind="pdf", purpose="agreement-scan", by=season.clerk)
    services.attach_scan(following, file=paper, by=season.clerk)
    for party, signer in zip(Party, ("孟主任", "马经理", "王晓晨"), strict=True):
        authority = Authority.SELF if party == Party.SPECIALIST else Authority.LEGAL
        services.sign(following, party=party, signer=signer, signed_on=MAY_20, by=season.clerk, authority=authority)
    services.submit_agreements([following], by=season.clerk, on=MAY_20)

    as_hat(season.officer)
    page.goto("/agreements/?status=submitted")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-count]")).to_have_text("1")
    page.goto(f"/agreements/{following.pk}/review/")
    compared = page.locator("#mended")
    expect(compared).to_contain_text("每月一次到企业对接技术需求。")
    expect(compared).to_contain_text("请写明服务方式。")
    # Switched off, a key does nothing.
    page.keyboard.press("?")
    page.get_by_label("使用单键快捷键").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert as_hat.complaints == []


def test_without_a_reason_the_case_stays_and_the_focus_goes_to_the_summary(
    season: Season, cases: dict[str, Agreement], as_hat: Any
) -> None:
    page = as_hat(season.officer)
    page.goto(f"/agreements/{cases['sixth'].pk}/review/")
    page.get_by_label("依据文号").fill("石科函〔2026〕7号")

    page.keyboard.press("Escape")
    page.get_by_role("button", name="填写理由并通过").first.click()
    page.get_by_role("dialog").get_by_role("button", name="填写理由并通过").click()

    expect(page.locator(".esum")).to_be_focused()
    expect(page.get_by_label("依据文号")).to_have_value("石科函〔2026〕7号")
    page.locator(".esum").get_by_role("link").click()
    expect(page.get_by_label("例外理由")).to_be_focused()


def test_the_scan_is_read_beside_the_facts(season: Season, cases: dict[str, Agreement], as_hat: Any) -> None:
    page = as_hat(season.officer)
    page.goto(f"/agreements/{cases['sixth'].pk}/review/")

    sheets = page.locator(".sheet img")
    expect(sheets).to_have_count(2)
    expect(sheets.first).to_have_js_property("complete", True)
    assert sheets.first.evaluate("one => one.naturalWidth") > 800
    page.locator(".thumbs a").nth(1).click()
    expect(page.locator(".thumbs a").nth(1)).to_have_attribute("aria-current", "true")
    assert page.locator(".sheets").evaluate("one => one.scrollTop") > 300
    page.get_by_role("button", name="放大").click()
    expect(page.locator(".sheets.zoom-1")).to_have_count(1)


@phone
def test_the_specialist_reads_where_the_matter_stands(season: Season, cases: dict[str, Agreement], as_hat: Any) -> None:
    page = as_hat(season.hat_of(cases["sixth"].specialist))
    page.goto("/agreements/mine/")

    expect(page.get_by_role("heading", level=1)).to_have_text("张昇老师，您好")
    expect(page.locator(".need").first).to_contain_text("您现在不需要操作。市科技局将在5月21日前给出结果")
    page.get_by_role("link", name="查看协议").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"协议 {cases['sixth']}")

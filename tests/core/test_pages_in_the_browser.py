"""The components in a real browser: nobody is shut out, nothing overflows, and the scripts do what they promise."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

AXE = settings.BASE_DIR / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

wide = pytest.mark.viewport(1366, 768)
phone = pytest.mark.viewport(390, 844)
small = pytest.mark.viewport(320, 640)


def violations(page: Page) -> list[str]:
    """What axe finds; its script comes in through the protocol, so that the page's own policy stays as it is."""
    page.wait_for_load_state()  # a page that a click opened may be there before its style sheet
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false})", RULES
    )
    return [f"{one['id']}: {node['target']}" for one in found["violations"] for node in one["nodes"]]


@pytest.fixture
def gallery(page: Page) -> Page:
    """The page of components; any complaint of the browser (policy, missing file, script error) fails the test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/components")
    assert complaints == []
    return page


@pytest.mark.parametrize(
    "size", [pytest.param(1366, marks=wide), pytest.param(390, marks=phone), pytest.param(320, marks=small)]
)
def test_the_components_shut_nobody_out_at_any_width(gallery: Page, size: int) -> None:
    gallery.locator("details.more, details.map-table").evaluate_all("all => all.forEach(one => { one.open = true; })")

    assert violations(gallery) == []
    assert gallery.evaluate("document.documentElement.scrollWidth") <= size


@phone
def test_the_large_text_version_shuts_nobody_out_either_and_stays(gallery: Page) -> None:
    gallery.get_by_role("button", name="大字版").click()
    expect(gallery.get_by_role("button", name="标准字号")).to_be_visible()

    gallery.reload()

    assert gallery.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    assert violations(gallery) == []
    assert gallery.evaluate("document.documentElement.scrollWidth") <= 390


TOO_SMALL = """() => [...document.querySelectorAll("button, select, textarea, summary, a.btn, input")]
  .filter(one => one.getClientRects().length && !["hidden", "file"].includes(one.type))
  .filter(one => !one.closest("dialog:not([open]), [aria-hidden]"))
  .filter(one => {
    const boxes = [one, ...(one.labels || [])].map(box => box.getBoundingClientRect().height);
    return Math.max(...boxes) < 43.5;
  })
  .map(one => `${one.tagName} ${one.className} ${one.textContent.trim()}`)"""


@phone
def test_on_a_phone_every_control_is_as_large_as_a_fingertip(gallery: Page) -> None:
    assert gallery.evaluate(TOO_SMALL) == []


@phone
def test_on_a_phone_a_table_is_a_row_of_cards(gallery: Page) -> None:
    card = gallery.locator("#list tbody tr").first

    expect(gallery.locator("#list thead")).to_be_hidden()
    expect(card.locator(".at-hide").first).to_be_hidden()
    title, badge = card.evaluate(
        "row => ['.at-title', '.at-aside'].map(place => row.querySelector(place).getBoundingClientRect().toJSON())"
    )
    assert abs(title["y"] - badge["y"]) < 8
    assert title["right"] <= badge["x"]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_the_focus_is_on_what_is_wrong_and_its_links_lead_to_the_field(gallery: Page) -> None:
    summary = gallery.locator(".esum").first
    expect(summary).to_be_focused()

    summary.get_by_role("link", name="没有2027年2月30日这一天").click()

    expect(gallery.get_by_label("服务截止日期").first).to_be_focused()


# --- forms ------------------------------------------------------------------------------------------------------------


def hold(page: Page, address: str) -> list[str]:
    """What is posted there; the answer leaves the page as it stands."""
    posted: list[str] = []

    def receive(route: Route) -> None:
        if route.request.method == "POST":
            posted.append(route.request.post_data or "")
            route.fulfill(status=204)
        else:
            route.continue_()

    page.route(address, receive)
    return posted


def test_a_form_pressed_twice_is_sent_once_and_says_so(gallery: Page) -> None:
    posted = hold(gallery, "**/components*")
    button = gallery.locator(".wgrid form [type=submit]")

    for _ in range(3):
        button.evaluate("one => one.click()")
        gallery.wait_for_timeout(200)  # pressed in one breath, the browser itself would send only the last

    expect(button).to_have_text("正在提交…")
    expect(button).to_have_attribute("aria-disabled", "true")
    assert len(posted) == 1


def test_a_form_with_a_file_shows_the_way_and_then_the_answer(gallery: Page) -> None:
    def answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=422, content_type="text/html; charset=utf-8", body=REFUSED)
        else:
            route.continue_()

    gallery.route("**/components*", answer)
    gallery.set_input_files("#id_scan", {"name": "协议.pdf", "mimeType": PDF, "buffer": b"%PDF" * 500_000})
    expect(gallery.locator("[data-upload-name]").first).to_have_text("协议.pdf　1.9 MB")

    gallery.get_by_role("button", name="下一步：上传并确认").click()

    # By its words: the page before holds two alerts, and two of what is awaited is an error at once, not a reason to wait.
    answered = gallery.get_by_role("alert").filter(has_text="文件已加密，请解除密码后重新上传。")
    expect(answered).to_be_focused()
    expect(gallery.get_by_role("alert")).to_have_count(1)


PDF = "application/pdf"
REFUSED = """<!doctype html><title>退回</title><body><main id="main">
<div role="alert" tabindex="-1" data-error-summary>文件已加密，请解除密码后重新上传。</div></main></body>"""


def test_an_upload_that_fails_keeps_the_page_and_what_was_typed(gallery: Page) -> None:
    gallery.route(
        "**/components*", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    gallery.set_input_files("#id_scan", {"name": "协议.pdf", "mimeType": PDF, "buffer": b"%PDF"})
    gallery.get_by_label("服务目标").first.fill("主轴热误差补偿")

    gallery.get_by_role("button", name="下一步：上传并确认").click()

    expect(gallery.locator("[data-request-band]")).to_have_text("网络中断，内容尚未提交，请检查网络后重试。")
    expect(gallery.get_by_label("服务目标").first).to_have_value("主轴热误差补偿")
    expect(gallery.get_by_role("button", name="下一步：上传并确认")).not_to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [
        ("照片.heic", 10, "请选择 PDF、JPG、JPEG、PNG 文件。"),
        ("协议.pdf", 21 * 1024 * 1024, "文件为 21.0 MB，超过 20.0 MB。可降低扫描分辨率（建议 200 dpi）后重新选择。"),
    ],
)
def test_a_file_that_would_be_refused_does_not_travel(
    gallery: Page, tmp_path: Path, name: str, size: int, sentence: str
) -> None:
    file = tmp_path / name
    file.write_bytes(b"0" * size)

    posted = hold(gallery, "**/components*")

    gallery.set_input_files("#id_scan", file)

    expect(gallery.locator("[data-upload-state]").first).to_have_text(sentence)
    assert gallery.locator("#id_scan").evaluate("one => one.files.length") == 0

    # A form that went without it would be said to be saved.
    gallery.get_by_role("button", name="下一步：上传并确认").click()
    expect(gallery.locator("[data-upload-state]").first).to_contain_text("尚未提交")
    expect(gallery.locator("#id_scan")).to_be_focused()
    assert posted == []
    gallery.get_by_role("button", name="不上传").click()
    expect(gallery.locator("[data-upload-row]").first).to_be_hidden()
    gallery.get_by_role("button", name="下一步：上传并确认").click()
    expect(gallery.get_by_role("button", name="正在提交…")).to_be_visible()


def test_the_calendar_writes_the_date_as_people_do(gallery: Page) -> None:
    field = gallery.get_by_label("服务开始日期").first
    expect(gallery.get_by_role("button", name="打开日历").first).to_be_visible()

    field.evaluate(
        """one => { const picker = one.parentElement.querySelector("input[type=date]");
        picker.value = "2027-01-05"; picker.dispatchEvent(new Event("change", {bubbles: true})); }"""
    )

    expect(field).to_have_value("2027年1月5日")


def test_a_draft_saves_itself_and_the_rules_are_asked_anew(gallery: Page) -> None:
    saved: list[str] = []

    def save(route: Route) -> None:
        saved.append(route.request.post_data or "")
        route.fulfill(status=204, headers={"X-Version": "8"})

    gallery.route("**/save", save)
    gallery.route("**/rules", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=CHECKED))
    gallery.evaluate(
        """() => { const form = document.querySelector(".wgrid form");
        form.dataset.autosave = "/save"; form.dataset.checks = "/rules";
        for (const [name, value] of [["idempotency_key", "k"], ["version", "7"]]) {
          const field = document.createElement("input"); field.type = "hidden"; field.name = name; field.value = value;
          form.append(field); }
        document.querySelector(".ph p").dataset.saved = ""; }"""
    )

    gallery.get_by_label("派驻单位").last.fill("示范农场")
    gallery.get_by_label("服务目标").first.click()

    expect(gallery.locator("#checks")).to_contain_text("首次校验")
    expect(gallery.locator("#live")).to_have_text("校验结果：1 项提示")
    expect(gallery.locator("[data-saved]")).to_contain_text("草稿自动保存于")
    assert len(saved) == 1
    assert ("idempotency_key" in saved[0], "version=7" in saved[0]) == (False, True)
    assert gallery.locator("input[name=version]").last.input_value() == "8"


CHECKED = '<aside id="checks"><header><div class="r"> 1  项提示 </div></header><p>首次校验</p></aside>'


def test_nothing_is_sent_in_the_middle_of_a_chinese_word(gallery: Page) -> None:
    saved: list[str] = []

    def save(route: Route) -> None:
        saved.append("saved")
        route.fulfill(status=204)

    gallery.route("**/save", save)
    gallery.clock.install()
    field = gallery.get_by_label("服务目标").first
    field.evaluate("one => { one.form.dataset.autosave = '/save'; }")

    typing = "one => one.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true}))"
    field.evaluate(typing)
    gallery.clock.run_for(20_000)
    gallery.wait_for_timeout(200)
    assert saved == []

    field.evaluate("one => one.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}))")
    gallery.clock.run_for(4_000)
    gallery.wait_for_timeout(200)
    assert saved == ["saved"]


# --- confirmations and keys -------------------------------------------------------------------------------------------


def test_a_grave_act_waits_for_its_word(gallery: Page) -> None:
    posted = hold(gallery, "**/components*")
    gallery.keyboard.press("r")
    dialog = gallery.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert violations(gallery) == []

    dialog.get_by_role("button", name="退回补正").click()
    expect(dialog.get_by_label("请输入“退回”以确认")).to_be_focused()
    expect(dialog.get_by_text("请输入“退回”后再退回补正。")).to_be_visible()
    assert posted == []

    dialog.get_by_label("请输入“退回”以确认").fill("退回")
    dialog.get_by_role("button", name="退回补正").click()
    gallery.wait_for_timeout(200)
    assert len(posted) == 1


def test_a_dialog_goes_away_by_escape_and_gives_the_focus_back(gallery: Page) -> None:
    opener = gallery.get_by_role("button", name="退回补正").first
    opener.focus()
    gallery.keyboard.press("Space")
    expect(gallery.get_by_role("dialog")).to_be_visible()

    gallery.keyboard.press("Escape")

    expect(gallery.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def current(page: Page) -> str:
    return page.locator("#list tr.cur .at-title a").inner_text()


def test_the_queue_is_walked_by_keyboard(gallery: Page) -> None:
    gallery.locator("h1").click()
    gallery.keyboard.press("j")
    assert current(gallery) == "D-1187"
    gallery.keyboard.press("j")
    assert current(gallery) == "D-1188"
    gallery.keyboard.press("k")
    gallery.keyboard.press("k")
    assert current(gallery) == "D-1187"

    gallery.keyboard.press("x")
    expect(gallery.get_by_label("选择 D-1187")).to_be_checked()
    gallery.keyboard.press("Enter")
    assert gallery.url.endswith("#1187")


def test_where_there_is_no_list_j_goes_to_the_next_case_of_the_desk(gallery: Page) -> None:
    gallery.evaluate(
        """() => { document.querySelectorAll("[data-list]").forEach(list => list.remove());
        const next = document.createElement("a"); next.href = "#checks"; next.dataset.key = "j"; next.textContent = "下一件";
        document.querySelector("main").append(next); }"""
    )
    gallery.locator("h1").click()

    gallery.keyboard.press("j")

    assert gallery.url.endswith("#checks")


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("typing", id="while typing"),
        pytest.param("composing", id="while a word is composed"),
        pytest.param("modified", id="with Ctrl"),
        pytest.param("off", id="switched off"),
    ],
)
def test_single_keys_are_silent(gallery: Page, where: str) -> None:
    gallery.locator("h1").click()
    if where == "typing":
        gallery.get_by_label("服务目标").first.focus()
    if where == "off":
        gallery.evaluate("localStorage.setItem('single-keys', 'off')")
    if where == "composing":
        gallery.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'r', bubbles: true, isComposing: true}))"
        )
    else:
        gallery.keyboard.press("Control+j" if where == "modified" else "j")
        gallery.keyboard.press("Control+Alt+r" if where == "modified" else "r")

    assert gallery.locator("dialog[open]").count() == 0
    assert gallery.locator("tr.cur").count() == 0


def test_the_question_mark_explains_the_keys_and_switches_them_off(gallery: Page) -> None:
    gallery.locator("h1").click()
    gallery.keyboard.press("?")
    dialog = gallery.get_by_role("dialog")
    expect(dialog).to_contain_text("下一行")
    expect(dialog).to_contain_text("退回补正")
    assert violations(gallery) == []

    dialog.get_by_label("使用单键快捷键").uncheck()
    dialog.get_by_role("button", name="关闭").click()
    gallery.keyboard.press("j")

    assert gallery.locator("tr.cur").count() == 0


@wide
def test_select_all_selects_this_page(gallery: Page) -> None:
    gallery.get_by_label("全选本页").check()
    assert gallery.locator("[data-select]:checked").count() == 5

    gallery.get_by_label("选择 D-1188").uncheck()

    assert gallery.get_by_label("全选本页").evaluate("one => [one.checked, one.indeterminate]") == [False, True]


@phone
def test_unsent_text_of_a_visit_outlives_the_page_until_it_arrives(gallery: Page) -> None:
    keep: Any = """() => { const form = document.querySelector(".wgrid form"); form.dataset.keep = "visit";
      form.querySelector("[name=goals]").dataset.keepField = "";
      const note = document.createElement("p"); note.hidden = true; note.dataset.keptNote = "";
      note.textContent = "上次填写的内容尚未提交"; form.prepend(note);
      document.dispatchEvent(new CustomEvent("page:swapped")); }"""
    gallery.evaluate(keep)
    gallery.locator("#id_host").fill("示范农场")
    gallery.get_by_label("服务目标").first.fill("现场诊断霜霉病")

    gallery.reload()
    gallery.evaluate(keep)

    expect(gallery.get_by_label("服务目标").first).to_have_value("现场诊断霜霉病")
    expect(gallery.locator("[data-kept-note]")).to_be_visible()
    assert "示范农场" not in gallery.evaluate("JSON.stringify(sessionStorage)")
    arrived: Any = """() => { const mark = document.createElement("p"); mark.dataset.keptSent = "visit";
      document.querySelector("main").append(mark); document.dispatchEvent(new CustomEvent("page:swapped")); }"""
    gallery.evaluate(arrived)
    assert gallery.evaluate("sessionStorage.getItem('kept:visit')") is None


@phone
def test_without_network_a_visit_is_not_sent_and_says_so(gallery: Page) -> None:
    posted = hold(gallery, "**/components*")
    gallery.evaluate("document.querySelector('.wgrid form').dataset.keep = 'visit'")
    gallery.context.set_offline(True)

    gallery.get_by_role("button", name="下一步：上传并确认").click()

    expect(gallery.locator("[data-request-band]")).to_contain_text("现在没有网络，尚未提交。")
    assert posted == []

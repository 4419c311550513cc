"""A clerk prints in a real browser, has it signed, drops fifty files on the page, five of them corrupt, and empties the
tray. Four of the contracts are printed by the platform; the others are drawn, which costs a hundredth and reads alike."""

import base64
import os
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from agreements.models import Agreement, AgreementScan
from agreements.scanning.models import ScanBatch
from tests.agreements.scanning.hands import printed, sheets
from tests.cast import Season
from tests.core import hostile, scans
from tests.desk.rosters.hands import run
from tests.desk.rosters.test_in_the_browser import looked_at, sign_in

CORRUPT = {
    "断开.pdf": hostile.truncated(),
    "加密.pdf": hostile.encrypted(),
    "脚本.pdf": hostile.javascript(),
    "空白.pdf": b"",
    "文档.docx": hostile.word_document(),
}
DROP = """(box, files) => {
    const data = new DataTransfer();
    for (const [name, bytes] of files) {
        data.items.add(new File([Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))], name));
    }
    for (const kind of ["dragenter", "dragover", "drop"]) {
        box.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
}"""


@pytest.fixture(autouse=True)
def today() -> None:
    """The browser has a clock of its own: a cookie of last May would be gone at once."""


def test_what_was_printed_and_signed_finds_its_agreements(
    lasting_season: Season, page: Page, live_server: Any, tmp_path: Path
) -> None:
    season, pictures = lasting_season, os.environ.get("SCAN_PICTURES", "")
    for key in ("P3", "P4", "P5", "P6"):
        season.agreement(season.selected(key), season.h4, signed=False)
    sign_in(page, season.clerk, live_server.url)
    found: list[str] = []
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto("/agreements/")
    page.get_by_role("link", name="批量打印").click()
    found += looked_at(page, "prints", pictures)
    page.get_by_role("button", name="生成打印文件").click()
    expect(page.get_by_text("正在排版")).to_be_visible()
    run()
    expect(page.get_by_role("link", name="下载打印文件")).to_be_visible()
    found += looked_at(page, "print", pictures)
    with page.expect_download() as loading:
        page.get_by_role("link", name="下载打印文件").click()
    loading.value.save_as(tmp_path / "season.pdf")

    drawn = drawn_of(season)
    page.get_by_role("link", name="上传签署后的扫描件").click()
    box = page.locator("[data-upload]")
    box.evaluate(DROP, in_text({**as_scanned(tmp_path / "season.pdf"), **drawn, **CORRUPT}))
    expect(page.get_by_text("等 50 个文件，共")).to_be_visible()
    found += looked_at(page, "scans-drop", pictures)
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_text("正在识别：1 / 50 个")).to_be_visible()  # the empty one needs no reading
    run()
    expect(page.get_by_role("heading", name="待您配对")).to_be_visible()
    assert AgreementScan.objects.count() == 3 + len(drawn)
    for name in CORRUPT:
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("不能接收")
    found += looked_at(page, "scans-tray", pictures)

    tray = page.locator(".tray")
    expect(tray.get_by_label("附到协议").nth(0)).not_to_have_value("")  # its name says whose it is
    tray.get_by_label("附到协议").nth(1).select_option("不附（不是协议书，或不再需要）")
    page.get_by_role("button", name="按所选办理").click()
    expect(page.get_by_text("已附上 1 份协议的扫描件，1 项不附。")).to_be_visible()
    expect(page.get_by_text("填写完整的协议都已有扫描件。")).to_be_visible()
    found += looked_at(page, "scans-done", pictures)

    assert sorted(AgreementScan.objects.values_list("agreement", flat=True)) == sorted(
        Agreement.objects.values_list("pk", flat=True)
    )  # each has its one
    more_than_one_request_carries(page)
    assert found == []
    assert complaints == []


def more_than_one_request_carries(page: Page) -> None:
    """Parted by the browser: photographs of one paper go together, and one batch shows what came of the drop."""
    files = {"丁.pdf": hostile.pdf(5), "甲-2.pdf": hostile.pdf(4), "甲-1.pdf": hostile.pdf(3)}
    page.goto("/agreements/scans/")
    box, limit = page.locator("[data-upload]"), len(files["甲-1.pdf"]) + len(files["丁.pdf"])
    box.locator("input").evaluate("(input, limit) => { input.dataset.total = limit; }", limit)
    box.evaluate(DROP, in_text(files))
    expect(box.locator("[data-upload-state]")).to_contain_text("提交时分 2 次上传")
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_text("正在识别：0 / 3 个")).to_be_visible()
    batch = ScanBatch.objects.get(pk=int(page.url.rstrip("/").rpartition("/")[2]))
    assert list(ScanBatch.objects.order_by("pk").values_list("files", flat=True)) == [50, 3]
    assert [line.name for line in batch.lines.order_by("place")] == ["丁.pdf", "甲-1.pdf", "甲-2.pdf"]
    assert (batch.file.name, batch.open_until) == ("丁等3个文件", None)


def as_scanned(path: Path) -> dict[str, bytes]:
    """Four contracts of two pages: two in one file, one photographed page by page, one without its codes; and a menu."""
    with pypdfium2.PdfDocument(path) as document:
        stack = [page.render(scale=150 / 72, grayscale=True).to_pil().convert("L") for page in document]
    pages = stack[2:]  # behind the contents and its empty back
    uncoded = pages[6].copy()
    uncoded.paste(255, (uncoded.width // 2, 0, uncoded.width, uncoded.height // 8))
    return {
        "两份.pdf": scans.as_pdf(*map(scans.noisy, pages[:4])),
        "一.jpg": scans.as_jpeg(scans.photographed(pages[4])),
        "二.jpg": scans.as_jpeg(scans.upside_down(pages[5])),
        "周珺 扫描.pdf": scans.as_pdf(uncoded),
        "菜单.pdf": scans.as_pdf(scans.drawn("https://example.org/menu")),
    }


def drawn_of(season: Season) -> dict[str, bytes]:
    """Forty further agreements, eight persons at five hosts each, as one page from the scanner; those above have two."""
    people = [season.selected(f"P{number}") for number in (1, 2, 7, 8, 9, 10, 11, 12)]
    hosts = (season.h1, season.h2, season.h3, season.h4, season.h5)
    papers = [printed(season.agreement(one, at, signed=False), pages=1) for one in people for at in hosts]
    return {f"扫描{number:02}.pdf": scans.as_pdf(*sheets(paper)) for number, paper in enumerate(papers, 1)}


def in_text(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(name, base64.b64encode(data).decode()) for name, data in files.items()]

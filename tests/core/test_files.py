import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core import files, sandbox
from core.files import clean_file_name, hint, keep, page_images, receive, same_bytes, serve, sweep
from core.models import StoredFile
from core.policy import Level, Refused
from tests.core import hostile

CONTENT = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


@pytest.fixture(autouse=True)
def _own_directories(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.PAGE_CACHE = tmp_path / "pages"


def take(data: bytes, name: str = "协议.pdf", **options: object) -> StoredFile:
    return receive(SimpleUploadedFile(name, data), **{"by": None, "purpose": "agreement", **options})  # type: ignore[arg-type]


def bytes_at(path: str) -> bytes:
    with default_storage.open(path) as stored:
        return stored.read()


def refusal_of(data: bytes, name: str = "协议.pdf", **options: object) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        take(data, name, **options)
    (finding,) = refused.value.findings
    assert (finding.level, finding.article) == (Level.BLOCK, "")
    assert "{" not in finding.message
    assert finding.message.endswith("。")
    return finding.code, finding.message


# --- what is taken ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_scan_is_kept_byte_for_byte() -> None:
    data = hostile.pdf(3)

    stored = take(data, "三方协议（签章）.PDF", purpose="signed-scan")

    assert (stored.kind, stored.pages, stored.size, stored.purpose) == ("pdf", 3, len(data), "signed-scan")
    assert (stored.name, stored.view_path) == ("三方协议（签章）.pdf", "")
    assert stored.sha256 == sha256(data).hexdigest()
    assert bytes_at(stored.path) == data


@pytest.mark.django_db
@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: hostile.pdf(200), id="200 pages"),
        pytest.param(lambda: hostile.pdf(linearize=True), id="linearised"),
        pytest.param(lambda: hostile.pdf() + b"\r\n\0\0\n", id="line ends and NUL behind, as some scanners do"),
        pytest.param(lambda: hostile.pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate), id="object streams"),
        pytest.param(
            lambda: hostile.opening_with(pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=pikepdf.String("one"))),
            id="opens at a page",
        ),
        pytest.param(lambda: hostile.pdf().replace(b"startxref\n", b"startxref\n9"), id="a table that can be mended"),
    ],
)
def test_a_harmless_pdf_is_taken(made: Callable[[], bytes]) -> None:
    assert take(made()).kind == "pdf"


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "form"), [("jpg", "JPEG"), ("png", "PNG")])
def test_a_photograph_becomes_a_pdf_for_viewing_and_keeps_its_bytes(kind: str, form: str) -> None:
    data = hostile.scan(kind=form)

    stored = take(data, f"IMG_0001.{form}")

    assert (stored.kind, stored.pages, stored.name) == (kind, 1, f"IMG_0001.{kind}")
    assert bytes_at(stored.path) == data
    with pikepdf.open(io.BytesIO(bytes_at(stored.view_path))) as view:
        assert [float(side) for side in view.pages[0].mediabox] == pytest.approx([0, 0, 595, 842], abs=1)


@pytest.mark.django_db
def test_a_photograph_is_turned_upright_and_loses_what_the_camera_tells() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by 90°
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (38.0, 2.0, 3.0)  # where it was taken

    stored = take(hostile.scan(1754, 1240, exif=exif), "page.jpg")

    view = bytes_at(stored.view_path)
    with pikepdf.open(io.BytesIO(view)) as document:
        _, _, width, height = document.pages[0].mediabox
        assert width < height
    assert b"Secret Camera" in bytes_at(stored.path)
    assert b"Secret Camera" not in view
    assert b"Exif" not in view


@pytest.mark.django_db
def test_what_lies_under_glass_is_seen_on_white() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (800, 1000), (255, 0, 0, 0)).save(made, "PNG")

    picture = Image.open(io.BytesIO(page_images(take(made.getvalue(), "a.png"), 1)))

    assert picture.getpixel((400, 500)) == (255, 255, 255)


@pytest.mark.django_db
def test_a_picture_under_the_name_of_a_pdf_is_what_it_is() -> None:
    assert take(hostile.scan(), "扫描.pdf").name == "扫描.jpg"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["协" * 10_000 + ".pdf", "a\x00.pdf", "../../../etc/cron.d/evil.pdf", ""], ids=range(4)
)
def test_no_name_keeps_a_file_from_being_kept(name: str) -> None:
    upload = SimpleUploadedFile("a.pdf", hostile.pdf())
    upload._name = name  # type: ignore[attr-defined]  # as another program than a browser may send it, past Django's own cleaning

    stored = receive(upload, by=None, purpose="agreement")

    stored.refresh_from_db()
    assert stored.name.endswith(".pdf")
    assert "/" not in stored.name


@dataclass(frozen=True)
class Hat:
    person: AbstractBaseUser


@pytest.mark.django_db
def test_a_file_knows_who_brought_it() -> None:
    clerk = get_user_model().objects.create(username="liujingyi", name="刘静怡")

    assert take(hostile.pdf(), by=Hat(clerk)).uploaded_by == clerk
    assert take(hostile.pdf(), by=None).uploaded_by is None


@pytest.mark.django_db
def test_what_the_platform_made_is_kept_too() -> None:
    data = hostile.pdf(2)

    stored = keep(data, name="备案证明 SJZ-KTP-2026-0001.pdf", kind="pdf", pages=2, purpose="certificate", by=None)

    assert (stored.name, stored.pages, stored.kind) == ("备案证明 SJZ-KTP-2026-0001.pdf", 2, "pdf")
    assert stored.sha256 == sha256(data).hexdigest()
    assert bytes_at(stored.path) == data


@pytest.mark.django_db
def test_the_same_bytes_are_found_again() -> None:
    same = hostile.pdf(1)  # made once: a second one made a second later differs in its date
    first, second, other = take(same), take(same), take(hostile.pdf(2))

    assert list(same_bytes(first.sha256)) == [first, second]
    assert first.path != second.path
    assert list(same_bytes(other.sha256)) == [other]


TEMPLATE_FROM_OUTSIDE = (
    b'<Relationships><Relationship Id="r1" TargetMode="External" Target="http://example.org/a.dotm"'
    b' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
)
FORMS = ("pdf", "docx", "xlsx")  # kinds of a page that gives out forms to be filled in


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "name"), [(hostile.word_document, "附表.docx"), (hostile.workbook, "附表.xlsx")], ids=["word", "excel"]
)
def test_a_form_to_be_filled_in_is_kept_where_a_page_asks_for_one(make: Callable[[], bytes], name: str) -> None:
    data = make()
    stored = take(data, name, kinds=FORMS)

    assert (stored.name, stored.kind, stored.view_path, bytes_at(stored.path)) == (name, name[-4:], "", data)
    with closing(serve(stored)) as answer:
        assert answer.headers["Content-Type"] == files.CONTENT_TYPES[name[-4:]]
    assert refusal_of(data, name)[0] == "E-FILE-TYPE"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        pytest.param({"word/vbaProject.bin": b"x"}, "E-FILE-ACTIVE", id="macros"),
        pytest.param({"word/embeddings/oleObject1.bin": b"x"}, "E-FILE-ACTIVE", id="an embedded object"),
        pytest.param({"word/activeX/activeX1.xml": b"<a/>"}, "E-FILE-ACTIVE", id="a control"),
        pytest.param(
            {"word/_rels/settings.xml.rels": TEMPLATE_FROM_OUTSIDE}, "E-FILE-ACTIVE", id="a template from outside"
        ),
        pytest.param(
            {"word/document.xml": b'<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>'}, "E-FILE-ACTIVE", id="entities"
        ),
        pytest.param({"word/document.xml": b"<x>"}, "E-FILE-BROKEN", id="cut short"),
    ],
)
def test_a_form_that_acts_by_itself_or_looks_outside_is_refused(parts: dict[str, bytes], code: str) -> None:
    whole = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>", **parts}

    assert refusal_of(hostile.archive(whole), "附表.docx", kinds=FORMS)[0] == code


def test_a_link_in_a_form_is_its_readers_to_follow(db: None) -> None:
    links = TEMPLATE_FROM_OUTSIDE.replace(b"attachedTemplate", b"hyperlink")
    parts = {"word/document.xml": b"<w:document/>", "word/_rels/document.xml.rels": links}

    assert take(hostile.archive(parts), "附表.docx", kinds=FORMS).kind == "docx"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "code", "says"),
    [
        (hostile.javascript, "E-FILE-ACTIVE", "脚本"),
        (hostile.javascript_with_a_disguised_name, "E-FILE-ACTIVE", "脚本"),
        (hostile.javascript_in_an_object_stream, "E-FILE-ACTIVE", "脚本"),
        (hostile.javascript_on_a_page, "E-FILE-ACTIVE", "脚本"),
        (hostile.launch, "E-FILE-ACTIVE", "脚本"),
        (hostile.embedded_file, "E-FILE-ACTIVE", "附件"),
        (hostile.attached_by_a_note, "E-FILE-ACTIVE", "附件"),
        (hostile.xfa, "E-FILE-ACTIVE", "动态表单"),
        (hostile.encrypted, "E-FILE-LOCKED", "请去掉密码"),
        (hostile.restricted, "E-FILE-LOCKED", "请去掉密码"),
        (hostile.truncated, "E-FILE-BROKEN", "不完整或已损坏"),
        (hostile.truncated_linearised, "E-FILE-BROKEN", "不完整或已损坏"),
        (hostile.truncated_jpg, "E-FILE-BROKEN", "不完整或已损坏"),
        (hostile.only_a_header, "E-FILE-BROKEN", "不完整或已损坏"),
        (hostile.without_pages, "E-FILE-PAGES", "没有页面"),
        (lambda: hostile.pdf(201), "E-FILE-PAGES", "共201页，超过200页"),
        (hostile.with_zip_behind, "E-FILE-HIDDEN", "夹带"),
        (hostile.with_zip_inside, "E-FILE-HIDDEN", "夹带"),
        (hostile.with_program_behind, "E-FILE-HIDDEN", "夹带"),
        (hostile.header_not_first, "E-FILE-TYPE", "这是GIF图片"),
        (hostile.script_before_the_header, "E-FILE-HIDDEN", "夹带"),
        (hostile.jpg_with_zip_behind, "E-FILE-HIDDEN", "夹带"),
        (hostile.bomb_of_drawing_commands, "E-FILE-HEAVY", "过于庞大"),
        (hostile.bomb_packed_twice, "E-FILE-HEAVY", "过于庞大"),
        (hostile.giant_picture, "E-FILE-HEAVY", "超过6500万像素"),
        (hostile.png_bomb, "E-FILE-HEAVY", "超过6500万像素"),
        (hostile.png_with_a_bomb_in_its_text, "E-FILE-BROKEN", "不完整或已损坏"),
        (hostile.pages_that_never_end, "E-FILE-BROKEN", "不完整或已损坏"),
        (hostile.nested_arrays, "E-FILE-HEAVY", "过于庞大"),
        (lambda: b"", "E-FILE-EMPTY", "0字节"),
        (lambda: b"%PDF-1.7\n" + b"0" * (20 << 20), "E-FILE-SIZE", "超过20 MB"),
        (hostile.workbook, "E-FILE-TYPE", "这是Excel工作簿，此处只接收PDF、JPG或PNG文件"),
        (hostile.workbook_bomb, "E-FILE-TYPE", "这是Excel工作簿"),
        (hostile.workbook_with_external_entity, "E-FILE-TYPE", "这是Excel工作簿"),
        (hostile.word_document, "E-FILE-TYPE", "这是Word文档"),
        (lambda: hostile.archive({"a.pdf": b"%PDF-1.7"}), "E-FILE-TYPE", "这是压缩包"),
        (lambda: b"MZ\x90\0" + b"\0" * 100, "E-FILE-TYPE", "这是可执行程序"),
        (lambda: b"\n<!DOCTYPE html><script>alert(1)</script>", "E-FILE-TYPE", "这是网页"),
        (lambda: b'<?xml version="1.0"?><svg onload="alert(1)"/>', "E-FILE-TYPE", "这是SVG图形"),
        (lambda: b'<?xml version="1.0"?><!DOCTYPE x>', "E-FILE-TYPE", "这是XML数据文件"),
        (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 40, "E-FILE-TYPE", "兼容性最佳"),
        (lambda: b"just words", "E-FILE-TYPE", "无法识别这个文件"),
        (lambda: b"\xff" * 1000, "E-FILE-TYPE", "无法识别这个文件"),
    ],
    ids=lambda case: case.__name__ if callable(case) and case.__name__ != "<lambda>" else None,
)
def test_a_hostile_file_is_refused_for_the_right_reason(made: Callable[[], bytes], code: str, says: str) -> None:
    data = made()
    began = time.monotonic()

    got, message = refusal_of(data)

    assert (got, says in message) == (code, True), message
    assert time.monotonic() - began < 5


def test_no_request_fills_the_disk_and_the_other_fields_still_arrive(settings, rf) -> None:
    settings.MAX_UPLOAD = 3 << 20
    huge = SimpleUploadedFile("a.pdf", b"%PDF-1.7\n" + b"0" * (9 << 20))

    request = rf.post("/", {"file": huge, "reason": "签章件"})

    assert 3 << 20 < request.FILES["file"].size <= (3 << 20) + (64 << 10)
    assert request.POST["reason"] == "签章件"
    with pytest.raises(Refused, match="超过3 MB"), closing(request.FILES["file"]) as upload:
        receive(upload, by=None, purpose="agreement")


def test_only_the_kinds_that_are_asked_for_are_taken() -> None:
    code, message = refusal_of(hostile.scan(), "a.jpg", kinds=("pdf",))

    assert (code, "这是JPG，此处只接收PDF文件" in message) == ("E-FILE-TYPE", True)


def test_a_refused_file_leaves_nothing_behind(settings) -> None:
    refusal_of(hostile.javascript())

    assert not Path(settings.MEDIA_ROOT).exists()


def test_the_limits_are_said_before_anything_is_chosen() -> None:
    assert hint() == "PDF、JPG或PNG，不超过20 MB、200页"
    assert hint(("pdf",)) == "PDF，不超过20 MB、200页"


@pytest.mark.parametrize("length", [0, 1, 7, 100, 400])
def test_a_pdf_cut_anywhere_is_refused_or_whole(length: int) -> None:
    data = hostile.pdf(2)

    assert refusal_of(data[: len(data) - 50 - length])[0] == "E-FILE-BROKEN"


# --- the process it is opened in --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("bytearray(2 << 30)", b"MemoryError", id="memory"),
        pytest.param("import os; os.write(os.open({file!r}, os.O_CREAT | 1), b'x')", b"too large", id="writing"),
        pytest.param("while True: pass", b"", id="computing"),
    ],
)
def test_the_child_may_not_have_more(code: str, told: bytes, tmp_path: Path) -> None:
    limits = (
        f"import importlib.util as u; s = u.spec_from_file_location('sandbox', {sandbox.__file__!r});"
        "m = u.module_from_spec(s); s.loader.exec_module(m); m.SECONDS = 1; m.confine()\n"
    )
    did = code.format(file=str(tmp_path / "written"))

    child = subprocess.run([sys.executable, "-I", "-c", limits + did], capture_output=True, check=False, timeout=20)

    assert child.returncode != 0
    assert told in child.stderr


def test_the_child_knows_no_key_and_no_address(monkeypatch, tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text("import json, os; print(json.dumps({'pages': 1, 'knows': dict(os.environ)}))")
    monkeypatch.setattr(sandbox, "__file__", str(child))
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")

    answer, _ = files._in_sandbox("pdf", b"")

    # Python itself may set LC_CTYPE.
    assert set(answer["knows"]) <= {"LD_LIBRARY_PATH", "PATH", "LANG", "LC_ALL", "LC_CTYPE"}
    assert "DATABASE_URL" in os.environ


def test_a_child_that_is_killed_or_hangs_has_met_a_file_too_heavy(monkeypatch, tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    monkeypatch.setattr(sandbox, "__file__", str(child))
    monkeypatch.setattr(files, "PATIENCE", 1)
    for does, code in [
        ("import os; os.kill(os.getpid(), 9)", "E-FILE-HEAVY"),
        ("import time; time.sleep(60)", "E-FILE-HEAVY"),
        ("raise SystemExit(3)", "E-FILE-BROKEN"),
        ("pass", "E-FILE-BROKEN"),
    ]:
        child.write_text(does)
        assert refusal_of(hostile.pdf())[0] == code


@given(st.binary(max_size=300), st.sampled_from([b"%PDF-1.7\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_noise_is_refused_and_nothing_else(noise: bytes, start: bytes) -> None:
    job, *arguments = {b"%": ["pdf"], b"\xff": ["image", "jpg"], b"\x89": ["image", "png"]}[start[:1]]

    with pytest.raises(sandbox.Refusal):
        sandbox.JOBS[job](start + noise, *arguments)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_pdf_with_one_changed_byte_is_taken_or_refused_but_never_falls_over(place: int, byte: int) -> None:
    data = bytearray(hostile.pdf(2))
    data[place % len(data)] = byte

    try:
        answer, _ = sandbox.inspect_pdf(bytes(data))
    except sandbox.Refusal:
        return
    assert answer["pages"] >= 1


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        pytest.param("三方协议.pdf", "三方协议.pdf", id="plain"),
        pytest.param("../../etc/passwd", "passwd.pdf", id="a path"),
        pytest.param("C:\\扫描件\\协议.PDF", "协议.pdf", id="a path of Windows"),
        pytest.param("协议\x00.exe.pdf", "协议.exe.pdf", id="NUL"),
        pytest.param("fdp\u202e.pdf", "fdp.pdf", id="sign that turns the direction"),
        pytest.param("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf", id="line end and header"),
        pytest.param("协" * 10_000 + ".pdf", "协" * 100 + ".pdf", id="ten thousand characters"),
        pytest.param("  . ", "未命名.pdf", id="nothing left"),
        pytest.param("", "未命名.pdf", id="no name"),
        pytest.param("协议.docx", "协议.docx.pdf", id="another ending"),
        pytest.param('<b>"a"|b?*.pdf', "_b__a__b__.pdf", id="signs no file system likes"),
    ],
)
def test_a_file_name_is_cleaned(name: str, cleaned: str) -> None:
    assert clean_file_name(name, "pdf") == cleaned


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        pytest.param("甲等8个文件", "甲等8个文件", id="a drop of several"),
        pytest.param("../甲.pdf等8个", "甲.pdf等8个", id="no path"),
        pytest.param(". ", "未命名", id="nothing left"),
    ],
)
def test_a_name_without_an_ending_gets_none(name: str, cleaned: str) -> None:
    assert clean_file_name(name, "") == cleaned


@given(st.text())
def test_whatever_a_file_is_called_it_fits_and_names_no_path(name: str) -> None:
    cleaned = clean_file_name(name, "pdf")

    assert len(cleaned) <= 104
    assert not set(cleaned) & set('/\\\0\r\n"')
    assert cleaned.endswith(".pdf")
    cleaned.encode()


@pytest.mark.django_db
def test_a_stored_name_tells_nothing_and_lies_where_no_page_does(settings) -> None:
    stored = take(hostile.pdf(), "../../static/evil.pdf")

    assert "evil" not in stored.path
    assert Path(default_storage.path(stored.path)).is_relative_to(settings.MEDIA_ROOT)
    assert not Path(default_storage.path(stored.path)).is_relative_to(settings.STATIC_ROOT)


# --- on disk before in the database -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_file_and_its_directories_are_on_disk_before_the_row(monkeypatch, settings) -> None:
    told: list[str] = []
    synced, create = os.fsync, StoredFile.objects.create

    def fsync(handle: int) -> None:
        told.append(os.readlink(f"/proc/self/fd/{handle}"))
        synced(handle)

    def write_row(**row: object) -> StoredFile:
        told.append("row")
        return create(**row)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(StoredFile.objects, "create", write_row)

    stored = take(hostile.pdf())

    path = default_storage.path(stored.path)
    assert told == [path, os.path.dirname(path), str(settings.MEDIA_ROOT), "row"]


@pytest.mark.django_db
def test_files_without_a_row_are_swept_once_they_are_old(settings) -> None:
    kept = take(hostile.scan(), "a.jpg")
    page_images(kept, 1)
    try:
        with transaction.atomic():
            lost = take(hostile.pdf())
            raise RuntimeError
    except RuntimeError:
        pass

    assert sweep(before=now() - timedelta(hours=24)) == []
    assert sweep(before=now() + timedelta(seconds=1)) == [lost.path]
    assert [default_storage.exists(path) for path in (kept.path, kept.view_path, lost.path)] == [True, True, False]
    assert list(settings.PAGE_CACHE.iterdir()) == []


# --- shown and handed out ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_is_shown_as_a_picture_and_drawn_once(monkeypatch) -> None:
    stored = take(hostile.pdf(2))

    first = page_images(stored, 1)
    picture = Image.open(io.BytesIO(first))

    assert (picture.format, max(picture.size)) == ("WEBP", 1800)
    monkeypatch.setattr(files, "_in_sandbox", lambda *_: pytest.fail("drawn again"))
    assert page_images(stored, 1) == first


@pytest.mark.django_db
@pytest.mark.parametrize("page", [0, 3, -1, 10**9])
def test_a_page_that_is_not_there_cannot_be_shown(page: int) -> None:
    stored = take(hostile.pdf(2))

    with pytest.raises(IndexError):
        page_images(stored, page)


@pytest.mark.django_db
def test_a_file_is_handed_out_so_that_no_browser_runs_it() -> None:
    data = hostile.pdf()
    response = serve(take(data, "协议\r\n书.pdf"))

    with closing(response):
        assert b"".join(response) == data
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%E5%8D%8F%E8%AE%AE%E4%B9%A6.pdf"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(data))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_a_file_may_be_opened_in_the_browser_when_asked() -> None:
    with closing(serve(take(hostile.scan(), "a.jpg"), inline=True)) as response:
        assert response["Content-Disposition"] == 'inline; filename="a.jpg"'

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.forms import CharField, ChoiceField, RadioSelect
from django.template import engines
from django.template.loader import get_template
from jinja2 import UndefinedError

from accounts.matrix import matrix
from core import gallery, maps
from core.forms import Form, Line
from core.policy import Level, RuleEntry, Side, Verdict
from core.sprite import ICONS, NODE_MODULES, symbol
from core.stale import Stale

TEMPLATES = settings.BASE_DIR / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "papers")


def draw(source: str, **context: Any) -> str:
    """A few lines of template with every macro of components/ at hand."""
    environment: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    macros = "".join(
        f'{{% from "components/{path.name}" import {name} %}}'
        for path in sorted((TEMPLATES / "components").glob("*.html"))
        for name in re.findall(r"{% macro ([a-z]\w*)", path.read_text(encoding="utf-8"))
    )
    return environment.from_string(macros + source).render(csrf_input="", **context)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class Ids(HTMLParser):
    """The ids of a page, and those its elements point at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.named: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            elif name in ("for", "aria-describedby", "aria-labelledby", "data-dialog") and value:
                self.named.update(value.split())
            elif tag == "a" and name == "href" and value and len(value) > 1 and value.startswith("#"):
                self.named.add(value[1:])


@pytest.fixture
def shown(rf: Any) -> str:
    """The page of all components."""
    return get_template("components_gallery.html").render(gallery.context(), rf.get("/components"))


def test_every_component_stands_on_the_page_of_components() -> None:
    page = (TEMPLATES / "components_gallery.html").read_text(encoding="utf-8")
    elsewhere = {
        "article", "bar", "error_page", "fields", "pagination", "post_keys", "side_links"
    }  # parts of others, or of the shells and error pages  # fmt: skip
    macros = {
        name
        for path in (TEMPLATES / "components").glob("*.html")
        for name in re.findall(r"{% macro ([a-z]\w*)", path.read_text(encoding="utf-8"))
    }

    assert {name for name in macros - elsewhere if not re.search(rf"\b{name}\b", page.replace("table_of", ""))} == set()


def test_no_id_is_there_twice_and_nothing_points_nowhere(shown: str) -> None:
    page = Ids(shown)

    assert sorted({name for name in page.ids if page.ids.count(name) > 1}) == []
    assert page.named - set(page.ids) - {str(row.id) for row in gallery.ROWS} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_page_carries_a_script_or_a_style_of_its_own(page: Path) -> None:
    source = page.read_text(encoding="utf-8")

    assert re.findall(r"""<style|\sstyle=|\son[a-z]+=["']|javascript:|<script(?![^>]*\ssrc=)""", source) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_icon_of_a_page_is_in_the_sprite(page: Path) -> None:
    used = set(re.findall(r"icon\(\"([a-z0-9-]+)\"|icon_name=\"([a-z0-9-]+)\"", page.read_text(encoding="utf-8")))

    assert {name for pair in used for name in pair if name} - set(ICONS) == set()


def test_every_icon_of_the_menu_is_in_the_sprite() -> None:
    assert {item.icon for item in matrix().menu} - set(ICONS) == set()


def test_an_icon_that_the_sprite_lacks_is_an_error() -> None:
    with pytest.raises(LookupError, match="unicorn"):
        draw('{{ icon("unicorn") }}')


def test_a_variable_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        draw("{{ nobody }}")


def test_the_icons_are_sorted_and_drawn_in_the_colour_of_their_words() -> None:
    drawn = (NODE_MODULES / "@tabler/icons/icons/outline/clock.svg").read_text(encoding="utf-8")

    assert sorted(set(ICONS)) == list(ICONS)
    assert symbol("clock", drawn) == (
        '<symbol id="clock" viewBox="0 0 24 24">'
        '<path d="M3 12a9 9 0 1 0 18 0a9 9 0 0 0 -18 0" /><path d="M12 7v5l3 3" /></symbol>'
    ).replace(" /><path d", " />  <path d")


# What Chromium 86 does not know; it runs on office desktops and in WeChat.
TOO_NEW_CSS = r":has\(|:is\(|:where\(|color-mix|oklch|@container|@layer|\ddvh|\binset\s*:|aspect-ratio|^\s*&"
TOO_NEW_JS = r"\?\?=|\|\|=|&&=|\.at\(|structuredClone|Object\.hasOwn|\.findLast|\.toSorted|^\s*static \{"


def test_the_style_sheet_and_the_scripts_run_in_old_browsers() -> None:
    style = (settings.BASE_DIR / "static/app.css").read_text(encoding="utf-8")
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (settings.BASE_DIR / "static/js").glob("*.js")}

    assert re.findall(TOO_NEW_CSS, re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL), re.MULTILINE) == []
    assert len(scripts) > 10
    assert {
        name: found for name, text in scripts.items() if (found := re.findall(TOO_NEW_JS, text, re.MULTILINE))
    } == {}


# --- what the components say ------------------------------------------------------------------------------------------

CAP = RuleEntry("E-CAP5", "四（一）", "原则上不超过5人", Level.WARN, title="接收人数")
TERM = RuleEntry("W-TERM", "四（一）", "一般为1-2年", Level.WARN, title="服务期限", reason_by=Side.INSTITUTION)
ONE_HOST = RuleEntry("E-ONE-HOST", "四（一）", "只能签约服务一个单位", Level.BLOCK, title="同一年度一个单位")
FINDINGS = [CAP.finding("本次后为6人。"), TERM.finding("期限8个月。"), ONE_HOST.finding("已签约另一单位。")]


@pytest.mark.parametrize(
    ("ask", "asked"),
    [("", set()), ("institution", {"reason-W-TERM"}), ("bureau", {"reason-E-CAP5"})],
)
def test_each_side_is_asked_for_the_reasons_that_are_its_to_write(ask: str, asked: set[str]) -> None:
    html = draw("{{ findings_list(findings, ask=ask) }}", findings=FINDINGS, ask=ask)

    assert set(re.findall(r'name="([^"]+)"', html)) == asked


def test_a_finding_says_how_strictly_what_and_by_which_article() -> None:
    html = draw("{{ findings_list(findings) }}", findings=FINDINGS[:1])

    assert words(html) == "提示： 接收人数 本次后为6人。 原则上不超过5人 《工作方案》四（一）"


def test_what_blocks_comes_first() -> None:
    html = draw("{{ findings_list(findings) }}", findings=FINDINGS)

    assert re.findall(r'id="finding-([A-Z0-9-]+)"', html) == ["E-ONE-HOST", "E-CAP5", "W-TERM"]


def test_a_reason_once_typed_stands_there_again_and_is_text() -> None:
    html = draw(
        '{{ findings_list(findings, ask="bureau", with_document=True, reasons=reasons, documents=documents) }}',
        findings=FINDINGS,
        reasons={"E-CAP5": "</textarea><b>确需"},
        documents={"E-CAP5": '石科函〔2026〕3号"'},
    )

    assert "&lt;/textarea&gt;&lt;b&gt;确需</textarea>" in html
    assert 'value="石科函〔2026〕3号&#34;"' in html


def test_the_bureaus_exception_does_not_stand_in_the_institutions_way() -> None:
    html = draw('{{ findings_list(findings, ask="institution") }}', findings=FINDINGS[:1])

    assert "不影响提交。是否准予例外，由市科技局审核时写明理由决定。" in html


def test_checks_open_what_is_wrong_and_fold_what_passed() -> None:
    verdicts = [Verdict(TERM), Verdict(ONE_HOST, FINDINGS[2]), Verdict(CAP, waiting="填写派驻单位后校验"), Verdict(CAP)]

    html = draw("{{ checks(verdicts, folded=1) }}", verdicts=verdicts)

    assert words(html) == (
        "不符： 同一年度一个单位 已签约另一单位。 只能签约服务一个单位 《工作方案》四（一） "
        "待核： 接收人数 填写派驻单位后校验 《工作方案》四（一） "
        "通过： 服务期限 《工作方案》四（一） 展开其余 1 项通过的规则 通过： 接收人数 《工作方案》四（一）"
    )


def test_the_summary_of_errors_leads_to_each_field_in_the_order_of_the_page() -> None:
    class HostForm(Form):
        host = Line(label="派驻单位")
        kind = ChoiceField(label="类别", choices=[("a", "甲")], widget=RadioSelect)
        note = CharField(label="说明", required=False)

    form = HostForm({"host": "", "kind": "b", "note": "有"})
    form.add_error("note", "请写明理由。")
    form.add_error(None, "名额已满。")

    html = draw("{{ error_summary(form, findings) }}{{ fields(form) }}", form=form, findings=FINDINGS[:1])
    page = Ids(html + draw("{{ findings_list(findings) }}", findings=FINDINGS[:1]))

    assert words(html[: html.index("</ul>")]) == (
        "有 5 处需要修改 名额已满。 请填写派驻单位。 类别的选项无效，请重新选择。 "
        "说明：请写明理由。 本次后为6人。 （工作方案四（一））"
    )
    assert page.named <= set(page.ids)
    assert 'role="alert" tabindex="-1"' in html


def test_without_errors_there_is_no_summary() -> None:
    class Empty(Form):
        pass

    assert draw("{{ error_summary(form) }}", form=Empty({})).strip() == ""


def test_a_field_tells_its_hint_and_its_error_to_a_screen_reader() -> None:
    class HostForm(Form):
        host = Line(label="派驻单位", help_text="可用拼音首字母")
        note = Line(label="说明", required=False)

    html = draw('{{ field(form["host"]) }}{{ field(form["note"]) }}', form=HostForm({}))

    assert 'aria-describedby="id_host_helptext id_host_error"' in html
    assert 'aria-invalid="true"' in html
    assert words(html) == "派驻单位 可用拼音首字母 请填写派驻单位。 说明 （选填）"


@pytest.mark.parametrize(
    ("filed", "reviewing", "limit", "floor", "says"),
    [
        pytest.param(36, 3, 40, False, "还可受理 1 名", id="what both leave"),
        pytest.param(38, 2, 40, False, "已用完", id="all taken"),
        pytest.param(40, 2, 40, False, "超出 2 名", id="more than there are"),
        pytest.param(318, 10, 350, True, "计入审核中还差 22 名", id="below the floor"),
        pytest.param(350, 0, 350, True, "已达下限", id="the floor reached"),
    ],
)
def test_a_gauge_says_in_words_what_is_left(filed: int, reviewing: int, limit: int, floor: bool, says: str) -> None:
    html = draw(
        '{{ gauge("农业", filed, reviewing, limit, floor=floor) }}',
        filed=filed, reviewing=reviewing, limit=limit, floor=floor,
    )  # fmt: skip
    widths = [float(width) for width in re.findall(r'<rect x="[^"]+" width="([0-9.]+)%"', html)]

    assert says in html
    assert f"已备案 {filed} 名，审核中 {reviewing} 名，指标 {limit} 名" in html
    assert sum(widths) <= 100
    assert widths[0] == pytest.approx(100 * filed / max(limit, filed + reviewing), abs=0.01)


@pytest.mark.parametrize(
    ("days", "says"),
    [(-2, "已超期 2 个工作日"), (0, "今日到期"), (1, "剩 1 个工作日"), (3, "剩 3 个工作日"), (None, "—")],
)
def test_time_left_is_said_in_words(days: int | None, says: str) -> None:
    assert words(draw("{{ due(days) }}", days=days)) == says


def test_a_stale_form_shows_who_changed_what_without_an_audit_row_too() -> None:
    html = draw("{{ differences(stale) }}", stale=Stale("他人", None, []))

    assert words(html) == "您填写期间，他人修改过这条记录 请核对现在的内容后再提交，您填写的内容没有丢失。"


def test_history_tells_each_change_as_a_sentence() -> None:
    context = gallery.context()

    told = words(draw("{{ history(events) }}", events=context["events"]))

    assert "派驻单位：由“示范装备制造有限公司”改为“示范精密机械有限公司”" in told
    assert "服务目标：填写为“技术培训”" in told
    assert "2026年11月23日 10:32 退回补正" in told


def test_every_posting_form_carries_a_key_of_its_own() -> None:
    html = draw('{{ post_keys("", version=3) }}{{ dialog("a", "退回", action="/x", confirm="退回补正") }}')

    keys = re.findall(r'name="idempotency_key" value="([0-9a-f]{32})"', html)
    assert len(set(keys)) == 2
    assert 'name="version" value="3"' in html


# --- the map ----------------------------------------------------------------------------------------------------------


def test_the_map_shows_every_district_and_drops_no_number() -> None:
    drawn = maps.shaded({"正定县": 28, "高新区": 9, "赵县": 45}, limits=(10, 20, 30, 45))

    steps = {shape.district.name: shape.step for shape in drawn.shapes if shape.value}
    assert (steps, drawn.elsewhere) == ({"正定县": 2, "赵县": 4}, [("高新区", 9)])
    assert len(drawn.shapes) == 21
    assert "辛集市" not in {shape.district.name for shape in drawn.shapes}
    assert drawn.legend == ["10人以下", "10–19", "20–29", "30–44", "45以上"]


def test_the_map_is_also_a_table_and_says_that_it_is_a_sketch() -> None:
    html = draw('{{ district_map(map, "在岗人数") }}', map=maps.shaded({"正定县": 28, "高新区": 9}))

    assert words(html).count("正定县") == 2  # the outline's title and the row
    assert "高新区 （未单独绘制） 9" in words(html)
    assert "位置示意，不作为行政区划界线依据" in html


# --- shells and errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["400", "403", "404", "405", "409", "413", "429", "500", "maintenance"])
def test_an_error_page_needs_nothing_and_says_what_to_do(code: str) -> None:
    html = get_template(f"errors/{code}.html").render({})

    assert words(html).count("回到首页") == 1
    assert html.count("<h1>") == 1
    assert "编号" not in words(html).replace("按编号搜索", "").replace("下面的编号", "")


def test_an_error_page_gives_the_number_to_quote() -> None:
    assert "编号 7F3A09C1D2E4 ，咨询时请提供。" in words(
        get_template("errors/500.html").render({"request_id": "7F3A09C1D2E4"})
    )


def test_a_refusal_that_no_page_caught_shows_every_finding() -> None:
    html = get_template("errors/422.html").render({"findings": FINDINGS})

    assert all(finding.message in html for finding in FINDINGS)


@pytest.mark.parametrize(("cookie", "large"), [("large", True), ("", False), ('"><b>', False)])
def test_the_large_text_version_comes_with_the_page(rf: Any, cookie: str, large: bool) -> None:
    request = rf.get("/components")
    request.COOKIES["text"] = cookie

    html = get_template("components_gallery.html").render(gallery.context(), request)

    assert ('<html lang="zh-CN" class="large-text">' in html) == large

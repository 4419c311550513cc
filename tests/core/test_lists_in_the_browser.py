"""A list with its filters, sorted and leafed through: what htmx puts into the page is what a reload would show."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from playwright.sync_api import Page, expect

from core.models import JobRun
from core.tables import Column, Keyset, Table

SOURCE = """{% extends "base_plain.html" %}
{% from "components/tables.html" import table as table_of, filters %}
{% block title %}任务{% endblock %}
{% block main %}<h1>任务</h1>{{ filters(form, table) }}{{ table_of(table) }}{% endblock %}"""


class Filters(forms.Form):
    name = forms.ChoiceField(label="任务", required=False, choices=[("", "全部"), ("甲", "甲"), ("乙", "乙")])


def runs(request: HttpRequest) -> HttpResponse:
    queryset = JobRun.objects.values("id", "name", "slot")
    if name := request.GET.get("name"):
        queryset = queryset.filter(name=name)
    rows = Keyset(queryset, order=("id",), sorts={"slot": ("slot",)}, query=request.GET, size=4)
    columns = [Column("slot", "时段", sort="slot"), Column("name", "任务")]
    context = {"table": Table(columns, rows, "任务", query=request.GET), "form": Filters(request.GET)}
    environment: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    return HttpResponse(environment.from_string(SOURCE).render(context))


# The address of the page of components is open in the permission matrix: this one takes its name.
urlpatterns = [path("", include(([path("runs", runs, name="gallery")], "core")))]
pytestmark = pytest.mark.urls("tests.core.test_lists_in_the_browser")


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser complains of; nothing, unless the test expects it and clears it away."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []


@pytest.fixture
def listed(page: Page, complaints: list[str]) -> Page:
    for number in range(10):
        JobRun.objects.create(name="甲乙"[number % 2], slot=f"{number:02}")
    page.goto("/runs")
    page.evaluate("window.loaded = true")
    return page


def shown(page: Page) -> list[str]:
    return page.locator("#list tbody .at-title").all_inner_texts()


def settled(page: Page) -> str:
    """The list as it stands, without what htmx notes on it for itself."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    return page.evaluate(
        """() => { const list = document.getElementById("list").cloneNode(true);
        list.removeAttribute("tabindex"); list.removeAttribute("class"); return list.innerHTML; }"""
    )


def as_a_reload_shows_it(page: Page) -> bool:
    swapped = settled(page)
    assert page.evaluate("window.loaded"), "the whole page was loaded instead of the list"
    page.reload()
    return swapped == settled(page)


def test_sorting_swaps_the_list_and_keeps_the_address(listed: Page) -> None:
    listed.get_by_role("link", name="时段").click()
    expect(listed.get_by_role("columnheader", name="时段")).to_have_attribute("aria-sort", "ascending")
    listed.get_by_role("link", name="时段").click()
    expect(listed.get_by_role("columnheader", name="时段")).to_have_attribute("aria-sort", "descending")

    assert shown(listed) == ["09", "08", "07", "06"]
    assert listed.url.endswith("/runs?sort=-slot")
    assert as_a_reload_shows_it(listed)


def test_leafing_forth_and_back(listed: Page) -> None:
    listed.get_by_role("link", name="下一页").click()
    expect(listed.locator("#list tbody .at-title").first).to_have_text("04")
    listed.get_by_role("link", name="下一页").click()
    expect(listed.locator("#list tbody .at-title").first).to_have_text("08")
    assert shown(listed) == ["08", "09"]
    expect(listed.locator(".pf")).to_contain_text("共 10 件")

    listed.get_by_role("link", name="上一页").click()
    expect(listed.locator("#list tbody .at-title").first).to_have_text("04")

    assert as_a_reload_shows_it(listed)


def test_a_filter_asks_as_soon_as_it_is_chosen_and_starts_on_the_first_page(listed: Page) -> None:
    listed.get_by_role("link", name="下一页").click()
    expect(listed.locator("#list tbody .at-title").first).to_have_text("04")

    listed.get_by_label("任务").select_option("乙")

    expect(listed.locator("#list tbody .at-title").first).to_have_text("01")
    assert shown(listed) == ["01", "03", "05", "07"]
    assert "after=" not in listed.url
    assert as_a_reload_shows_it(listed)
    expect(listed.get_by_label("任务")).to_have_value("乙")


def test_back_shows_the_list_as_it_was_before(listed: Page) -> None:
    listed.get_by_role("link", name="下一页").click()
    expect(listed.locator("#list tbody .at-title").first).to_have_text("04")

    listed.go_back()

    expect(listed.locator("#list tbody .at-title").first).to_have_text("00")


def test_the_change_is_said_and_the_focus_stays_in_the_list(listed: Page) -> None:
    listed.get_by_role("link", name="下一页").focus()
    listed.keyboard.press("Enter")
    expect(listed.locator("#list tbody .at-title").first).to_have_text("04")

    expect(listed.locator("#live")).to_have_text("已更新，共 10 件")
    assert listed.evaluate("document.getElementById('list').contains(document.activeElement)")


def test_when_the_list_cannot_be_had_the_page_says_so_and_stays(listed: Page, complaints: list[str]) -> None:
    def failing(route: Any) -> None:
        route.fulfill(status=500, headers={"X-Request-ID": "7F3A"}, body="")

    listed.route("**/runs?*", failing)

    listed.get_by_role("link", name="下一页").click()

    expect(listed.get_by_role("alert")).to_have_text("加载失败，请重试（编号 7F3A）。")
    assert shown(listed) == ["00", "01", "02", "03"]
    assert len(complaints) == 2  # the browser's and htmx's own, of the failed request
    complaints.clear()

"""A session that ends while a page stands open: the way back in opens above it, and nothing typed is lost."""

import re
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Session
from tests.cast import PASSWORD, Season

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Any, username: str = "liu") -> None:
    page.goto("/sign-in/")
    page.click(f"button[value={username}]")
    page.wait_for_url(re.compile("^(?!.*sign-in)"))


def end_session() -> None:
    Session.objects.all().delete()


def test_a_form_typed_into_an_ended_session_is_sent_after_signing_in_again(lasting_season: Season, page: Any) -> None:
    sign_in(page)
    page.goto("/organizations/new-host/")
    page.fill("#id_name", "赞皇示范核桃合作社")
    page.fill("#id_contact_name", "贾社长")
    end_session()

    page.click("button:has-text('保存单位信息')")
    assert "您填写的内容没有丢失" in page.inner_text("main")
    page.fill("#id_username", "liu")
    page.fill("#id_password", PASSWORD)
    page.click("button:text-is('登录')")

    assert "赞皇示范核桃合作社" in page.inner_text("main")
    page.click("button:has-text('继续提交')")
    assert page.input_value("#id_name") == "赞皇示范核桃合作社"
    assert page.input_value("#id_contact_name") == "贾社长"
    assert "请选择所在县（市、区）" in page.inner_text("main")


def test_a_list_that_asks_by_itself_opens_the_way_in_and_goes_on(lasting_season: Season, page: Any) -> None:
    for unit in (lasting_season.h1, lasting_season.h2):
        assert unit
    sign_in(page)
    page.goto("/organizations/")
    end_session()

    page.click("th a:has-text('单位名称')")
    page.wait_for_selector("#session-dialog[open]")
    page.fill("#session-dialog #id_username", "liu")
    page.fill("#session-dialog #id_password", "wrong")
    page.click("#session-dialog button")
    page.wait_for_selector("#session-dialog .esum")
    # Until htmx has taken it over, it is a plain form that leads away.
    page.wait_for_selector("#session-dialog .htmx-added", state="detached")
    page.fill("#session-dialog #id_password", PASSWORD)
    page.click("#session-dialog button")
    page.wait_for_selector("#session-dialog:not([open])", state="attached")

    assert "已重新登录" in page.inner_text("main")
    page.click("th a:has-text('单位名称')")
    page.wait_for_selector("th[aria-sort=ascending]")


def test_after_signing_in_in_another_window_the_open_form_is_asked_about_once(
    lasting_season: Season, page: Any
) -> None:
    sign_in(page)
    page.goto("/organizations/new-host/")
    page.fill("#id_name", "赞皇示范核桃合作社")
    other = page.context.new_page()
    other.goto("/account/")
    other.click("main button:has-text('退出登录')")
    sign_in(other)

    page.click("button:has-text('保存单位信息')")

    assert "赞皇示范核桃合作社" in page.inner_text("main")
    page.click("button:has-text('继续提交')")
    assert page.input_value("#id_name") == "赞皇示范核桃合作社"


def test_the_description_of_the_interface_opens_under_the_strict_policy(lasting_season: Season, page: Any) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    sign_in(page)

    page.goto("/api/v1/docs")
    page.locator("#operations-tag-visits").click(timeout=30_000)
    page.wait_for_selector("text=服务记录列表", timeout=30_000)

    assert said == []
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["script-src"] == ["'self'"]

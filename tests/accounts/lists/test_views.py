"""Saved views of lists: kept, shared, put in order, opened first."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.timezone import localdate, now

from accounts.enums import Role
from accounts.leaving import open_work
from accounts.lists import rules, services
from accounts.lists.kinds import gone, kinds, said
from accounts.models import Membership, SavedView, StartView
from core.models import AuditEvent
from core.policy import Refused
from tests.agreements.hands import words
from tests.cast import Season, member
from tests.hands import browser_of

LIST = "/agreements/"


def saved(by: Membership, name: str, query: str = "", *, list: str = "agreements", **more: Any) -> SavedView:
    return services.save_view(kinds()[list], QueryDict(query), name=name, by=by, **more)


def tabs(page: Any) -> list[str]:
    html = page.content.decode()
    if 'class="views-tabs"' not in html:
        return []
    row = html.split('class="views-tabs"')[1].split("</nav>")[0]
    return [
        part.split("<")[0] for part in row.replace('<a href="', "\0").split("\0")[1:] for part in [part.split(">")[1]]
    ]


# --- what may be kept, and with whom it is shared ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "same"),
    [
        pytest.param("status=filed&after=abc&view=all", "status=filed", id="the place in the list is no part of it"),
        pytest.param("q=&status=filed&due=", "status=filed", id="what is empty is left out"),
        pytest.param("status=filed&category=broker", "category=broker&status=filed", id="in one order"),
        pytest.param("col=status&col=name", "col=name&col=status", id="columns"),
        pytest.param("status=filed&status=draft", "status=draft", id="the last of two, as the list reads it"),
    ],
)
def test_a_query_string_is_kept_in_one_form(query: str, same: str) -> None:
    assert said(QueryDict(query)) == same


def test_a_search_for_a_person_stays_with_who_searched() -> None:
    assert rules.shares_no_name(shared_with="", named={"编号或姓名": "李喆"}) is None
    assert rules.shares_no_name(shared_with="finance", named={}) is None
    refused = rules.shares_no_name(shared_with="finance", named={"编号或姓名": "李喆"})
    assert refused
    assert refused.message == "视图按编号或姓名“李喆”查找，只能自己使用，不能共用。"


def test_twenty_views_of_a_list_and_each_name_once() -> None:
    assert rules.a_place_is_free(taken=range(19)) is None
    assert rules.a_place_is_free(taken=range(20)) is not None
    assert rules.name_is_new(name="待审核", names=["已备案"]) is None
    assert rules.name_is_new(name="待审核", names=["待审核"]) is not None


def test_what_is_refused_is_said_on_the_page_and_nothing_is_kept(season: Season) -> None:
    officer = browser_of(season.officer)
    saved(season.officer, "待审核", "status=submitted")

    def refused(**sent: str) -> str:
        answer = officer.post("/views/new/", {"list": "agreements", "query": "", "name": "另一个", **sent})
        assert answer.status_code == 422
        return words(answer)

    assert "已有名为“待审核”的视图" in refused(name="待审核")
    assert "筛选条件含有证件号码" in refused(query="q=139999197803050010")
    assert "只能自己使用，不能共用" in refused(query="q=李喆", shared_with="county_officer")
    assert "共用范围的选项无效" in refused(shared_with="specialist")  # opens no list of agreements
    assert [*SavedView.objects.values_list("name", flat=True)] == ["待审核"]
    assert browser_of(season.contact).post("/views/new/", {"list": "agreements", "name": "甲"}).status_code == 403


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        pytest.param("view_name_once_in_a_list", {"name": "甲"}, id="a name"),
        pytest.param("view_has_a_place_of_its_own", {"place": 1}, id="a place"),
        pytest.param("views_of_a_list_are_few", {"place": 21}, id="the twenty-first"),
        pytest.param("view_shared_with_own_role_or_by_the_bureau", {"shared_with": "finance"}, id="another role"),
    ],
)
def test_the_database_refuses_what_no_view_may_be(season: Season, constraint: str, change: dict[str, Any]) -> None:
    saved(season.clerk, "甲")
    second = saved(season.clerk, "乙")

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SavedView.objects.filter(pk=second.pk).update(**change)


def test_each_place_has_one_start(season: Season) -> None:
    views = [saved(season.clerk, name) for name in "甲乙"]
    StartView.objects.create(membership=season.clerk, place="agreements", view=views[0])

    with pytest.raises(IntegrityError, match="one_start_for_each_place"), transaction.atomic():
        StartView.objects.create(membership=season.clerk, place="agreements", view=views[1])


def test_two_windows_that_take_one_place_at_once_hear_of_it(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(season.clerk, "甲")
    monkeypatch.setattr(rules, "name_is_new", lambda **facts: None)  # the other window had saved after this one looked

    with pytest.raises(Refused, match="另一窗口"):
        saved(season.clerk, "甲")


# --- on the list ------------------------------------------------------------------------------------------------------


def test_a_view_is_saved_opened_renamed_ordered_and_deleted(season: Season) -> None:
    season.filed(season.selected("P1"), season.h4)
    season.submitted(season.selected("P2"), season.h4)
    officer = browser_of(season.officer)
    shown = officer.get(f"{LIST}?status=filed&col=status&sort=-due").content.decode()
    assert "/views/new/?list=agreements&amp;query=col%3Dstatus%26sort%3D-due%26status%3Dfiled" in shown

    answer = officer.post(
        "/views/new/", {"list": "agreements", "query": "col=status&sort=-due&status=filed", "name": "已备案"}
    )
    saved(season.officer, "待审核", "status=submitted")

    page = officer.get(answer["Location"])
    assert tabs(page) == ["全部", "已备案", "待审核"]
    assert '<a href="?col=status&amp;sort=-due&amp;status=filed" aria-current="page">已备案' in page.content.decode()
    assert "保存为视图" not in page.content.decode()  # it is one
    heads = page.content.decode().split("<thead>")[1].split("</thead>")[0]
    assert [head for head in ("编号 / 事项", "派出单位", "状态") if head in heads] == ["编号 / 事项", "状态"]

    first, second = SavedView.objects.order_by("place")
    officer.post(f"/views/{first.pk}/", {"name": "在库协议", "shared_with": ""})
    officer.post(f"/views/{second.pk}/up/")
    assert tabs(officer.get(LIST)) == ["全部", "待审核", "在库协议"]
    officer.post(f"/views/{second.pk}/delete/")
    assert tabs(officer.get(LIST)) == ["全部", "在库协议"]
    kept = AuditEvent.objects.filter(verb__startswith="view.").values_list("verb", flat=True)
    assert [*kept] == ["view.saved", "view.saved", "view.changed", "view.deleted"]


def test_a_shared_view_shows_each_reader_their_own_rows_and_outlives_its_owner(season: Season) -> None:
    mine = season.filed(season.selected("P1"), season.h4)
    theirs = season.filed(season.selected("P2", institution=season.u2), season.h4, created_by=season.stranger)
    colleague = member("新同事", Role.INSTITUTION_CLERK, season.u1, "xin")
    of_the_unit = saved(season.clerk, "本单位已备案", "status=filed", shared_with="institution_clerk")
    of_the_bureau = saved(season.officer, "各单位已备案", "status=filed", shared_with="institution_clerk")

    pages = {hat: browser_of(hat).get(f"{LIST}?status=filed") for hat in (colleague, season.stranger, season.manager)}

    assert tabs(pages[colleague]) == ["全部", "各单位已备案", "本单位已备案"]
    assert tabs(pages[season.stranger]) == ["全部", "各单位已备案"]
    assert tabs(pages[season.manager]) == []  # another role of the unit
    numbers = (str(mine.filing_number), str(theirs.filing_number))
    assert [number in words(pages[colleague]) for number in numbers] == [True, False]
    assert [number in words(pages[season.stranger]) for number in numbers] == [False, True]

    other = browser_of(colleague)
    assert other.post(f"/views/{of_the_unit.pk}/delete/").status_code == 403
    assert other.post(f"/views/{of_the_bureau.pk}/", {"name": "改名"}).status_code == 403
    assert browser_of(season.stranger).post(f"/views/{of_the_unit.pk}/copy/").status_code == 404
    other.post(f"/views/{of_the_bureau.pk}/copy/")
    assert SavedView.objects.get(owner=colleague).name == "各单位已备案"

    assert [(work.label, work.count) for work in open_work(season.clerk, on=localdate())] == [("共用的列表视图", 1)]
    Membership.objects.filter(pk=season.clerk.pk).update(ended_at=now(), ended_by=season.manager)
    assert tabs(other.get(LIST)) == ["全部", "各单位已备案", "各单位已备案", "本单位已备案"]
    assert (
        other.post(f"/views/{of_the_unit.pk}/", {"name": "在库协议", "shared_with": "institution_clerk"}).status_code
        == 302
    )
    of_the_unit.refresh_from_db()
    assert (of_the_unit.owner, of_the_unit.place) == (colleague, 2)  # behind the copy
    assert browser_of(season.stranger).get(f"/views/{of_the_unit.pk}/").status_code == 404


def test_what_the_bureau_shares_with_counties_its_officers_see_too(season: Season) -> None:
    deputy = member("代科员", Role.BUREAU_OFFICER, season.bureau, "dai")
    saved(season.officer, "本县已备案", "status=filed", shared_with="county_officer")
    saved(season.officer, "自用", "status=draft")

    seen = {hat: tabs(browser_of(hat).get(LIST)) for hat in (deputy, season.county, season.head)}

    assert seen == {deputy: ["全部", "本县已备案"], season.county: ["全部", "本县已备案"], season.head: []}


def test_a_view_may_be_the_first_thing_one_sees(season: Season) -> None:
    view = saved(season.officer, "待审核", "status=submitted", shared_with="bureau_officer")
    officer = browser_of(season.officer)
    for place in ("list", "home"):
        officer.post(f"/views/{view.pk}/start/", {"place": place})

    assert officer.get(LIST)["Location"] == f"{LIST}?status=submitted"
    everything = officer.get(f"{LIST}?view=all").content.decode()
    assert '<a href="?view=all" aria-current="page">全部' in everything
    signing_in = {"username": season.officer.person.username, "password": "Tepai-2026-demo"}
    season.officer.person.set_password(signing_in["password"])
    season.officer.person.save()
    assert officer.post("/sign-out/")
    assert officer.post("/sign-in/", signing_in)["Location"] == f"{LIST}?status=submitted"
    officer.post(f"/views/{view.pk}/start/", {"place": "list"})
    assert officer.get(LIST).status_code == 200
    assert officer.post("/sign-in/", {**signing_in, "next": "/help/"})["Location"] == "/help/"

    # Who shared it takes it back: nobody begins with what they do not see.
    deputy = member("代科员", Role.BUREAU_OFFICER, season.bureau, "dai")
    services.start_with(view, place="agreements", by=deputy)
    services.change_view(view, name="待审核", shared_with="", by=season.officer)
    assert [*deputy.start_views.all()] == []


def test_a_form_beside_a_list_is_not_sent_away_to_the_view_that_comes_first(season: Season) -> None:
    """Nor does a view say a year that it does not keep: the list shows this one by itself."""
    manager = browser_of(season.manager)
    for key in ("rates", "ledger"):
        manager.post("/views/new/", {"list": key, "query": "sort=x", "name": "我的", "starts_list": "on"})

    assert manager.get("/funding/rates/")["Location"] == "/funding/rates/?sort=x"
    assert manager.post("/funding/rates/", {"amount_fen": "", "effective_from": ""}).status_code == 422
    assert [view.words for view in season.manager.saved_views.all()] == [{}, {}]


def test_what_a_list_has_no_more_is_said_and_the_rest_holds(season: Season) -> None:
    season.filed(season.selected("P1"), season.h4)
    view = saved(season.officer, "旧视图", "status=filed")
    SavedView.objects.filter(pk=view.pk).update(
        query="district=139999&field=rice&status=filed",
        words={"field": ["专业领域", "水稻"], "status": ["状态", "已备案"]},
    )

    page = words(browser_of(season.officer).get(f"{LIST}?district=139999&field=rice&status=filed"))

    assert "以下筛选条件已不适用，列表没有按它筛选：县（市、区）、专业领域：水稻。" in page
    assert "共 1 件" in page
    assert gone(QueryDict("utm=x"), kinds()["agreements"].form(QueryDict("utm=x"), season.officer), words={}) == []


def test_a_list_with_views_asks_no_question_more(season: Season, django_assert_num_queries: Any) -> None:
    for number in range(3):
        saved(season.officer, f"视图{number}", "status=filed", shared_with="bureau_officer")
    season.filed(season.selected("P1"), season.h4)
    officer = browser_of(season.officer)
    for path, asked in ((LIST, 5), ("/specialists/", 5), ("/visits/", 5), ("/organizations/", 6)):
        officer.get(path)
        with django_assert_num_queries(asked):
            officer.get(path)


def test_programs_keep_views_by_the_same_rules(season: Season) -> None:
    officer = browser_of(season.officer)

    def send(path: str, sent: dict[str, Any], method: str = "post") -> Any:
        return getattr(officer, method)(f"/api/v1/views/{path}", sent, content_type="application/json")

    made = send("", {"list": "agreements", "query": "status=filed", "name": "已备案"})
    assert (made.status_code, made.json()["query"]) == (201, "status=filed")
    key = made.json()["id"]
    assert send("", {"list": "agreements", "name": "已备案"}).json()["findings"][0]["code"] == "E-VIEW"
    assert send("", {"list": "nothing", "name": "甲"}).status_code == 422
    assert send(f"{key}/", {"name": "在库", "shared_with": "finance"}, "put").json()["shared_with"] == "finance"
    assert send(f"{key}/start/", {"place": "home"}).status_code == 204
    assert send(f"{key}/up/", {}).status_code == 204
    finance = browser_of(season.finance)
    assert [one["name"] for one in finance.get("/api/v1/views/").json()] == ["在库"]
    assert finance.post(f"/api/v1/views/{key}/copy/").status_code == 201
    assert finance.delete(f"/api/v1/views/{key}/").status_code == 403
    assert officer.delete(f"/api/v1/views/{key}/").status_code == 204

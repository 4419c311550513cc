"""The pages of the dictionaries, and what they change on forms and in rosters."""

import pytest

from core import dictionaries
from core.enums import Dictionary
from core.models import Term
from core.workbooks import Cell
from desk.dictionaries import queries
from desk.enums import Kind
from desk.rosters.cleaning import Known, clean_row
from desk.rosters.teams import domains_of
from specialists.enums import Category
from specialists.models import Specialist
from specialists.teams import category_for
from tests.cast import MAY_20, Season, person
from tests.hands import browser_of
from tests.specialists.acts import form_of, registered


def term(label: str) -> Term:
    return Term.objects.get(dictionary=Dictionary.FIELD, label=label)


def test_the_page_counts_the_records_of_each_word_and_tells_strays(season: Season) -> None:
    for key, field in (("P1", "果树"), ("P2", "果树"), ("P3", "新材料技术")):
        Specialist.objects.filter(pk=person(key).pk).update(field=field)

    page = browser_of(season.admin).get("/dictionaries/").content.decode()

    row = page[page.index(">果树<") :]
    assert "2" in row[: row.index("</tr>")]
    stray = page[page.index("不在字典中的用词") :]
    assert "新材料技术" in stray
    assert "新材料" in stray


def test_an_institution_reads_the_words_and_no_counts(season: Season) -> None:
    Specialist.objects.filter(pk=person("P3").pk).update(field="别家的词")
    desk = browser_of(season.clerk)

    page = desk.get("/dictionaries/").content.decode()

    assert "新一代电子信息" in page
    assert "使用的记录" not in page
    assert "别家的词" not in page
    assert desk.post("/dictionaries/", {"label": "新词", "group": "农业"}).status_code == 403
    assert desk.get(f"/dictionaries/{term('果树').pk}/").status_code == 403


def test_a_word_is_added_retired_and_named_on_its_pages(season: Season) -> None:
    desk = browser_of(season.admin)

    assert desk.post("/dictionaries/", {"label": "智慧农业", "group": "农业"}).status_code == 302
    refused = desk.post("/dictionaries/", {"label": "智慧农业", "group": "农业"})
    assert (refused.status_code, "已在字典中" in refused.content.decode()) == (422, True)

    path = f"/dictionaries/{term('设施农业').pk}/"
    desk.post(f"{path}aliases/", {"word": "大棚"})
    desk.post(f"{path}retire/", {"reason": "并入智慧农业", "successor": term("智慧农业").pk})
    page = desk.get(path).content.decode()
    assert "已停用" in page
    assert "大棚" in page
    assert "并入智慧农业" in page
    assert desk.post(f"{path}retire/", {"reason": ""}).status_code == 422
    desk.post(f"{path}revive/")
    assert "在用" in desk.get(path).content.decode()


def test_a_word_is_renamed_and_its_records_go_on_counting_and_an_unused_one_is_deleted(season: Season) -> None:
    for key, field in (("P1", "旅游"), ("P2", "循环化工")):  # a word, and an alias that a past import brought
        Specialist.objects.filter(pk=person(key).pk).update(field=field)
    desk = browser_of(season.admin)
    one = term("旅游")
    path = f"/dictionaries/{one.pk}/"

    assert desk.post(f"{path}rename/", {"label": "<b>x</b>", "version": 1}).status_code == 422
    assert desk.post(f"{path}rename/", {"label": "文化旅游", "version": 1}).status_code == 302
    page = desk.get(path).content.decode()
    assert ("1 条" in page, "删除用词" in page) == (True, False)
    refused = desk.post(f"{path}delete/")
    assert (refused.status_code, "已有1条记录使用" in refused.content.decode()) == (422, True)
    assert queries.uses(Dictionary.FIELD)["化工"] == 1
    assert "不在字典中的用词" not in desk.get("/dictionaries/").content.decode()

    Specialist.objects.filter(field="旅游").update(field="化工")
    assert "删除用词" in desk.get(path).content.decode()
    assert desk.post(f"{path}delete/").status_code == 302
    assert not Term.objects.filter(pk=one.pk).exists()


def test_a_retired_word_stays_with_its_record_and_is_not_offered_for_new_ones(season: Season) -> None:
    draft = registered(form_of("P1", field="旅游"), season.clerk)
    dictionaries.retire_term(term("旅游"), by=season.admin, on=MAY_20, reason="停用")
    desk = browser_of(season.clerk)

    assert 'value="旅游"' in desk.get(f"/specialists/{draft.pk}/edit/").content.decode()
    assert "旅游" in desk.get(f"/specialists/{draft.pk}/").content.decode()
    assert 'value="旅游"' not in desk.get("/specialists/new/").content.decode()


def test_a_team_may_name_a_trade_and_serves_by_its_group(season: Season) -> None:
    page = browser_of(season.clerk).get("/specialists/teams/new/").content.decode()

    assert 'value="农、林、牧、渔业"' in page
    assert category_for(["农、林、牧、渔业"], pack=season.pack) == Category.AGRICULTURE
    assert category_for(["制造业"], pack=season.pack) == Category.ENTERPRISE


@pytest.mark.parametrize(
    ("written", "kept"), [("植保", "植物保护"), ("高端装备 制造", "先进装备制造"), ("量子信息", "量子信息")]
)
def test_a_roster_is_read_by_the_words_of_its_institution(db: None, written: str, kept: str) -> None:
    known = Known(on=MAY_20, ages=(18, 80), districts={}, words=dictionaries.words(Dictionary.FIELD, on=MAY_20))

    assert clean_row({"field": Cell("s", written)}, Kind.PEOPLE, known).values == {"field": kept}


def test_programs_keep_words_as_the_pages_do(season: Season) -> None:
    desk = browser_of(season.admin)
    new = {"dictionary": "field", "label": "智慧农业", "group": "农业"}

    made = desk.post("/api/v1/terms/", new)
    assert (made.status_code, made.json()["code"]) == (201, "F34")
    assert desk.post("/api/v1/terms/", new).json()["findings"][0]["code"] == "E-TERM"
    path = f"/api/v1/terms/{made.json()['id']}/"
    assert desk.post(f"{path}aliases/", {"word": "数字农业"}).json()["aliases"] == ["数字农业"]
    moved = desk.patch(path, {"group": "其他", "order": 7, "version": 1}, content_type="application/json")
    assert moved.json()["order"] == 7
    stale = desk.patch(path, {"group": "其他", "order": 8, "version": 1}, content_type="application/json")
    assert stale.status_code == 409
    assert desk.post(f"{path}retire/", {"reason": "停用"}).json()["retired_on"]
    assert desk.post(f"{path}revive/").json()["retired_on"] is None
    assert desk.get("/api/v1/terms/uses/").json().get("粮油作物", 0) == Specialist.objects.count()
    assert browser_of(season.clerk).post("/api/v1/terms/", new).status_code == 403


def test_the_fields_of_a_team_are_read_by_its_words_also_from_past_agreements(db: None) -> None:
    known = dictionaries.words(Dictionary.FIELD, Dictionary.INDUSTRY, on=MAY_20)

    assert domains_of("装备制造、植保，量子信息", known) == ["先进装备制造", "植物保护", "量子信息"]

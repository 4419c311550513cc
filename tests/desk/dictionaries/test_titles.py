"""职称: the title as it is written, its rank out of the dictionary, on every way in and out."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from core import dictionaries
from core.enums import TITLE_RANKS, Dictionary
from core.identifiers import Invalid
from core.models import AuditEvent, Term
from core.policy import Refused
from specialists import services, titles
from specialists.enums import Title
from specialists.models import Specialist
from tests.cast import MAY_12, MAY_20, PEOPLE, Season, person
from tests.desk.rosters.hands import HEADINGS, checked, confirm, found, messages, roster
from tests.desk.rosters.hands import person as rostered
from tests.hands import browser_of, during
from tests.specialists.acts import form_of, registered
from tests.titles import TITLES


def term(label: str) -> Term:
    return Term.objects.get(dictionary=Dictionary.TITLE, label=label)


# --- by the dictionary, without a database ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "title", "rank"),
    [
        ("教授", "教授", "senior"),
        ("三级教授", "教授", "senior"),
        ("正高级工程师", "正高级工程师", "senior"),
        ("推广研究员", "农业技术推广研究员", "senior"),
        ("副研究员", "副研究员", "associate"),
        ("高级农艺师", "高级农艺师", "associate"),
        ("高级工程师（副高）", "高级工程师", "associate"),
        ("高工", "高级工程师", "associate"),
        ("副高级", "副高级", "associate"),
        ("讲师", "讲师", "middle"),
        ("助理研究员", "助理研究员", "middle"),
        ("助教", "助教", "junior"),
        ("研究实习员", "研究实习员", "junior"),
        ("无", "无", "none"),
        ("暂 无", "无", "none"),
        ("—", "无", "none"),
        ("院长/教授", "教授", "senior"),
        ("科长、高级农艺师", "高级农艺师", "associate"),
        ("处长", "处长", ""),
        ("农艺总监", "农艺总监", ""),
    ],
)
def test_a_title_is_known_by_its_names_and_ranked_by_its_group(written: str, title: str, rank: str) -> None:
    meant = titles.clean(written, TITLES)

    assert (meant, titles.rank_of(meant, TITLES)) == (title, rank)


def test_a_form_takes_what_is_offered_and_what_the_person_has() -> None:
    assert titles.chosen("高工", TITLES) == "高级工程师"
    assert titles.chosen("农艺总监", TITLES, kept="农艺总监") == "农艺总监"
    with pytest.raises(Invalid, match="“高级农艺帅”不在字典中，最接近的是“高级农艺师”。请填写字典中的职称"):
        titles.chosen("高级农艺帅", TITLES)


def test_the_groups_of_titles_are_the_ranks_of_people() -> None:
    assert sorted(TITLE_RANKS) == sorted(str(rank.label) for rank in Title)
    assert set(TITLES.groups.values()) == set(TITLE_RANKS) <= TITLES.living


# --- ways in and out --------------------------------------------------------------------------------------------------


def test_a_person_is_registered_with_a_title_and_its_rank_follows(season: Season) -> None:
    draft = registered(form_of("P1", title_name="高级农艺师"), season.clerk)
    desk = browser_of(season.clerk)

    assert (draft.specialist.title_name, draft.specialist.title) == ("高级农艺师", Title.ASSOCIATE)
    form = desk.get(f"/specialists/{draft.pk}/edit/").content.decode()
    assert '<option value="推广研究员">' not in form  # an alias is understood, not offered
    assert '<option value="农业技术推广研究员">正高级</option>' in form
    assert 'value="高级农艺师"' in form

    path, json = f"/api/v1/registrations/{draft.pk}/", "application/json"
    refused = desk.patch(path, {"title_name": "首席农艺官", "version": 1}, json)
    assert (refused.status_code, "不在字典中" in refused.content.decode()) == (422, True)
    assert desk.patch(path, {"title_name": "推广研究员", "version": 1}, json).status_code == 200
    told = desk.get(f"/api/v1/specialists/{draft.specialist_id}/").json()
    assert (told["title_name"], told["title"]) == ("农业技术推广研究员", "senior")
    assert desk.patch(path, {"title": "middle", "version": 2}, json).status_code == 200  # as programs did before
    told = desk.get(f"/api/v1/specialists/{draft.specialist_id}/").json()
    assert (told["title_name"], told["title"]) == ("中级", "middle")

    services.save_registration(draft, by=season.clerk, on=MAY_12, version=3, title_name="推广研究员")
    page = desk.get(f"/specialists/{draft.pk}/").content.decode()
    assert "推广研究员" in page
    assert "正高级" in page
    listed = desk.get("/specialists/?rank=senior").content.decode()
    assert "推广研究员" in listed
    assert "推广研究员" not in desk.get("/specialists/?rank=middle").content.decode()


def test_a_retired_title_stays_with_its_person_and_is_no_more_offered(season: Season) -> None:
    draft = registered(form_of("P1", title_name="技术经纪人"), season.clerk)
    dictionaries.retire_term(
        term("技术经纪人"), by=season.admin, on=MAY_20, reason="不是职称", successor=term("经济师")
    )
    desk = browser_of(season.clerk)
    path, json = f"/api/v1/registrations/{draft.pk}/", "application/json"

    assert '<option value="技术经纪人">' not in desk.get(f"/specialists/{draft.pk}/edit/").content.decode()
    assert (
        desk.patch(path, {"title_name": "技术经纪人", "speciality": "技术转移", "version": 1}, json).status_code == 200
    )
    kept = Specialist.objects.get(pk=draft.specialist_id)
    assert (kept.title_name, kept.title) == ("技术经纪人", Title.MIDDLE)
    refused = desk.post(
        "/api/v1/registrations/", {**form_of("P2", title_name="技术经纪人"), "graduates_on": None}, json
    )
    assert "“技术经纪人”已停用，最接近的是“经济师”" in refused.content.decode()


def test_a_title_that_staff_add_or_name_gives_its_people_their_rank(season: Season) -> None:
    for key, name, rank in (("P1", "农艺总监", ""), ("P2", "农艺大师", ""), ("P3", "讲师", "middle")):
        Specialist.objects.filter(pk=person(key).pk).update(title_name=name, title=rank)
    desk = browser_of(season.admin)

    page = desk.get("/dictionaries/?of=title").content.decode()
    assert "农艺总监" in page[page.index("不在字典中的用词") :]
    added = desk.post("/dictionaries/?of=title", {"label": "农艺总监", "group": "副高级"}, follow=True)
    assert "1人的职称等级随之调整" in added.content.decode()
    desk.post(f"/dictionaries/{term('农艺总监').pk}/aliases/", {"word": "农艺大师"})
    desk.post(f"/dictionaries/{term('农艺总监').pk}/arrange/", {"group": "正高级", "order": 7, "version": 1})

    ranks = {
        one.title_name: one.title
        for one in Specialist.objects.filter(pk__in=[person(k).pk for k in ("P1", "P2", "P3")])
    }
    assert ranks == {"农艺总监": "senior", "农艺大师": "senior", "讲师": "middle"}
    told = AuditEvent.objects.filter(verb="specialist.ranked").order_by("pk").values_list("target_id", "after__title")
    p1, p2 = person("P1").pk, person("P2").pk
    assert [*told][:2] == [(p1, "associate"), (p2, "associate")]
    assert {*[*told][2:]} == {(p1, "senior"), (p2, "senior")}


def test_who_gets_another_title_at_this_moment_does_not_get_the_rank_of_the_old_one(lasting_season: Season) -> None:
    people = Specialist.objects.filter(pk=person("P1").pk)
    people.update(title_name="高级工程师", title="junior")
    by = lasting_season.admin

    done = during(lambda: people.update(title_name="讲师", title="middle"), lambda: titles.rank_again(by=by, on=MAY_20))

    assert (done, *people.values_list("title_name", "title")) == ("done", ("讲师", "middle"))


def test_a_title_has_a_rank_and_the_ranks_themselves_stay(season: Season) -> None:
    by, rank = season.admin, term("副高级")

    for refused in (
        lambda: dictionaries.add_term(Dictionary.TITLE, label="农艺总监", group="农业", by=by, on=MAY_20),
        lambda: dictionaries.arrange_term(term("讲师"), group="农业", order=1, by=by),
        lambda: dictionaries.arrange_term(rank, group="中级", order=1, by=by),
        lambda: dictionaries.rename_term(rank, label="副高级职务", by=by),
        lambda: dictionaries.retire_term(rank, by=by, on=MAY_20, reason="停用"),
        lambda: dictionaries.delete_term(rank, uses=lambda _: 0, by=by),
    ):
        with pytest.raises(Refused, match=r"职称须归入|是职称等级"):
            refused()
    with pytest.raises(IntegrityError, match="a_title_stands_in_a_rank"), transaction.atomic():
        Term.objects.filter(pk=rank.pk).update(group="农业")


def test_a_roster_brings_titles_as_they_are_written_and_tells_those_that_no_dictionary_knows(season: Season) -> None:
    people = [rostered(*PEOPLE[key], "农业") for key in ("P1", "P2")]
    people[0][3], people[1][3] = "副院长/推广研究员", "农艺总监"

    batch = checked(roster(*people, headings=HEADINGS), season.clerk)

    assert found(batch, least="info") == {3: ["I-TITLE"]}
    assert messages(batch, 3) == ["“农艺总监”不在字典中，将按原文登记，最接近的是“农艺师”。"]
    confirm(batch, season.clerk)
    taken = {one.title_name: one.title for one in Specialist.objects.all()}
    assert taken == {"农业技术推广研究员": "senior", "农艺总监": ""}


def test_whoever_stood_here_with_a_rank_alone_has_it_as_their_title(season: Season) -> None:
    for key, rank in (("P1", "associate"), ("P2", "none"), ("P3", "")):
        Specialist.objects.filter(pk=person(key).pk).update(title_name="", title=rank)

    import_module("specialists.migrations.0018_titles_as_written").name_by_rank(apps, None)

    assert [person(key).title_name for key in ("P1", "P2", "P3")] == ["副高级", "无", ""]

"""字典: words that staff keep; a retired one stays with its records, an alias brings a roster to the official one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core import dictionaries
from core.audit import history
from core.dictionaries import Words
from core.enums import Dictionary
from core.models import AuditEvent, Term, TermAlias
from core.packs import POLICIES, read
from core.policy import Refused
from core.stale import Stale
from tests.cast import MAY_12, MAY_20, Season
from tests.hands import at_once, linger

FIELD = Dictionary.FIELD


def term(label: str) -> Term:
    return Term.objects.get(dictionary=FIELD, label=label)


def names(on: date = MAY_20) -> list[str]:
    return [name for one in dictionaries.offered(FIELD, on=on) for name in one["names"]]


def test_the_dictionary_begins_with_what_the_plan_offers(db: None) -> None:
    plan = read(POLICIES / "shijiazhuang-2026.toml")["settings"]["registration"]["fields"]

    assert dictionaries.offered(FIELD, on=MAY_20) == plan
    industries = dictionaries.offered(Dictionary.INDUSTRY, on=MAY_20)
    assert [len(one["names"]) for one in industries] == [1, 19]  # GB/T 4754-2017, sections A to T


@pytest.mark.parametrize(
    ("word", "official", "said"),
    [
        pytest.param("化工", "化工", "", id="a living word"),
        pytest.param("石 化", "化工", "", id="an alias, written with a blank"),
        pytest.param(
            "煤化工", "煤化工", "“煤化工”已停用，将按原文登记，最接近的是“化工”。", id="retired, with a successor"
        ),
        pytest.param("旧词", "旧词", "“旧词”已停用，将按原文登记。", id="retired, without one"),
        pytest.param(
            "新材料技术", "新材料技术", "“新材料技术”不在字典中，将按原文登记，最接近的是“新材料”。", id="unknown"
        ),
        pytest.param("xyz", "xyz", "“xyz”不在字典中，将按原文登记。", id="unknown and near to nothing"),
    ],
)
def test_a_word_is_read_by_its_dictionary(word: str, official: str, said: str) -> None:
    meant = {"化工": "化工", "新材料": "新材料", "石化": "化工"}
    words = Words(frozenset(["化工", "新材料"]), {"煤化工": "化工", "旧词": ""}, meant)

    assert (words.official(word), words.said_of(words.official(word))) == (official, said)


def test_the_words_of_a_cell_are_parted_and_a_word_with_such_signs_in_itself_stays_whole() -> None:
    living = ("农、林、牧、渔业", "林", "租赁和商务服务业")
    words = Words(frozenset(living), {"农、林": ""}, {word: word for word in living} | {"水，电": "水电"})

    assert {
        told: words.parted(told)
        for told in (
            "农、林、牧、渔业",
            "种业、农、林、牧、渔业；林",
            "农,林，牧, 渔业/茶",
            "农、林、茶",
            "牧、渔业",
            "水、电",
            " 、",
        )
    } == {
        "农、林、牧、渔业": ["农、林、牧、渔业"],
        "种业、农、林、牧、渔业；林": ["种业", "农、林、牧、渔业", "林"],
        "农,林，牧, 渔业/茶": ["农、林、牧、渔业", "茶"],
        "农、林、茶": ["农、林", "茶"],  # the shorter one where the longest does not fit
        "牧、渔业": ["牧", "渔业"],
        "水、电": ["水电"],  # an alias
        " 、": [],
    }


def test_without_a_dictionary_nothing_is_said() -> None:
    assert dictionaries.NO_WORDS.said_of("化工") == ""


def test_a_new_word_is_offered_last_in_its_group_from_its_day_on(season: Season) -> None:
    added = dictionaries.add_term(FIELD, label="智慧农业", group="农业", by=season.admin, on=MAY_20)

    assert added.code == "F34"
    assert "智慧农业" not in names(MAY_20 - timedelta(days=1))
    agriculture = next(one for one in dictionaries.offered(FIELD, on=MAY_20) if one["group"] == "农业")
    assert agriculture["names"][-1] == "智慧农业"
    event = AuditEvent.objects.get(verb="term.added")
    assert (event.by, event.after["label"]) == (season.admin.person, "智慧农业")


@pytest.mark.parametrize("label", ["化工", "化 工", "电子信息"])
def test_a_word_or_an_alias_that_is_there_is_not_added(season: Season, label: str) -> None:
    with pytest.raises(Refused, match=r"已在字典中|的别名"):
        dictionaries.add_term(FIELD, label=label, group="农业", by=season.admin, on=MAY_20)


def test_a_retired_word_is_offered_no_more_and_names_its_successor(season: Season) -> None:
    dictionaries.retire_term(
        term("旅游"), by=season.admin, on=MAY_20, reason="2026年第2次局务会", successor=term("现代商贸物流")
    )

    assert "旅游" in names(MAY_20 - timedelta(days=1))
    assert "旅游" not in names(MAY_20)
    words = dictionaries.words(FIELD, on=MAY_20)
    assert (words.retired["旅游"], words.official("旅游")) == ("现代商贸物流", "旅游")
    assert history(term("旅游")).last().reason == "2026年第2次局务会"  # type: ignore[union-attr]

    dictionaries.revive_term(term("旅游"), by=season.admin)
    assert "旅游" in names(MAY_20)


@pytest.mark.parametrize("label", ["<b>化工</b>", "=1+1", "@词", "化工;'--", "-"])
def test_a_word_of_markup_or_formulas_is_refused(season: Season, label: str) -> None:
    with pytest.raises(Refused, match="不能有尖括号"):
        dictionaries.add_term(FIELD, label=label, group="农业", by=season.admin, on=MAY_20)
    with pytest.raises(Refused, match="不能有尖括号"):
        dictionaries.add_alias(term("化工"), word=label, by=season.admin)
    with pytest.raises(Refused, match="不能有尖括号"):
        dictionaries.rename_term(term("化工"), label=label, by=season.admin)


def test_every_word_that_the_platform_brings_is_sound(db: None) -> None:
    assert [one.label for one in Term.objects.all() if not dictionaries.SOUND.fullmatch(one.label)] == []


def test_a_word_renamed_keeps_its_old_name_as_an_alias_and_goes_back(season: Season) -> None:
    one = dictionaries.rename_term(term("旅游"), label="文化旅游", by=season.admin, version=1)

    assert "文化旅游" in names()
    assert dictionaries.words(FIELD, on=MAY_20).official("旅游") == "文化旅游"
    assert dictionaries.group_of("旅游", FIELD) == one.group  # a team written with it serves in the same category
    with pytest.raises(Stale):
        dictionaries.rename_term(one, label="旅游业", by=season.admin, version=1)
    with pytest.raises(Refused, match="已在字典中"):
        dictionaries.rename_term(one, label="化 工", by=season.admin)
    with pytest.raises(Refused, match="的别名"):
        dictionaries.rename_term(one, label="电子信息", by=season.admin)

    dictionaries.rename_term(one, label="旅游", by=season.admin)
    assert [alias.word for alias in term("旅游").aliases.all()] == ["文化旅游"]
    assert [event.verb for event in history(one)] == ["term.renamed", "term.renamed"]


def test_a_word_is_deleted_while_nobody_uses_it(season: Season) -> None:
    dictionaries.add_alias(term("旅游"), word="观光", by=season.admin)
    with pytest.raises(Refused, match="已有2条记录使用"):
        dictionaries.delete_term(term("旅游"), uses=lambda _: 2, by=season.admin)

    dictionaries.retire_term(term("金融"), by=season.admin, on=MAY_20, reason="停用", successor=term("旅游"))
    with pytest.raises(Refused, match="接替已停用的“金融”"):
        dictionaries.delete_term(term("旅游"), uses=lambda _: 0, by=season.admin)
    dictionaries.revive_term(term("金融"), by=season.admin)

    one = term("旅游")
    dictionaries.delete_term(one, uses=lambda _: 0, by=season.admin)
    assert not Term.objects.filter(pk=one.pk).exists()
    assert AuditEvent.objects.get(verb="term.deleted").before["alias"] == "观光"
    with pytest.raises(Refused, match="已被删除"):
        dictionaries.delete_term(one, uses=lambda _: 0, by=season.admin)


def test_the_alias_of_a_retired_word_brings_nobody_to_it(season: Season) -> None:
    dictionaries.retire_term(term("化工"), by=season.admin, on=MAY_20, reason="停用")

    assert dictionaries.words(FIELD, on=MAY_20).official("循环化工") == "循环化工"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        pytest.param({"reason": " "}, "原因或依据", id="without a reason"),
        pytest.param({"successor": "旅游"}, "另一个词", id="by itself"),
        pytest.param({"successor": "金融"}, "另一个词", id="by one that is retired"),
    ],
)
def test_a_word_is_not_retired_like_this(season: Season, more: dict[str, Any], sentence: str) -> None:
    dictionaries.retire_term(term("金融"), by=season.admin, on=MAY_12, reason="停用")
    said: dict[str, Any] = {"reason": "停用", **more}
    if "successor" in said:
        said["successor"] = term(said["successor"])

    with pytest.raises(Refused, match=sentence):
        dictionaries.retire_term(term("旅游"), by=season.admin, on=MAY_20, **said)


def test_what_was_retired_is_not_retired_again_and_what_lives_not_revived(season: Season) -> None:
    dictionaries.retire_term(term("旅游"), by=season.admin, on=MAY_20, reason="停用")

    with pytest.raises(Refused, match="已经停用"):
        dictionaries.retire_term(term("旅游"), by=season.admin, on=MAY_20, reason="停用")
    with pytest.raises(Refused, match="正在使用"):
        dictionaries.revive_term(term("金融"), by=season.admin)


def test_two_who_arrange_a_word_do_not_overwrite_each_other(season: Season) -> None:
    one = dictionaries.arrange_term(term("金融"), group="其他", order=5, by=season.admin, version=1)
    assert (one.group, one.order, one.version) == ("其他", 5, 2)

    with pytest.raises(Stale):
        dictionaries.arrange_term(term("金融"), group="农业", order=5, by=season.admin, version=1)


def test_an_alias_is_added_once_and_taken_away(season: Season) -> None:
    alias = dictionaries.add_alias(term("畜牧"), word="养 殖", by=season.admin)

    assert dictionaries.words(FIELD, on=MAY_20).official("养殖") == "畜牧"
    with pytest.raises(Refused, match="已是“畜牧”的别名"):
        dictionaries.add_alias(term("水产"), word="养殖", by=season.admin)
    dictionaries.remove_alias(alias, by=season.admin)
    assert dictionaries.words(FIELD, on=MAY_20).official("养殖") == "养殖"
    assert [event.verb for event in history(term("畜牧"))] == ["term.alias_added", "term.alias_removed"]


# --- at once, and what the database refuses ---------------------------------------------------------------------------


def test_two_who_add_a_word_at_once_add_it_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, dictionaries, "_new_word")
    try:
        answers = at_once(
            *(
                lambda: dictionaries.add_term(FIELD, label="低空经济", group="农业", by=lasting_season.admin, on=MAY_20)
                for _ in range(2)
            )
        )
        assert answers == ["E-TERM", "done"]
    finally:
        Term.objects.filter(label="低空经济").delete()  # the words stay when other tables are emptied


def test_two_who_arrange_at_once_are_told(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    one = term("金融")
    linger(monkeypatch, dictionaries, "refuse_stale")
    try:
        answers = at_once(
            *(
                lambda order=order: dictionaries.arrange_term(
                    one, group=one.group, order=order, by=lasting_season.admin, version=1
                )
                for order in (1, 2)
            )
        )
        assert answers == ["done", "stale"]
    finally:
        Term.objects.filter(pk=one.pk).update(order=one.order, version=1)


def test_two_who_revive_a_word_at_once_do_it_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    one = term("旅游")
    Term.objects.filter(pk=one.pk).update(retired_on=MAY_20)
    linger(monkeypatch, dictionaries, "require")
    try:
        answers = at_once(*(lambda: dictionaries.revive_term(one, by=lasting_season.admin) for _ in range(2)))
        assert answers == ["E-TERM", "done"]
    finally:
        Term.objects.filter(pk=one.pk).update(retired_on=None, version=1)


def test_two_who_rename_a_word_at_once_are_told(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    one = term("旅游")
    linger(monkeypatch, dictionaries, "refuse_stale")
    try:
        answers = at_once(
            *(
                lambda label=label: dictionaries.rename_term(one, label=label, by=lasting_season.admin, version=1)
                for label in ("文旅", "旅游业")
            )
        )
        assert answers == ["done", "stale"]
    finally:
        one.aliases.all().delete()
        Term.objects.filter(pk=one.pk).update(label="旅游", version=1)


def test_two_who_delete_a_word_at_once_do_it_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    one = dictionaries.add_term(FIELD, label="误增的词", group="农业", by=lasting_season.admin, on=MAY_20)
    linger(monkeypatch, dictionaries, "require")
    try:
        answers = at_once(
            *(lambda: dictionaries.delete_term(one, uses=lambda _: 0, by=lasting_season.admin) for _ in range(2))
        )
        assert answers == ["E-TERM", "done"]
    finally:
        Term.objects.filter(pk=one.pk).delete()


@pytest.mark.parametrize(
    ("name", "row"),
    [
        pytest.param("a_word_stands_once_in_a_dictionary", {"code": "F99", "label": "化工"}, id="the word"),
        pytest.param("a_code_stands_once_in_a_dictionary", {"code": "F01", "label": "新词"}, id="the code"),
        pytest.param(
            "term_retires_after_it_began",
            {"code": "F99", "label": "新词", "valid_from": MAY_20, "retired_on": MAY_12},
            id="retired before it began",
        ),
    ],
)
def test_the_database_keeps_words_apart(db: None, name: str, row: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Term.objects.create(dictionary=FIELD, **row)


def test_the_database_gives_a_living_word_no_successor(db: None) -> None:
    with pytest.raises(IntegrityError, match="only_a_retired_term_has_a_successor"), transaction.atomic():
        Term.objects.filter(label="旅游").update(successor=term("金融"))


def test_the_database_lets_an_alias_mean_one_word(db: None) -> None:
    with pytest.raises(IntegrityError, match="an_alias_means_one_word"), transaction.atomic():
        TermAlias.objects.create(dictionary=FIELD, word="植保", term=term("金融"))

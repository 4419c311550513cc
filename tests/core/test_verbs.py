"""The history of a record in sentences: Chinese words, choices by their labels, personal numbers hidden."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.http import QueryDict
from django.utils.timezone import now

from agreements.enums import AgreementStatus
from core import audit
from core.policy import Finding, Level
from core.verbs import HIDDEN, _change, labels, of_a_request, of_many, sentence, sentences, story, verbs
from tests.cast import Season

ROOT = Path(__file__).resolve().parents[2]
OWN = ("accounts", "agreements", "assessments", "core", "desk", "funding", "specialists", "visits")


@pytest.fixture(autouse=True)
def _ten_twenty_one() -> object:
    with time_machine.travel("2026-05-20 10:21+08:00", tick=False):
        yield


def test_a_change_reads_as_a_sentence(season: Season) -> None:
    agreement = season.filed(season.selected("P1"), season.h4)
    audit.record(
        "agreement.filed",
        agreement,
        by=season.officer,
        before={"status": AgreementStatus.SUBMITTED},
        after={"status": AgreementStatus.FILED, "filed_on": date(2026, 5, 20)},
    )

    assert sentence(sentences(agreement)[0]) == (
        "2026年5月20日 10:21 陈科员（石家庄市科技局　市科技局经办）备案：状态 待市科技局审核 → 已备案；备案日期 — → 2026年5月20日"
    )


def test_goals_are_told_as_the_paper_has_them_whatever_the_database_makes_of_their_order(season: Season) -> None:
    agreement = season.filed(season.selected("P1"), season.h4)
    goals = [{"name": "组织技术培训", "count": 2, "unit": "场"}, {"name": "示范面积", "count": 300, "unit": "亩"}]
    audit.record("agreement.edited", agreement, by=season.clerk, before={"goals": []}, after={"goals": goals})

    assert sentence(sentences(agreement)[0]).endswith("年度目标任务 — → 组织技术培训2场；示范面积300亩")


@pytest.mark.parametrize(
    ("name", "before", "after", "shown"),
    [
        pytest.param("mobile", "13919780305", "13919780306", ("手机号", HIDDEN, HIDDEN), id="encrypted"),
        pytest.param(
            "name", "", "李喆139999197803050010", ("姓名", "—", "李喆139999********0010"), id="a number in a text"
        ),
        pytest.param("sex", "male", "female", ("性别", "男", "女"), id="a choice"),
        pytest.param("version", 1, 2, ("version", "1", "2"), id="a field without a word of its own"),
        pytest.param("hat", None, "刘静怡", ("身份", "—", "刘静怡"), id="a word of the enums"),
        pytest.param("amount_fen", None, 60_000, ("金额", "—", "600.00元"), id="money"),
        pytest.param("birth_date", None, date(1978, 3, 5), ("出生日期", "—", "1978年3月5日"), id="a day"),
        pytest.param("field", None, ["甲", "乙"], ("专业领域", "—", "甲、乙"), id="a list"),
        pytest.param("user_id", None, True, ("user", "—", "是"), id="yes"),
    ],
)
def test_values_are_shown_in_the_words_of_the_page(
    season: Season, name: str, before: object, after: object, shown: tuple[str, str, str]
) -> None:
    person = season.selected("P1").specialist
    audit.record("x", person, by=season.clerk, before={name: before}, after={name: after})

    assert sentences(person)[0]["changes"] == [shown]


def test_a_related_row_is_named_and_a_cleared_field_is_told(season: Season) -> None:
    agreement = season.agreement(season.selected("P1"), season.h4)
    audit.record("x", agreement, by=season.clerk, before={"host_id": season.h4.pk}, after={})

    assert sentences(agreement)[0]["changes"] == [("派驻单位", "滹沱示范谷物种植专业合作社", "—")]


def test_overrides_stand_among_the_events_newest_first(season: Season) -> None:
    agreement = season.agreement(season.selected("P1"), season.h4)
    audit.record("agreement.drafted", agreement, by=season.clerk)
    with time_machine.travel("2026-05-20 11:00+08:00", tick=False):
        finding = Finding("E-CAP5", Level.WARN, "四（一）", "本次后为6人。")
        audit.record_overrides(
            [finding],
            {"E-CAP5": "县里特色产业急需"},
            agreement,
            by=season.officer,
            documents={"E-CAP5": "石科〔2026〕3号"},
        )

    newest, oldest = sentences(agreement)
    assert (newest["what"], newest["reason"], newest["document"]) == (
        "作出例外说明：本次后为6人。",
        "县里特色产业急需",
        "石科〔2026〕3号",
    )
    assert oldest["what"] == "起草"


def test_every_verb_that_is_recorded_has_its_word() -> None:
    written = {
        verb
        for path in ROOT.glob("*/**/*.py")
        if path.parts[len(ROOT.parts)] not in ("tests", "var", ".venv", "node_modules")
        for verb in re.findall(r'audit\.record\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }

    assert len(written) > 10
    assert sorted(written - verbs().keys()) == []


def test_an_app_names_its_own_words_before_those_of_others() -> None:
    """`entry` is a line of the ledger, and who stands on a list."""
    listed = apps.get_model("specialists", "SelectionList")()
    posted = apps.get_model("funding", "PaymentBatch")()

    assert _change(listed, "entry", "石可久", None)[0] == "名单人选"
    assert _change(posted, "entry", None, "12")[0] == "冲红分录"


def test_the_words_are_chinese() -> None:
    assert [word for word in [*verbs().values(), *labels().values()] if re.search("[A-Za-z]", word)] == []


def named_in_the_register() -> set[tuple[str, str]]:
    """(verb, name) of each field that the code writes into an audit row by name."""
    found = set()
    for app in OWN:
        for file in (ROOT / app).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text())):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "record":
                    found |= {(verb, name) for verb in _verb_of(call) for name in _names_in(call)}
    return found


def _verb_of(call: ast.Call) -> list[str]:
    return [one.value for one in call.args[:1] if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _names_in(call: ast.Call) -> Iterator[str]:
    """The keys of `before` and `after`, and the fields that a `_shown(record, …)` picks for them."""
    for told in (one.value for one in call.keywords if one.arg in ("before", "after")):
        for part in ast.walk(told):
            named = part.keys if isinstance(part, ast.Dict) else []
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "_shown":
                named = [*part.args[1:]]
            yield from (str(one.value) for one in named if isinstance(one, ast.Constant))


def test_every_name_in_an_audit_row_has_its_word() -> None:
    short = {
        "application": "institutionapplication",
        "archive": "archiveyear",
        "call": "selectioncall",
        "pack": "policypack",
        "token": "apitoken",
        "roster": "rosterbatch",
        "past_scans": "scanfolder",
        "prints": "printrun",
        "scans": "scanbatch",
        "reversal": "reversalrequest",
        "provincial_entry": "provinciallistentry",
        "text": "agreementtext",
        "view": "savedview",
        "export": "listexport",
    }
    models = {model._meta.model_name: model for model in apps.get_models() if model._meta.app_label in OWN}
    named = named_in_the_register()

    told = {
        f"{verb} {name}": _change(models[short.get(kind, kind.replace("_", ""))](), name, None, "")[0]
        for verb, name in named
        for kind in [verb.partition(".")[0]]
    }

    assert len(named) > 40
    assert {where: label for where, label in told.items() if label.isascii()} == {}


def test_a_long_history_is_read_by_one_kind_of_event(season: Season) -> None:
    agreement = season.filed(season.selected("P1"), season.h4)
    for verb in ("agreement.edited",) * 4 + ("agreement.printed", "agreement.filed"):
        audit.record(verb, agreement, by=season.officer)
    cap = Finding("E-CAP5", Level.WARN, "四（一）", "本次后为6人。", {})
    audit.record_overrides([cap], {"E-CAP5": "确有需要。"}, agreement, by=season.officer)

    whole = story(sentences(agreement), QueryDict("tab=history"))
    edited = story(sentences(agreement), QueryDict("tab=history&what=agreement.edited"))

    said = {(kind["label"], kind["count"], kind["url"], kind["current"]) for kind in whole.kinds}
    assert said == {
        ("全部", 7, "?tab=history", True),
        ("修改", 4, "?tab=history&what=agreement.edited", False),
        ("打印三方协议书", 1, "?tab=history&what=agreement.printed", False),
        ("备案", 1, "?tab=history&what=agreement.filed", False),
        ("作出例外说明", 1, "?tab=history&what=override", False),
    }
    assert {event["what"] for event in edited.events} == {"修改"}
    assert len(story(sentences(agreement), QueryDict("what=nonsense")).events) == 7
    assert story(sentences(agreement)[:5], QueryDict()).kinds == []  # read at a glance


def test_each_request_tells_its_own_part_of_the_agreements_history(season: Season) -> None:
    agreement, other = (season.filed(season.selected(key), season.h4) for key in ("P1", "P2"))
    moments = []
    for hour, verbs_then in ((10, ("asked", "returned")), (14, ("asked", "approved"))):
        with time_machine.travel(f"2026-05-20 {hour}:30+08:00", tick=False):
            moments.append(now())
            for verb in verbs_then:
                audit.record(f"agreement.amendment_{verb}", agreement, by=season.officer)
            audit.record("agreement.filed", other, by=season.officer)

    first = of_a_request(agreement, verb="agreement.amendment_", since=moments[0], until=moments[1])
    second = of_a_request(agreement, verb="agreement.amendment_", since=moments[1], until=None)
    both = of_many([agreement, other], verbs_told=("agreement.filed",), since=date(2026, 5, 20))

    assert [event["what"] for event in first] == ["不同意变更", "申请变更"]
    assert [event["what"] for event in second] == ["同意变更", "申请变更"]
    assert [event["what"] for event in both] == [f"{other}　备案"] * 2
    assert of_many([], verbs_told=("agreement.filed",), since=date(2026, 5, 20)) == []
    assert of_many([other], verbs_told=("agreement.filed",), since=date(2026, 5, 21)) == []

"""The next version of the plan: drafted from what holds, changed, brought before two people, active from its day."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from core import packs
from core.audit import history
from core.models import PolicyPack
from core.packs import Difference
from core.policy import Refused
from core.stale import Stale
from tests.cast import Season
from tests.hands import at_once, linger

NOVEMBER, JANUARY = date(2026, 11, 22), date(2027, 1, 1)
LABELS = dict(Role.choices)


def drafted(season: Season, *, year: int = 2026) -> PolicyPack:
    return packs.draft_next(season.pack, year=year, by=season.officer)


def with_cap(pack: PolicyPack, cap: int, season: Season) -> PolicyPack:
    rules = {code: {"params": {**pack.entry(code).params, "cap": cap}} for code in ("E-CAP5", "I-CAP5")}
    return packs.revise(pack, by=season.officer, edits=pack.edits, rules=rules, settings={})


def proposed(season: Season, pack: PolicyPack, *, active_from: date = NOVEMBER) -> PolicyPack:
    return packs.propose(pack, by=season.officer, on=NOVEMBER, active_from=active_from, labels=LABELS)


def decided(season: Season, pack: PolicyPack, **more: Any) -> PolicyPack:
    by = {"by": season.head, "on": NOVEMBER, "passed": True, "labels": LABELS}
    return packs.decide(pack, **{**by, **more})


def refusal(act: Any) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return str(refused.value)


@pytest.mark.django_db
def test_a_draft_says_what_its_base_says_and_is_not_in_force(season: Season):
    pack = drafted(season)

    assert (pack.version, pack.active_from, pack.based_on) == (2, None, season.pack)
    assert packs.differences(season.pack, pack) == []
    assert PolicyPack.in_force(on=NOVEMBER) == season.pack


@pytest.mark.django_db
def test_the_first_draft_of_the_next_year_calls_for_that_year(season: Season):
    pack = drafted(season, year=2027)

    assert (pack.year, pack.version) == (2027, 1)
    assert packs.differences(season.pack, pack) == [Difference("", "registration.call_year", 2026, 2027)]
    assert "可起草2026年度的新版本或2027年度的政策" in refusal(lambda: drafted(season, year=2029))
    assert "只能以已生效的版本为基础" in refusal(lambda: packs.draft_next(pack, year=2027, by=season.officer))


@pytest.mark.django_db
def test_a_revision_is_told_with_before_and_after(season: Season):
    pack = with_cap(drafted(season), 3, season)

    assert [(one.code, one.name, one.old, one.new) for one in packs.differences(season.pack, pack)] == [
        ("E-CAP5", "params.cap", 5, 3),
        ("I-CAP5", "params.cap", 5, 3),
    ]
    event = history(pack).last()
    assert event
    assert (event.verb, event.before["E-CAP5 params.cap"], event.after["E-CAP5 params.cap"]) == ("pack.edited", 5, 3)
    assert pack.entry("E-CAP5").quote == season.pack.entry("E-CAP5").quote
    assert season.pack.entry("E-CAP5").params["cap"] == 5


@pytest.mark.django_db
def test_a_form_opened_before_another_edit_is_stale(season: Season):
    pack = drafted(season)
    with_cap(pack, 3, season)

    with pytest.raises(Stale):
        packs.revise(pack, by=season.officer, edits=0, rules={}, settings={})


@pytest.mark.django_db
def test_two_people_make_a_version_active_from_its_day(season: Season):
    pack = proposed(season, with_cap(drafted(season), 3, season), active_from=date(2026, 12, 1))
    assert "不能修改" in refusal(lambda: with_cap(pack, 4, season))
    assert PolicyPack.in_force(on=date(2026, 12, 1)) == season.pack

    pack = decided(season, pack, opinion="同意")

    assert pack.active_from == date(2026, 12, 1)
    assert PolicyPack.in_force(on=date(2026, 11, 30)) == season.pack
    assert PolicyPack.in_force(on=date(2026, 12, 1)).entry("E-CAP5").params["cap"] == 3
    assert [event.verb for event in history(pack)] == [
        "pack.drafted", "pack.edited", "pack.proposed", "pack.activated",
    ]  # fmt: skip


@pytest.mark.django_db
def test_nobody_takes_both_steps(season: Season):
    pack = proposed(season, with_cap(drafted(season), 3, season))

    assert "您的身份不能办理这一步" in refusal(lambda: decided(season, pack, by=season.officer))
    season.head.person = season.officer.person  # one person under both hats
    assert "不能由同一人办理" in refusal(lambda: decided(season, pack))
    assert PolicyPack.in_force(on=NOVEMBER) == season.pack


@pytest.mark.django_db
def test_a_return_needs_its_reason_and_gives_the_draft_back(season: Season):
    pack = proposed(season, with_cap(drafted(season), 3, season))
    assert "退回须写明意见" in refusal(lambda: decided(season, pack, passed=False, opinion=" "))

    decided(season, pack, passed=False, opinion="上限改为4人")
    pack = with_cap(pack, 4, season)
    decided(season, proposed(season, pack))

    assert PolicyPack.in_force(on=NOVEMBER).entry("E-CAP5").params["cap"] == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("active_from", "sentence"),
    [(date(2026, 11, 21), "不能早于今天"), (date(2028, 1, 1), "应在2026年底之前")],
)
def test_the_day_lies_ahead_and_in_the_year_of_the_plan(season: Season, active_from: date, sentence: str):
    pack = with_cap(drafted(season), 3, season)

    assert sentence in refusal(lambda: proposed(season, pack, active_from=active_from))


@pytest.mark.django_db
def test_a_draft_without_a_change_is_not_proposed(season: Season):
    assert "没有不同" in refusal(lambda: proposed(season, drafted(season)))


@pytest.mark.django_db
def test_a_day_that_passes_while_it_waits_is_asked_for_anew(season: Season):
    pack = proposed(season, with_cap(drafted(season), 3, season))

    assert "拟生效日期已过" in refusal(lambda: decided(season, pack, on=date(2026, 11, 23)))


@pytest.mark.django_db
def test_of_two_drafts_the_second_begins_anew_from_the_first(season: Season):
    first, second = (with_cap(drafted(season), cap, season) for cap in (3, 4))
    third = proposed(season, with_cap(drafted(season), 6, season))
    decided(season, proposed(season, first))

    assert "已在起草之后生效" in refusal(lambda: proposed(season, second))
    assert "已在此期间生效" in refusal(lambda: decided(season, third))


@pytest.mark.django_db
def test_an_active_version_never_changes(season: Season):
    pack = decided(season, proposed(season, with_cap(drafted(season), 3, season)))

    assert "起草新版本" in refusal(lambda: with_cap(pack, 9, season))
    with pytest.raises(Exception, match="an active policy pack never changes"), transaction.atomic():
        PolicyPack.objects.filter(pk=pack.pk).update(edits=9)


@pytest.mark.django_db
def test_a_drafted_version_is_active_from_the_day_it_was_approved_for(season: Season):
    pack = drafted(season)

    with pytest.raises(IntegrityError, match="drafted_pack_is_active_from_its_proposed_day"), transaction.atomic():
        PolicyPack.objects.filter(pk=pack.pk).update(active_from=JANUARY, proposed_for=NOVEMBER)


def test_two_heads_cannot_make_two_versions_active_at_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch):
    season = lasting_season
    waiting = [proposed(season, with_cap(drafted(season), cap, season)) for cap in (3, 4)]
    linger(monkeypatch, packs, "_newest")

    answers = at_once(*(partial(decided, season, pack) for pack in waiting))

    assert answers.count("E-STATE") == 1
    assert PolicyPack.objects.filter(year=2026, active_from__isnull=False).count() == 2


def test_two_who_begin_at_once_get_versions_of_their_own(lasting_season: Season, monkeypatch: pytest.MonkeyPatch):
    season = lasting_season
    linger(monkeypatch, packs, "deepcopy")  # between the last number and the new one

    at_once(*[partial(drafted, season)] * 3)

    assert [*PolicyPack.objects.order_by("version").values_list("version", flat=True)] == [1, 2, 3, 4]


def test_two_forms_of_one_draft_do_not_overwrite_each_other(lasting_season: Season, monkeypatch: pytest.MonkeyPatch):
    season = lasting_season
    pack = drafted(season)
    linger(monkeypatch, packs, "differences")

    answers = at_once(*(partial(with_cap, pack, cap, season) for cap in (3, 4)))

    assert answers.count("stale") == 1

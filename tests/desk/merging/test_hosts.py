"""A host that was entered twice becomes one: what is moved, what stays as it was, what stands against it."""

from collections.abc import Callable
from datetime import date
from html import unescape
from time import sleep
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from accounts import entering, flags
from accounts.enums import HostType, Role
from accounts.models import HostFlags, HostUnit, Membership, Organization
from accounts.services import invite
from agreements import services as agreements
from agreements.enums import TerminationReason
from agreements.models import Agreement, YearlyHost
from agreements.queries import crowds, quota_counts
from agreements.services.checking import judge_year
from core import audit
from core.models import AuditEvent, Override
from core.policy import Refused
from core.stale import Stale
from desk.merging import queries, rules, services
from desk.merging.models import UnitMerge
from desk.rosters.queries import hosts as hosts_of_a_roster
from desk.searching import find
from specialists.enums import Category
from tests.accounts.test_units import code_of
from tests.cast import END, MAY_12, MAY_20, Season, flagged, host, member
from tests.hands import at_once, browser_of, during, linger, only_added_to
from tests.matrix.world import World
from visits.enums import VisitStatus

TODAY = date(2026, 5, 21)
TWICE = code_of("9313012")


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False):
        yield


def text(response: Any) -> str:
    return unescape(response.content.decode())


def twin(season: Season, **more: Any) -> Organization:
    """The cooperative of the season, entered a second time under another name and code."""
    made = host("滹沱示范谷物种植合作社", HostType.COOPERATIVE, TWICE, "130123").organization
    Organization.objects.filter(pk=made.pk).update(**more)
    return Organization.objects.get(pk=made.pk)


def merge(season: Season, survivor: Organization, loser: Organization, **more: Any) -> UnitMerge:
    given = {"keep": {}, "by": season.officer, "on": TODAY, "reason": "营业执照为同一张。"}
    return services.merge_hosts(survivor, loser, **{**given, **more})


def refused(season: Season, survivor: Organization, loser: Organization, **more: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        merge(season, survivor, loser, **more)
    assert not UnitMerge.objects.filter(loser=loser, survivor=survivor).exists()
    return [finding.code for finding in refusal.value.findings]


# --- what is moved ----------------------------------------------------------------------------------------------------


def test_all_that_hangs_on_the_one_becomes_the_others(season: Season) -> None:
    loser = twin(season)
    drafted = season.agreement(season.selected("P1"), loser.host)
    submitted = season.submitted(season.selected("P2"), loser.host)
    filed = season.filed(season.selected("P3"), loser.host)
    before = dict(Agreement.objects.filter(pk=filed.pk).values().get())
    visit = season.visit(filed, MAY_20, status=VisitStatus.CONFIRMED)
    hat = member("马会计", Role.HOST_CONTACT, loser, "mahui")
    asked = invite(loser, role=Role.HOST_CONTACT, name="马社员", email="new@example.org", by=season.admin)

    done = merge(season, season.h4.organization, loser)

    papers = [drafted, submitted, filed]
    assert set(Agreement.objects.filter(host=season.h4)) == set(papers)
    after = dict(Agreement.objects.filter(pk=filed.pk).values().get())
    assert {name for name in after if after[name] != before[name]} == {"host_id"}
    assert browser_of(season.county).get(f"/visits/{visit.pk}/").status_code == 200
    hat.refresh_from_db()
    asked.refresh_from_db()
    assert (hat.organization, asked.organization) == (season.h4.organization, season.h4.organization)
    assert done.moved["agreements"] == [paper.pk for paper in papers]
    assert (done.moved["memberships"], done.moved["invitations"]) == ([hat.pk], [asked.pk])
    told = AuditEvent.objects.filter(verb="agreement.host_merged").order_by("pk")
    assert [(one.target_id, one.before, one.after) for one in told] == [
        (paper.pk, {"host": loser.name}, {"host": season.h4.organization.name}) for paper in papers
    ]


def test_who_had_an_account_at_both_keeps_the_one_that_stays(season: Season) -> None:
    loser = twin(season)
    season.contact  # noqa: B018  # enters
    also = Membership.objects.create(
        person=season.contact.person, organization=loser, role=Role.HOST_CONTACT, since=MAY_12
    )

    merge(season, season.h4.organization, loser)

    also.refresh_from_db()
    assert (also.organization, also.ended_by) == (loser, season.officer)
    assert list(Membership.objects.active(on=TODAY).filter(person=season.contact.person)) == [season.contact]


def village(name: str) -> Organization:
    made = host(name, HostType.VILLAGE, code_of("9213012"), "130123").organization
    Organization.objects.filter(pk=made.pk).update(uscc=None)
    return Organization.objects.get(pk=made.pk)


def test_what_becomes_of_two_without_a_code_is_called_as_no_third_is(season: Season) -> None:
    village("上庄村村民委员会")
    survivor, loser = village("下庄村村民委员会"), twin(season, name="上庄村村民委员会")

    assert refused(season, survivor, loser, keep={"name": loser.pk, "uscc": survivor.pk}) == ["E-UNIT"]

    # With its code it is told apart, whatever it is called.
    merge(season, survivor, loser, keep={"name": loser.pk, "uscc": loser.pk})
    survivor.refresh_from_db()
    assert (survivor.name, survivor.uscc) == ("上庄村村民委员会", TWICE)


def test_two_of_one_name_become_one_without_a_code(season: Season) -> None:
    survivor, loser = village("上庄村村民委员会"), twin(season, name="上庄村村民委员会")

    merge(season, survivor, loser, keep={"uscc": survivor.pk})

    survivor.refresh_from_db()
    loser.refresh_from_db()
    assert (survivor.name, survivor.uscc, loser.merged_into) == ("上庄村村民委员会", None, survivor)


def test_field_by_field_the_chosen_value_stays_and_the_codes_change_places(season: Season) -> None:
    survivor, loser = season.h4.organization, twin(season, address="工业街1号", contact_phone="13900000009")
    own = survivor.uscc

    done = merge(season, survivor, loser, keep={"uscc": loser.pk, "address": loser.pk, "name": survivor.pk})

    survivor, loser = (Organization.objects.get(pk=unit.pk) for unit in (survivor, loser))
    assert (survivor.uscc, survivor.address, survivor.name) == (TWICE, "工业街1号", "滹沱示范谷物种植专业合作社")
    assert (loser.uscc, loser.merged_into) == (own, survivor)
    assert done.kept == {
        "name": "survivor",
        "uscc": "loser",
        "address": "loser",
        "contact_phone": "survivor",
        "contact_email": "survivor",
    }
    assert "13900000009" not in str(UnitMerge.objects.values().get())
    assert "13900000009" not in str(list(AuditEvent.objects.values()))


def test_the_flags_go_with_their_year_and_their_proof(season: Season) -> None:
    survivor = flagged(season.h2, tech_sme=True)
    other = flagged(host("示范精密机械有限责任公司", HostType.ENTERPRISE, code_of("91"), "130109"), above_scale=True)
    HostUnit.objects.filter(pk=other.pk).update(flags_year=2025)
    HostFlags.objects.create(host=other, year=2024, is_above_scale=True)
    flags.verify_flags(other, by=season.officer, on=TODAY, basis="石统〔2025〕3号")

    merge(season, survivor.organization, other.organization, keep={"flags": other.pk})

    survivor = HostUnit.objects.get(pk=survivor.pk)
    assert (survivor.is_tech_sme, survivor.flags_year, survivor.flags_basis) == (False, 2025, "石统〔2025〕3号")
    assert list(survivor.flags_by_year.order_by("year").values_list("year", flat=True)) == [2024, 2025]


def test_what_was_merged_before_leads_on_to_the_last(season: Season) -> None:
    first, second = twin(season), season.h5.organization
    merge(season, second, first)
    merge(season, season.h4.organization, second)

    assert set(season.h4.organization.absorbed.all()) == {first, second}


# --- the old one leads on ---------------------------------------------------------------------------------------------


def test_the_old_address_and_the_old_code_lead_to_the_one_that_stays(season: Season) -> None:
    survivor, loser = season.h4.organization, twin(season)
    audit.record("organization.changed", loser, by=season.clerk, after={"address": "工业街9号"})
    merge(season, survivor, loser)

    assert browser_of(season.clerk).get(f"/organizations/{loser.pk}/")["Location"] == f"/organizations/{survivor.pk}/"
    assert browser_of(season.county).get(f"/organizations/{loser.pk}/host/").status_code == 404
    assert entering.known_host(TWICE, by=season.clerk) == season.h4
    entered = browser_of(season.clerk).post("/organizations/new-host/", {"uscc": TWICE})
    assert entered["Location"] == f"/organizations/{survivor.pk}/"
    page = text(browser_of(season.officer).get(f"/organizations/{survivor.pk}/"))
    assert ("曾用代码" in page, TWICE in page, "并入重复单位" in page) == (True, True, True)
    # What happened to the other one is read here: its own page leads on.
    assert (f"并入前的“{loser.name}”" in page, "工业街9号" in page) == (True, True)
    assert f"填写为“{survivor.name}（{survivor.uscc}）”" in page
    assert "工业街9号" not in text(browser_of(season.clerk).get(f"/organizations/{survivor.pk}/"))
    listed = text(browser_of(season.officer).get(f"/organizations/?q={TWICE}"))
    assert (survivor.name in listed, loser.name in listed) == (True, False)
    [units] = [group for group in find(season.officer, TWICE, on=TODAY) if group.label == "单位"]
    assert [hit.title for hit in units.hits] == [survivor.name]


def test_a_county_that_does_not_see_the_other_finds_nothing_there(season: Season) -> None:
    loser = twin(season)
    merge(season, season.h5.organization, loser)

    assert browser_of(season.county).get(f"/organizations/{loser.pk}/").status_code == 404


def test_a_roster_with_the_old_code_finds_the_unit_and_its_people(season: Season) -> None:
    loser = twin(season)
    season.filed(season.selected("P1"), loser.host)
    merge(season, season.h4.organization, loser)

    found = hosts_of_a_roster([TWICE], [])

    assert (found.by_code[TWICE].pk, len(found.stays[TWICE])) == (season.h4.pk, 1)


def test_a_new_agreement_is_made_with_the_one_that_stays(season: Season) -> None:
    loser = twin(season)
    host = loser.host
    merge(season, season.h4.organization, loser)

    late = season.agreement(season.selected("P1"), host)

    late.refresh_from_db()
    assert late.host == season.h4
    assert HostUnit.objects.visible_to(season.clerk).filter(pk=loser.pk).first() is None


# --- the rules hold afterwards ----------------------------------------------------------------------------------------


def test_one_host_a_year_holds_after_it(season: Season) -> None:
    loser = host("示范装备制造有限责任公司", HostType.ENTERPRISE, code_of("91"), "130109").organization
    first = season.submitted(season.selected("P1", Category.ENTERPRISE), loser.host)
    agreements.file_agreement(first, by=season.officer, on=MAY_20)

    merge(season, season.h1.organization, loser)

    assert set(YearlyHost.objects.values_list("host", "year")) == {(season.h1.pk, 2026), (season.h1.pk, 2027)}
    second = season.submitted(first.registration, season.h3)
    with pytest.raises(Refused) as refusal:
        agreements.file_agreement(second, by=season.officer, on=MAY_20)
    assert "E-ONE-HOST" in [finding.code for finding in refusal.value.findings]


def test_the_cap_counts_both_together_and_asks_for_a_reason(season: Season) -> None:
    survivor, loser = season.h4.organization, twin(season)
    for key, unit in (
        ("P1", survivor),
        ("P2", survivor),
        ("P3", survivor),
        ("P4", loser),
        ("P5", loser),
        ("P8", loser),
    ):
        season.filed(season.selected(key), unit.host)

    assert refused(season, survivor, loser) == ["E-CAP5"]
    merge(season, survivor, loser, reasons={"E-CAP5": "合并前分别备案，今后不再新增。"})

    [crowd] = crowds(2026, more_than=5, takes_its_word=True)
    assert (crowd.host_id, len(crowd.stays)) == (season.h4.pk, 6)
    assert Override.objects.get().reason == "合并前分别备案，今后不再新增。"
    found = judge_year(2026, pack=season.pack, on=TODAY, counts=quota_counts(2026, pack=season.pack, on=TODAY))
    assert f"E-CAP5:host-{season.h4.pk}" in [one.key for one in found]


def test_the_chain_of_the_ledger_and_every_sum_stay_as_they_were(db: None) -> None:
    world = World()
    season = world.season

    def books() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, digest, amount_fen, claim_id FROM funding_ledgerentry ORDER BY id")
            entries = cursor.fetchall()
            cursor.execute("SELECT id, balance_fen, last_digest FROM funding_account ORDER BY id")
            accounts = cursor.fetchall()
            cursor.execute("SELECT * FROM verify_chain()")
            return [*entries, *accounts, *cursor.fetchall()]

    before = books()
    assert len(before) > 4
    with time_machine.travel("2026-05-26 09:00+08:00", tick=False):
        merge(season, season.h4.organization, season.h5.organization)

    assert books() == before
    assert queries.side(season.h4.organization, on=TODAY).entries == 2


# --- what stands against it -------------------------------------------------------------------------------------------


def test_two_papers_for_one_day_are_not_brought_together(season: Season) -> None:
    loser, registration = twin(season), season.selected("P1")
    ours, theirs = season.filed(registration, season.h4), season.filed(registration, loser.host)

    assert refused(season, season.h4.organization, loser) == ["E-OVERLAP"]
    agreements.terminate_agreement(theirs, by=season.officer, on=TODAY, reason=TerminationReason.AGREED)
    assert refused(season, season.h4.organization, loser) == ["E-OVERLAP"]  # it served until yesterday, as ours did
    assert ours.host == season.h4


def test_papers_that_follow_each_other_are_no_clash(season: Season) -> None:
    loser, registration = twin(season), season.selected("P1")
    season.filed(registration, season.h4, service_end=date(2026, 12, 31))
    season.filed(registration, loser.host, service_start=date(2027, 1, 1), service_end=END)

    merge(season, season.h4.organization, loser)

    assert Agreement.objects.filter(host=season.h4).count() == 2


def test_an_institution_does_not_become_both_parties_of_its_own_agreement(season: Season) -> None:
    HostUnit.objects.create(organization=season.u1.organization, host_type=HostType.UNIVERSITY)
    loser = twin(season)
    season.submitted(season.selected("P1"), loser.host)
    survivor = Organization.objects.get(pk=season.u1.pk)

    assert refused(season, survivor, loser) == ["E-SAME-PARTY"]
    assert refused(season, loser, survivor) == ["E-MERGE"]


def test_a_merged_unit_is_merged_no_more_and_nothing_into_itself(season: Season) -> None:
    loser = twin(season)
    merge(season, season.h4.organization, loser)

    assert refused(season, season.h5.organization, loser) == ["E-STATE"]
    assert refused(season, season.h4.organization, season.h4.organization) == ["E-MERGE"]
    assert refused(season, season.h4.organization, season.h5.organization, reason=" ") == ["E-REASON"]


def test_a_merge_is_about_what_stood_on_the_page(season: Season) -> None:
    loser = twin(season)
    seen = {unit.pk: unit.version for unit in (season.h4.organization, loser)}
    Organization.objects.filter(pk=loser.pk).update(version=2)

    with pytest.raises(Stale):
        merge(season, season.h4.organization, loser, versions=seen)


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        pytest.param(rules.both_stand(merged=["甲"]), "“甲”已并入其他单位", id="merged"),
        pytest.param(rules.only_a_host(name="甲", capacities={"host", "institution"}), "还是派出单位", id="capacity"),
        pytest.param(rules.parties_stay_three(agreements=["D-1"], survivor="甲"), "D-1", id="parties"),
        pytest.param(rules.no_two_papers_for_one_day(clashes=[rules.Clash("李喆", "D-1", "D-2")]), "D-2", id="papers"),
        pytest.param(rules.two_of_them(one=1, other=1), "两个不同", id="one"),
    ],
)
def test_a_refusal_says_what_stands_against_it(finding: Any, said: str) -> None:
    assert said in str(finding)


# --- at once ----------------------------------------------------------------------------------------------------------


def test_of_two_merges_that_cross_one_is_done(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = lasting_season.h4.organization, twin(lasting_season)
    linger(monkeypatch, services.rules, "reason_is_given")

    def merged(survivor: Organization, loser: Organization) -> Callable[[], object]:
        return lambda: str(merge(lasting_season, survivor, loser) and "done")

    assert at_once(merged(one, other), merged(other, one)) == ["E-STATE", "done"]
    assert UnitMerge.objects.count() == 1


def test_what_is_filed_meanwhile_waits_and_is_asked_again(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season, loser = lasting_season, twin(lasting_season)
    paper = season.submitted(season.selected("P1"), loser.host)
    linger(monkeypatch, services.rules, "reason_is_given")

    def merged() -> str:
        return "merged" if merge(season, season.h4.organization, loser) else ""

    def filed() -> str:
        sleep(0.1)  # the merge holds both hosts by now
        return str(agreements.file_agreement(paper, by=season.officer, on=MAY_20))

    assert at_once(merged, filed) == ["merged", "stale"]
    paper.refresh_from_db()
    assert agreements.file_agreement(paper, by=season.officer, on=MAY_20).host == season.h4


def test_a_draft_that_leaves_for_another_host_meanwhile_is_not_brought_back(lasting_season: Season) -> None:
    season, loser = lasting_season, twin(lasting_season)
    draft = season.agreement(season.selected("P1"), loser.host)
    survivor, elsewhere = season.h4.organization, season.h5

    def left() -> object:
        return Agreement.objects.filter(pk=draft.pk).update(host=elsewhere)

    assert during(left, lambda: "merged" if merge(season, survivor, loser) else "") == "merged"
    draft.refresh_from_db()
    assert (draft.host, UnitMerge.objects.get().moved["agreements"]) == (elsewhere, [])


def test_a_draft_that_comes_meanwhile_is_the_survivors(lasting_season: Season) -> None:
    """The trigger agreement_at_a_standing_host sees to it, on agreements_agreement."""
    season, loser = lasting_season, twin(lasting_season)
    registration, host = season.selected("P1"), loser.host

    def drafted() -> str:
        return "drafted" if season.agreement(registration, host, signed=False) else ""

    assert during(lambda: merge(season, season.h4.organization, loser), drafted) == "drafted"
    assert Agreement.objects.get().host == season.h4


# --- what the database holds ------------------------------------------------------------------------------------------


def test_a_filed_agreement_follows_its_host_and_changes_in_nothing_else(season: Season) -> None:
    loser = twin(season)
    filed = season.filed(season.selected("P1"), loser.host, signed=False)
    rows = Agreement.objects.filter(pk=filed.pk)

    with pytest.raises(IntegrityError, match="filed_agreement_never_changes"), transaction.atomic():
        rows.update(host=season.h4)  # nothing was merged
    Organization.objects.filter(pk=loser.pk).update(merged_into=season.h4.pk)
    with pytest.raises(IntegrityError, match="filed_agreement_never_changes"), transaction.atomic():
        rows.update(host=season.h5)  # not into this one
    with pytest.raises(IntegrityError, match="filed_agreement_never_changes"), transaction.atomic():
        rows.update(host=season.h4, service_end=date(2028, 12, 31))
    with pytest.raises(IntegrityError, match="submitted_agreement_is_kept"), transaction.atomic():
        rows.delete()
    assert rows.update(host=season.h4) == 1


def test_a_unit_is_not_merged_into_itself(season: Season) -> None:
    with pytest.raises(IntegrityError, match="unit_is_not_merged_into_itself"), transaction.atomic():
        Organization.objects.filter(pk=season.h4.pk).update(merged_into=season.h4.pk)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        pytest.param("merge_is_of_two_units", {"survivor": "loser"}, id="two units"),
        pytest.param("merge_has_a_reason", {"reason": ""}, id="a reason"),
        pytest.param("desk_unitmerge_loser_id_key", {"again": "yes"}, id="once"),
    ],
)
def test_a_trace_of_a_merge_is_whole(season: Season, name: str, columns: dict[str, Any]) -> None:
    loser = twin(season)
    row = {"survivor": season.h4.organization, "loser": loser, "reason": "同一单位。", "by": season.officer}
    row |= {"before": {}, "kept": {}, "moved": {}}
    if columns.pop("again", ""):
        UnitMerge.objects.create(**row)
    if columns.get("survivor"):
        columns["survivor"] = loser

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        UnitMerge.objects.create(**{**row, **columns})


def test_a_trace_of_a_merge_never_changes(lasting_season: Season) -> None:
    merge(lasting_season, lasting_season.h4.organization, twin(lasting_season))

    only_added_to("desk_unitmerge")


# --- the pages --------------------------------------------------------------------------------------------------------


def test_pairs_that_look_like_one_are_listed_with_why(season: Season) -> None:
    loser, stranger = twin(season, contact_phone="13900000009"), season.h1.organization
    Organization.objects.exclude(pk=loser.pk).update(contact_phone="")
    Organization.objects.filter(pk=stranger.pk).update(contact_phone="13900000009")

    pairs = [(pair.one, pair.other, pair.reasons) for pair in queries.candidates()]

    assert pairs == [
        (season.h4.organization, loser, ("名称相同",)),
        (loser, stranger, ("联系电话相同",)),
    ]
    page = text(browser_of(season.officer).get("/merges/"))
    assert (f"/merges/hosts/{season.h4.pk}/{loser.pk}/" in page, "名称相同" in page) == (True, True)


def test_two_units_stand_side_by_side_and_become_one(season: Season) -> None:
    loser = twin(season, address="工业街1号")
    filed = season.filed(season.selected("P1"), loser.host)
    path = f"/merges/hosts/{season.h4.pk}/{loser.pk}/"
    browser = browser_of(season.officer)

    page = text(browser.get(path))
    assert [word in page for word in (str(filed), "李喆", "工业街1号", TWICE, "马社长")] == [
        True,
        True,
        True,
        True,
        False,
    ]
    sent = {
        "survivor": str(season.h4.pk),
        "keep_name": str(season.h4.pk),
        "keep_uscc": str(season.h4.pk),
        "keep_address": str(loser.pk),
        "keep_contact_email": str(season.h4.pk),
        f"version-{season.h4.pk}": "1",
        f"version-{loser.pk}": "1",
    }
    wordless = browser.post(path, sent)
    assert (wordless.status_code, "请填写合并理由" in text(wordless)) == (422, True)
    sent["reason"] = "营业执照为同一张。"
    assert browser.post(path, {**sent, f"version-{loser.pk}": "7"}).status_code == 409
    done = browser.post(path, sent, follow=True)
    assert done.redirect_chain == [(f"/organizations/{season.h4.pk}/", 302)]
    told = f"{loser.name}（{TWICE}）已并入{season.h4.organization.name}（{season.h4.organization.uscc}）。"
    assert told in text(done)

    assert Organization.objects.get(pk=season.h4.pk).address == "工业街1号"
    assert loser.name in text(browser.get("/merges/"))
    assert browser.get(path).status_code == 404
    assert browser.get(f"/merges/hosts/{season.h4.pk}/{season.h4.pk}/").status_code == 404


def test_a_warning_is_answered_on_the_page(season: Season) -> None:
    loser = twin(season)
    for key in ("P1", "P2", "P3", "P4", "P5", "P8"):
        season.filed(season.selected(key), (season.h4 if key < "P3" else loser.host))
    path = f"/merges/hosts/{season.h4.pk}/{loser.pk}/"
    sent = {f"keep_{name}": str(season.h4.pk) for name in ("name", "uscc", "contact_email")}
    sent |= {"survivor": str(season.h4.pk), "reason": "同一单位。", f"version-{season.h4.pk}": "1"}
    sent |= {f"version-{loser.pk}": "1"}
    browser = browser_of(season.officer)

    assert "reason-E-CAP5" in text(browser.get(path))
    assert browser.post(path, sent).status_code == 422
    assert browser.post(path, {**sent, "reason-E-CAP5": "分别备案在先。"}).status_code == 302
    assert "分别备案在先。" in text(browser.get("/overrides/"))


@pytest.mark.parametrize("who", ["clerk", "county", "auditor", "finance"])
def test_others_merge_nothing(season: Season, who: str) -> None:
    loser, browser = twin(season), browser_of(getattr(season, who))

    assert browser.get("/merges/").status_code == 403
    assert browser.post(f"/merges/hosts/{season.h4.pk}/{loser.pk}/").status_code == 403


def test_programs_merge_as_pages_do(season: Season) -> None:
    loser, officer = twin(season), browser_of(season.officer)
    sent = {"survivor": season.h4.pk, "loser": loser.pk, "reason": "同一单位。", "keep": {"name": "loser"}}

    def post(**more: Any) -> Any:
        return officer.post("/api/v1/merges/", {**sent, **more}, content_type="application/json")

    [pair] = officer.get("/api/v1/merges/").json()
    assert (pair["one"]["id"], pair["other"]["id"]) == (season.h4.pk, loser.pk)
    assert "没有这个派驻单位" in text(post(loser=0))
    assert post(keep={"name": "both"}).status_code == 422
    made = post()
    assert (made.status_code, made.json()["survivor"]["name"], made.json()["kept"]["name"]) == (
        201,
        loser.name,
        "loser",
    )
    assert post().status_code == 422

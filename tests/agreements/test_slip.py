"""签批单 of filings: what was decided online stands on it, what is decided on paper is left empty, and recorded once."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from agreements import services
from agreements.models import Agreement
from agreements.reviewing import slip
from core.models import ApprovalStep, PolicyPack, StoredFile
from core.policy import Refused
from tests.agreements.hands import scanned, words
from tests.agreements.test_papers import pages_of
from tests.cast import MAY_20, Season
from tests.hands import browser_of
from tests.specialists.team_acts import member_of, selected


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def stepped(season: Season) -> Season:
    """The bureau files in three steps, the last of them on paper."""
    pack = season.pack
    steps = {"agreement.file": ["bureau_officer", "division_head", "bureau_leader"]}
    season.pack = PolicyPack.objects.create(
        plan=pack.plan,
        year=2026,
        version=2,
        active_from=date(2026, 1, 2),
        rules=pack.rules,
        settings={**pack.settings, "approvals": steps},
    )
    return season


def handed_in(season: Season, *keys: str) -> list[Agreement]:
    return [season.submitted(season.selected(key), season.h4) for key in keys]


def passed_by(season: Season, *agreements: Agreement) -> None:
    for one in agreements:
        services.file_agreement(one, by=season.officer, on=MAY_20, opinion="材料齐全")
        services.file_agreement(one, by=season.head, on=MAY_20)


def test_the_slip_shows_the_steps_taken_and_leaves_room_for_the_hand(stepped: Season) -> None:
    one, two, late = handed_in(stepped, "P1", "P3", "P4")
    passed_by(stepped, one, two)
    services.file_agreement(late, by=stepped.officer, on=MAY_20, opinion="材料齐全")

    steps = slip.slip_context(slip.slip_of([one.pk, two.pk, late.pk], by=stepped.officer), on=MAY_20)["steps"]

    assert steps == [
        ("市科技局经办", ["材料齐全　陈科员　2026年5月20日（3件）"]),
        ("处室负责人", ["同意　刘处长　2026年5月20日（2件）"]),
        ("分管领导", []),
    ]


def test_without_steps_the_act_of_filing_stands_for_the_officer(season: Season) -> None:
    filed = services.file_agreement(handed_in(season, "P1")[0], by=season.officer, on=MAY_20)
    answer = browser_of(season.officer).get("/agreements/slip/", {"agreement": [filed.pk]})

    first, second = pages_of(answer.content)

    for fact in ("科技特派员派驻服务协议备案签批单", "示范农林学院报送的", "共1件（名单附后），其中已备案1件", "例外说明无",
                 "经办人同意备案陈科员2026年5月20日", "处室负责人分管领导"):  # fmt: skip
        assert fact in first.replace("　", ""), fact
    assert "据纸面登记" not in first  # nothing here is recorded from the paper
    assert "SJZ-KTP-2026-0001李喆139999********0010农业科技特派员示范农林学院" in second.replace("　", "")
    again = slip.slip_of([filed.pk], by=season.officer)
    assert slip.slip_pdf(again, on=MAY_20) == answer.content


def test_one_paper_is_recorded_for_several_cases_by_page_and_program(stepped: Season) -> None:
    one, two, three, early = handed_in(stepped, "P1", "P3", "P4", "P5")
    passed_by(stepped, one, two, three)
    officer, at = browser_of(stepped.officer), "/agreements/paper-steps/"
    keys = [f"{case.pk}-1-0-0" for case in (one, two, three, early)]
    page = officer.get(at)
    assert page.content.decode().count('name="chosen"') == 3  # not the one whose turn it is not
    sent = {"kind": "slip", "number": "签批〔2026〕3号", "decided_on": "2026年5月20日"}

    nothing = officer.post(at, {**sent, "scan": scanned()})
    tomorrow = officer.post(at, {**sent, "decided_on": "2026年5月21日", "chosen": keys[:2], "scan": scanned()})
    assert StoredFile.objects.filter(purpose="approval-scan").count() == 0
    done = officer.post(at, {**sent, "chosen": [*keys[:2], keys[3]], "scan": scanned()})
    again = officer.post(at, {**sent, "chosen": keys[:1], "scan": scanned()})
    api = officer.post(
        "/api/v1/agreements/paper-steps/",
        {"kind": "slip", "number": "签批〔2026〕4号", "decided_on": "2026-05-20", "keys": keys[2:3], "scan": scanned()},
    )

    assert (nothing.status_code, "请至少勾选一件" in words(nothing)) == (422, True)
    assert (tomorrow.status_code, "签批日期不能晚于今天" in words(tomorrow)) == (422, True)
    assert "办理 2 件，未办理 1 件" in words(done)
    assert "当前应由市科技局经办在平台办理" in words(done)
    assert "此前已备案" in words(again)
    assert [row["done"] for row in api.json()] == [True]
    taken = ApprovalStep.objects.exclude(paper="").order_by("pk")
    assert [step.document_number for step in taken] == ["签批〔2026〕3号", "签批〔2026〕3号", "签批〔2026〕4号"]
    assert len({step.scan_id for step in taken}) == 2  # one scan for both cases of the page
    assert officer.get("/api/v1/agreements/paper-steps/").json() == []
    assert browser_of(stepped.clerk).get(at).status_code == 403
    answer = officer.get("/agreements/slip/", {"agreement": [early.pk]})
    assert "请将本单扫描，据纸面登记" in pages_of(answer.content)[0]
    listed = slip.slip_context(slip.slip_of([one.pk], by=stepped.officer), on=MAY_20)["steps"][2]
    assert listed == ("分管领导", ["同意　分管领导　2026年5月20日　签批〔2026〕3号"])


def test_recording_from_paper_is_offered_to_who_records_it_once_a_case_waits_for_it(stepped: Season) -> None:
    [case] = handed_in(stepped, "P1")
    at, way = f"/agreements/file/?agreement={case.pk}", "/agreements/paper-steps/"

    before = browser_of(stepped.officer).get(at).content.decode()
    passed_by(stepped, case)

    assert way not in before
    assert way in browser_of(stepped.officer).get(at).content.decode()
    assert way not in browser_of(stepped.head).get(at).content.decode()


def test_only_what_is_before_the_bureau_or_filed_stands_on_a_slip(season: Season) -> None:
    draft = season.agreement(season.selected("P1"), season.h4)
    for wanted in ([], [draft.pk], range(1, slip.MOST + 2)):
        with pytest.raises(Refused):
            slip.slip_of([*wanted], by=season.officer)
    officer = browser_of(season.officer)
    assert officer.get("/agreements/slip/").status_code == 302
    assert officer.get("/api/v1/agreements/slip/", {"agreement": draft.pk}).status_code == 422
    assert browser_of(season.clerk).get("/agreements/slip/").status_code == 403


def test_the_slip_names_the_team(season: Season) -> None:
    team = selected(season)
    leader = member_of(team, "P8")
    assert leader.registration
    one = season.submitted(leader.registration, season.h1, team=team)
    other = season.submitted(season.selected("P3"), season.h4)

    *_, listed = pages_of(slip.slip_pdf(slip.slip_of([one.pk, other.pk], by=season.officer), on=MAY_20))

    assert "农业科技特派员小麦产业技术团队示范农林学院" in listed.replace("　", "")
    assert listed.count("小麦产业技术团队") == 1

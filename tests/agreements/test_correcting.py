"""退回补正: what was remarked on is mended, the rest stays, and the bureau sees what was before and what is now."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from agreements import services
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, CaseHolder, CaseNote, Correction, Remark
from agreements.reviewing.parts import Part, opened_by
from agreements.reviewing.rules import only_what_was_remarked
from core.audit import history
from core.files import keep
from core.policy import Refused
from core.stale import Stale
from tests.agreements.hands import draft_form, signing_form, words
from tests.cast import MAY_18, MAY_20, Season
from tests.core import hostile
from tests.hands import browser_of, only_added_to


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def officer(season: Season) -> Client:
    return browser_of(season.officer)


@pytest.fixture
def case(season: Season) -> Agreement:
    return season.submitted(season.selected("P3"), season.h4)


def sent_back(season: Season, case: Agreement, **remarks: str) -> Agreement:
    return services.return_agreement(case, by=season.officer, on=MAY_20, remarks=remarks)


def refused(act: object) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()  # type: ignore[operator]
    return [finding.code for finding in refusal.value.findings]


@pytest.mark.parametrize(
    ("remarked", "changed", "closed"),
    [
        pytest.param(["content"], ["service_content"], None, id="what was remarked on"),
        pytest.param(["content"], ["service_content", "host"], ["host"], id="more than was remarked on"),
        pytest.param(["period"], ["service_start", "service_end"], None, id="both ends of the period"),
        pytest.param(["goals"], ["signatures", "scan"], None, id="another text is signed and scanned anew"),
        pytest.param(["scan"], ["signatures"], ["signatures"], id="a bad scan is only scanned again"),
        pytest.param(["specialist"], ["goals"], ["goals"], id="the person's name on the paper, not its goals"),
        pytest.param(["goals"], ["institution_reasons"], None, id="an explanation is never closed"),
        pytest.param([], ["host", "goals", "scan"], None, id="sent back as a whole"),
    ],
)
def test_the_institution_mends_what_was_remarked_on_and_no_more(
    remarked: list[str], changed: list[str], closed: list[str] | None
) -> None:
    finding = only_what_was_remarked(changed=changed, remarked=remarked)

    assert (finding and finding.facts["closed"]) == closed
    assert all(field in opened_by(remarked) for field in changed if field not in (closed or ["institution_reasons"]))


def test_a_correction_walks_from_the_remark_to_the_comparison(season: Season, officer: Client, case: Agreement) -> None:
    clerk = browser_of(season.clerk)
    old = case.service_content

    returned = officer.post(
        f"/agreements/{case.pk}/return/",
        {"version": 1, "corrections": 0, "parts": ["content"], "content": "请写明服务方式。", "more": ""},
    )
    case.refresh_from_db()
    form = clerk.get(f"/agreements/{case.pk}/edit/")
    refusal = clerk.patch(
        f"/api/v1/agreements/{case.pk}/",
        {"version": 1, "visits_per_year": 6},
        content_type="application/json",
    )
    # A form that somebody kept open from before, with every field in it: only what was remarked on is taken.
    sent = clerk.post(
        f"/agreements/{case.pk}/edit/", draft_form(case, service_content="每月一次到田间指导。", visits_per_year=3)
    )
    case.refresh_from_db()
    paper = keep(hostile.pdf(), name="新.pdf", kind="pdf", purpose="agreement-scan", by=season.clerk)
    services.attach_scan(case, file=paper, by=season.clerk)
    clerk.post(f"/agreements/{case.pk}/confirm/", signing_form(case))
    desk = officer.get(f"/agreements/{case.pk}/review/")
    told = officer.get(f"/api/v1/agreements/{case.pk}/").json()

    assert (returned.status_code, case.return_opinion) == (302, "服务内容：请写明服务方式。")
    assert "市科技局意见： 请写明服务方式。" in words(form)
    assert ('name="service_content"' in form.content.decode(), 'name="host"' in form.content.decode()) == (True, False)
    assert refusal.status_code == 422
    assert [(one["code"], one["facts"]["closed"]) for one in refusal.json()["findings"]] == [
        ("E-REMARKED", ["visits_per_year"])
    ]
    assert (sent.status_code, sent["Location"]) == (302, f"/agreements/{case.pk}/confirm/")
    assert (case.service_content, case.visits_per_year, case.version) == ("每月一次到田间指导。", 12, 2)
    shown = words(desk)
    assert "补正前后对照" in shown
    assert f"服务内容 意见：请写明服务方式。 {old} 每月一次到田间指导。" in shown
    assert "扫描件 第1份扫描件（协议书第1版） 第2份扫描件（协议书第2版）" in shown
    [correction] = told["corrections"]
    assert (correction["remarks"], correction["said"]["content"]) == (
        [{"part": "content", "words": "请写明服务方式。"}],
        old,
    )
    assert told["open_fields"] == []
    assert case.holding.officer == season.officer


def test_what_was_remarked_on_and_not_touched_is_said(season: Season, officer: Client, case: Agreement) -> None:
    sent_back(season, case, goals="请写明数量。", scan="不清晰。")
    paper = keep(hostile.pdf(), name="新.pdf", kind="pdf", purpose="agreement-scan", by=season.clerk)
    services.attach_scan(case, file=paper, by=season.clerk)
    services.submit_agreements([case], by=season.clerk, on=MAY_20)

    shown = words(officer.get(f"/agreements/{case.pk}/review/"))

    assert "年度目标 意见：请写明数量。 组织技术培训2场 未修改" in shown


def test_before_it_is_handed_in_again_the_pages_say_what_was_not_mended(season: Season, case: Agreement) -> None:
    sent_back(season, case, goals="请写明数量。", scan="不清晰。")
    clerk = browser_of(season.clerk)

    first = words(clerk.get(f"/agreements/{case.pk}/confirm/"))
    paper = keep(hostile.pdf(), name="新.pdf", kind="pdf", purpose="agreement-scan", by=season.clerk)
    services.attach_scan(case, file=paper, by=season.clerk)
    then = words(clerk.get(f"/agreements/{case.pk}/confirm/"))
    together = words(clerk.get("/agreements/batch/"))
    sent = clerk.post(f"/agreements/{case.pk}/confirm/", signing_form(case, act="submit"))

    assert "下列退回项目还没有修改：年度目标、扫描件" in first
    assert "下列退回项目还没有修改：年度目标。" in then
    assert "退回项目还没有修改：年度目标" in together
    case.refresh_from_db()
    assert (sent.status_code, case.status) == (302, AgreementStatus.SUBMITTED)  # a word, no bar


def test_what_was_sent_back_as_a_whole_and_is_as_it_was_is_said_before_it_is_handed_in(
    season: Season, case: Agreement
) -> None:
    services.return_agreement(case, by=season.officer, on=MAY_20, opinion="请按新样式重新填写。")
    clerk = browser_of(season.clerk)

    before = words(clerk.get(f"/agreements/{case.pk}/confirm/"))
    services.save_draft(case, by=season.clerk, version=None, service_content="每月一次到田间指导。")
    after = words(clerk.get(f"/agreements/{case.pk}/confirm/"))

    assert "退回后内容还没有修改" in before
    assert "还没有修改" not in after


def test_a_case_sent_back_for_its_scan_keeps_its_signatures(season: Season, case: Agreement) -> None:
    sent_back(season, case, scan="看不清签字。")
    clerk = browser_of(season.clerk)

    edit = clerk.get(f"/agreements/{case.pk}/edit/")
    confirm = clerk.get(edit["Location"])
    sign = lambda: services.sign(case, party=Party.HOST, signer="他人", signed_on=MAY_18, by=season.clerk)  # noqa: E731

    assert (edit.status_code, edit["Location"]) == (302, f"/agreements/{case.pk}/confirm/")
    assert "host-signer" not in confirm.content.decode()
    assert "看不清签字。" in words(confirm)
    assert refused(sign) == ["E-REMARKED"]
    assert refused(lambda: services.save_draft(case, by=season.clerk, version=None, goals=[])) == ["E-REMARKED"]


def test_a_general_opinion_opens_all_of_it_as_it_always_did(season: Season, case: Agreement) -> None:
    services.return_agreement(case, by=season.officer, on=MAY_20, opinion="请按新样式重新填写。")

    saved = services.save_draft(case, by=season.clerk, version=None, visits_per_year=6, service_end=date(2027, 6, 30))

    assert (saved.visits_per_year, saved.version) == (6, 2)


def test_a_tick_without_words_and_words_without_a_tick(season: Season, officer: Client, case: Agreement) -> None:
    ticked = officer.post(f"/agreements/{case.pk}/return/", {"version": 1, "parts": ["scan"], "goals": "请写明数量。"})
    written = officer.post(f"/agreements/{case.pk}/return/", {"version": 1, "goals": "请写明数量。"})

    case.refresh_from_db()
    assert (ticked.status_code, written.status_code, case.status) == (422, 302, AgreementStatus.RETURNED)
    assert "已勾选“扫描件”，请写明需要补正的内容。" in words(ticked)
    assert 'value="请写明数量。"' in ticked.content.decode()  # nothing typed is lost
    assert list(Remark.objects.values_list("part", flat=True)) == ["goals"]


def test_a_decision_on_what_was_mended_meanwhile_is_stale_also_when_only_the_scan_changed(
    season: Season, officer: Client, case: Agreement
) -> None:
    sent_back(season, case, scan="看不清。")
    paper = keep(hostile.pdf(), name="新.pdf", kind="pdf", purpose="agreement-scan", by=season.clerk)
    services.attach_scan(case, file=paper, by=season.clerk)
    services.submit_agreements([case], by=season.clerk, on=MAY_20)
    opened = {"version": 1, "corrections": 0}

    filed = officer.post(f"/agreements/{case.pk}/file/", {**opened, "reason-E-CAP5": "写好的理由"})
    back = officer.post(f"/agreements/{case.pk}/return/", {**opened, "host": "写好的意见"})

    by_program = officer.post(
        f"/api/v1/agreements/{case.pk}/file/", {"version": 1, "corrections": 0}, content_type="application/json"
    )

    assert (filed.status_code, back.status_code, by_program.status_code) == (409, 409, 409)
    assert [one["label"] for one in by_program.json()["differences"]] == ["扫描件"]
    assert "您看到的内容 扫描件 第2份扫描件（协议书第1版） 第1份扫描件（协议书第1版）" in words(filed)
    assert "写好的意见" in back.content.decode()
    with pytest.raises(Stale):
        services.file_agreement(case, by=season.officer, on=MAY_20, version=1, corrections=0)
    assert str(services.file_agreement(case, by=season.officer, on=MAY_20, version=1, corrections=1))


def test_the_remarks_are_the_bureaus_and_the_institutions(season: Season, case: Agreement) -> None:
    sent_back(season, case, content="请写明服务方式。")

    seen = {
        hat.role: Correction.objects.visible_to(hat).count()
        for hat in (season.officer, season.clerk, season.contact, season.county, season.finance)
    }
    assert seen == {
        "bureau_officer": 1,
        "institution_clerk": 1,
        "host_contact": 0,
        "county_officer": 0,
        "finance": 0,
    }
    assert Correction.objects.visible_to(season.stranger).count() == 0


# --- what the database holds ------------------------------------------------------------------------------------------


def refuses(name: str, act: object) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()  # type: ignore[operator]


def test_the_database_keeps_what_was_not_remarked_on(season: Season, case: Agreement) -> None:
    sent_back(season, case, content="请写明服务方式。")
    row = Agreement.objects.filter(pk=case.pk)
    closed = {
        "host": season.h5,
        "service_start": MAY_18,
        "service_end": date(2027, 6, 30),
        "visits_per_year": 3,
        "goals": [],
    }

    for name, value in closed.items():
        refuses("only_remarked_parts_change", lambda name=name, value=value: row.update(**{name: value}))

    assert row.update(service_content="改过的内容", version=2, institution_reasons={"W-END": "试验未完"}) == 1


def test_corrections_are_counted_and_remarks_say_something_once(season: Season, case: Agreement) -> None:
    sent_back(season, case, content="请写明服务方式。")
    [correction] = Correction.objects.all()
    again = {"agreement": case, "number": 1, "said": {}, "version": 1, "returned_by": season.officer}

    refuses("corrections_are_counted", lambda: Correction.objects.create(**again))
    refuses("one_remark_on_a_part", lambda: correction.remarks.create(part=Part.CONTENT, words="又一条"))
    refuses("remark_says_something", lambda: correction.remarks.create(part=Part.GOALS, words=""))


def test_what_the_bureau_wrote_changes_for_nobody(lasting_season: Season) -> None:
    season = lasting_season
    case = season.submitted(season.selected("P3"), season.h4)
    sent_back(season, case, content="请写明服务方式。")
    CaseNote.objects.create(agreement=case, by=season.officer, words="已电话沟通。")

    only_added_to("agreements_correction", "agreements_remark", "agreements_casenote")


def test_the_bureaus_first_reader_keeps_the_case(season: Season, case: Agreement) -> None:
    CaseHolder.objects.create(agreement=case, officer=season.head)

    sent_back(season, case, content="请写明服务方式。")

    case.holding.refresh_from_db()
    assert case.holding.officer == season.head
    assert history(case).last().verb == "agreement.returned"  # type: ignore[union-attr]

"""From the draft to the submission, and back: what the institution does."""

from datetime import date
from typing import Any

import pytest

from accounts.models import HostUnit
from agreements import services
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, Submission
from core.models import AuditEvent, Message, Override
from core.policy import Refused, Verdict
from core.stale import Stale
from specialists.enums import Category, PersonnelType, RegistrationStatus
from specialists.models import Registration
from tests.cast import END, MAY_12, MAY_18, MAY_20, Season, scan

NUMBER = "SJZ-KTP-2026-0001"
WHOLE: dict[str, Any] = {
    "service_start": MAY_12,
    "service_end": END,
    "service_content": "数控机床维护指导",
    "goals": [{"name": "组织技术培训", "count": 2, "unit": "场"}],
}


def drafted(season: Season, registration: Any, host: HostUnit, **more: Any) -> Agreement:
    return services.draft_agreement(registration, by=season.clerk, host=host, **{**WHOLE, **more})


def signed(season: Season, agreement: Agreement, on: date = MAY_12) -> Agreement:
    for party in Party:
        services.sign(agreement, party=party, signer="某人", signed_on=on, authority="legal", by=season.clerk)
    services.attach_scan(agreement, file=scan(season.clerk), by=season.clerk)
    return agreement


def submit(season: Season, *agreements: Agreement, **more: Any) -> Submission:
    return services.submit_agreements(agreements, by=season.clerk, **{"on": MAY_18, **more})


def refusal(season: Season, *agreements: Agreement, **more: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        submit(season, *agreements, **more)
    return refused.value


def codes(refused: Refused) -> list[str]:
    return [finding.code for finding in refused.findings]


def by_code(verdicts: list[Verdict]) -> dict[str, Verdict]:
    return {verdict.entry.code: verdict for verdict in verdicts}


# --- drafting ---------------------------------------------------------------------------------------------------------


def test_a_draft_takes_person_and_institution_from_the_registration(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)

    draft = services.draft_agreement(lizhe, by=season.clerk)

    draft.refresh_from_db()
    assert (draft.specialist, draft.institution, draft.host) == (lizhe.specialist, season.u1, None)
    assert (draft.status, draft.version, draft.visits_per_year, draft.created_by) == ("draft", 1, 12, season.clerk)
    assert AuditEvent.objects.get().verb == "agreement.drafted"


def test_nobody_drafts_for_who_is_not_selected(season: Season):
    waiting = season.selected("P1", status=RegistrationStatus.SUBMITTED, approved_on=None)

    with pytest.raises(Refused, match="经市科技局审核入选后才能提交协议"):
        services.draft_agreement(waiting, by=season.clerk)

    assert not Agreement.objects.exists()


def test_a_field_that_follows_from_an_act_is_not_edited(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)

    with pytest.raises(TypeError, match="status"):
        services.save_draft(agreement, by=season.clerk, version=1, status="filed")
    with pytest.raises(TypeError, match="filing_number"):
        services.draft_agreement(agreement.registration, by=season.clerk, filing_number=NUMBER)


def test_a_change_of_content_raises_the_version_and_is_kept_with_what_was_before(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)

    saved = services.save_draft(agreement, by=season.clerk, version=1, host=season.h5, service_content="苗木嫁接")

    saved.refresh_from_db()
    assert (saved.version, saved.host, saved.service_content) == (2, season.h5, "苗木嫁接")
    event = AuditEvent.objects.get()
    assert (event.verb, event.before["host"], event.after["host"]) == (
        "agreement.edited",
        "滹沱示范谷物种植专业合作社",
        "赞皇县示范果品合作社",
    )


def test_an_explanation_is_not_content(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)

    saved = services.save_draft(agreement, by=season.clerk, version=1, institution_reasons={"W-END": "一季"})

    assert (saved.version, saved.institution_reasons) == (1, {"W-END": "一季"})


def test_saving_the_same_again_changes_nothing(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)

    saved = services.save_draft(agreement, by=season.clerk, version=1, host=season.h4, service_start=MAY_12)

    assert (saved.version, AuditEvent.objects.count()) == (1, 0)


def test_of_two_clerks_at_one_draft_the_second_is_shown_what_differs(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)
    services.save_draft(agreement, by=season.manager, version=1, service_content="苗木嫁接")

    with pytest.raises(Stale) as stale:
        services.save_draft(agreement, by=season.clerk, version=1, service_content="果园灌溉", visits_per_year=12)

    [difference] = stale.value.differences
    assert (difference.label, difference.theirs, difference.yours) == ("服务内容", "苗木嫁接", "果园灌溉")
    assert stale.value.who == str(season.manager)


def test_what_no_draft_may_be_is_said_and_not_left_to_the_database(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)
    own_unit = HostUnit.objects.create(organization=season.u1.organization, host_type="university")

    with pytest.raises(Refused, match="派出单位与派驻单位不能为同一单位"):
        services.save_draft(agreement, by=season.clerk, version=1, host=own_unit)
    with pytest.raises(Refused, match="服务截止日期不能早于开始日期"):
        services.save_draft(agreement, by=season.clerk, version=1, service_end=date(2026, 5, 11))

    agreement.refresh_from_db()
    assert (agreement.version, agreement.host, agreement.service_end) == (1, season.h4, END)


def test_a_signature_entered_again_replaces_the_first(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4, signed=False)
    services.sign(agreement, party=Party.HOST, signer="马社长", signed_on=MAY_12, by=season.clerk)

    services.sign(agreement, party=Party.HOST, signer=" 马宏伟 ", signed_on=MAY_18, by=season.clerk)

    signature = agreement.signatures.get()
    assert (signature.signer, signature.signed_on) == ("马宏伟", MAY_18)
    event = AuditEvent.objects.filter(verb="agreement.signed").latest("pk")
    assert event.before == {"signer": "马社长", "signed_on": "2026-05-12"}


def test_scans_are_numbered_and_name_the_version_they_show(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)
    services.save_draft(agreement, by=season.clerk, version=1, service_content="苗木嫁接")

    services.attach_scan(agreement, file=scan(season.clerk), by=season.clerk)

    assert list(agreement.scans.values_list("number", "paper_version")) == [(1, 1), (2, 2)]


@pytest.mark.parametrize("status", ["submitted", "filed", "terminated"])
def test_what_the_bureau_has_before_it_is_not_touched(season: Season, status: str):
    more = {"terminated_on": MAY_20, "termination_reason": "agreed"} if status == "terminated" else {}
    agreement = season.agreement(season.selected("P1"), season.h4, status=status, **more)

    def edit() -> None:
        services.save_draft(agreement, by=season.clerk, version=1, service_content="苗木嫁接")

    def enter_signature() -> None:
        services.sign(agreement, party=Party.HOST, signer="马宏伟", signed_on=MAY_18, by=season.clerk)

    def upload() -> None:
        services.attach_scan(agreement, file=scan(season.clerk), by=season.clerk)

    for act in (edit, enter_signature, upload):
        with pytest.raises(Refused) as refused:
            act()
        assert codes(refused.value) == ["E-STATE"]


def test_sc17_the_end_of_a_filed_agreement_is_locked_for_the_institution_and_the_bureau(season: Season):
    agreement = season.filed(season.selected("P1"), season.h4)

    for hat in (season.clerk, season.officer, season.admin):
        with pytest.raises(Refused) as refused:
            services.save_draft(agreement, by=hat, version=1, service_end=date(2028, 12, 31))
        assert codes(refused.value) == ["E-END-LOCK"]


# --- live checks ------------------------------------------------------------------------------------------------------


def test_an_unsaved_agreement_is_judged_by_what_is_filled_in(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    bare = Agreement(registration=lizhe, specialist=lizhe.specialist, institution=season.u1)

    waiting = {code: verdict.waiting for code, verdict in by_code(services.judge(bare, on=MAY_12)).items()}

    assert waiting == {
        "W-GRADUATION": "填写服务截止日期后校验",
        "E-SELECTED": "",
        "W-QUOTA": "",
        "W-TERM": "填写服务期限后校验",
        "E-TERM-YEAR": "填写服务期限后校验",
        "E-ONE-HOST": "填写派驻单位、服务期限后校验",
        "E-HOST-KIND": "填写派驻单位后校验",
        "I-HOST": "填写派驻单位后校验",
        "E-CAP5": "填写派驻单位、服务期限后校验",
        "I-CAP5": "填写派驻单位、服务期限后校验",
        "E-SAME-PARTY": "填写派驻单位后校验",
        "E-PARTIES": "",
        "E-AUTHORITY": "",
        "W-SCAN-CODE": "",
        "W-SCAN-PAGES": "",
        "E-COMPLETE": "",
        "W-END": "填写服务截止日期后校验",
        "E-OVERLAP": "填写服务期限后校验",
        "E-PROV": "填写服务期限后校验",
        "E-REVOKED": "",
        "E-SUSPENDED": "",
    }


def test_live_checks_find_what_submission_would_find(season: Season):
    season.filed(season.selected("P1", Category.ENTERPRISE), season.h1)
    lizhe = season.selected("P1", Category.BROKER)
    typed = Agreement(
        registration=lizhe,
        specialist=lizhe.specialist,
        institution=season.u1,
        host=season.h4,
        service_start=MAY_12,
        service_end=date(2026, 12, 31),
    )

    verdicts = by_code(services.judge(typed, on=MAY_12))

    assert {code: verdict.tone for code, verdict in verdicts.items() if verdict.tone != "ok"} == {
        "W-TERM": "warn",
        "E-HOST-KIND": "info",
        "E-PARTIES": "block",
        "E-COMPLETE": "block",
        "W-END": "warn",
    }


def test_a_period_that_ends_before_it_starts_asks_nothing_of_the_other_rules(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    typed = Agreement(
        registration=lizhe, specialist=lizhe.specialist, host=season.h1, service_start=END, service_end=MAY_12
    )

    verdicts = by_code(services.judge(typed, on=MAY_12))

    assert verdicts["W-TERM"].waiting
    assert verdicts["E-ONE-HOST"].waiting


def test_the_verdicts_stand_in_the_order_of_the_work_plan(season: Season):
    verdicts = services.judge(season.agreement(season.selected("P1"), season.h4), on=MAY_18)

    order = "一二三四五六七八九十"
    places = [tuple(order.index(sign) for sign in verdict.entry.article if sign in order) for verdict in verdicts]
    assert places == sorted(places)


# --- submission -------------------------------------------------------------------------------------------------------


def test_sc01_an_enterprise_specialist_straight_through(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    agreement = drafted(season, lizhe, season.h1, service_end=services.default_end(MAY_12, season.pack))
    assert agreement.service_end == END
    signed(season, agreement)

    submission = submit(season, agreement)
    filed = services.file_agreement(agreement, by=season.officer, on=MAY_20)

    assert (submission.institution, submission.submitted_by, submission.submitted_on) == (
        season.u1,
        season.clerk,
        MAY_18,
    )
    assert list(submission.agreements.all()) == [filed]
    assert (filed.get_status_display(), filed.filing_number, filed.filed_on) == ("已备案", NUMBER, MAY_20)
    acts = AuditEvent.objects.order_by("pk").values_list("verb", "by__username")
    assert list(acts) == [
        ("agreement.drafted", "liu"),
        *[("agreement.signed", "liu")] * 3,
        ("agreement.scan_attached", "liu"),
        ("agreement.submitted", "liu"),
        ("agreement.filed", "chen"),
    ]


def test_sc02_a_second_host_in_the_same_year(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    services.file_agreement(season.submitted(lizhe, season.h1), by=season.officer, on=MAY_20)
    second = season.agreement(lizhe, season.h3, service_start=date(2026, 9, 1))

    refused = refusal(season, second, on=date(2026, 8, 20))

    assert codes(refused) == ["E-ONE-HOST"]
    assert "2026年度" in str(refused)
    assert "2027年度" in str(refused)
    assert NUMBER in str(refused)
    second.refresh_from_db()
    assert (second.status, second.submitted_on, second.submission) == ("draft", None, None)
    assert not Submission.objects.exists()


def test_two_hosts_in_one_batch_are_two_hosts(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    first, second = season.agreement(lizhe, season.h1), season.agreement(lizhe, season.h3)

    refused = refusal(season, first, second)

    assert codes(refused) == ["E-ONE-HOST"]
    assert refused.findings[0].facts["agreement"] == second.pk
    assert f"（协议{first.draft_code}）" in str(refused)


def test_sc14_three_signatures(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)
    agreement.signatures.filter(party=Party.HOST).delete()

    refused = refusal(season, agreement)

    assert codes(refused) == ["E-PARTIES"]
    assert "缺少：派驻单位" in str(refused)


def test_a_paper_that_was_changed_after_it_was_signed_is_signed_anew(season: Season):
    agreement = season.agreement(season.selected("P1"), season.h4)
    services.save_draft(agreement, by=season.clerk, version=1, service_content="苗木嫁接")
    assert codes(refusal(season, agreement)) == ["E-PARTIES"]

    services.attach_scan(agreement, file=scan(season.clerk), by=season.clerk)

    assert submit(season, agreement).agreements.count() == 1


def test_all_or_nothing_and_every_finding_says_which_agreement(season: Season):
    fine = season.agreement(season.selected("P3"), season.h4)
    unsigned = season.agreement(season.selected("P4"), season.h4, signed=False)
    empty = services.draft_agreement(season.selected("P5"), by=season.clerk)

    refused = refusal(season, fine, unsigned, empty)

    assert [(finding.code, finding.facts["agreement"]) for finding in refused.findings] == [
        ("E-PARTIES", unsigned.pk),
        ("E-PARTIES", empty.pk),
        ("E-COMPLETE", empty.pk),
    ]
    assert refused.findings[0].message.startswith(f"D-{unsigned.pk}（王晓晨）：三方协议须由")
    assert set(Agreement.objects.values_list("status", flat=True)) == {"draft"}
    assert not AuditEvent.objects.filter(verb="agreement.submitted").exists()


def test_a_batch_is_of_one_institution(season: Season):
    ours = season.agreement(season.selected("P3"), season.h4)
    theirs = season.agreement(season.selected("P4", institution=season.u2), season.h4)

    assert codes(refusal(season, ours, theirs)) == codes(refusal(season)) == ["E-BATCH"]


def test_the_institutions_reason_is_kept_with_the_agreement_and_as_an_override(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4, service_end=date(2026, 12, 31))
    assert codes(refusal(season, agreement)) == ["W-TERM", "W-END"]
    services.save_draft(agreement, by=season.clerk, version=1, institution_reasons={"W-TERM": "一季", "W-OLD": "旧"})

    submit(season, agreement, reasons={agreement.pk: {"W-END": " 一个生产季 "}})

    agreement.refresh_from_db()
    assert agreement.institution_reasons == {"W-TERM": "一季", "W-END": "一个生产季"}
    assert sorted(Override.objects.values_list("code", "reason", "by__username")) == [
        ("W-END", "一个生产季", "liu"),
        ("W-TERM", "一季", "liu"),
    ]


def test_a_warn_that_only_the_bureau_may_except_is_left_open(season: Season):
    for key in ("P1", "P2", "P5", "P8", "P9"):
        season.filed(season.selected(key), season.h4)
    sixth = season.agreement(season.selected("P10"), season.h4)

    submit(season, sixth, reasons={sixth.pk: {"E-CAP5": "我们觉得可以"}})

    sixth.refresh_from_db()
    assert (sixth.status, sixth.institution_reasons) == ("submitted", {})
    assert not Override.objects.exists()
    with pytest.raises(Refused, match="现有5人，本次后为6人"):
        services.file_agreement(sixth, by=season.officer, on=MAY_20)


def test_sc26_a_graduate_student_who_leaves_before_the_end(season: Season):
    student = season.selected(
        "P6", Category.ENTERPRISE, personnel_type=PersonnelType.GRADUATE, graduates_on=date(2027, 6, 30)
    )
    agreement = season.agreement(student, season.h1)
    assert codes(refusal(season, agreement)) == ["W-GRADUATION"]

    submit(season, agreement, reasons={agreement.pk: {"W-GRADUATION": "毕业后留校工作"}})

    assert Override.objects.get().reason == "毕业后留校工作"


def test_submitting_again_is_refused_by_its_state(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4)
    submit(season, agreement)

    assert codes(refusal(season, agreement)) == ["E-STATE"]
    assert Submission.objects.count() == 1


# --- return -----------------------------------------------------------------------------------------------------------


def test_sc15_a_batch_of_three(season: Season):
    batch = [season.agreement(season.selected(key), season.h4) for key in ("P1", "P2", "P3")]
    submit(season, *batch)
    first, second, third = batch

    numbers = [services.file_agreement(one, by=season.officer, on=MAY_20).filing_number for one in (first, second)]
    services.return_agreement(third, by=season.officer, on=MAY_20, opinion="服务内容不具体")

    third.refresh_from_db()
    assert (third.status, third.return_opinion, third.filing_number) == ("returned", "服务内容不具体", None)
    services.save_draft(third, by=season.clerk, version=1, service_content="谷子病虫害防治，每月一次")
    services.attach_scan(third, file=scan(season.clerk), by=season.clerk)
    submit(season, third, on=MAY_20)
    numbers.append(services.file_agreement(third, by=season.officer, on=MAY_20).filing_number)
    assert numbers == ["SJZ-KTP-2026-0001", "SJZ-KTP-2026-0002", "SJZ-KTP-2026-0003"]


def test_a_return_has_an_opinion_and_tells_who_sent_it(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4)
    with pytest.raises(Refused) as refused:
        services.return_agreement(agreement, by=season.officer, on=MAY_20, opinion=" ")
    assert codes(refused.value) == ["E-OPINION"]

    services.return_agreement(agreement, by=season.officer, on=MAY_20, opinion="服务内容不具体")

    told = {message.person for message in Message.objects.all()}
    assert told == {season.clerk.person, season.manager.person}
    assert "服务内容不具体" in Message.objects.all()[0].body
    assert AuditEvent.objects.get().reason == "服务内容不具体"


@pytest.mark.parametrize("status", ["draft", "returned", "filed"])
def test_only_what_is_under_review_is_returned(season: Season, status: str):
    agreement = season.agreement(season.selected("P3"), season.h4, status=status)

    with pytest.raises(Refused) as refused:
        services.return_agreement(agreement, by=season.officer, on=MAY_20, opinion="重写")

    assert codes(refused.value) == ["E-STATE"]


# --- extension --------------------------------------------------------------------------------------------------------

NOVEMBER_5, JANUARY_4 = date(2027, 11, 5), date(2028, 1, 4)


def test_sc17_an_extension_is_a_new_agreement(season: Season):
    old = services.file_agreement(
        season.submitted(season.selected("P1", Category.ENTERPRISE), season.h1), by=season.officer, on=MAY_20
    )

    new = services.renew_agreement(old, by=season.clerk, on=NOVEMBER_5)

    new.refresh_from_db()
    assert (new.renews, new.host, new.institution, new.specialist) == (old, season.h1, season.u1, old.specialist)
    assert (new.service_start, new.service_end) == (date(2028, 1, 1), date(2028, 12, 31))
    assert (new.service_content, new.goals, new.status) == (old.service_content, old.goals, "draft")
    signed(season, new, on=NOVEMBER_5)
    submit(season, new, on=NOVEMBER_5)
    filed = services.file_agreement(new, by=season.officer, on=date(2027, 11, 9))
    assert (filed.filing_number, old.renewal) == ("SJZ-KTP-2027-0001", filed)


def test_sc17_signed_in_january_it_ends_a_year_later(season: Season):
    old = season.filed(season.selected("P1"), season.h4)

    new = services.renew_agreement(old, by=season.clerk, on=JANUARY_4)

    assert (new.service_start, new.service_end) == (JANUARY_4, date(2029, 12, 31))


def test_sc17_it_does_not_begin_before_the_old_one_has_ended(season: Season):
    old = season.filed(season.selected("P1", Category.ENTERPRISE), season.h1)
    new = services.renew_agreement(old, by=season.clerk, on=NOVEMBER_5)
    new = services.save_draft(new, by=season.clerk, version=1, service_start=date(2027, 12, 1))

    refused = refusal(season, signed(season, new, on=NOVEMBER_5), on=NOVEMBER_5)

    assert str(refused) == "续签协议的开始日期须晚于原协议截止日2027-12-31。（工作方案四（二））"


def test_two_papers_of_one_person_never_cover_the_same_day_at_one_host(season: Season):
    person = season.selected("P1")
    season.filed(person, season.h4)

    assert codes(refusal(season, season.agreement(person, season.h4))) == ["E-OVERLAP"]
    assert submit(season, season.agreement(person, season.h5))


@pytest.mark.parametrize(
    ("status", "on", "code"),
    [
        pytest.param("filed", date(2026, 12, 31), "E-RENEW", id="before the window opens"),
        pytest.param("submitted", NOVEMBER_5, "E-STATE", id="not filed"),
    ],
)
def test_what_cannot_be_extended(season: Season, status: AgreementStatus, on: date, code: str):
    agreement = season.agreement(season.selected("P1"), season.h4, status=status)

    with pytest.raises(Refused) as refused:
        services.renew_agreement(agreement, by=season.clerk, on=on)

    assert codes(refused.value) == [code]


def test_an_agreement_is_extended_once(season: Season):
    old = season.filed(season.selected("P1"), season.h4)
    new = services.renew_agreement(old, by=season.clerk, on=NOVEMBER_5)

    with pytest.raises(Refused, match=f"该协议已有续签协议（{new.draft_code}）"):
        services.renew_agreement(old, by=season.clerk, on=NOVEMBER_5)


def test_an_extension_belongs_to_the_newest_selection(season: Season):
    old = season.filed(season.selected("P1"), season.h4)
    newer = Registration.objects.get(pk=old.registration_id)
    newer.pk, newer.year = None, 2027
    newer.save()

    assert services.renew_agreement(old, by=season.clerk, on=NOVEMBER_5).registration == newer

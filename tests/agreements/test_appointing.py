"""R28, A6: whom the bureau appoints directly, from the draft to the end; no institution stands between, two hands do."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.enums import HostType, Role
from accounts.matrix import matrix
from accounts.models import HostUnit, Membership
from agreements import queries, services
from agreements.appointing import rules
from agreements.appointing.drafters import drafters_of
from agreements.models import Agreement, AgreementPaper, Submission
from agreements.reviewing import batch
from agreements.scanning.reading import open_agreements
from core.models import Message
from core.outbox import relay
from core.policy import Refused
from specialists.enums import Category, Origin
from specialists.models import Departure, Registration
from tests.agreements.hands import body, draft_form, scanned, signing_form, words
from tests.agreements.scanning.hands import dropped, file, outcomes, sheets
from tests.agreements.test_api import call, codes, draft_of, upload
from tests.cast import MAY_20, Season, member
from tests.hands import browser_of
from tests.matrix.walk import body_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


def appointed(season: Season, key: str = "P3", category: str = Category.AGRICULTURE) -> Registration:
    return season.selected(
        key, category, institution=None, origin=Origin.DIRECT_APPOINTMENT, appointment_note="重点产业急需"
    )


def colleague(season: Season) -> Membership:
    return member("林科员", Role.BUREAU_OFFICER, season.bureau, "lin")


def refusal(act: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        act()
    return [finding.code for finding in refused.value.findings]


# --- from start to filing ---------------------------------------------------------------------------------------------


def test_a6_a_direct_appointee_from_the_draft_to_the_end_through_the_pages(season: Season, clock: Any) -> None:
    registration = appointed(season)
    officer, head = browser_of(season.officer), browser_of(season.head)

    # the wizard
    assert "张昇 农业 本年度尚未签订协议" in words(officer.get("/agreements/new/"))
    to = officer.post("/agreements/new/", {"registration": registration.pk})["Location"]
    agreement = Agreement.objects.get()
    assert (to, agreement.institution) == (f"/agreements/{agreement.pk}/edit/", None)
    assert "市科技局正在准备这份协议" in words(head.get(f"/agreements/{agreement.pk}/"))
    form = draft_form(agreement, host=str(season.h4))
    assert "通过： 协议内容完整" in words(officer.post(f"/agreements/{agreement.pk}/checks/", form))
    assert officer.post(to, form)["Location"] == f"/agreements/{agreement.pk}/confirm/"
    # the paper, its first party, and its scan in a drop
    printed = body_of(officer.post(f"/agreements/{agreement.pk}/paper/"))
    assert ("石家庄市科技局" in printed, registration.specialist.id_number in printed) == (True, True)
    drop = dropped(season.officer, file("扫描.pdf", *sheets(AgreementPaper.objects.get())))
    assert outcomes(drop) == {"扫描.pdf": "attached"}
    assert officer.get(drop.get_absolute_url()).status_code == 200
    # handing in
    assert "市科技局（直接聘请）" in words(officer.get(f"/agreements/{agreement.pk}/confirm/"))
    handed = officer.post(f"/agreements/{agreement.pk}/confirm/", signing_form(agreement))
    assert handed.status_code == 302
    submission = Submission.objects.get()
    assert (submission.origin, submission.institution, submission.submitted_by) == (
        "direct_appointment",
        None,
        season.officer,
    )
    # four eyes, a return and its correction
    desk = words(officer.get(f"/agreements/{agreement.pk}/review/"))
    assert "当前由起草人以外的经办人或处室负责人办理，您可以查看" in desk
    refused = officer.post(f"/agreements/{agreement.pk}/file/", {"version": agreement.version, "corrections": 0})
    assert (refused.status_code, "须由起草人以外的人员审核" in words(refused)) == (422, True)
    back = head.post(
        f"/agreements/{agreement.pk}/return/",
        {"version": agreement.version, "parts": ["visits"], "visits": "次数请写明"},
    )
    assert back.status_code == 302
    assert Message.objects.filter(person=season.officer.person, subject__contains="退回补正").count() == 1
    assert "请修改后重新提交" in words(officer.get(f"/agreements/{agreement.pk}/"))
    mended = draft_form(agreement, host=str(season.h4), visits_per_year="10")
    assert officer.post(f"/agreements/{agreement.pk}/edit/", mended).status_code == 302
    again = officer.post(f"/agreements/{agreement.pk}/confirm/", signing_form(agreement, scan=scanned()))
    assert again.status_code == 302, words(again)
    agreement.refresh_from_db()
    assert agreement.status == "submitted"
    # filing, and what comes of it
    filed = head.post(f"/agreements/{agreement.pk}/file/", {"version": agreement.version, "corrections": 1})
    relay()
    agreement.refresh_from_db()
    assert (filed.status_code, agreement.status, agreement.filing_number) == (302, "filed", "SJZ-KTP-2026-0001")
    assert "石家庄市科技局" in body_of(officer.get(f"/agreements/{agreement.pk}/certificate/"))
    for number in Submission.objects.values_list("pk", flat=True):
        shown = words(officer.get(f"/agreements/submissions/{number}/"))
        assert "市科技局直接聘请" in shown
        assert body(officer.get(f"/agreements/submissions/{number}/sheet/")).startswith(b"PK")
    assert f"{agreement} 备案 刘处长" in shown  # what became of those in the last one
    assert "经办处室意见（市科技局直接聘请）" in body_of(officer.get(f"/agreements/submissions/{submission.pk}/paper/"))
    assert "SJZ-KTP-2026-0001" in words(browser_of(season.hat_of(registration.specialist)).get("/agreements/mine/"))
    counts = queries.quota_counts(2026, pack=season.pack, on=MAY_20)["categories"]["agriculture"]
    assert counts["filed"] == 1  # of the year's forty, of no institution
    # its year: renewal by the bureau for its own, and the end
    clock.move_to("2027-11-05 09:00:00+08:00")
    officer, head = browser_of(season.officer), browser_of(season.head)
    assert "市科技局直接聘请 1 1 0 0 0" in words(officer.get("/agreements/renewals/"))
    own = "/agreements/renewals/?institution=0"
    assert officer.post(own, {"act": "renew", "agreement": [agreement.pk]}).status_code == 302
    renewal = Agreement.objects.get(renews=agreement)
    assert (renewal.institution, renewal.created_by) == (None, season.officer)
    assert services.remind_expiring(MAY_20.replace(2027, 12, 1))["reminders"] == 1
    ending = {"ends_on": "2027-11-05", "reason": "agreed", "note": "双方协商"}
    assert head.post(f"/agreements/{agreement.pk}/terminate/", ending).status_code == 302
    assert "已终止" in words(officer.get(f"/agreements/{agreement.pk}/"))


def test_a6_a_direct_appointee_from_the_draft_to_the_filing_through_the_interface(season: Season) -> None:
    given = {**draft_of(season, "P9"), "registration": appointed(season, "P1", Category.ENTERPRISE).pk}
    status, draft = call(season.officer, "post", "agreements/", given)
    path = f"agreements/{draft['id']}/"
    assert (status, draft["institution"], draft["institution_name"]) == (201, None, None)

    assert call(season.officer, "patch", path, {"version": 1, "visits_per_year": 10})[0] == 200
    for party in ("institution", "host", "specialist"):
        signature = {"party": party, "signer": "某人", "signed_on": "2026-05-20", "authority": "legal"}
        assert call(season.officer, "post", f"{path}sign/", signature)[0] == 200
    assert upload(season.officer, draft["id"])[0] == 201
    handed_in = {"agreements": [draft["id"]], "reasons": {draft["id"]: {"W-SCAN-CODE": "已核对，是本协议"}}}
    status, submission = call(season.officer, "post", "submissions/", handed_in)
    assert (status, submission["institution"]) == (201, None)
    status, refused = call(season.officer, "post", f"{path}file/", {"version": 2})
    assert (status, codes(refused)) == (422, ["E-STEP"])
    status, refused = call(season.officer, "post", f"{path}return/", {"opinion": "自己退回"})
    assert (status, codes(refused)) == (422, ["E-STEP"])
    lines = batch.preview([Agreement.objects.get(pk=draft["id"])], by=season.officer, on=MAY_20)
    assert [finding.code for line in lines for finding in line.findings] == ["E-STEP"]

    status, filed = call(colleague(season), "post", f"{path}file/", {"version": 2})

    assert (status, filed["filing_number"]) == (200, "SJZ-KTP-2026-0001")


def test_the_bureau_tells_that_its_own_appointee_leaves_and_decides_what_becomes_of_the_agreement(
    season: Season,
) -> None:
    filed, theirs = season.filed(appointed(season), season.h4), season.filed(season.selected("P1"), season.h5)
    officer, head = browser_of(season.officer), browser_of(season.head)
    page = f"/agreements/departures/new/{filed.registration_id}/"
    told = {"kind": "resigned", "left_on": "2026-05-20", "reason": "赴外地工作"}

    assert officer.get(f"/agreements/departures/new/{theirs.registration_id}/").status_code == 403
    assert "登记离职" in words(officer.get(f"/specialists/{filed.registration_id}/"))
    assert f"协议 {filed}" in words(officer.get(page))
    to = officer.post(page, told)["Location"]

    assert "市科技局直接聘请" in words(officer.get(to))
    assert officer.post(page, told).status_code == 422  # told already
    assert "市科技局直接聘请" in words(head.get("/agreements/departures/"))
    assert "“市科技局”登记张昇自2026年5月20日起" in words(head.get(f"/agreements/{filed.pk}/"))
    given = {"decision": "ends", "opinion": "三方同意终止"}
    assert head.post(f"/agreements/{filed.pk}/departure/", given).status_code == 302
    filed.refresh_from_db()
    assert (filed.status, filed.termination_reason) == ("terminated", "left")
    departure = {"specialist": filed.specialist, "kind": "resigned", "left_on": MAY_20, "registered_by": season.officer}
    with pytest.raises(IntegrityError, match="one_standing_departure_of_a_direct_appointee"), transaction.atomic():
        Departure.objects.create(**departure, reason="又一次")
    assert call(season.clerk, "post", f"specialists/{filed.registration_id}/departure/", told)[0] == 404


# --- in nobody else's name --------------------------------------------------------------------------------------------


def test_the_bureau_drafts_in_no_institutions_name_and_an_institution_sees_no_draft_of_the_bureau(
    season: Season,
) -> None:
    theirs, own = season.agreement(season.selected("P1"), season.h4), season.agreement(appointed(season), season.h5)
    officer = browser_of(season.officer)

    def answers(client: Any, agreement: Agreement) -> set[int]:
        acts = ("edit", "autosave", "checks", "confirm", "paper", "discard", "renew", "signing/host/ask")
        posted = {client.post(f"/agreements/{agreement.pk}/{act}/").status_code for act in acts}
        return posted | {client.get(f"/agreements/{agreement.pk}/edit/").status_code}

    assert answers(officer, theirs) == {403}
    assert answers(browser_of(season.clerk), own) == {404}
    page = words(officer.get(f"/agreements/{theirs.pk}/"))
    assert ("打印协议书" in page, "签署并提交" in page) == (False, False)
    assert officer.post("/agreements/new/", {"registration": theirs.registration_id}).status_code == 422
    given = {**draft_of(season, "P2"), "registration": theirs.registration_id}
    assert call(season.officer, "post", "agreements/", given)[0] == 422
    assert call(season.officer, "patch", f"agreements/{theirs.pk}/", {"version": 1, "visits_per_year": 9})[0] == 403
    assert call(season.officer, "post", "submissions/", {"agreements": [theirs.pk]})[0] == 422
    assert call(season.clerk, "post", "submissions/", {"agreements": [own.pk]})[0] == 422
    assert [one.pk for one in open_agreements(season.officer)] == [own.pk]
    assert str(own.specialist) in words(officer.get("/agreements/batch/"))
    assert str(theirs.specialist) not in words(officer.get("/agreements/batch/"))
    assert str(theirs.specialist) not in words(officer.get("/agreements/prints/"))
    assert not Submission.objects.exists()


def test_nobody_hands_in_for_another_whatever_led_there(season: Season) -> None:
    theirs, own = season.agreement(season.selected("P1"), season.h4), season.agreement(appointed(season), season.h5)

    for agreement, by in ((theirs, season.officer), (own, season.clerk)):
        hand_in = lambda one=agreement, hat=by: services.submit_agreements([one], by=hat, on=MAY_20)  # noqa: E731
        assert refusal(hand_in) == ["E-STATE"]
    assert refusal(lambda: services.submit_agreements([theirs, own], by=season.officer, on=MAY_20)) == ["E-BATCH"]


def test_a22_the_bureau_is_not_the_host_of_whom_it_appoints_itself(season: Season) -> None:
    unit = HostUnit.objects.create(organization=season.bureau.organization, host_type=HostType.OTHER)

    assert refusal(lambda: services.draft_agreement(appointed(season), by=season.officer, host=unit)) == [
        "E-SAME-PARTY"
    ]
    beside = season.agreement(appointed(season, "P9"), season.h4)
    beside.host = unit
    found = [one.finding.code for one in services.judge(beside, on=MAY_20) if one.finding]
    assert "E-SAME-PARTY" in found


def test_the_printed_matrix_says_how_far_the_bureau_drafts() -> None:
    draft, review = (matrix().actions[code] for code in ("agreement.draft", "agreement.review"))

    assert [draft.reach(role) for role in (Role.BUREAU_OFFICER, Role.INSTITUTION_CLERK, Role.FINANCE)] == [
        "直接聘请的",
        "本单位",
        "—",
    ]
    assert review.reach(Role.BUREAU_OFFICER) == "全市"


# --- the guards -------------------------------------------------------------------------------------------------------


def test_who_changed_the_draft_of_a_colleague_is_among_its_drafters(season: Season) -> None:
    lin = colleague(season)
    own = season.agreement(appointed(season), season.h5, created_by=season.officer, signed=False)
    assert drafters_of(own) == {season.officer.person_id}

    services.save_draft(own, by=lin, version=None, visits_per_year=9)

    assert drafters_of(own) == {season.officer.person_id, lin.person_id}
    assert drafters_of(season.agreement(season.selected("P1"), season.h4)) == set()


@pytest.mark.parametrize(
    ("own", "is_direct", "article"),
    [(True, True, None), (True, False, None), (False, True, "四（三）"), (False, False, "四（二）")],
)
def test_who_dispatches_hands_in(own: bool, is_direct: bool, article: str | None) -> None:
    finding = rules.handed_in_by_its_first_party(own=own, is_direct=is_direct)

    assert (finding and finding.article) == article


@pytest.mark.parametrize(("person", "code"), [(1, "E-STEP"), (2, None)])
def test_who_wrote_it_does_not_decide_on_it(person: int, code: str | None) -> None:
    finding = rules.decided_by_another(person=person, drafters={1, 3})

    assert (finding and finding.code) == code


def test_the_database_keeps_the_two_hands_and_the_two_first_parties_apart(season: Season) -> None:
    own = season.submitted(appointed(season), season.h5, created_by=season.officer)
    theirs = season.submitted(season.selected("P1"), season.h4)
    submission = {"submitted_on": MAY_20, "submitted_by": season.officer}

    def refuses(name: str, act: Any) -> None:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()

    for wrong in ({"institution": season.u1, "origin": "direct_appointment"}, {"institution": None}):
        create = lambda more=wrong: Submission.objects.create(**submission, **more)  # noqa: E731
        refuses("submission_of_an_institution_or_of_the_bureau", create)
    direct = Submission.objects.create(**submission, institution=None, origin=Origin.DIRECT_APPOINTMENT)
    nominated = Submission.objects.create(**submission, institution=season.u1)
    draft = season.agreement(season.selected("P9"), season.h4)
    refuses(
        "submission_of_its_first_party",
        lambda: Agreement.objects.filter(pk=draft.pk).update(submission=direct),
    )
    with transaction.atomic():
        Agreement.objects.filter(pk=draft.pk).update(submission=nominated)
    number = {"status": "filed", "filed_on": MAY_20, "filing_number": "SJZ-KTP-2026-0900", "filed_by": season.officer}
    refuses("direct_agreement_filed_by_another", lambda: Agreement.objects.filter(pk=own.pk).update(**number))
    Agreement.objects.filter(pk=theirs.pk).update(**number)

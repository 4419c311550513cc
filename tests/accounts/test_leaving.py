"""Leavers: what hangs on a hat is shown, what only they could go on with goes to a colleague in the same act."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from time import sleep
from typing import Any

import pytest
from django.db import transaction
from django.utils.timezone import now

from accounts import leaving, rules, services
from accounts.enums import Role
from accounts.models import Invitation, Membership
from agreements.enums import AgreementStatus
from core.audit import history
from core.models import AuditEvent, Message
from core.policy import Refused
from funding.enums import BatchStatus
from funding.models import PaymentBatch
from funding.services import hand_over_batches, make_batch, submit_batch
from tests.cast import MAY_20, Season, member
from tests.funding.conftest import JUNE_1, Treasury
from tests.hands import at_once, browser_of, linger, outcome
from tests.specialists.test_changes import asked
from visits.enums import VisitStatus


@pytest.fixture
def treasury(season: Season) -> Treasury:
    return Treasury(season)


def works(hat: Membership) -> dict[str, tuple[int, bool]]:
    return {one.label: (one.count, one.is_personal) for one in leaving.open_work(hat, on=JUNE_1)}


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "others", "kept"),
    [
        pytest.param(Role.INSTITUTION_ADMIN, 0, True, id="the last administrator of an institution"),
        pytest.param(Role.BUREAU_OFFICER, 0, True, id="the last officer of the bureau"),
        pytest.param(Role.DIVISION_HEAD, 0, True, id="the only head of division"),
        pytest.param(Role.BUREAU_OFFICER, 1, False, id="one of two officers"),
        pytest.param(Role.INSTITUTION_CLERK, 0, False, id="the only clerk: the administrator does it all"),
        pytest.param(Role.HOST_CONTACT, 0, False, id="the only contact: links go to the unit's address"),
    ],
)
def test_a_unit_is_never_without_whom_it_stands_still(role: Role, others: int, kept: bool) -> None:
    finding = rules.keeps_an_administrator(role=role, others=others, unit="市科技局")

    assert (finding is not None) == kept


def test_personal_work_wants_somebody_who_takes_it() -> None:
    assert rules.work_is_handed_over(work=[], to=False) is None
    assert rules.work_is_handed_over(work=["批次"], to=True) is None
    assert "请选择接手的同事" in str(rules.work_is_handed_over(work=["批次"], to=False))
    assert rules.heir_is_a_colleague(fits=True) is None
    assert rules.heir_is_a_colleague(fits=False) is not None


# --- what is there ----------------------------------------------------------------------------------------------------


def test_what_hangs_on_a_clerk_is_found_and_only_their_own_batch_is_personal(treasury: Treasury) -> None:
    season = treasury.season
    clerk, agreement = season.clerk, treasury.agreement()
    first, second = treasury.claims(2, agreement=agreement)
    make_batch([first], by=clerk, on=JUNE_1)
    submit_batch(make_batch([second], by=clerk, on=JUNE_1), by=clerk, on=JUNE_1)
    season.agreement(season.selected("P3"), season.h5)
    asked(agreement.specialist, clerk)

    assert works(clerk) == {
        "未提交的发放批次": (1, True),
        "待复核的发放批次": (1, False),
        "起草中的协议": (1, False),
        "待审核的变更申请": (1, False),
    }
    assert works(season.manager) == {}


def test_a_specialist_leaves_agreements_that_go_on_and_visits_that_wait(season: Season) -> None:
    agreement = season.filed(season.selected("P1"), season.h4)
    hat = season.hat_of(agreement.specialist)
    season.visit(agreement, MAY_20, logged_by=hat)

    assert works(hat) == {"履行中的协议": (1, False), "未确认的服务记录": (1, False)}

    services.end_membership(hat, by=season.manager, on=JUNE_1)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.FILED


def test_a_hosts_contact_leaves_visits_to_the_link_of_the_unit(season: Season) -> None:
    season.visit(season.filed(season.selected("P1"), season.h4), MAY_20, status=VisitStatus.LOGGED)

    assert works(season.contact) == {"待确认的服务": (1, False)}


# --- handing over -----------------------------------------------------------------------------------------------------


def test_the_batch_of_a_leaver_goes_to_a_colleague_who_hands_it_in(treasury: Treasury) -> None:
    season = treasury.season
    batch = make_batch(treasury.claims(), by=season.clerk, on=JUNE_1)

    with pytest.raises(Refused) as refusal:
        services.end_membership(season.clerk, by=season.manager, on=JUNE_1)
    assert codes(refusal) == ["E-HANDOVER"]

    colleague = member("高老师", Role.INSTITUTION_CLERK, season.u1, "gao")
    services.end_membership(season.clerk, by=season.manager, on=JUNE_1, to=colleague, reason="调离本单位")

    batch.refresh_from_db()
    assert (batch.maker, batch.made_by, batch.version) == (colleague.person, colleague, 2)
    assert submit_batch(batch, by=colleague, on=JUNE_1).status == BatchStatus.SUBMITTED
    ended = AuditEvent.objects.get(verb="membership.ended")
    assert (ended.reason, ended.after["handed"]) == ("调离本单位", ["未提交的发放批次1件"])
    handed = AuditEvent.objects.get(verb="payment_batch.handed_over")
    assert (handed.before, handed.after, handed.by) == (
        {"maker": "刘静怡"},
        {"maker": "高老师"},
        season.manager.person,
    )
    told = Message.objects.get(person=colleague.person)
    assert told.subject == "刘静怡的工作已交接给您"


def test_who_did_what_stays_under_the_name_and_hat_of_then(treasury: Treasury) -> None:
    season = treasury.season
    batch = make_batch(treasury.claims(), by=season.clerk, on=JUNE_1)

    services.end_membership(season.clerk, by=season.manager, on=JUNE_1, to=season.manager)

    made = history(batch).filter(verb="payment_batch.made").get()
    assert (made.by, made.hat) == (season.clerk.person, "刘静怡（示范农林学院　派出单位经办）")


@pytest.mark.parametrize("heir", ["stranger", "contact", "clerk"])
def test_only_a_colleague_of_the_unit_takes_over(treasury: Treasury, heir: str) -> None:
    season = treasury.season
    make_batch(treasury.claims(), by=season.clerk, on=JUNE_1)

    with pytest.raises(Refused) as refusal:
        services.end_membership(season.clerk, by=season.manager, on=JUNE_1, to=getattr(season, heir))

    assert codes(refusal) == ["E-HANDOVER"]
    assert PaymentBatch.objects.get().maker == season.clerk.person


def test_who_stays_under_another_hat_of_the_unit_hands_nothing_over(treasury: Treasury) -> None:
    season = treasury.season
    member("刘静怡", Role.INSTITUTION_ADMIN, season.u1, "liu")
    batch = make_batch(treasury.claims(), by=season.clerk, on=JUNE_1)

    services.end_membership(season.clerk, by=season.manager, on=JUNE_1)

    batch.refresh_from_db()
    assert batch.maker == season.clerk.person


def test_what_was_handed_in_before_the_hand_over_is_left_as_it_is(treasury: Treasury) -> None:
    season = treasury.season
    submit_batch(make_batch(treasury.claims(), by=season.clerk, on=JUNE_1), by=season.clerk, on=JUNE_1)

    assert hand_over_batches(season.clerk, to=season.manager, by=season.manager) == 0


# --- the last ones, the moved, the returned ---------------------------------------------------------------------------


def test_the_last_officer_of_the_bureau_stays(season: Season) -> None:
    with pytest.raises(Refused) as refusal:
        services.end_membership(season.officer, by=season.admin, on=JUNE_1)
    assert codes(refusal) == ["E-LAST-ADMIN"]

    member("宋科员", Role.BUREAU_OFFICER, season.bureau, "song")
    assert services.end_membership(season.officer, by=season.admin, on=JUNE_1).ended_by == season.admin


def test_who_moves_to_another_unit_keeps_the_account_and_sees_only_the_new_one(season: Season) -> None:
    season.filed(season.selected("P1"), season.h4)
    client = browser_of(season.clerk)
    invitation = services.invite(
        season.u2.organization, role=Role.INSTITUTION_CLERK, name="刘静怡", email="liu@example.org", by=season.admin
    )
    services.accept(invitation, season.clerk.person, on=JUNE_1)
    services.end_membership(season.clerk, by=season.manager, on=JUNE_1)

    page = client.get("/agreements/").content.decode()

    assert "示范理工大学" in page
    assert "李喆" not in page


def test_who_returns_wears_the_hat_again_and_the_earlier_days_stay_told(season: Season) -> None:
    services.end_membership(season.clerk, by=season.manager, on=JUNE_1, reason="借调")
    later = JUNE_1 + timedelta(days=90)
    invitation = services.invite(
        season.u1.organization, role=Role.INSTITUTION_CLERK, name="刘静怡", email="liu@example.org", by=season.manager
    )

    hat = services.accept(invitation, season.clerk.person, on=later)

    assert (hat.pk, hat.since, hat.until, hat.ended_at) == (season.clerk.pk, later, None, None)
    assert [event.reason for event in history(hat).filter(verb="membership.ended")] == ["借调"]


def test_two_who_hand_over_to_each_other_at_once_do_not_both_go(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    treasury = Treasury(lasting_season)
    one, other = lasting_season.clerk, member("高老师", Role.INSTITUTION_CLERK, lasting_season.u1, "gao")
    first, second = treasury.claims(2)
    make_batch([first], by=one, on=JUNE_1)
    make_batch([second], by=other, on=JUNE_1)
    linger(monkeypatch, leaving, "open_work")

    def ends(hat: Membership, to: Membership) -> Any:
        return lambda: services.end_membership(hat, by=lasting_season.manager, on=JUNE_1, to=to)

    assert at_once(ends(one, other), ends(other, one)) == ["E-HANDOVER", "done"]


def test_a_batch_that_is_being_handed_in_stays_with_its_maker(lasting_season: Season) -> None:
    batch = make_batch(Treasury(lasting_season).claims(), by=lasting_season.clerk, on=JUNE_1)

    def leaves() -> object:
        return services.end_membership(
            lasting_season.clerk, by=lasting_season.manager, on=JUNE_1, to=lasting_season.manager
        )

    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        submit_batch(batch, by=lasting_season.clerk, on=JUNE_1)
        leaving_now = thread.submit(outcome, leaves)
        sleep(1.5)  # until the leaver's batches are read, before this one is committed

    batch.refresh_from_db()
    assert (leaving_now.result(), batch.maker, batch.status) == (
        "done",
        lasting_season.clerk.person,
        BatchStatus.SUBMITTED,
    )


# --- pages and interface ----------------------------------------------------------------------------------------------


def test_the_page_shows_the_open_work_and_hands_it_over(treasury: Treasury) -> None:
    season = treasury.season
    batch = make_batch(treasury.claims(), by=season.clerk, on=date.today())
    desk = browser_of(season.manager)

    page = desk.get(f"/members/{season.clerk.pk}/end/").content.decode()
    assert "未提交的发放批次　1 件" in page
    refused = desk.post(f"/members/{season.clerk.pk}/end/", {"reason": "调离"})
    assert (refused.status_code, "请选择接手的同事" in refused.content.decode()) == (422, True)
    desk.post(f"/members/{season.clerk.pk}/end/", {"to": season.manager.pk, "reason": "调离"})

    batch.refresh_from_db()
    assert batch.maker == season.manager.person
    assert "刘静怡" in desk.get("/members/?ended=1").content.decode()
    assert "刘静怡（" not in desk.get("/members/").content.decode()


def test_programs_list_end_and_hand_over_as_the_page_does(treasury: Treasury) -> None:
    season = treasury.season
    make_batch(treasury.claims(), by=season.clerk, on=date.today())
    desk, path = browser_of(season.manager), f"/api/v1/memberships/{season.clerk.pk}/end/"

    assert {one["username"] for one in desk.get("/api/v1/memberships/").json()} == {"liu", "meng"}
    assert [(one["label"], one["is_personal"]) for one in desk.get(path).json()] == [("未提交的发放批次", True)]
    assert desk.post(path).json()["findings"][0]["code"] == "E-HANDOVER"
    answer = desk.post(path, {"to": season.manager.pk}, content_type="application/json")
    assert (answer.status_code, answer.json()["ended_at"] is not None) == (200, True)


def test_an_invitation_whose_days_are_over_is_sent_again_with_a_new_link(season: Season) -> None:
    invitation = services.invite(
        season.u1.organization, role=Role.INSTITUTION_CLERK, name="新同事", email="new@example.org", by=season.manager
    )
    Invitation.objects.update(expires_at=now() - timedelta(days=1))
    desk = browser_of(season.manager)

    page = desk.get("/members/").content.decode()
    assert "已失效" in page
    desk.post(f"/invitations/{invitation.pk}/again/")

    again = Invitation.objects.open(at=now()).get()
    assert (again.name, again.email, again.role) == ("新同事", "new@example.org", Role.INSTITUTION_CLERK)
    page = desk.get("/members/").content.decode()
    assert ("待接受" in page, "已失效" in page) == (True, False)


def test_an_accepted_invitation_is_not_sent_again(season: Season) -> None:
    invitation = services.invite(
        season.u1.organization, role=Role.INSTITUTION_CLERK, name="吴老师", email="wu@example.org", by=season.manager
    )
    services.accept(invitation, season.stranger.person, on=JUNE_1)

    assert browser_of(season.manager).post(f"/invitations/{invitation.pk}/again/").status_code == 422
    assert browser_of(season.manager).post(f"/api/v1/invitations/{invitation.pk}/again/").status_code == 422


def test_programs_invite_and_take_back(season: Season) -> None:
    desk = browser_of(season.manager)
    sent = desk.post(
        "/api/v1/invitations/", {"role": "institution_clerk", "name": "新同事", "email": "new@example.org"}
    )

    assert (sent.status_code, sent.json()["is_open"]) == (201, True)
    assert len(desk.get("/api/v1/invitations/").json()) == 1
    assert desk.post(f"/api/v1/invitations/{sent.json()['id']}/withdraw/").status_code == 204
    assert desk.get("/api/v1/invitations/").json() == []

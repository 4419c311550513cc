"""An agreement that is ordered to end on a coming day: served until then, ended then, and the order taken back before."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.models import Membership
from agreements import queries, rules, services, tasks
from agreements.amending import services as amending
from agreements.attesting.facts import of_certificate
from agreements.cases import Case
from agreements.departing import services as departing
from agreements.ending import services as ending
from agreements.ending.effects import effects_of_ending
from agreements.ending.models import EndOrder
from agreements.enums import AgreementStatus, AmendmentReason, TerminationReason
from agreements.graduating import services as graduating
from agreements.models import Agreement, DepartureDecision, FilingCertificate, YearlyHost
from agreements.moving import services as moving
from agreements.renewing.queries import with_plan
from agreements.voiding import services as voiding
from core import audit
from core.jinja import cdate
from core.models import JobRun, Message, OutboxRow
from core.policy import Refused
from specialists.enums import Category, ChangeStatus, DepartureKind, PersonnelType
from tests.agreements.hands import words
from tests.cast import END, MAY_12, MAY_20, PDF, Season
from tests.hands import at_once, browser_of
from visits.models import Visit
from visits.services import log_visit

ONE_DAY = timedelta(days=1)
DEC_1 = date(2026, 12, 1)
NOV_30 = DEC_1 - ONE_DAY


def order(season: Season, agreement: Agreement, *, ends_on: date = DEC_1, on: date = MAY_20, **more: Any) -> Agreement:
    said: dict[str, Any] = {"reason": TerminationReason.AGREED, "note": "三方签订解除协议", **more}
    return ending.end_agreement(agreement, by=season.officer, on=on, ends_on=ends_on, **said)


def revoke(season: Season, agreement: Agreement, *, on: date = MAY_20, reason: str = "三方同意继续") -> Agreement:
    return ending.revoke_end(agreement, by=season.officer, on=on, reason=reason)


def filed(season: Season, key: str = "P3", **more: Any) -> Agreement:
    return season.filed(season.selected(key), season.h4, service_start=MAY_12, **more)


def proof() -> SimpleUploadedFile:
    return SimpleUploadedFile("解除协议.pdf", PDF)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def constraint(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    return error.value.__cause__.diag.constraint_name  # type: ignore[union-attr]


# --- the order --------------------------------------------------------------------------------------------------------


def test_it_is_served_until_its_day_and_everybody_is_told_of_the_day(season: Season) -> None:
    agreement = filed(season)
    readers = {season.contact.person, season.clerk.person, season.hat_of(agreement.specialist).person}

    order(season, agreement)

    agreement.refresh_from_db()
    assert (agreement.status, agreement.terminated_on, agreement.last_day) == (AgreementStatus.FILED, DEC_1, NOV_30)
    decided = EndOrder.objects.get()
    assert (decided.ends_on, decided.decided_on, decided.decided_by) == (DEC_1, MAY_20, season.officer)
    event = audit.history(agreement).last()
    assert event
    assert (event.verb, event.reason) == ("agreement.end_ordered", "三方签订解除协议")
    assert event.after == {"ends_on": "2026-12-01", "termination_reason": "agreed"}
    told = Message.objects.filter(occasion=f"end-ordered:{decided.pk}")
    assert readers <= {message.person for message in told}
    assert "自2026年12月1日起终止，原因：三方协商提前终止。" in told[0].body
    assert "2026年11月30日及以前照常服务" in told[0].body


@pytest.mark.parametrize(
    ("ends_on", "refused"),
    [
        pytest.param(MAY_20 - ONE_DAY, "早于今天", id="yesterday"),
        pytest.param(MAY_20, "", id="today"),
        pytest.param(END, "", id="last day"),
        pytest.param(END + ONE_DAY, "晚于服务截止日", id="after the last day"),
    ],
)
def test_an_agreement_ends_from_today_up_to_its_last_day(season: Season, ends_on: date, refused: str) -> None:
    finding = rules.day_of_end(season.pack.entry("E-END-DAY"), ends_on=ends_on, on=MAY_20, last_day=END)

    assert (finding and finding.article) == ("四（二）" if refused else None)
    assert refused in (finding.message if finding else "")


def test_the_service_asks_for_the_day_and_ends_today_at_once(season: Season) -> None:
    agreement = filed(season)
    for day in (MAY_20 - ONE_DAY, END + ONE_DAY):
        with pytest.raises(Refused) as refusal:
            order(season, agreement, ends_on=day)
        assert codes(refusal) == ["E-END-DAY"]

    ended = order(season, agreement, ends_on=MAY_20)

    assert (ended.status, ended.terminated_on) == (AgreementStatus.TERMINATED, MAY_20)
    assert not EndOrder.objects.exists()


@pytest.mark.parametrize("status", ["draft", "submitted", "returned"])
def test_only_what_is_filed_is_ordered_to_end(season: Season, status: AgreementStatus) -> None:
    agreement = season.agreement(season.selected("P3"), season.h4, status=status)

    with pytest.raises(Refused) as refusal:
        order(season, agreement)

    assert codes(refusal) == ["E-STATE"]


def test_a_second_order_and_whatever_would_change_the_service_is_refused_in_words(season: Season) -> None:
    agreement = order(season, filed(season))
    file: dict[str, Any] = {"by": season.clerk, "on": MAY_20, "note": "需要", "evidence": proof()}
    acts = (
        lambda: order(season, agreement, ends_on=DEC_1 + ONE_DAY),
        lambda: services.renew_agreement(agreement, by=season.clerk, on=END),
        lambda: amending.ask_to_amend(agreement, kind=AmendmentReason.NEED, service_content="改为果树", **file),
        lambda: moving.ask_to_move(agreement, wished="另一单位", **file),
        lambda: voiding.void_agreement(agreement, by=season.officer, on=MAY_20, reason="重复备案"),
    )
    for act, what in zip(acts, ("另定终止日期", "续签", "变更", "改派", "作废"), strict=True):
        with pytest.raises(Refused) as refusal:
            act()
        [finding] = refusal.value.findings
        assert finding.code == "E-END-ORDERED"
        assert what in finding.message
        assert "2026年12月1日" in finding.message


@pytest.mark.parametrize("what", ["变更", "改派"])
def test_what_was_asked_before_the_order_is_not_agreed_to_while_it_stands(season: Season, what: str) -> None:
    agreement = filed(season)
    file: dict[str, Any] = {"by": season.clerk, "on": MAY_20, "note": "需要", "evidence": proof()}
    word: dict[str, Any] = {"by": season.officer, "on": MAY_20, "opinion": "三方已签补充协议"}
    if what == "变更":
        kind = AmendmentReason.NEED
        asked = amending.ask_to_amend(agreement, kind=kind, service_content="改为果树", **file)
        decide: Callable[..., Any] = partial(amending.decide_amendment, asked, **word)
    else:
        wish = moving.ask_to_move(agreement, wished="另一单位", **file)
        decide = partial(moving.decide_move, wish, **word)
    order(season, agreement)

    with pytest.raises(Refused, match=f"自2026年12月1日起终止这份协议，不能{what}") as refusal:
        decide(passed=True)

    assert codes(refusal) == ["E-END-ORDERED"]
    assert decide(passed=False).status == ChangeStatus.RETURNED
    agreement.refresh_from_db()
    assert (agreement.status, agreement.terminated_on) == (AgreementStatus.FILED, DEC_1)


# --- until the day, and from it ---------------------------------------------------------------------------------------


def test_a_visit_of_the_days_before_is_told_and_one_of_the_day_is_not_though_nothing_ran(season: Season) -> None:
    agreement = order(season, filed(season))
    told: dict[str, Any] = {
        "days": 1,
        "mode": "onsite",
        "place": "示范田",
        "activities": [],
        "content": "指导",
        "outcome": "完成",
    }

    assert season.visit(agreement, NOV_30).date == NOV_30
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        season.visit(agreement, DEC_1)

    assert constraint(error) == "visit_within_filed_service"
    with pytest.raises(Refused) as refusal:
        log_visit(agreement, by=season.hat_of(agreement.specialist), on=DEC_1, date=DEC_1, **told)
    assert "E-VISIT-PERIOD" in codes(refusal)
    assert Visit.objects.count() == 1


def test_it_counts_as_in_service_until_its_day(season: Season) -> None:
    agreement = order(season, filed(season))

    counted = [queries.quota_counts(2026, pack=season.pack, on=day)["categories"] for day in (NOV_30, DEC_1)]

    assert [each["agriculture"]["in_service"] for each in counted] == [1, 0]
    assert [Agreement.objects.in_service(on=day).count() for day in (NOV_30, DEC_1)] == [1, 0]
    assert [agreement.pk for agreement in with_plan(Agreement.objects.all())] == []
    assert agreement.is_to_end


def test_its_place_and_its_years_are_nobodys_before_it_is_ended(season: Season) -> None:
    agreement = season.filed(season.selected("P5", Category.ENTERPRISE), season.h2, service_start=MAY_12)
    for year in (2026, 2027):
        held = YearlyHost.objects.create(specialist=agreement.specialist, year=year, host=season.h2)
        held.agreements.add(agreement)
    order(season, agreement)
    newcomer = season.agreement(
        season.selected("P6", Category.ENTERPRISE), season.h2, service_start=date(2027, 1, 1), service_end=END
    )

    assert [stay.person for stay in Case(newcomer, on=MAY_20).stays_beside] == [agreement.specialist_id]
    assert agreement.yearly_hosts.count() == 2
    ending.carry_out_end(agreement, on=DEC_1)
    assert Case(newcomer, on=DEC_1).stays_beside == []
    assert [held.year for held in agreement.yearly_hosts.all()] == [2026]


def test_another_paper_with_the_host_begins_after_the_end_that_may_be_taken_back(season: Season) -> None:
    agreement = order(season, filed(season))
    again = season.agreement(agreement.registration, season.h4, service_start=DEC_1, service_end=END)

    assert Case(again, on=MAY_20).running_to == END
    ending.carry_out_end(agreement, on=DEC_1)
    assert Case(again, on=DEC_1).running_to is None


def test_the_platform_ends_it_on_its_day_and_once_however_often_it_is_asked(season: Season) -> None:
    agreement = order(season, filed(season))

    ending.carry_out_end(agreement, on=NOV_30)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.FILED
    for _ in range(2):
        ending.carry_out_end(agreement, on=DEC_1)

    agreement.refresh_from_db()
    assert (agreement.status, agreement.terminated_on, agreement.termination_reason) == ("terminated", DEC_1, "agreed")
    ended = [event for event in audit.history(agreement) if event.verb == "agreement.terminated"]
    assert [(event.by_id, event.reason) for event in ended] == [(None, "三方签订解除协议")]
    assert Message.objects.filter(occasion=f"terminated:{agreement.pk}", person=season.clerk.person).count() == 1


def test_after_missed_days_it_ends_as_of_the_day_ordered(season: Season) -> None:
    due, later = order(season, filed(season)), order(season, filed(season, "P1"), ends_on=DEC_1 + 30 * ONE_DAY)
    with time_machine.travel("2026-12-06 03:02+08:00"):
        tasks.end_agreements()
        tasks.end_agreements()
        [promise] = OutboxRow.objects.filter(task="agreements.tasks.end_agreement")
        for _ in range(2):
            tasks.end_agreement(outbox_id=promise.pk)

    due.refresh_from_db()
    later.refresh_from_db()
    assert promise.ids == {"agreement_id": due.pk}
    assert (due.status, due.terminated_on, due.last_day) == ("terminated", DEC_1, NOV_30)
    assert later.status == AgreementStatus.FILED
    assert JobRun.objects.get(name="agreements.end_agreements").result == {"ends": 1}


def test_what_nobody_ended_yet_reads_as_over_from_its_day(season: Season) -> None:
    agreement = order(season, filed(season))
    with pytest.raises(Refused, match="协议已于2026-11-30到期"):
        order(season, agreement, on=DEC_1, ends_on=DEC_1)
    assert not Agreement.objects.in_service(on=DEC_1).exists()


def test_an_earlier_end_for_another_reason_takes_the_place_of_the_order(season: Season) -> None:
    agreement = order(season, filed(season))

    ended = services.terminate_agreement(
        agreement, by=season.head, on=MAY_20 + ONE_DAY, reason=TerminationReason.UNQUALIFIED
    )

    assert (ended.terminated_on, ended.termination_reason) == (MAY_20 + ONE_DAY, "unqualified")
    [gone] = EndOrder.objects.all()
    assert (gone.revoked_on, gone.revoked_by) == (MAY_20 + ONE_DAY, season.head)
    assert gone.revoked_for == "改为2026年5月21日终止：考核不合格"
    ending.carry_out_end(agreement, on=DEC_1)
    ended.refresh_from_db()
    assert ended.terminated_on == MAY_20 + ONE_DAY


def test_open_requests_stay_until_its_day_and_go_with_it(season: Season) -> None:
    agreement = filed(season)
    asked = amending.ask_to_amend(
        agreement,
        by=season.clerk,
        on=MAY_20,
        kind=AmendmentReason.NEED,
        note="需要",
        evidence=proof(),
        service_content="改为果树",
    )
    order(season, agreement)

    asked.refresh_from_db()
    assert asked.status == ChangeStatus.OPEN
    ending.carry_out_end(agreement, on=DEC_1)
    asked.refresh_from_db()
    assert asked.status == ChangeStatus.WITHDRAWN


def test_a_departure_told_meanwhile_asks_for_no_second_word(season: Season) -> None:
    agreement = filed(season, "P1")
    departing.register_departure(
        agreement.registration, by=season.clerk, on=MAY_20, kind=DepartureKind.RESIGNED, left_on=MAY_20, reason="调出"
    )
    assert [*departing.to_decide(on=MAY_20)] == [agreement]

    order(season, agreement)

    assert [*departing.to_decide(on=MAY_20)] == []


def test_the_extension_of_what_is_to_end_is_told_of_whether_filed_or_handed_in(season: Season) -> None:
    agreement = filed(season, "P1")
    start, end = END + ONE_DAY, END.replace(year=END.year + 1)
    renewal = season.filed(agreement.registration, season.h4, renews=agreement, service_start=start, service_end=end)

    def told() -> list[tuple[str, str]]:
        found = [one for one in effects_of_ending(agreement, on=DEC_1) if "续签" in one.label]
        return [(one.words, one.then) for one in found]

    goes_on = "不随原协议终止，须另行处理"
    assert told() == [(f"已备案，服务自{cdate(start)}至{cdate(end)}", goes_on)]
    order(season, renewal, ends_on=end)
    assert told() == [(f"将于{cdate(end)}终止", goes_on)]


def test_whoever_reviews_an_extension_reads_that_the_agreement_before_it_ends_early(season: Season) -> None:
    agreement = filed(season, "P1")
    renewal = season.submitted(agreement.registration, season.h4, renews=agreement)
    desk = f"/agreements/{renewal.pk}/review/"
    with time_machine.travel(f"{MAY_20}T09:00:00+08:00", tick=False):
        officer = browser_of(season.officer)
        assert "提前终止" not in words(officer.get(desk))

        order(season, agreement)

        said = f"续签的原协议 {agreement} 将于2026年12月1日提前终止，原因：三方协商提前终止。"
        assert said in words(officer.get(desk))
        earlier = words(officer.get(f"{desk}?tab=earlier"))
        assert "已备案（将于2026年12月1日终止，三方协商提前终止）" in earlier


def test_the_word_on_a_departure_to_come_offers_no_day_before_it(season: Season) -> None:
    agreement = filed(season, "P1")
    said: dict[str, Any] = {"kind": DepartureKind.RESIGNED, "left_on": date(2026, 7, 1), "reason": "调出"}
    departing.register_departure(agreement.registration, by=season.clerk, on=MAY_20, **said)
    with time_machine.travel(f"{MAY_20}T09:00:00+08:00", tick=False):
        officer, path = browser_of(season.officer), f"/agreements/{agreement.pk}/departure/"
        page = words(officer.get(path))
        assert "自这一天起不再服务，不能早于2026年7月1日" in page
        assert "不填为今天" not in page
        sent_back = words(officer.post(path, {"decision": "ends", "ends_on": "", "opinion": "同意"}))
        assert "离开日期为2026年7月1日，终止日期不能早于这一天。" in sent_back
        assert "自2026年7月1日起终止的影响" in sent_back


# --- taken back -------------------------------------------------------------------------------------------------------


def test_the_order_is_taken_back_before_its_day_and_another_may_follow(season: Season) -> None:
    agreement = order(season, filed(season))

    revoke(season, agreement, on=NOV_30)

    agreement.refresh_from_db()
    assert (agreement.terminated_on, agreement.termination_reason, agreement.last_day) == (None, "", END)
    [gone] = EndOrder.objects.all()
    assert (gone.revoked_on, gone.revoked_by, gone.revoked_for) == (NOV_30, season.officer, "三方同意继续")
    event = audit.history(agreement).last()
    assert event
    assert (event.verb, event.reason) == ("agreement.end_revoked", "三方同意继续")
    assert Message.objects.filter(occasion=f"end-revoked:{gone.pk}", person=season.clerk.person).exists()
    ending.carry_out_end(agreement, on=DEC_1)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.FILED
    assert order(season, agreement, on=DEC_1, ends_on=END).last_day == END - ONE_DAY


@pytest.mark.parametrize(
    ("on", "reason", "code"),
    [
        pytest.param(DEC_1, "三方同意继续", "E-END-ORDERED", id="its day has come"),
        pytest.param(NOV_30, " ", "E-FIELD", id="no reason"),
    ],
)
def test_it_is_taken_back_before_its_day_with_a_reason(season: Season, on: date, reason: str, code: str) -> None:
    agreement = order(season, filed(season))

    with pytest.raises(Refused) as refusal:
        revoke(season, agreement, on=on, reason=reason)

    assert codes(refusal) == [code]


def test_what_is_not_ordered_is_not_taken_back(season: Season) -> None:
    with pytest.raises(Refused, match="没有待执行的终止决定"):
        revoke(season, filed(season))


def test_a_departure_answered_by_an_end_is_asked_again_once_the_end_is_taken_back(season: Season) -> None:
    agreement = filed(season, "P1")
    said: dict[str, Any] = {"kind": DepartureKind.RESIGNED, "left_on": NOV_30, "reason": "调出"}
    departure = departing.register_departure(
        agreement.registration, by=season.clerk, on=NOV_30 - timedelta(days=80), **said
    )
    word: dict[str, Any] = {"by": season.officer, "on": MAY_20, "opinion": "三方同意"}
    ended = departing.decide_departure(agreement, continues=False, ends_on=DEC_1, **word)
    page = browser_of(season.officer).get(f"/agreements/{agreement.pk}/terminate/revoke/").content.decode()
    assert "这次终止是“离职后的安排”的结果：撤销后须重新决定协议继续还是终止。" in page

    revoke(season, agreement)

    ended.refresh_from_db()
    assert (str(ended), ended.taken_back_on) == ("离职终止（已撤销）", MAY_20)
    assert [*departing.to_decide(on=MAY_20)] == [agreement]
    again = departing.decide_departure(agreement, continues=True, **word)
    assert [str(one) for one in departure.decisions.order_by("pk")] == ["离职终止（已撤销）", str(again)]
    assert [*departing.to_decide(on=MAY_20)] == []


def test_a_departure_whose_end_was_taken_back_may_be_withdrawn_by_its_unit(season: Season) -> None:
    agreement = filed(season, "P1")
    departure = departing.register_departure(
        agreement.registration, by=season.clerk, on=MAY_20, kind=DepartureKind.RESIGNED, left_on=MAY_20, reason="调出"
    )
    departing.decide_departure(agreement, by=season.officer, on=MAY_20, continues=False, ends_on=DEC_1, opinion="同意")
    clerk = browser_of(season.clerk)
    with time_machine.travel(MAY_20, tick=False):
        assert "撤销登记" not in clerk.get(f"/agreements/departures/{departure.pk}/").content.decode()
        with pytest.raises(Refused, match="市科技局已据此办理协议"):
            departing.withdraw_departure(departure, by=season.clerk, on=MAY_20)

        revoke(season, agreement)

        assert "撤销登记" in clerk.get(f"/agreements/departures/{departure.pk}/").content.decode()
    assert departing.withdraw_departure(departure, by=season.clerk, on=MAY_20).withdrawn_at


def test_a_departure_is_not_taken_back_while_an_agreement_is_to_end_by_it(season: Season) -> None:
    agreement = filed(season, "P1")
    departure = departing.register_departure(
        agreement.registration, by=season.clerk, on=MAY_20, kind=DepartureKind.RESIGNED, left_on=MAY_20, reason="调出"
    )
    departing.decide_departure(agreement, by=season.officer, on=MAY_20, continues=False, ends_on=DEC_1, opinion="同意")
    with time_machine.travel(f"{MAY_20}T09:00:00+08:00", tick=False):
        officer, page = browser_of(season.officer), f"/agreements/departures/{departure.pk}/"
        answer = officer.post(f"{page}withdraw/")
    said = f"已据此决定协议{agreement}自2026年12月1日起终止，请先在协议页面撤销终止决定。"
    assert (answer.status_code, said in words(answer)) == (422, True)

    revoke(season, agreement)

    assert departing.withdraw_departure(departure, by=season.officer, on=MAY_20).withdrawn_at
    assert [*departing.to_decide(on=MAY_20)] == []


def test_a_graduation_answered_by_an_end_is_asked_again_once_the_end_is_taken_back(season: Season) -> None:
    graduation = date(2026, 7, 1)
    student: dict[str, Any] = {
        "personnel_type": PersonnelType.GRADUATE,
        "graduates_on": graduation,
        "supervisor": "孙教授",
    }
    agreement = season.filed(season.selected("P6", Category.ENTERPRISE, **student), season.h1, service_start=MAY_12)
    word: dict[str, Any] = {"by": season.officer, "on": MAY_20, "opinion": "毕业离校"}
    ended = graduating.decide_graduation(agreement, continues=False, ends_on=graduation, **word)
    assert [*graduating.to_decide(on=MAY_20)] == []

    revoke(season, agreement)

    ended.refresh_from_db()
    assert (str(ended), ended.taken_back_on) == ("毕业终止（已撤销）", MAY_20)
    assert [*graduating.to_decide(on=MAY_20)] == [agreement]
    graduating.decide_graduation(agreement, continues=True, **word)
    assert [*graduating.to_decide(on=MAY_20)] == []


@pytest.mark.parametrize(
    ("table", "name"),
    [
        pytest.param("departures", "departure_end_taken_back", id="a departure"),
        pytest.param("graduations", "graduation_end_taken_back", id="a graduation"),
    ],
)
def test_only_a_word_that_ended_is_taken_back(season: Season, table: str, name: str) -> None:
    agreement = filed(season, "P1")
    about: dict[str, Any] = {"graduates_on": DEC_1}
    if table == "departures":
        said: dict[str, Any] = {"kind": DepartureKind.RESIGNED, "left_on": MAY_20, "reason": "调出"}
        about = {"departure": departing.register_departure(agreement.registration, by=season.clerk, on=MAY_20, **said)}
    row = {"decided_by": season.officer, "decided_on": MAY_20, "opinion": "继续", "continues": True, **about}

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        getattr(agreement, table).create(**row, taken_back_on=MAY_20)

    assert constraint(error) == name


# --- what the database holds ------------------------------------------------------------------------------------------


def row(agreement: Agreement, by: Membership, **more: Any) -> EndOrder:
    said: dict[str, Any] = {
        "ends_on": DEC_1,
        "reason": "agreed",
        "note": "",
        "decided_on": MAY_20,
        "decided_by": by,
        **more,
    }
    return EndOrder.objects.create(agreement=agreement, **said)


def test_an_agreement_has_one_open_order(season: Season) -> None:
    agreement = order(season, filed(season))
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        row(agreement, season.officer)
    assert constraint(error) == "one_end_ordered_of_an_agreement"


@pytest.mark.parametrize(
    ("more", "name"),
    [
        pytest.param({"ends_on": MAY_20}, "end_ordered_for_a_coming_day", id="today"),
        pytest.param({"revoked_for": "误"}, "end_revoked_before_its_day_with_a_reason", id="by nobody"),
        pytest.param({"revoked_on": MAY_20}, "end_revoked_before_its_day_with_a_reason", id="without a reason"),
        pytest.param(
            {"revoked_on": DEC_1, "revoked_for": "误"}, "end_revoked_before_its_day_with_a_reason", id="on its day"
        ),
    ],
)
def test_an_order_says_a_coming_day_and_why_it_is_gone(season: Season, more: dict[str, Any], name: str) -> None:
    by = {"revoked_by": season.officer} if "revoked_on" in more else {}
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        row(filed(season), season.officer, **more, **by)
    assert constraint(error) == name


def test_an_agreement_says_the_day_of_its_order_and_none_beyond_its_service(season: Season) -> None:
    agreement, other = order(season, filed(season)), filed(season, "P1")
    beyond = END + ONE_DAY
    row(other, season.officer, ends_on=beyond)
    tries = (
        (agreement, {"terminated_on": DEC_1 + ONE_DAY}, "coming_end_is_ordered"),
        (agreement, {"terminated_on": None, "termination_reason": ""}, "coming_end_is_ordered"),
        (agreement, {"terminated_on": MAY_20, "status": "terminated"}, "coming_end_is_ordered"),
        (
            other,
            {"terminated_on": beyond, "termination_reason": "agreed"},
            "agreement_ends_early_within_its_service",
        ),
    )
    for of, values, name in tries:
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            Agreement.objects.filter(pk=of.pk).update(**values)
        assert constraint(error) == name


def test_no_agreement_is_born_with_an_end_to_come(season: Season) -> None:
    agreement = filed(season)
    agreement.pk, agreement.filing_number = None, "SJZ-KTP-2026-0999"
    agreement.terminated_on, agreement.termination_reason = DEC_1, "agreed"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        agreement.save(force_insert=True)
    assert constraint(error) == "coming_end_is_ordered"


def test_an_order_stays_as_it_was_given(season: Season) -> None:
    agreement = order(season, filed(season))
    orders = EndOrder.objects.filter(agreement=agreement)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        orders.update(note="另有说明")
    assert constraint(error) == "end_order_stays"
    revoke(season, agreement)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        orders.update(revoked_for="另有原因")
    assert constraint(error) == "end_order_stays"


# --- two at once ------------------------------------------------------------------------------------------------------


def test_of_two_orders_at_once_one_stands(lasting_season: Season) -> None:
    season = lasting_season
    agreement = filed(season)

    outcomes = at_once(lambda: order(season, agreement), lambda: order(season, agreement, ends_on=DEC_1 + ONE_DAY))

    assert outcomes == ["E-END-ORDERED", "done"]
    assert EndOrder.objects.get().ends_on == Agreement.objects.get(pk=agreement.pk).terminated_on


# --- pages and interface ----------------------------------------------------------------------------------------------


@time_machine.travel("2026-05-20 09:00+08:00")
def test_the_page_shows_what_happens_on_the_day_typed_and_keeps_what_was_typed(season: Season) -> None:
    agreement = filed(season)
    officer, page = browser_of(season.officer), f"/agreements/{agreement.pk}/terminate/"

    shown = officer.post(page, {"preview": "1", "ends_on": "2026-12-01", "reason": "graduated", "note": ""})
    assert shown.status_code == 200
    assert "自2026年12月1日起终止的影响" in words(shown)
    assert "服务至2026年11月30日" in words(shown)
    assert "请填写情况说明" not in words(shown)
    wrong = officer.post(page, {"preview": "1", "ends_on": "2028-01-01", "reason": "agreed", "note": "停产。"})
    assert (wrong.status_code, "晚于服务截止日" in words(wrong), "停产。" in words(wrong)) == (422, True, True)
    unread = officer.post(page, {"ends_on": "12月", "reason": "agreed", "note": "停产。"})
    assert (unread.status_code, "停产。" in words(unread)) == (422, True)
    assert not EndOrder.objects.exists()


@pytest.mark.parametrize(
    ("page", "act", "asker"),
    [
        pytest.param("amend", "变更", "clerk", id="another content"),
        pytest.param("move", "改派", "clerk", id="another host"),
        pytest.param("move", "改派", "specialist", id="another host on the phone"),
        pytest.param("void", "作废", "officer", id="void"),
    ],
)
@time_machine.travel("2026-05-20 09:00+08:00")
def test_the_pages_that_an_ordered_end_bars_say_so_at_once(season: Season, page: str, act: str, asker: str) -> None:
    agreement = filed(season)
    hat = season.hat_of(agreement.specialist) if asker == "specialist" else getattr(season, asker)
    browser, address = browser_of(hat), f"/agreements/{agreement.pk}/{page}/"
    assert "<form" in main_of(browser.get(address))
    order(season, agreement)

    shown = browser.get(address)

    why = f"市科技局已决定自2026年12月1日起终止这份协议，不能{act}；需要{act}的，请市科技局先撤销终止决定。"
    assert (shown.status_code, why in words(shown)) == (200, True)
    assert "<form" not in main_of(shown)
    typed = {"wished": "示范精密机械有限公司", "note": "原单位停产", "reason": "备案有误", "kind": "need"}
    typed |= {"visits_per_year": "16", "service_content": "指导", "goal-0-name": "培训", "goal-0-count": "2"}
    sent = browser.post(address, {**typed, "goal-0-unit": "场", "evidence": proof()})
    assert (sent.status_code, why in words(sent)) == (422, True)  # who had it open loses nothing that was typed
    assert any(word in sent.content.decode() for word in ("原单位停产", "备案有误"))


def main_of(page: Any) -> str:
    found = re.search(r"<main.*?</main>", page.content.decode(), re.DOTALL)
    assert found
    return found[0]


def mark_in(page: Any) -> str:
    found = re.search(r'name="seen" value="(\w{32})"', page.content.decode())
    assert found
    return found[1]


@time_machine.travel("2026-05-20 09:00+08:00")
def test_nothing_ends_on_another_day_than_was_shown(season: Season) -> None:
    agreement = filed(season)
    officer, page = browser_of(season.officer), f"/agreements/{agreement.pk}/terminate/"
    typed = {"ends_on": "2026-12-01", "reason": "agreed", "note": "企业停产。"}
    of_today = mark_in(officer.get(page))

    other = officer.post(page, {**typed, "seen": of_today})

    said = words(other)
    assert (other.status_code, "请核对自2026年12月1日起终止的影响，再次办理。" in said) == (409, True)
    assert [word in said for word in ("服务至2026年11月30日", "企业停产。")] == [True, True]
    assert 'value="2026年12月1日"' in other.content.decode() or 'value="2026-12-01"' in other.content.decode()
    assert not EndOrder.objects.exists()
    assert officer.post(page, {**typed, "seen": mark_in(other)}).status_code == 302
    assert EndOrder.objects.get().ends_on == DEC_1


@time_machine.travel("2026-05-20 09:00+08:00")
def test_nothing_ends_with_more_than_was_shown(season: Season) -> None:
    agreement = filed(season)
    officer, page = browser_of(season.officer), f"/agreements/{agreement.pk}/terminate/"
    door = f"/api/v1{page}"
    typed = {"ends_on": "2026-05-20", "reason": "agreed", "note": "企业停产。"}
    seen, shown = mark_in(officer.get(page)), officer.get(door).json()
    season.visit(agreement, MAY_20)

    by_form = officer.post(page, {**typed, "seen": seen})
    by_program = officer.post(door, {**typed, "effects": shown}, content_type="application/json")

    assert (by_form.status_code, "未确认的服务记录" in words(by_form)) == (409, True)
    assert (by_program.status_code, by_program.json()["findings"][0]["code"]) == (409, "E-SEEN")
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.FILED
    anew = officer.get(door).json()
    assert officer.post(door, {**typed, "effects": anew}, content_type="application/json").status_code == 200


@time_machine.travel("2026-05-20 09:00+08:00")
def test_a_word_on_who_leaves_ends_nothing_on_another_day_than_was_shown(season: Season) -> None:
    agreement = filed(season)
    left: dict[str, Any] = {"kind": DepartureKind.RESIGNED, "left_on": MAY_20, "reason": "离石"}
    departing.register_departure(agreement.registration, by=season.clerk, on=MAY_20, **left)
    officer, page = browser_of(season.officer), f"/agreements/{agreement.pk}/departure/"
    typed = {"decision": "ends", "opinion": "三方商定。", "ends_on": ""}
    seen = mark_in(officer.post(page, {**typed, "preview": "1", "ends_on": "2026-12-01"}))

    other = officer.post(page, {**typed, "seen": seen})

    assert (other.status_code, "请核对自2026年5月20日起终止的影响" in words(other)) == (409, True)
    assert "三方商定。" in words(other)
    assert not DepartureDecision.objects.exists()
    door = f"/api/v1{page}"
    effects = officer.get(f"/api/v1/agreements/{agreement.pk}/terminate/?ends_on=2026-12-01").json()
    sent = {"continues": False, "opinion": "三方商定。", "effects": effects}
    assert officer.post(door, sent, content_type="application/json").status_code == 409
    assert officer.post(page, {**typed, "seen": mark_in(other)}).status_code == 302
    assert DepartureDecision.objects.get().continues is False


@time_machine.travel("2026-05-20 09:00+08:00")
def test_everybody_reads_the_day_and_the_bureau_may_take_it_back(season: Season) -> None:
    agreement = filed(season)
    certificate = services.issue_certificate(agreement)
    officer, page = browser_of(season.officer), f"/agreements/{agreement.pk}/"

    done = officer.post(
        f"{page}terminate/", {"ends_on": "2026年12月1日", "reason": "agreed", "note": "停产。"}, follow=True
    )

    assert "将于2026年12月1日终止，已通知三方" in words(done)
    person, host = season.hat_of(agreement.specialist), season.contact
    for hat in (season.officer, season.clerk, host, person):
        record = words(browser_of(hat).get(page))
        assert "将于2026年12月1日终止" in record, hat
        assert ("撤销终止决定" in record) == (hat == season.officer)
    assert "将于2026年12月1日终止" in words(officer.get("/agreements/?due=to_end"))
    assert "将于2026年12月1日终止" in words(browser_of(person).get("/"))
    assert "将于2026年12月1日终止" in words(browser_of(host).get("/"))
    certificate = FilingCertificate.objects.get(pk=certificate.pk)
    told = of_certificate(certificate, on=MAY_20)
    assert told.word == "将于2026年12月1日终止"
    assert "协议将于2026年12月1日提前终止，此前仍然有效。" in [said.words for said in told.said]
    late = of_certificate(certificate, on=DEC_1)
    assert late.word == "已终止"
    assert browser_of(season.clerk).get(f"{page}terminate/revoke/").status_code == 403
    assert officer.get(f"{page}terminate/").status_code == 302

    bare = officer.post(f"{page}terminate/revoke/", {"reason": ""})
    assert (bare.status_code, "三方协商提前终止" in words(bare)) == (422, True)
    back = officer.post(f"{page}terminate/revoke/", {"reason": "三方同意继续"}, follow=True)
    assert "已撤销终止决定" in words(back)
    assert "将于2026年12月1日终止" not in words(officer.get(page)).replace("协议 将于", "")
    assert officer.get(f"{page}terminate/revoke/").status_code == 302


@time_machine.travel("2026-05-20 09:00+08:00")
def test_the_interface_orders_tells_the_effects_of_the_day_and_takes_back(season: Season) -> None:
    agreement = filed(season)
    officer, door = browser_of(season.officer), f"/api/v1/agreements/{agreement.pk}/terminate/"
    as_json: dict[str, Any] = {"content_type": "application/json"}

    effects = officer.get(f"{door}?ends_on=2026-12-01").json()
    assert effects[0]["words"] == "服务至2026年11月30日"
    assert officer.get(f"{door}?ends_on=2028-01-01").status_code == 422
    assert officer.get(f"{door}?ends_on=soon").status_code == 422
    ordered = officer.post(door, {"ends_on": "2026-12-01", "reason": "agreed"}, **as_json)
    assert (ordered.status_code, ordered.json()["status"], ordered.json()["terminated_on"]) == (
        200,
        "filed",
        "2026-12-01",
    )
    again = officer.post(door, {"ends_on": "2026-12-02", "reason": "agreed"}, **as_json)
    assert (again.status_code, again.json()["findings"][0]["code"]) == (422, "E-END-ORDERED")
    back = officer.post(f"{door}revoke/", {"reason": "三方同意继续"}, **as_json)
    assert (back.status_code, back.json()["terminated_on"]) == (200, None)

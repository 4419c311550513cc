"""离职、调出: the unit tells that somebody leaves; nothing ends by it, and the bureau decides on each agreement."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from agreements import services as agreements
from agreements.departing import services
from agreements.departing.effects import effects_of
from agreements.departing.models import DepartureDecision
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement
from core import audit
from core.models import Message, OutboxRow
from core.policy import Refused
from specialists import services as registering
from specialists.departing import rules
from specialists.enums import DepartureKind
from specialists.models import Departure, Registration
from tests.cast import MAY_12, MAY_20, PEOPLE, Season, person
from tests.hands import at_once, browser_of, during, linger
from tests.specialists.acts import form_of, registered
from tests.specialists.team_acts import drafted
from visits.enums import VisitStatus

JUNE = date(2026, 6, 1)


def told(season: Season, registration: Registration, **more: Any) -> Departure:
    said = {
        "kind": DepartureKind.RESIGNED,
        "left_on": JUNE,
        "reason": "到企业工作，愿意继续服务。",
        "on": MAY_20,
        **more,
    }
    return services.register_departure(registration, **{"by": season.clerk, **said})


def decided(season: Season, agreement: Agreement, *, continues: bool, **more: Any) -> DepartureDecision:
    said = {"opinion": "三方商定。", "on": JUNE, "by": season.officer, **more}
    return services.decide_departure(agreement, continues=continues, **said)


def codes(act: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [finding.code for finding in refusal.value.findings]


# --- the rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left_on", "refused"),
    [
        pytest.param(None, False, id="nobody told anything"),
        pytest.param(MAY_20 + timedelta(days=1), False, id="leaves tomorrow"),
        pytest.param(MAY_20, True, id="left today"),
    ],
)
def test_a_unit_sends_nobody_who_has_left_it(left_on: date | None, refused: bool) -> None:
    finding = rules.has_not_left(name="李喆", left_on=left_on, on=MAY_20)

    assert (finding and finding.article) == ("四（二）" if refused else None)


@pytest.mark.parametrize(
    ("day", "fits"),
    [
        (MAY_12 - timedelta(days=1), False),
        (MAY_12, True),
        (MAY_20 + timedelta(days=90), True),
        (MAY_20 + timedelta(days=91), False),
    ],
)
def test_the_day_lies_after_the_selection_and_not_far_ahead(day: date, fits: bool) -> None:
    assert (rules.day_of_leaving(day=day, since=MAY_12, on=MAY_20) is None) == fits


# --- what follows -----------------------------------------------------------------------------------------------------


def test_nothing_ends_by_it_and_bureau_host_and_person_hear_of_it(season: Season) -> None:
    registration = season.selected("P1")
    filed = season.filed(registration, season.h4)
    hearing = {season.officer.person_id, season.contact.person_id}

    departure = told(season, registration)

    filed.refresh_from_db()
    assert (filed.status, filed.terminated_on) == (AgreementStatus.FILED, None)
    assert [*services.to_decide(on=MAY_20)] == [filed]
    readers = {message.person_id for message in Message.objects.filter(subject__contains="离")}
    assert hearing <= readers
    assert [audit.history(one).last().verb for one in (departure, registration, filed)] == [  # type: ignore[union-attr]
        "departure.registered",
        "registration.person_left",
        "agreement.specialist_left",
    ]


def test_what_the_bureau_lets_go_on_goes_on_and_what_it_ends_ends_for_that_reason(season: Season) -> None:
    registration = season.selected("P1")
    stays, ends = season.filed(registration, season.h4), season.filed(registration, season.h3)
    departure = told(season, registration)

    assert codes(lambda: decided(season, ends, continues=False, on=MAY_20)) == ["E-STATE"]  # still there
    assert codes(lambda: decided(season, stays, continues=True, opinion=" ")) == ["E-OPINION"]
    decided(season, stays, continues=True)
    decided(season, ends, continues=False)

    stays.refresh_from_db()
    ends.refresh_from_db()
    assert stays.status == AgreementStatus.FILED
    assert (ends.status, ends.termination_reason, ends.terminated_on) == (
        AgreementStatus.TERMINATED,
        TerminationReason.LEFT,
        JUNE,
    )
    assert not services.to_decide(on=JUNE).exists()
    assert codes(lambda: decided(season, stays, continues=True)) == ["E-STATE"]
    # What the bureau acted on only the bureau takes back; of somebody who came back and leaves again it is asked anew.
    assert codes(lambda: services.withdraw_departure(departure, by=season.clerk, on=JUNE)) == ["E-STATE"]
    services.withdraw_departure(departure, by=season.officer, on=JUNE)
    told(season, registration, on=JUNE)
    assert [*services.to_decide(on=JUNE)] == [stays]


def test_who_has_left_is_neither_registered_nor_handed_in_by_the_unit_any_more(season: Season) -> None:
    registration = season.selected("P1")
    ready = season.agreement(registration, season.h4)
    departure = told(season, registration)

    assert codes(lambda: agreements.submit_agreements([ready], by=season.clerk, on=JUNE)) == ["E-LEFT"]
    assert codes(lambda: registered(form_of("P1", category="broker"), season.clerk, on=JUNE)) == ["E-LEFT"]
    services.withdraw_departure(departure, by=season.clerk, on=JUNE)
    draft = registered(form_of("P1", category="broker"), season.clerk, on=JUNE)
    told(season, registration, on=JUNE)
    assert "E-LEFT" in codes(lambda: registering.submit_registration(draft, by=season.clerk, on=JUNE))


def test_who_may_tell_what_of_whom(season: Season) -> None:
    registration = season.selected("P1")
    draft = registered(form_of("P2"), season.clerk)

    assert codes(lambda: told(season, registration, by=season.stranger)) == ["E-PERM"]
    assert codes(lambda: told(season, registration, by=season.officer)) == ["E-PERM"]
    assert codes(lambda: told(season, draft)) == ["E-STATE"]
    assert codes(lambda: told(season, registration, reason=" ", left_on=date(2027, 1, 1))) == ["E-FIELD", "E-FIELD"]
    told(season, registration)
    assert codes(lambda: told(season, registration)) == ["E-STATE"]


def test_the_effects_name_agreements_teams_and_visits_before_anything_is_told(season: Season) -> None:
    registration = season.selected("P1")
    filed = season.filed(registration, season.h4)
    season.visit(filed, MAY_20, status=VisitStatus.LOGGED)
    season.agreement(registration, season.h3)
    team = drafted(season, "P1", "P8", "P2")
    type(team).objects.filter(pk=team.pk).update(
        status="approved", submitted_on=MAY_12, approved_on=MAY_12, pack=season.pack
    )

    found = {effect.label: (effect.words, effect.then) for effect in effects_of(person("P1"), season.u1, on=MAY_20)}

    assert [*found] == [f"协议 {filed}", "协议草稿", f"团队“{team.name}”", "未确认的服务记录"]
    assert "由市科技局决定是否提前终止" in found[f"协议 {filed}"][1]
    assert "低于3人，须更换成员" in found[f"团队“{team.name}”"][1]
    assert effects_of(person("P1"), season.u2, on=MAY_20) == []


# --- guards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        pytest.param("departure_says_why", {"reason": ""}, id="without words"),
        pytest.param("departure_withdrawn_by_and_at", {"withdrawn_at": now()}, id="taken back by nobody"),
        pytest.param("one_standing_departure_from_a_unit", {}, id="twice"),
    ],
)
def test_the_database_refuses_what_cannot_be(season: Season, name: str, columns: dict[str, Any]) -> None:
    row = {"specialist": person("P1"), "institution": season.u1, "kind": "resigned", "left_on": JUNE, "reason": "去向"}
    if not columns:
        Departure.objects.create(**row, registered_by=season.clerk)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Departure.objects.create(**{**row, **columns}, registered_by=season.clerk)


def test_the_database_takes_one_word_on_an_agreement_with_its_opinion(season: Season) -> None:
    registration = season.selected("P1")
    filed = season.filed(registration, season.h4)
    departure = told(season, registration)
    row = {"agreement": filed, "departure": departure, "continues": True, "decided_by": season.officer}

    with pytest.raises(IntegrityError, match="departure_decided_with_an_opinion"), transaction.atomic():
        DepartureDecision.objects.create(**row, decided_on=JUNE, opinion="")
    DepartureDecision.objects.create(**row, decided_on=JUNE, opinion="继续")
    with pytest.raises(IntegrityError, match="one_decision_of_a_departure"), transaction.atomic():
        DepartureDecision.objects.create(**row, decided_on=JUNE, opinion="再说")


def test_told_by_two_at_once_it_is_told_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, rules, "said_why")
    registration = lasting_season.selected("P1")

    assert at_once(*[lambda: told(lasting_season, registration) and "done"] * 2) == ["E-STATE", "done"]


def test_what_the_bureau_decides_meanwhile_is_not_taken_back(lasting_season: Season) -> None:
    registration = lasting_season.selected("P1")
    filed = lasting_season.filed(registration, lasting_season.h4)
    departure = told(lasting_season, registration)

    outcome = during(
        lambda: decided(lasting_season, filed, continues=True),
        lambda: services.withdraw_departure(departure, by=lasting_season.clerk, on=JUNE),
    )

    assert outcome == "E-STATE"


# --- the pages --------------------------------------------------------------------------------------------------------


def test_from_the_registration_to_the_word_of_the_bureau(season: Season) -> None:
    registration = season.selected("P1")
    filed = season.filed(registration, season.h4)
    clerk, officer = browser_of(season.clerk), browser_of(season.officer)
    with time_machine.travel(f"{JUNE}T09:00:00+08:00", tick=False):
        address = f"/agreements/departures/new/{registration.pk}/"
        assert address in clerk.get(f"/specialists/{registration.pk}/").text
        page = clerk.get(address).text
        assert ("登记后的影响" in page, str(filed) in page) == (True, True)
        form = {"kind": "transferred", "left_on": "2026-06-01", "reason": ""}
        assert clerk.post(address, form).status_code == 422
        where = clerk.post(address, {**form, "reason": "调往保定。"})["Location"]
        assert "待市科技局决定" in clerk.get(where).text
        assert "调往保定。" in clerk.get(f"/agreements/{filed.pk}/").text
        assert address not in clerk.get(f"/specialists/{registration.pk}/").text

        assert "1 份协议的特派员已登记离职" in officer.get("/").text
        deciding = f"/agreements/{filed.pk}/departure/"
        assert deciding in officer.get("/agreements/departures/").text
        page = officer.get(f"/agreements/{filed.pk}/").text
        assert deciding in page
        assert "您现在不需要操作" not in page
        assert officer.post(deciding, {"decision": "ends", "opinion": ""}).status_code == 422
        assert officer.post(deciding, {"decision": "ends", "opinion": "三方商定。"}).status_code == 302
        assert "离职终止" in officer.get(f"/agreements/{filed.pk}/").text
        assert clerk.post(f"{where}withdraw/").status_code == 422
        assert officer.post(f"{where}withdraw/").status_code == 302
    assert OutboxRow.objects.exists()
    assert Agreement.objects.get().termination_reason == TerminationReason.LEFT


def test_programs_tell_and_decide_as_pages_do(season: Season) -> None:
    registration = season.selected("P1")
    filed = season.filed(registration, season.h4)
    clerk, officer = browser_of(season.clerk), browser_of(season.officer)

    def post(who: Any, address: str, **given: Any) -> Any:
        return who.post(f"/api/v1/{address}", given, content_type="application/json")

    with time_machine.travel(f"{JUNE}T09:00:00+08:00", tick=False):
        [effect] = clerk.get(f"/api/v1/registrations/{registration.pk}/departure/").json()
        assert effect["what"] == f"协议 {filed}"
        said = {"kind": "resigned", "left_on": "2026-06-01", "reason": ""}
        assert post(clerk, f"registrations/{registration.pk}/departure/", **said).status_code == 422
        made = post(clerk, f"registrations/{registration.pk}/departure/", **{**said, "reason": "离石"})
        assert made.status_code == 201
        assert [one["specialist"] for one in officer.get("/api/v1/departures/").json()] == [PEOPLE["P1"][0]]
        assert post(officer, f"agreements/{filed.pk}/departure/", continues=True, opinion="继续").status_code == 200
        assert post(clerk, f"departures/{made.json()['id']}/withdraw/").status_code == 422


def test_before_the_day_of_leaving_the_end_is_decided_for_that_day_or_a_later_one(season: Season) -> None:
    filed = season.filed(season.selected("P1"), season.h4)
    told(season, filed.registration)
    deciding, officer = f"/agreements/{filed.pk}/departure/", browser_of(season.officer)
    with time_machine.travel(f"{MAY_20}T09:00:00+08:00", tick=False):
        page = officer.get(deciding).text
        typed = {"decision": "ends", "opinion": "三方商定。"}
        early = officer.post(deciding, {**typed, "ends_on": "2026-05-31"})
        unsaid = officer.post(deciding, typed)
        shown = officer.post(deciding, {"preview": "1", "decision": "ends", "ends_on": "2026-06-15", "opinion": ""})
        beyond = officer.post(deciding, {"preview": "1", "ends_on": "2028-01-01", "opinion": "三方商定。"})
        done = officer.post(deciding, {**typed, "ends_on": "2026-06-15"})

    assert "自2026年6月1日起离开，此前照常服务" in page
    assert "自2026年6月1日起终止的影响" in page
    for refused in (early, unsaid):
        assert (refused.status_code, "终止日期不能早于这一天" in refused.text) == (422, True)
    assert (shown.status_code, "自2026年6月15日起终止的影响" in shown.text, "请填写意见" in shown.text) == (
        200,
        True,
        False,
    )
    assert (beyond.status_code, "晚于服务截止日" in beyond.text, "三方商定。" in beyond.text) == (422, True, True)
    filed.refresh_from_db()
    assert (done.status_code, filed.status, filed.terminated_on) == (302, AgreementStatus.FILED, date(2026, 6, 15))
    assert filed.end_orders.get().reason == TerminationReason.LEFT
    assert not services.to_decide(on=JUNE).exists()

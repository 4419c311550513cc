"""续签安排: an institution decides for many agreements that end in a year, and everybody sees how far it is."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import Membership
from agreements import services
from agreements.enums import AgreementStatus
from agreements.models import Agreement, Leaving
from agreements.renewing import queries
from agreements.renewing import services as renewing
from agreements.renewing.services import Act
from core.policy import Refused
from tests.agreements.hands import words
from tests.cast import END, Season
from tests.hands import browser_of

NOVEMBER = date(2027, 11, 5)


def ending(season: Season, *keys: str) -> list[Agreement]:
    return [season.filed(season.selected(key), season.h4) for key in keys]


def test_one_click_drafts_them_all_and_says_whose_could_not_be_drafted(season: Season) -> None:
    old, renewed = ending(season, "P1", "P2")
    services.renew_agreement(renewed, by=season.clerk, on=NOVEMBER)

    done = renewing.decide_many([old, renewed], Act.RENEW, by=season.clerk, on=NOVEMBER)

    [draft] = done.agreements
    assert (draft.renews, draft.host, draft.service_start) == (old, old.host, date(2028, 1, 1))
    assert draft.service_content == old.service_content
    assert [(one, [finding.code for finding in found]) for one, found in done.refused] == [(renewed, ["E-RENEW"])]


def test_an_extension_that_would_overlap_another_paper_at_the_host_is_refused(season: Season) -> None:
    [old] = ending(season, "P1")
    beside = {"service_start": date(2028, 1, 1), "service_end": date(2028, 12, 31)}
    season.filed(old.registration, season.h4, **beside)

    done = renewing.decide_many([old], Act.RENEW, by=season.clerk, on=NOVEMBER)

    assert [finding.code for _, found in done.refused for finding in found] == ["E-OVERLAP"]
    assert not Agreement.objects.filter(renews=old).exists()


def test_everyone_is_counted_once(season: Season) -> None:
    _, leaving, drafted, renewed, ended = ending(season, "P1", "P2", "P3", "P4", "P5")
    renewing.leave(leaving, by=season.clerk, on=NOVEMBER, reason="退休")
    services.renew_agreement(drafted, by=season.clerk, on=NOVEMBER)
    later = {"service_start": date(2028, 1, 1), "service_end": date(2028, 12, 31)}
    season.filed(renewed.registration, season.h4, renews=renewed, **later)
    Agreement.objects.filter(pk=ended.pk).update(
        status=AgreementStatus.TERMINATED, terminated_on=END, termination_reason="agreed"
    )

    found = queries.counts(queries.ending_in(Agreement.objects.visible_to(season.clerk), 2027))

    assert found == {"undecided": 1, "drafted": 1, "renewed": 1, "leaving": 1}
    assert queries.counts(queries.ending_in(Agreement.objects.visible_to(season.stranger), 2027))["undecided"] == 0


def test_a_draft_extends_nothing_and_whoever_writes_it_is_asked_for_it(season: Season) -> None:
    [old] = ending(season, "P1")
    renewal = services.renew_agreement(old, by=season.clerk, on=NOVEMBER)

    def told(hat: Membership, day: date = NOVEMBER) -> str:
        with time_machine.travel(f"{day}T09:00:00+08:00", tick=False):
            return words(browser_of(hat).get(f"/agreements/{old.pk}/"))

    asked = f"续签协议{renewal}尚未提交：请在12月31日到期前填写完整，三方重新签订后提交。"
    assert asked in told(season.clerk)
    assert f"续签协议{renewal}尚未提交：请填写完整" in told(season.clerk, END + timedelta(days=3))
    assert f"您现在不需要操作。{old.sender}正在办理续签（{renewal}）。" in told(season.officer)
    assert "已续签" not in told(season.officer)


def test_an_extension_handed_in_waits_for_the_bureau(season: Season) -> None:
    [old] = ending(season, "P1")
    renewal = season.submitted(old.registration, season.h4, renews=old)

    with time_machine.travel(f"{NOVEMBER}T09:00:00+08:00", tick=False):
        page = words(browser_of(season.clerk).get(f"/agreements/{old.pk}/"))

    assert f"您现在不需要操作。续签协议{renewal}已提交，待市科技局审核。" in page


def test_what_is_extended_by_a_filed_agreement_says_so(season: Season) -> None:
    [old] = ending(season, "P1")
    later = {"service_start": date(2028, 1, 1), "service_end": date(2028, 12, 31)}
    renewal = season.filed(old.registration, season.h4, renews=old, **later)

    with time_machine.travel(f"{NOVEMBER}T09:00:00+08:00", tick=False):
        assert f"您现在不需要操作。协议已续签（{renewal}）。" in words(
            browser_of(season.clerk).get(f"/agreements/{old.pk}/")
        )


def test_who_was_to_leave_may_go_on_after_all(season: Season) -> None:
    [old] = ending(season, "P1")
    renewing.leave(old, by=season.clerk, on=NOVEMBER, reason="退休")

    services.renew_agreement(old, by=season.clerk, on=NOVEMBER)

    assert not Leaving.objects.exists()
    with pytest.raises(Refused, match="已起草续签"):
        renewing.leave(old, by=season.clerk, on=NOVEMBER, reason="退休")


def test_the_database_keeps_one_word_with_its_reason(season: Season) -> None:
    [old] = ending(season, "P1")
    said = {"agreement": old, "decided_by": season.clerk, "decided_on": NOVEMBER}
    with pytest.raises(IntegrityError, match="leaving_has_a_reason"), transaction.atomic():
        Leaving.objects.create(**said, reason="")
    Leaving.objects.create(**said, reason="退休")
    with pytest.raises(IntegrityError, match="agreements_leaving_agreement_id_key"), transaction.atomic():
        Leaving.objects.create(**said, reason="退休")


@time_machine.travel("2027-11-05 09:00+08:00")
def test_from_the_list_to_the_drafts_and_the_bureaus_overview(season: Season) -> None:
    first, second, third = ending(season, "P1", "P2", "P3")
    clerk, page = browser_of(season.clerk), "/agreements/renewals/"

    nobody = clerk.post(page, {"act": "renew"})
    assert (nobody.status_code, "请先勾选协议" in words(nobody)) == (422, True)
    no_reason = clerk.post(page, {"act": "leave", "agreement": [third.pk]})
    assert (no_reason.status_code, "请写明不再续签的原因" in words(no_reason)) == (422, True)
    assert clerk.post(page, {"act": "renew", "agreement": [first.pk, second.pk]}).status_code == 302
    clerk.post(page, {"act": "leave", "agreement": [third.pk], "reason": "退休"})

    assert "李喆 农业" in words(clerk.get(f"{page}?plan=drafted"))
    assert "退休" in words(clerk.get(f"{page}?plan=leaving"))
    overview = words(browser_of(season.officer).get(page))
    assert "示范农林学院 3 0 2 0 1" in overview
    assert (
        browser_of(season.officer).post(page, {"act": "renew", "agreement": [third.pk]}).status_code == 422
    )  # not its own
    assert browser_of(season.stranger).post(page, {"act": "again", "agreement": [third.pk]}).status_code == 422


@time_machine.travel("2027-11-05 09:00+08:00")
def test_programs_plan_as_the_page_does(season: Season) -> None:
    first, second = ending(season, "P1", "P2")
    clerk, path = browser_of(season.clerk), "/api/v1/renewals/"

    def post(**sent: object) -> tuple[int, dict[str, object]]:
        answer = clerk.post(path, sent, content_type="application/json")
        return answer.status_code, answer.json()

    assert post(agreements=[first.pk], act="leave")[0] == 422
    assert post(agreements=[first.pk], act="leave", reason="退休") == (200, {"done": [first.pk], "refused": []})
    status, answer = post(agreements=[first.pk, second.pk], act="again")
    assert (status, answer["done"]) == (200, [first.pk])
    assert [row["agreement"] for row in answer["refused"]] == [second.pk]  # type: ignore[attr-defined]  # keeps none back
    status, answer = post(agreements=[first.pk, second.pk], act="renew")
    assert (status, len(answer["done"])) == (200, 2)  # type: ignore[arg-type]
    assert [row["plan"] for row in clerk.get(path).json()] == ["drafted", "drafted"]

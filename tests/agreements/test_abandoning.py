"""放弃: what left the desk and never comes to be filed is closed, and keeps its papers."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction

from agreements import services
from agreements.abandoning import services as abandoning
from agreements.models import Abandonment, Agreement
from core.models import AuditEvent, Message
from core.policy import Refused
from tests.agreements.hands import draft_form, signing_form, words
from tests.cast import MAY_20, Season
from tests.hands import browser_of, during, only_added_to

pytestmark = pytest.mark.django_db


def give_up(season: Season, agreement: Agreement, reason: str = "派驻单位不同意签署") -> Agreement:
    return abandoning.abandon_agreement(agreement, by=season.clerk, on=MAY_20, reason=reason)


def printed(agreement: Agreement) -> Agreement:
    agreement.papers.create(version=1, token="a" * 32, sha256="0" * 64)
    return agreement


@time_machine.travel("2026-05-20 09:00+08:00")
def test_a_printed_draft_is_given_up_on_its_page_and_done_with(season: Season) -> None:
    draft = printed(season.agreement(season.selected("P1"), season.h4, signed=False))
    clerk, page = browser_of(season.clerk), f"/agreements/{draft.pk}/abandon/"
    record = clerk.get(draft.get_absolute_url()).content.decode()
    assert (page in record, f"/agreements/{draft.pk}/discard/" in record) == (True, False)
    stayed = clerk.post(f"/agreements/{draft.pk}/discard/")
    assert "协议书已经打印或上传扫描件，不能删除草稿。不再办理的，请放弃协议。" in words(stayed)
    assert "已打印、签署和扫描的材料留作记录" in words(clerk.get(page))
    empty = clerk.post(page, {"reason": ""})
    assert (empty.status_code, "请填写放弃原因" in words(empty)) == (422, True)

    done = clerk.post(page, {"reason": "派驻单位不同意签署"}, follow=True)

    assert "已放弃" in words(done)
    assert "派出单位已于2026年5月20日放弃这份协议，原因：派驻单位不同意签署。" in words(done)
    draft.refresh_from_db()
    assert (draft.status, draft.papers.count()) == ("abandoned", 1)
    assert AuditEvent.objects.get(verb="agreement.abandoned").by == season.clerk.person
    assert not Message.objects.exists()  # nobody else has heard of it
    for kind, form in (("edit", draft_form(draft)), ("confirm", signing_form(draft))):
        assert clerk.post(f"/agreements/{draft.pk}/{kind}/", form).status_code == 422
    assert f"D-{draft.pk}" not in words(clerk.get("/agreements/prints/"))
    assert clerk.get(page).status_code == 302
    assert f"D-{draft.pk}" in words(clerk.get("/agreements/?status=abandoned"))
    for hat in (season.contact, season.auditor, season.hat_of(draft.specialist)):
        assert browser_of(hat).get(draft.get_absolute_url()).status_code == 404  # it never reached them


def test_a_returned_one_is_given_up_and_everybody_is_told(season: Season) -> None:
    case = season.submitted(season.selected("P3"), season.h4)
    services.return_agreement(case, by=season.officer, on=MAY_20, opinion="服务内容不具体")
    contact = browser_of(season.contact)

    answer = browser_of(season.clerk).post(f"/api/v1/agreements/{case.pk}/abandon/", {"reason": "另有安排"})

    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (200, "abandoned", "另有安排")
    told = Message.objects.filter(occasion=f"abandoned:{case.pk}")
    assert told
    assert all("不用再签署。原因：另有安排" in message.body for message in told)
    assert contact.get(case.get_absolute_url()).status_code == 200
    again = services.draft_agreement(case.registration, by=season.clerk, host=season.h4)
    found = {one.finding.code for one in services.judge(again, on=MAY_20) if one.finding}
    assert not found & {"E-ONE-HOST", "E-OVERLAP"}


def test_what_it_extended_may_be_extended_anew(season: Season) -> None:
    old = season.filed(season.selected("P3"), season.h4, service_end=date(2026, 12, 31))
    later = {"service_start": date(2027, 1, 1), "service_end": date(2027, 12, 31), "renews": old}
    extension = printed(season.agreement(old.registration, season.h4, signed=False, **later))

    give_up(season, extension)

    assert Abandonment.objects.get().renews == old
    assert services.renew_agreement(old, by=season.clerk, on=date(2026, 11, 5)).renews == old


def test_what_the_bureau_has_is_not_given_up(season: Season) -> None:
    chosen = season.selected("P3")
    for make in (season.submitted, season.filed):
        with pytest.raises(Refused) as refusal:
            give_up(season, make(chosen, season.h4))
        assert [finding.code for finding in refusal.value.findings] == ["E-STATE"]
    assert not Abandonment.objects.exists()


def test_what_is_handed_in_meanwhile_is_not_given_up(lasting_season: Season) -> None:
    season = lasting_season
    draft = season.agreement(season.selected("P3"), season.h4)

    answer = during(
        lambda: services.submit_agreements([draft], by=season.clerk, on=MAY_20), lambda: give_up(season, draft)
    )

    assert answer == "E-STATE"
    assert not Abandonment.objects.exists()


def test_the_database_closes_it_by_its_record_alone_and_for_good(season: Season) -> None:
    draft = season.agreement(season.selected("P3"), season.h4)
    row = Agreement.objects.filter(pk=draft.pk)
    with pytest.raises(IntegrityError, match="agreement_moves_in_order"), transaction.atomic():
        row.update(status="abandoned")
    with pytest.raises(IntegrityError, match="abandoned_for_a_reason"), transaction.atomic():
        Abandonment.objects.create(agreement=draft, reason="", abandoned_on=MAY_20, abandoned_by=season.clerk)
    give_up(season, draft)
    with pytest.raises(IntegrityError, match="agreements_abandonment_agreement_id_key"), transaction.atomic():
        Abandonment.objects.create(agreement=draft, reason="再来", abandoned_on=MAY_20, abandoned_by=season.clerk)
    for name, change in (
        ("agreement_moves_in_order", {"status": "draft"}),
        ("abandoned_agreement_never_changes", {"service_content": "另写"}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            row.update(**change)


@pytest.mark.django_db(transaction=True)
def test_what_was_written_of_it_stays(lasting_season: Season) -> None:
    give_up(lasting_season, lasting_season.agreement(lasting_season.selected("P3"), lasting_season.h4))

    only_added_to("agreements_abandonment")

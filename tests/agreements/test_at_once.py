"""Several hands at the same moment. Each test was seen to fail with its lock taken away."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from accounts.models import HostUnit
from agreements import cases, services
from agreements.enums import TerminationReason
from agreements.models import Agreement, AgreementScan, Submission, YearlyHost
from core.models import AuditEvent, NumberSeries
from specialists.enums import Category, SpecialistStatus
from specialists.models import Specialist
from tests.agreements.plans import small_plan
from tests.cast import MAY_18, MAY_20, Season, scan
from tests.hands import Act, at_once, during, linger


def filing(season: Season, agreement: Agreement, **more: Any) -> Act:
    """The outcome is its number."""
    return lambda: str(services.file_agreement(agreement, by=season.officer, **{"on": MAY_20, **more}))


def submitting(season: Season, agreement: Agreement) -> Act:
    return partial(services.submit_agreements, [agreement], by=season.clerk, on=MAY_18)


# --- the specialist ---------------------------------------------------------------------------------------------------


def test_two_clerks_cannot_give_one_enterprise_specialist_two_hosts(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
):
    linger(monkeypatch, cases, "facts_of")
    season, lizhe = lasting_season, lasting_season.selected("P1", Category.ENTERPRISE)
    rivals = [season.submitted(lizhe, at) for at in (season.h1, season.h3)]

    assert at_once(*(filing(season, rival) for rival in rivals)) == ["E-ONE-HOST", "SJZ-KTP-2026-0001"]


def test_a_year_is_reassigned_to_one_of_two_rivals(lasting_season: Season, monkeypatch: pytest.MonkeyPatch):
    season, lizhe = lasting_season, lasting_season.selected("P1", Category.ENTERPRISE)
    old = services.file_agreement(season.submitted(lizhe, season.h1), by=season.officer, on=MAY_20)
    june = date(2026, 6, 1)
    services.terminate_agreement(old, by=season.officer, on=june, reason=TerminationReason.AGREED)
    rivals = [season.submitted(lizhe, at, service_start=date(2026, 6, 2)) for at in (season.h2, season.h3)]
    linger(monkeypatch, cases, "facts_of")

    answers = at_once(*(filing(season, rival, on=june, reassign="原企业停产") for rival in rivals))

    assert answers == ["E-ONE-HOST", "SJZ-KTP-2026-0002"]
    winner = Agreement.objects.get(filing_number="SJZ-KTP-2026-0002")
    assert list(YearlyHost.objects.order_by("year").values_list("year", "host", "agreements")) == [
        (2026, winner.host_id, winner.pk),
        (2027, winner.host_id, winner.pk),
    ]


def test_two_drafts_for_different_hosts_are_not_both_submitted(lasting_season: Season, monkeypatch: pytest.MonkeyPatch):
    linger(monkeypatch, cases, "facts_of")
    season, lizhe = lasting_season, lasting_season.selected("P1", Category.ENTERPRISE)
    rivals = [season.agreement(lizhe, at) for at in (season.h1, season.h3)]

    answers = at_once(*(submitting(season, rival) for rival in rivals))

    assert (answers, Submission.objects.count()) == (["E-ONE-HOST", "done"], 1)


def test_who_is_revoked_during_a_filing_is_not_filed(lasting_season: Season):
    season = lasting_season
    agreement = season.submitted(season.selected("P3"), season.h4)

    def revoke() -> None:
        Specialist.objects.update(status=SpecialistStatus.REVOKED, revoked_on=MAY_20)

    assert during(revoke, filing(season, agreement)) == "E-REVOKED"


def test_a_specialist_whose_agreement_ends_meanwhile_is_free(lasting_season: Season):
    season, lizhe = lasting_season, lasting_season.selected("P1", Category.ENTERPRISE)
    old = services.file_agreement(season.submitted(lizhe, season.h1), by=season.officer, on=MAY_20)
    new = season.submitted(lizhe, season.h3, service_start=date(2027, 1, 1), service_end=date(2027, 12, 31))

    end = partial(services.terminate_agreement, old, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED)

    assert during(end, filing(season, new)) == "SJZ-KTP-2026-0002"


# --- the host ---------------------------------------------------------------------------------------------------------


def test_persons_who_join_the_host_during_a_filing_are_counted(lasting_season: Season):
    season = lasting_season
    sixth = season.submitted(season.selected("P10"), season.h4)
    others = [season.selected(key) for key in ("P1", "P2", "P5", "P8", "P9")]

    def five_join() -> None:
        HostUnit.objects.select_for_update().get(pk=sixth.host_id)
        for other in others:
            season.submitted(other, season.h4)

    assert during(five_join, filing(season, sixth)) == "E-CAP5"


def test_a_host_chosen_during_a_submission_is_not_overlooked(lasting_season: Season):
    season = lasting_season
    agreement = season.agreement(season.selected("P3"), season.h4)

    def choose_another() -> None:
        services.save_draft(agreement, by=season.manager, version=1, host=season.h5)

    assert during(choose_another, submitting(season, agreement)) == "stale"


# --- the agreement ----------------------------------------------------------------------------------------------------


def test_two_officers_file_one_agreement_once(lasting_season: Season):
    season = lasting_season
    agreement = season.submitted(season.selected("P3"), season.h4)

    assert at_once(*[filing(season, agreement)] * 2) == ["E-STATE", "SJZ-KTP-2026-0001"]
    assert AuditEvent.objects.count() == NumberSeries.objects.get().last == 1


def test_an_agreement_returned_during_its_filing_is_not_filed(lasting_season: Season):
    season = lasting_season
    agreement = season.submitted(season.selected("P3"), season.h4)

    def send_back() -> None:
        services.return_agreement(agreement, by=season.head, on=MAY_20, opinion="服务内容不具体")

    assert during(send_back, filing(season, agreement)) == "E-STATE"
    assert not NumberSeries.objects.filter(last__gt=0).exists()


def test_an_agreement_filed_during_its_return_is_not_returned(lasting_season: Season):
    season = lasting_season
    agreement = season.submitted(season.selected("P3"), season.h4)
    returning = partial(services.return_agreement, agreement, by=season.head, on=MAY_20, opinion="服务内容不具体")

    assert during(filing(season, agreement), returning) == "E-STATE"


def test_a_draft_is_submitted_once(lasting_season: Season):
    season = lasting_season
    agreement = season.agreement(season.selected("P3"), season.h4)

    answers = at_once(*[submitting(season, agreement)] * 2)

    assert (answers, Submission.objects.count()) == (["E-STATE", "done"], 1)
    assert AuditEvent.objects.filter(verb="agreement.submitted").count() == 1


def test_a_draft_submitted_during_an_edit_is_not_edited(lasting_season: Season):
    season = lasting_season
    agreement = season.agreement(season.selected("P3"), season.h4)
    editing = partial(services.save_draft, agreement, by=season.manager, version=1, service_content="苗木嫁接")

    assert during(submitting(season, agreement), editing) == "E-STATE"


def test_two_clerks_edit_one_draft_and_the_second_is_told(lasting_season: Season):
    season = lasting_season
    agreement = season.agreement(season.selected("P3"), season.h4)

    def editing(content: str) -> Act:
        return partial(services.save_draft, agreement, by=season.clerk, version=1, service_content=content)

    assert during(editing("苗木嫁接"), editing("果园灌溉")) == "stale"


def test_scans_uploaded_at_once_get_numbers_of_their_own(lasting_season: Season, monkeypatch: pytest.MonkeyPatch):
    season = lasting_season
    agreement = season.agreement(season.selected("P3"), season.h4)
    uploads = [partial(services.attach_scan, agreement, file=scan(season.clerk), by=season.clerk) for _ in range(3)]
    linger(monkeypatch, AgreementScan, "__init__")

    at_once(*uploads)

    assert list(AgreementScan.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_an_agreement_is_terminated_once(lasting_season: Season):
    season = lasting_season
    agreement = season.filed(season.selected("P3"), season.h4)
    ending = partial(
        services.terminate_agreement, agreement, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED
    )

    assert during(ending, ending) == "E-STATE"


def test_an_agreement_is_extended_once(lasting_season: Season):
    season = lasting_season
    agreement = season.filed(season.selected("P3"), season.h4)
    extending = partial(services.renew_agreement, agreement, by=season.clerk, on=date(2027, 11, 5))

    assert during(extending, extending) == "E-RENEW"


# --- numbers and places -----------------------------------------------------------------------------------------------


def test_clerks_filing_at_once_give_each_number_once_and_leave_no_gap(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
):
    NumberSeries.objects.create(name="agreement-2026", last=7)
    linger(monkeypatch, NumberSeries, "from_db")
    season = lasting_season
    pairs = zip(("P1", "P2", "P3"), (season.h1, season.h2, season.h3), strict=True)
    rivals = [season.submitted(season.selected(key, Category.ENTERPRISE), at) for key, at in pairs]

    numbers = at_once(*(filing(season, rival) for rival in rivals))

    assert numbers == ["SJZ-KTP-2026-0008", "SJZ-KTP-2026-0009", "SJZ-KTP-2026-0010"]


def test_the_last_place_of_the_plan_is_given_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch):
    season = lasting_season
    small_plan(season, 1)
    NumberSeries.objects.create(name="agreement-2026", last=7)  # where there is none yet, its creation makes them wait
    linger(monkeypatch, cases, "persons_filed")
    rivals = [season.submitted(season.selected(key), at) for key, at in (("P1", season.h4), ("P2", season.h5))]

    assert at_once(*(filing(season, rival) for rival in rivals)) == ["SJZ-KTP-2026-0008", "W-QUOTA"]

"""作废, 变更, 提前终止 and 改派 of one agreement by several hands at the same moment, over HTTP.

Each test was seen to fail with its lock taken away; which one it is stands beside it, by the name `make prove` has for it.
"""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Role
from accounts.models import Membership
from agreements import cases, rules, services
from agreements.amending import services as amending
from agreements.enums import AgreementStatus, AmendmentReason, TerminationReason
from agreements.models import Agreement, Amendment, Reassignment, Voiding, YearlyHost
from agreements.moving import services as moving
from core.models import AuditEvent
from specialists.enums import Category, ChangeStatus
from tests.cast import MAY_20, PDF, Season, member
from tests.hands import Act, at_once, during, linger, posting


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-21 10:00:00+08:00") as traveller:
        yield traveller


@pytest.fixture
def season(lasting_season: Season) -> Season:
    return lasting_season


@pytest.fixture
def colleague(season: Season) -> Membership:
    return member("王科员", Role.BUREAU_OFFICER, season.bureau, "wang")


@pytest.fixture
def agreement(season: Season) -> Agreement:
    paper = season.submitted(season.selected("P1", Category.ENTERPRISE), season.h1)
    return services.file_agreement(paper, by=season.officer, on=MAY_20)


def proof() -> SimpleUploadedFile:
    return SimpleUploadedFile("补充协议.pdf", PDF)


def voiding(hat: Membership, agreement: Agreement) -> Act:
    return posting(hat, f"/agreements/{agreement.pk}/void/", reason="重复备案")


def amendment_of(season: Season, agreement: Agreement) -> Amendment:
    return amending.ask_to_amend(
        agreement,
        by=season.clerk,
        on=MAY_20,
        kind=AmendmentReason.NEED,
        note="增加到现场次数",
        evidence=proof(),
        visits_per_year=16,
    )


def test_an_agreement_made_void_ended_and_moved_at_once_has_one_end(
    season: Season, colleague: Membership, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`hold_all` and `_hold_people` each keep this one; without both, the second meets the guard of the moves."""
    request = moving.ask_to_move(
        agreement, by=season.clerk, on=MAY_20, wished="示范精密机械有限公司", note="原单位产线停产", evidence=proof()
    )
    linger(monkeypatch, rules, "may_move")

    answers = at_once(
        voiding(season.officer, agreement),
        posting(
            colleague, f"/agreements/{agreement.pk}/terminate/", ends_on="2026-05-21", reason="agreed", note="项目结束"
        ),
        posting(season.head, f"/agreements/moves/{request.pk}/decide/", decision="pass"),
    )

    agreement.refresh_from_db()
    assert answers == ["302", "422", "422"]
    assert Voiding.objects.exists() == (agreement.status == AgreementStatus.VOID)
    assert AuditEvent.objects.filter(verb__in=["agreement.voided", "agreement.terminated"]).count() == 1


def test_an_amendment_is_not_agreed_to_while_its_agreement_becomes_void(
    season: Season, colleague: Membership, agreement: Agreement
) -> None:
    """Without `hold_all` what is void reads otherwise from today on."""
    asked = amendment_of(season, agreement)
    agreeing = posting(colleague, f"/agreements/amendments/{asked.pk}/decide/", decision="pass")

    assert during(voiding(season.officer, agreement), agreeing) == "422"
    asked.refresh_from_db()
    assert asked.status == ChangeStatus.WITHDRAWN  # with the filing


def test_an_amendment_is_not_asked_for_while_the_agreement_is_ended(season: Season, agreement: Agreement) -> None:
    """Without `hold_all` a request waits at an agreement that is over."""
    typed = {"visits_per_year": "16", "service_content": agreement.service_content, "kind": "need", "note": "增加次数"}
    typed |= {"goal-0-name": "组织技术培训", "goal-0-count": "2", "goal-0-unit": "场"}
    asking = posting(season.clerk, f"/agreements/{agreement.pk}/amend/", evidence=proof(), **typed)
    ending = posting(
        season.officer, f"/agreements/{agreement.pk}/terminate/", ends_on="2026-05-21", reason="agreed", note="项目结束"
    )

    assert during(ending, asking) == "422"
    assert not Amendment.objects.exists()


def test_two_officers_of_two_minds_decide_one_amendment_once(
    season: Season, colleague: Membership, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `hold_all` the second word meets the guard `amendment_stays_as_asked`, and its officer an error page."""
    asked = amendment_of(season, agreement)
    linger(monkeypatch, Amendment, "open_to")
    path = f"/agreements/amendments/{asked.pk}/decide/"

    answers = at_once(
        posting(season.officer, path, decision="pass"), posting(colleague, path, decision="return", opinion="理由不足")
    )

    asked.refresh_from_db()
    assert answers == ["302", "422"]
    assert asked.opinion == ("理由不足" if asked.status == ChangeStatus.RETURNED else "")
    assert AuditEvent.objects.filter(verb__startswith="agreement.amendment_", verb__endswith="ed").count() == 2


def test_the_years_of_an_agreement_that_becomes_void_are_free_for_who_files_meanwhile(
    season: Season, colleague: Membership, agreement: Agreement
) -> None:
    """Without `_hold_people` the filing does not wait, and is refused for a host that the person no longer has."""
    right = season.submitted(agreement.registration, season.h3)
    filing = posting(colleague, f"/agreements/{right.pk}/file/", version=1, corrections=0)

    assert during(voiding(season.officer, agreement), filing) == "302"
    assert {row.host for row in YearlyHost.objects.all()} == {season.h3}


def test_a_year_is_moved_to_one_of_the_two_hosts_that_two_officers_file_for(
    season: Season, colleague: Membership, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock on the specialist in `HOLD` both officers move the year, one after the other."""
    services.terminate_agreement(agreement, by=season.officer, on=date(2026, 5, 21), reason=TerminationReason.AGREED)
    june = {"service_start": date(2026, 6, 1)}
    rivals = [season.submitted(agreement.registration, at, **june) for at in (season.h2, season.h3)]
    linger(monkeypatch, cases, "facts_of")
    word = {"version": 1, "corrections": 0, "reason-E-ONE-HOST": "原企业停产"}

    answers = at_once(
        *(
            posting(hat, f"/agreements/{rival.pk}/file/", **word)
            for hat, rival in zip((season.officer, colleague), rivals, strict=True)
        )
    )

    assert answers == ["302", "422"]
    assert Reassignment.objects.get().agreement.status == AgreementStatus.FILED

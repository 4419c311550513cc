"""A draft that nobody needs goes; what left the desk stays."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiToken
from agreements import services
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core.models import AuditEvent
from core.policy import Refused
from tests.cast import MAY_12, Season
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(season: Season) -> Agreement:
    return season.agreement(season.selected("P1"), season.h4, signed=False)


def test_a_clerk_throws_a_draft_away_on_its_page(season: Season, draft: Agreement) -> None:
    clerk = Person(season.clerk)
    clerk.opens(draft.get_absolute_url())

    assert f"协议草稿 D-{draft.pk} 已删除" in clerk.presses("删除草稿")

    assert not Agreement.objects.exists()
    [event] = AuditEvent.objects.filter(verb="agreement.discarded")
    assert (event.target_id, event.by) == (draft.pk, season.clerk.person)


@pytest.mark.parametrize("status", [AgreementStatus.SUBMITTED, AgreementStatus.RETURNED, AgreementStatus.FILED])
def test_what_was_handed_in_is_not_thrown_away(season: Season, status: str) -> None:
    paper = season.agreement(season.selected("P1"), season.h4, status=status)

    with pytest.raises(Refused) as refusal:
        services.discard_draft(paper, by=season.clerk)

    assert [finding.code for finding in refusal.value.findings] == ["E-STATE"]
    page = Person(season.clerk)
    page.opens(paper.get_absolute_url())
    assert "删除草稿" not in page.page


def test_a_draft_that_was_printed_stays_and_the_page_says_why(
    season: Season, draft: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = Person(season.clerk)
    clerk.opens(draft.get_absolute_url())
    draft.papers.create(version=1, token="a" * 32, sha256="0" * 64)

    assert "协议书已经打印或上传扫描件，不能删除草稿" in clerk.presses("删除草稿", expect=422)
    assert Agreement.objects.exists()


def test_a_registration_is_free_again_once_its_draft_is_gone(season: Season, draft: Agreement) -> None:
    services.discard_draft(draft, by=season.clerk)

    made = services.draft_agreement(draft.registration, by=season.clerk, host=season.h5, service_start=MAY_12)
    assert made.host == season.h5


def test_a_program_deletes_a_draft_of_its_own_unit_only(season: Season, draft: Agreement) -> None:
    answers = []
    for hat in (season.stranger, season.officer, season.clerk, season.clerk):
        client = APIClient()
        _, words = ApiToken.objects.create(user=hat.person, membership=hat, expiry=timedelta(days=1))
        client.credentials(HTTP_AUTHORIZATION=f"Token {words}")
        answers.append(client.delete(f"/api/v1/agreements/{draft.pk}/").status_code)

    assert answers == [404, 403, 204, 404]

"""SC-21 with a real team: selected, dispatched, seen by the host, and paid person by person (R40)."""

from datetime import date

from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, AgreementScan
from agreements.services import attach_scan, draft_agreement, file_agreement, sign, submit_agreements
from funding import services
from funding.enums import EntryKind
from funding.models import LedgerEntry
from tests.cast import END, MAY_12, MAY_20, Season, scan
from tests.funding.conftest import Treasury
from tests.specialists.team_acts import selected
from visits.services import confirm_visit, log_visit

FOUR = ("P8", "P9", "P10", "P11")
MAY_25, JUNE_1 = date(2026, 5, 25), date(2026, 6, 1)


def test_sc21_a_team_of_four_goes_out_once_and_is_paid_in_four_lines(treasury: Treasury) -> None:
    season = treasury.season
    agreement = dispatched(season)
    assert agreement.team
    members = [member.specialist for member in agreement.team.members.order_by("pk")]
    visit = log_visit(
        agreement,
        by=season.hat_of(members[0]),
        on=MAY_25,
        attendees=members,
        date=MAY_25,
        days=1,
        mode="onsite",
        activities=["技术培训"],
        content="谷子高产栽培培训。",
    )
    confirm_visit(visit, by=season.contact, on=MAY_25, name="马社长", rating="satisfied")
    treasury.allocate(300_000)

    claims = services.claim_visits(list(visit.attendances.all()), by=season.clerk, on=JUNE_1)
    batch = treasury.approved(claims)

    lines = LedgerEntry.objects.filter(kind=EntryKind.SUBSIDY)
    assert [line.amount_fen for line in lines] == [-60_000] * 4
    assert batch.total_fen == 240_000
    assert {claim.attendance.specialist for claim in claims} == set(members)


def dispatched(season: Season) -> Agreement:
    """By every act that leads there: selection, draft, three signatures, scan, submission, filing."""
    team = selected(season, *FOUR)
    leader = team.members.get(is_leader=True)
    assert leader.registration
    agreement = draft_agreement(
        leader.registration,
        by=season.clerk,
        host=season.h4,
        service_start=MAY_12,
        service_end=END,
        service_content="谷子产业技术服务。",
        goals=[{"name": "组织技术培训", "count": 2, "unit": "场"}],
    )
    for party, signer in zip(Party, ("孟主任", "马社长", leader.specialist.name), strict=True):
        sign(agreement, party=party, signer=signer, signed_on=MAY_12, authority="legal", by=season.clerk)
    attach_scan(agreement, file=scan(season.clerk), by=season.clerk)
    submit_agreements([agreement], by=season.clerk, on=MAY_12)
    filed = file_agreement(agreement, by=season.officer, on=MAY_20)
    assert (filed.status, filed.team, AgreementScan.objects.count()) == (AgreementStatus.FILED, team, 1)
    return filed

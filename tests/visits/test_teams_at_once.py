"""A member leaves while a visit with them is told. Seen to fail with its lock taken away."""

from datetime import date

from agreements.enums import AgreementStatus
from agreements.services import change_team_members
from tests.cast import Season, person
from tests.hands import during
from tests.specialists.team_acts import member_of, selected
from visits import services

MAY_25, MAY_26 = date(2026, 5, 25), date(2026, 5, 26)


def test_who_leaves_while_a_visit_of_that_day_is_told_did_not_come(lasting_season: Season) -> None:
    season = lasting_season
    team = selected(season, "P8", "P9", "P10", "P11")
    leader = member_of(team, "P8")
    assert leader.registration
    agreement = season.agreement(leader.registration, season.h4, team=team, status=AgreementStatus.FILED)

    answer = during(
        lambda: change_team_members(
            team, by=season.clerk, on=MAY_26, day=MAY_25, leaving=member_of(team, "P11"), reason="调动"
        ),
        lambda: services.log_visit(
            agreement,
            by=season.clerk,
            on=MAY_26,
            attendees=[person("P8"), person("P11")],
            date=MAY_25,
            days=1,
            mode="onsite",
            activities=["技术培训"],
            content="会诊",
        ),
    )

    assert answer == "E-VISIT-WHO"

"""A team grows at a host while somebody else comes there. Seen to fail with its lock taken away."""

from agreements import services
from agreements.enums import AgreementStatus
from tests.cast import MAY_18, MAY_20, Season
from tests.hands import during
from tests.specialists.team_acts import entry, selected


def test_a_member_who_joins_while_another_is_handed_in_at_the_host_is_the_sixth(lasting_season: Season) -> None:
    season = lasting_season
    team = selected(season)
    leader = team.members.current().get(is_leader=True)
    assert leader.registration
    season.agreement(leader.registration, season.h4, team=team, status=AgreementStatus.FILED)
    season.filed(season.selected("P3"), season.h4)
    newcomer = season.agreement(season.selected("P4"), season.h4)

    answer = during(
        lambda: services.submit_agreements([newcomer], by=season.clerk, on=MAY_18),
        lambda: services.change_team_members(
            team, by=season.clerk, on=MAY_20, day=MAY_20, joining=entry("P12"), consent=True
        ),
    )

    assert answer == "E-CAP5"

import pytest

from agreements.models import Agreement
from core.models import PolicyPack
from tests.cast import MAY_20, Season
from visits.enums import VisitStatus


def test_the_cast_holds_a_whole_season(season: Season) -> None:
    filed = season.filed(season.selected("P1"), season.h4)
    season.visit(filed, MAY_20, status=VisitStatus.CONFIRMED)
    season.on_provincial_list("P2")

    assert Agreement.objects.visible_to(season.clerk).get() == filed
    assert not Agreement.objects.visible_to(season.stranger).exists()
    assert PolicyPack.in_force(on=MAY_20).entry("E-CAP5").params["cap"] == 5


@pytest.mark.parametrize(
    "hat", ["officer", "head", "admin", "clerk", "manager", "contact", "county", "finance", "auditor"]
)
def test_everybody_in_the_cast_wears_a_hat(season: Season, hat: str) -> None:
    assert str(getattr(season, hat))

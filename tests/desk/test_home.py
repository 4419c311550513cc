import pytest
import time_machine
from django.test import Client

from accounts.enums import Role
from accounts.models import Membership
from tests.cast import MAY_20, Season


@pytest.fixture(autouse=True)
def today() -> object:
    with time_machine.travel(MAY_20):
        yield


def hat(season: Season, role: Role) -> Membership:
    hats = {
        Role.BUREAU_OFFICER: lambda: season.officer,
        Role.DIVISION_HEAD: lambda: season.head,
        Role.BUREAU_ADMIN: lambda: season.admin,
        Role.COUNTY_OFFICER: lambda: season.county,
        Role.FINANCE: lambda: season.finance,
        Role.AUDITOR: lambda: season.auditor,
        Role.INSTITUTION_ADMIN: lambda: season.manager,
        Role.INSTITUTION_CLERK: lambda: season.clerk,
        Role.HOST_CONTACT: lambda: season.contact,
        Role.SPECIALIST: lambda: season.hat_of(season.selected("P1").specialist),
    }
    return hats[role]()


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_first_page(season: Season, role: Role) -> None:
    client = Client()
    client.force_login(hat(season, role).person)

    assert client.get("/").status_code == 200

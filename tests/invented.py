"""More people, hosts and agreements than the cast has names for, laid straight into the tables like the cast."""

from datetime import date
from typing import Any

from accounts.enums import HostType
from accounts.models import HostUnit
from agreements.enums import AgreementStatus, Authority, Party
from agreements.models import Agreement, AgreementScan, Signature
from core.identifiers import USCC_ALPHABET, USCC_WEIGHTS
from specialists.enums import Category, PersonnelType, RegistrationStatus
from specialists.models import Registration, Specialist
from tests import cast


def person(number: int) -> Specialist:
    """Somebody with a valid ID number under the unassigned prefix 139999."""
    cast.PEOPLE[f"invented {number}"] = (f"试验员{number}", id_number(number))
    return cast.person(f"invented {number}")


def id_number(number: int) -> str:
    body = f"139999{1970 + number % 30}{1 + number // 1000 % 12:02}01{number % 1000:03}"
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def uscc(number: int, *, kind: str = "91") -> str:
    """A valid credit code of no unit, under the same prefix."""
    body = f"{kind}139999MA0{number:06}"[:17]
    body = body.ljust(17, "0")
    total = sum(USCC_ALPHABET.index(sign) * weight for sign, weight in zip(body, USCC_WEIGHTS, strict=True))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]


def host(number: int, **flags: bool) -> HostUnit:
    unit = cast.host(f"试验装备{number}厂", HostType.ENTERPRISE, f"91139999MA0Y{number:06}", "130109")
    return cast.flagged(unit, **flags)


def agreement(season: cast.Season, number: int, *, host: HostUnit, start: date, **more: Any) -> Agreement:
    """Of a person of its own, submitted, signed and scanned on the day it starts; nothing in it is against a rule."""
    registration = Registration.objects.create(
        specialist=person(number),
        year=start.year,
        category=Category.ENTERPRISE,
        personnel_type=PersonnelType.STAFF,
        institution=season.u1,
        status=RegistrationStatus.APPROVED,
        submitted_on=start,
        approved_on=start,
        consented_on=start,
        pack=season.pack,
    )
    made = season.agreement(
        registration,
        host,
        signed=False,
        service_start=start,
        service_end=date(start.year + 1, 12, 31),
        **{"status": AgreementStatus.SUBMITTED, "submitted_on": start, **more},
    )
    for party in Party:
        as_what = Authority.SELF if party == Party.SPECIALIST else Authority.LEGAL
        Signature.objects.create(agreement=made, party=party, signer="签署人", signed_on=start, authority=as_what)
    AgreementScan.objects.create(agreement=made, number=1, paper_version=made.version, file=cast.scan(season.clerk))
    return made

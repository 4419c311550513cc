"""Entering units in their capacities, and correcting what is told of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from accounts import flags, queries, rules
from accounts.enums import HostType, InstitutionType, Role
from accounts.models import District, HostUnit, Institution, Membership, Organization
from accounts.services import invite
from core import audit
from core.policy import Finding, Refused, require
from core.stale import refuse_stale


@dataclass(frozen=True)
class UnitFacts:
    """What is told about a unit itself, in whatever capacity it comes."""

    name: str
    uscc: str
    district: District | None
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""

    def columns(self) -> dict[str, Any]:
        return {**self.__dict__, "uscc": self.uscc or None}


@dataclass(frozen=True)
class HostFacts:
    """What kind of host it is; its flags decide how many specialists it may take."""

    host_type: HostType
    is_above_scale: bool = False
    is_tech_sme: bool = False
    flags_year: int | None = None

    def findings(self, *, on: date) -> list[Finding | None]:
        return flags.findings(
            host_type=self.host_type,
            above_scale=self.is_above_scale,
            tech_sme=self.is_tech_sme,
            year=self.flags_year,
            on=on,
        )


def known_host(uscc: str, *, by: Membership) -> HostUnit | None:
    """The host that already has this code, if `by` may see it: to be used instead of entered again."""
    if not uscc:
        return None
    seen = Organization.objects.visible_to(by).hosts().known_as(uscc)
    unit = seen.select_related("host").first()
    return unit.host if unit else None


@transaction.atomic
def create_host(
    unit: UnitFacts,
    host: HostFacts,
    *,
    by: Membership,
    on: date,
    distinct: bool = True,
    without_code: bool = False,
) -> HostUnit:
    """Enter a unit that receives specialists.

    A unit that is here in another capacity becomes a host too when the bureau says so; for others it is taken, as is a
    village of the same name in the same county. A county enters hosts of its own county only. `distinct` is the word
    of whoever enters it that hosts of the same name there are other units. `without_code`: a past agreement names one
    whose code nobody wrote down. Flags are the unit's own word until a county or the bureau verifies them.
    """
    existing = _with_the_code(unit.uscc)
    joins = existing is not None and not hasattr(existing, "host") and by.role in Role.bureau
    namesake = not unit.uscc and queries.without_code(unit.name, unit.district).exists()
    require(
        None if without_code else rules.code_unless_a_village(uscc=unit.uscc, host_type=host.host_type),
        rules.unit_is_new(taken=existing is not None and not joins, field="uscc"),
        rules.unit_is_new(taken=namesake, field="name"),
        _of_its_county(unit, by=by),
        None if without_code else district_in_use(unit.district),
        None if distinct or existing else rules.no_namesake(names=queries.namesakes(unit.name, unit.district, by=by)),
        *host.findings(on=on),
    )
    organization = existing or _organization(unit)
    declarer = by.person if host.is_above_scale or host.is_tech_sme else None
    made = HostUnit.objects.create(organization=organization, flags_declarer=declarer, **host.__dict__)
    flags.keep_year(made)
    after = {**unit.columns(), **host.__dict__}
    audit.record("organization.host_created", organization, by=by, after=_told(after))
    return made


@transaction.atomic
def change_host(
    made: HostUnit,
    unit: UnitFacts,
    host: HostFacts,
    *,
    by: Membership,
    on: date,
    version: int | None = None,
    distinct: bool = False,
) -> HostUnit:
    """Correct what is told about a host. Changed flags are unverified again.

    Raises Stale when somebody else changed it since `version`; refuses a code that another unit has, and its name, unless
    it is said to be another one (`distinct`).
    """
    organization = flags.hold(made, version=version, typed=unit.columns(), beside=host.__dict__)
    made = organization.host
    require(
        rules.code_unless_a_village(uscc=unit.uscc, host_type=host.host_type),
        *_corrected(organization, unit, by=by, distinct=distinct),
        _of_its_county(unit, by=by),
        *host.findings(on=on),
    )
    before, after = audit.changed(organization, unit.columns())
    host_before, host_after = audit.changed(made, host.__dict__)
    former_year = made.flags_year
    if declared_anew := host_after.keys() & set(flags.FLAGS):
        if made.flags_verified_by_id:
            host_before["flags_verified_on"], host_after["flags_verified_on"] = made.flags_verified_on, None
        made.flags_verified_by = made.flags_verifier = None
        made.flags_basis = made.flags_note = ""
        made.flags_declarer = by.person
    for name, value in host_after.items():
        setattr(made, name, value)
    whose = ("flags_declarer", "flags_verified_by", "flags_verifier")
    made.save(update_fields=[*host_after, *whose, "flags_basis", "flags_note"])
    if declared_anew:
        flags.keep_year(made, withdrawn_for=former_year)
    _write(organization, after)
    before, after = _told(before | host_before), _told(after | host_after)
    audit.record("organization.changed", organization, by=by, before=before, after=after)
    return made


def dispatches_or_governs(unit: Organization) -> bool:
    """Whether it is the bureau's to correct: who only hosts is corrected by itself, its county and the bureau's desk."""
    return unit.merged_into_id is None and (hasattr(unit, "institution") or hasattr(unit, "office"))


@transaction.atomic
def change_unit(
    made: Organization, unit: UnitFacts, *, by: Membership, version: int | None = None, distinct: bool = False
) -> Organization:
    """Correct what is told about a dispatching institution or an office: renamed, moved, another one to call.

    What was signed and filed says what it said. Raises Stale and refuses as `change_host` does.
    """
    organization = Organization.objects.select_for_update(of=("self",)).get(pk=made.pk)
    refuse_stale(organization, version=version, typed=unit.columns())
    require(
        rules.code_is_kept(former=organization.uscc or "", uscc=unit.uscc),
        *_corrected(organization, unit, by=by, distinct=distinct),
    )
    before, after = audit.changed(organization, unit.columns())
    _write(organization, after)
    audit.record("organization.changed", organization, by=by, before=_told(before), after=_told(after))
    return organization


def _corrected(organization: Organization, unit: UnitFacts, *, by: Membership, distinct: bool) -> list[Finding | None]:
    """What any unit is asked that is corrected."""
    moved = unit.name != organization.name or unit.district != organization.district
    names = queries.same_named(organization, unit.name, unit.district, by=by) if moved and not distinct else []
    codeless = not unit.uscc and (moved or organization.uscc is not None)
    unclear = codeless and queries.without_code(unit.name, unit.district).exclude(pk=organization.pk).exists()
    taken = unit.uscc and Organization.objects.filter(uscc=unit.uscc).exclude(pk=organization.pk).exists()
    return [
        rules.code_is_free(taken=bool(taken)),
        rules.told_apart_without_a_code(taken=bool(unclear))
        or rules.keeps_its_own_name(names=names, only_hosts=not dispatches_or_governs(organization)),
        district_in_use(unit.district) if unit.district != organization.district else None,
    ]


def _write(organization: Organization, after: dict[str, Any]) -> None:
    for name, value in after.items():
        setattr(organization, name, value)
    organization.version += 1
    try:
        with transaction.atomic():
            organization.save(update_fields=[*after, "version"])
    except IntegrityError:  # somebody else gave the code, or this name without any, to another unit a moment ago
        finding = rules.code_is_free(taken=True) if organization.uscc else rules.told_apart_without_a_code(taken=True)
        raise Refused([finding] if finding else []) from None


def _of_its_county(unit: UnitFacts, *, by: Membership) -> Finding | None:
    if by.role != Role.COUNTY_OFFICER:
        return None
    return rules.in_ones_own_county(district=unit.district.current.pk if unit.district else "", own=by.district_id)


def district_in_use(district: District | None) -> Finding | None:
    if district is None:
        return None
    successor = str(district.successor or "")
    return rules.district_in_use(name=district.name, is_retired=district.retired_on is not None, successor=successor)


@transaction.atomic
def create_institution(
    unit: UnitFacts, *, type: InstitutionType, admin_name: str, admin_email: str, by: Membership
) -> Institution:
    """Enter a dispatching institution and invite its first administrator. A host may become one as well."""
    existing = _with_the_code(unit.uscc)
    require(
        rules.institution_is_new(taken=existing is not None and hasattr(existing, "institution")),
        None if existing else district_in_use(unit.district),
    )
    organization = existing or _organization(unit)
    made = Institution.objects.create(organization=organization, type=type)
    audit.record("organization.institution_created", organization, by=by, after=_told({**unit.columns(), "type": type}))
    organization = Organization.objects.get(pk=organization.pk)  # with its new capacity
    invite(organization, role=Role.INSTITUTION_ADMIN, name=admin_name, email=admin_email, by=by)
    return made


def _with_the_code(uscc: str) -> Organization | None:
    """The unit of a code under its lock; a former code is the code of the unit into which it was merged."""
    if not uscc:
        return None
    return Organization.objects.known_as(uscc).select_for_update(of=("self",)).first()


def _organization(unit: UnitFacts) -> Organization:
    try:
        with transaction.atomic():
            return Organization.objects.create(**unit.columns())
    except IntegrityError:  # somebody else entered the code, or this name without any, a moment ago
        finding = rules.unit_is_new(taken=True, field="uscc" if unit.uscc else "name")
        raise Refused([finding] if finding else []) from None


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """What the history repeats: not the telephone and address of a person."""
    hidden = ("contact_phone", "contact_email")
    return {name: "（已更新）" if name in hidden and value else value for name, value in values.items()}

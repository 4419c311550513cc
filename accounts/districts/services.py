"""Every change of the divisions. All are held while one changes: there are two dozen, and they lead on to each other."""

import re
from datetime import date

from django.db import transaction
from django.db.models import F

from accounts.districts import queries
from accounts.enums import DistrictKind, OfficeKind
from accounts.models import District, Membership, Organization
from core import audit
from core.dictionaries import SOUND
from core.policy import Finding, plain, require
from core.stale import refuse_stale

CODE = re.compile(r"[0-9]{6}")


@transaction.atomic
def add_district(*, code: str, name: str, kind: DistrictKind, by: Membership) -> District:
    """Enter a division. Raises Refused (E-DISTRICT) for a code that is here, retired or not, and a name in use."""
    held, name = _held(), name.strip()
    require(
        None if CODE.fullmatch(code) else plain("E-DISTRICT", "行政区划代码应为6位数字，请核对。", field="code"),
        _of_this_city(held, code),
        plain("E-DISTRICT", f"代码{code}已是“{held[code]}”的代码。", field="code") if code in held else None,
        _sound(name),
        _new_name(held, name),
    )
    made = District.objects.create(code=code, name=name, kind=kind)
    audit.record("district.added", made, by=by, after={"code": code, "name": name, "kind": kind})
    _forget()
    return made


def _of_this_city(held: dict[str, District], code: str) -> Finding | None:
    """GB/T 2260: the first four digits are the city's, which all its divisions share."""
    cities = {one[:4] for one in held}
    if len(cities) != 1 or not CODE.fullmatch(code) or code[:4] in cities:
        return None
    return plain("E-DISTRICT", f"本市行政区划代码的前四位应为{cities.pop()}，请核对。", field="code")


@transaction.atomic
def rename_district(district: District, *, name: str, by: Membership, version: int | None = None) -> District:
    """Call a division otherwise from now on; rosters that bring the old name are told, and read by it.

    Raises Stale, and Refused (E-DISTRICT) for a name that another one has.
    """
    held, name = _held(), name.strip()
    district = held[district.pk]
    refuse_stale(district, version=version, typed={"name": name})
    if name == district.name:
        return district
    require(_sound(name), _new_name(held, name, besides=district))
    before, district.name = district.name, name
    district.former_names = [one for one in dict.fromkeys([*district.former_names, before]) if one != name]
    _save(district, "name", "former_names")
    audit.record("district.renamed", district, by=by, before={"name": before}, after={"name": name})
    return district


@transaction.atomic
def retire_district(
    district: District, *, by: Membership, on: date, reason: str, successor: District | None = None
) -> District:
    """Offer a division no more. Its records stay with it; who looks for its successor finds them there too.

    The county's own office goes over to the successor, unless that has one: then its officers keep the old records.
    Raises Refused (E-DISTRICT): retired already, without a reason, or followed by one that is not in use itself.
    """
    held = _held()
    district = held[district.pk]
    heir = held.get(successor.pk) if successor else None
    require(
        _in_use(district),
        None if reason.strip() else plain("E-DISTRICT", "请填写停用的原因或依据，如批复文号。", field="reason"),
        None
        if successor is None or (heir and heir.retired_on is None and heir != district)
        else plain("E-DISTRICT", "接替的应是在用的另一个县（市、区），请重新选择。", field="successor"),
    )
    district.retired_on, district.successor = on, heir
    _save(district, "retired_on", "successor")
    told = {"retired_on": on, **({"successor": heir.name} if heir else {})}
    audit.record("district.retired", district, by=by, after=told, reason=reason.strip())
    if heir:
        District.objects.filter(successor=district).update(successor=heir)
        _hand_over_office(district, heir, by=by, reason=reason.strip())
    return district


@transaction.atomic
def revive_district(district: District, *, by: Membership) -> District:
    """Offer a retired division again. Raises Refused (E-DISTRICT) for one in use, and while another has its name."""
    held = _held()
    district = held[district.pk]
    require(
        plain("E-DISTRICT", f"“{district}”正在使用。") if district.retired_on is None else None,
        _new_name(held, district.name, besides=district),
    )
    before = {"retired_on": district.retired_on}
    district.retired_on, district.successor = None, None
    _save(district, "retired_on", "successor")
    audit.record("district.revived", district, by=by, before=before)
    return district


def _held() -> dict[str, District]:
    return {one.pk: one for one in District.objects.select_for_update(of=("self",)).order_by("code")}


def _save(district: District, *columns: str) -> None:
    district.version += 1
    district.save(update_fields=[*columns, "version"])
    _forget()


def _forget() -> None:
    queries.forget()
    transaction.on_commit(queries.forget)


def _sound(name: str) -> Finding | None:
    if SOUND.fullmatch(name):
        return None
    return plain("E-DISTRICT", "名称以文字开头，只能有文字、数字和常用标点。", field="name")


def _new_name(held: dict[str, District], name: str, *, besides: District | None = None) -> Finding | None:
    taken = any(one.name == name and one.retired_on is None and one != besides for one in held.values())
    return plain("E-DISTRICT", f"“{name}”已在使用。", field="name") if taken else None


def _in_use(district: District) -> Finding | None:
    return None if district.retired_on is None else plain("E-DISTRICT", f"“{district}”已经停用。")


def _hand_over_office(district: District, heir: District, *, by: Membership, reason: str) -> None:
    offices = Organization.objects.filter(office__kind=OfficeKind.COUNTY_BUREAU)
    if offices.filter(district=heir).exists():
        return
    for office in offices.filter(district=district).order_by("pk"):
        # What else is changed of it at this moment stays: only its place is written here.
        Organization.objects.filter(pk=office.pk).update(district=heir, version=F("version") + 1)
        before, after = {"district": district.name}, {"district": heir.name}
        audit.record("organization.changed", office, by=by, before=before, after=after, reason=reason)

"""What a firm says of itself (规模以上, 科技型中小企业), and whose word it is.

The flags decide how many specialists a host may take (R23), so they are declared with their year, held against the
proof by its county or the bureau (by another person than who declared them), and declared anew for the next year. The host carries what was said last; each year
keeps its own row, so that what was agreed in a year can be judged by that year.
"""

from collections import Counter
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts import queries, rules
from accounts.enums import Role
from accounts.models import HostFlags, HostUnit, Membership, Organization
from core import audit, notify
from core.policy import Finding, plain, require
from core.stale import refuse_stale

FLAGS = ("is_above_scale", "is_tech_sme", "flags_year")


@transaction.atomic
def verify_flags(made: HostUnit, *, by: Membership, on: date, basis: str, version: int | None = None) -> HostUnit:
    """The county or the bureau has seen the proof of what stood on its page; `basis` is the number it goes by.

    Raises Stale when the unit was changed since `version`; refuses without a declaration, when it is verified, and who
    declared it (E-TWO-PEOPLE).
    """
    organization = hold(made, version=version)
    made = organization.host
    require(
        rules.something_to_verify(
            above_scale=made.is_above_scale, tech_sme=made.is_tech_sme, verified=made.flags_verified_by_id is not None
        )
        or rules.verified_by_another(declarer=made.flags_declarer_id, verifier=by.person_id, office=Role(by.role))
        or rules.verified_by_a_document(basis=basis)
    )
    made.flags_verified_by, made.flags_verifier, made.flags_verified_on = by, by.person, on
    made.flags_basis, made.flags_note = basis.strip(), ""
    made.save(update_fields=["flags_verified_by", "flags_verifier", "flags_verified_on", "flags_basis", "flags_note"])
    keep_year(made)
    _touch(organization)
    after = {"flags_year": made.flags_year, "flags_verified_on": on, "flags_basis": made.flags_basis}
    audit.record("organization.flags_verified", organization, by=by, after=after)
    return made


@transaction.atomic
def return_flags(made: HostUnit, *, by: Membership, on: date, note: str, version: int | None = None) -> HostUnit:
    """What was declared does not agree with the proof, or there is none: say so, and tell the unit and who declared it.

    The declaration stands as its own unverified word until the unit changes it. Raises as `verify_flags` does.
    """
    organization = hold(made, version=version)
    made = organization.host
    require(
        rules.something_to_verify(
            above_scale=made.is_above_scale, tech_sme=made.is_tech_sme, verified=made.flags_verified_by_id is not None
        )
        or (None if note.strip() else plain("E-OPINION", "请写明哪一项与证明材料不符，需要怎样更正。", field="note"))
    )
    made.flags_note = note.strip()
    made.save(update_fields=["flags_note"])
    _touch(organization)
    event = audit.record("organization.flags_returned", organization, by=by, reason=made.flags_note)
    readers = queries.host_readers([organization], on=on)[organization.pk]
    declarer = made.flags_declarer  # often a county or an institution, while the host itself has no account
    if declarer and declarer not in [reader.person for reader in readers]:
        readers = [*readers, notify.Reader(declarer, declarer.email)]
    notify.tell(
        readers,
        occasion=f"flags-returned:{event.pk}",
        subject=f"“{organization}”的企业标识退回更正",
        body=f"{by.organization}核对后退回了{made.flags_year}年度的企业标识，更正后重新保存单位信息即可。意见：{made.flags_note}",
        link=reverse("accounts:host-change", args=[organization.pk]),
    )
    return made


def remind_of_flags(*, on: date) -> dict[str, int]:
    """A flag is of its year: who declared for an earlier one is asked, once a year, to declare again or to drop it.

    Each county, and the bureau for hosts without one, hears how many of its hosts are asked.
    """
    late = list(
        Organization.objects.hosts().declared_before(on.year).select_related("district__successor").order_by("pk")
    )
    readers = queries.host_readers(late, on=on)
    told = sum(
        notify.tell(
            readers[unit.pk],
            occasion=f"flags:{unit.pk}:{on.year}",
            subject=f"请更新“{unit}”{on.year}年度的企业标识",
            body=f"您单位的规模以上、科技型中小企业标识是{unit.host.flags_year}年度的。请核对{on.year}年度是否仍然符合，"
            "在单位信息中更新认定年度，或取消不再符合的标识，由县（市、区）或市科技局重新核实。",
            link=reverse("accounts:host-change", args=[unit.pk]),
        )
        for unit in late
    )
    verifiers = queries.flag_verifiers(on=on)
    places = [unit.district.current.pk if unit.district else "" for unit in late]
    counted = Counter(place if place in verifiers else "" for place in places)
    for place, count in counted.items():
        notify.tell(
            verifiers[place],
            occasion=f"flags-of:{place or 'city'}:{on.year}",
            subject=f"{count}家派驻单位的企业标识尚未更新到{on.year}年度",
            body=f"已提醒这{count}家单位重新申报；申报后请逐一核实。",
            link=f"{reverse('accounts:host-flags')}?state=outdated",
        )
    return {"hosts": len(late), "told": told}


# --- what entering and correcting a host share with this --------------------------------------------------------------


def findings(*, host_type: Any, above_scale: bool, tech_sme: bool, year: int | None, on: date) -> list[Finding | None]:
    """What is wrong with a declaration as it is typed."""
    return [
        rules.flags_of_a_firm(above_scale=above_scale, tech_sme=tech_sme, host_type=host_type),
        rules.flags_have_their_year(above_scale=above_scale, tech_sme=tech_sme, year=year, this_year=on.year),
    ]


def keep_year(host: HostUnit, *, withdrawn_for: int | None = None) -> None:
    """Write the declaration of its year as it now stands; `withdrawn_for` is the year it no longer is made for."""
    if year := host.flags_year or withdrawn_for:
        HostFlags.objects.update_or_create(
            host=host,
            year=year,
            defaults={
                "is_above_scale": host.is_above_scale,
                "is_tech_sme": host.is_tech_sme,
                "verified_by": host.flags_verified_by,
                "verified_on": host.flags_verified_on,
                "basis": host.flags_basis,
            },
        )


def hold(
    made: HostUnit, *, version: int | None, typed: dict[str, Any] | None = None, beside: dict[str, Any] | None = None
) -> Organization:
    """The unit under its lock, read anew with its capacity as host, unless it was changed since `version`.

    `typed` are the columns of the unit and `beside` those of the host that a form holds.
    """
    # The host is read by a second statement: joined to this one, it would be as it was before the wait for the lock.
    organization = Organization.objects.select_for_update(of=("self",)).get(pk=made.pk)
    also = [(organization.host, beside)] if beside else []
    refuse_stale(organization, version=version, typed=typed or {}, beside=also)
    return organization


def _touch(organization: Organization) -> None:
    organization.version += 1
    organization.save(update_fields=["version"])

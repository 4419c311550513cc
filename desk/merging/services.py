"""Two rows of one host become one; the other keeps its code, and leads on."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from accounts import flags
from accounts import queries as units
from accounts import rules as unit_rules
from accounts.enums import HostType
from accounts.models import HostFlags, HostUnit, Invitation, Membership, Organization
from accounts.services import capacities
from agreements import rules as paper_rules
from agreements.models import Agreement, YearlyHost
from core import audit
from core.identifiers import mask_mobile
from core.models import PolicyPack
from core.policy import Finding, require
from core.stale import refuse_stale
from desk.merging import queries, rules
from desk.merging.models import UnitMerge
from desk.merging.queries import EMPTY, FIELDS, in_words, value

FLAGS = ("is_above_scale", "is_tech_sme", "flags_year", "flags_declarer", "flags_verified_by", "flags_verifier",
         "flags_verified_on", "flags_basis", "flags_note")  # fmt: skip


def findings(survivor: Organization, loser: Organization, *, keep: Mapping[str, int], on: date) -> list[Finding | None]:
    """What stands against it: the register's own rules, and those of the work plan about the two as one."""
    both = [survivor.pk, loser.pk]
    merged = [unit.name for unit in (survivor, loser) if unit.merged_into_id is not None]
    alone = rules.two_of_them(one=survivor.pk, other=loser.pk) or rules.both_stand(merged=merged)
    if alone:
        return [alone]
    entry = PolicyPack.in_force(on=on).entry("E-CAP5")
    of = {unit.pk: unit.host for unit in (survivor, loser)}
    flagged, typed = of[keep.get("flags", survivor.pk)], of[keep.get("host_type", survivor.pk)]
    present = queries.stays_at(both, on=on)
    told = {unit.pk: unit for unit in (survivor, loser)}
    name, code, district = (
        getattr(told[keep.get(field, survivor.pk)], field) for field in ("name", "uscc", "district")
    )
    changed = (name, code, district) != (survivor.name, survivor.uscc, survivor.district)
    third = not code and changed and units.without_code(name, district).exclude(pk__in=both).exists()
    return [
        unit_rules.told_apart_without_a_code(taken=bool(third)),
        rules.only_a_host(name=loser.name, capacities=capacities(loser)),
        rules.parties_stay_three(
            agreements=queries.parties_on_both_sides(survivor.pk, loser.pk), survivor=survivor.name
        ),
        rules.no_two_papers_for_one_day(clashes=queries.clashes(*both)),
        paper_rules.host_may_take(
            entry,
            host=survivor.name,
            capped_as=paper_rules.capped_as(
                host_type=HostType(typed.host_type),
                is_tech_sme=flagged.is_tech_sme,
                is_above_scale=flagged.is_above_scale,
                is_proven=flagged.flags_verified_by_id is not None or paper_rules.takes_its_word(entry),
            ),
            present=present,
            newcomer=None,
        )
        if present
        else None,
    ]


@transaction.atomic
def merge_hosts(
    survivor: Organization,
    loser: Organization,
    *,
    keep: Mapping[str, int],
    by: Membership,
    on: date,
    reason: str,
    reasons: Mapping[str, str] | None = None,
    versions: Mapping[int, int] | None = None,
) -> UnitMerge:
    """Make one host of two: `keep` names, for each field of FIELDS that differs, the unit whose value stays.

    Agreements, years taken, accounts and flags of the loser become the survivor's; what was signed, filed, paid and
    booked says what it said, for only the row it points at changes. The loser stays as a row that leads on, and keeps
    the code that the survivor does not take, so that a list with the old code finds the survivor. `reasons` holds the
    bureau's written reason per finding code (E-CAP5, when both together are too many); `versions` those that were seen.
    Raises Stale, and Refused with everything in the way.
    """
    survivor, loser = _hold(survivor, loser, versions=versions)
    passing = require(
        *findings(survivor, loser, keep=keep, on=on), rules.reason_is_given(reason=reason), overrides=reasons
    )
    before = {"survivor": _image(survivor), "loser": _image(loser)}
    differing = [name for name in FIELDS if value(survivor, name) != value(loser, name)]
    taken = [name for name in differing if keep.get(name, survivor.pk) == loser.pk]

    _lead_on(survivor, loser)
    moved = _move(survivor, loser, by=by, on=on)
    _take_values(survivor, loser, taken)
    merge = UnitMerge.objects.create(
        survivor=survivor,
        loser=loser,
        reason=reason.strip(),
        before=before,
        kept={name: "loser" if name in taken else "survivor" for name in differing},
        moved=moved,
        by=by,
    )
    _tell(merge, taken=taken, before=before, by=by)
    audit.record_overrides(passing, reasons or {}, survivor, by=by)
    return merge


def _hold(
    survivor: Organization, loser: Organization, *, versions: Mapping[int, int] | None
) -> tuple[Organization, Organization]:
    """Both units, then both as hosts, in the order of their numbers: of two merges that cross, one waits for the other,
    and whoever submits or files at either (agreements.services.holding) waits for this."""
    pks = sorted({survivor.pk, loser.pk})
    held = {
        unit.pk: unit for unit in Organization.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    }
    hosts = HostUnit.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pks).order_by("pk")
    for host in hosts:
        held[host.pk].host = host
    for pk, version in (versions or {}).items():
        refuse_stale(held[pk], version=version, typed={})
    return held[survivor.pk], held[loser.pk]


def _image(unit: Organization) -> dict[str, str]:
    """What stood there, for those who ask later; no telephone in full."""
    said = {name: in_words(unit, name) for name in FIELDS}
    return {**said, "contact_phone": mask_mobile(unit.contact_phone), "contact_email": "（不记录）"}


def called(image: Mapping[str, str]) -> str:
    """The unit with its code: two that are one mostly have one name."""
    code = "无信用代码" if image["uscc"] == EMPTY else image["uscc"]
    return f"{image['name']}（{code}）"


def _lead_on(survivor: Organization, loser: Organization) -> None:
    """The loser, and what was merged into it before, lead on to the survivor."""
    loser.merged_into = survivor
    loser.version += 1
    loser.save(update_fields=["merged_into", "version"])
    Organization.objects.filter(merged_into=loser).update(merged_into=survivor)


def _move(survivor: Organization, loser: Organization, *, by: Membership, on: date) -> dict[str, list[int]]:
    """Give the survivor all that points at the loser; returns what was moved."""
    papers = list(Agreement.objects.filter(host=loser.pk).order_by("pk").select_for_update(of=("self",)))
    years = list(YearlyHost.objects.filter(host=loser.pk).order_by("pk").values_list("pk", flat=True))
    Agreement.objects.filter(pk__in=[paper.pk for paper in papers]).update(host=survivor.pk)
    YearlyHost.objects.filter(pk__in=years).update(host=survivor.pk)
    for paper in papers:
        audit.record("agreement.host_merged", paper, by=by, before={"host": loser.name}, after={"host": survivor.name})
    moved_hats, ended = [], []
    for hat in loser.memberships.order_by("pk"):
        if survivor.memberships.filter(person=hat.person_id, role=hat.role).exists():
            if hat.ended_at is None:  # worn at both: the one at the survivor goes on
                hat.until, hat.ended_at, hat.ended_by = max(on, hat.since), now(), by
                hat.save(update_fields=["until", "ended_at", "ended_by"])
                ended.append(hat.pk)
        else:
            hat.organization = survivor
            hat.save(update_fields=["organization"])
            moved_hats.append(hat.pk)
    open_ones = list(Invitation.objects.filter(organization=loser, accepted_at=None).values_list("pk", flat=True))
    Invitation.objects.filter(pk__in=open_ones).update(organization=survivor)
    told = HostFlags.objects.filter(host=survivor.pk).values("year")
    flags_of = list(HostFlags.objects.filter(host=loser.pk).exclude(year__in=told).values_list("pk", flat=True))
    HostFlags.objects.filter(pk__in=flags_of).update(host=survivor.pk)
    return {
        "agreements": [paper.pk for paper in papers],
        "yearly_hosts": years,
        "memberships": moved_hats,
        "memberships_ended": ended,
        "invitations": open_ones,
        "flags": flags_of,
    }


def _take_values(survivor: Organization, loser: Organization, taken: list[str]) -> None:
    """Write the loser's value where it is the one that stays."""
    of_unit = [name for name in taken if name not in ("flags", "host_type")]
    if "uscc" in of_unit:  # they change codes: neither is lost, and neither stands twice for a moment
        Organization.objects.filter(pk=loser.pk).update(uscc=None)
    former = survivor.uscc
    for name in of_unit:
        setattr(survivor, name, getattr(loser, name))
    survivor.version += 1
    survivor.save(update_fields=[*of_unit, "version"])
    if "uscc" in of_unit:
        Organization.objects.filter(pk=loser.pk).update(uscc=former)
    host: HostUnit = survivor.host
    columns = [*(["host_type"] if "host_type" in taken else []), *(FLAGS if "flags" in taken else [])]
    for name in columns:
        setattr(host, name, getattr(loser.host, name))
    if columns:
        host.save(update_fields=columns)
    if "flags" in taken:
        flags.keep_year(host)


def _tell(merge: UnitMerge, *, taken: list[str], before: dict[str, dict[str, str]], by: Membership) -> None:
    """The survivor's history says what it took in and what changed; the loser's where it went."""
    was: dict[str, Any] = {name: before["survivor"][name] for name in taken}
    becomes: dict[str, Any] = {name: before["loser"][name] for name in taken}
    becomes |= {"absorbed": called(before["loser"])}
    becomes |= {"moved_agreements": len(merge.moved["agreements"])}
    audit.record(
        "organization.merged", merge.survivor, by=by, before=_renamed(was), after=_renamed(becomes), reason=merge.reason
    )
    audit.record(
        "organization.merged_away",
        merge.loser,
        by=by,
        after={"merged_into": called(before["survivor"])},
        reason=merge.reason,
    )


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    """In the names that the history has words for; the flags are one there."""
    return {"merged_flags" if name == "flags" else name: said for name, said in values.items()}


def suggested(one: Organization, other: Organization) -> int:
    """Which of the two should stay: the one with the code, with other capacities, with more agreements; else the
    older."""

    def weight(unit: Organization) -> tuple[bool, bool, int, int]:
        papers = Agreement.objects.filter(Q(host=unit.pk)).count()
        return bool(capacities(unit) - {"host"}), bool(unit.uscc), papers, -unit.pk

    return max((one, other), key=weight).pk

"""The work plan as data: from a file in policies/ to a pack, and from one version to the next in steps."""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from core import approvals, audit
from core.models import PolicyPack
from core.policy import Finding, Refused, plain
from core.soundness import faults, flat
from core.stale import Stale

ACT = "pack.activate"
POLICIES = settings.BASE_DIR / "policies"


def load_all() -> list[PolicyPack]:
    """Put every pack file into the database that is not there yet; returns the new ones.

    A pack that is already there stays as it is: what was active never changes, a correction is a file of its own with
    the next version. Where a file has grown by what an app brought since (its rules, its settings), the database gets a
    next version that says everything the newest one says, and these. Raises Refused for a file by which no rule could
    judge.
    """
    new = []
    for path in sorted(POLICIES.glob("*-[0-9][0-9][0-9][0-9]*.toml")):
        content = read(path)
        refuse_unsound(PolicyPack(**content))
        same = PolicyPack.objects.filter(plan=content["plan"], year=content["year"]).order_by("version")
        if not same.filter(version=content["version"]).exists():
            new.append(PolicyPack.objects.create(**content))
        elif (newest := same.filter(active_from__isnull=False).last()) and (grown := _grown(newest, content)):
            last = same.last()
            assert last
            new.append(PolicyPack.objects.create(**{**content, **grown, "version": last.version + 1}))
    return new


def _grown(pack: PolicyPack, content: dict[str, Any]) -> dict[str, Any] | None:
    """The pack's rules and settings with those that only the file has; None when there are none."""
    rules = {**content["rules"], **pack.rules}
    settings = _filled_up(pack.settings, content["settings"])
    return {"rules": rules, "settings": settings} if (rules, settings) != (pack.rules, pack.settings) else None


def _filled_up(stored: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """`stored`, with the keys at any depth that only `written` has."""
    merged = {**written, **stored}
    both = [key for key in stored.keys() & written.keys() if isinstance(stored[key], dict)]
    return merged | {key: _filled_up(stored[key], written[key]) for key in both if isinstance(written[key], dict)}


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


# --- the next version -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One place where two packs say something else; a value that one of them does not have is None."""

    code: str  # of a rule; empty for a setting
    name: str  # "level", "params.cap", "agreements.review_working_days"
    old: Any
    new: Any


def differences(old: PolicyPack, new: PolicyPack) -> list[Difference]:
    """Everything that differs, rules first, in the order of the older pack."""
    found = []
    for code in dict.fromkeys([*old.rules, *new.rules]):
        was, becomes = flat(old.rules.get(code, {})), flat(new.rules.get(code, {}))
        found += [Difference(code, *one) for one in _differing(was, becomes)]
    return [*found, *(Difference("", *one) for one in _differing(flat(old.settings), flat(new.settings)))]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    names = dict.fromkeys([*old, *new])
    return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def is_prepared(pack: PolicyPack) -> bool:
    """Whether it is still being written: not active, and not before anybody."""
    return pack.active_from is None and approvals.running(ACT, pack) is None


@transaction.atomic
def draft_next(base: PolicyPack, *, year: int, by: audit.Hat) -> PolicyPack:
    """Begin the next version of a year's plan, or the first of the next year's, from what `base` says.

    Raises Refused (E-STATE) for a base that is not active and for a year before it.
    """
    _require(base.active_from is not None, "只能以已生效的版本为基础起草。请选择已生效的版本。")
    _require(base.year <= year <= base.year + 1, f"可起草{base.year}年度的新版本或{base.year + 1}年度的政策。")
    # A twin that begins at the same time waits here for the number of its version.
    PolicyPack.objects.select_for_update(no_key=True).get(pk=base.pk)
    last = PolicyPack.objects.filter(plan=base.plan, year=year).aggregate(last=Max("version"))["last"] or 0
    settings = deepcopy(base.settings)
    if year != base.year:
        settings["registration"]["call_year"] = year
    pack = PolicyPack.objects.create(
        plan=base.plan, year=year, version=last + 1, based_on=base, settings=settings, rules=deepcopy(base.rules)
    )
    audit.record("pack.drafted", pack, by=by, after={"based_on": base})
    return pack


@transaction.atomic
def revise(
    pack: PolicyPack, *, by: audit.Hat, edits: int, rules: Mapping[str, Any], settings: Mapping[str, Any]
) -> PolicyPack:
    """Set what a draft says. `edits` is the count its form was opened with: raises Stale when it is another now.

    The words of the plan (article, quote, title) are not the bureau's to edit; they stay what the base says. Raises
    Refused (E-STATE) once it is before somebody or active, and (E-FIELD) for what no rule could judge by.
    """
    pack = _held(pack)
    _require(is_prepared(pack), "该版本已提交审批或已生效，不能修改。可退回草案后修改，或起草新版本。")
    if pack.edits != edits:
        last = audit.history(pack).last()
        raise Stale(last.hat if last else "他人", last.at if last else None, [])
    before = deepcopy(pack)
    for code, entry in rules.items():
        pack.rules[code] = {**pack.rules[code], **entry}
    pack.settings = _merged(pack.settings, settings)
    changed = differences(before, pack)
    if not changed:
        return pack
    refuse_unsound(pack)
    pack.edits += 1
    pack.save(update_fields=["rules", "settings", "edits"])
    audit.record(
        "pack.edited",
        pack,
        by=by,
        before={_name(one): one.old for one in changed},
        after={_name(one): one.new for one in changed},
    )
    return pack


def _name(one: Difference) -> str:
    return f"{one.code} {one.name}".strip()


def edited_since(pack: PolicyPack, *, edits: int) -> dict[tuple[str, str], Any]:
    """What a draft said before the edits that came after the first `edits`, by (code, name) of each place they changed."""
    found: dict[tuple[str, str], Any] = {}
    for event in audit.history(pack).filter(verb="pack.edited")[max(edits, 0) :]:
        for place, value in event.before.items():
            code, _, name = place.rpartition(" ")
            found.setdefault((code, name), value)
    return found


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        merged[key] = _merged(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict) else value
    return merged


@transaction.atomic
def discard(pack: PolicyPack, *, by: audit.Hat) -> None:
    """Throw a draft away; its number is free again, its history stays. Raises Refused (E-STATE) once it is before
    somebody or active."""
    pack = _held(pack)
    _require(is_prepared(pack), "该版本已提交审批或已生效，不能删除。")
    audit.record("pack.discarded", pack, by=by, before={"year": pack.year, "version": pack.version})
    pack.delete()


@transaction.atomic
def propose(
    pack: PolicyPack, *, by: approvals.RoleHat, on: date, active_from: date, labels: dict[str, str], document: str = ""
) -> PolicyPack:
    """Bring a draft before the next step, with the day from which it shall hold; the proposer takes the first step.

    Raises Refused (E-STATE) for what is not prepared, for a draft without a change, for a day that has passed or lies
    in another year, when another version of its year has become active since it was begun, and for what no rule could
    judge by.
    """
    pack = _held(pack)
    base = pack.based_on
    assert base
    newest = _newest(pack)
    findings = [
        _unless(is_prepared(pack), "该版本已提交审批或已生效，不能重复提交。"),
        _unless(pack.year != base.year or bool(differences(base, pack)), f"草案与{base}没有不同，请先修改。"),
        _unless(newest is None or newest == base, f"{newest}已在起草之后生效，请以它为基础重新起草。"),
        _unless(active_from >= on, "生效日期不能早于今天。", field="active_from"),
        _unless(
            active_from.year in (pack.year - 1, pack.year), f"生效日期应在{pack.year}年底之前。", field="active_from"
        ),
    ]
    if found := [finding for finding in [*findings, *faults(pack)] if finding]:
        raise Refused(found)
    pack.proposed_for, pack.document_number = active_from, document.strip()
    pack.save(update_fields=["proposed_for", "document_number"])
    approval = approvals.open_approval(ACT, pack, pack=base)
    audit.record("pack.proposed", pack, by=by, after={"proposed_for": active_from, "document_number": document.strip()})
    approvals.take_step(approval, by=by, passed=True, on=on, labels=labels)
    return pack


@transaction.atomic
def decide(
    pack: PolicyPack, *, by: approvals.RoleHat, on: date, passed: bool, labels: dict[str, str], opinion: str = ""
) -> PolicyPack:
    """Take the next step; with the last one the pack is active from its day on and never changes again.

    A return needs its reason (E-OPINION) and gives the draft back. Raises Refused (E-STATE, E-STEP) as `propose` does.
    """
    pack = _held(pack)
    approval = approvals.running(ACT, pack)
    if approval is None:
        raise Refused([plain("E-STATE", "该版本没有正在进行的审批。")])
    if not passed and not opinion.strip():
        raise Refused([plain("E-OPINION", "退回须写明意见，说明需要修改的内容。", field="opinion")])
    day = pack.proposed_for
    assert day
    if passed and len(approval.taken.all()) + 1 == len(approval.steps):
        newest = _newest(pack)
        _require(newest is None or newest == pack.based_on, f"{newest}已在此期间生效，请退回后以它为基础重新起草。")
        _require(day >= on, "拟生效日期已过，请退回后重新确定日期。")
        refuse_unsound(pack)
    closed = approvals.take_step(approval, by=by, passed=passed, on=on, opinion=opinion.strip(), labels=labels)
    if not passed:
        audit.record("pack.withdrawn", pack, by=by, reason=opinion.strip())
    elif closed:
        pack.active_from = day
        pack.save(update_fields=["active_from"])
        audit.record("pack.activated", pack, by=by, after={"active_from": day}, reason=opinion.strip())
    return pack


def refuse_unsound(pack: PolicyPack) -> None:
    if found := faults(pack):
        raise Refused(found)


def _held(pack: PolicyPack) -> PolicyPack:
    """The pack read anew under the lock of its base: of several drafts from one version one becomes active first."""
    PolicyPack.objects.select_for_update(no_key=True).get(pk=pack.based_on_id or pack.pk)
    held = PolicyPack.objects.select_related("based_on").filter(pk=pack.pk).first()
    if held is None:
        raise Refused([plain("E-STATE", "该草案已被删除。")])
    return held


def _newest(pack: PolicyPack) -> PolicyPack | None:
    """The newest active version of its year; None before the year has one."""
    active = PolicyPack.objects.filter(plan=pack.plan, year=pack.year, active_from__isnull=False)
    return active.order_by("-version").first()


def _unless(holds: bool, sentence: str, **facts: str) -> Finding | None:
    return None if holds else plain("E-STATE", sentence, **facts)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise Refused([plain("E-STATE", sentence)])

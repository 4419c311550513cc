"""Every change to a call for nominations: drafted, published to every institution, kept open late for one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import audit
from core.dates import day_in_words
from core.models import PolicyPack
from core.notify import tell, wearers
from core.policy import Finding, Refused, plain, require
from core.stale import refuse_stale
from specialists.enums import CallStatus, Form, RegistrationStatus
from specialists.models import LateAdmission, Registration, SelectionCall, Team
from specialists.selection import rules
from specialists.services import institution_readers

CONTENT = ("title", "text", "opens_on", "closes_on", "categories", "forms", "attachment")


@transaction.atomic
def draft_call(*, by: Membership, on: date, **fields: Any) -> SelectionCall:
    """Begin a call of the called year; `fields` are those of CONTENT. Nobody hears of it before it is published."""
    year = PolicyPack.in_force(on=on).setting("registration.call_year")
    call = SelectionCall(year=year, **fields)
    require(*_formalities(call))
    call.save()
    audit.record("call.drafted", call, by=by, after={"title": call.title})
    return call


@transaction.atomic
def save_call(call: SelectionCall, *, by: Membership, on: date, version: int | None, **fields: Any) -> SelectionCall:
    """Change a draft. Raises Stale, Refused (E-STATE) once it is published."""
    call = _hold(call)
    refuse_stale(call, version=version, typed={key: value for key, value in fields.items() if key != "attachment"})
    require(rules.call_is_open_to_change(_entry(on), status=CallStatus(call.status)))
    before, after = audit.changed(call, fields)
    for name, value in fields.items():
        setattr(call, name, value)
    require(*_formalities(call))
    call.version += 1
    call.save(update_fields=[*fields, "version"])
    if after:
        audit.record("call.changed", call, by=by, before=before, after=after)
    return call


@transaction.atomic
def publish_call(call: SelectionCall, *, by: Membership, on: date, version: int | None = None) -> SelectionCall:
    """Publish a call: every institution is told, in the platform and by mail.

    Raises Stale, Refused (E-STATE) for one that is published, and for one whose last day has passed.
    """
    call = _hold(call)
    refuse_stale(call, version=version, typed={})
    require(rules.call_is_open_to_change(_entry(on), status=CallStatus(call.status)))
    if call.closes_on < on:
        raise Refused([plain("E-FIELD", "受理截止日期已过，请修改日期后发布。", field="closes_on")])
    call.status, call.published_on, call.published_by = CallStatus.PUBLISHED, on, by
    call.version += 1
    call.save(update_fields=["status", "published_on", "published_by", "version"])
    audit.record("call.published", call, by=by, after={"opens_on": call.opens_on, "closes_on": call.closes_on})
    hats = Membership.objects.active(on=on).filter(role__in=Role.institution).select_related("person")
    tell(
        wearers(hats),
        occasion=f"call.published:{call.pk}",
        subject=call.title,
        body=f"受理时间：{day_in_words(call.opens_on)}至{day_in_words(call.closes_on)}。请登记人选并在受理期内提交。",
        link=reverse("specialists:call", args=[call.pk]),
    )
    return call


@transaction.atomic
def discard_call(call: SelectionCall, *, by: Membership, on: date) -> None:
    """Throw a draft away, of which nobody has heard. Raises Refused (E-STATE) once it is published."""
    call = _hold(call)
    require(rules.call_is_open_to_change(_entry(on), status=CallStatus(call.status)))
    audit.record("call.discarded", call, by=by, before={"title": call.title})
    call.delete()


@transaction.atomic
def admit_late(
    call: SelectionCall,
    *,
    by: Membership,
    on: date,
    institution: Institution,
    reason: str,
    until: date,
    registration: Registration | None = None,
    team: Team | None = None,
) -> LateAdmission:
    """Let one institution, or one registration or team of it, hand in after the call was closed, with the reason.

    Raises Refused for a call that is not published, for a day before today or within the call's own, without a reason.
    """
    call = _hold(call)
    found: list[Finding] = []
    if call.status != CallStatus.PUBLISHED:
        found.append(plain("E-STATE", "推荐通知尚未发布，不能受理补报。"))
    if not reason.strip():
        found.append(plain("E-FIELD", "请填写补报理由。", field="reason"))
    if until < on:
        found.append(plain("E-FIELD", "补报截止日期不能早于今天。", field="until"))
    elif until <= call.closes_on:
        found.append(plain("E-FIELD", "补报截止日期应在通知的受理截止日期之后。", field="until"))
    about: Sequence[Registration | Team] = [one for one in (registration, team) if one]
    if any(one.institution_id != institution.pk for one in about):
        found.append(plain("E-FIELD", "登记不属于所选的派出单位。", field="institution"))
    require(*found)
    admission = LateAdmission.objects.create(
        call=call,
        institution=institution,
        registration=registration,
        team=team,
        reason=reason.strip(),
        until=until,
        by=by,
    )
    after = {"institution": str(institution), "until": until}
    audit.record("call.late_admitted", call, by=by, after=after, reason=reason.strip())
    tell(
        institution_readers(institution.pk, on=on),
        occasion=f"call.late:{admission.pk}",
        subject=f"市科技局已受理补报：{call.title}",
        body=f"请于{day_in_words(until)}前提交。",
        link=reverse("specialists:call", args=[call.pk]),
    )
    return admission


def unsent(call: SelectionCall) -> dict[str, Registration | Team]:
    """What a call asks for and is not handed in: individuals and teams of institutions, by `registration:7`, `team:3`."""
    about = {"year": call.year, "category__in": call.categories, "status__in": RegistrationStatus.editable}
    found: dict[str, Registration | Team] = {}
    if Form.INDIVIDUAL in call.forms:
        alone = Registration.objects.individuals().filter(**about).exclude(institution=None)
        rows = alone.select_related("specialist", "institution__organization")
        found |= {f"registration:{one.pk}": one for one in rows.order_by("institution__organization__name", "pk")}
    if Form.TEAM in call.forms:
        teams = Team.objects.filter(**about).select_related("institution__organization")
        found |= {f"team:{one.pk}": one for one in teams.order_by("institution__organization__name", "pk")}
    return found


def _hold(call: SelectionCall) -> SelectionCall:
    return SelectionCall.objects.select_for_update(of=("self",)).get(pk=call.pk)


def _entry(on: date) -> Any:
    return PolicyPack.in_force(on=on).entry("E-STATE")


def _formalities(call: SelectionCall) -> list[Finding]:
    found = []
    if call.closes_on < call.opens_on:
        found.append(plain("E-FIELD", "受理截止日期不能早于开始日期。", field="closes_on"))
    if not call.categories:
        found.append(plain("E-FIELD", "请至少选择一个类别。", field="categories"))
    if not call.forms:
        found.append(plain("E-FIELD", "请至少选择一种形式。", field="forms"))
    return found

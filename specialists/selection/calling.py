"""Whether a call asks for what is being handed in: what submission asks of the calls of its year."""

from datetime import date

from django.db.models import Max, Q

from core.models import PolicyPack
from core.policy import Finding
from specialists.enums import Category, Form, Origin
from specialists.models import LateAdmission, Registration, SelectionCall, Team
from specialists.selection import rules
from specialists.selection.rules import Window


def not_called(record: Registration | Team, *, on: date, pack: PolicyPack) -> Finding | None:
    """E-CALL, where the pack wants calls at all; nobody calls for whom the bureau appoints for a need of its own."""
    if not pack.setting_or("selection.calls_required", False):
        return None
    if isinstance(record, Registration) and record.origin == Origin.DIRECT_APPOINTMENT:
        return None
    form = Form.TEAM if isinstance(record, Team) else Form(record.form)
    calls = SelectionCall.objects.asking_for(year=record.year, category=record.category, form=form)
    return rules.nominated_while_called(
        pack.entry("E-CALL"),
        what=f"{Category(record.category).label}{form.label}",
        windows=[Window(one.title, one.opens_on, one.closes_on) for one in calls.order_by("pk")],
        late_until=_late_until(record, calls=[one.pk for one in calls]),
        on=on,
    )


def closed_call(record: Registration | Team, *, on: date) -> SelectionCall | None:
    """The last call that asked for what is not handed in and is over: for it the bureau may still let this one in."""
    if record.institution_id is None or not record.is_editable:
        return None
    form = Form.TEAM if isinstance(record, Team) else Form(record.form)
    calls = SelectionCall.objects.asking_for(year=record.year, category=record.category, form=form)
    return calls.filter(closes_on__lt=on).order_by("-closes_on", "-pk").first()


def _late_until(record: Registration | Team, *, calls: list[int]) -> date | None:
    """The last day until which the bureau lets this one in, or everything of its institution."""
    whole = Q(registration=None, team=None)
    own = Q(team=record.pk) if isinstance(record, Team) else Q(registration=record.pk)
    admitted = LateAdmission.objects.filter(call__in=calls, institution=record.institution_id)
    last: date | None = admitted.filter(whole | own if record.pk else whole).aggregate(last=Max("until"))["last"]
    return last

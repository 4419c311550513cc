"""Looking behind a mask: with a reason, counted, told to the person, and reported when it becomes too much.

A trace is written for each look, and only traces: the number itself goes to the page that asked and nowhere else.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, CharField, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Membership, User
from core import audit
from core.models import AuditEvent, PolicyPack
from core.notify import tell, wearers
from core.policy import Finding, Refused, plain
from specialists.changes.models import ChangeRequest
from specialists.models import Specialist

A_DAY = timedelta(days=1)
LOOKS = 50  # as many as a person's page tells
REVEALED = ".revealed"  # what the verb of every look ends with; an index of the traces knows it


def record(target: models.Model, *, verb: str, number: str, reason: str, by: Membership, on: date) -> None:
    """Keep who looks at which number and why. Raises Refused without a reason, and beyond what the pack allows a day."""
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请填写查看的理由。", field="reason")])
    # The limit is the looker's: two looks of theirs at one moment count one after the other.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.person_id)
    done = AuditEvent.objects.filter(verb__endswith=REVEALED, by=by.person, at__gt=now() - A_DAY).count()
    limits = PolicyPack.in_force(on=on).settings.get("looking", {})
    if finding := too_many(done=done, most=limits.get("at_most")):
        raise Refused([finding])
    audit.record(verb, target, by=by, after={"number": number}, reason=reason.strip())
    if (alert := limits.get("alert_after")) and done + 1 >= alert:
        _tell_administrators(by, count=done + 1, on=on)


def too_many(*, done: int, most: int | None) -> Finding | None:
    """Whoever needs more numbers in a day than the bureau thought of asks the bureau first."""
    if most is None or done < most:
        return None
    return plain("E-REVEAL", f"24小时内已查看{done}次完整号码，达到上限{most}次。确有需要的，请与市科技局管理员联系。")


def _tell_administrators(by: Membership, *, count: int, on: date) -> None:
    hats = Membership.objects.active(on=on).filter(role=Role.BUREAU_ADMIN).select_related("person")
    tell(
        wearers(hats),
        occasion=f"looks:{by.person_id}:{on.isoformat()}",
        subject="一人一日内多次查看完整号码",
        body=f"{by}24小时内已查看{count}次完整号码，请核实是否工作需要。",
        link=reverse("specialists:looks"),
    )


# --- who looked -------------------------------------------------------------------------------------------------------


def looks_at(specialist: Specialist) -> list[AuditEvent]:
    """Who looked behind a mask of this person, when and why, the last ones first; `number` says at which number."""
    asked = ChangeRequest.objects.filter(specialist=specialist).values("pk")
    looks = AuditEvent.objects.filter(
        Q(target_type=Specialist._meta.label, target_id=specialist.pk)
        | Q(target_type=ChangeRequest._meta.label, target_id__in=asked),
        verb__endswith=REVEALED,
    )
    return [*looks.order_by("-pk")[:LOOKS]]


def looks_of(hat: Membership) -> QuerySet[AuditEvent]:
    """Every look that this hat may be told of: the bureau's administrator and audit all, an institution's administrator
    those of its own people."""
    looks = AuditEvent.objects.filter(verb__endswith=REVEALED)
    if hat.role in (Role.BUREAU_ADMIN, Role.AUDITOR):
        return looks
    if hat.role == Role.INSTITUTION_ADMIN:
        # As they were called then: who has left since, or wears another unit's hat as well, is told rightly.
        own = Q()
        for role in Role.institution:
            own |= Q(hat__endswith=f"（{hat.organization}　{Role(role).label}）")
        return looks.filter(own)
    return looks.none()


def with_whose(looks: QuerySet[AuditEvent]) -> QuerySet[Any]:
    """`whose`: the name of the person whose number it was."""
    directly = Specialist.objects.filter(pk=OuterRef("target_id")).values("name")
    asked = ChangeRequest.objects.filter(pk=OuterRef("target_id")).values("specialist__name")
    return looks.annotate(
        whose=Case(
            When(target_type=Specialist._meta.label, then=Subquery(directly)),
            default=Subquery(asked),
            output_field=CharField(),
        ),
        number=KeyTextTransform("number", "after"),
    )


def counted(looks: QuerySet[AuditEvent], *, since: datetime) -> list[tuple[str, int]]:
    """How often each hat looked, the most frequent first."""
    by_hat = looks.filter(at__gte=since).order_by().values_list("hat").annotate(times=Count("pk"))
    return [*by_hat.order_by("-times", "hat")[:20]]

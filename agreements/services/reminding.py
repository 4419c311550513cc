"""Days that come nearer: expiry, and a graduate student's graduation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from agreements import queries, rules
from agreements.models import Agreement
from core import notify
from core.jinja import cdate
from core.jobs import reached
from core.models import Message, PolicyPack


@dataclass(frozen=True)
class Reminder:
    """What is to be told of one agreement: that a day comes nearer."""

    agreement: Any  # an Agreement; of a graduation with `student` (queries.with_graduation)
    kind: str  # "expiry", "graduation"
    day: date
    threshold: int  # of the pack's days, not the days left

    @property
    def occasion(self) -> str:
        # Of a team each student is told of; one who serves alone graduates once.
        of = f":{self.day}" if self.kind == "graduation" and self.agreement.team_id else ""
        return f"{self.kind}:{self.agreement.pk}:{self.threshold}{of}"

    @property
    def subject(self) -> str:
        coming = {"expiry": "到期", "graduation": "遇科技特派员毕业"}[self.kind]
        return f"协议{self.agreement}将于{cdate(self.day)}{coming}"

    @property
    def body(self) -> str:
        parties = f"{self.agreement.specialist}与“{self.agreement.host}”的协议（{self.agreement}）"
        if self.kind == "graduation":
            end = cdate(self.agreement.service_end)
            who = self.agreement.student if self.agreement.team_id else "本人"
            return f"{parties}服务至{end}，{who}预计{cdate(self.day)}毕业，请与市科技局商定后续安排，由市科技局在“毕业安排”办理。"
        return (
            f"{parties}将于{cdate(self.day)}到期。需延长服务期限的，请由{self.agreement.sender}办理续签；"
            "不再延长的，请在到期前完成服务记录和确认。"
        )


@transaction.atomic
def remind_expiring(on: date) -> dict[str, Any]:
    """Tell all sides of each agreement that ends soon, once per threshold of the pack; returns what was told.

    After missed days only the tightest threshold that is due is told. What is extended already, or ended before its
    time, is left in peace. A graduate student's agreement is announced likewise before the graduation (A14).
    """
    pack = PolicyPack.in_force(on=on)
    due = [
        *_due("expiry", queries.ending, thresholds=pack.setting("reminders.expiry_days"), on=on),
        *_due("graduation", queries.graduating, thresholds=pack.setting("reminders.graduation_days"), on=on),
    ]
    occasions = [one.occasion for one in due]
    told = set(Message.objects.filter(occasion__in=occasions).values_list("occasion", flat=True))
    due = [one for one in due if one.occasion not in told]
    readers = queries.readers_of([one.agreement for one in due], on=on)
    bureau = queries.bureau_readers(on=on)
    messages = sum(
        notify.tell(
            [*readers[one.agreement.pk].parties, *bureau],
            occasion=one.occasion,
            subject=one.subject,
            body=one.body,
            link=one.agreement.get_absolute_url(),
        )
        for one in due
    )
    return {"reminders": len(due), "messages": messages}


def _due(
    kind: str, read: Callable[..., list[tuple[Agreement, date]]], *, thresholds: Sequence[int], on: date
) -> list[Reminder]:
    """The tightest threshold that each has reached."""
    return [
        Reminder(agreement, kind, day, threshold)
        for agreement, day in read(start=on, end=on + max(thresholds) * rules.ONE_DAY)
        if (threshold := reached(thresholds, left=(day - on).days)) is not None
    ]

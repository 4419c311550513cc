"""Years whose day of archiving comes nearer, or is past."""

from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from agreements.archiving import queries
from agreements.archiving.queries import Due
from agreements.queries import bureau_readers
from core import notify
from core.jinja import cdate
from core.models import PolicyPack


@transaction.atomic
def remind_of_archives(on: date) -> dict[str, Any]:
    """Tell whose turn it is of each year that is to be archived soon, once per day of the pack, and once it is late.

    That is the officers' until it is arranged, then the heads'. After missed days only the tightest day is told.
    """
    due = queries.years_due(on=on, pack=PolicyPack.in_force(on=on))
    told = [_tell(one, on=on) for one in due]
    return {"years": sum(map(bool, told)), "messages": sum(told)}


def _tell(due: Due, *, on: date) -> int:
    when = f"已过期限（{cdate(due.by)}）" if due.by < on else f"应在{cdate(due.by)}前完成"
    filed = f"{due.year}年度备案的{due.agreements}份协议（{due.people}人，每人一件）"
    if due.archive is None:
        return notify.tell(
            bureau_readers(on=on),
            occasion=f"archive-due:{due.year}:{due.threshold}",
            subject=f"{due.year}年度协议归档{when}",
            body=f"{filed}还没有整理归档。请整理后提请处室负责人检查；材料补不齐的，在情况说明中写明原因。",
            link=f"{reverse('agreements:archive-prepare')}?year={due.year}",
        )
    return notify.tell(
        queries.checkers(due.archive, on=on),
        occasion=f"archive-check-due:{due.year}:{due.threshold}",
        subject=f"{due.year}年度协议归档待检查，{when}",
        body=f"{filed}已由{due.archive.prepared_by.person}整理，请检查并归档。",
        link=due.archive.get_absolute_url(),
    )

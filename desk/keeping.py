"""Whether what is kept is still what was brought: the bytes of every file against the digest in its row."""

from datetime import date
from time import monotonic
from typing import Any

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from agreements.models import AgreementScan
from core import files
from core.jinja import cdate
from core.models import StoredFile
from core.notify import Reader, tell

LONGEST = 300  # seconds of one night; what is left over comes first in the next
FETCHED = 50
WORDS = {"missing": "文件不在存储中", "changed": "内容与登记的校验值不符"}


def check_files(*, on: date, after: int = 0, seconds: float = LONGEST) -> dict[str, Any]:
    """Look at the files behind `after`, as many as the time allows.

    What is damaged is told to the bureau's administrators and audit, once a day. Returns how many were looked at, what
    was found, and where the next night goes on (0: from the beginning).
    """
    began, checked, last = monotonic(), 0, after
    damaged: list[tuple[StoredFile, str]] = []
    for stored in StoredFile.objects.filter(pk__gt=after).order_by("pk").iterator(chunk_size=FETCHED):
        if monotonic() - began > seconds:
            break
        if what := files.damage(stored):
            damaged.append((stored, what))
        last, checked = stored.pk, checked + 1
    else:
        last = 0
    faults = [f"{_named(stored)}：{WORDS[what]}" for stored, what in damaged]
    if faults:
        hats = Membership.objects.active(on=on).filter(role__in=(Role.BUREAU_ADMIN, Role.AUDITOR))
        tell(
            [Reader(hat.person, hat.person.email) for hat in hats.select_related("person")],
            occasion=f"files:{on.isoformat()}",
            subject="保存的文件校验不通过",
            body=f"{cdate(on)}校验保存的文件，发现{len(faults)}个不符，请立即从备份恢复并查明原因。首个：{faults[0]}。",
            link=reverse("desk:home"),
        )
    return {"checked": checked, "faults": faults, "last": last}


def _named(stored: StoredFile) -> str:
    """By what it is a file of; its own name may hold whatever somebody typed."""
    scan = AgreementScan.everything.filter(file=stored).select_related("agreement").first()
    return f"协议{scan.agreement}第{scan.number}份扫描件" if scan else f"文件编号{stored.pk}"

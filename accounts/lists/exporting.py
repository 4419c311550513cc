"""Exports of lists: which rows, in which order, is fixed at the moment of asking; what they say is read while writing.

A short list is written at once. A long one is read some rows in each delivery, each promising the next in the
transaction of its own part: nobody else is ever at the same export, and one that is killed is begun again at its part.
"""

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import QueryDict
from django.utils.timezone import localdate, now

from accounts.lists.kinds import Field, Listed, kinds, title_of
from accounts.lists.models import ListExport, ListExportPart
from accounts.models import Membership
from core import audit, files, outbox
from core.longsheets import kept, to_keep, write_list
from core.notify import Reader, tell
from core.policy import Refused, plain

AT_ONCE = 2_000  # rows that a page waits for
A_PART = 2_000  # rows of one delivery
MOST = 100_000
DAYS = 7
WRITE = "accounts.tasks.write_export"


@transaction.atomic
def export_list(listed: Listed, query: QueryDict, *, fields: Sequence[str], by: Membership, on: date) -> ListExport:
    """Write the list as this hat sees it under these filters, or promise to. Raises Refused for none or too many rows."""
    chosen = [one.key for one in listed.fields(by, query) if one.key in fields]
    keys = listed.keys(by, query, on=on, most=MOST + 1)
    if not chosen:
        raise Refused([plain("E-EXPORT", "请至少选择一列。", field="fields")])
    if not keys:
        raise Refused([plain("E-EXPORT", "没有符合条件的记录，没有可导出的内容。")])
    if len(keys) > MOST:
        raise Refused([plain("E-EXPORT", f"一次最多导出{MOST:,}行，请增加筛选条件后分次导出。")])
    conditions = listed.conditions(query, by)
    export = ListExport.objects.create(
        list=listed.key, fields=chosen, conditions=conditions, rows=len(keys), asked_by=by
    )
    audit.record(
        "export.asked", export, by=by, after={"list": listed.title, "rows": len(keys), "conditions": conditions}
    )
    if len(keys) <= AT_ONCE:
        _make(export, _read(export, keys))
        return export
    parts = range(0, len(keys), A_PART)
    ListExportPart.objects.bulk_create(
        ListExportPart(export=export, number=number, records=keys[start : start + A_PART])
        for number, start in enumerate(parts)
    )
    outbox.add(WRITE, export_id=export.pk)
    return export


@transaction.atomic
def write_next(export: ListExport) -> None:
    """Read the next part of a long export and promise the rest; after the last one make the file and tell."""
    if not export.is_busy:
        return
    part = export.parts.filter(path="").order_by("number").first()
    if part is None:
        _make(export, _of_the_parts(export), each=outbox.still_here)
        _tell(export)
        return
    if not Membership.objects.active(on=localdate()).filter(pk=export.asked_by_id).exists():
        _leave(export)
        return
    cells = [[to_keep(value) for value in row] for row in _read(export, part.records)]
    made = gzip.compress(json.dumps(cells, ensure_ascii=False).encode(), compresslevel=3)
    part.path = files.lend(ContentFile(made), kind="gz", until=localdate() + timedelta(days=1))
    part.save(update_fields=["path"])
    export.done += len(part.records)
    export.save(update_fields=["done"])
    outbox.add(WRITE, export_id=export.pk)


def fields_of(export: ListExport) -> list[Field]:
    every = {one.key: one for one in kinds()[export.list].fields(export.asked_by, QueryDict())}
    return [every[key] for key in export.fields if key in every]


def file_name(export: ListExport) -> str:
    return f"{title_of(export.list)}_{localdate(export.asked_at):%Y%m%d}_{export.rows}行.xlsx"


def _read(export: ListExport, keys: Sequence[int]) -> Iterator[list[Any]]:
    """The cells of these records in this order; what this hat does not see any more is left empty but for its place."""
    fields = fields_of(export)
    records: Mapping[int, Any] = kinds()[export.list].records(export.asked_by, keys)
    for key in keys:
        if key in records:
            yield [one.value(records[key]) for one in fields]
        else:
            yield ["（已不可见）", *[None] * (len(fields) - 1)]


def _of_the_parts(export: ListExport) -> Iterator[list[Any]]:
    columns = [one.column for one in fields_of(export)]
    for part in export.parts.order_by("number"):
        with default_storage.open(part.path) as stored:
            cells = json.loads(gzip.decompress(stored.read()))
        for row in cells:
            yield [kept(value, column) for value, column in zip(row, columns, strict=True)]


def _make(export: ListExport, rows: Iterator[list[Any]], *, each: Callable[[], None] = lambda: None) -> None:
    until = localdate() + timedelta(days=DAYS)
    with tempfile.TemporaryFile() as made:
        write_list(
            made,
            title=title_of(export.list),
            columns=[one.column for one in fields_of(export)],
            rows=rows,
            count=export.rows,
            by=str(export.asked_by),
            at=now(),
            conditions=export.conditions,
            each=each,
        )
        made.seek(0)
        export.path = files.lend(File(made), kind="xlsx", until=until)
    export.done, export.made_at, export.expires_on = export.rows, now(), until
    export.save(update_fields=["path", "done", "made_at", "expires_on"])
    _drop_parts(export)
    audit.record("export.made", export, by=export.asked_by, after={"rows": export.rows})


def _leave(export: ListExport) -> None:
    """Whoever asked for it is gone: nothing is made."""
    export.made_at = now()
    export.save(update_fields=["made_at"])
    _drop_parts(export)


def _drop_parts(export: ListExport) -> None:
    paths = [path for path in export.parts.values_list("path", flat=True) if path]
    export.parts.all().delete()

    def drop() -> None:  # what a crash leaves here, the sweep finds
        for path in paths:
            default_storage.delete(path)

    transaction.on_commit(drop)


def _tell(export: ListExport) -> None:
    tell(
        [Reader(person=export.asked_by.person)],
        occasion=f"export:{export.pk}",
        subject=f"导出已完成：{title_of(export.list)}",
        body=f"共{export.rows}行，文件保留到{export.expires_on:%Y-%m-%d}，请及时下载。",
        link=export.get_absolute_url(),
    )

"""A roster of many people from its upload to registrations in the register, beside two others on the same file.

The floor reads with calamine and copies the cells into a bare table: nothing is checked, encrypted or told. The peer is
django-import-export as its documentation has it: a resource over the model, the preview before the import as its admin
runs it, the person looked up or made for each row, numbers encrypted as here, every registration told in the audit.
"""

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import Any

import openpyxl
import python_calamine
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils.timezone import localdate
from import_export import resources

from accounts.models import Membership
from core import audit
from core.crypto import blind_index
from core.identifiers import clean_id_number, mask_id, mask_mobile
from core.models import PolicyPack
from desk.enums import Kind, Mode, RosterStatus
from desk.rosters import services
from desk.rosters.models import RosterBatch
from specialists.enums import Category, Education, PersonnelType, Title
from specialists.models import Registration, Specialist
from tests import cast
from tests.bench.figures import Figure

ROWS = 10_000
FEWER = 2_000  # for the peer, whose rows cost the same however many they are
MANY = 100_000
NAMED = "序号 姓名 性别 身份证号 手机号 邮箱 职称 学历 特派员类别 人员类型 专业领域 专长 所在部门 导师 预计毕业日期"
HEADINGS = [*NAMED.split(), "科研能力或科研成果", "科研成果", "银行账号", "开户行", "备注"]
TURN = count(1)


def workbook(turn: int, rows: int) -> bytes:
    """Invented people under the unassigned prefix 139999, others in every turn."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    sheet.append(HEADINGS)
    for n in range(rows):
        sheet.append(_row(turn, n))
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _row(turn: int, n: int) -> list[Any]:
    days, place = divmod(n, 400)
    born = date(1960 + turn % 40, 1 + days // 28 % 12, 1 + days % 28)
    body = f"139999{born:%Y%m%d}{place:03}"
    weights = [2 ** (17 - at) % 11 for at in range(17)]
    number = body + "10X98765432"[sum(int(sign) * weight for sign, weight in zip(body, weights, strict=True)) % 11]
    kind = ("农业", "工业企业", "技术经纪人")[n % 3]
    sex = "男" if place % 2 else "女"
    told = [
        "试" + "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in str(n)),
        sex,
        number,
        f"139{n:08}",
        f"p{n}@example.com",
        "副教授",
        "博士研究生",
        kind,
        "在职人员",
    ]
    return [n + 1, *told, "粮油作物", "小麦育种", "农学院", "", "", "", "", f"62220000{n:08}", "示范银行", "无"]


def product(data: bytes, by: Membership) -> dict[str, float]:
    """Seconds of each step of the wizard, all tasks run here as the worker runs them."""
    taken, began = {}, time.perf_counter()

    def lap(name: str) -> None:
        nonlocal began
        taken[name], began = time.perf_counter() - began, time.perf_counter()

    batch = services.open_batch(SimpleUploadedFile("名单.xlsx", data), kind=Kind.PEOPLE, by=by, on=localdate())
    lap("upload")
    mapping = {int(column): key for column, key in batch.mapping.items()}
    services.name_columns(batch, by=by, on=localdate(), version=batch.version, mapping=mapping)
    batch = worked(batch, RosterStatus.CHECKING, services.read_rows, services.check_rows)
    lap("read and check")
    services.confirm(batch, by=by, version=batch.version, mode=Mode.CLEAN, consent=True)
    batch = worked(batch, RosterStatus.APPLYING, services.apply_rows)
    lap("apply")
    assert batch.done == batch.rows, f"{batch.done} of {batch.rows}"
    return taken


def worked(batch: RosterBatch, status: RosterStatus, *works: Any) -> RosterBatch:
    """What the worker does, delivery by delivery, until the batch has left this state."""
    batch.refresh_from_db()
    while batch.status == status:
        for work in works:
            work(batch)
        batch.refresh_from_db()
    return batch


def floor(data: bytes) -> float:
    began = time.perf_counter()
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    lines = ("\t".join(str(cell) for cell in row) + "\n" for row in sheet.to_python()[1:])
    columns = ", ".join(f"c{n} text" for n in range(len(HEADINGS)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS bench_cells ({columns})")
        cursor.copy_expert("COPY bench_cells FROM STDIN", io.StringIO("".join(lines)))
    return time.perf_counter() - began


class People(resources.ModelResource):
    """What a team writes in an afternoon with the library's own hooks."""

    def __init__(self, *, by: Membership, on: date) -> None:
        super().__init__()
        self.by, self.on = by, on
        self.pack = PolicyPack.in_force(on=on)

    class Meta:
        model = Registration
        import_id_fields = ("specialist", "year", "category", "institution")
        fields = (*import_id_fields, "form", "personnel_type", "origin", "department", "speciality", "consented_on")
        clean_model_instances = True
        skip_unchanged = True

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        for name in set(self.Meta.fields) - set(dataset.headers):
            dataset.append_col([""] * len(dataset), header=name)

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        number = clean_id_number(str(row["身份证号"]), on=self.on, ages=(16, 80))
        person, _ = Specialist.objects.get_or_create(
            id_digest=blind_index(number, "id_number"),
            defaults={
                "name": row["姓名"],
                "id_number": number,
                "id_masked": mask_id(number),
                "sex": "male" if row["性别"] == "男" else "female",
                "birth_date": date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
                "mobile": str(row["手机号"]),
                "mobile_masked": mask_mobile(str(row["手机号"])),
                "email": row["邮箱"],
                "education": Education.DOCTOR,
                "title_name": "副高级",
                "title": Title.ASSOCIATE,
                "field": row["专业领域"],
                "bank_account": str(row["银行账号"]),
                "bank_name": row["开户行"],
            },
        )
        category = {"农业": Category.AGRICULTURE, "工业企业": Category.ENTERPRISE}.get(
            row["特派员类别"], Category.BROKER
        )
        row.update(specialist=person.pk, year=self.on.year, category=category, institution=self.by.organization_id)
        row.update(form="individual", personnel_type=PersonnelType.STAFF, origin="nominated", consented_on=self.on)
        row.update(department=row["所在部门"], speciality=row["专长"])

    def after_save_instance(self, instance: Registration, row: dict[str, Any], **kwargs: Any) -> None:
        audit.record("registration.created", instance, by=self.by, after={"category": instance.category})


def peer(data: bytes, by: Membership) -> float:
    began = time.perf_counter()
    resource = People(by=by, on=localdate())
    dataset = tablib.Dataset().load(data, format="xlsx")
    for only_shown in (True, False):
        result = resource.import_data(dataset, dry_run=only_shown, use_transactions=True)
        assert not result.has_errors(), result.base_errors or result.row_errors()[0][1][0].error
        assert not result.has_validation_errors(), result.invalid_rows[0].error
    return time.perf_counter() - began


def check_many(path: str) -> None:
    """In a process of its own: read and check a large workbook, and say how large the process has grown."""
    season = cast.Season()
    data = Path(path).read_bytes()
    batch = services.open_batch(
        SimpleUploadedFile("名单.xlsx", data), kind=Kind.PEOPLE, by=season.clerk, on=localdate()
    )
    del data
    mapping = {int(column): key for column, key in batch.mapping.items()}
    services.name_columns(batch, by=season.clerk, on=localdate(), version=batch.version, mapping=mapping)
    batch = worked(batch, RosterStatus.CHECKING, services.read_rows, services.check_rows)
    assert batch.checked == MANY
    largest = max(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
    print(largest)  # kB


def megabytes() -> float:
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(workbook(next(TURN), MANY))
        file.flush()
        command = [sys.executable, "-m", "tests.bench", "roster-check", file.name]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return int(told.split()[-1]) / 1024


def figures(empty: Callable[[], None]) -> list[Figure]:
    season = cast.Season()
    by = season.clerk
    steps: dict[str, list[float]] = {}
    for _ in range(3):
        data = workbook(next(TURN), ROWS)
        for name, seconds in {"floor": floor(data), **product(data, by)}.items():
            steps.setdefault(name, []).append(seconds)
    taken = {name: median(times) for name, times in steps.items()}
    taken["peer"] = peer(workbook(next(TURN), FEWER), by) / FEWER * ROWS
    total = sum(taken[name] for name in ("upload", "read and check", "apply"))
    detail = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in taken.items())
    empty()
    return [
        Figure(f"roster of {ROWS:,} × 20: peer / product", taken["peer"] / total, 15, at_least=True, detail=detail),
        Figure("roster: product / calamine and COPY", total / taken["floor"], 4),
        Figure(f"check of {MANY:,} rows, largest process in MB", megabytes(), 350),
    ]

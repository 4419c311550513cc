"""What the bureau had filed before the platform, in the demonstration: an old ledger, as the wizard takes it over."""

from datetime import date
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.models import Membership
from agreements.archiving import assembling, queries
from agreements.archiving import services as archiving
from agreements.archiving.models import ArchiveYear
from agreements.models import Agreement
from agreements.services.past import attach_past_scan
from core import files
from core.identifiers import ID_CHECK, ID_WEIGHTS
from desk.demo.cast import HOSTS, INSTITUTIONS, NOWHERE
from desk.enums import Kind, Mode
from desk.rosters import services
from desk.rosters.models import RosterBatch

HEADINGS = [
    "协议编号",
    "备案时间",
    "文号",
    "选派单位",
    "特派员姓名",
    "身份证号码",
    "类别",
    "服务单位",
    "统一社会信用代码",
    "所在县区",
    "单位性质",
    "起始时间",
    "到期时间",
    "状态",
    "终止日期",
    "终止原因",
]
NAMES = ("贺文清", "康敏之", "龙瑞祥", "文思远", "施雅琴", "洪立新")


def take_over(*, by: Membership, on: date) -> RosterBatch:
    """Bring the ledger of last year and have all of it taken over that can be."""
    batch = services.open_batch(
        SimpleUploadedFile("三方协议备案台账.xlsx", _ledger(on.year)), kind=Kind.PAST, by=by, on=on
    )
    mapping = {int(column): key for column, key in batch.mapping.items()}
    services.name_columns(batch, by=by, on=on, version=batch.version, mapping=mapping)
    services.read_rows(batch)  # and checks it, being short; what the outbox promises besides finds it done
    batch.refresh_from_db()
    services.confirm(batch, by=by, version=batch.version, mode=Mode.CLEAN)
    services.apply_rows(batch)
    batch.refresh_from_db()
    return batch


def _ledger(year: int) -> bytes:
    """Agreements of the two years before: over by now, but for one; one names a unit that the platform does not know."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "备案台账"
    sheet.append(["石家庄市科技特派员三方协议备案台账"])
    sheet.append(HEADINGS)
    last = f"{year - 1}年12月31日"
    for number, name in enumerate(NAMES, start=1):
        unit = INSTITUTIONS[number % 2].name if number < len(NAMES) else "示范职业学院"
        host = next(one for one in HOSTS if one.key == ("software", "biology", "pharmacy")[number % 3])
        began = f"{year - 2}年3月{number + 9}日"
        over = (f"{year - 1}年9月1日", "企业停产") if number == 3 else ("", "")
        sheet.append(
            [
                f"石科特〔{year - 2}〕{number}号",
                began,
                f"石科〔{year - 2}〕6号",
                unit,
                name,
                _id_number(number),
                "技术经纪人",
                host.name if number != 4 else f"{host.name}（原名）",
                host.uscc,
                "正定县",
                "企业",
                began,
                last if number != 5 else f"{year}年12月31日",
                "终止" if over[0] else "到期" if number != 5 else "在岗",
                *over,
            ]
        )
    sheet.append(["制表人：", "", "审核人："])
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def _id_number(number: int) -> str:
    body = f"{NOWHERE}1979030{number}{700 + number}"
    total = sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True))
    return body + ID_CHECK[total % 11]


def archive(year: int, *, by: Membership, head: Membership, on: date, paper: bytes) -> ArchiveYear:
    """What was filed in the year of that ledger: arranged, checked, put together.

    Some of its old papers are scanned before, one was found later and waits to be added, one is missing still.
    """
    *early, late, _ = queries.of_year(year).order_by("pk")
    for agreement in early:
        _scan(agreement, paper, by=by)
    note = "平台启用前备案，原件以纸质归档，扫描件逐步补充。"
    closed = archiving.close_archive(archiving.prepare_archive(year, by=by, on=on, note=note), by=head, on=on)
    assembling.assemble_next(closed)  # being short; what the outbox promises besides finds it done
    _scan(late, paper, by=by)
    return closed


def _scan(agreement: Agreement, paper: bytes, *, by: Membership) -> None:
    data = paper + f"%{agreement.draft_code}\n".encode()  # no two scans are the same file
    file = files.keep(data, name="三方协议书（原件）.pdf", kind="pdf", purpose="agreement-scan", by=by)
    attach_past_scan(agreement, file=file, by=by)

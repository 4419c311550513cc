"""The stamped scan must be of the paper that the platform printed: each page says by its code whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.policy import Finding, RuleEntry, cites


@dataclass(frozen=True)
class Read:
    """One page of a scan, by the code on it: the sheet and version it belongs to, and which page of it it is."""

    sheet: str = ""  # its number; empty where no code of a sheet was read
    version: int = 0
    page: int = 0
    is_strange: bool = False  # a code, but of no sheet
    is_blank: bool = False


@cites("E-STAMP", "R25")
def is_the_printed_paper(
    entry: RuleEntry, *, sheet: str, version: int, pages: int, read: Sequence[Read]
) -> Finding | None:
    """R25, 四（二）: what was stamped is all pages of the sheet as it stands now, and of no other paper."""
    places = {place: one for place, one in enumerate(read, start=1) if not one.is_blank}
    coded = {place: one for place, one in places.items() if one.sheet}
    for place, one in coded.items():
        if one.sheet != sheet:
            return entry.finding(f"第{place}页是“{one.sheet}”的，不是“{sheet}”的。请核对是否混入了其他汇总表。")
        if one.version != version:
            return entry.finding(
                f"扫描的是“{sheet}”第{one.version}版，现行的是第{version}版。请打印第{version}版，盖章后再上传。"
            )
    for place, one in places.items():
        if one.is_strange:
            return entry.finding(f"第{place}页上的二维码不是备案汇总表的。请核对是否放错了文件。")
    if not coded:
        return entry.finding("页面上没有读到备案汇总表的二维码。请用平台打印的汇总表盖章，完整、清晰地扫描后上传。")
    missing = [page for page in range(1, pages + 1) if page not in {one.page for one in coded.values()}]
    if len(missing) > len(places) - len(coded):
        listed = "、".join(map(str, missing))
        return entry.finding(f"“{sheet}”共{pages}页，缺第{listed}页。请补扫后一并上传。", missing=missing)
    return None

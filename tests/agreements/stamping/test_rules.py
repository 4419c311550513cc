"""Whether a scan is of the paper that was printed: by the codes of its pages, without a file or a database."""

import pytest

from agreements.stamping import rules
from agreements.stamping.rules import Read
from core.policy import Level, RuleEntry

ENTRY = RuleEntry("E-STAMP", "四（二）", "派出单位汇总后交市科技局审核备案", Level.BLOCK)
SHEET = "备案汇总〔2026〕3号"


def own(page: int, version: int = 2) -> Read:
    return Read(SHEET, version, page)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        pytest.param([own(1), own(2)], None, id="both pages"),
        pytest.param([own(2), Read(is_blank=True), own(1)], None, id="turned round, with a blank back"),
        pytest.param([own(1), Read()], None, id="the second page is there and cannot be read"),
        pytest.param([own(1), own(1)], "缺第2页", id="the first page twice"),
        pytest.param([own(1)], "缺第2页", id="half of it"),
        pytest.param([own(1, 1), own(2, 1)], "第1版，现行的是第2版", id="an earlier version"),
        pytest.param(
            [own(1), Read("备案汇总〔2026〕4号", 1, 2)], "第2页是“备案汇总〔2026〕4号”的", id="a foreign page"
        ),
        pytest.param([own(1), own(2), Read(is_strange=True)], "第3页上的二维码不是", id="a contract among them"),
        pytest.param([Read(), Read()], "没有读到备案汇总表的二维码", id="no code at all"),
    ],
)
def test_the_stamped_scan_is_of_all_pages_of_the_printed_paper(read: list[Read], said: str | None) -> None:
    finding = rules.is_the_printed_paper(ENTRY, sheet=SHEET, version=2, pages=2, read=read)

    assert (finding is None) == (said is None)
    assert (said or "") in str(finding or "")

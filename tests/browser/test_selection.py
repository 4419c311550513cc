"""The selection of a year in a real browser, under the plan as it is shipped: the call, a nomination, the review, the
list with its three steps, the notice with an objection, the announcement. By the clerk, the officer, the head, anybody."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from playwright.sync_api import FilePayload

from core.models import PolicyPack
from core.packs import POLICIES, read
from specialists.enums import RegistrationStatus
from specialists.models import Registration, SelectionList
from tests.browser.somebody import PHONE, Gallery, Somebody
from tests.cast import PDF, Season

PAPER: FilePayload = {"name": "签批单.pdf", "mimeType": "application/pdf", "buffer": PDF}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-18 09:00:00+08:00") as traveller:
        yield traveller


def test_a_selection_in_a_real_browser(
    lasting_season: Season,
    clock: time_machine.Traveller,
    at: Callable[..., Somebody],
    gallery: Gallery,
    complaints: list[str],
) -> None:
    season = lasting_season
    season.pack = PolicyPack.objects.create(**{**read(POLICIES / "shijiazhuang-2026.toml"), "version": 2})
    for key in ("P1", "P3"):
        season.selected(key, status=RegistrationStatus.DRAFT, approved_on=None, submitted_on=None, pack=None)
    clerk, officer, head = at(), at(), at()
    for person, hat in ((clerk, season.clerk), (officer, season.officer), (head, season.head)):
        person.is_signed_in(hat)
        person.opens("/")

    # The call: before it nothing can be handed in.
    clerk.goes_to("特派员登记")
    clerk.follows("李喆")
    clerk.presses("提交审核")
    clerk.sees("还没有发布农业个人科技特派员的推荐通知")
    complaints.clear()  # a browser calls the refusal, which is what we came for, an error
    officer.goes_to("推荐通知")
    officer.follows("起草通知")
    officer.types(
        名称="关于推荐2026年度市级科技特派员的通知", 受理开始日期="2026年5月18日", 受理截止日期="2026年5月22日"
    )
    officer.presses("保存草稿")
    officer.presses("发布通知")
    officer.sees("推荐通知已发布")
    officer.looks("推荐通知")
    for name in ("李喆", "张昇"):
        clerk.goes_to("特派员登记")
        clerk.follows(name)
        clerk.presses("提交审核")
        clerk.sees("已提交市科技局审核")

    # Both passed in one act by the officer, and by the head.
    for person in (officer, head):
        person.goes_to("特派员登记")
        person.follows("批量审核待我办理")
        person.sees("2 项可直接通过")
        person.looks(f"批量审核{'经办' if person is officer else '负责人'}")
        person.presses("通过所选")
        person.sees("通过 2 项，未通过 0 项")
    officer.looks("批量审核结果")

    # The list and its steps; the last one from paper.
    officer.goes_to("选派名单")
    officer.follows("拟定名单")
    officer.looks("拟定名单")
    officer.presses("列入名单")
    officer.presses("提交审批")
    head.goes_to("选派名单")
    head.follows("拟选派名单（第1批）")
    head.looks("审批名单")
    head.presses("通过")
    officer.page.reload()
    officer.follows("据纸面登记签批")
    officer.types(编号="签批〔2026〕7号", 签批意见="同意")
    officer.page.get_by_label("扫描件").set_input_files(PAPER)
    officer.looks("登记签批")
    officer.presses("登记签批")
    officer.sees("签批单：签批〔2026〕7号")

    # On view for everybody, masked; an objection is looked into.
    officer.follows("发布公示")
    officer.types(受理异议的联系方式="农村科技处　0311-86000000")
    officer.presses("发布公示")
    held = SelectionList.objects.get()
    anybody = at(PHONE)
    anybody.opens(f"/specialists/notice/{held.pk}/")
    anybody.sees("李*")
    anybody.looks("公示页面")
    officer.follows("登记异议")
    entry = held.entries.get(registration__specialist__name="张昇")
    officer.page.get_by_label("涉及人选").select_option(value=str(entry.pk))
    officer.ticks("来信")
    officer.types(异议内容="反映其材料不实。")
    officer.page.get_by_label("异议人", exact=False).first.fill("王建设")
    officer.looks("登记异议")
    officer.presses("登记异议")
    officer.follows("张昇", within=officer.page.locator("#objections"))
    officer.ticks("异议不成立")
    officer.types(核查情况="经核实，不属实。")
    officer.looks("办结异议")
    officer.presses("办结异议")
    officer.sees("异议已办结")

    # The last day is over: closed, announced, selected.
    clock.move_to("2026-05-25 09:00:00+08:00")
    for person, hat in ((clerk, season.clerk), (officer, season.officer)):
        person.is_signed_in(hat)
        person.opens(f"/specialists/lists/{held.pk}/")
    officer.follows("结束公示")
    officer.presses("结束公示")
    officer.looks("名单公示结束")
    draft = officer.downloads(lambda: officer.follows("公布文件草稿"))
    assert draft[:2] == b"PK"
    officer.follows("登记公布文件")
    officer.types(文号="石科〔2026〕12号")
    officer.page.get_by_label("公布文件").set_input_files(PAPER)
    officer.looks("登记公布文件")
    officer.presses("公布入选")
    officer.sees("人选均已入选")
    officer.looks("名单已公布")
    clerk.page.reload()
    clerk.sees("石科〔2026〕12号")
    clerk.looks("派出单位看名单")
    clerk.goes_to("特派员登记")
    clerk.sees("已入选")

    assert {one.status for one in Registration.objects.all()} == {RegistrationStatus.APPROVED}
    assert gallery.wrong == []
    assert complaints == []

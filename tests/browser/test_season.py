"""The season of test_whole_season.py once more, in a real browser: every click and every word typed as a person would,
each station looked at with axe at three widths, for overflow and, with PICTURES=1, in pictures (var/pictures, not kept)."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import openpyxl
import pypdfium2
import pytest
import time_machine
from django.core import mail
from playwright.sync_api import expect

from core import outbox
from core.models import OutboxRow
from tests.browser.somebody import PHONE, WIDE, Gallery, Somebody
from tests.cast import MAY_12, PEOPLE, Season
from tests.watch import Watch

NAME, NUMBER = PEOPLE["P3"]
PASSWORD = "Gulou-2026-tepai"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-12 09:00:00+08:00") as traveller:
        yield traveller


@pytest.fixture
def watch(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """What a browser sends by itself (checks while typing, drafts) leaves no personal number behind either."""
    watch = Watch()
    with watch.kept(monkeypatch):
        yield watch


def deliver() -> None:
    """As the relay and the workers would, until nothing is promised any more."""
    for _ in range(5):
        OutboxRow.objects.filter(done_at=None).update(due_at="2026-01-01T00:00:00Z")
        if not outbox.relay():
            return


def in_the_last_mail(pattern: str) -> str:
    found = re.search(pattern, str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def words_of(paper: bytes) -> str:
    pages = pypdfium2.PdfDocument(paper)
    return "".join(page.get_textpage().get_text_range() for page in pages)


def test_a_season_in_a_real_browser(
    lasting_season: Season,
    clock: time_machine.Traveller,
    at: Callable[..., Somebody],
    gallery: Gallery,
    complaints: list[str],
    watch: Watch,
) -> None:
    season = lasting_season
    clerk, manager, officer, head = at(), at(), at(), at()

    # The university registers its specialist; the rules answer while the form is filled in.
    clerk.opens("/sign-in/")
    clerk.looks("登录")
    clerk.signs_in(season.clerk)
    clerk.looks("派出单位首页")
    clerk.follows("登记特派员")
    clerk.types(身份证号=NUMBER, 姓名=NAME, 手机号="13900000031", 邮箱="zhangsheng@example.org")
    clerk.chooses(学历="博士研究生", 专业领域="粮油作物")
    clerk.types(职称="高工")  # an alias
    clerk.types(银行账号="6222020000000000016", 开户行="示范银行石家庄分行")
    clerk.ticks("农业", "在职人员")
    clerk.page.get_by_label("本人已同意").check()
    clerk.sees("由身份证号得出：性别 男，出生日期 1985年9月23日")
    clerk.looks("登记表")
    clerk.presses("保存并提交")
    clerk.sees("139999********0031")
    clerk.looks("登记详情")

    # The bureau selects in two steps, by two people.
    officer.signs_in(season.officer)
    head.signs_in(season.head)
    for person, picture in ((officer, "登记审核"), (head, "登记复核")):
        person.goes_to("特派员登记")
        person.follows(NAME)
        person.follows("审核", within=person.page.locator(".ph"))
        person.looks(picture)
        person.presses("通过")
    head.sees("已入选")
    clerk.goes_to("特派员登记")
    clerk.follows(NAME)
    clerk.sees("已入选")
    clerk.presses("邀请开通账号")
    deliver()

    # The specialist takes the invitation on the phone.
    phone = at(PHONE)
    phone.opens(in_the_last_mail(r"(/invitation/[\w-]+/)"))
    phone.types(账号="zhangsheng", 新密码=PASSWORD, 再次输入新密码=PASSWORD)
    phone.looks("接受邀请")
    phone.presses("开通账号")
    phone.sees(f"{NAME}老师，您好")

    # A tripartite agreement: whom, where and what, with live checks; the paper; three signatures; the scan.
    clerk.goes_to("协议备案")
    clerk.follows("新建协议")
    clerk.ticks_person(NAME)
    clerk.looks("向导一")
    clerk.presses("下一步")
    clerk.types(派驻单位=season.h4.organization.name, 年度到现场服务="12", 服务内容="小麦高产栽培技术指导")
    clerk.types(clerk.page.get_by_role("group", name="第 1 项"), 目标任务="组织技术培训", 数量="2", 单位="场")
    expect(clerk.page.locator("#checks")).to_contain_text("通过")
    expect(clerk.page.locator("[data-saved]")).to_contain_text("草稿自动保存于")
    clerk.looks("向导二")
    clerk.presses("下一步")
    expect(clerk.page.locator("#checks")).to_contain_text("登记三方签署、上传扫描件后校验")  # not a reproach yet
    paper = clerk.downloads(lambda: clerk.presses("下载并打印"))
    assert NUMBER in words_of(paper)
    for party, signer in (("派出单位", "孟主任"), ("派驻单位", "马社长"), ("科技特派员", NAME)):
        clerk.signs(party, signer, "2026年5月12日")
    for party in ("派出单位", "派驻单位"):
        clerk.page.get_by_role("group", name=f"{party}签署").get_by_label("签署身份").select_option("法定代表人")
    clerk.page.get_by_label("签章扫描件").set_input_files(
        {"name": "三方协议书.pdf", "mimeType": "application/pdf", "buffer": paper}
    )
    clerk.looks("向导三")
    clerk.presses("提交备案")
    clerk.sees("待市科技局审核")
    clerk.looks("协议已提交")
    deliver()
    phone.goes_to("我的协议")
    phone.sees("市科技局")
    phone.looks("特派员看审核进度")

    # The bureau reads it beside the scan and files it.
    clock.move_to("2026-05-20 10:00:00+08:00")
    officer.signs_in(season.officer)
    officer.looks("待办工作")
    officer.follows("从第一件开始审核")
    officer.looks("审核台")
    officer.presses("通过备案")
    officer.looks("审核台确认")
    officer.presses("通过备案", within=officer.dialog)
    officer.sees("SJZ-KTP-2026-0001")
    deliver()
    officer.goes_to("协议备案")
    officer.follows("SJZ-KTP-2026-0001")
    officer.looks("协议备案后")
    assert "SJZ-KTP-2026-0001" in words_of(officer.downloads(lambda: officer.follows("备案证明")))
    officer.searches(NAME)
    officer.sees("SJZ-KTP-2026-0001")
    officer.looks("搜索")

    # The specialist reads the status on the phone, and logs a visit in a minute.
    clock.move_to("2026-06-10 18:00:00+08:00")
    phone.signs_in_as("zhangsheng", PASSWORD)
    phone.looks("特派员首页")
    phone.follows("查看协议")
    phone.looks("特派员看协议")
    phone.goes_to("首页")
    phone.follows("登记一次服务")
    phone.page.get_by_label("服务日期").fill("2026-06-10")
    phone.page.get_by_label("技术咨询", exact=True).check()
    phone.types(服务内容="田间苗情会诊，提出追肥方案。")
    phone.looks("登记服务")
    phone.presses("提交，请派驻单位确认")
    phone.sees("待派驻单位确认")
    phone.looks("服务已登记")
    deliver()

    # The host confirms by personal link and one-time code, without an account.
    host = at(PHONE)
    host.opens(in_the_last_mail(r"(/visits/confirm/[\w-]+/)"))
    host.looks("派驻单位确认")
    host.presses("获取验证码")
    deliver()
    host.types(验证码=in_the_last_mail(r" (\d{6}) "), 您的姓名="马社长")
    host.page.get_by_label("满意", exact=True).check()
    host.looks("派驻单位填写")
    host.presses("确认服务属实")
    host.sees("已确认，谢谢")
    host.looks("派驻单位已确认")

    # Money: the year's fund, its division, the institution's rate.
    officer.signs_in(season.officer)
    officer.goes_to("预算与拨付")
    officer.follows("登记年度经费")
    officer.types(年度="2026", 金额="300000", 下达文号="石财教〔2026〕18号", 下达日期="2026年3月1日")
    officer.looks("登记年度经费")
    officer.presses("登记")
    officer.follows("向派出单位拨付")
    officer.chooses(派出单位="示范农林学院")
    officer.types(拨付金额="2,000.00", 指标文号="石财教〔2026〕31号", 拨付日期="2026年6月1日")
    officer.looks("拨付")
    officer.presses("下一步：核对拨付")
    officer.sees("人民币")
    officer.presses("拨付并记账")
    officer.looks("预算与拨付")
    manager.signs_in(season.manager)
    manager.goes_to("补助标准")
    manager.types(补助标准="600", 执行日期="2026年5月1日")
    manager.looks("补助标准")
    manager.presses("制定标准")

    # A claim of the confirmed visit; the batch is made by one person and paid by another.
    clerk.signs_in(season.clerk)
    clerk.goes_to("补助核算")
    clerk.page.get_by_label("全选本页").check()
    clerk.looks("补助核算")
    clerk.presses("申领并编入批次")
    clerk.looks("发放批次草稿")
    clerk.presses("提交复核")
    clerk.sees("请本单位其他人员复核发放")
    manager.goes_to("发放批次")
    manager.page.locator("main table a").first.click()
    manager.looks("发放批次复核")
    manager.presses("复核发放")
    manager.looks("发放确认")
    manager.types(manager.dialog, 请输入="发放")
    manager.presses("发放600.00元", within=manager.dialog)
    deliver()
    manager.page.reload()
    manager.looks("发放批次已发放")
    book = openpyxl.load_workbook(BytesIO(manager.downloads(lambda: manager.follows("发放明细表表格"))))
    assert "人民币陆佰元整" in str([cell.value for row in book.worksheets[0].iter_rows() for cell in row])
    assert "人民币陆佰元整" in words_of(manager.downloads(lambda: manager.follows("发放明细表打印件")))
    clerk.goes_to("经费余额")
    clerk.sees("1,400.00")
    clerk.looks("经费余额")
    clerk.page.locator("main table a").first.click()
    clerk.looks("台账分录")
    phone.goes_to("补助")
    phone.sees("600.00")
    phone.looks("特派员补助")

    # Assessed together: the institution scores, the bureau decides in two steps, the specialist reads the result.
    clock.move_to("2027-01-15 09:00:00+08:00")
    officer.signs_in(season.officer)
    officer.goes_to("年度考核")
    officer.follows("发起年度考核")
    officer.types(年度="2026", 开始日期="2027-01-10", 派出单位截止日期="2027-01-31", 市科技局截止日期="2027-02-28")
    officer.looks("发起考核")
    officer.presses("发起考核")
    officer.looks("考核列表")
    clerk.signs_in(season.clerk)
    clerk.goes_to("年度考核")
    clerk.follows(NAME)
    clerk.types(服务工作量="25", 服务成效="30", 派驻单位满意度="15", 记录与总结="4", 派出单位意见="全年服务扎实。")
    clerk.ticks("合格")
    clerk.looks("考核评分")
    clerk.presses("提交市科技局")
    head.signs_in(season.head)
    for person, picture in ((officer, "考核审定"), (head, "考核复核")):
        person.goes_to("年度考核")
        person.follows(NAME)
        person.ticks("合格")
        person.types(市科技局意见="同意")
        person.looks(picture)
        person.presses("审定等次")
    deliver()
    phone.signs_in_as("zhangsheng", PASSWORD)
    phone.opens_the_account_menu()
    phone.follows("年度考核")
    phone.follows(NAME)
    phone.sees("合格")
    phone.looks("考核结果")

    assert gallery.wrong == []
    assert complaints == []
    assert watch.seen(NUMBER, "13900000031", "6222020000000000016") == {}


def test_an_office_and_a_phone_find_their_way_through_the_menu(
    lasting_season: Season, clock: time_machine.Traveller, at: Callable[..., Somebody], complaints: list[str]
) -> None:
    season = lasting_season
    filed = season.filed(season.selected("P1"), season.h4)
    season.submitted(season.selected("P3"), season.h4)
    season.visit(filed, MAY_12)
    clock.move_to("2026-05-20 10:00:00+08:00")
    too_wide = []
    for hat, size in ((season.county, WIDE), (season.hat_of(filed.specialist), PHONE)):
        person = at(size)
        person.is_signed_in(hat)
        person.opens("/")
        places = person.menu()
        assert places[0] == "首页", hat
        for place in places[1:]:
            person.goes_to(place)
            expect(person.navigation.get_by_role("link", name=place, exact=True)).to_have_attribute(
                "aria-current", "page"
            )
            if person.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                too_wide.append(f"{hat}: {place}")
        person.opens_the_account_menu()
        person.follows("帮助")
        person.sees("有问题问谁")
        person.context.close()

    assert too_wide == []
    assert complaints == []

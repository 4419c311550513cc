"""退回修改通知书: what was sent back, by which article, what to do and until when; it stays as it was that day."""

import pytest
import time_machine

from agreements import services
from agreements.models import Correction
from agreements.reviewing import letter
from core.models import PolicyPack
from tests.agreements.hands import words
from tests.agreements.test_papers import pages_of
from tests.cast import MAY_20, Season
from tests.hands import browser_of


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        pytest.param([], "可以修改协议的全部项目", id="nothing named"),
        pytest.param(["scan"], "重新扫描签署后的协议书", id="the scan alone"),
        pytest.param(["signatures", "scan"], "补正三方签署", id="a signature"),
        pytest.param(["content", "scan"], "重新打印协议书，三方重新签署", id="another text"),
        pytest.param(["specialist"], "在特派员登记中申请更正。", id="the person alone"),
    ],
)
def test_the_letter_says_what_is_to_be_done(parts: list[str], said: str) -> None:
    assert said in letter.what_to_do(parts)


def test_the_letter_names_parts_articles_and_the_day_and_stays_as_it_was(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False):
        case = season.submitted(season.selected("P3"), season.h4)
        remarks = {"content": "服务内容不具体", "period": "截止日应为12月底"}
        services.return_agreement(case, by=season.officer, on=MAY_20, remarks=remarks, opinion="另请核对联系电话")
        clerk, at = browser_of(season.clerk), f"/agreements/{case.pk}/returns/1/"
        page = words(clerk.get(case.get_absolute_url()))
        answer = clerk.get(at)
        program = clerk.get(f"/api/v1{at}")
        edited = clerk.get(f"{case.get_absolute_url()}edit/").content.decode()

    assert f'href="{at}"' in edited
    assert "退回修改通知书（第 1 次）" in page
    text = "".join(pages_of(answer.content)).replace("　", "")
    for fact in (
        "退回修改通知书", f"编号：D-{case.pk}第1次退回", "示范农林学院：", "张昇139999********0031", "2026年5月12日至2027年12月31日",
        "服务内容不具体", "截止日应为12月底", "工作方案四（二）：“三方协议书服务时限的截止日一般为下一年度的12月底”",
        "二、其他意见另请核对联系电话", "请于2026年6月3日前重新提交", "经办人：陈科员", "石家庄市科学技术局2026年5月20日",
    ):  # fmt: skip
        assert fact in text, fact
    assert "139999198509230031" not in text
    assert program.content == answer.content

    case.refresh_from_db()
    case.service_content, case.version = "改写后的服务内容", 2  # what is mended since is not what was sent back
    case.save(update_fields=["service_content", "version"])
    correction = Correction.objects.get()
    assert "改写后" not in str(letter.letter_context(correction))
    season.pack.settings["agreements"].pop("mend_working_days")  # a pack stored before there was such a day
    monkeypatch.setattr(PolicyPack, "in_force", lambda *, on: season.pack)
    assert letter.letter_context(correction)["until"] is None


def test_the_letter_is_for_its_institution_and_the_bureau(season: Season) -> None:
    case = season.submitted(season.selected("P3"), season.h4)
    services.return_agreement(case, by=season.officer, on=MAY_20, opinion="请核对")
    at = f"/agreements/{case.pk}/returns/1/"

    asked = {hat: browser_of(hat).get(at).status_code for hat in (season.stranger, season.contact, season.finance)}
    assert asked == {season.stranger: 404, season.contact: 403, season.finance: 403}
    assert browser_of(season.clerk).get(f"/agreements/{case.pk}/returns/2/").status_code == 404
    missing = browser_of(season.officer).get(f"/api/v1{at.replace('/1/', '/2/')}")
    assert (missing.status_code, missing.json()["detail"]) == (404, "未找到。")  # and no name of a model

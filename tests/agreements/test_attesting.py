"""Whoever holds a paper checks it without signing in: by its code, or by the number and the code printed on it."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts import entering
from accounts.models import Organization
from agreements import documents, services
from agreements.attesting import queries
from agreements.documents import check_code
from agreements.enums import TerminationReason
from agreements.models import Agreement, AgreementPaper, FilingCertificate, YearlyHost
from agreements.voiding import services as voiding
from core.identifiers import mask_unit
from core.models import Message, PolicyPack
from specialists.enums import Category
from tests.agreements.hands import words
from tests.agreements.test_amending import asked, passed
from tests.agreements.test_api import call
from tests.cast import MAY_20, Season, scan
from tests.desk.merging.test_hosts import merge, twin
from tests.hands import browser_of
from tests.specialists.team_acts import member_of, selected

FORM = "/agreements/check/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    cache.clear()  # what strangers asked before
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


def certified(agreement: Agreement) -> FilingCertificate:
    """Its certificate, of which nobody reads the paper here."""
    return FilingCertificate.objects.create(
        agreement=agreement, file=scan(agreement.created_by), token="7f3a91c2d40e" + "0" * 20
    )


def printed(agreement: Agreement, token: str = "b" * 32) -> AgreementPaper:
    return AgreementPaper.objects.create(agreement=agreement, version=agreement.version, token=token, sha256="")


def shown(token: str) -> str:
    return words(Client().get(f"{FORM}{token}/"))


def renamed(season: Season, unit: Organization, name: str) -> None:
    facts = entering.UnitFacts(name, str(unit.uscc), unit.district, contact_email=unit.contact_email)
    entering.change_unit(unit, facts, by=season.admin)


# --- by the code ------------------------------------------------------------------------------------------------------


def test_c52_the_code_of_a_contract_leads_to_what_the_paper_is_worth_and_to_no_name(season: Season) -> None:
    draft = season.agreement(season.selected("P3"), season.h4, signed=False)
    token = printed(draft).token

    page = Client().get(f"{FORM}{token}/?p=2")

    told = words(page)
    assert page.status_code == 200
    assert ("三方协议书文本核验 草稿 这是尚未备案的协议文本" in told, f"文本编号 D-{draft.pk} v1" in told) == (
        True,
        True,
    )
    assert "科技特派员 张* 类别 农业 派出单位 示范**学院 派驻单位 滹沱*********作社" in told
    assert {name: page[name] for name in ("X-Robots-Tag", "Cache-Control", "Referrer-Policy")} == {
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }
    assert '<meta name="robots" content="noindex, nofollow">' in page.content.decode()
    names = (draft.specialist.name, str(draft.institution), str(draft.host))
    hidden = (*names, draft.specialist.id_number, "139999", draft.specialist.mobile, "孟主任", "@example.org")
    assert [word for word in hidden if word in page.content.decode()] == []


def test_the_check_of_a_teams_paper_names_the_team_and_none_of_its_members(season: Season) -> None:
    team = selected(season)
    leader = member_of(team, "P8")
    assert leader.registration
    told = shown(certified(season.filed(leader.registration, season.h1, team=team)).token)

    assert "科技特派员 孙** 团队 小麦产业技术团队（前列人员为负责人） 类别 农业" in told
    assert [name for name in ("孙立群", "吴建国", "郑旻") if name in told] == []


def test_which_version_of_a_contract_counts_is_said_before_and_after_filing(season: Season) -> None:
    draft = season.agreement(season.selected("P3"), season.h4, signed=False)
    old = printed(draft)
    services.save_draft(draft, by=season.clerk, version=1, service_content="改过的内容")
    filed = season.filed(season.selected("P1"), season.h4, version=2)
    replaced = AgreementPaper.objects.create(agreement=filed, version=1, token="c" * 32, sha256="")
    current = AgreementPaper.objects.create(agreement=filed, version=2, token="d" * 32, sha256="")

    assert f"版本已更新：这份文本（D-{draft.pk} v1）之后内容又有修改，现为第 2 版" in shown(old.token)
    assert "备案的是第 2 版" in shown(replaced.token)
    assert "平台中有这份协议的备案记录" not in shown(replaced.token)
    assert "版本已更新" not in shown(current.token)
    assert "平台中有这份协议的备案记录" in shown(current.token)


def test_c52_a_certificate_tells_the_state_of_today_also_after_the_end(
    season: Season, clock: time_machine.Traveller
) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    token = certified(filed).token
    assert "备案证明核验 服务中 平台中有这份协议的备案记录。请核对下列内容与纸面是否一致。 备案号" in shown(token)
    assert f"备案号 {filed.filing_number}" in shown(token)

    passed(season, asked(season, filed, visits_per_year=20))
    assert "服务内容、次数或目标于2026年5月20日有变更" in shown(token)
    clock.move_to("2026-06-02 10:00:00+08:00")
    services.terminate_agreement(
        filed, by=season.officer, on=date(2026, 6, 1), reason=TerminationReason.AGREED, note="停产"
    )
    ended = shown(token)
    assert ("已终止" in ended, "终止日期 2026年6月1日" in ended, "停产" in ended) == (True, True, False)
    clock.move_to("2028-01-02 10:00:00+08:00")
    other = season.filed(season.selected("P1"), season.h4)
    over = FilingCertificate.objects.create(agreement=other, file=filed.scans.get().file, token="e" * 32)
    assert "已到期 服务期限已于2027年12月31日届满。" in shown(over.token)


def test_what_came_after_a_paper_is_said_and_not_named(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    renewal = season.filed(
        filed.registration, season.h4, renews=filed, service_start=date(2028, 1, 1), service_end=date(2028, 12, 31)
    )
    moved = season.filed(season.selected("P1", Category.ENTERPRISE), season.h4)
    year = YearlyHost.objects.create(specialist=moved.specialist, year=2026, host=season.h5)
    year.reassignments.create(
        from_host=season.h4, to_host=season.h5, agreement=renewal, reason="停产", by=season.officer
    )
    services.terminate_agreement(moved, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED)
    tokens = [printed(filed, "1" * 32).token, printed(moved, "2" * 32).token]

    renewed, gone = map(shown, tokens)

    assert "本协议到期后由续签协议接续：续签协议已备案" in renewed
    assert str(renewal.filing_number) not in renewed
    assert "该科技特派员已改派其他单位，新的服务另有协议备案。" in gone
    assert ("赞皇" in gone, "停产" in gone) == (False, False)


def test_c52_a_void_filing_says_that_its_certificate_proves_nothing(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    token = certified(filed).token
    voiding.void_agreement(filed, by=season.officer, on=MAY_20, reason="重复备案")

    told = shown(token)

    assert "已作废 该备案已于2026年5月20日作废，备案证明不再有效。" in told
    assert "重复备案" not in told


@pytest.mark.parametrize("token", ["0" * 32, "x", "a" * 33, "%E6%9C%AA" * 4, "..", "%00" * 32, "' OR 1=1"])
def test_an_unknown_code_gets_a_plain_page(season: Season, token: str) -> None:
    page = Client().get(f"{FORM}{token}/")

    assert page.status_code == 404
    assert Client().post(f"{FORM}{token}/").status_code in (404, 405)
    if len(token) == 32 and token.isalnum():
        assert "没有与这个二维码对应的协议书或备案证明" in words(page)
        assert page["X-Robots-Tag"] == "noindex, nofollow"


# --- by number and code -----------------------------------------------------------------------------------------------


def test_number_and_code_together_open_what_neither_opens_alone(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    issued = certified(filed)
    number, code = str(filed.filing_number), check_code(issued.token)
    assert "核验备案证明" in words(Client().get("/sign-in/"))
    assert Client().get(FORM)["X-Robots-Tag"] == "noindex, nofollow"

    found = Client().post(FORM, {"number": f" {number.lower()} ", "code": "７f3a 91c2d40e"})
    answers = [
        Client().post(FORM, typed)
        for typed in (
            {"number": number, "code": "0000-0000-0000"},
            {"number": "SJZ-KTP-2026-9999", "code": code},
            {"number": "SJZ-KTP-2026-9999", "code": "0000-0000-0000"},
        )
    ]

    assert (found.status_code, f"备案号 {number}" in words(found)) == (200, True)
    assert issued.token not in found.content.decode()  # who typed the code has not the token of the paper thereby
    assert [answer.status_code for answer in answers] == [422] * 3
    assert {"没有查到备案号和校验码都相符的备案证明" in words(answer) for answer in answers} == {True}
    assert Client().post(FORM, {"number": number}).status_code == 422
    assert call(season.contact, "post", "paper-check/", {"number": number, "code": code})[1]["state"] == "服务中"
    assert call(season.contact, "post", "paper-check/", {"token": issued.token})[1]["facts"]["科技特派员"] == "张*"
    assert call(season.contact, "post", "paper-check/", {"number": number})[0] == 422
    assert call(season.contact, "post", "paper-check/", {"token": "0" * 32})[0] == 404


def test_the_plan_closes_the_check_and_says_so(season: Season) -> None:
    token = printed(season.agreement(season.selected("P3"), season.h4)).token
    settings = {**season.pack.settings, "agreements": {**season.pack.settings["agreements"], "public_check": False}}
    content = {"plan": "shijiazhuang", "year": 2026, "version": 3, "active_from": date(2026, 1, 1)}
    PolicyPack.objects.create(**content, rules=season.pack.rules, settings=settings)

    answers = [Client().get(FORM), Client().get(f"{FORM}{token}/"), Client().post(FORM, {"number": "1", "code": "2"})]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert {"平台目前不提供公开核验" in words(answer) for answer in answers} == {True}
    assert browser_of(season.officer).get(f"{FORM}{token}/").status_code == 200
    assert queries.is_open(on=date(2020, 1, 1))  # before the first plan nobody had closed it


def test_a_party_without_an_account_is_mailed_the_check_page_and_never_a_page_behind_sign_in(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "certificate_pdf", lambda *args, **more: b"%PDF-1.7")
    agreement = season.filed(season.selected("P3"), season.h4)  # neither P3 nor h4 has an account

    token = services.issue_certificate(agreement).token

    host = Message.objects.get(occasion=f"filed:{agreement.pk}", email=season.h4.organization.contact_email)
    clerk = Message.objects.get(occasion=f"filed:{agreement.pk}", person=season.clerk.person)
    assert Client().get(host.link).status_code == 200
    assert host.link == f"{FORM}{token}/"
    assert host.body.endswith(f"需要备案证明的，请向{agreement.sender}索取。打开下面的网页即可查看备案情况，无需登录。")
    assert clerk.link == agreement.get_absolute_url()
    assert clerk.body.endswith("备案证明可在协议页面下载。")

    services.terminate_agreement(agreement, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED)
    assert {message.link for message in Message.objects.filter(occasion=f"terminated:{agreement.pk}", person=None)} == {
        host.link
    }


# --- the names on the paper -------------------------------------------------------------------------------------------


def test_a_paper_from_before_a_unit_was_renamed_still_reads_as_it_is_told(
    season: Season, clock: time_machine.Traveller
) -> None:
    agreement = season.filed(season.selected("P3"), season.h4)
    before, contract = certified(agreement).token, printed(agreement).token
    clock.move_to("2026-05-20 11:00:00+08:00")
    renamed(season, season.u1.organization, "石门农业大学")
    later = printed(season.filed(season.selected("P1"), season.h5), token="c" * 32).token

    assert all("派出单位 示范**学院（现名石门**大学） 派驻单位" in shown(token) for token in (before, contract))
    assert "派出单位 石门**大学 派驻单位" in shown(later)
    clock.move_to("2026-05-20 12:00:00+08:00")
    renamed(season, season.u1.organization, "示范农林学院")
    assert "派出单位 示范**学院 派驻单位" in shown(before)
    assert "派出单位 石门**大学（现名示范**学院） 派驻单位" in shown(later)


def test_a_paper_from_before_its_host_was_merged_still_reads_as_it_is_told(
    season: Season, clock: time_machine.Traveller
) -> None:
    loser = twin(season, name="正定谷物合作社")
    token = certified(season.filed(season.selected("P3"), loser.host)).token
    then, now = (mask_unit(str(name)) for name in (loser, season.h4))
    assert f"派驻单位 {then} 服务期限" in shown(token)
    clock.move_to("2026-05-21 11:00:00+08:00")

    merge(season, season.h4.organization, loser)

    assert f"派驻单位 {then}（现名{now}） 服务期限" in shown(token)

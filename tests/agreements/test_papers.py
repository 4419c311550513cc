"""What the papers print: the contract, the certificate and the summary sheet; fonts, bytes and preflight."""

import io
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import openpyxl
import pikepdf
import pypdfium2
import pytest
import time_machine
import zxingcpp

from agreements import documents, services
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement, AgreementPaper, Submission
from core.files import page_images
from core.models import AuditEvent
from core.policy import Refused
from specialists.models import Specialist
from tests.agreements.hands import body, draft_form, words
from tests.cast import MAY_20, Season
from tests.hands import at_once, browser_of, linger
from tests.specialists.team_acts import member_of, selected

TOKEN = "7f3a91c2d40e5b6677889900aabbccdd"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def draft(season: Season) -> Agreement:
    return season.agreement(season.selected("P3"), season.h4, signed=False)


def pages_of(data: bytes) -> list[str]:
    """The words of each page, without the breaks of lines. No proof of what is drawn: a test below looks at fonts."""
    with closing(pypdfium2.PdfDocument(data)) as paper:
        return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in paper]


def contract(agreement: Agreement, season: Season) -> bytes:
    return documents.agreement_pdf(agreement, token=TOKEN, pack=season.pack)


# --- the contract -----------------------------------------------------------------------------------------------------


def test_the_contract_prints_the_parties_and_the_full_id_number(season: Season, draft: Agreement) -> None:
    text = "".join(pages_of(contract(draft, season)))

    for fact in (
        "示范农林学院", "12139999401700016G", "滹沱示范谷物种植专业合作社", "93139999MA0X001466", "石家庄市正定县",
        "张昇", "139999198509230031", "农业科技特派员", "自2026年5月12日起至2027年12月31日止", "现场服务不少于12次",
        "组织技术培训不少于2场",
    ):  # fmt: skip
        assert fact.replace("　", "") in text.replace("　", ""), fact


def test_the_contract_names_the_band_of_the_pack_and_no_figure(season: Season, draft: Agreement) -> None:
    text = "".join(pages_of(contract(draft, season)))

    assert "按甲方确定的标准（每人每次500—800元）发放" in text
    season.pack.rules["E-AMOUNT"]["params"] = {"min_fen": 60000, "max_fen": 90000}
    assert "（每人每次600—900元）" in "".join(pages_of(contract(draft, season)))


def test_each_page_carries_the_draft_code_with_its_version_and_a_qr_of_its_own(
    season: Season, draft: Agreement
) -> None:
    draft.version = 2

    made = contract(draft, season)

    assert [f"D-{draft.pk}v2" in page for page in pages_of(made)] == [True, True]
    codes = [zxingcpp.read_barcode(page.render(scale=2).to_pil()) for page in pypdfium2.PdfDocument(made)]
    assert [code and code.text for code in codes] == [
        f"http://127.0.0.1:8000/agreements/check/{TOKEN}/?p={number}" for number in (1, 2)
    ]


def test_the_contract_carries_no_filing_number(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)

    assert str(filed.filing_number) not in "".join(pages_of(contract(filed, season)))


@pytest.mark.parametrize("lines", [0, 3, 9, 14, 30])
def test_the_last_article_and_the_signatures_stand_on_one_page(season: Season, draft: Agreement, lines: int) -> None:
    draft.service_content = "\n".join(["开展技术指导，解决生产问题。"] * (lines + 1))

    pages = pages_of(contract(draft, season))

    last = pages[-1]
    assert [part in last for part in ("六、其他", "本协议一式四份", "甲方（派出单位）", "丙方（科技特派员）")] == [
        True
    ] * 4
    assert all(f"—{number}—" in page for number, page in enumerate(pages, start=1))


def test_the_same_contract_has_the_same_bytes_and_another_version_others(season: Season, draft: Agreement) -> None:
    first = contract(draft, season)

    assert contract(draft, season) == first
    draft.version = 2
    assert contract(draft, season) != first


def test_the_contract_is_drawn_in_the_faces_of_official_papers(season: Season, draft: Agreement) -> None:
    with pikepdf.open(io.BytesIO(contract(draft, season))) as paper:
        fonts = {str(one.BaseFont) for page in paper.pages for one in page.Resources.Font.values()}

    assert {name.partition("+")[2].removesuffix("-Regular") for name in fonts} >= {"FandolFang", "DocNum"}
    assert any("Noto-Serif-CJK" in name for name in fonts)


@pytest.mark.parametrize("name", ["李喆", "陈垚", "王骉", "赵䶮", "周珺", "吴镕"])
def test_rare_characters_of_names_are_drawn_by_a_font_that_has_them(
    season: Season, draft: Agreement, name: str
) -> None:
    draft.specialist.name = name

    assert name in "".join(pages_of(contract(draft, season))).replace("　", "")


def test_a_character_that_no_font_has_is_named_before_anything_is_printed(season: Season, draft: Agreement) -> None:
    draft.service_content = "指导🌾种植"

    with pytest.raises(Refused) as refused:
        contract(draft, season)

    assert "以下字符没有字体可以打印：“🌾”（U+1F33E）" in str(refused.value)


def test_text_that_looks_like_markup_is_printed_as_it_is(season: Season, draft: Agreement) -> None:
    draft.service_content = "<script>alert(1)</script> & {{ 7 * 7 }} <img src='file:///etc/passwd'>"

    text = "".join(pages_of(contract(draft, season)))

    assert "<script>alert(1)</script>&{{7*7}}<imgsrc='file:///etc/passwd'>" in text


def test_ten_thousand_characters_without_a_break_stay_on_the_paper(season: Season, draft: Agreement) -> None:
    draft.service_content = "A" * 5000
    draft.host.organization.name = "示范" * 50  # type: ignore[union-attr]

    pages = pages_of(contract(draft, season))

    assert "".join(pages).count("A") >= 5000
    assert "六、其他" in pages[-1]


def test_the_bureau_stands_in_for_an_institution_that_is_not_there(season: Season, draft: Agreement) -> None:
    draft.institution = None

    assert "石家庄市科技局" in pages_of(contract(draft, season))[0]


# --- printing it ------------------------------------------------------------------------------------------------------


def test_every_printing_is_told_and_each_version_keeps_its_token(season: Season, draft: Agreement) -> None:
    clerk = browser_of(season.clerk)
    first, again = (clerk.post(f"/agreements/{draft.pk}/paper/") for _ in range(2))
    clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft))
    second = clerk.post(f"/agreements/{draft.pk}/paper/")

    papers = list(AgreementPaper.objects.order_by("version"))
    assert first.content == again.content != second.content
    assert [paper.version for paper in papers] == [1, 2]
    assert len({paper.token for paper in papers}) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", paper.token) for paper in papers)
    printed = AuditEvent.objects.filter(verb="agreement.printed").order_by("id")
    assert [event.after for event in printed] == [
        {"version": paper.version, "sha256": paper.sha256} for paper in (papers[0], papers[0], papers[1])
    ]
    assert first["Cache-Control"] == "private, no-store"
    assert "filename*=utf-8''" in first["Content-Disposition"].lower()


def test_two_hands_printing_at_once_hand_out_the_same_paper(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, documents, "agreement_pdf")
    draft = lasting_season.agreement(lasting_season.selected("P3"), lasting_season.h4, signed=False)

    def printing() -> str:
        _, data = services.print_paper(draft, by=lasting_season.clerk, on=MAY_20)
        return sha256(data).hexdigest()

    assert at_once(printing, printing) == [AgreementPaper.objects.get().sha256] * 2
    assert AuditEvent.objects.filter(verb="agreement.printed").count() == 2


def test_a_paper_with_gaps_is_not_printed(season: Season, draft: Agreement) -> None:
    clerk = browser_of(season.clerk)
    clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, act="exit", service_content=""))

    answer = clerk.post(f"/agreements/{draft.pk}/paper/", follow=True)

    assert answer.redirect_chain == [(f"/agreements/{draft.pk}/edit/", 302)]
    assert "协议内容不完整，请补充：服务内容" in words(answer)
    assert not AgreementPaper.objects.exists()


def test_a_character_without_font_is_said_on_the_page(season: Season, draft: Agreement) -> None:
    clerk = browser_of(season.clerk)
    Agreement.objects.filter(pk=draft.pk).update(service_content="指导🌾种植")  # as the interface takes it

    answer = clerk.post(f"/agreements/{draft.pk}/paper/", follow=True)

    assert "以下字符没有字体可以打印：“🌾”" in words(answer)


def test_only_the_institution_prints_the_full_number(season: Season, draft: Agreement) -> None:
    submitted = season.submitted(season.selected("P4"), season.h4)
    page = f"/agreements/{submitted.pk}/paper/"

    answers = [browser_of(hat).post(page).status_code for hat in (season.officer, season.contact, season.county)]

    assert answers == [403, 403, 403]
    assert browser_of(season.stranger).post(page).status_code == 404
    assert browser_of(season.clerk).get(page).status_code == 405


def test_no_copy_but_the_contract_shows_a_full_number(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    number = Specialist.objects.get(pk=filed.specialist_id).id_number
    certificate = documents.certificate_pdf(filed, token=TOKEN, issued_on=MAY_20)
    clerk = browser_of(season.clerk)
    pages = [clerk.get(f"/agreements/{filed.pk}/{tail}").content.decode() for tail in ("", "?tab=history")]

    assert number in "".join(pages_of(contract(filed, season)))
    assert number not in "".join(pages_of(certificate))
    assert [number in page for page in pages] == [False, False]


# --- 备案证明 ---------------------------------------------------------------------------------------------------------


def test_the_certificate_says_what_was_filed_and_how_to_check_it(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)

    [page] = pages_of(documents.certificate_pdf(filed, token=TOKEN, issued_on=date(2026, 5, 21)))

    for fact in (
        filed.filing_number, "139999********0031", "农业科技特派员", "示范农林学院", "滹沱示范谷物种植专业合作社（石家庄市正定县）",
        "2026年5月12日至2027年12月31日", "已于2026年5月20日予以备案", "校验码7F3A-91C2-D40E", "2026年5月21日",
    ):  # fmt: skip
        assert str(fact) in page, fact


def test_the_certificate_of_an_extension_names_what_it_continues(season: Season) -> None:
    old = season.filed(season.selected("P3"), season.h4, service_end=date(2026, 5, 31))
    new = season.filed(old.registration, season.h4, service_start=date(2026, 6, 1), renews=old)

    [page] = pages_of(documents.certificate_pdf(new, token=TOKEN, issued_on=MAY_20))

    assert f"续自{old.filing_number}" in page.replace("　", "")


def test_the_certificate_of_a_team_names_it_and_who_served_in_it_on_the_day_of_filing(season: Season) -> None:
    team = selected(season)
    leader = member_of(team, "P8")
    assert leader.registration
    filed = season.filed(leader.registration, season.h1, team=team)
    before = documents.certificate_pdf(filed, token=TOKEN, issued_on=MAY_20)
    team.members.filter(pk=member_of(team, "P10").pk).update(left_on=date(2026, 6, 1), left_reason="调离")
    late = Specialist.objects.get(pk=season.selected("P1").specialist_id)
    team.members.create(specialist=late, joined_on=date(2026, 6, 1))

    [page] = pages_of(after := documents.certificate_pdf(filed, token=TOKEN, issued_on=MAY_20))

    text = page.replace("　", "")
    for fact in (
        "团队名称小麦产业技术团队（共3人）",
        "负责人孙立群",
        "其他成员吴建国（139999********",
        "、郑旻（139999********",
    ):
        assert fact in text, fact
    assert "李喆" not in text
    assert after == before
    [alone] = pages_of(
        documents.certificate_pdf(season.filed(season.selected("P3"), season.h4), token=TOKEN, issued_on=MAY_20)
    )
    assert [word in alone for word in ("团队", "成员", "科技特派员张昇")] == [False, False, True]


def test_the_certificate_of_the_largest_team_stands_on_one_page_with_all_that_it_may_say(season: Season) -> None:
    team = selected(season, "P8", "P9", "P10", "P11", "P12", name="太行山区特色林果绿色增产提质增效科技服务团队")
    leader = member_of(team, "P8")
    assert leader.registration
    filed = season.filed(leader.registration, season.h1, team=team)
    stamp: Any = SimpleNamespace(sheet="备案汇总〔2026〕1号", stamped_on=MAY_20)
    context = documents.certificate_context(filed, token=TOKEN, issued_on=MAY_20, stamp=stamp)

    more = {"renews": "SJZ-KTP-2025-0001", "renews_past": True}
    [page] = pages_of(documents.pdf.render("papers/certificate.html", {**context, **more}))

    assert [fact in page for fact in ("（共5人）", "备案汇总〔2026〕1号", "校验码")] == [True] * 3


def test_the_certificate_that_is_handed_out_is_the_one_that_was_made(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    issued = services.issue_certificate(filed)

    answer = browser_of(season.clerk).get(f"/agreements/{filed.pk}/certificate/")

    assert body(answer) == documents.certificate_pdf(filed, token=issued.token, issued_on=MAY_20)
    assert page_images(issued.file, 1)[8:12] == b"WEBP"


# --- 汇总表 -----------------------------------------------------------------------------------------------------------


def handed_in(season: Season, count: int) -> Submission:
    keys = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12"]
    drafts = [season.agreement(season.selected(key), season.h3) for key in keys[:count]]
    return services.submit_agreements(drafts, by=season.clerk, on=MAY_20, note="五月第一批")


def test_sc15_the_summary_lists_what_was_handed_in_and_what_became_of_it(season: Season) -> None:
    submission = handed_in(season, 3)
    one, two, _ = submission.agreements.order_by("pk")
    services.file_agreement(one, by=season.officer, on=MAY_20)
    services.return_agreement(two, by=season.officer, on=MAY_20, opinion="服务内容不具体")

    [page] = pages_of(documents.submission_pdf(submission))

    assert "2026年科技特派员派驻服务三方协议汇总表" in page
    assert "报送单位：示范农林学院（盖章）" in page
    assert "共3件" in page
    assert "1SJZ-KTP-2026-0001李喆139999********0010农业示范生物制品有限公司裕华区" in page.replace("　", "")
    assert f"2D-{two.pk}赵芃" in page.replace("　", "")
    assert "退回补正—" in page
    assert "说明：五月第一批" in page
    assert "市科技局意见" in page


def test_the_seals_never_stand_alone_on_a_page(season: Season) -> None:
    submission = handed_in(season, 1)
    [row] = documents.summary_rows(submission.agreements.all())

    for count in range(8, 16):
        rows = [
            row._replace(place=number, host="滹沱示范谷物种植专业合作社联合社示范基地")
            for number in range(1, count + 1)
        ]
        context = {**documents.submission_context(submission), "rows": rows}
        pages = pages_of(documents.pdf.render("papers/submission.html", context))
        assert "139999********0010" in pages[-1], count


def test_the_workbook_says_the_same_with_dates_as_dates(season: Season) -> None:
    submission = handed_in(season, 2)

    answer = browser_of(season.clerk).get(f"/agreements/submissions/{submission.pk}/sheet/")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=3, max_row=5, values_only=True))
    first = submission.agreements.order_by("pk")[0]
    assert rows[0] == documents.SUMMARY_HEAD
    assert [str(cell) for cell in rows[1][:5]] == ["1", f"D-{first.pk}", "李喆", "139999********0010", "农业"]
    assert [cell.date() for cell in rows[1][7:9]] == [first.service_start, first.service_end]  # type: ignore[union-attr]
    assert "2026%E5%B9%B4" in answer["Content-Disposition"]


def test_the_summary_names_the_team_on_paper_and_in_the_workbook(season: Season) -> None:
    team = selected(season)
    leader = member_of(team, "P8")
    assert leader.registration
    drafts = [
        season.agreement(leader.registration, season.h1, team=team),
        season.agreement(season.selected("P3"), season.h4),
    ]
    submission = services.submit_agreements(drafts, by=season.clerk, on=MAY_20)

    [page] = pages_of(documents.submission_pdf(submission))
    answer = browser_of(season.clerk).get(f"/agreements/submissions/{submission.pk}/sheet/")

    assert (page.count("团队：小麦产业技术团队"), page.count("团队：")) == (1, 1)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=3, max_row=5, values_only=True))
    assert [row[-1] for row in rows] == ["团队", "小麦产业技术团队", None]


def test_an_institution_lists_what_it_is_about_to_hand_in_and_nothing_is_handed_in(season: Season) -> None:
    one, two = (season.agreement(season.selected(key), season.h4) for key in ("P1", "P3"))
    foreign = season.agreement(season.selected("P9", institution=season.u2), season.h4)
    clerk, at = browser_of(season.clerk), "/agreements/batch/"
    given = {"agreement": [one.pk, two.pk], "note": "五月第一批"}

    [page] = pages_of(clerk.post(f"{at}paper/", given).content)
    book = openpyxl.load_workbook(io.BytesIO(clerk.post(f"{at}sheet/", given).content)).worksheets[0]
    program = clerk.post(
        "/api/v1/submissions/compiled/", {"agreements": [one.pk, foreign.pk]}, content_type="application/json"
    )

    for fact in ("三方协议汇总表", "报送单位：示范农林学院（盖章）", "共2件", f"1D-{one.pk}李喆", "139999********0010", "五月第一批",
                 "报送前打印", "经办人：刘静怡"):  # fmt: skip
        assert fact in page.replace("　", ""), fact
    assert [row[1] for row in book.iter_rows(min_row=4, max_row=5, values_only=True)] == [f"D-{one.pk}", f"D-{two.pk}"]
    assert [finding["code"] for finding in program.json()["findings"]] == ["E-STATE"]
    assert clerk.post(f"{at}paper/", {}).status_code == 302
    assert browser_of(season.finance).post(f"{at}paper/", given).status_code == 403
    assert not Submission.objects.exists()


def test_the_summary_is_for_its_institution_and_the_bureau(season: Season) -> None:
    submission = handed_in(season, 1)
    pages = [f"/agreements/submissions/{submission.pk}/{tail}/" for tail in ("paper", "sheet")]

    assert [browser_of(season.officer).get(page).status_code for page in pages] == [200, 200]
    assert [browser_of(season.stranger).get(page).status_code for page in pages] == [404, 404]


def test_a_terminated_agreement_keeps_its_number_on_the_summary(season: Season) -> None:
    submission = handed_in(season, 1)
    [agreement] = submission.agreements.all()
    services.file_agreement(agreement, by=season.officer, on=MAY_20)
    services.terminate_agreement(agreement, by=season.officer, on=date(2026, 6, 1), reason=TerminationReason.AGREED)

    [row] = documents.summary_rows(submission.agreements.all())

    assert (row.code, row.status) == ("SJZ-KTP-2026-0001", AgreementStatus.TERMINATED.label)

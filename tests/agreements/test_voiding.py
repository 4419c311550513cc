"""作废: a filing made in error counts nowhere any more, and its number is never given again."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from agreements import queries, services
from agreements.enums import AgreementStatus
from agreements.models import Agreement, FilingCertificate, Voiding, YearlyHost
from agreements.voiding import services as voiding
from core.models import Message
from core.policy import Refused
from specialists.enums import Category
from tests.agreements.hands import words
from tests.cast import MAY_20, Season, scan
from tests.hands import at_once, browser_of, linger
from visits.services import log_visit

NEXT_DAY = MAY_20 + timedelta(days=1)


def filed(season: Season, key: str = "P1", category: str = Category.ENTERPRISE) -> Agreement:
    paper = season.submitted(season.selected(key, category), season.h1)
    return services.file_agreement(paper, by=season.officer, on=MAY_20)


def void(season: Season, agreement: Agreement, reason: str = "重复备案") -> Agreement:
    return voiding.void_agreement(agreement, by=season.officer, on=NEXT_DAY, reason=reason)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_a_void_number_stays_void_and_the_series_has_no_gap(season: Season) -> None:
    first = void(season, filed(season))

    second = filed(season, "P3", Category.AGRICULTURE)

    assert (first.status, first.filing_number, first.filed_on) == ("void", "SJZ-KTP-2026-0001", None)
    assert second.filing_number == "SJZ-KTP-2026-0002"
    assert Voiding.objects.get().filed_on == MAY_20
    assert Message.objects.filter(occasion=f"voided:{first.pk}").exists()


def test_it_counts_nowhere_and_its_years_are_free(season: Season) -> None:
    old = filed(season)
    before = queries.quota_counts(2026, pack=season.pack, on=MAY_20)["categories"]["enterprise"]["filed"]

    void(season, old)

    after = queries.quota_counts(2026, pack=season.pack, on=MAY_20)["categories"]["enterprise"]["filed"]
    assert (before, after) == (1, 0)
    again = season.submitted(old.registration, season.h3)
    assert services.file_agreement(again, by=season.officer, on=NEXT_DAY).filing_number == "SJZ-KTP-2026-0002"
    assert {row.host for row in YearlyHost.objects.all()} == {season.h3}


def test_a_void_extension_leaves_its_predecessor_to_be_extended_anew(season: Season) -> None:
    old = season.filed(season.selected("P3"), season.h4, service_end=date(2026, 12, 31))
    later = {"service_start": date(2027, 1, 1), "service_end": date(2027, 12, 31), "renews": old}
    wrong = season.filed(old.registration, season.h4, **later)
    with pytest.raises(Refused) as refusal:
        void(season, old)
    assert codes(refusal) == ["E-VOID"]

    void(season, wrong)

    assert Voiding.objects.get().renews == old
    assert services.renew_agreement(old, by=season.clerk, on=NEXT_DAY).renews == old


def test_what_was_served_under_is_ended_and_not_void(season: Season) -> None:
    served, draft = filed(season), season.agreement(season.selected("P3"), season.h4)
    season.visit(served, MAY_20)
    found = []
    for agreement, reason in ((served, "重复备案"), (draft, "重复备案"), (filed(season, "P5"), " ")):
        with pytest.raises(Refused) as refusal:
            void(season, agreement, reason)
        found.append(codes(refusal))

    assert found == [["E-VOID"], ["E-STATE"], ["E-FIELD"]]
    page = browser_of(season.officer).get(f"/agreements/{served.pk}/void/").content.decode()
    assert ("不能作废" in page, 'name="reason"' in page) == (True, False)  # why not, and no form that would be refused


def test_a_visit_told_while_it_becomes_void_is_none_of_it(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = lasting_season
    agreement = season.filed(season.selected("P3"), season.h4)
    hat = season.hat_of(agreement.specialist)
    linger(monkeypatch, voiding, "done_under")

    def tell() -> object:
        told: dict[str, Any] = {
            "date": MAY_20,
            "days": 1,
            "mode": "onsite",
            "content": "会诊",
            "activities": ["技术咨询"],
        }
        return log_visit(agreement, by=hat, on=NEXT_DAY, **told)

    answers = at_once(lambda: void(season, agreement), tell)

    agreement.refresh_from_db()
    assert (answers, agreement.status) in (
        (["E-VISIT-PERIOD", "done"], AgreementStatus.VOID),
        (["E-VOID", "done"], AgreementStatus.FILED),
    )


@time_machine.travel("2026-05-21 09:00+08:00")
def test_from_the_record_to_the_public_check(season: Season) -> None:
    agreement = filed(season)
    token = "ab" * 16
    FilingCertificate.objects.create(agreement=agreement, file=scan(season.clerk), token=token)
    officer, page = browser_of(season.officer), f"/agreements/{agreement.pk}/void/"

    assert "备案号 SJZ-KTP-2026-0001 保留" in words(officer.get(page))
    bare = officer.post(page, {"reason": ""})
    assert (bare.status_code, "请填写作废原因" in words(bare)) == (422, True)
    assert browser_of(season.clerk).post(page, {"reason": "重复备案"}).status_code == 403
    record = words(officer.post(page, {"reason": "重复备案", "document_number": "石科〔2026〕9号"}, follow=True))

    assert "SJZ-KTP-2026-0001 已作废，不再使用" in record
    assert "重复备案 石科〔2026〕9号" in record
    assert "下载备案证明" not in record
    assert "该备案已于2026年5月21日作废" in words(browser_of(season.officer).get(f"/agreements/check/{token}/"))
    assert officer.get(page).status_code == 302
    assert "已作废" in words(officer.get("/agreements/?status=void"))


@time_machine.travel("2026-05-21 09:00+08:00")
def test_programs_void_as_the_page_does(season: Season) -> None:
    agreement, officer = filed(season), browser_of(season.officer)
    path = f"/api/v1/agreements/{agreement.pk}/void/"

    assert officer.post(path, {"reason": ""}).status_code == 422
    answer = officer.post(path, {"reason": "重复备案"}).json()
    assert (answer["status"], answer["filing_number"]) == ("void", "SJZ-KTP-2026-0001")
    assert officer.post(path, {"reason": "重复备案"}).json()["findings"][0]["code"] == "E-STATE"

"""Once taken over, a past agreement binds like any other, and shows what it is."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from agreements import documents, queries, services
from agreements.enums import Party
from agreements.models import Agreement, Signature
from core.files import XLSX
from core.models import Message, NumberSeries
from core.policy import Refused
from specialists.enums import Category
from tests import cast
from tests.agreements.hands import words
from tests.cast import MAY_20, Season
from tests.desk.rosters import hands
from tests.desk.rosters.past import FIRM, GRAIN, HE, LI, WANG, ZHANG, one, row, taken, team, workbook
from tests.hands import browser_of

JUNE = {"service_start": date(2026, 6, 1), "service_end": date(2027, 12, 31)}


def codes(season: Season, agreement: Agreement) -> list[str]:
    with pytest.raises(Refused) as refused:
        services.file_agreement(agreement, by=season.officer, on=MAY_20)
    return [finding.code for finding in refused.value.findings]


def test_a_second_host_is_refused_in_a_year_that_a_past_one_has(season: Season) -> None:
    one(season, "旧-1", LI, FIRM, 类别="企业")

    new = season.submitted(season.selected("P1", Category.ENTERPRISE), season.h2, **JUNE)

    assert codes(season, new) == ["E-ONE-HOST"]


def test_the_cap_of_a_host_counts_past_ones_and_the_members_of_their_teams(season: Season) -> None:
    taken(
        season.officer, *team("旧-9", ZHANG, WANG, HE), row("旧-1", cast.PEOPLE["P9"]), row("旧-2", cast.PEOPLE["P10"])
    )

    new = season.submitted(season.selected("P11"), season.h4, **JUNE)

    assert codes(season, new) == ["E-CAP5"]
    services.file_agreement(new, by=season.officer, on=MAY_20, reasons={"E-CAP5": "示范基地扩建，经研究同意。"})


def test_two_papers_with_one_host_do_not_overlap_a_past_one(season: Season) -> None:
    one(season, "旧-1", ZHANG, GRAIN)

    new = season.submitted(season.selected("P3"), season.h4, **JUNE)

    assert codes(season, new) == ["E-OVERLAP"]


def test_new_numbers_know_nothing_of_old_ones(season: Season) -> None:
    one(season, "旧-1", WANG)
    assert not NumberSeries.objects.filter(name__startswith="agreement-").exists()

    new = season.submitted(season.selected("P3"), season.h4)
    services.file_agreement(new, by=season.officer, on=MAY_20)

    new.refresh_from_db()
    assert new.filing_number == "SJZ-KTP-2026-0001"


def test_a_past_one_counts_in_the_year_of_its_filing_and_serves_today(season: Season) -> None:
    taken(season.officer, row("旧-1", ZHANG), row("旧-2", WANG, 备案日期="2026年3月2日", 服务开始日期="2026年3月2日"))

    counts = queries.quota_counts(2026, pack=season.pack, on=MAY_20)["categories"]["agriculture"]

    assert (counts["filed"], counts["in_service"]) == (1, 2)
    assert queries.quota_counts(2025, pack=season.pack, on=MAY_20)["categories"]["agriculture"]["filed"] == 1


def test_its_end_is_announced_and_turns_it_into_an_expired_one(season: Season) -> None:
    agreement = one(season, "旧-1", ZHANG, GRAIN, 服务截止日期="2026年6月30日")

    told = services.remind_expiring(date(2026, 5, 31))

    assert told["reminders"] == 1
    assert f"协议{agreement}将于2026年6月30日到期" in set(Message.objects.values_list("subject", flat=True))
    client = browser_of(season.officer)
    assert "旧-1" not in words(client.get("/agreements/?due=ended"))
    with time_machine.travel("2026-07-01T10:00:00+08:00", tick=False):
        page = words(browser_of(season.officer).get("/agreements/?due=ended"))
    assert "旧-1 历史导入" in page
    assert "已到期" in page


def test_it_is_extended_by_a_new_agreement(season: Season) -> None:
    old = one(season, "旧-1", ZHANG, GRAIN)

    extension = services.renew_agreement(old, by=season.clerk, on=MAY_20)

    assert (extension.renews, extension.status, extension.is_past) == (old, "draft", False)
    assert (extension.host, extension.service_start) == (old.host, date(2027, 1, 1))
    assert extension.visits_per_year == season.pack.setting("agreements.default_visits")


def test_no_certificate_and_no_paper_is_made_of_it(season: Season) -> None:
    agreement = one(season)

    for act in (
        lambda: services.issue_certificate(agreement),
        lambda: services.print_paper(agreement, by=season.clerk, on=MAY_20),
    ):
        with pytest.raises(Refused, match="历史导入"):
            act()
    assert not Signature.objects.exists()


# --- where it is shown ------------------------------------------------------------------------------------------------


def test_every_page_says_that_it_was_taken_over(season: Season) -> None:
    agreement = one(season, "石科特2025-017", ZHANG, GRAIN)
    client = browser_of(season.clerk)

    page = words(client.get(agreement.get_absolute_url()))
    for said in ("历史导入", "原备案号 石科特2025-017", "备案文号 石科〔2025〕12号", "在平台启用前已经备案", "未记载"):
        assert said in page, said
    assert "三方签署 签署方" not in page
    assert "打印协议书" not in page
    assert "历史导入 石科〔2025〕12号" in words(client.get("/agreements/"))
    assert "历史导入的，由原备案文件证明" in words(client.get(f"/agreements/{agreement.pk}/certificate/", follow=True))
    history = words(client.get(f"{agreement.get_absolute_url()}?tab=history"))
    assert "导入历史协议" in history


def test_the_specialist_reads_it_on_the_phone(season: Season) -> None:
    agreement = one(season, "石科特2025-017", ZHANG, GRAIN)

    page = words(browser_of(season.hat_of(agreement.specialist)).get("/agreements/mine/"))

    assert "历史导入 原备案号 石科特2025-017" in page


def test_the_list_is_filtered_by_where_agreements_come_from(season: Season) -> None:
    one(season, "旧-1", WANG)
    season.filed(season.selected("P3"), season.h4)
    client = browser_of(season.officer)

    def shown(source: str) -> list[bool]:
        page = words(client.get("/agreements/", {"source": source}))
        return ["旧-1" in page, "张昇" in page]

    assert [shown(source) for source in ("past", "here", "")] == [[True, False], [False, True], [True, True]]


def test_the_interface_says_so_too(season: Season) -> None:
    agreement = one(season, "旧-1", WANG)
    client = browser_of(season.officer)

    answer: dict[str, Any] = client.get(f"/api/v1/agreements/{agreement.pk}/").json()
    assert (answer["is_past"], answer["filing_number"], answer["document_number"]) == (True, "旧-1", "石科〔2025〕12号")
    assert len(client.get("/api/v1/agreements/?past=true").json()) == 1
    assert client.get("/api/v1/agreements/?past=false").json() == []


def test_its_extension_goes_the_whole_way_and_names_it(season: Season) -> None:
    old = one(season, "旧-1", ZHANG, GRAIN)
    extension = services.renew_agreement(old, by=season.clerk, on=MAY_20)
    fields = {
        "service_content": "谷子高产栽培技术指导。",
        "goals": [{"name": "组织技术培训", "count": 2, "unit": "场"}],
    }
    services.save_draft(extension, by=season.clerk, version=extension.version, **fields)
    for party in Party:
        services.sign(extension, party=party, signer="签署人", signed_on=MAY_20, authority="legal", by=season.clerk)
    services.attach_scan(extension, file=cast.scan(season.clerk), by=season.clerk)
    services.submit_agreements([extension], by=season.clerk, on=MAY_20)

    filed = services.file_agreement(extension, by=season.officer, on=MAY_20)

    context = documents.certificate_context(filed, token="0" * 32, issued_on=MAY_20)
    assert (filed.filing_number, context["renews"], context["renews_past"]) == ("SJZ-KTP-2026-0001", "旧-1", True)
    page = words(browser_of(season.clerk).get(old.get_absolute_url()))
    assert "已续签 SJZ-KTP-2026-0001" in page


def test_programs_take_past_agreements_over_too(season: Season) -> None:
    client = browser_of(season.officer)
    upload = SimpleUploadedFile("台账.xlsx", workbook(row("旧-1")), content_type=XLSX)

    batch = client.post("/api/v1/rosters/", {"file": upload, "kind": "past"}, format="multipart").json()
    at = f"/api/v1/rosters/{batch['id']}/"
    said: dict[str, Any] = {"version": batch["version"], "columns": batch["columns"]}
    client.post(f"{at}columns/", said, content_type="application/json")
    hands.run()
    said = {"version": client.get(at).json()["version"], "mode": "all"}
    client.post(f"{at}confirm/", said, content_type="application/json")
    hands.run()

    assert (client.get(at).json()["status"], str(Agreement.objects.get())) == ("applied", "旧-1")
    assert client.post("/api/v1/rosters/", {"file": upload, "kind": "people"}).status_code == 422


def test_a_roster_counts_the_members_of_a_past_team_at_its_host(season: Season) -> None:
    taken(season.officer, *team("旧-9", *(cast.PEOPLE[key] for key in ("P2", "P4", "P5", "P8", "P9"))))

    batch = hands.checked(hands.roster(hands.person(*ZHANG, "农业", *hands.GRAIN)), season.clerk)

    assert "E-CAP5" in hands.found(batch)[2]


def test_the_register_says_what_nobody_wrote_down_of_a_person(season: Season) -> None:
    agreement = one(season, "旧-1", WANG)

    page = words(browser_of(season.clerk).get(f"/specialists/{agreement.registration_id}/"))

    for said in ("手机号 未记载", "学历 未记载", "职称 未记载", "人员类型 未记载", "来源 历史导入"):
        assert said in page, said

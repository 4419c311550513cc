"""One specialist through a whole season: registered, dispatched, visiting, paid, assessed. Once through the pages, once
through the interface; the same services behind both."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core import mail
from django.test import Client

from agreements import tasks as agreement_tasks
from agreements.models import Agreement, QuotaRun
from assessments.models import Assessment
from core import outbox
from core.models import AuditEvent, Message, OutboxRow
from funding.ledger import verify
from funding.models import Account, LedgerEntry
from specialists.models import Registration, Specialist
from tests.cast import PEOPLE, Season
from tests.people import Person, scan_of
from visits.models import Visit

NAME, NUMBER = PEOPLE["P3"]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-12 09:00:00+08:00", tick=False) as traveller:
        yield traveller


def deliver() -> None:
    """As the relay and the workers would, until nothing is promised any more."""
    for _ in range(5):
        OutboxRow.objects.filter(done_at=None).update(due_at="2026-01-01T00:00:00Z")
        if not outbox.relay():
            return


REGISTRATION: dict[str, Any] = {
    "id_number": NUMBER, "name": NAME, "mobile": "13900000031", "email": "zhangsheng@example.org", "education": "doctor",
    "title_name": "副教授", "field": "粮油作物", "category": "agriculture", "personnel_type": "staff",
    "bank_account": "6222020000000000016", "bank_name": "示范银行石家庄分行",
}  # fmt: skip


def test_a_season_through_the_pages(season: Season, clock: time_machine.Traveller) -> None:
    clerk, manager = Person(season.clerk), Person(season.manager)
    officer, head = Person(season.officer), Person(season.head)

    # The university registers its specialist; the bureau approves in two steps.
    clerk.opens("/specialists/new/")
    clerk.presses("保存", consent="on", **REGISTRATION)
    clerk.presses("提交")
    registration = Registration.objects.get()
    assert "139999********0031" in clerk.opens(f"/specialists/{registration.pk}/")
    assert NUMBER not in clerk.page
    officer.opens(f"/specialists/{registration.pk}/review/")
    officer.presses("通过", opinion="材料齐全")
    head.opens(f"/specialists/{registration.pk}/review/")
    head.presses("通过")
    registration.refresh_from_db()
    assert registration.status == "approved"

    # A tripartite agreement: three steps, the paper, three signatures, the scan.
    clerk.opens("/agreements/new/")
    clerk.presses("下一步", registration=str(registration.pk))
    agreement = Agreement.objects.get()
    assert 'value="2027-12-31"' in clerk.page or "2027年12月31日" in clerk.page  # 下一年度的12月底
    clerk.presses("下一步", host=season.h4.organization.name, service_content="小麦高产栽培技术指导", visits_per_year="12",
                  goal__0__name="组织技术培训", goal__0__count="2", goal__0__unit="场")  # fmt: skip
    paper = clerk.downloads(f"/agreements/{agreement.pk}/paper/", press=True)
    assert paper.startswith(b"%PDF-")
    clerk.opens(f"/agreements/{agreement.pk}/confirm/")
    signed: dict[str, Any] = {f"{party}__signed_on": "2026-05-12" for party in ("institution", "host", "specialist")}
    clerk.presses("提交备案", scan=scan_of(paper), institution__signer="孟主任", host__signer="马社长",
                  institution__authority="legal", host__authority="legal", specialist__signer=NAME, **signed)  # fmt: skip
    agreement.refresh_from_db()
    assert agreement.status == "submitted"

    # The bureau reads it beside the scan and files it.
    clock.move_to("2026-05-20 10:00:00+08:00")
    officer = Person(season.officer)
    officer.opens(f"/agreements/{agreement.pk}/review/")
    officer.presses("通过备案")
    agreement.refresh_from_db()
    assert (agreement.filing_number, str(agreement.filed_on)) == ("SJZ-KTP-2026-0001", "2026-05-20")
    deliver()
    certificate = Person(season.clerk).downloads(f"/agreements/{agreement.pk}/certificate/")
    assert certificate.startswith(b"%PDF-")
    assert QuotaRun.objects.get().counts  # checked at once after filing

    # The specialist logs a visit on the phone; the host confirms by link and code, without an account.
    clock.move_to("2026-06-10 18:00:00+08:00")
    phone = Person(season.hat_of(Specialist.objects.get()))
    assert "SJZ-KTP-2026-0001" in phone.opens("/agreements/mine/")
    phone.opens("/visits/new/")
    phone.presses("提交", date="2026-06-10", activities=["技术咨询"], content="田间苗情会诊，提出追肥方案。")
    visit = Visit.objects.get()
    deliver()
    link = re.search(r"(/visits/confirm/[\w-]+/)", str(mail.outbox[-1].body))[1]  # type: ignore[index]
    host = Client()
    host.post(f"{link}code/")
    deliver()
    code = re.search(r" (\d{6}) ", str(mail.outbox[-1].body))[1]  # type: ignore[index]
    answer = host.post(
        link, {"code": code, "name": "马社长", "rating": "satisfied", "version": "1", "answer": "confirm"}
    )
    assert answer.status_code == 200
    visit.refresh_from_db()
    assert visit.status == "confirmed"

    # Money: budget, allocation, rate, claim, a batch by one person and its approval by another.
    officer = Person(season.officer)
    officer.opens("/funding/budgets/new/")
    officer.presses(
        "登记", year="2026", amount_fen="300000", document_number="石财教〔2026〕18号", decided_on="2026-03-01"
    )
    officer.opens("/funding/allocations/new/")
    officer.presses("拨付", institution=str(season.u1.pk), amount_fen="2,000.00",
                    document_number="石财教〔2026〕31号", allocated_on="2026-06-01")  # fmt: skip
    officer.presses("拨付并记账")
    manager = Person(season.manager)
    manager.opens("/funding/rates/")
    manager.presses("标准", amount_fen="600", effective_from="2026-05-01")
    clerk = Person(season.clerk)
    clerk.opens("/funding/claims/")
    attendance = visit.attendances.get()
    clerk.presses("申领", attendance=[str(attendance.pk)], into="", purpose="下基层工作补助")
    clerk.presses("提交复核")
    manager.opens(clerk.address)
    manager.presses("发放600.00元", confirm_word="发放")
    deliver()  # the sheet of the batch is made after it
    line = LedgerEntry.objects.get(kind="subsidy")
    assert (line.amount_fen, line.balance_fen, line.claim.specialist.name) == (-60_000, 140_000, NAME)  # type: ignore[union-attr]
    assert verify(Account.objects.get()) == []
    assert "1,400.00" in clerk.opens("/funding/balance/")
    batch = line.batch_id
    sheet = openpyxl.load_workbook(BytesIO(clerk.downloads(f"/funding/batches/{batch}/xlsx/")))
    written = [str(cell.value) for row in sheet.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert any("人民币陆佰元整" in text for text in written)
    assert clerk.downloads(f"/funding/batches/{batch}/pdf/").startswith(b"%PDF-")
    assert "600.00" in phone.opens("/funding/mine/")

    # Assessed together: the institution scores, the bureau decides in two steps.
    clock.move_to("2027-01-15 09:00:00+08:00")
    officer, head, clerk = Person(season.officer), Person(season.head), Person(season.clerk)
    officer.opens("/assessments/campaigns/new/")
    officer.presses(
        "发起考核", year="2026", opens_on="2027-01-10", institution_due="2027-01-31", bureau_due="2027-02-28"
    )
    assessment = Assessment.objects.get()
    clerk.opens(f"/assessments/{assessment.pk}/")
    clerk.presses("提交市科技局", score__workload="25", score__results="30", score__satisfaction="15", score__records="4",
                  grade="qualified", opinion="全年服务扎实。")  # fmt: skip
    officer.opens(f"/assessments/{assessment.pk}/")
    officer.presses("审定等次", grade="qualified", opinion="同意")
    head.opens(f"/assessments/{assessment.pk}/")
    head.presses("审定等次", grade="qualified", opinion="同意")
    assessment.refresh_from_db()
    assert (assessment.status, assessment.grade, assessment.institution_grade) == ("final", "qualified", "qualified")
    phone = Person(season.hat_of(Specialist.objects.get()))
    assert "合格" in phone.opens(f"/assessments/{assessment.pk}/")

    # The end comes near: reminded once each at 60, 30 and 7 days.
    for day in ("2027-11-01", "2027-12-01", "2027-12-24"):
        clock.move_to(f"{day} 08:00:00+08:00")
        agreement_tasks.remind_expiring()
        agreement_tasks.remind_expiring()
    told = Message.objects.filter(occasion__startswith=f"expiry:{agreement.pk}:")
    assert set(told.values_list("occasion", flat=True)) == {f"expiry:{agreement.pk}:{days}" for days in (60, 30, 7)}

    # Everything left its trace, by name.
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"agreement.submitted", "agreement.filed", "visit.confirmed", "assessment.decided"} <= verbs


class Asker:
    """One hat at the interface, by session."""

    def __init__(self, hat: Any) -> None:
        self.client = Client()
        self.client.force_login(hat.person)
        session = self.client.session
        session["membership_id"] = hat.pk
        session.save()

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1{path}")
        assert answer.status_code == 200, (path, answer.status_code, answer.content[:500])
        return answer.json()

    def post(self, path: str, expect: int = 200, **body: Any) -> Any:
        answer = self.client.post(f"/api/v1{path}", body, content_type="application/json")
        assert answer.status_code == expect, (path, answer.status_code, answer.content.decode()[:800])
        return answer.json() if answer.content else None


def test_the_same_season_through_the_interface(season: Season, clock: time_machine.Traveller) -> None:
    clerk, manager = Asker(season.clerk), Asker(season.manager)
    officer, head = Asker(season.officer), Asker(season.head)

    registration = clerk.post("/registrations/", 201, consent=True, **REGISTRATION)
    registration = clerk.post(f"/registrations/{registration['id']}/submit/")
    decided = officer.post(f"/registrations/{registration['id']}/decide/", passed=True, version=registration["version"])
    decided = head.post(f"/registrations/{registration['id']}/decide/", passed=True, version=decided["version"])
    assert decided["status"] == "approved"

    agreement = clerk.post(
        "/agreements/", 201, registration=registration["id"], host=season.h4.pk, service_start="2026-05-12",
        service_end="2027-12-31", service_content="小麦高产栽培技术指导", visits_per_year=12,
        goals=[{"name": "组织技术培训", "count": 2, "unit": "场"}],
    )  # fmt: skip
    path = f"/agreements/{agreement['id']}"
    parties = (("institution", "孟主任", "legal"), ("host", "马社长", "legal"), ("specialist", NAME, ""))
    for party, signer, authority in parties:
        clerk.post(f"{path}/sign/", party=party, signer=signer, authority=authority, signed_on="2026-05-12")
    from agreements.services import print_paper

    _, paper = print_paper(Agreement.objects.get(), by=season.clerk, on=Agreement.objects.get().created_at.date())
    uploaded = clerk.client.post(f"/api/v1{path}/scan/", {"file": scan_of(paper)})
    assert uploaded.status_code in (200, 201), uploaded.content
    clerk.post("/submissions/", 201, agreements=[agreement["id"]])

    clock.move_to("2026-05-20 10:00:00+08:00")
    officer = Asker(season.officer)
    filed = officer.post(f"{path}/file/", version=officer.get(f"{path}/")["version"])
    assert (filed["filing_number"], filed["filed_on"]) == ("SJZ-KTP-2026-0001", "2026-05-20")
    deliver()

    clock.move_to("2026-06-10 18:00:00+08:00")
    phone, contact = Asker(season.hat_of(Specialist.objects.get())), Asker(season.contact)
    visit = phone.post(
        "/visits/", 201, agreement=agreement["id"], date="2026-06-10", activities=["技术咨询"], content="田间苗情会诊"
    )
    contact.post(f"/visits/{visit['id']}/confirm/", name="马社长", rating="satisfied", version=visit["version"])

    officer, clerk, manager = Asker(season.officer), Asker(season.clerk), Asker(season.manager)
    officer.post(
        "/budgets/",
        201,
        year=2026,
        amount_fen=30_000_000,
        document_number="石财教〔2026〕18号",
        decided_on="2026-03-01",
    )
    officer.post(
        "/allocations/", 201, year=2026, institution=season.u1.pk, amount_fen=200_000,
        document_number="石财教〔2026〕31号", allocated_on="2026-06-01",
    )  # fmt: skip
    manager.post("/rate-cards/", 201, amount_fen=60_000, effective_from="2026-05-01")
    claims = clerk.post("/claims/", 201, attendances=visit["attendances"])
    batch = clerk.post("/payment-batches/", 201, claims=[claim["id"] for claim in claims])
    batch = clerk.post(f"/payment-batches/{batch['id']}/submit/", version=batch["version"])
    batch = manager.post(f"/payment-batches/{batch['id']}/approve/", version=batch["version"])
    assert (batch["status"], batch["total_fen"]) == ("approved", 60_000)
    account = Account.objects.get()
    assert (account.balance_fen, verify(account)) == (140_000, [])

    clock.move_to("2027-01-15 09:00:00+08:00")
    officer, head, clerk = Asker(season.officer), Asker(season.head), Asker(season.clerk)
    officer.post(
        "/campaigns/", 201, year=2026, opens_on="2027-01-10", institution_due="2027-01-31", bureau_due="2027-02-28"
    )
    [sheet] = clerk.get("/assessments/")
    scores = {"workload": "25", "results": "30", "satisfaction": "15", "records": "4"}
    path = f"/assessments/{sheet['id']}"
    sheet = clerk.post(f"{path}/opinion/", scores=scores, grade="qualified", opinion="扎实", version=sheet["version"])
    sheet = officer.post(f"{path}/decide/", grade="qualified", version=sheet["version"])
    sheet = head.post(f"{path}/decide/", grade="qualified", version=sheet["version"])
    assert (sheet["status"], sheet["grade"]) == ("final", "qualified")

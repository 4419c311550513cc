from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from accounts.enums import Role
from accounts.models import Membership
from agreements.enums import AgreementStatus, TerminationReason
from assessments.enums import AssessmentStatus
from assessments.models import Assessment, Campaign
from core import approvals
from funding import services as funding
from funding.enums import BatchStatus
from funding.models import Budget, PaymentBatch
from specialists.enums import Category, PersonnelType, RegistrationStatus
from tests.cast import MAY_12, MAY_20, Season
from visits.enums import VisitStatus

THURSDAY = date(2026, 5, 21)
LAST_THURSDAY, MONDAY, TUESDAY = date(2026, 5, 14), date(2026, 5, 18), date(2026, 5, 19)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(f"{THURSDAY}T10:00:00+08:00", tick=False):
        yield


class Busy(Season):
    """A season in which something is in every state, on both sides: at the first institution and at the second."""

    def __init__(self) -> None:
        super().__init__()
        self._in_service()
        self._before_the_bureau()
        self._with_the_institutions()
        self._registrations()
        self._assessments()
        self._money()

    def hats(self) -> dict[Role, Membership]:
        return {
            Role.BUREAU_OFFICER: self.officer,
            Role.DIVISION_HEAD: self.head,
            Role.BUREAU_ADMIN: self.admin,
            Role.COUNTY_OFFICER: self.county,
            Role.FINANCE: self.finance,
            Role.AUDITOR: self.auditor,
            Role.INSTITUTION_ADMIN: self.manager,
            Role.INSTITUTION_CLERK: self.clerk,
            Role.HOST_CONTACT: self.contact,
            Role.SPECIALIST: self.hat_of(self.served.specialist),
        }

    def _in_service(self) -> None:
        """P1 twice at different hosts; one ends soon, one ended early, one was filed last year, one lost the title."""
        registered = self.selected("P1")
        self.served = self.filed(registered, self.h4, submitted_on=MAY_12, filed_on=MAY_12)
        self.filed(registered, self.h5)
        self.ending = self.filed(self.selected("P9"), self.h4, service_end=date(2026, 6, 30))
        self.renewal = self.submitted(
            self.ending.registration, self.h4, service_start=date(2026, 7, 1), renews=self.ending
        )
        self.over = self.agreement(
            self.selected("P10", institution=self.u2),
            self.h5,
            status=AgreementStatus.TERMINATED,
            terminated_on=MAY_20,
            termination_reason=TerminationReason.AGREED,
        )
        last_year = self.selected("P11", category=Category.BROKER, institution=self.s1)
        self.old = self.filed(last_year, self.h1, filed_on=date(2025, 12, 30), submitted_on=date(2025, 12, 29))
        student = self.selected(
            "P6", category=Category.ENTERPRISE, personnel_type=PersonnelType.GRADUATE, institution=self.u2
        )
        self.filed(student, self.h1)
        gone = self.filed(self.selected("P8", category=Category.ENTERPRISE, institution=self.u2), self.h2)
        gone.specialist.status, gone.specialist.revoked_on = "revoked", MAY_20
        gone.specialist.save(update_fields=["status", "revoked_on"])
        for day, status in (
            (MAY_20, VisitStatus.CONFIRMED),
            (THURSDAY, VisitStatus.LOGGED),
            (MAY_12, VisitStatus.DISPUTED),
        ):
            self.visit(self.served, day, status=status)

    def _before_the_bureau(self) -> None:
        """Overdue, due today, due tomorrow, mended: the promise is three working days."""
        for key, day, opinion in (
            ("P2", LAST_THURSDAY, ""),
            ("P3", MONDAY, ""),
            ("P4", TUESDAY, "请补正后重新提交。"),
            ("P5", THURSDAY, ""),
        ):
            registered = self.selected(key, institution=self.u2 if key == "P2" else self.u1)
            self.submitted(registered, self.h5, submitted_on=day, return_opinion=opinion)

    def _with_the_institutions(self) -> None:
        registered = self.selected("P12")
        self.agreement(registered, self.h5)
        self.agreement(registered, self.h4, status=AgreementStatus.RETURNED, return_opinion="请写明年度目标。")

    def _registrations(self) -> None:
        """One waits for the officer, one for the head, one is back at the institution, one is a draft."""
        states = (
            RegistrationStatus.SUBMITTED,
            RegistrationStatus.SUBMITTED,
            RegistrationStatus.RETURNED,
            RegistrationStatus.DRAFT,
        )
        for key, category, status, steps in zip(
            ("P7", "P7", "P3", "P4"),
            (Category.BROKER, Category.ENTERPRISE, Category.BROKER, Category.BROKER),
            states,
            (0, 1, 0, 0),
            strict=True,
        ):
            registration = self.selected(key, category, status=status, approved_on=None)
            if status == RegistrationStatus.SUBMITTED:
                approval = approvals.open_approval("registration.approve", registration, pack=self.pack)
                if steps:
                    approvals.take_step(approval, by=self.officer, passed=True, on=MAY_20, labels={})

    def _assessments(self) -> None:
        campaign = Campaign.objects.create(
            year=2026,
            opens_on=MAY_12,
            institution_due=date(2026, 12, 10),
            bureau_due=date(2026, 12, 25),
            pack=self.pack,
            opened_by=self.officer,
        )
        sheets = (
            (self.served, AssessmentStatus.SUBMITTED),
            (self.ending, AssessmentStatus.OPEN),
            (self.over, AssessmentStatus.SUBMITTED),
            (self.old, AssessmentStatus.RETURNED),
        )
        for agreement, status in sheets:
            sheet = Assessment.objects.create(
                campaign=campaign,
                specialist=agreement.specialist,
                registration=agreement.registration,
                institution=agreement.institution,
                status=status,
            )
            if status == AssessmentStatus.SUBMITTED:
                approvals.open_approval("assessment.decide", sheet, pack=self.pack)

    def _money(self) -> None:
        """Two institutions with money; the first has paid one trip, and another waits for the second person."""
        budget = Budget.objects.create(
            year=2026, amount_fen=300_000_00, document_number="石财教〔2026〕1号", decided_on=MAY_12, recorded_by=self.officer
        )  # fmt: skip
        for unit in (self.u1, self.u2):
            funding.allocate(
                budget,
                institution=unit,
                amount_fen=50_000_00,
                document_number="石财教〔2026〕2号",
                by=self.officer,
                on=MAY_12,
            )
        funding.set_rate(self.u1, amount_fen=600_00, effective_from=MAY_12, by=self.manager)
        paid = self._batch(MAY_20)
        funding.approve_batch(paid, by=self.manager, on=THURSDAY)
        waiting = self.visit(self.served, date(2026, 5, 15), status=VisitStatus.CONFIRMED)
        self.batch = funding.pay_visits(waiting.attendances.all(), by=self.clerk, on=THURSDAY)
        self.batch = funding.submit_batch(self.batch, by=self.clerk, on=THURSDAY)
        assert self.batch.status == BatchStatus.SUBMITTED

    def _batch(self, day: date) -> PaymentBatch:
        visit = self.served.visits.get(date=day)
        batch = funding.pay_visits(visit.attendances.all(), by=self.clerk, on=THURSDAY)
        return funding.submit_batch(batch, by=self.clerk, on=THURSDAY)


@pytest.fixture
def busy(db: None) -> Busy:
    return Busy()

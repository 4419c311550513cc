"""One world for the walk: two of everything, one side of it ours, and words on the other side that must never show.

To bring a new model into the walk, make both its records in `World` and name them in SUBJECTS. To give an address the
other parts of its path (a page number, a token), name them in `World.parts`.
"""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils.timezone import now

from accounts.enums import Role
from accounts.matrix import Address
from accounts.models import ApiToken, Membership, Organization
from agreements.models import Submission
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment, Campaign
from core.files import keep
from core.models import StoredFile
from funding.models import Account, Allocation, Budget, Claim, PaymentBatch, RateCard
from tests.cast import MAY_12, MAY_20, PEOPLE, Season
from visits.enums import VisitStatus
from visits.models import ConfirmationLink
from visits.services import digest

TODAY = date(2026, 5, 21)

# Each belongs to the foreign side alone. The host's name may be known to institutions: any of them may serve there.
SECRET = "墨麒麟密"
FILES = {"png": b"\x89PNG\r\n\x1a\n"}
LINK = "a-token-that-only-the-mail-holds"
FOREIGN_HOST = "赞皇县示范果品合作社"
FOREIGN_PEOPLE = (PEOPLE["P2"][0], PEOPLE["P4"][0])


class World:
    """The season of two institutions, two hosts in two counties and two specialists; `hats` has one person per role."""

    def __init__(self) -> None:
        season = self.season = Season()
        self.mine, self.theirs = season.selected("P1"), season.selected("P2", institution=season.u2, speciality=SECRET)
        self.ours = season.filed(self.mine, season.h4)
        self.alien = season.filed(
            self.theirs, season.h5, service_content=SECRET, created_by=season.stranger, return_opinion=SECRET
        )
        self.visit = season.visit(self.ours, MAY_20, status=VisitStatus.CONFIRMED, photo=self._file("现场照片.png"))
        self.alien_visit = season.visit(
            self.alien,
            MAY_20,
            status=VisitStatus.CONFIRMED,
            content=SECRET,
            outcome=SECRET,
            logged_by=season.stranger,
            photo=self._file(f"{SECRET}.png"),
        )
        self.hats: dict[Role, Membership] = {
            Role.BUREAU_ADMIN: season.admin,
            Role.BUREAU_OFFICER: season.officer,
            Role.DIVISION_HEAD: season.head,
            Role.COUNTY_OFFICER: season.county,
            Role.FINANCE: season.finance,
            Role.AUDITOR: season.auditor,
            Role.INSTITUTION_ADMIN: season.manager,
            Role.INSTITUTION_CLERK: season.clerk,
            Role.HOST_CONTACT: season.contact,
            Role.SPECIALIST: season.hat_of(self.mine.specialist),
        }
        season.hat_of(self.theirs.specialist)
        self.tokens = {
            role: ApiToken.objects.create(user=hat.person, membership=hat)[1] for role, hat in self.hats.items()
        }
        self.sessions = {role: self._signed_in(hat) for role, hat in self.hats.items()}
        self.records: dict[str, tuple[Any, Any]] = {}
        self._people_and_units()
        self._visits()
        self._agreements()
        self._money()
        self._assessments()
        # The other variable parts of a path, by address: page numbers, the tokens of personal links.
        self.parts: dict[str, dict[str, Any]] = {
            "visits:confirm": {"token": LINK},
            "visits:code": {"token": LINK},
        }

    def _file(self, name: str) -> StoredFile:
        kind = name.rpartition(".")[2]
        return keep(FILES[kind], name=name, kind=kind, purpose="walk", by=self.season.clerk)

    def _signed_in(self, hat: Membership) -> str:
        client = Client()
        client.force_login(hat.person)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def both(self, own: Any, foreign: Any) -> None:
        """Name the two records of one model: ours and theirs."""
        self.records[own._meta.label] = (own, foreign)

    def _people_and_units(self) -> None:
        season = self.season
        self.both(season.h4, season.h5)
        self.both(self.mine, self.theirs)
        self.both(self.mine.specialist, self.theirs.specialist)
        self.both(self.visit, self.alien_visit)
        own_list, foreign_list = season.on_provincial_list("P3"), season.on_provincial_list("P4")
        self.both(own_list, foreign_list)

    def _visits(self) -> None:
        ConfirmationLink.objects.create(
            visit=self.season.visit(self.ours, MAY_12),
            token_digest=digest(LINK),
            expires_at=now() + timedelta(days=7),
        )

    def _agreements(self) -> None:
        season = self.season
        self.both(self.ours, self.alien)
        self.both(
            Submission.objects.create(institution=season.u1, submitted_on=MAY_20, submitted_by=season.clerk),
            Submission.objects.create(
                institution=season.u2, submitted_on=MAY_20, submitted_by=season.stranger, note=SECRET
            ),
        )

    def _money(self) -> None:
        season = self.season
        budget = Budget.objects.create(
            year=2026,
            amount_fen=100_000_000,
            document_number="石财教〔2026〕1号",
            decided_on=MAY_12,
            recorded_by=season.officer,
        )
        self.both(budget, budget)
        sides = [(season.u1, season.clerk, self.visit, "甲"), (season.u2, season.stranger, self.alien_visit, SECRET)]
        made: dict[str, list[Any]] = {}
        for unit, clerk, visit, word in sides:
            account = Account.objects.create(institution=unit, year=2026, project_number=word)
            allocation = Allocation.objects.create(
                budget=budget,
                institution=unit,
                amount_fen=50_000_00,
                document_number=f"石财教〔2026〕{word}号",
                allocated_on=MAY_12,
                recorded_by=season.officer,
            )
            rate = RateCard.objects.create(
                institution=unit, amount_fen=600_00, effective_from=MAY_12, note=word, set_by=clerk
            )
            batch = PaymentBatch.objects.create(
                institution=unit, year=2026, note=word, made_by=clerk, maker=clerk.person
            )
            claim = Claim.objects.create(
                attendance=visit.attendances.get(),
                specialist=visit.agreement.specialist,
                service_date=visit.date,
                institution=unit,
                rate_card=rate,
                amount_fen=600_00,
                created_by=clerk,
            )
            for row in (account, allocation, rate, batch, claim):
                made.setdefault(row._meta.label, []).append(row)
        for own, foreign in made.values():
            self.both(own, foreign)

    def _assessments(self) -> None:
        season = self.season
        campaign = Campaign.objects.create(
            year=2026,
            opens_on=MAY_12,
            institution_due=date(2026, 12, 10),
            bureau_due=date(2026, 12, 25),
            pack=season.pack,
            opened_by=season.officer,
        )
        self.both(campaign, campaign)
        made = [
            Assessment.objects.create(
                campaign=campaign,
                specialist=registration.specialist,
                registration=registration,
                institution=registration.institution,
                status=AssessmentStatus.FINAL,
                institution_opinion=word,
                institution_grade=Grade.QUALIFIED,
                institution_by=clerk,
                institution_on=MAY_20,
                bureau_opinion=word,
                bureau_grade=Grade.QUALIFIED,
                grade=Grade.QUALIFIED,
                decided_on=MAY_20,
                decided_by=season.officer,
            )
            for registration, clerk, word in (
                (self.mine, season.clerk, "考核合格"),
                (self.theirs, season.stranger, SECRET),
            )
        ]
        self.both(*made)

    # --- what the walk asks -------------------------------------------------------------------------------------------

    def pks(self, address: Address, role: Role) -> tuple[int, int]:
        """(own, foreign) of the model an address is about. KeyError: the walk does not know the model yet."""
        if address.model == Organization._meta.label:
            return self.hats[role].organization_id, self.season.u2.pk
        own, foreign = self.records[address.model]
        return own.pk, foreign.pk

"""One world for the walk: two of everything, one side of it ours, and words on the other side that must never show.

To bring a new model into the walk, make both its records in `World` and name them with `both`. To give an address the
other parts of its path (a page number, a token), name them in `World.parts`.
"""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import openpyxl
import pikepdf
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.utils.timezone import now

from accounts import services
from accounts.enums import Role
from accounts.joining import services as joining
from accounts.lists import exporting
from accounts.lists import services as views
from accounts.lists.kinds import kinds
from accounts.matrix import Address, matrix
from accounts.models import ApiToken, District, InstitutionApplication, ListExport, Membership, Organization, SavedView
from agreements.amending import services as amending
from agreements.archiving.models import ArchiveYear
from agreements.enums import AmendmentReason, Party, RunTrigger
from agreements.models import (
    Agreement,
    AgreementPaper,
    AgreementText,
    CaseNote,
    Correction,
    Cover,
    FilingCertificate,
    FilingSheet,
    QuotaRun,
    SigningLink,
    Submission,
)
from agreements.moving import services as moving
from agreements.printing.enums import Purpose
from agreements.printing.models import MergeRun, PrintRun
from agreements.scanning.enums import Outcome, Reading
from agreements.scanning.models import ScanBatch, ScannedFile, ScanPiece, ScanWithdrawal
from agreements.stamping.documents import filed_rows
from agreements.stamping.enums import SheetStatus
from agreements.wording import services as wording
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment, Campaign
from core import links, packs
from core.approvals import open_approval
from core.crypto import blind_index
from core.enums import PaperKind
from core.files import keep
from core.models import StoredFile, Term
from desk.enums import Kind
from desk.merging.models import Dismissal
from desk.rosters import services as rosters
from desk.rosters.models import Reconciliation, RosterBatch
from desk.scans.models import ScanFolder
from funding import services as funding
from specialists.changes import services as changes
from specialists.enums import CallStatus, ChangeField, Channel, ListStatus, RegistrationStatus
from specialists.models import (
    AnnouncementCorrection,
    Departure,
    Evidence,
    Objection,
    Registration,
    SelectionCall,
    SelectionEntry,
    SelectionList,
    Suspension,
    Team,
)
from tests.cast import END, MAY_12, MAY_20, PEOPLE, Season, member, person
from visits.enums import VisitStatus
from visits.models import ConfirmationLink
from visits.services import digest

TODAY = date(2026, 5, 26)


def blank_paper() -> bytes:
    paper, file = pikepdf.new(), BytesIO()
    paper.add_blank_page()
    paper.save(file)
    return file.getvalue()


PAPER = "0123456789abcdef" * 2  # the token in the QR of our contract
SHEET = "123456789abcdef0" * 2  # and of our 备案汇总表

# Each belongs to the foreign side alone. The host's name may be known to institutions: any of them may serve there.
SECRET = "墨麒麟密"
FILES = {"png": b"\x89PNG\r\n\x1a\n", "pdf": blank_paper()}
LINK = "a-token-that-only-the-mail-holds"
FOREIGN_HOST = "赞皇县示范果品合作社"
FOREIGN_PEOPLE = (PEOPLE["P2"][0], PEOPLE["P4"][0])


class World:
    """The season of two institutions, two hosts in two counties and two specialists; `hats` has one person per role."""

    digest: dict[str, str]  # of every table, as it was last looked at

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)  # the middleware is put together once
        season = self.season = Season()
        self.mine, self.theirs = season.selected("P1"), season.selected("P2", institution=season.u2, speciality=SECRET)
        self.ours = season.filed(self.mine, season.h4, letter=self._file("委托书甲.pdf"))
        self.alien = season.filed(
            self.theirs,
            season.h5,
            service_content=SECRET,
            created_by=season.stranger,
            return_opinion=SECRET,
            letter=self._file(f"委托书{SECRET}.pdf"),
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
        made = {role: ApiToken.objects.create(user=hat.person, membership=hat) for role, hat in self.hats.items()}
        self.own_tokens = {role: token for role, (token, _) in made.items()}
        self.tokens = {role: words for role, (_, words) in made.items()}
        self.alien_token, _ = ApiToken.objects.create(user=season.stranger.person, membership=season.stranger)
        self.sessions = {role: self._signed_in(hat) for role, hat in self.hats.items()}
        self.records: dict[str, tuple[Any, Any]] = {}
        self.of_each_hat: dict[str, dict[Role, Any]] = {}
        self._people_and_units()
        self._visits()
        self._agreements()
        self._papers()
        self._money()
        self._assessments()
        self._rosters()
        self._plan()
        self._changes()
        self._moves()
        self._amendments()
        self._two_that_are_two()
        self._leavers()
        self._resting()
        self._lists_kept()
        own, foreign = (
            Evidence.objects.create(registration=one, title=title, file=self._file("论文首页.pdf"), added_by=by)
            for one, title, by in ((self.mine, "论文首页", season.clerk), (self.theirs, SECRET, season.stranger))
        )
        self.both(own, foreign)
        self._reviewing()
        term = Term.objects.get(label="化工")
        self.both(term, term)
        alias = term.aliases.first()
        self.both(alias, alias)
        district = District.objects.get(name="无极县")
        self.both(district, district)
        # The other variable parts of a path, by address: page numbers, the tokens of personal links.
        people = (self.mine.specialist, self.theirs.specialist)
        self.numbers = [
            number for person in people for number in (person.id_number, person.mobile, person.bank_account)
        ]
        self.secrets = [LINK, self.invitation, self.application, *self.tokens.values(), *self.sessions.values()]
        self.parts: dict[str, dict[str, Any]] = {
            "accounts:accept": {"token": self.invitation},
            "accounts:application-link": {"token": self.application},
            "accounts:application-letter-page": {"page": 1},
            "desk:roster-made": {"what": "registrations"},
            "api:roster-made": {"what": "registrations"},
            "desk:merge-hosts": {"other": season.h3.pk},
            "desk:merge-people": {"other": person("P3").pk},
            "desk:merge-hosts-dismiss": {"other": season.h3.pk},
            "desk:merge-people-dismiss": {"other": person("P3").pk},
            "agreements:check": {"token": PAPER},
            "agreements:sheet-check": {"token": SHEET},
            "agreements:sheet-scan": {"number": 1},
            "agreements:archive-paper": {"number": 1},
            "api:archive-paper": {"number": 1},
            "agreements:scan": {"number": 1},
            "agreements:return-letter": {"number": 1},
            "api:agreement-return-letter": {"number": 1},
            "api:agreement-scan-withdraw": {"number": 1},
            "agreements:scan-withdrawn": {"number": 2},
            "api:agreement-scan-withdrawn": {"number": 2},
            "agreements:sign": {"token": LINK},
            "agreements:sign-code": {"token": LINK},
            "agreements:sign-ask": {"party": "host"},
            "agreements:sign-refusal": {"party": "host"},
            "agreements:sign-letter": {"party": "host"},
            "specialists:change-evidence-page": {"page": 1},
            "agreements:scan-page": {"number": 1, "page": 1},
            "agreements:scan-piece-page": {"page": 1},
            "visits:confirm": {"token": LINK},
            "visits:code": {"token": LINK},
            "specialists:notice": {"pk": self.on_view.pk},
            "specialists:list-scan": {"number": 1},
            "specialists:objection-file": {"number": 1},
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
        self.both(season.clerk, season.stranger)
        invitations = [
            services.invite(
                unit.organization, role=Role.INSTITUTION_CLERK, name=name, email="invited@example.org", by=season.admin
            )
            for unit, name in ((season.u1, "新同事"), (season.u2, SECRET))
        ]
        self.both(*invitations)
        services.send_invitation(invitations[0])
        self.invitation = blind_index(str(invitations[0].pk), "invitation")
        self._applications()
        self.both(self.mine, self.theirs)
        self.both(self.mine.specialist, self.theirs.specialist)
        self.both(self.visit, self.alien_visit)
        own_list, foreign_list = season.on_provincial_list("P3"), season.on_provincial_list("P4")
        self.both(own_list, foreign_list)
        self._lists()
        self.both(self._team("甲队", self.mine), self._team(SECRET, self.theirs))

    def _lists_kept(self) -> None:
        """A view and an export of each hat that may have some; nobody sees another's."""
        listed, query = kinds()["visits"], QueryDict("status=confirmed")
        hats = {role: hat for role, hat in self.hats.items() if matrix().may(role, "view.use")}

        def view(hat: Membership, name: str) -> SavedView:
            return views.save_view(listed, query, name=name, by=hat)

        def export(hat: Membership, name: str) -> ListExport:
            return exporting.export_list(listed, query, fields=["date", "content"], by=hat, on=TODAY)

        for make in (view, export):
            made: dict[Role, Any] = {role: make(hat, "已确认") for role, hat in hats.items()}
            self.both(made[Role.INSTITUTION_CLERK], make(self.season.stranger, SECRET))
            self.of_each_hat[made[Role.AUDITOR]._meta.label] = made

    def _two_that_are_two(self) -> None:
        people = sorted((self.mine.specialist, self.theirs.specialist), key=lambda one: one.pk)
        units = sorted((self.season.h4.organization, self.season.h5.organization), key=lambda one: one.pk)
        said = {"alike": ["联系电话相同"], "facts": [], "reason": "各有执照。", "by": self.season.officer}
        of_units = Dismissal.objects.create(unit=units[0], other_unit=units[1], **said)
        self.both(of_units, Dismissal.objects.create(person=people[0], other_person=people[1], **said))

    def _leavers(self) -> None:
        told = [
            Departure.objects.create(
                specialist=one.specialist,
                institution_id=one.institution_id,
                kind="resigned",
                left_on=TODAY,
                reason=words,
                registered_by=by,
                withdrawn_by=by,  # so that nothing of the walk waits for it
                withdrawn_at=now(),
            )
            for one, words, by in (
                (self.mine, "到企业工作。", self.season.clerk),
                (self.theirs, SECRET, self.season.stranger),
            )
        ]
        self.both(*told)

    def _resting(self) -> None:
        """To come, so that nothing of the walk is barred by it."""
        told = [
            Suspension.objects.create(
                specialist=one.specialist,
                from_on=TODAY + timedelta(days=80),
                reason=words,
                suspended_by=self.season.head,
            )
            for one, words in ((self.mine, "外出访学。"), (self.theirs, SECRET))
        ]
        self.both(*told)

    def _applications(self) -> None:
        """Two that the bureau has before it, and one whose link lies in a mailbox."""
        waiting, alien, unconfirmed = (
            InstitutionApplication.objects.create(
                uscc=f"1213999940170{serial}00X",
                name=name,
                type="university",
                district_id="130102",
                contact_name="沈主任",
                contact_phone="0311-86001234",
                admin_name="沈主任",
                admin_email="applicant@example.org",
                admin_phone="13900000001",
                letter=self._file("盖章申请书.pdf"),
                source="0" * 64,
            )
            for serial, name in enumerate(("示范医学院", "示范师范学院", "示范职业学院"), 1)
        )
        joining.send_link(unconfirmed)
        self.application = joining.token_of(unconfirmed)
        self.both(joining.confirm(waiting, on=TODAY), joining.confirm(alien, on=TODAY))

    def _lists(self) -> None:
        """Ours and theirs, announced; an objection and a scan to each."""
        season = self.season
        made = []
        for number, registration, word in ((1, self.mine, "甲"), (2, self.theirs, SECRET)):
            held = SelectionList.objects.create(
                year=2026,
                number=number,
                title=word,
                status=ListStatus.ANNOUNCED,
                pack=season.pack,
                created_by=season.officer,
                approved_on=MAY_12,
                notice_from=MAY_12,
                notice_days=5,
                notice_until=date(2026, 5, 18),
                closed_on=MAY_20,
                closed_by=season.officer,
                document_number=f"石科〔2026〕{number}号",
                announced_on=MAY_20,
                announced_by=season.officer,
                announcement=self._file(f"公布文件{word}.pdf"),
            )
            approval = open_approval("selection.approve", held, pack=season.pack)
            approval.taken.create(
                order=1, role="bureau_leader", by=season.officer.person, hat="分管领导", passed=True, decided_on=MAY_12,
                paper=PaperKind.SLIP, document_number="签批1号", scan=self._file(f"签批单{word}.pdf"),
            )  # fmt: skip
            entry = SelectionEntry.objects.create(selection_list=held, registration=registration)
            objection = Objection.objects.create(
                selection_list=held,
                entry=entry,
                received_on=MAY_12,
                channel=Channel.LETTER,
                sender=word,
                content=word,
                received_by=season.officer,
            )
            objection.files.add(self._file(f"来信{word}.pdf"))
            assert held.announcement
            correction = AnnouncementCorrection.objects.create(
                selection_list=held,
                document_number=f"石科〔2026〕{number + 2}号",
                announced_on=MAY_20,
                announcement=held.announcement,
                old_number=held.document_number,
                old_on=MAY_20,
                old_announcement=held.announcement,
                reason=word,
                asked_by=season.officer,
                asker=season.officer.person,
            )
            made.append([held, entry, objection, correction])
        for own, foreign in zip(*made, strict=True):
            self.both(own, foreign)
        call = SelectionCall.objects.create(
            year=2026,
            title="推荐通知",
            opens_on=MAY_12,
            closes_on=MAY_20,
            categories=["agriculture"],
            forms=["individual"],
            attachment=self._file("推荐通知.pdf"),
            status=CallStatus.PUBLISHED,
            published_on=MAY_12,
            published_by=season.officer,
        )
        self.both(call, call)
        # No notice is on view on the day of the walk but one of nobody's.
        self.on_view = SelectionList.objects.create(
            year=2026, number=3, title="第3批", status=ListStatus.NOTICE, pack=season.pack, created_by=season.officer,
            approved_on=MAY_20, notice_from=MAY_20, notice_days=5, notice_until=END,
        )  # fmt: skip

    def _team(self, name: str, leads: Registration) -> Team:
        """A selected team of one: the specialist whom the walk knows."""
        assert leads.institution
        team = Team.objects.create(
            institution=leads.institution,
            year=2026,
            name=name,
            summary=name,
            category=leads.category,
            domains=["粮油作物"],
            status=RegistrationStatus.APPROVED,
            submitted_on=MAY_12,
            approved_on=MAY_20,
            pack=self.season.pack,
        )
        team.members.create(
            specialist=leads.specialist, is_leader=True, joined_on=MAY_12, consented_on=MAY_12, registration=leads
        )
        return team

    def _visits(self) -> None:
        ConfirmationLink.objects.create(
            visit=self.season.visit(self.ours, MAY_12),
            token_digest=digest(LINK),
            expires_at=now() + timedelta(days=7),
        )

    def _agreements(self) -> None:
        season = self.season
        self.both(self.ours, self.alien)
        AgreementPaper.objects.create(agreement=self.ours, version=1, token=PAPER, sha256="0" * 64)
        self.both(
            Submission.objects.create(institution=season.u1, submitted_on=MAY_20, submitted_by=season.clerk),
            Submission.objects.create(
                institution=season.u2, submitted_on=MAY_20, submitted_by=season.stranger, note=SECRET
            ),
        )
        SigningLink.objects.create(
            agreement=season.agreement(self.mine, season.h3, signed=False),
            party=Party.HOST,
            version=1,
            sent_to="u1***@example.org",
            sent_on=MAY_20,
            sent_by=season.clerk,
            token_digest=links.digest(LINK, SigningLink.purpose),
            expires_at=now() + timedelta(days=7),
        )
        run = QuotaRun.objects.create(year=2026, on=MAY_20, trigger=RunTrigger.DAILY, counts={}, findings=[])
        self.both(run, run)

    def _papers(self) -> None:
        """The proofs of filing; the scans come with the filed agreements, and beside them lies one taken away."""
        for agreement, word in ((self.ours, "甲"), (self.alien, SECRET)):
            file = self._file(f"备案证明{word}.pdf")
            FilingCertificate.objects.create(agreement=agreement, file=file, token=uuid4().hex)
            wrong = agreement.scans.create(number=2, paper_version=1, file=self._file(f"误传{word}.pdf"))
            ScanWithdrawal.objects.create(scan=wrong, by=self.season.clerk)
        self.both(self._sheet(self.ours, "甲", SHEET), self._sheet(self.alien, SECRET, uuid4().hex))
        self._archive()

    def _sheet(self, agreement: Agreement, word: str, token: str) -> FilingSheet:
        """A 备案汇总表 with its stamped scan."""
        by: dict[str, Any] = {"made_by": self.season.officer}
        sheet = FilingSheet.objects.create(
            number=f"备案汇总{word}号", institution=agreement.institution, made_on=MAY_20, **by
        )
        sheet.lines.create(agreement=agreement)
        row = filed_rows([agreement])[0]._asdict()
        sheet.papers.create(version=1, token=token, rows=[row], file=self._file(f"汇总表{word}.pdf"), **by)
        scan = self._file(f"盖章件{word}.pdf")
        sheet.stamp = sheet.stamps.create(number=1, stamped_on=MAY_20, scan=scan, by=self.season.officer)
        sheet.status = SheetStatus.STAMPED
        sheet.save(update_fields=["stamp", "status"])
        return sheet

    def _archive(self) -> None:
        """A year that is closed, an item of it, and a package whose file is gone as every one is after a day."""
        season, day = self.season, date(2026, 1, 12)
        by = {"prepared_by": season.officer, "prepared_on": day}
        archive = ArchiveYear.objects.create(
            year=2025,
            closed_by=season.head,
            closed_on=day,
            fonds="0117",
            office="KTP",
            office_name="科技特派员",
            box_pages=300,
            **by,
        )
        item = archive.items.create(
            retention="D30",
            number=1,
            code="0117-WS·2025-D30-KTP-0001",
            title=f"[{SECRET}]",
            responsible=SECRET,
            document_numbers="石科特1号",
            dated=date(2025, 5, 20),
            added_on=day,
            assembled_at=now(),
            pages=1,
            box=1,
        )
        item.lines.create(agreement=self.alien, is_first=True)
        paper = self._file(f"归档{SECRET}.pdf")
        item.papers.create(number=1, agreement=self.alien, source="scan:0", title="签章扫描件", file=paper)
        package = archive.packages.create(asked_by=season.officer, items=1, made_at=now(), path="gone.zip")
        for one in (archive, item, package):
            self.both(one, one)  # the bureau's alone, and all of it

    def _money(self) -> None:
        """Each side has its allocation, a paid batch in the ledger whose reversal is asked for, and a second one waiting for
        its approval."""
        season = self.season
        budget = funding.record_budget(
            year=2026, amount_fen=100_000_000, document_number="石财教〔2026〕1号", decided_on=MAY_12, by=season.officer
        )
        self.both(budget, budget)
        approver = member("吴主任", Role.INSTITUTION_ADMIN, season.u2, "wuzhuren")
        made = []
        for agreement, clerk, manager, word in (
            (self.ours, season.clerk, season.manager, "甲"),
            (self.alien, season.stranger, approver, SECRET),
        ):
            unit = agreement.institution
            assert unit
            allocation = funding.allocate(
                budget,
                institution=unit,
                amount_fen=5_000_000,
                document_number=f"石财教〔2026〕{word}号",
                by=season.officer,
                on=MAY_12,
            )
            rate = funding.set_rate(unit, amount_fen=60_000, effective_from=MAY_12, note=word, by=clerk)
            attended = [
                season.visit(agreement, day, status=VisitStatus.CONFIRMED).attendances.get()
                for day in (date(2026, 5, 21), date(2026, 5, 22), date(2026, 5, 25))
            ]
            paid, waiting, claim = funding.claim_visits(attended, by=clerk, on=TODAY)
            batch = funding.make_batch([paid], by=clerk, on=TODAY, note=word)
            batch = funding.approve_batch(funding.submit_batch(batch, by=clerk, on=TODAY), by=manager, on=TODAY)
            entry = batch.entries.get()
            open_batch = funding.submit_batch(
                funding.make_batch([waiting], by=clerk, on=TODAY, note=word), by=clerk, on=TODAY
            )
            reversal = funding.ask_reversal(entry, by=clerk, on=TODAY, reason=f"记账有误{word}")
            made.append([allocation, rate, claim, open_batch, entry, entry.account, reversal])
        for own, foreign in zip(*made, strict=True):
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

    def _changes(self) -> None:
        """Each side asks for the account that its person has; the numbers are those the walk looks for."""
        both = []
        for registration, clerk, word in (
            (self.mine, self.season.clerk, "原卡挂失"),
            (self.theirs, self.season.stranger, SECRET),
        ):
            person = registration.specialist
            both.append(
                changes.ask_for_change(
                    person,
                    by=clerk,
                    on=TODAY,
                    field=ChangeField.BANK_ACCOUNT,
                    value=person.bank_account,
                    bank_name=word,
                    note=word,
                    evidence=SimpleUploadedFile(f"{word}.pdf", FILES["pdf"]),
                )
            )
        self.both(*both)

    def _amendments(self) -> None:
        made = [
            amending.ask_to_amend(
                agreement,
                by=clerk,
                on=TODAY,
                kind=AmendmentReason.PLAN,
                note=word,
                evidence=SimpleUploadedFile(f"{word}.pdf", FILES["pdf"]),
                service_content=word,
            )
            for agreement, clerk, word in (
                (self.ours, self.season.clerk, "果树修剪"),
                (self.alien, self.season.stranger, f"{SECRET}二"),
            )
        ]
        self.both(*made)

    def _moves(self) -> None:
        made = [
            moving.ask_to_move(
                agreement,
                by=clerk,
                on=TODAY,
                wished=f"{word}公司",
                note=word,
                evidence=SimpleUploadedFile(f"{word}.pdf", FILES["pdf"]),
            )
            for agreement, clerk, word in (
                (self.ours, self.season.clerk, "停产"),
                (self.alien, self.season.stranger, SECRET),
            )
        ]
        self.both(*made)

    def _reviewing(self) -> None:
        """What is the bureau's own beside its decisions: nobody else ever meets a word of it."""
        season = self.season
        colleague = member("王科员", Role.BUREAU_OFFICER, season.bureau, "wang")
        for agreement in (self.ours, self.alien):
            CaseNote.objects.create(agreement=agreement, by=season.officer, words=SECRET)
            Correction.objects.create(
                agreement=agreement,
                number=1,
                note="甲" if agreement == self.ours else SECRET,
                said={},
                version=1,
                returned_by=season.officer,
            )
        covers = [
            Cover.objects.create(absent=one, stand_in=other, since=TODAY, until=TODAY, note=SECRET, arranged_by=one)
            for one, other in ((season.officer, colleague), (colleague, season.officer))
        ]
        self.both(*covers)

    def _plan(self) -> None:
        """The plan that holds, which everybody reads; what the bureau is drafting must show nowhere."""
        season = self.season
        draft = packs.draft_next(season.pack, year=2026, by=season.officer)
        packs.revise(draft, by=season.officer, edits=0, rules={}, settings={"title": SECRET})
        self.both(season.pack, season.pack)
        # A trial of the version in force is refused: where its page itself is looked at, it is the draft's.
        self.worked_on = {"desk:plan-trial": draft.pk, "desk:plan-trial-sheet": draft.pk}
        self._texts()

    def _texts(self) -> None:
        """The words in force, and those that the bureau is drafting; nobody else meets either."""
        draft = wording.begin(2026, by=self.season.officer, on=TODAY)
        AgreementText.objects.filter(pk=draft.pk).update(note=SECRET)
        self.both(draft.based_on, draft)
        pages = [f"agreements:text-{act}" for act in ("edit", "propose", "decide", "discard")]
        programs = [f"api:agreement-text-{act}" for act in ("detail", "propose", "decide")]
        self.worked_on |= dict.fromkeys((*pages, *programs), draft.pk)

    def _rosters(self) -> None:
        """A checked roster of each side; the bureau, which brings the provincial list, has one of its own."""
        season = self.season
        of_bureau = self._roster(season.officer, Kind.PROVINCIAL, "省级名单")
        self.bureau_rosters = dict.fromkeys((Role.BUREAU_ADMIN, Role.BUREAU_OFFICER), of_bureau)
        self.both(self._roster(season.clerk, Kind.PEOPLE, "甲"), self._roster(season.stranger, Kind.PEOPLE, SECRET))
        past = self._roster(season.officer, Kind.PAST, SECRET, name="历史协议")
        RosterBatch.objects.filter(pk=past.pk).update(
            status="applied", mode="clean", confirmed_by=season.officer, confirmed_at=now(), applied_at=now()
        )
        self.both(*(Reconciliation.objects.create(batch=past, institution=unit) for unit in (season.u1, season.u2)))
        past.lines.update(institution=season.u2)
        folder = ScanFolder.objects.create(
            organization=season.bureau.organization, file=self._file("扫描件.pdf"), uploaded_by=season.officer, files=0
        )
        self.both(folder, folder)  # the bureau's alone, and all of it
        self.both(self._print(season.clerk, "甲"), self._print(season.stranger, SECRET))
        dropped = self._drop(season.officer, "直接聘请")
        self.both(self._merge(season.clerk, "甲"), self._merge(season.stranger, SECRET))
        own = (self._print(season.officer, "直接聘请"), self._merge(season.officer, "本局"))
        of_the_bureau = (dropped, dropped.pieces.get(), *own)
        self.of_the_bureau = {one._meta.label: one for one in of_the_bureau}  # what an officer has of its own unit
        drops = [self._drop(season.clerk, "扫描件"), self._drop(season.stranger, SECRET)]
        self.both(*drops)
        self.both(*(drop.pieces.get() for drop in drops))
        self.of_past = dict.fromkeys(("desk:roster-reconciliation", "desk:roster-papers"), past)

    def _merge(self, by: Membership, word: str) -> MergeRun:
        run = self._print(by, word, purpose=Purpose.PAPERS)
        return MergeRun.objects.get(pk=run.pk)

    def _print(self, by: Membership, word: str, purpose: Purpose = Purpose.CONTRACTS) -> PrintRun:
        """A run of printing that is over, its file gone as every one is after a day."""
        run = PrintRun.objects.create(
            organization=by.organization,
            purpose=purpose,
            form="pdf",
            papers=1,
            asked_by=by,
            made_at=now(),
            path="gone.pdf",
        )
        told = {"agreement": 0, "code": "D-0", "name": word, "pages": 0, "message": word}
        run.parts.create(number=0, agreements=[0], told=[told], is_done=True)
        return run

    def _drop(self, by: Membership, word: str) -> ScanBatch:
        """Scans that an institution dropped, of which one waits in the tray."""
        kept = [self._file(f"{word}{n}.pdf") for n in range(2)]
        drop = ScanBatch.objects.create(
            organization=by.organization, file=kept[0], uploaded_by=by, files=1, done=1, paired_at=now()
        )
        line = ScannedFile.objects.create(
            batch=drop, place=0, name=f"{word}.pdf", reading=Reading.READ, file=kept[1], pages=[]
        )
        ScanPiece.objects.create(
            batch=drop, file=line, place=0, pages=[1], outcome=Outcome.UNPAIRED, message=f"{word}没有二维码。"
        )
        return drop

    def _roster(self, by: Membership, kind: Kind, word: str, *, name: str = "") -> RosterBatch:
        book, file = openpyxl.Workbook(), BytesIO()
        sheet: Any = book.active
        sheet.title = "名单"
        days = ["备案日期", "服务开始日期", "服务截止日期"] if kind == Kind.PAST else []
        sheet.append(["姓名", "身份证号", "类别", *(["原备案号"] if days else []), *days])
        sheet.append([word, "139999198509230032", "农业", *(["旧1"] if days else []), *("2025-05-20" for _ in days)])
        book.save(file)
        terms = {"year": 2026, "valid_from": MAY_12, "valid_to": MAY_20} if kind == Kind.PROVINCIAL else None
        upload = SimpleUploadedFile(f"{name or word}.xlsx", file.getvalue())
        batch = rosters.open_batch(upload, kind=kind, by=by, on=TODAY, terms=terms)
        mapping = {int(column): key for column, key in batch.mapping.items()}
        rosters.name_columns(batch, by=by, on=TODAY, version=batch.version, mapping=mapping)
        rosters.read_rows(batch)
        batch.refresh_from_db()
        return batch

    def tables_with_numbers(self, *, everywhere: bool = False) -> list[str]:
        """Which of the tables that tell of acts (or which of all) hold a personal number in clear."""
        told = ("core_auditevent", "core_message", "core_outboxrow", "core_override", "core_sentmail", "core_jobrun")
        tables = connection.introspection.table_names() if everywhere else told
        found = []
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(
                    f"SELECT EXISTS (SELECT 1 FROM {table} t WHERE t::text LIKE ANY(%s))",
                    [[f"%{number}%" for number in self.numbers]],
                )
                found += [table] if cursor.fetchone() == (True,) else []
        return found

    # --- what the walk asks -------------------------------------------------------------------------------------------

    def pks(self, address: Address, role: Role) -> tuple[int, int]:
        """(own, foreign) of the model an address is about. KeyError: the walk does not know the model yet."""
        if address.model == Organization._meta.label:
            return self.hats[role].organization_id, self.season.u2.pk
        if address.model == ApiToken._meta.label:
            return self.own_tokens[role].pk, self.alien_token.pk
        if own := self.of_each_hat.get(address.model, {}).get(role):
            return own.pk, self.records[address.model][1].pk
        own, foreign = self.records[address.model]
        if role in (Role.BUREAU_OFFICER, Role.DIVISION_HEAD):
            own = self.of_the_bureau.get(address.model, own)
        if address.model == RosterBatch._meta.label:
            own = self.bureau_rosters.get(role, own)
            if role in self.bureau_rosters:
                own = self.of_past.get(address.name, own)  # only what was taken over is reconciled
        return own.pk, foreign.pk

"""The demonstration is a season like any other: loaded once here, it holds together, and every role finds its way in."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Membership, User
from accounts.views.session import _demo_people
from agreements.enums import AgreementStatus
from agreements.models import Agreement, QuotaRun
from assessments.models import Assessment
from core import pdf
from core.identifiers import clean_id_number, clean_mobile, clean_uscc
from core.models import AuditEvent, Message, OutboxRow, SentMail
from core.verbs import sentence, sentences
from desk.demo import cast
from desk.demo.clock import clock
from desk.rosters.models import RosterBatch
from desk.rosters.reconciling import overview, strangers
from funding import ledger
from funding.models import Account, Claim, PaymentBatch
from funding.queries import unposted
from specialists.models import ProvincialListEntry, Registration, SelectionList, Specialist, Team, TeamMember
from tests.core import hostile
from tests.desk.reading import cards, rows_in
from tests.hands import browser_of
from tests.words import leaks
from visits.models import Visit

MONDAY = date(2026, 11, 23)
PAPER = hostile.pdf()


def load(on: date) -> str:
    """What the command prints on that day. The papers are not drawn: that is tested where they are made.

    Mail goes where a demonstration keeps it; the test runner would hold it in memory.
    """
    kept = override_settings(EMAIL_BACKEND="core.mailbox.EmailBackend")
    with kept, pytest.MonkeyPatch.context() as patched:
        patched.setattr(pdf, "to_pdf", lambda html, **more: PAPER)
        said = StringIO()
        with time_machine.travel(f"{on}T10:00:00+08:00", tick=False):
            call_command("demo", stdout=said)
    return said.getvalue()


@pytest.fixture(scope="module")
def printed(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The season of a Monday in November, once for all tests of this module; undone in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load(MONDAY)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(f"{MONDAY}T10:00:00+08:00", tick=False):
        yield


# --- it holds together ------------------------------------------------------------------------------------------------


def test_the_ledger_is_whole_and_holds_all_that_was_paid(printed: str) -> None:
    assert ledger.verify() == []
    assert [fault for account in Account.objects.all() for fault in ledger.recount(account)] == []
    assert unposted() == []
    assert Account.objects.filter(balance_fen__gt=0).count() == 4


def test_the_check_of_the_year_finds_what_the_season_means_to_show_and_nothing_else(printed: str) -> None:
    run = QuotaRun.objects.latest("pk")

    assert run.on == MONDAY
    assert Counter(one["code"] for one in run.findings) == {"I-QUOTA": 3, "E-CAP5": 1}


def test_filing_numbers_follow_the_days_without_a_gap(printed: str) -> None:
    filed = Agreement.objects.filter(filed_on__isnull=False, is_past=False).order_by("filing_number")
    numbers = list(filed.values_list("filing_number", flat=True))

    assert numbers == [f"SJZ-KTP-2026-{n:04}" for n in range(1, len(numbers) + 1)]
    days = list(filed.values_list("filed_on", flat=True))
    assert days == sorted(day for day in days if day)


def test_the_history_tells_of_the_days_on_which_it_happened(printed: str) -> None:
    filed = AuditEvent.objects.filter(verb="agreement.filed")

    assert filed.count() > 20
    here = Agreement.objects.filter(filed_on__isnull=False, is_past=False)
    days = dict(here.values_list("pk", "filed_on"))
    assert {event.target_id: event.at.astimezone().date() for event in filed} == days
    assert not AuditEvent.objects.filter(at__gt=now()).exists()


def test_every_history_is_told_in_chinese(printed: str) -> None:
    traces = set(AuditEvent.objects.values_list("target_type", "target_id"))
    records = [apps.get_model(label)._default_manager.filter(pk=pk).first() for label, pk in traces]
    told = [sentence(event) for record in records if record for event in sentences(record)]
    accounts = list(User.objects.values_list("username", flat=True))

    assert len(told) > 100
    assert leaks(told, *accounts) == []


def test_nothing_is_left_promised_but_the_sheets_of_payments(printed: str) -> None:
    assert set(OutboxRow.objects.filter(done_at=None).values_list("task", flat=True)) == {"funding.tasks.make_sheet"}
    assert SentMail.objects.count() > 100
    assert not Message.objects.filter(created_at__lt=MONDAY.isoformat() + "T00:00Z", read_at=None).filter(
        created_at__lt=date(2026, 11, 18).isoformat() + "T00:00Z"
    )


def test_something_is_in_every_state(printed: str) -> None:
    def states(model: Any) -> set[str]:
        return set(model.objects.values_list("status", flat=True))

    assert states(Registration) == {"draft", "submitted", "returned", "proposed", "approved", "declined"}
    assert states(SelectionList) == {"notice", "announced"}
    assert states(Agreement) == {"draft", "submitted", "returned", "filed", "terminated"}
    assert states(Visit) == {"logged", "confirmed", "disputed"}
    assert states(Assessment) == {"open", "submitted", "returned", "final", "exempt"}
    assert states(PaymentBatch) == {"draft", "submitted", "approved"}
    assert states(Claim) == {"in_batch", "paid"}
    assert set(Assessment.objects.exclude(grade="").values_list("grade", flat=True)) == {
        "excellent", "good", "qualified", "unqualified",
    }  # fmt: skip
    assert ProvincialListEntry.objects.count() == 3
    ends = Agreement.objects.filter(status=AgreementStatus.FILED, service_end__range=(MONDAY, date(2027, 1, 21)))
    assert sorted((end - MONDAY).days for end in ends.values_list("service_end", flat=True) if end) == [
        5,
        25,
        38,
        38,
    ]  # the last is a past one


def test_teams_are_at_the_bureau_complete_changed_and_short_of_a_member(printed: str) -> None:
    stood = {team.name: (team.status, vars(team)["active"]) for team in Team.objects.all().with_strength()}

    assert stood == {
        cast.GRAIN.name: ("approved", 4),
        cast.DAIRY.name: ("approved", 2),
        cast.MATERIALS.name: ("submitted", 4),
        cast.ORCHARDS.name: ("submitted", 3),
    }
    assert [team.name for team in Team.objects.all().short_handed()] == [cast.DAIRY.name]
    assert TeamMember.objects.exclude(left_on=None).get().successor.specialist.name == "谷满仓"


# --- its people -------------------------------------------------------------------------------------------------------


def test_every_number_is_well_formed_and_belongs_to_nobody(printed: str) -> None:
    people = Specialist.objects.all()
    for person in people:
        assert clean_id_number(person.id_number, on=MONDAY) == person.id_number
        assert person.id_number.startswith(cast.NOWHERE)
        if person.mobile:  # of a past agreement nobody wrote it down
            assert clean_mobile(person.mobile) == person.mobile
    assert len({person.id_number for person in people}) == len(people) >= 40
    units = [cast.BUREAU, *cast.COUNTIES, cast.FINANCE, cast.AUDIT, *cast.INSTITUTIONS, *cast.HOSTS]
    codes = [unit.uscc for unit in units if unit.uscc]
    assert [clean_uscc(code) for code in codes] == codes
    assert len(set(codes)) == len(codes)
    assert {code[2:8] for code in codes} == {cast.NOWHERE}


def test_the_accounts_it_prints_open_the_door(printed: str) -> None:
    head, *accounts = printed.splitlines()
    assert cast.PASSWORD in head
    names = [line.split()[0] for line in accounts]

    assert {hat.role for hat in Membership.objects.filter(person__username__in=names)} == set(Role)
    for name in (names[0], names[-1]):
        response = Client().post("/sign-in/", {"username": name, "password": cast.PASSWORD})
        assert (response.status_code, response["Location"]) == (302, "/")


def test_the_sign_in_page_offers_somebody_of_every_role(printed: str) -> None:
    assert {hat.role for hat in Membership.objects.filter(person__username__in=_demo_people())} == set(Role)


@pytest.mark.parametrize("role", Role)
def test_every_first_page_has_something_on_it_and_its_numbers_lead_to_their_rows(printed: str, role: Role) -> None:
    hat = Membership.objects.filter(role=role).earliest("pk")
    client = browser_of(hat)

    page = client.get("/")

    assert page.status_code == 200
    found = [card for card in cards(page.text) if card.number.isdigit()]
    assert {card.label: int(card.number) for card in found} == {
        card.label: rows_in(client.get(card.url).text) for card in found
    }
    if role not in Role.on_the_phone:
        assert sum(int(card.number) for card in found) > 0


def test_it_is_loaded_once(printed: str) -> None:
    before = User.objects.count(), AuditEvent.objects.count()

    assert load(MONDAY) == ""
    assert (User.objects.count(), AuditEvent.objects.count()) == before


# --- on other days ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2026, 1, 4), id="the first days of the plan"),
        pytest.param(date(2027, 2, 14), id="a Sunday in the year after, under the old plan"),
    ],
)
def test_it_can_be_loaded_on_any_day_since_the_plan_began(day: date) -> None:
    assert load(day).startswith("演示账号")
    with time_machine.travel(f"{day}T11:00:00+08:00", tick=False):
        assert ledger.verify() == []
        assert unposted() == []
        hats = {hat.role: hat for hat in Membership.objects.order_by("-pk")}
        assert set(Role) - set(hats) <= {Role.SPECIALIST}  # nobody is selected within two days
        assert {browser_of(hat).get("/").status_code for hat in hats.values()} == {200}


@pytest.mark.django_db
def test_only_a_demonstration_is_filled() -> None:
    with override_settings(DEMO=False), pytest.raises(CommandError, match="no demonstration"):
        call_command("demo")
    assert not User.objects.exists()


def test_the_clock_of_a_story_is_put_back() -> None:
    before = now()
    with clock(before.replace(year=2020)):
        assert now().year == 2020
    assert now() == before
    assert settings.USE_TZ


def test_an_old_ledger_was_taken_over_and_is_to_be_reconciled(printed: str) -> None:
    batch = RosterBatch.objects.get(kind="past")
    counted = {str(one.institution): sheet.counts for one, sheet in overview(batch)}

    assert (batch.status, Agreement.objects.past().count(), batch.reconciliations.count()) == ("applied", 5, 2)
    assert counted["示范农林学院"]["differing"] == 1  # its host was called otherwise
    assert len(strangers(batch)) == 1

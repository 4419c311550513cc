"""The same acts over /api/v1/: same refusals with all their findings, same first answer for a repeated key."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import ApiToken, Membership
from core.models import OutboxRow
from funding import ledger, tasks
from funding.enums import EntryKind
from funding.models import Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard
from tests.cast import Season
from tests.funding.conftest import Treasury
from visits.enums import VisitStatus


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


class Api:
    """A client of the interface that wears one hat by its token."""

    def __init__(self, hat: Membership) -> None:
        _, token = ApiToken.objects.create(user=hat.person, membership=hat)
        self.client, self.headers = Client(), {"Authorization": f"Token {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, *, key: str = "", method: str = "post") -> Any:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        send = getattr(self.client, method)
        return send(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content.decode()
    return [finding["code"] for finding in answer.json()["findings"]]


def test_money_goes_its_whole_way_over_the_interface(season: Season) -> None:
    treasury_of = Api(season.officer)
    clerk, manager, auditor = Api(season.clerk), Api(season.manager), Api(season.auditor)
    agreement = season.filed(season.selected("P1"), season.h4)
    visits = [season.visit(agreement, date(2026, 5, day), status=VisitStatus.CONFIRMED) for day in (21, 22)]

    fund = {"year": 2026, "amount_fen": 30_000_000, "document_number": "石财教〔2026〕18号", "decided_on": "2026-03-02"}
    assert treasury_of.post("budgets/", fund).status_code == 201
    gift = {"year": 2026, "institution": season.u1.pk, "amount_fen": 200_000, "document_number": "石科指〔2026〕7号"}
    assert treasury_of.post("allocations/", {**gift, "allocated_on": "2099-01-01"}).status_code == 422
    given = treasury_of.post("allocations/", {**gift, "allocated_on": "2026-05-04"}).json()
    assert (given["institution_name"], given["allocated_on"]) == ("示范农林学院", "2026-05-04")
    assert clerk.post("rate-cards/", {"amount_fen": 60_000, "effective_from": "2026-01-01"}).status_code == 201
    due = clerk.get("claims/due/").json()
    assert [(row["visit"], row["findings"]) for row in due] == [(visit.pk, []) for visit in visits]
    made = clerk.post("claims/", {"attendances": [row["attendance"] for row in due]}, key="c").json()
    assert [row["amount_fen"] for row in made] == [60_000, 60_000]
    batch = clerk.post("payment-batches/", {"claims": [row["id"] for row in made], "note": "5月"}, key="b").json()
    path = f"payment-batches/{batch['id']}/"
    assert clerk.post(f"{path}submit/", {"version": batch["version"]}).json()["status"] == "submitted"
    assert codes(clerk.post(f"{path}approve/")) == ["E-TWO-PEOPLE"]
    paid = manager.post(f"{path}approve/", {"version": 2}, key="p").json()
    assert (paid["status"], paid["voucher_number"], paid["total_fen"]) == ("approved", "2026-0001", 120_000)

    [account] = auditor.get("ledger/?year=2026").json()
    assert account["balance_fen"] == 80_000
    entries = auditor.get(f"ledger/{account['id']}/entries/").json()
    assert [(row["sequence"], row["amount_fen"], row["balance_fen"]) for row in entries] == [
        (3, -60_000, 80_000),
        (2, -60_000, 140_000),
        (1, 200_000, 200_000),
    ]
    wrong = manager.post(f"ledger/entries/{entries[0]['id']}/reversals/", {"reason": "人员登记有误"}, key="r")
    assert (wrong.status_code, wrong.json()["status"], wrong.json()["reversing_entry"]) == (201, "open", None)
    decided = clerk.post(f"reversals/{wrong.json()['id']}/decide/", {"passed": True}, key="d").json()
    assert (decided["status"], decided["asker"], decided["decider"]) == ("approved", "孟主任", "刘静怡")
    [last, *_] = auditor.get(f"ledger/{account['id']}/entries/").json()
    assert (last["id"], last["amount_fen"], last["reverses"]) == (decided["reversing_entry"], 60_000, entries[0]["id"])
    assert auditor.get(f"ledger/{account['id']}/verify/").json() == {
        "whole": True,
        "entries": 4,
        "last_digest": Account.objects.get().last_digest,
        "faults": [],
    }
    assert [row["status"] for row in clerk.get("claims/").json()] == ["reversed", "paid"]
    assert [row["id"] for row in clerk.get("claims/?status=paid").json()] == [made[0]["id"]]


def test_the_same_key_pays_once_and_another_body_is_refused(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    batch = treasury.submitted(treasury.claims(1))
    manager = Api(treasury.season.manager)
    path = f"payment-batches/{batch.pk}/approve/"

    first = manager.post(path, {"version": 2}, key="k")
    again = manager.post(path, {"version": 2}, key="k")
    other = manager.post(path, {"version": 3}, key="k")

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert first.json() == again.json()
    assert LedgerEntry.objects.filter(kind=EntryKind.SUBSIDY).count() == 1
    assert codes(manager.post(path, key="l")) == ["E-STATE"]


def test_an_allocation_is_taken_back_once_by_two_of_the_bureau_with_one_key_each(treasury: Treasury) -> None:
    given = treasury.allocate(300_000)
    officer, head, clerk = (Api(getattr(treasury.season, name)) for name in ("officer", "head", "clerk"))

    asked = [officer.post(f"allocations/{given.pk}/reversals/", {"reason": "金额有误"}, key="k") for _ in range(2)]
    path = f"reversals/{asked[0].json()['id']}/"
    assert [answer.status_code for answer in asked] == [201, 201]
    assert asked[0].json() == asked[1].json()
    assert codes(officer.post(f"allocations/{given.pk}/reversals/", {"reason": "金额有误"}, key="l")) == ["E-STATE"]
    assert Account.objects.get().balance_fen == 300_000, "nothing is posted yet"
    assert codes(officer.post(f"{path}decide/", {"passed": True})) == ["E-TWO-PEOPLE"]
    assert codes(clerk.post(f"{path}decide/", {"passed": True})) == ["E-FLOW"]
    assert codes(head.post(f"{path}decide/", {"passed": False})) == ["E-OPINION"]
    assert codes(head.post(f"{path}decide/", {"passed": False, "opinion": "  "})) == ["E-OPINION"]
    decided = [head.post(f"{path}decide/", {"passed": True}, key="k").status_code for _ in range(2)]

    assert decided == [200, 200]
    assert Account.objects.get().balance_fen == 0
    assert [row["is_reversed"] for row in officer.get("allocations/?year=2026").json()] == [True]
    assert [row["status"] for row in clerk.get("reversals/?status=approved").json()] == ["approved"]
    assert clerk.get(path).json()["reason"] == "金额有误"
    assert codes(officer.post(f"{path}withdraw/")) == ["E-STATE"]


def test_a_request_is_withdrawn_by_who_asked_and_seen_by_no_other_institution(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    treasury.approved(treasury.claims(1))
    asked = treasury.asked(LedgerEntry.objects.get(kind=EntryKind.SUBSIDY))
    season = treasury.season
    stranger = Api(season.stranger)
    for path in ("", "decide/", "withdraw/"):
        answer = stranger.post(f"reversals/{asked.pk}/{path}") if path else stranger.get(f"reversals/{asked.pk}/")
        assert answer.status_code == 404, path
    assert stranger.get("reversals/").json() == []
    assert codes(Api(season.manager).post(f"reversals/{asked.pk}/withdraw/")) == ["E-PERM"]
    assert Api(season.clerk).post(f"reversals/{asked.pk}/withdraw/").json()["status"] == "withdrawn"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("abc", id="a word"),
        pytest.param("600.00", id="yuan with a point"),
        pytest.param(600.5, id="a fraction"),
        pytest.param(60_000.0, id="a whole float"),
        pytest.param("6e4", id="scientific"),
        pytest.param(True, id="true"),
        pytest.param(None, id="nothing"),
        pytest.param(-60_000, id="less than nothing"),
        pytest.param(0, id="zero"),
        pytest.param(10**14, id="more than any budget"),
        pytest.param(2**63, id="beyond bigint"),
        pytest.param("9" * 5000, id="five thousand digits"),
        pytest.param("６００００", id="full width"),
        pytest.param([60_000], id="a list"),
        pytest.param({"fen": 60_000}, id="an object"),
    ],
)
def test_an_amount_is_a_whole_number_of_fen(treasury: Treasury, sent: object) -> None:
    officer, clerk = Api(treasury.season.officer), Api(treasury.season.clerk)
    gift = {"year": 2026, "institution": treasury.season.u1.pk, "amount_fen": sent, "document_number": "1号"}

    assert codes(officer.post("allocations/", gift)) == ["E-FIELD"]
    assert codes(clerk.post("rate-cards/", {"amount_fen": sent, "effective_from": "2026-06-01"})) == ["E-FIELD"]
    assert not Allocation.objects.exists()


@pytest.mark.parametrize("fen", [49_999, 80_001])
def test_a_rate_outside_the_band_is_refused_with_its_article(treasury: Treasury, fen: int) -> None:
    answer = Api(treasury.season.clerk).post("rate-cards/", {"amount_fen": fen, "effective_from": "2026-06-01"})
    [finding] = answer.json()["findings"]
    assert (answer.status_code, finding["code"], finding["article"]) == (422, "E-AMOUNT", "六（二）")
    assert finding["facts"]["min_fen"] == 50_000


def test_rates_are_listed_and_an_unused_one_withdrawn(treasury: Treasury) -> None:
    clerk = Api(treasury.season.clerk)
    card = clerk.post("rate-cards/", {"amount_fen": 70_000, "effective_from": "2026-07-01", "note": "暑期"}).json()
    assert [row["amount_fen"] for row in clerk.get("rate-cards/").json()] == [70_000, 60_000]
    assert Api(treasury.season.stranger).post(f"rate-cards/{card['id']}/", method="delete").status_code == 404
    assert clerk.post(f"rate-cards/{card['id']}/", method="delete").status_code == 204
    assert RateCard.objects.count() == 1


def test_budgets_are_read_and_amended(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    officer = Api(treasury.season.officer)
    path = f"budgets/{treasury.budget.pk}/"
    later = {"amount_fen": 35_000_000, "document_number": "石财教〔2026〕55号", "decided_on": "2026-06-01"}

    assert officer.get("budgets/").json()[0]["allocated_fen"] == 200_000
    assert officer.post(path, later, method="patch").json()["amount_fen"] == 35_000_000
    assert codes(officer.post(path, {**later, "amount_fen": 199_999}, method="patch")) == ["E-BUDGET"]
    assert Api(treasury.season.finance).get(path).json()["document_number"] == "石财教〔2026〕55号"
    assert Budget.objects.count() == 1


def test_all_that_is_in_the_way_of_claims_is_said_at_once(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    logged = treasury.trip(agreement, date(2026, 5, 22), status=VisitStatus.LOGGED)
    early = treasury.trip(agreement, date(2026, 5, 18))
    clerk = Api(treasury.season.clerk)

    answer = clerk.post("claims/", {"attendances": [logged.pk, early.pk]})

    assert sorted(codes(answer)) == ["E-UNCONFIRMED", "E-VISIT-PERIOD"]
    assert [len(row["findings"]) for row in clerk.get("claims/due/?year=2026").json()] == [1, 1]
    assert not Claim.objects.exists()


def test_ids_of_another_institution_are_not_found(treasury: Treasury) -> None:
    """Ids arrive in bodies too."""
    season = treasury.season
    trip = treasury.trip(treasury.agreement())
    [mine] = treasury.claims(1, agreement=treasury.agreement("P2"))
    stranger = Api(season.stranger)
    treasury.allocate(100_000)

    assert stranger.post("claims/", {"attendances": [trip.pk]}).status_code == 404
    assert stranger.post("payment-batches/", {"claims": [mine.pk]}).status_code == 404
    assert stranger.get("claims/").json() == stranger.get("ledger/").json() == stranger.get("allocations/").json() == []
    assert stranger.get(f"ledger/{Account.objects.get().pk}/entries/").status_code == 404
    assert stranger.get("claims/due/").json() == []
    assert Api(season.officer).post("allocations/", {
        "year": 2026, "institution": 999_999, "amount_fen": 1, "document_number": "1号",
    }).status_code == 404  # fmt: skip


def test_a_batch_is_changed_returned_and_dropped_over_the_interface(treasury: Treasury) -> None:
    clerk, manager = Api(treasury.season.clerk), Api(treasury.season.manager)
    one, two = treasury.claims(2)
    batch = clerk.post("payment-batches/", {"claims": [one.pk, two.pk]}).json()
    path = f"payment-batches/{batch['id']}/"

    changed = clerk.post(path, {"claims": [two.pk], "note": "一笔", "version": 1}, method="patch")
    assert (changed.json()["total_fen"], changed.json()["version"]) == (60_000, 2)
    stale = clerk.post(path, {"claims": [one.pk], "note": "", "version": 1}, method="patch")
    assert (stale.status_code, stale.json()["differences"][0]["label"]) == (409, "说明")
    assert codes(clerk.post("payment-batches/", {"claims": [one.pk], "purpose": "办公设备"})) == ["E-PURPOSE"]
    clerk.post(f"{path}submit/")
    assert codes(manager.post(f"{path}return/", {"opinion": ""})) == ["E-FIELD"]
    assert manager.post(f"{path}return/", {"opinion": "请核实"}).json()["return_opinion"] == "请核实"
    assert clerk.get(path).json()["claims"] == [two.pk]
    assert clerk.post(f"{path}drop/").json()["status"] == "dropped"
    assert [row["id"] for row in manager.get("payment-batches/?year=2026").json()] == [batch["id"]]
    assert manager.get("payment-batches/?year=2025").json() == []


def test_the_sheet_is_handed_out_once_it_is_made(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    batch = treasury.approved(treasury.claims(1))
    finance = Api(treasury.season.finance)
    path = f"payment-batches/{batch.pk}/sheet/"
    assert codes(finance.get(path)) == ["E-STATE"]

    tasks.make_sheet(outbox_id=OutboxRow.objects.get(task="funding.tasks.make_sheet").pk)

    answer = finance.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


def test_finance_and_audit_read_and_write_nothing(treasury: Treasury) -> None:
    given = treasury.allocate(300_000)
    batch, asked = treasury.submitted(treasury.claims(1)), treasury.asked(given.entry)
    for hat in (treasury.season.finance, treasury.season.auditor):
        reader = Api(hat)
        for path in ("budgets/", "allocations/", "rate-cards/", "claims/", "payment-batches/", "ledger/", "reversals/"):
            assert reader.get(path).status_code == 200, path
        for path in (
            "budgets/", "allocations/", "rate-cards/", "claims/", "payment-batches/",
            f"payment-batches/{batch.pk}/approve/", f"payment-batches/{batch.pk}/return/",
            f"allocations/{given.pk}/reversals/", f"ledger/entries/{given.entry.pk}/reversals/",
            f"reversals/{asked.pk}/decide/", f"reversals/{asked.pk}/withdraw/",
        ):  # fmt: skip
            answer = reader.post(path, {"reason": "x"})
            assert (answer.status_code, answer.json()["code"]) == (403, "E-PERM"), path
    assert PaymentBatch.objects.get().status == "submitted"


def test_a_specialist_reads_their_own_claims(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    treasury.claims(1, agreement=agreement)
    treasury.claims(1, agreement=treasury.agreement("P2"))
    rows = Api(treasury.season.hat_of(agreement.specialist)).get("claims/").json()
    assert [row["specialist"] for row in rows] == ["李喆"]


def test_a_number_in_a_query_that_is_none_is_refused_in_words(treasury: Treasury) -> None:
    officer = Api(treasury.season.officer)
    for path in ("allocations/?year=abc", "ledger/?after=1e3", "payment-batches/?after=" + "9" * 40):
        assert codes(officer.get(path)) == ["E-FIELD"]
    assert ledger.verify() == []

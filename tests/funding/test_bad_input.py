"""Whatever is typed or sent about money: a sentence in Chinese, never an error page, nothing half done."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from funding import ledger, services
from funding.models import Allocation, LedgerEntry, PaymentBatch, RateCard
from tests.funding.conftest import JUNE_1, Treasury
from tests.funding.test_api import Api, codes
from tests.funding.test_pages import words
from tests.hands import browser_of

NASTY = [
    pytest.param("甲" * 10_000, id="ten thousand characters"),
    pytest.param("石科指\0〔2026〕7号", id="NUL"),
    pytest.param("石科指\x1b[31m", id="a control character"),
    pytest.param("石科指\u202e7号", id="a turned direction"),
    pytest.param("石科指\n第二行", id="two lines"),
    pytest.param("石科指\ud800", id="half a surrogate"),
]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-01 12:00:00+08:00", tick=False):
        yield


@pytest.mark.parametrize("typed", NASTY)
def test_a_line_that_is_none_is_refused_on_every_page_of_money(treasury: Treasury, typed: str) -> None:
    season = treasury.season
    given = treasury.allocate(100_000)
    batch = services.make_batch(treasury.claims(1), by=season.clerk, on=JUNE_1)
    typed = typed.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if "\ud800" in typed else typed
    posts: list[tuple[Any, str, dict[str, Any]]] = [
        (season.officer, reverse("funding:allocate"), {
            "institution": season.u1.pk, "amount_fen": "1", "document_number": typed, "allocated_on": "2026-06-01",
        }),
        (season.officer, reverse("funding:budget-amend", args=[treasury.budget.pk]), {
            "amount_fen": "300000", "document_number": typed, "decided_on": "2026-06-01",
        }),
        (season.clerk, "/funding/rates/", {"amount_fen": "700", "effective_from": "2026-07-01", "note": typed}),
        (season.clerk, reverse("funding:batch-change", args=[batch.pk]), {"version": "1", "note": typed}),
        (season.officer, reverse("funding:allocation-reverse", args=[given.pk]), {"reason": typed}),
    ]  # fmt: skip
    for hat, address, sent in posts:
        answer = browser_of(hat).post(address, sent)
        if "�" in typed:  # a replacement mark is a character like another
            assert answer.status_code in (200, 302, 422), (
                address
            )  # 200: an allocation is read once more before it is posted
        else:
            assert answer.status_code == 422, address
            assert any(word in words(answer) for word in ("不能超过", "控制字符", "只能填写一行")), address
    assert ledger.verify() == []


@pytest.mark.parametrize("sent", NASTY[:5])
def test_a_line_that_is_none_is_refused_by_the_interface(treasury: Treasury, sent: str) -> None:
    given = treasury.allocate(100_000)
    officer, clerk = Api(treasury.season.officer), Api(treasury.season.clerk)
    [claim] = treasury.claims(1)

    gift = {"year": 2026, "institution": treasury.season.u1.pk, "amount_fen": 1, "document_number": sent}
    assert set(codes(officer.post("allocations/", gift))) == {"E-FIELD"}
    card = {"amount_fen": 70_000, "effective_from": "2026-07-01", "note": sent}
    assert set(codes(clerk.post("rate-cards/", card))) == {"E-FIELD"}
    assert set(codes(clerk.post("payment-batches/", {"claims": [claim.pk], "note": sent}))) == {"E-FIELD"}
    assert set(codes(clerk.post("payment-batches/", {"claims": [claim.pk], "purpose": sent}))) == {"E-FIELD"}
    assert set(codes(officer.post(f"allocations/{given.pk}/reversals/", {"reason": sent}))) == {"E-FIELD"}
    assert (LedgerEntry.objects.count(), PaymentBatch.objects.count(), RateCard.objects.count()) == (1, 0, 1)


@pytest.mark.parametrize("sent", [0, -1, 2**63, 10**40, "x", None, True, 1.5, [], "1e3"])
def test_an_id_that_no_record_can_have_is_refused_by_the_interface(treasury: Treasury, sent: object) -> None:
    officer, clerk = Api(treasury.season.officer), Api(treasury.season.clerk)
    gift = {"year": 2026, "institution": sent, "amount_fen": 1, "document_number": "1号"}
    for answer in (
        officer.post("allocations/", gift),
        clerk.post("claims/", {"attendances": [sent]}),
        clerk.post("payment-batches/", {"claims": [sent]}),
    ):
        assert answer.status_code in (404, 422), answer.content.decode()
    assert not Allocation.objects.exists()


@pytest.mark.parametrize(
    "day", ["0001-01-01", "0000-00-00", "9999-12-31", "2026-02-30", "x", 20260101, None, "2025-12-31"]
)
def test_a_day_that_is_none_is_refused_by_the_interface(treasury: Treasury, day: object) -> None:
    answer = Api(treasury.season.clerk).post("rate-cards/", {"amount_fen": 60_000, "effective_from": day})
    assert answer.status_code == 422
    assert RateCard.objects.count() == 1


@pytest.mark.parametrize(
    "query",
    [
        "year=abc", "year=-1", "year=99999999999", "year=0", "year=%00", "account=abc", "account=99999999999999999999",
        "flow=%00", "flow=x", "month=13", "month=%00", "status=%00", "institution=%00", "institution=9999999999999999",
        "after=x", "after=%00", "before=W10", "sort=%00",
    ],
)  # fmt: skip
def test_an_address_edited_by_hand_shows_a_page(treasury: Treasury, query: str) -> None:
    treasury.allocate(100_000)
    account = LedgerEntry.objects.get().account_id
    officer, clerk = browser_of(treasury.season.officer), browser_of(treasury.season.clerk)
    for page in ("overview", "entries", "allocations", "batches", "rates"):
        assert officer.get(f"{reverse(f'funding:{page}')}?{query}").status_code == 200, page
    for page in ("balance", "claims"):
        assert clerk.get(f"{reverse(f'funding:{page}')}?{query}").status_code == 200, page
    assert clerk.get(f"{reverse('funding:account-xlsx', args=[account])}?{query}").status_code == 200


@pytest.mark.parametrize("path", ["claims/?status=%00", "claims/?status=x", "ledger/?year=-1", "claims/?after=x"])
def test_a_query_of_the_interface_that_means_nothing_is_refused(treasury: Treasury, path: str) -> None:
    assert codes(Api(treasury.season.officer).get(path)) == ["E-FIELD"]


def test_a_year_that_no_record_can_have_is_refused_by_the_interface(treasury: Treasury) -> None:
    for path in ("ledger/", "allocations/", "payment-batches/", "claims/due/"):
        for year in ("99999999999", "10000", "0"):
            assert codes(Api(treasury.season.clerk).get(f"{path}?year={year}")) == ["E-FIELD"]


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "９", "99999999999999999999", "\0"])
def test_a_form_without_its_version_is_stale(treasury: Treasury, version: str) -> None:
    batch = services.make_batch(treasury.claims(1), by=treasury.season.clerk, on=JUNE_1)
    answer = browser_of(treasury.season.clerk).post(
        reverse("funding:batch-submit", args=[batch.pk]), {"version": version}
    )
    assert answer.status_code == 409
    batch.refresh_from_db()
    assert batch.status == "draft"


@pytest.mark.parametrize("body", ["", "[]", "null", '"x"', "{", "{}", '{"amount_fen": NaN}', '{"amount_fen": 1e400}'])
def test_a_body_that_is_no_object_is_refused_by_the_interface(treasury: Treasury, body: str) -> None:
    api = Api(treasury.season.officer)
    for path in ("budgets/", "allocations/"):
        answer = api.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=api.headers)
        assert answer.status_code in (400, 422), (path, answer.content.decode())

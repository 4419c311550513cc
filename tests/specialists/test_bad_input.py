"""Whatever is typed, sent or edited by hand: a sentence, never an error page, never half a record."""

from collections.abc import Iterator
from json import dumps
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specialists import services
from specialists.models import ProvincialListEntry, Registration, Specialist
from tests.cast import MAY_20, PEOPLE, Season
from tests.hands import browser_of
from tests.specialists.acts import form_of, registered, submitted

ANSWERED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
HOSTILE = {
    "ten thousand characters": "李" * 10_000,
    "NUL": "李\x00喆",
    "a control sequence": "李\x1b[31m喆",
    "a turned direction": "李\u202e喆",
    "half a surrogate": "\ud800",
    "a script": "<script>alert(1)</script>",
    "a template": "{{ 7 * 7 }}",
    "a formula": "=HYPERLINK(1)",
    "only blanks": "\n\r\t",
}
FIELDS = [
    "id_number",
    "name",
    "mobile",
    "email",
    "education",
    "title",
    "department",
    "bank_account",
    "bank_name",
    "field",
    "speciality",
    "category",
    "personnel_type",
    "supervisor",
    "graduates_on",
    "ability_note",
    "research_results",
    "consent",
]


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def page_form(**more: Any) -> dict[str, Any]:
    form = {name: value for name, value in form_of("P1").items() if value not in (None, True)}
    return {**form, "consent": "on", **more}


def forget() -> int:
    """How many registrations a request left behind; each with its person, and none of either afterwards."""
    left, _ = Registration.objects.count(), Registration.objects.all().delete()
    assert Specialist.objects.count() == left
    Specialist.objects.all().delete()
    return left


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_values_in_any_field_of_the_form_are_answered_with_sentences(season: Season, field: str) -> None:
    client = browser_of(season.clerk)

    for what, value in HOSTILE.items():
        sent = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")  # as a browser would send it
        checks = client.post("/specialists/checks/", page_form(**{field: sent}))
        page = client.post("/specialists/new/", page_form(**{field: sent}))
        assert (checks.status_code, page.status_code in (302, 422)) == (200, True), what
        assert b"<script>alert" not in page.content
        assert forget() == (page.status_code == 302), what


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_values_in_any_field_of_the_interface_are_answered(season: Season, field: str) -> None:
    client = browser_of(season.clerk)

    for what, value in HOSTILE.items():
        body = {**form_of("P1"), field: value}
        response = client.post("/api/v1/registrations/", body, content_type="application/json")
        assert response.status_code in (201, 422), what
        assert forget() == (response.status_code == 201), what


@pytest.mark.parametrize(
    "day",
    ["0000-01-01", "9999-12-31", "0001-01-01", "2027-02-30", "２０２７年６月３１日", "99999999999-1-1", "1e5", "今天"],
)
@pytest.mark.parametrize("field", ["valid_from", "valid_to"])
def test_an_impossible_day_is_a_sentence_beside_its_field(season: Season, field: str, day: str) -> None:
    name, number = PEOPLE["P2"]
    row = {"year": "2026", "name": name, "id_number": number, "valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    client = browser_of(season.officer)

    page = client.post("/specialists/provincial/", {**row, field: day})
    answer = client.post("/api/v1/provincial-entries/", {**row, field: day}, content_type="application/json")

    assert (page.status_code, answer.status_code) == (422, 422)
    assert "没有" in page.content.decode() or "日期" in page.content.decode() or "年份" in page.content.decode()
    assert [finding["field"] for finding in answer.json()["findings"]] == [field]
    assert not ProvincialListEntry.objects.exists()


@pytest.mark.parametrize("year", ["0", "1999", "9999", "99999999999999999999", "-1", "二〇二六", "2026.5", "1e3"])
def test_an_impossible_year_is_refused(season: Season, year: str) -> None:
    name, number = PEOPLE["P2"]
    row = {"year": year, "name": name, "id_number": number, "valid_from": "2026-01-01", "valid_to": "2026-12-31"}

    assert browser_of(season.officer).post("/specialists/provincial/", row).status_code == 422


WRONG = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@ANSWERED
@given(field=st.sampled_from(FIELDS), value=WRONG)
def test_any_json_in_any_field_is_answered(season: Season, field: str, value: Any) -> None:
    response = browser_of(season.clerk).post(
        "/api/v1/registrations/", {**form_of("P1"), field: value}, content_type="application/json"
    )

    assert response.status_code in (201, 422)
    forget()


@ANSWERED
@given(body=WRONG)
def test_any_json_as_a_body_is_answered(season: Season, body: Any) -> None:
    draft = Registration.objects.first() or registered(form_of("P1"), season.clerk)
    paths = {
        season.clerk: ["registrations/", f"registrations/{draft.pk}/"],
        season.officer: [f"registrations/{draft.pk}/decide/", "provincial-entries/"],
    }
    for hat, those in paths.items():
        for path in those:
            method = "patch" if path == f"registrations/{draft.pk}/" else "post"
            response = getattr(browser_of(hat), method)(f"/api/v1/{path}", dumps(body), content_type="application/json")
            assert response.status_code == 422


@ANSWERED
@given(field=st.sampled_from(["opinion", "reasons", "documents", "document_number", "decided_on"]), value=WRONG)
def test_any_json_in_any_field_of_a_decision_is_answered(season: Season, field: str, value: Any) -> None:
    registration = Registration.objects.first() or submitted(form_of("P1"), season.clerk)

    response = browser_of(season.officer).post(
        f"/api/v1/registrations/{registration.pk}/decide/",
        {"passed": False, "opinion": "", "version": 1, field: value},
        content_type="application/json",
    )

    assert response.status_code in (200, 422)
    if response.status_code == 200:  # a text was taken as the opinion of a return: back to the desk with it
        services.submit_registration(registration, by=season.clerk, on=MAY_20)
        Registration.objects.update(version=1)


@ANSWERED
@given(name=st.text(max_size=60))
def test_any_text_as_a_name_is_taken_or_refused_with_a_sentence(season: Season, name: str) -> None:
    sent = name.encode("utf-8", "replace").decode()

    response = browser_of(season.clerk).post("/specialists/new/", page_form(name=sent))

    assert response.status_code in (302, 422)
    forget()


@pytest.mark.parametrize("pk", ["0", "99999999999999999999", "2147483648", "9223372036854775808"])
def test_an_address_of_no_record_is_404(season: Season, pk: str) -> None:
    client = browser_of(season.officer)

    for path in (f"/specialists/{pk}/", f"/specialists/{pk}/review/", f"/api/v1/registrations/{pk}/"):
        assert client.get(path).status_code == 404


def test_a_position_edited_by_hand_shows_the_first_page(season: Season) -> None:
    registered(form_of("P1"), season.clerk)

    for after in ("x", "AAAA", "WyJhIl0", "W251bGxd", "%00"):
        response = browser_of(season.clerk).get(f"/specialists/?after={after}&sort=nothing")
        assert response.status_code == 200
        assert "李喆" in response.content.decode()

"""Which words an agreement is printed with, and that a printed paper keeps them."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test import Client
from django.utils.timezone import now

from agreements import documents, services
from agreements.enums import Party, TextStatus
from agreements.models import Agreement, Signature, SigningLink
from agreements.wording.facts import EXAMPLES
from agreements.wording.queries import texts_of
from tests.agreements.hands import words
from tests.agreements.wording.hands import in_force_instead, laid, text
from tests.cast import MAY_20, Season
from tests.hands import browser_of

pytestmark = pytest.mark.django_db
NEW = "新的开头：甲方、乙方、丙方。"


@pytest.fixture
def draft(season: Season) -> Agreement:
    return season.agreement(season.selected("P3"), season.h4, signed=False)


@pytest.fixture
def as_html(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page that would be laid out: what a contract looks like is test_papers.py's."""

    def render(template: str, context: dict[str, Any], *, mark: Any) -> bytes:
        return render_to_string(template, context).encode()

    monkeypatch.setattr(documents.pdf, "render", render)
    monkeypatch.setattr(documents.pdf, "pages_of", lambda data: 2)


@pytest.mark.usefixtures("as_html")
def test_a_printed_paper_keeps_its_words_and_a_new_version_has_the_new_ones(season: Season, draft: Agreement) -> None:
    paper, data = services.print_paper(draft, by=season.clerk, on=MAY_20)
    newer = in_force_instead(NEW)

    again, same = services.print_paper(draft, by=season.clerk, on=MAY_20)
    assert (same, again.text) == (data, laid())
    assert NEW not in same.decode()

    services.save_draft(draft, by=season.clerk, version=1, visits_per_year=15)
    second, other = services.print_paper(draft, by=season.clerk, on=MAY_20)
    assert (second.version, second.text) == (2, newer)
    assert NEW in other.decode()
    paper.refresh_from_db()
    assert paper.text == laid()
    page = words(browser_of(season.clerk).get(f"/agreements/{draft.pk}/"))
    assert f"协议书 D-{draft.pk} v1" in page
    assert "采用2026年度协议书文本（第2版）" in page
    assert "采用2026年度协议书文本（第3版）" in page


@pytest.mark.usefixtures("as_html")
def test_a_paper_from_before_there_were_texts_is_tied_when_it_is_printed_again(
    season: Season, draft: Agreement
) -> None:
    draft.papers.create(version=1, token="a" * 32, sha256="0" * 64)

    paper, _ = services.print_paper(draft, by=season.clerk, on=MAY_20)

    assert (paper.token, paper.text, paper.pages) == ("a" * 32, laid(), 2)


def test_an_open_agreement_takes_newer_words_and_is_signed_anew(season: Season) -> None:
    signed = season.agreement(season.selected("P3"), season.h4)  # on paper, by all three
    signed.papers.create(version=1, token="a" * 32, sha256="", text=laid())
    clerk, at = browser_of(season.clerk), f"/agreements/{signed.pk}/"
    assert "改用新文本" not in words(clerk.get(f"{at}confirm/"))
    newer = in_force_instead(NEW)

    assert "市科技局已启用2026年度协议书文本（第3版）" in words(clerk.get(f"{at}confirm/"))
    assert clerk.post(f"{at}take-text/", {"version": 9}).status_code == 409
    assert clerk.post(f"{at}take-text/", {"version": 1})["Location"] == f"{at}confirm/"

    signed.refresh_from_db()
    assert (signed.version, texts_of([signed])[signed.pk]) == (2, newer)
    assert [void.changed for void in signed.void_signatures.all()] == [["text"]] * 3
    assert not signed.signatures.exists()
    assert "签署失效" in words(clerk.get(f"{at}?tab=history"))
    refused = clerk.post(f"/api/v1{at}take-text/", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "E-STATE")
    submitted = season.submitted(season.selected("P4"), season.h4)
    assert clerk.post(f"/agreements/{submitted.pk}/take-text/", {"version": 1}).status_code == 422


def test_the_year_in_which_the_service_begins_chooses_the_words(season: Season, draft: Agreement) -> None:
    next_year = text(1, year=2027, status=TextStatus.IN_FORCE)
    text(2, year=2027)  # a draft is nobody's words

    chosen = []
    for start in (date(2025, 12, 1), date(2026, 12, 31), date(2027, 1, 1), date(2029, 5, 1)):
        draft.service_start = start
        chosen.append(texts_of([draft])[draft.pk])

    assert chosen == [laid(), laid(), next_year, next_year]


def test_who_signed_online_before_the_printing_signed_those_words(season: Season, draft: Agreement) -> None:
    with time_machine.travel(now() - timedelta(hours=1)):
        link = SigningLink.objects.create(
            agreement=draft, party=Party.HOST, version=1, sent_to="m***@example.org", sent_on=MAY_20,
            sent_by=season.clerk, expires_at=now(), used_at=now(), token_digest="0" * 64,
        )  # fmt: skip
        Signature.objects.create(agreement=draft, party=Party.HOST, signer="马社长", signed_on=MAY_20, link=link)
    newer = in_force_instead(NEW)

    assert texts_of([draft])[draft.pk] == laid()
    Signature.objects.filter(agreement=draft).delete()
    assert texts_of([draft])[draft.pk] == newer


def test_who_signs_online_reads_the_words_of_the_paper(season: Season, draft: Agreement) -> None:
    link = SigningLink(
        agreement=draft, party=Party.HOST, version=1, sent_to="m***@example.org", sent_on=MAY_20,
        sent_by=season.clerk, expires_at=now() + timedelta(days=1),
    )  # fmt: skip
    token = link.renew_token()
    link.save()

    page = words(Client().get(f"/agreements/sign/{token}/"))

    assert "阅读全部条款（6条）" in page
    assert "四、工作补助 工作补助根据丙方实际下基层的次数，按甲方确定的标准（每人每次500—800元）发放。" in page
    assert draft.specialist.id_number not in page
    newer = in_force_instead(NEW)
    answer = {"code": "000000", "signer": "马社长", "authority": "legal", "version": 1, "answer": "sign"}
    late = Client().post(f"/agreements/sign/{token}/", {**answer, "text": laid().pk})
    assert late.status_code == 409
    assert NEW in words(late)
    assert f'name="text" value="{newer.pk}"' in late.content.decode()
    Agreement.objects.filter(pk=draft.pk).update(service_content="")
    assert "阅读全部条款" not in words(Client().get(f"/agreements/sign/{token}/"))


def test_many_contracts_read_their_words_in_three_questions(
    season: Season, django_assert_num_queries: Any, draft: Agreement
) -> None:
    others = [season.agreement(season.selected(key), season.h4, signed=False) for key in ("P4", "P5")]

    with django_assert_num_queries(3):
        found = texts_of([draft, *others])

    assert set(found.values()) == {laid()}


def test_a_draft_that_still_leaves_a_case_without_clauses_can_be_looked_at() -> None:
    base = laid()
    base.clauses = [{"heading": "团队", "text": "甲。\n乙。", "condition": "team"}]

    pages = [
        render_to_string("papers/agreement.html", documents.contract_context(facts, base, sample="样张"))
        for _, facts in (EXAMPLES["individual"], EXAMPLES["team"])
    ]

    assert ["一、团队" in page for page in pages] == [False, True]
    assert all("（派出单位）" in page for page in pages)

"""What the database refuses of texts and of the papers printed with them, whoever asks: raw statements."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from agreements.enums import TextStatus
from agreements.models import AgreementPaper, AgreementText
from tests.agreements.wording.hands import laid, text
from tests.cast import Season
from tests.hands import during

pytestmark = pytest.mark.django_db


def refuses(name: str, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


def change(one: AgreementText, **values: object) -> Callable[[], object]:
    return lambda: AgreementText.objects.filter(pk=one.pk).update(**values)


def test_versions_of_a_year_have_no_gap_and_are_never_numbered_anew() -> None:
    refuses("text_versions_have_no_gap", lambda: text(4))
    refuses("text_versions_have_no_gap", lambda: text(2, year=2027))
    draft = text(3)
    refuses("text_versions_have_no_gap", change(draft, version=4))
    refuses("text_versions_have_no_gap", change(draft, year=2027))
    draft.delete()
    text(3)  # a draft that was thrown away leaves no gap behind


def test_of_two_versions_made_at_the_same_moment_one_stands(transactional_db: None) -> None:
    """Neither sees the other's row when it counts."""
    held = during(lambda: text(1, year=2027), lambda: text(1, year=2027, status=TextStatus.IN_FORCE))

    assert held == "text_version_once_a_year"


def test_one_text_is_in_force_in_a_year_and_one_is_drafted() -> None:
    refuses("one_text_in_force_a_year", lambda: text(3, status=TextStatus.IN_FORCE))
    text(3)
    refuses("one_draft_text_a_year", lambda: text(4))
    text(1, year=2027, status=TextStatus.IN_FORCE)


def test_the_moments_fit_the_state() -> None:
    draft = text(3)
    for values in ({"in_force_at": now()}, {"replaced_at": now()}, {"status": "in_force"}, {"status": "replaced"}):
        refuses("text_in_force_from_and_until", change(draft, **values))
    refuses("text_in_force_from_and_until", change(laid(), status="replaced", replaced_at=None))


def test_a_text_that_was_in_force_never_changes() -> None:
    held = laid()
    changes: list[dict[str, object]] = [
        {"opening": "改"}, {"clauses": []}, {"note": "改"}, {"status": "draft", "in_force_at": None},
    ]  # fmt: skip
    for values in changes:
        refuses("text_in_force_never_changes", change(held, **values))
    refuses("text_in_force_never_changes", held.delete)
    AgreementText.objects.filter(pk=held.pk).update(status="replaced", replaced_at=now())
    changes = [{"opening": "改"}, {"status": "in_force", "replaced_at": None}, {"replaced_at": now()}]
    for values in changes:
        refuses("text_in_force_never_changes", change(held, **values))


def test_a_paper_keeps_the_words_it_was_printed_with(season: Season) -> None:
    agreement = season.agreement(season.selected("P3"), season.h4, signed=False)
    draft, next_year = text(3), text(1, year=2027, status=TextStatus.IN_FORCE)
    paper = agreement.papers.create(version=1, token="a" * 32, sha256="", text=None)

    papers = AgreementPaper.objects.filter(pk=paper.pk)
    refuses("paper_is_printed_with_words_in_force", lambda: papers.update(text=draft))
    papers.update(text=laid())
    refuses("paper_keeps_its_words", lambda: papers.update(text=next_year))
    refuses("paper_keeps_its_words", lambda: papers.update(text=None))
    papers.update(pages=2)
    refuses(
        "paper_is_printed_with_words_in_force",
        lambda: agreement.papers.create(version=2, token="b" * 32, sha256="", text=draft),
    )

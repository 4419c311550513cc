import pytest

from core import citations, policy_docs, state_docs
from core.policy import CITATIONS, Citation


def test_the_articles_are_those_of_the_work_plan() -> None:
    assert policy_docs.articles() == [
        "一（一）", "一（二）", "一（三）", "二（一）", "二（二）", "二（三）", "三（一）", "三（二）", "三（三）",
        "四（一）", "四（二）", "四（三）", "四（四）", "五（一）", "五（二）", "五（三）", "六（一）", "六（二）", "六（三）",
    ]  # fmt: skip


def test_every_article_has_a_rule_or_a_reason_and_every_rule_a_test() -> None:
    text = policy_docs.text()

    assert "E-ONE-HOST" in text
    assert "`one_host_a_year`" in text


def test_a_rule_without_an_entry_of_the_pack_fails_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    stray = Citation("E-STRAY", ("R1",), None, "core.approvals", "may_take_step", "")
    monkeypatch.setattr(citations, "CITATIONS", [*CITATIONS, stray])

    with pytest.raises(policy_docs.Uncovered, match="E-STRAY"):
        policy_docs.text()


def test_an_article_without_rule_and_reason_fails_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_docs, "articles", lambda: ["七（一）"])

    with pytest.raises(policy_docs.Uncovered, match="七（一）"):
        policy_docs.text()


def test_the_diagrams_hold_every_move_of_the_tables() -> None:
    text = state_docs.text()

    tables = dict(enumerate(state_docs.tables()))
    assert {table.__name__ for _, table in tables.values()} >= {"AgreementStatus", "VisitStatus", "AssessmentStatus"}
    for _, table in tables.values():
        for state, after in table.moves.items():  # type: ignore[attr-defined]
            assert all(f"    {state} --> {to}\n" in text for to in after)

"""Every change to a team and its members happens here: pages, API and the roster wizard all call these."""

from specialists.teams.entries import MemberEntry
from specialists.teams.judging import case_typed, category_for, gap, judge, judge_team, missing
from specialists.teams.leading import enter_lead, let_lead_go
from specialists.teams.members import change_members, pass_on_lead, select_members
from specialists.teams.registering import (
    ACT,
    CONTENT,
    decide_team,
    discard_team,
    register_team,
    save_team,
    submit_team,
)

__all__ = [
    "ACT",
    "CONTENT",
    "MemberEntry",
    "case_typed",
    "category_for",
    "change_members",
    "decide_team",
    "discard_team",
    "enter_lead",
    "gap",
    "judge",
    "judge_team",
    "let_lead_go",
    "missing",
    "pass_on_lead",
    "register_team",
    "save_team",
    "select_members",
    "submit_team",
]

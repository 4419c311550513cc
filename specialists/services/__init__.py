"""Every change to a person, a registration or the provincial list happens here: pages, API, imports and tasks all call
these.
"""

from specialists.services.inviting import invite_to_account, link_account
from specialists.services.judging import judge, judge_case, missing
from specialists.services.people import (
    BY_REQUEST,
    PERSONAL,
    REVEALABLE,
    by_request,
    change_person,
    clean_id_number,
    columns_of,
    forget_if_unused,
    hold_or_enter,
    keep_details,
    label_of_detail,
    news_about,
    not_this_name,
    refuse_by_hand,
    reveal,
    tell_of_entry,
)
from specialists.services.provincial import (
    add_provincial_entry,
    affected_by,
    discard_provincial_entry,
    end_provincial_entry,
    listed_by_province,
)
from specialists.services.registering import (
    ACT,
    CONTENT,
    decide_registration,
    discard_registration,
    is_own,
    may_correct_number,
    register_people,
    register_specialist,
    save_registration,
    submit_registration,
)
from specialists.services.telling import institution_readers

__all__ = [
    "ACT",
    "BY_REQUEST",
    "CONTENT",
    "PERSONAL",
    "REVEALABLE",
    "add_provincial_entry",
    "affected_by",
    "by_request",
    "change_person",
    "clean_id_number",
    "columns_of",
    "decide_registration",
    "discard_provincial_entry",
    "discard_registration",
    "end_provincial_entry",
    "forget_if_unused",
    "hold_or_enter",
    "institution_readers",
    "invite_to_account",
    "is_own",
    "judge",
    "judge_case",
    "keep_details",
    "label_of_detail",
    "link_account",
    "listed_by_province",
    "may_correct_number",
    "missing",
    "news_about",
    "not_this_name",
    "refuse_by_hand",
    "register_people",
    "register_specialist",
    "reveal",
    "save_registration",
    "submit_registration",
    "tell_of_entry",
]

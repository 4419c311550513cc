"""The views of lists that people of the demonstration keep."""

from collections.abc import Mapping

from django.http import QueryDict

from accounts.lists.kinds import kinds
from accounts.lists.services import save_view
from accounts.models import Membership

# Whose, of which list, under which name, its query string, with which role it is shared.
VIEWS = (
    ("chen", "agreements", "待审核", "sort=due&status=submitted", "bureau_officer"),
    ("chen", "agreements", "60天内到期", "due=ending", "county_officer"),
    ("chen", "registrations", "直接聘请", "origin=direct_appointment", ""),
    ("liu", "agreements", "退回补正", "status=returned", "institution_clerk"),
    ("liu", "visits", "待确认的服务", "status=logged", ""),
)


def save_views(hats: Mapping[str, Membership]) -> None:
    for whose, key, name, query, shared_with in VIEWS:
        save_view(kinds()[key], QueryDict(query), name=name, by=hats[whose], shared_with=shared_with)

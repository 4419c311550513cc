"""Whatever a page does, a program may do by the same service."""

from datetime import date
from typing import Any

import time_machine

from accounts.matrix import matrix
from accounts.models import Institution, Invitation, Membership
from assessments.models import Campaign
from core.models import AuditEvent, Term
from specialists.enums import SpecialistStatus
from specialists.models import Specialist
from tests.accounts.test_units import NEW_INSTITUTION
from tests.cast import Season
from tests.hands import browser_of
from tests.specialists.test_changes import asked

# Acts that are a person's alone, and why.
OF_PEOPLE = {
    "": "signing in, a password, a personal link: nobody's program has a hat there",
    "agreement.print": "the one paper with a whole identity number",
}


def acts(*, of_programs: bool) -> set[str]:
    return {
        action
        for address in matrix().addresses.values()
        if address.name.startswith("api:") == of_programs
        for method, action in address.methods.items()
        if method != "GET"
    }


def test_what_a_page_does_a_program_may_do() -> None:
    assert acts(of_programs=False) - acts(of_programs=True) == set(OF_PEOPLE)


def program_of(hat: Membership) -> Any:
    browser = browser_of(hat)

    def ask(path: str, **body: Any) -> tuple[int, Any]:
        answer = browser.post(f"/api/v1/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()

    return ask


@time_machine.travel("2026-05-20 10:00+08:00", tick=False)
def test_what_had_pages_alone_is_done_over_the_interface(season: Season) -> None:
    """An institution with its first administrator, an account, a look at what is asked for, an alias, an assessment."""
    admin, manager = program_of(season.admin), program_of(season.manager)
    registration = season.selected("P1")

    status, unit = admin("organizations/institutions/", **NEW_INSTITUTION)
    assert (status, Institution.objects.filter(pk=unit["id"]).exists()) == (201, True)
    assert Invitation.objects.get(organization=unit["id"]).email == NEW_INSTITUTION["admin_email"]
    assert admin("organizations/institutions/", **NEW_INSTITUTION, tpye="x")[1]["findings"][0]["field"] == "tpye"

    Specialist.objects.filter(pk=registration.specialist_id).update(email="lizhe@example.org")
    status, invited = manager(f"registrations/{registration.pk}/invite/")
    assert (status, invited["role"], invited["email"]) == (201, "specialist", "lizhe@example.org")

    change = asked(registration.specialist, season.clerk)
    status, shown = manager(f"change-requests/{change.pk}/reveal/", reason="与卡面核对")
    assert (status, shown) == (200, {"number": change.field, "value": change.value})
    assert AuditEvent.objects.filter(verb="change.revealed", target_id=change.pk).exists()

    term = Term.objects.get(label="化工")
    word = term.aliases.create(word="精细化工品").word
    assert word not in admin(f"terms/{term.pk}/aliases/remove/", word=word)[1]["aliases"]
    assert admin(f"terms/{term.pk}/aliases/remove/", word=word)[0] == 422
    term.refresh_from_db()
    renamed = admin(f"terms/{term.pk}/rename/", label="石油化工", version=term.version)
    assert (renamed[0], "化工" in renamed[1]["aliases"]) == (200, True)
    assert admin(f"terms/{term.pk}/rename/", label="=1+1", version=term.version + 1)[0] == 422


@time_machine.travel("2027-01-20 10:00+08:00", tick=False)
def test_who_was_filed_late_is_listed_and_a_qualification_given_back_over_the_interface(season: Season) -> None:
    officer = program_of(season.officer)
    agreement = season.filed(season.selected("P1"), season.h4)
    campaign = Campaign.objects.create(
        year=2026,
        opens_on=date(2026, 12, 1),
        institution_due=date(2026, 12, 10),
        bureau_due=date(2026, 12, 25),
        pack=season.pack,
        opened_by=season.officer,
    )
    [listed] = officer(f"campaigns/{campaign.pk}/list/")[1]
    assert officer(f"campaigns/{campaign.pk}/list/") == (200, [])

    person = Specialist.objects.filter(pk=agreement.specialist_id)
    person.update(status=SpecialistStatus.REVOKED, revoked_on=date(2027, 1, 19))
    given_back = [officer(f"assessments/{listed['id']}/reinstate/", reason="复核后更正")[0] for _ in range(2)]
    assert (given_back, person.get().is_revoked) == ([200, 422], False)

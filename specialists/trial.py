"""Every registration ever handed in, judged once more by two packs, each with what was known on its own day."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from core.models import PolicyPack
from core.trial import Changed, Subject, differing
from specialists.enums import RegistrationStatus
from specialists.models import Registration
from specialists.queries import Case, Facts, all_listings, case_of
from specialists.services import judge_case

# A pack calls for one year: that a past season is not the called one any more says nothing about anybody.
NOT_TRIED = frozenset({"E-REG-YEAR"})


def changes(old: PolicyPack, new: PolicyPack) -> Iterator[Changed]:
    """What the packs say differently, registration by registration in the order of their days."""
    for registration, case, on in cases():
        before, after = (judge_case(case, on=on, pack=pack, deciding=True) for pack in (old, new))
        tried = (verdict for verdict in after if verdict.entry.code not in NOT_TRIED)
        yield from differing(_subject(registration), before, tried)


def cases() -> Iterator[tuple[Registration, Case, date]]:
    """All registrations the bureau has or had before it, with the day of each, from two statements."""
    listings = all_listings()
    selected: dict[tuple[int, str], set[int]] = defaultdict(set)
    rows = Registration.objects.handed_in().select_related("specialist", "institution__organization")
    rows = rows.defer("specialist__id_number", "specialist__mobile", "specialist__bank_account")
    for registration in sorted(rows, key=lambda one: (_day(one), one.pk)):
        case = case_of(registration)
        persons = selected[(case.year, registration.category)]
        known = Facts(listings=listings[case.digest], selected_before=len(persons))
        yield registration, replace(case, known=known), _day(registration)
        if registration.status in RegistrationStatus.on_the_plan:
            persons.add(registration.specialist_id)


def _day(registration: Registration) -> date:
    """The day on which it was judged."""
    day = registration.approved_on or registration.submitted_on
    assert day
    return day


def _subject(registration: Registration) -> Subject:
    unit = str(registration.institution) if registration.institution else "市科技局直接聘请"
    return Subject(
        name=registration.specialist.name,
        record=f"登记（{registration.get_category_display()}）",
        url=f"/specialists/{registration.pk}/",
        unit=unit,
        year=registration.year,
    )

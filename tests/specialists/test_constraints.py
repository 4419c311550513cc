"""What the database refuses by itself, whoever writes to it: each constraint met by a raw write."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from specialists.enums import Category, Form, Origin, PersonnelType, RegistrationStatus, SpecialistStatus
from specialists.models import ProvincialListEntry, Registration, Specialist
from tests.cast import MAY_12, Season, person


def refused(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


def test_a_person_stands_in_the_register_once(season: Season) -> None:
    lizhe = person("P1")
    lizhe.pk = None

    with refused("id_digest"), transaction.atomic():
        lizhe.save(force_insert=True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": SpecialistStatus.REVOKED}, id="revoked without its day"),
        pytest.param({"revoked_on": MAY_12}, id="a day without being revoked"),
    ],
)
def test_a_cancelled_qualification_has_its_day(season: Season, change: dict[str, Any]) -> None:
    person("P1")

    with refused("revoked_specialist_has_its_day"), transaction.atomic():
        Specialist.objects.update(**change)


def test_two_units_cannot_both_have_a_registration_with_the_bureau(season: Season) -> None:
    season.selected("P1", Category.ENTERPRISE)

    with refused("registered_once_a_year_form_and_category"), transaction.atomic():
        season.selected("P1", Category.ENTERPRISE, institution=season.u2)


def test_another_category_form_or_year_is_another_registration(season: Season) -> None:
    season.selected("P1", Category.ENTERPRISE)
    season.selected("P1", Category.BROKER)
    season.selected("P1", Category.ENTERPRISE, form=Form.TEAM)
    Registration.objects.filter(category=Category.BROKER).update(year=2025, category=Category.ENTERPRISE)

    assert Registration.objects.count() == 3


def draft(season: Season, **more: Any) -> Registration:
    return season.selected("P1", status=RegistrationStatus.DRAFT, approved_on=None, **more)


def test_one_unit_has_one_draft_or_registration_of_a_kind(season: Season) -> None:
    draft(season)

    with refused("registered_once_by_a_unit"), transaction.atomic():
        draft(season)
    with refused("registered_once_by_a_unit"), transaction.atomic():
        season.selected("P1")


def test_the_bureau_too_has_one_registration_of_a_kind(season: Season) -> None:
    draft(season, institution=None, origin=Origin.DIRECT_APPOINTMENT)

    with refused("registered_once_by_a_unit"), transaction.atomic():
        draft(season, institution=None, origin=Origin.DIRECT_APPOINTMENT)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"institution": None}, id="nominated by nobody"),
        pytest.param({"origin": Origin.DIRECT_APPOINTMENT}, id="directly appointed, and nominated"),
    ],
)
def test_a_registration_is_nominated_by_a_unit_or_appointed_without(season: Season, change: dict[str, Any]) -> None:
    season.selected("P1")

    with refused("registration_nominated_by_an_institution"), transaction.atomic():
        Registration.objects.update(**change)


@pytest.mark.parametrize("missing", ["submitted_on", "pack"])
def test_what_is_handed_in_has_its_day_and_its_pack(season: Season, missing: str) -> None:
    season.selected("P1", status=RegistrationStatus.SUBMITTED, approved_on=None)

    with refused("registration_submitted_with_day_and_pack"), transaction.atomic():
        Registration.objects.update(**{missing: None})


def test_nothing_is_handed_in_without_the_persons_consent(season: Season) -> None:
    season.selected("P1")

    with refused("registration_submitted_with_consent"), transaction.atomic():
        Registration.objects.update(consented_on=None)


@pytest.mark.parametrize(
    ("status", "approved_on"),
    [
        pytest.param(RegistrationStatus.APPROVED, None, id="approved without a day"),
        pytest.param(RegistrationStatus.SUBMITTED, MAY_12, id="a day without approval"),
    ],
)
def test_an_approval_has_its_day(season: Season, status: str, approved_on: date | None) -> None:
    season.selected("P1")

    with refused("registration_approved_with_its_day"), transaction.atomic():
        Registration.objects.update(status=status, approved_on=approved_on)


def test_nothing_is_approved_before_it_was_handed_in(season: Season) -> None:
    season.selected("P1")

    with refused("registration_approved_after_it_was_submitted"), transaction.atomic():
        Registration.objects.update(approved_on=date(2026, 5, 11))


def test_a_person_stands_once_on_the_provincial_list_of_a_year(season: Season) -> None:
    season.on_provincial_list("P2")

    with refused("on_the_provincial_list_once_a_year"), transaction.atomic():
        season.on_provincial_list("P2", valid_from=date(2026, 7, 1))


def test_a_listing_ends_after_it_starts(season: Season) -> None:
    season.on_provincial_list("P2")

    with refused("provincial_entry_ends_after_it_starts"), transaction.atomic():
        ProvincialListEntry.objects.update(valid_to=date(2025, 12, 31))


def test_a_person_with_a_registration_is_not_deleted(season: Season) -> None:
    season.selected("P1", personnel_type=PersonnelType.STAFF)

    with pytest.raises(ProtectedError):
        Specialist.objects.all().delete()


def test_a_past_registration_is_approved_and_knows_no_day_of_handing_in(season: Season) -> None:
    past = season.selected("P1", is_past=True, submitted_on=None, consented_on=None)

    with refused("past_registration_is_approved"), transaction.atomic():
        Registration.objects.filter(pk=past.pk).update(status=RegistrationStatus.DRAFT, approved_on=None)
    with refused("registration_submitted_with_day_and_pack"), transaction.atomic():
        Registration.objects.filter(pk=past.pk).update(pack=None)
    with refused("registration_submitted_with_consent"), transaction.atomic():
        Registration.objects.filter(pk=past.pk).update(is_past=False, submitted_on=MAY_12)

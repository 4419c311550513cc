"""R28, A6: the bureau appoints a specialist directly, up to their selection; no institution stands between."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.enums import Role
from accounts.models import Invitation, Membership
from core.policy import Refused
from specialists import services
from specialists.enums import Category
from specialists.models import Registration
from specialists.selection import bulk
from tests.cast import MAY_12, MAY_18, MAY_20, Season, member
from tests.hands import browser_of
from tests.specialists.acts import form_of, registered, submitted
from tests.specialists.test_pages import typed

NEED = "县域鸭梨冷链急需专家，暂无单位推荐。"


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def refusal(act: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        act()
    return [finding.code for finding in refused.value.findings]


def post(hat: Membership, path: str, form: dict[str, Any]) -> tuple[int, str]:
    response = browser_of(hat).post(path, form)
    return response.status_code, response.headers.get("Location") or response.content.decode()


def test_an_officer_appoints_a_person_and_the_bureau_selects_them_in_its_steps(season: Season) -> None:
    page = browser_of(season.officer).get("/specialists/new/").content.decode()
    assert ("直接聘请特派员" in page, 'name="appointment_note"' in page) == (True, True)

    status, where = post(
        season.officer, "/specialists/new/", typed(form_of("P1"), appointment_note=NEED, then="submit")
    )

    registration = Registration.objects.get()
    assert (status, where) == (302, f"/specialists/{registration.pk}/")
    assert (registration.origin, registration.institution, registration.status) == (
        "direct_appointment",
        None,
        "submitted",
    )
    assert NEED in browser_of(season.head).get(f"/specialists/{registration.pk}/review/").content.decode()
    services.decide_registration(registration, by=another(season), on=MAY_20, passed=True)
    selected = services.decide_registration(registration, by=season.head, on=MAY_20, passed=True)
    assert selected.status == "approved"


def another(season: Season) -> Membership:
    """An officer who did not write it."""
    return member("宋科员", Role.BUREAU_OFFICER, season.bureau, "song")


def test_an_appointment_without_its_need_is_kept_as_a_draft_and_not_handed_in(season: Season) -> None:
    draft = registered(form_of("P1"), season.officer)

    assert refusal(lambda: services.submit_registration(draft, by=season.officer, on=MAY_12)) == ["E-APPOINT"]
    services.save_registration(draft, by=season.officer, on=MAY_12, version=1, appointment_note=NEED)
    assert services.submit_registration(draft, by=season.officer, on=MAY_12).status == "submitted"


def test_a_broker_whom_the_bureau_appoints_needs_no_institution(season: Season) -> None:
    form = form_of("P4", Category.BROKER, appointment_note=NEED)

    assert submitted(form, season.officer).institution is None


def test_who_is_on_the_provincial_list_is_not_appointed_either(season: Season) -> None:
    season.on_provincial_list("P2")
    draft = registered(form_of("P2", appointment_note=NEED), season.officer)

    assert refusal(lambda: services.submit_registration(draft, by=season.officer, on=MAY_12)) == ["E-PROV"]


def test_the_bureau_touches_no_nomination_and_an_institution_no_appointment(season: Season) -> None:
    nominated = registered(form_of("P1"), season.clerk)
    appointed = registered(form_of("P3"), season.officer)

    for registration, hat in ((nominated, season.officer), (appointed, season.clerk)):
        change: dict[str, Any] = {"by": hat, "on": MAY_12}
        assert refusal(lambda r=registration, c=change: services.submit_registration(r, **c)) == ["E-PERM"]
        assert refusal(lambda r=registration, c=change: services.discard_registration(r, **c)) == ["E-PERM"]
        save = lambda r=registration, c=change: services.save_registration(r, **c, version=None, department="x")  # noqa: E731
        assert refusal(save) == ["E-PERM"]
    page = browser_of(season.officer).get(f"/specialists/{nominated.pk}/").content.decode()
    assert ("提交审核" in page, "删除草稿" in page) == (False, False)
    assert browser_of(season.officer).get(f"/specialists/{nominated.pk}/edit/").status_code == 302
    assert post(season.officer, f"/specialists/{nominated.pk}/submit/", {})[0] == 422


def test_an_institution_states_no_appointment(season: Season) -> None:
    status, _ = post(season.clerk, "/specialists/new/", typed(form_of("P1"), appointment_note=NEED))

    assert status == 302
    assert Registration.objects.get().appointment_note == ""
    with pytest.raises(IntegrityError, match="nominated_registration_states_no_appointment"), transaction.atomic():
        Registration.objects.update(appointment_note=NEED)


def test_an_appointed_persons_account_is_opened_by_the_administrator_of_the_bureau(season: Season) -> None:
    registration = submitted(form_of("P1", appointment_note=NEED), season.officer)
    services.decide_registration(registration, by=another(season), on=MAY_18, passed=True)
    registration = services.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    assert refusal(lambda: services.invite_to_account(registration, by=season.clerk)) == ["E-PERM"]
    services.invite_to_account(registration, by=season.admin)

    assert Invitation.objects.get(subject_id=registration.specialist_id).organization == season.bureau.organization


def test_who_registers_an_appointee_takes_no_step_of_the_review(season: Season) -> None:
    registration = submitted(form_of("P1", appointment_note=NEED), season.officer)
    desk = f"/specialists/{registration.pk}/review/"
    decide = {"version": registration.version, "decision": "pass"}

    own = browser_of(season.officer)
    assert "现由登记人以外的市科技局经办办理" in unescape(own.get(desk).content.decode())
    refused = own.post(desk, decide)
    assert (refused.status_code, "须由登记人以外的人员审核" in refused.content.decode()) == (422, True)
    [line] = bulk.preview(season.officer, on=MAY_18)
    assert ([one.code for one in line.findings], line.is_clean) == (["E-STEP"], False)

    assert browser_of(another(season)).post(desk, decide).status_code == 302
    assert services.decide_registration(registration, by=season.head, on=MAY_20, passed=True).status == "approved"


def test_an_appointment_through_the_interface(season: Season) -> None:
    client = Client()
    client.force_login(season.officer.person)
    body = {**form_of("P1"), "appointment_note": NEED}
    drafted = client.post("/api/v1/registrations/", body, content_type="application/json").json()

    assert (drafted["origin"], drafted["institution"], drafted["appointment_note"]) == (
        "direct_appointment",
        None,
        NEED,
    )
    handed_in = client.post(f"/api/v1/registrations/{drafted['id']}/submit/", content_type="application/json")
    assert handed_in.json()["status"] == "submitted"


def test_the_bureau_lists_whom_it_appointed_itself(season: Season) -> None:
    season.selected("P1")
    season.selected("P3", institution=None, origin="direct_appointment", appointment_note="重点产业需要")
    desk = browser_of(season.officer)

    page = desk.get("/specialists/?origin=direct_appointment").content.decode()

    assert "张昇" in page
    assert "李喆" not in page
    assert [one["name"] for one in desk.get("/api/v1/registrations/?origin=direct_appointment").json()] == ["张昇"]

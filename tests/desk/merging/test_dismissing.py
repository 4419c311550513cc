"""Two that look like one and are two: who said so, when and why; asked again only when more of them is alike."""

from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import Organization
from core.models import AuditEvent
from core.policy import Refused
from desk.merging import dismissing, people, queries
from desk.merging.models import Dismissal
from specialists.models import Specialist
from tests.cast import Season, person
from tests.desk.merging.test_hosts import twin
from tests.hands import at_once, browser_of, linger


def text(response: Any) -> str:
    return unescape(response.content.decode())


def twins(season: Season) -> tuple[Organization, Organization]:
    return season.h4.organization, twin(season)


def units() -> list[tuple[Organization, Organization]]:
    return [(pair.one, pair.other) for pair in queries.candidates()]


def dismissed(season: Season, one: Organization, other: Organization) -> Dismissal:
    return dismissing.dismiss(
        other, one, likeness=queries.likeness(other, one), by=season.officer, reason="各有营业执照。"
    )


def test_two_units_that_are_two_are_listed_no_more_until_more_of_them_is_alike(season: Season) -> None:
    first, second = twins(season)
    Organization.objects.filter(pk=second.pk).update(contact_phone="")
    second.refresh_from_db()
    assert units() == [(first, second)]

    said = dismissed(season, first, second)

    assert (said.one, said.other, said.alike, said.by) == (first, second, ["名称相同"], season.officer)
    assert units() == []
    # What only differs more is no news; a telephone that both have now is.
    Organization.objects.filter(pk=second.pk).update(address="工业街1号")
    assert units() == []
    Organization.objects.filter(pk__in=(first.pk, second.pk)).update(contact_phone="13900000009")
    first.refresh_from_db()
    second.refresh_from_db()
    assert units() == [(first, second)]
    again = dismissed(season, first, second)
    assert units() == []
    assert [*Dismissal.objects.standing()] == [again]
    with pytest.raises(Refused, match="已认定"):
        dismissed(season, first, second)


def test_two_people_of_one_name_who_are_two_are_listed_no_more_and_no_number_is_kept(season: Season) -> None:
    right, other = person("P1"), person("P2")
    Specialist.objects.filter(pk=other.pk).update(name=right.name, birth_date=right.birth_date)
    other.refresh_from_db()
    alike = people.likeness(right, other)
    assert len(people.candidates()) == 1

    said = dismissing.dismiss(right, other, likeness=alike, by=season.officer, reason="核对了两张身份证。")

    assert people.candidates() == []
    kept = f"{said.facts}{said.alike}"
    assert [number in kept for number in (right.id_number, right.mobile, str(right.birth_date))] == [False] * 3
    Specialist.objects.filter(pk=other.pk).update(mobile=right.mobile)
    [back] = people.candidates()
    assert back.reasons == ("姓名和出生日期相同", "姓名和手机号相同")


@pytest.mark.parametrize(
    ("names", "more"),
    [
        pytest.param("dismissal_is_of_one_pair", {"other_unit": None}, id="one unit alone"),
        pytest.param("dismissal_is_of_one_pair", "turned", id="a pair the wrong way round"),
        pytest.param("dismissal_has_a_reason", {"reason": ""}, id="without a reason"),
        pytest.param("dismissal_undone_by_and_at", {"undone_at": now()}, id="undone by nobody"),
        pytest.param("pair_of_units_dismissed_once", {}, id="twice"),
        pytest.param("pair_of_people_dismissed_once", "people", id="people twice"),
    ],
)
def test_the_database_refuses_what_cannot_be(season: Season, names: str, more: Any) -> None:
    first, second = twins(season)
    said = {"alike": [], "facts": [], "reason": "各有执照。", "by": season.officer}
    pair: dict[str, Any] = {"unit": first, "other_unit": second}
    if more == "turned":
        pair, more = {"unit": second, "other_unit": first}, {}
    elif more == "people":
        one, other = sorted((person("P1"), person("P2")), key=lambda who: who.pk)
        pair, more = {"person": one, "other_person": other}, {}
    if names.endswith("_once"):
        Dismissal.objects.create(**pair, **said)

    with pytest.raises(IntegrityError, match=names), transaction.atomic():
        Dismissal.objects.create(**{**pair, **said, **more})


def test_of_two_who_say_it_at_once_one_has_said_it(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = twins(lasting_season)
    linger(monkeypatch, dismissing, "facts_of")

    results = at_once(*[lambda: dismissed(lasting_season, first, second) and "done"] * 2)

    assert results == ["E-STATE", "done"]
    assert Dismissal.objects.count() == 1


def test_a_pair_is_dismissed_on_its_page_and_taken_back_on_the_list(season: Season) -> None:
    first, second = twins(season)
    officer = browser_of(season.officer)
    path = f"/merges/hosts/{first.pk}/{second.pk}/"
    assert "认定不是同一单位" in text(officer.get(path))

    wordless = officer.post(f"{path}dismiss/", {"two-reason": " "})
    assert (wordless.status_code, "认定理由" in text(wordless)) == (422, True)
    assert officer.post(f"{path}dismiss/", {"two-reason": "各有营业执照。"})["Location"] == "/merges/"

    page = text(officer.get("/merges/"))
    assert (path in page, "各有营业执照。" in page, "陈科员" in page) == (False, True, True)
    assert officer.post(f"{path}dismiss/", {"two-reason": "再说一次。"}).status_code == 422
    [said] = Dismissal.objects.standing()
    assert officer.post(f"/merges/dismissals/{said.pk}/undo/")["Location"] == "/merges/"
    assert path in text(officer.get("/merges/"))
    officer.post(f"/merges/dismissals/{said.pk}/undo/")
    assert "已经撤销" in text(officer.get("/merges/"))
    told = AuditEvent.objects.filter(verb__startswith="dismissal.").order_by("pk").values_list("verb", flat=True)
    assert [*told] == ["dismissal.made", "dismissal.undone"]


def test_programs_say_it_as_pages_do(season: Season) -> None:
    first, second = twins(season)
    officer, address = browser_of(season.officer), "/api/v1/merges/dismissals/"
    sent = {"kind": "units", "one": first.pk, "other": second.pk, "reason": "各有营业执照。"}

    def post(where: str, **more: Any) -> Any:
        return officer.post(where, {**sent, **more}, content_type="application/json")

    made = post(address)
    assert (made.status_code, made.json()["alike"]) == (201, ["名称相同", "联系电话相同"])
    assert post(address).status_code == 422
    assert post(address, other=first.pk).status_code == 422
    assert post(address, kind="people").status_code == 422
    assert [one["reason"] for one in officer.get(address).json()] == ["各有营业执照。"]
    assert post(f"{address}{made.json()['id']}/undo/").status_code == 200
    assert officer.get(address).json() == []
    assert post(f"{address}{made.json()['id']}/undo/").status_code == 422

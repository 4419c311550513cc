"""R2: a graduate student proves ability or results by files too, alone or in a team."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from core import audit
from core.models import StoredFile
from core.policy import Refused
from specialists import services as registering
from specialists import teams
from specialists.enums import Category
from specialists.models import Evidence, Registration, Team, TeamMember
from specialists.proving import services
from tests.cast import MAY_12, PDF, Season, scan
from tests.hands import browser_of, during
from tests.specialists.acts import form_of, registered
from tests.specialists.team_acts import drafted, entry, member_of

STUDENT: dict[str, Any] = {"personnel_type": "graduate", "graduates_on": date(2027, 6, 30)}


def student(season: Season, key: str = "P6") -> Registration:
    return registered(form_of(key, Category.ENTERPRISE, supervisor="孙教授", **STUDENT), season.clerk)


def team_of_students(season: Season) -> Team:
    return drafted(season, members=[entry("P8", is_leader=True), entry("P9"), entry("P10", **STUDENT)])


def upload(name: str = "论文首页.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="application/pdf")


def added(season: Season, owner: Registration | TeamMember, **more: Any) -> Evidence:
    given = {"by": season.clerk, "on": MAY_12, "title": "论文首页", "upload": upload(), **more}
    return services.add_evidence(owner, **given)


def codes(act: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [finding.code for finding in refusal.value.findings]


def warned(season: Season, record: Registration | Team) -> bool:
    judged = teams.judge_team(record, on=MAY_12) if isinstance(record, Team) else registering.judge(record, on=MAY_12)
    return any(verdict.finding for verdict in judged if verdict.entry.code == "W-GRAD")


def test_a_file_answers_what_the_plan_asks_of_a_student_alone_or_in_a_team(season: Season) -> None:
    alone, team = student(season), team_of_students(season)
    assert (warned(season, alone), warned(season, team)) == (True, True)

    first = added(season, alone)
    added(season, member_of(team, "P10"))

    assert (warned(season, alone), warned(season, team)) == (False, False)
    assert audit.history(first).last().verb == "evidence.added"  # type: ignore[union-attr]
    services.remove_evidence(first, by=season.clerk, on=MAY_12)
    assert warned(season, alone)
    assert StoredFile.objects.filter(purpose="graduate-evidence").count() == 2  # the bytes are kept
    assert codes(lambda: services.remove_evidence(first, by=season.clerk, on=MAY_12)) == ["E-STATE"]


def test_who_may_add_what_and_when(season: Season) -> None:
    alone, team = student(season), team_of_students(season)

    assert codes(lambda: added(season, alone, by=season.stranger)) == ["E-PERM"]
    assert codes(lambda: added(season, alone, by=season.officer)) == ["E-PERM"]
    assert codes(lambda: added(season, alone, title=" ")) == ["E-FIELD"]
    assert codes(lambda: added(season, member_of(team, "P9"))) == ["E-FIELD"]  # of the staff
    assert codes(lambda: added(season, alone, upload=upload(data=b"MZ")))
    for _ in range(services.MOST):
        added(season, alone)
    assert codes(lambda: added(season, alone)) == ["E-FIELD"]
    registering.submit_registration(alone, by=season.clerk, on=MAY_12)
    assert codes(lambda: services.remove_evidence(alone.evidence.all()[0], by=season.clerk, on=MAY_12)) == ["E-STATE"]
    other = student(season, "P7")
    added(season, other)
    registering.discard_registration(other, by=season.clerk, on=MAY_12)  # its files go with the draft
    assert Evidence.objects.filter(registration=None, member=None).count() == 0


@pytest.mark.parametrize(
    ("name", "columns"), [("evidence_is_of_one", {"registration": None}), ("evidence_has_its_title", {"title": ""})]
)
def test_the_database_refuses_what_cannot_be(season: Season, name: str, columns: dict[str, Any]) -> None:
    row = {"registration": student(season), "title": "论文", "file": scan(season.clerk), "added_by": season.clerk}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Evidence.objects.create(**{**row, **columns})


@pytest.mark.parametrize("kind", ["registration", "team"])
def test_what_is_handed_in_meanwhile_takes_no_more_files(lasting_season: Season, kind: str) -> None:
    if kind == "registration":
        alone = student(lasting_season)
        outcome = during(
            lambda: registering.submit_registration(alone, by=lasting_season.clerk, on=MAY_12),
            lambda: added(lasting_season, alone) and "done",
        )
    else:
        team = team_of_students(lasting_season)
        member = member_of(team, "P10")
        outcome = during(
            lambda: teams.submit_team(team, by=lasting_season.clerk, on=MAY_12),
            lambda: added(lasting_season, member) and "done",
        )

    assert outcome == "E-STATE"


def test_the_pages_and_the_interface_keep_show_and_remove_it(season: Season) -> None:
    with time_machine.travel(f"{MAY_12}T09:00:00+08:00", tick=False):
        alone, team = student(season), team_of_students(season)
        clerk, officer = browser_of(season.clerk), browser_of(season.officer)
        page, team_page = f"/specialists/{alone.pk}/evidence/", f"/specialists/teams/{team.pk}/evidence/"
        assert page in clerk.get(f"/specialists/{alone.pk}/").text
        assert team_page in clerk.get(f"/specialists/teams/{team.pk}/").text
        assert clerk.post(page, {"title": "论文首页"}).status_code == 422
        assert clerk.post(page, {"title": "论文首页", "file": upload()}).status_code == 302
        member = member_of(team, "P10").pk
        assert clerk.post(team_page, {"title": "专利", "file": upload(), "member": member}).status_code == 302
        api = f"/api/v1/registrations/{alone.pk}/evidence/"
        made = clerk.post(api, {"title": "导师意见", "file": upload()})
        unknown = clerk.post(f"/api/v1/teams/{team.pk}/evidence/", {"title": "专利", "file": upload(), "member": 0})
        assert (made.status_code, unknown.status_code) == (201, 422)
        shown = officer.get(page).text
        assert ("论文首页" in shown, "导师意见" in shown, 'name="file"' in shown) == (True, True, False)
        one = made.json()["id"]
        assert b"".join(officer.get(f"/specialists/evidence/{one}/")) == PDF
        assert browser_of(season.stranger).get(f"/specialists/evidence/{one}/").status_code == 404
        assert clerk.post(f"/specialists/evidence/{one}/remove/").status_code == 302
    assert [one.title for one in Evidence.objects.order_by("pk")] == ["论文首页", "专利"]

"""What hangs on somebody who leaves: shown before it is told, and to the bureau when it decides."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from accounts.models import Institution
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core.jinja import cdate
from specialists import queries as people
from specialists.enums import RegistrationStatus
from specialists.models import Specialist, Team


@dataclass(frozen=True)
class Effect:
    """One thing that hangs on the person; `then` says what becomes of it."""

    label: str
    words: str
    url: str
    then: str


Finder = Callable[[Specialist, Institution | None, date], list[Effect]]
_finders: list[Finder] = []


def finds_effects(finder: Finder) -> Finder:
    """Register what an app above knows of the person."""
    _finders.append(finder)
    return finder


def effects_of(person: Specialist, institution: Institution | None, *, on: date) -> list[Effect]:
    return [effect for finder in _finders for effect in finder(person, institution, on)]


@finds_effects
def agreements_of(person: Specialist, institution: Institution | None, on: date) -> list[Effect]:
    own = Agreement.objects.filter(specialist=person, institution=institution, team=None)
    rows = own.select_related("host__organization").order_by("pk")
    found = [
        Effect(
            f"协议 {paper}",
            f"{paper.host}，服务至{cdate(paper.service_end)}",
            paper.get_absolute_url(),
            f"已决定自{cdate(paper.terminated_on)}起终止；派驻单位会收到通知"
            if paper.terminated_on
            else "继续有效，由市科技局决定是否提前终止；派驻单位会收到通知",
        )
        for paper in rows.filter(status=AgreementStatus.FILED, service_end__gte=on)
    ]
    found += [
        Effect(f"协议 {paper}", "审核中", paper.get_absolute_url(), "由市科技局审核时决定")
        for paper in rows.filter(status=AgreementStatus.SUBMITTED)
    ]
    drafts = rows.filter(status__in=AgreementStatus.editable).count()
    page = reverse("agreements:list")
    return [*found, *([Effect("协议草稿", f"{drafts}份", page, "自离开之日起不能提交")] if drafts else [])]


@finds_effects
def teams_of(person: Specialist, institution: Institution | None, on: date) -> list[Effect]:
    """R5: a team that falls below its least number has to replace."""
    inside = Team.objects.filter(institution=institution, members__specialist=person, members__left_on=None)
    found = []
    for team in inside.select_related("pack").order_by("pk"):
        if team.pack is None or team.status != RegistrationStatus.APPROVED:
            continue
        least = team.pack.entry("E-TEAM-SIZE").params["min"]
        members = people.members_of(team)
        leads = any(one.is_leader and one.specialist_id == person.pk for one in members)
        then = "在“成员变更”中办理退出" if len(members) > least else f"低于{least}人，须更换成员"
        words = f"现有成员{len(members)}人，离开后{len(members) - 1}人" + ("；由其担任负责人" if leads else "")
        found.append(Effect(f"团队“{team.name}”", words, reverse("specialists:team-detail", args=[team.pk]), then))
    return found

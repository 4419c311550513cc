"""进度: on the phone, one card per live agreement with what to do now, then service, subsidy and what is to be done."""

from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import ExtractQuarter
from django.urls import reverse

from accounts.models import Membership
from agreements.amending.effective import visits_promised
from agreements.enums import AgreementStatus
from agreements.progress import NOTHING_TO_DO, Standing, ended_on, my_agreements
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment
from core.jinja import money, shortdate
from core.models import PolicyPack
from desk.figures import rows
from funding.enums import ClaimStatus
from funding.models import Claim
from specialists import teams
from specialists.models import Specialist, Suspension, Team, TeamMember
from visits.enums import VisitStatus
from visits.models import Visit
from visits.queries import agreements_between, telling

QUARTERS = ("", "第一季度", "第二季度", "第三季度", "第四季度")
ENDED = ("ended", "bad")
SHOWN = 5


def home(hat: Membership, on: date) -> tuple[str, dict[str, Any]]:
    standings = my_agreements(hat, on=on)
    live = [one for one in standings if one.tone not in ENDED]
    person = getattr(hat.person, "specialist", None)
    serving = [one for one in live if one.agreement.status == AgreementStatus.FILED]
    context = {
        "standings": live,
        "category": _category(standings),
        "ended": _ended(standings, on=on),
        "revocation": _revocation(hat, person, on=on) if person and person.revoked_on else None,
        "suspension": Suspension.objects.visible_to(hat).not_over(on).order_by("from_on").first(),
        "service": _service(hat, person, serving, on=on),
        "subsidies": _subsidies(hat, on=on),
        "short": _short_teams(hat, on=on),
        "todo": _to_do(hat),
        "year": on.year,
    }
    return "desk/specialist.html", context


def _category(standings: list[Standing]) -> str:
    """农业科技特派员: of the newest agreement; nothing before there is one."""
    newest = max(standings, key=lambda one: one.agreement.pk, default=None)
    return f"{newest.agreement.registration.get_category_display()}科技特派员" if newest else "科技特派员"


def _ended(standings: list[Standing], *, on: date) -> list[dict[str, Any]]:
    """What was over in this year, the latest first, each with its day and its reason."""
    over = [(day, one) for one in standings if (day := ended_on(one.agreement, on=on)) and day.year == on.year]
    return [
        {
            "title": f"{one.agreement.host or '派驻单位未填写'}　{one.agreement}",
            "detail": one.need.sentence.removeprefix(NOTHING_TO_DO),
            "word": one.word,
            "tone": one.tone,
            "url": one.agreement.get_absolute_url(),
        }
        for day, one in sorted(over, key=lambda item: item[0], reverse=True)
    ]


def _revocation(hat: Membership, person: Specialist, *, on: date) -> dict[str, Any]:
    """五（一）: the day, the result that took the qualification, the article."""
    entry = PolicyPack.in_force(on=on).entry("E-REVOKED")
    results = Assessment.objects.visible_to(hat).filter(
        specialist=person, grade=Grade.UNQUALIFIED, decided_on=person.revoked_on
    )
    return {
        "day": person.revoked_on,
        "article": entry.article,
        "result": results.select_related("campaign").order_by("pk").last(),
    }


def _service(hat: Membership, person: Specialist | None, serving: list[Standing], *, on: date) -> dict[str, Any]:
    """Confirmed visits of the year beside the goal; visits still to be confirmed are told, not counted."""
    year = Visit.objects.visible_to(hat).filter(date__year=on.year)
    done = year.aggregate(
        visits=Count("pk", filter=Q(status=VisitStatus.CONFIRMED)),
        open=Count("pk", filter=Q(status=VisitStatus.LOGGED)),
        trainings=Sum("trainings", filter=Q(status=VisitStatus.CONFIRMED), default=0),
    )
    goal = visits_promised((one.agreement for one in serving), on=on)
    span = telling(person, on=on) if person else None
    rests = span is not None and not span.of_today
    earlier = person and span and rests and span.last and agreements_between(person, span.first, span.last)
    return {
        "figures": [
            {
                "value": done["visits"],
                "label": "已确认 / 次",
                "url": rows("visits:list", status="confirmed", year=on.year),
            },
            {"value": goal or "—", "label": "年度目标 / 次"},
            {"value": done["trainings"], "label": "培训 / 场"},
        ],
        "done": done["visits"],
        "goal": goal,
        "open": done["open"],
        "open_url": rows("visits:list", status="logged", year=on.year),
        "may_log": bool(serving) and not rests,
        "until": span.last if span and earlier else None,  # who rests today may still tell of the days before
    }


def _subsidies(hat: Membership, *, on: date) -> list[dict[str, Any]]:
    """By quarter of service: how much, for how many trips, and whether it has been paid."""
    claims = Claim.objects.visible_to(hat).filter(service_date__year=on.year).exclude(status=ClaimStatus.REVERSED)
    quarters = (
        claims.values(quarter=ExtractQuarter("service_date"))
        .annotate(
            trips=Count("pk"),
            fen=Sum("amount_fen"),
            least=Min("amount_fen"),
            most=Max("amount_fen"),
            unpaid=Count("pk", filter=~Q(status=ClaimStatus.PAID)),
            paid_on=Max("batch__approved_on"),
        )
        .order_by("-quarter")
    )
    return [
        {
            "title": f"{QUARTERS[row['quarter']]}补助",
            "detail": f"{row['trips']} 次"
            + (f" × {money(row['most'])} 元" if row["least"] == row["most"] else "下基层服务"),
            "value": f"{money(row['fen'])} 元",
            "word": f"{row['unpaid']} 次核算中" if row["unpaid"] else f"{shortdate(row['paid_on'])}已发放",
            "tone": "wait" if row["unpaid"] else "ok",
        }
        for row in quarters
    ]


def _short_teams(hat: Membership, *, on: date) -> list[dict[str, str]]:
    """R5: what the team that this person leads says of itself while it is short of a member; its unit finds another."""
    led = TeamMember.objects.current().filter(specialist__user=hat.person_id, is_leader=True)
    mine = Team.objects.visible_to(hat).short_handed().filter(pk__in=led.values("team")).select_related("pack")
    found = [(team, teams.gap(team, on=on)) for team in mine.order_by("pk")[:SHOWN]]
    return [
        {"title": team.name, "detail": finding.message, "url": reverse("specialists:team-detail", args=[team.pk])}
        for team, finding in found
        if finding
    ]


def _to_do(hat: Membership) -> list[dict[str, str]]:
    """What the host disputes is corrected by the specialist; a result that has come is there to be read."""
    disputed = Visit.objects.visible_to(hat).filter(status=VisitStatus.DISPUTED)
    items = [
        {
            "icon": "alert-triangle",
            "title": f"更正{shortdate(row['date'])}的服务记录",
            "detail": row["host_opinion"],
            "url": reverse("visits:detail", args=[row["id"]]),
        }
        for row in disputed.values("id", "date", "host_opinion").order_by("date")[:SHOWN]
    ]
    results = Assessment.objects.visible_to(hat).filter(status=AssessmentStatus.FINAL)
    items += [
        {
            "icon": "clipboard-check",
            "title": f"查看{row['campaign__year']}年度考核结果",
            "detail": f"{shortdate(row['decided_on'])}审定，如有异议可联系派出单位",
            "url": reverse("assessments:detail", args=[row["id"]]),
        }
        for row in results.values("id", "campaign__year", "decided_on").order_by("-campaign__year")[:2]
    ]
    return items

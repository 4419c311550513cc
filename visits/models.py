from collections.abc import Sequence
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.enums import Role
from accounts.models import District, Membership, in_county
from agreements.models import Agreement
from core.links import PersonalLink
from core.models import StoredFile
from specialists.models import Specialist
from visits.enums import Mode, Rating, VisitStatus


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, membership: Membership) -> Self:
        """Whoever sees the agreement sees its visits; a county those at its hosts."""
        role = membership.role
        if role in Role.sees_everything:
            return self
        if role in Role.institution:
            return self.filter(agreement__institution=membership.organization_id)
        if role == Role.COUNTY_OFFICER:
            return self.filter(in_county(membership.district_id, path="agreement__host__organization__district"))
        if role == Role.HOST_CONTACT:
            return self.filter(agreement__host=membership.organization_id)
        if role == Role.SPECIALIST:
            mine = Agreement.objects.visible_to(membership)
            return self.filter(agreement__in=mine.values("pk"))
        return self.none()

    def with_who(self) -> Self:
        """With all that `Visit.who` reads, in one question beside their own."""
        came = VisitAttendance.objects.select_related("specialist")
        return self.select_related("agreement__team").prefetch_related(models.Prefetch("attendances", came))

    def confirmed(self) -> Self:
        return self.filter(status=VisitStatus.CONFIRMED)


class Visit(models.Model):
    """One going to the grassroots (下基层一次): who came is in its attendances, one per person (A20)."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="visits", verbose_name="协议")
    date = models.DateField("服务日期")
    days = models.PositiveSmallIntegerField("服务天数", default=1)
    mode = models.CharField("方式", max_length=10, choices=Mode, default=Mode.ONSITE)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, verbose_name="县（市、区）")
    place = models.CharField("地点", max_length=100, blank=True)
    activities = models.JSONField("服务类型", default=list)  # codes of the pack's list for the category (R8–R10, R45)
    content = models.TextField("服务内容")
    outcome = models.TextField("成效", blank=True)
    trainings = models.PositiveSmallIntegerField("培训场次", default=0)
    trained = models.PositiveIntegerField("培训人数", default=0)
    photo = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField("状态", max_length=12, choices=VisitStatus, default=VisitStatus.LOGGED)
    logged_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    logged_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_name = models.CharField("确认人", max_length=30, blank=True)
    rating = models.CharField("评价", max_length=12, choices=Rating, blank=True)
    host_opinion = models.TextField("派驻单位意见", blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = VisitQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["agreement", "-date"], name="visits_of_an_agreement")]
        constraints = [
            models.CheckConstraint(
                name="visit_lasts_a_day_at_least",
                condition=Q(days__gte=1),
                violation_error_message="每次服务不少于1个工作日。",
            ),
            models.CheckConstraint(
                name="visit_confirmed_by_somebody",
                condition=Q(status=VisitStatus.CONFIRMED, confirmed_at__isnull=False) & ~Q(confirmed_name="")
                | ~Q(status=VisitStatus.CONFIRMED) & Q(confirmed_at=None, confirmed_name=""),
                violation_error_message="已确认的服务须同时有确认人和确认时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"V-{self.pk}"

    @property
    def came(self) -> list[str]:
        """The names of those who came; without a question of a row `with_who`."""
        return [one.specialist.name for one in sorted(self.attendances.all(), key=lambda one: one.pk)]

    @property
    def who_came(self) -> str:
        """By name; of a team several."""
        return "、".join(self.came)

    @property
    def who(self) -> str:
        team = self.agreement.team
        return in_words(self.came, team.name if team else None)


def in_words(came: Sequence[str], team: str | None) -> str:
    """Who came, as lists and workbooks say it: never whom the agreement names, who leads a team and may not have come."""
    return f"{team}：{'、'.join(came)}" if team else "、".join(came)


class VisitAttendance(models.Model):
    """One person at one visit: what a claim hangs on."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="attendances")
    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="attendances")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "specialist"], name="each_person_once_at_a_visit"),
        ]

    def __str__(self) -> str:
        return f"{self.visit} {self.specialist}"


class ConfirmationLink(PersonalLink):
    """The host's personal way to confirm a visit without an account: a link, then a one-time code sent to its address."""

    purpose = "confirmation"

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="links")
    asked_on = models.DateField("申请重新发送的日期", null=True, blank=True)  # None: sent with what was told

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "asked_on"],
                condition=Q(asked_on__isnull=False),
                name="confirmation_asked_again_once_a_day",
                violation_error_message="确认链接每天只能重新发送一次。",
            )
        ]

    def __str__(self) -> str:
        return f"确认链接 {self.visit}"

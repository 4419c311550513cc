"""How a year's selection comes about: the call for nominations, the list by which the bureau selects, the objections."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Institution, Membership
from core.crypto import EncryptedTextField
from core.models import PolicyPack, StoredFile
from specialists.enums import (
    CallStatus,
    Category,
    Channel,
    Conclusion,
    Form,
    ListStatus,
    RegistrationStatus,
    state_of_list,
)
from specialists.models import Registration, Team


class SelectionCallQuerySet(models.QuerySet["SelectionCall"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau sees its drafts; the other offices and the institutions what was published."""
        if membership.role in Role.bureau:
            return self
        if membership.role in (*Role.sees_everything, *Role.institution):
            return self.published()
        return self.none()

    def published(self) -> Self:
        return self.filter(status=CallStatus.PUBLISHED)

    def asking_for(self, *, year: int, category: str, form: str) -> Self:
        return self.published().filter(year=year, categories__contains=[category], forms__contains=[form])


class SelectionCall(models.Model):
    """推荐通知: from when to when institutions nominate whom."""

    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("名称", max_length=100)
    text = models.TextField("内容", blank=True)
    opens_on = models.DateField("受理开始日期")
    closes_on = models.DateField("受理截止日期")  # the last day, included
    categories = ArrayField(models.CharField(max_length=20, choices=Category), verbose_name="类别")
    forms = ArrayField(models.CharField(max_length=12, choices=Form), verbose_name="形式")
    attachment = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="附件"
    )
    status = models.CharField("状态", max_length=10, choices=CallStatus, default=CallStatus.DRAFT)
    published_on = models.DateField("发布日期", null=True, blank=True)
    published_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = SelectionCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="call_closes_after_it_opens",
                condition=Q(closes_on__gte=F("opens_on")),
                violation_error_message="受理截止日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="call_asks_for_somebody",
                condition=Q(categories__len__gt=0, forms__len__gt=0),
                violation_error_message="推荐通知须至少包括一个类别和一种形式。",
            ),
            models.CheckConstraint(
                name="call_published_by_whom_and_when",
                condition=Q(status=CallStatus.PUBLISHED, published_on__isnull=False, published_by__isnull=False)
                | Q(status=CallStatus.DRAFT, published_on=None, published_by=None),
                violation_error_message="发布推荐通知须同时记录日期和办理人。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def categories_in_words(self, codes: list[str]) -> str:
        return "、".join(Category(code).label for code in codes)

    def forms_in_words(self, codes: list[str]) -> str:
        return "、".join(Form(code).label for code in codes)


class LateAdmission(models.Model):
    """补报: what the bureau lets in after a call was closed: all of an institution's, or one registration or team."""

    call = models.ForeignKey(SelectionCall, models.PROTECT, related_name="late_admissions", verbose_name="推荐通知")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", verbose_name="派出单位")
    registration = models.ForeignKey(
        Registration, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="登记"
    )  # a draft may still be thrown away
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="团队")
    reason = models.CharField("补报理由", max_length=500)
    until = models.DateField("补报截止日期")
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="受理人")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="late_admission_says_why",
                condition=~Q(reason=""),
                violation_error_message="受理补报须写明理由。",
            ),
            models.CheckConstraint(
                name="late_admission_is_for_one",
                condition=Q(registration=None) | Q(team=None),
                violation_error_message="补报针对一份登记、一个团队或整个单位。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call}　{self.institution}"


class SelectionListQuerySet(models.QuerySet["SelectionList"]):
    def visible_to(self, membership: Membership) -> Self:
        """The offices see all; an institution a list that was made public and names its own people."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            own = SelectionEntry.objects.of_unit(membership.organization_id)
            return self.filter(status__in=ListStatus.public, pk__in=own.values("selection_list"))
        return self.none()

    def on_notice(self, *, on: date) -> Self:
        """What everybody may read without signing in: the day decides, closing the record only follows."""
        return self.filter(status=ListStatus.NOTICE, notice_from__lte=on, notice_until__gte=on)


class SelectionList(models.Model):
    """拟选派名单: one batch of a year, from its composition to its announcement."""

    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveSmallIntegerField("批次")
    title = models.CharField("名称", max_length=100)
    status = models.CharField("状态", max_length=10, choices=ListStatus, default=ListStatus.DRAFT)
    pack = models.ForeignKey(PolicyPack, models.PROTECT, related_name="+")  # the one in force when it was composed
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="拟定人")
    created_at = models.DateTimeField(auto_now_add=True)
    approved_on = models.DateField("审批通过日期", null=True, blank=True)
    notice_from = models.DateField("公示开始日期", null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField("公示工作日", null=True, blank=True)
    notice_until = models.DateField("公示截止日期", null=True, blank=True)  # the last day, included
    notice_contact = models.CharField("受理异议的联系方式", max_length=200, blank=True)
    closed_on = models.DateField("公示结束日期", null=True, blank=True)
    closed_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    closing_note = models.TextField("公示情况", blank=True)
    document_number = models.CharField("公布文号", max_length=60, blank=True)
    # Recorded with another list's number, before that was refused; mended by a correction.
    shares_number = models.BooleanField("文号重复", default=False, db_default=False, editable=False)
    announced_on = models.DateField("成文日期", null=True, blank=True)
    announced_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    announcement = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="公布文件"
    )
    version = models.PositiveIntegerField(default=1)

    objects = SelectionListQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "number"],
                name="list_numbered_once_a_year",
                violation_error_message="该年度已有这一批次的名单。",
            ),
            models.CheckConstraint(
                name="list_approved_with_its_day",
                condition=Q(status__in=ListStatus.approved_once, approved_on__isnull=False)
                | (~Q(status__in=ListStatus.approved_once) & Q(approved_on=None)),
                violation_error_message="名单审批通过须同时记录日期。",
            ),
            models.CheckConstraint(
                name="notice_has_its_days",
                condition=Q(
                    status__in=ListStatus.public,
                    notice_from__isnull=False,
                    notice_until__isnull=False,
                    notice_days__gt=0,
                )
                | (~Q(status__in=ListStatus.public) & Q(notice_from=None, notice_until=None, notice_days__isnull=True)),
                violation_error_message="公示须有开始日期、工作日数和截止日期。",
            ),
            models.CheckConstraint(
                name="notice_follows_its_approval",
                condition=Q(notice_from=None)
                | Q(notice_from__gte=F("approved_on"), notice_until__gte=F("notice_from")),
                violation_error_message="公示应在名单审批通过之后开始，截止日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="notice_closed_with_who_and_when",
                condition=Q(
                    status__in=(ListStatus.CLOSED, ListStatus.ANNOUNCED),
                    closed_on__isnull=False,
                    closed_by__isnull=False,
                )
                | (
                    ~Q(status__in=(ListStatus.CLOSED, ListStatus.ANNOUNCED))
                    & Q(closed_on=None, closed_by=None, closing_note="")
                ),
                violation_error_message="公示结束须同时记录日期和办理人。",
            ),
            models.CheckConstraint(
                name="notice_closed_after_its_last_day",
                condition=Q(closed_on=None) | Q(closed_on__gt=F("notice_until")),
                violation_error_message="公示期满后才能结束公示。",
            ),
            models.CheckConstraint(
                name="announced_with_its_document",
                condition=Q(
                    status=ListStatus.ANNOUNCED,
                    announced_on__isnull=False,
                    announced_by__isnull=False,
                    announcement__isnull=False,
                )
                & ~Q(document_number="")
                | (
                    ~Q(status=ListStatus.ANNOUNCED)
                    & Q(announced_on=None, announced_by=None, announcement=None, document_number="")
                ),
                violation_error_message="公布须有文号、成文日期和公布文件。",
            ),
            models.UniqueConstraint(
                fields=["document_number"],
                condition=~Q(document_number="") & Q(shares_number=False),
                name="number_stands_for_one_announcement",
                violation_error_message="这一文号已登记为另一份名单的公布文件。",
            ),
            models.CheckConstraint(
                name="announced_after_the_notice",
                condition=Q(announced_on=None) | Q(announced_on__gt=F("notice_until")),
                violation_error_message="成文日期应在公示期满之后。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def state(self, on: date) -> tuple[str, str]:
        return state_of_list(self.status, self.notice_from, on)

    def is_on_view(self, on: date) -> bool:
        """From the first day of its notice; until then its approval may be called back."""
        return self.notice_from is not None and self.notice_from <= on

    @property
    def name_in_full(self) -> str:
        """2026年度第1批"""
        return f"{self.year}年度第{self.number}批"


class SelectionEntryQuerySet(models.QuerySet["SelectionEntry"]):
    def visible_to(self, membership: Membership) -> Self:
        """The offices see all; an institution its own, once the list was public."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.of_unit(membership.organization_id).filter(selection_list__status__in=ListStatus.public)
        return self.none()

    def of_unit(self, organization_id: int) -> Self:
        return self.filter(Q(registration__institution=organization_id) | Q(team__institution=organization_id))

    def standing(self) -> Self:
        """Not taken out."""
        return self.filter(removed_on=None)

    def in_order(self) -> Self:
        """As the list is printed: individuals by category and unit, then the teams."""
        return self.select_related(
            "registration__specialist",
            "registration__pack",
            "registration__institution__organization",
            "team__pack",
            "team__institution__organization",
        ).order_by(
            F("team").asc(nulls_first=True),
            "registration__category",
            F("registration__institution__organization__name").asc(nulls_last=True),
            "pk",
        )


class SelectionEntry(models.Model):
    """One person or one team on a list; who was taken out stays in it with the reason."""

    selection_list = models.ForeignKey(SelectionList, models.PROTECT, related_name="entries", verbose_name="名单")
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="登记"
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="团队")
    removed_on = models.DateField("移出日期", null=True, blank=True)
    removed_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    removed_reason = models.CharField("移出原因", max_length=500, blank=True)

    objects = SelectionEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="entry_is_a_person_or_a_team",
                condition=Q(registration__isnull=False, team=None) | Q(registration=None, team__isnull=False),
                violation_error_message="名单的一行是一名个人或一个团队。",
            ),
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(removed_on=None),
                name="person_stands_on_one_list",
                violation_error_message="该登记已在一份拟选派名单中。",
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(removed_on=None),
                name="team_stands_on_one_list",
                violation_error_message="该团队已在一份拟选派名单中。",
            ),
            models.CheckConstraint(
                name="entry_removed_by_whom_when_and_why",
                condition=Q(removed_on=None, removed_by=None, removed_reason="")
                | Q(removed_on__isnull=False, removed_by__isnull=False) & ~Q(removed_reason=""),
                violation_error_message="移出名单须记录日期、办理人和原因。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.team.name if self.team else self.registration and self.registration.specialist)

    @property
    def record(self) -> Registration | Team:
        record = self.registration or self.team
        assert record
        return record

    @property
    def is_settled(self) -> bool:
        """Whether its own record has left 拟选派: selected, or declined."""
        return self.record.status != RegistrationStatus.PROPOSED


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, which handles them, and who supervises it: nobody else learns who objected."""
        return self if membership.role in (*Role.bureau, Role.AUDITOR) else self.none()

    def open(self) -> Self:
        return self.filter(conclusion="")


class Objection(models.Model):
    """公示异议: what somebody holds against a list or a name on it, and what came of it."""

    selection_list = models.ForeignKey(SelectionList, models.PROTECT, related_name="objections", verbose_name="名单")
    entry = models.ForeignKey(
        SelectionEntry, models.PROTECT, null=True, blank=True, related_name="objections", verbose_name="涉及人选"
    )  # None: about the list as a whole
    received_on = models.DateField("收到日期")
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    is_anonymous = models.BooleanField("匿名", default=False)
    sender = EncryptedTextField("异议人", blank=True)
    contact = EncryptedTextField("联系方式", blank=True)
    content = models.TextField("异议内容")
    files = models.ManyToManyField(StoredFile, related_name="+", blank=True, verbose_name="材料")
    received_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="登记人")
    handling = models.TextField("核查情况", blank=True)
    conclusion = models.CharField("办理结论", max_length=10, choices=Conclusion, blank=True)
    concluded_on = models.DateField("办结日期", null=True, blank=True)
    concluded_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="objection_concluded_by_whom_and_when",
                condition=Q(conclusion="", concluded_on=None, concluded_by=None)
                | (~Q(conclusion="") & ~Q(handling="") & Q(concluded_on__isnull=False, concluded_by__isnull=False)),
                violation_error_message="异议办结须有核查情况、结论、日期和办理人。",
            ),
            models.CheckConstraint(
                name="objection_concluded_after_it_came",
                condition=Q(concluded_on=None) | Q(concluded_on__gte=F("received_on")),
                violation_error_message="办结日期不能早于收到日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.selection_list}　异议{self.pk}"

from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership
from agreements.enums import Authority, Party
from core.links import PersonalLink
from core.models import StoredFile


class SigningLink(PersonalLink):
    """What a party was sent to sign by, and the evidence of how it did: which mailbox, which moment, from where."""

    purpose = "signing"

    agreement = models.ForeignKey("agreements.Agreement", models.CASCADE, related_name="signing_links")
    party = models.CharField("签署方", max_length=12, choices=Party)
    version = models.PositiveIntegerField("协议书版本")  # when it was sent; what is signed is the one that was read
    sent_to = models.CharField("发送至", max_length=120)  # masked
    sent_on = models.DateField("发送日期")
    sent_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="发送人")
    ip = models.GenericIPAddressField("来源地址", null=True, blank=True)  # of its use

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "party", "version", "sent_on"],
                name="one_signing_link_a_day",
                violation_error_message="今天已经提醒过这一方，明天可以再次提醒。",
            ),
        ]

    def __str__(self) -> str:
        return f"签署链接 {self.agreement_id} {self.get_party_display()}"


class SigningRefusalQuerySet(models.QuerySet["SigningRefusal"]):
    def standing(self) -> Self:
        """Those of the paper as it now reads; a party that signs after all, takes its word back."""
        return self.filter(version=models.F("agreement__version"))


class SigningRefusal(models.Model):
    """拒签: a party will not sign this version of the paper, and why."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="refusals")
    party = models.CharField("签署方", max_length=12, choices=Party)
    version = models.PositiveIntegerField("协议书版本")
    name = models.CharField("拒签人", max_length=30)
    reason = models.TextField("拒签原因")
    link = models.OneToOneField(SigningLink, models.PROTECT, null=True, blank=True, related_name="refusal")
    recorded_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    refused_on = models.DateField("拒签日期")
    at = models.DateTimeField(auto_now_add=True)

    objects = SigningRefusalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="refusal_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="拒签须写明原因。",
            ),
            models.CheckConstraint(
                name="refused_by_link_or_recorded",
                condition=Q(link=None, recorded_by__isnull=False) | Q(link__isnull=False, recorded_by=None),
                violation_error_message="拒签由签署方在线提出，或由派出单位登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()} 拒签"


class VoidSignature(models.Model):
    """A signature that a later change took the ground from: as it was, and which change it was."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="void_signatures")
    party = models.CharField("签署方", max_length=12, choices=Party)
    signer = models.CharField("签署人", max_length=30)
    signed_on = models.DateField("签署日期")
    authority = models.CharField("签署身份", max_length=10, choices=Authority, blank=True)
    letter = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    link = models.OneToOneField(SigningLink, models.PROTECT, null=True, blank=True, related_name="void_signature")
    changed = models.JSONField("变更内容")  # names of fields.VOIDS
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.signer}（已失效）"

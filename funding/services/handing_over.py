"""Batches that only their maker may hand in go to a colleague when the maker leaves."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.leaving import Work, finds_work
from accounts.models import Membership
from core import audit
from funding.enums import BatchStatus
from funding.models import PaymentBatch, ReversalRequest
from funding.services.common import shown


@finds_work
def batches_of(hat: Membership, on: date) -> list[Work]:
    """A draft waits for its maker (E-TWO-PEOPLE); what is handed in waits for anybody else of the institution."""
    page = reverse("funding:batches")
    submitted = PaymentBatch.objects.filter(made_by=hat, status=BatchStatus.SUBMITTED).count()
    return [
        Work("未提交的发放批次", _unsent(hat).count(), page, "须由制表人提交复核", hand_over_batches),
        Work("待复核的发放批次", submitted, page, "由本单位其他人员复核，不受影响"),
        Work(
            "冲红申请",
            ReversalRequest.objects.open().filter(asked_by=hat).count(),
            reverse("funding:reversals"),
            "由其他人员复核，不受影响",
        ),
    ]


@transaction.atomic
def hand_over_batches(hat: Membership, *, to: Membership, by: Membership) -> int:
    """Make a colleague the maker of what the leaver had not handed in; returns how many they were."""
    batches = list(_unsent(hat).select_for_update(of=("self",)).select_related("maker"))
    for batch in batches:
        before = shown(batch, "maker")
        batch.made_by, batch.maker = to, to.person
        batch.version += 1
        batch.save(update_fields=["made_by", "maker", "version"])
        audit.record("payment_batch.handed_over", batch, by=by, before=before, after=shown(batch, "maker"))
    return len(batches)


def _unsent(hat: Membership) -> QuerySet[PaymentBatch]:
    # By the person, whatever the hat: the rule of two people asks for the maker themself.
    mine = PaymentBatch.objects.filter(maker=hat.person_id, institution=hat.organization_id)
    return mine.filter(status__in=BatchStatus.editable).order_by("pk")

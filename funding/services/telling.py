"""Effects, promised in the transaction of the act and kept by funding.tasks; and the nightly look at the ledger."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import audit, files
from core.jinja import cdate
from core.models import StoredFile
from core.money import yuan
from core.notify import Reader, tell
from funding import documents, ledger, queries
from funding.enums import BatchStatus, EntryKind, ReversalStatus
from funding.ledger import Head
from funding.models import Allocation, Claim, PaymentBatch, ReversalRequest
from specialists.models import Specialist


@transaction.atomic
def make_sheet(batch: PaymentBatch) -> StoredFile | None:
    """Print the 发放明细表 of an approved batch and keep it; a batch has one, made once."""
    batch = (
        PaymentBatch.objects.select_for_update(of=("self",))
        .select_related("institution__organization", "maker", "approver", "approved_by__person", "sheet")
        .get(pk=batch.pk)
    )
    if batch.sheet_id or batch.status != BatchStatus.APPROVED:
        return batch.sheet
    batch.sheet = files.keep(
        documents.sheet_pdf(batch),
        name=documents.sheet_name(batch, "pdf"),
        kind="pdf",
        purpose="payment_sheet",
        by=batch.approved_by,
    )
    batch.save(update_fields=["sheet"])
    audit.record("payment_batch.sheet_made", batch, by=None, after={"sha256": batch.sheet.sha256})
    return batch.sheet


def tell_allocated(allocation: Allocation, *, on: date) -> int:
    """Tell the institution's people of money that came."""
    account = allocation.entry.account
    return tell(
        people_of(allocation.institution, on=on),
        occasion=f"allocation:{allocation.pk}",
        subject="专项经费已拨付",
        body=f"市科技局已向{allocation.institution}拨付{account.year}年度科技特派员专项经费"
        f"{yuan(allocation.amount_fen)}元（{allocation.document_number}）。",
        link=reverse("funding:account", args=[account.pk]),
    )


def tell_submitted(batch: PaymentBatch, *, on: date) -> int:
    """Tell everybody of the institution who may approve a batch that it waits."""
    return tell(
        people_of(batch.institution, on=on, but=batch.maker_id),
        occasion=f"batch:{batch.pk}:submitted:{batch.version}",
        subject="补助发放批次待复核",
        body=f"{batch.maker}提交了{batch.year}年度工作补助发放批次{batch}，共{batch.claims.count()}笔，"
        f"合计{yuan(batch.total_fen)}元，请复核。",
        link=reverse("funding:batch", args=[batch.pk]),
    )


def tell_returned(batch: PaymentBatch) -> int:
    """Tell the maker of a batch what is to be changed."""
    return tell(
        [Reader(batch.maker, batch.maker.email)],
        occasion=f"batch:{batch.pk}:returned:{batch.version}",
        subject="补助发放批次已退回",
        body=f"工作补助发放批次{batch}已退回修改：{batch.return_opinion}",
        link=reverse("funding:batch", args=[batch.pk]),
    )


def tell_paid(batch: PaymentBatch) -> int:
    """Tell each person what they were paid, once for all their visits of the batch."""
    sums: dict[Specialist, list[Claim]] = {}
    for claim in batch.claims.select_related("specialist__user").order_by("service_date"):
        sums.setdefault(claim.specialist, []).append(claim)
    return sum(
        tell(
            [Reader(person.user, person.email)],
            occasion=f"batch:{batch.pk}:paid:{person.pk}",
            subject="工作补助已发放",
            body=f"{len(claims)}次下基层工作补助共{yuan(sum(claim.amount_fen for claim in claims))}元"
            f"已由{batch.institution}发放，请核对。如有不符，请联系单位财务。",
            link=reverse("funding:mine"),
        )
        for person, claims in sums.items()
    )


def tell_reversal_asked(request: ReversalRequest, *, on: date) -> int:
    """Tell everybody of the same side who may carry a reversal out that it waits."""
    return tell(
        _who_may_reverse(request, on=on),
        occasion=f"reversal:{request.pk}:asked",
        subject="冲红申请待复核",
        body=f"{request.asker}申请冲红{_words(request)}，原因：{request.reason}。复核前不记账，请核对后办理。",
        link=reverse("funding:entry", args=[request.entry_id]),
    )


def tell_reversal_decided(request: ReversalRequest, *, on: date) -> int:
    """Tell who asked what became of it, and the institution of money that was taken back from it."""
    passed = request.status == ReversalStatus.APPROVED
    word = f"已由{request.decider}复核，台账已记账。" if passed else f"{request.decider}不同意：{request.opinion}"
    readers = [Reader(request.asker, request.asker.email)]
    if passed and request.entry.kind == EntryKind.ALLOCATION:
        readers += people_of(request.entry.account.institution, on=on)
    return tell(
        readers,
        occasion=f"reversal:{request.pk}:decided",
        subject="分录已冲红" if passed else "冲红申请未获同意",
        body=f"冲红{_words(request)}的申请{word}",
        link=reverse("funding:entry", args=[request.entry_id]),
    )


def _words(request: ReversalRequest) -> str:
    entry = request.entry
    what = f"{entry.claim}的补助" if entry.claim else f"拨付{entry.memo}"
    return f"{entry.account}第{entry.sequence}笔（{what}，{yuan(abs(entry.amount_fen))}元）"


def _who_may_reverse(request: ReversalRequest, *, on: date) -> list[Reader]:
    """The colleagues of who asked: of the institution for what it paid, of the bureau for what it gave."""
    if request.entry.kind == EntryKind.SUBSIDY:
        return people_of(request.entry.account.institution, on=on, but=request.asker_id)
    hats = Membership.objects.active(on=on).filter(role__in=Role.bureau).exclude(person=request.asker_id)
    people = {hat.person_id: hat.person for hat in hats.select_related("person")}
    return [Reader(person, person.email) for person in people.values()]


@transaction.atomic
def check_ledger(*, on: date, published: Mapping[int, Head]) -> dict[str, Any]:
    """Verify every chain, that it still holds the heads of the last check, and that what was approved is posted.

    Faults are told to the bureau's administrators, finance and audit, once a day. Returns what was looked at, what was
    found, and the heads for the next check.
    """
    faults = [
        f"账户{fault.account}第{fault.sequence}笔：{fault.words}"
        for fault in [*ledger.verify(), *ledger.against(published)]
    ] + queries.unposted()
    if faults:
        hats = Membership.objects.active(on=on).filter(role__in=(Role.BUREAU_ADMIN, Role.FINANCE, Role.AUDITOR))
        tell(
            [Reader(hat.person, hat.person.email) for hat in hats.select_related("person")],
            occasion=f"ledger:{on.isoformat()}",
            subject="补助台账校验不通过",
            body=f"{cdate(on)}校验补助台账，发现{len(faults)}处不符，请立即核查，查明前暂停发放。首处：{faults[0]}。",
            link=reverse("funding:overview"),
        )
    heads = ledger.heads()
    return {
        "accounts": len(heads),
        "entries": sum(head.sequence for head in heads.values()),
        "faults": faults,
        "heads": {str(account): [head.sequence, head.digest] for account, head in heads.items()},
    }


def people_of(institution: Institution, *, on: date, but: int | None = None) -> list[Reader]:
    """Whoever wears a hat of the institution on that day, each once."""
    hats = Membership.objects.active(on=on).filter(organization=institution.pk, role__in=Role.institution)
    people = {hat.person_id: hat.person for hat in hats.exclude(person=but).select_related("person")}
    return [Reader(person, person.email) for person in people.values()]

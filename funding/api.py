"""/api/v1/: budgets, allocations, rate cards, claims, payment batches and the ledger."""

from datetime import date
from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, FindingSerializer, HatAPI, RefusalSerializer, Verdict
from accounts.models import Institution, Organization
from core import files
from core.dates import YEARS
from core.forms import no_control_characters, no_line_breaks
from core.policy import Refused, plain
from funding import ledger, queries, rules, services
from funding.enums import ClaimStatus, ReversalStatus
from funding.forms import not_ahead
from funding.models import Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard, ReversalRequest
from visits.models import VisitAttendance

PAGE = 100
MOST_FEN = 10**14 - 1  # as core.money: sums of such amounts still fit the database

YEAR = OpenApiParameter("year", OpenApiTypes.INT, description="年度")


def amount(**more: Any) -> serializers.IntegerField:
    """An amount in 分: a whole number, never a fraction, never a word."""
    return StrictInteger(min_value=1, max_value=MOST_FEN, help_text="单位：分", **more)


class StrictInteger(serializers.IntegerField):
    """IntegerField takes "1.0", 1e5 and True for whole numbers; of money that is not asked for."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | str):
            raise serializers.ValidationError("金额须为整数，单位为分。")
        if isinstance(data, str) and not (data.isascii() and data.isdecimal()):
            raise serializers.ValidationError("金额须为整数，单位为分。")
        if isinstance(data, str) and len(data) > 15:
            raise serializers.ValidationError("金额过大，请核对是否多写了零。")
        return super().to_internal_value(data)


def plausible(day: date) -> None:
    if day.year not in YEARS:
        raise serializers.ValidationError(f"年份应在{YEARS[0]}年至{YEARS[-1]}年之间，请核对。")


def day(**more: Any) -> serializers.DateField:
    return serializers.DateField(validators=[plausible], **more)


def line(most: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, validators=[no_control_characters, no_line_breaks], **more)


def key(**more: Any) -> serializers.IntegerField:
    """The id of a record, within what the database can hold."""
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1, **more)


# --- budgets and allocations ------------------------------------------------------------------------------------------


class BudgetSerializer(serializers.Serializer[Any]):
    """The year's fund."""

    id = serializers.IntegerField(read_only=True)
    year = serializers.IntegerField(min_value=2020, max_value=2100)
    amount_fen = amount()
    document_number = line(60)
    decided_on = day()
    allocated_fen = serializers.SerializerMethodField(help_text="已拨付，单位：分")

    def get_allocated_fen(self, budget: Budget) -> int:
        return queries.allocated(budget)


class Amendment(serializers.Serializer[Any]):
    amount_fen = amount()
    document_number = line(60)
    decided_on = day()


class Budgets(HatAPI):
    @extend_schema(summary="年度专项经费列表", responses=BudgetSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Budget.objects.visible_to(self.membership).order_by("-year")
        return Response(BudgetSerializer(rows, many=True).data)

    @extend_schema(
        summary="登记年度专项经费", request=BudgetSerializer, responses={201: BudgetSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        budget = services.record_budget(**self.given(BudgetSerializer), by=self.membership)
        return Response(BudgetSerializer(budget).data, status=201)


class BudgetDetail(HatAPI):
    subject: Budget

    @extend_schema(summary="一个年度的专项经费", responses=BudgetSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(BudgetSerializer(self.subject).data)

    @extend_schema(
        summary="调整年度专项经费", request=Amendment, responses={200: BudgetSerializer, 422: RefusalSerializer}
    )
    def patch(self, request: Request, pk: int) -> Response:
        budget = services.amend_budget(self.subject, **self.given(Amendment), by=self.membership)
        return Response(BudgetSerializer(budget).data)


class AllocationSerializer(serializers.Serializer[Any]):
    """Money given to an institution."""

    id = serializers.IntegerField()
    year = serializers.IntegerField(source="budget.year")
    institution = serializers.IntegerField(source="institution_id")
    institution_name = serializers.CharField(source="institution.organization.name")
    amount_fen = serializers.IntegerField(help_text="单位：分")
    document_number = serializers.CharField()
    allocated_on = serializers.DateField()
    is_reversed = serializers.BooleanField()
    entry = serializers.IntegerField(source="entry.id", help_text="台账分录编号")


class NewAllocation(serializers.Serializer[Any]):
    year = serializers.IntegerField(min_value=2020, max_value=2100)
    institution = key()
    amount_fen = amount()
    document_number = line(60)
    allocated_on = serializers.DateField(
        validators=[plausible, not_ahead], default=localdate, help_text="拨付日期，默认今天"
    )


class Allocations(HatAPI):
    @extend_schema(summary="拨付记录", parameters=[YEAR, AFTER], responses=AllocationSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Allocation.objects.visible_to(self.membership).select_related(
            "budget", "institution__organization", "entry"
        )
        if (year := self.number("year", among=YEARS)) is not None:
            rows = rows.filter(budget__year=year)
        return Response(AllocationSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="向派出单位拨付经费并记账",
        request=NewAllocation,
        responses={201: AllocationSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewAllocation)
        budget = get_object_or_404(Budget.objects.visible_to(self.membership), year=given["year"])
        seen = Organization.objects.visible_to(self.membership)
        institution = get_object_or_404(Institution, organization__in=seen, pk=given["institution"])
        allocation = services.allocate(
            budget,
            institution=institution,
            amount_fen=given["amount_fen"],
            document_number=given["document_number"],
            by=self.membership,
            on=given["allocated_on"],
        )
        return Response(AllocationSerializer(allocation).data, status=201)


# --- rate cards -------------------------------------------------------------------------------------------------------


class RateCardSerializer(serializers.Serializer[Any]):
    """What an institution pays per person and trip from a day on."""

    id = serializers.IntegerField(read_only=True)
    institution = serializers.IntegerField(source="institution_id", read_only=True)
    amount_fen = amount()
    effective_from = day()
    note = line(200, allow_blank=True, default="")


class RateCards(HatAPI):
    @extend_schema(summary="补助标准列表", parameters=[AFTER], responses=RateCardSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = RateCard.objects.visible_to(self.membership)
        return Response(RateCardSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="制定本单位的补助标准",
        request=RateCardSerializer,
        responses={201: RateCardSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        institution = get_object_or_404(Institution, pk=self.membership.organization_id)
        card = services.set_rate(institution, **self.given(RateCardSerializer), by=self.membership)
        return Response(RateCardSerializer(card).data, status=201)


class RateCardDetail(HatAPI):
    subject: RateCard

    @extend_schema(summary="撤回尚未使用的补助标准", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        services.withdraw_rate(self.subject, by=self.membership)
        return Response(status=204)


# --- claims -----------------------------------------------------------------------------------------------------------


class ClaimSerializer(serializers.Serializer[Any]):
    """The subsidy of one person and visit day."""

    id = serializers.IntegerField()
    attendance = serializers.IntegerField(source="attendance_id")
    visit = serializers.IntegerField(source="attendance.visit_id")
    specialist = serializers.CharField(source="specialist.name")
    service_date = serializers.DateField()
    institution = serializers.IntegerField(source="institution_id")
    amount_fen = serializers.IntegerField(help_text="单位：分")
    status = serializers.CharField()
    batch = serializers.IntegerField(source="batch_id", allow_null=True)
    payee_account = serializers.CharField(
        source="payee_masked", allow_null=True, help_text="提交复核时记录的收款账号（已遮盖）；空串为没有银行账号"
    )


class ClaimableSerializer(serializers.Serializer[Any]):
    """A visit day of one person that is not paid yet, and what is in the way of it."""

    attendance = serializers.IntegerField()
    visit = serializers.IntegerField()
    specialist = serializers.CharField(source="person")
    service_date = serializers.DateField(source="day")
    host = serializers.CharField()
    findings = FindingSerializer(many=True)


class NewClaims(serializers.Serializer[Any]):
    attendances = serializers.ListField(child=key(), allow_empty=False, max_length=500, help_text="到场记录编号")


class Claims(HatAPI):
    @extend_schema(
        summary="补助列表",
        parameters=[AFTER, OpenApiParameter("status", enum=ClaimStatus.values)],
        responses=ClaimSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = Claim.objects.visible_to(self.membership).select_related("specialist", "attendance")
        if status := self.choice("status", ClaimStatus.values):
            rows = rows.filter(status=status)
        return Response(ClaimSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="为已确认的服务申领补助，金额按服务当日标准",
        request=NewClaims,
        responses={201: ClaimSerializer(many=True), 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        wanted = set(self.given(NewClaims)["attendances"])
        attendances = VisitAttendance.objects.filter(
            pk__in=wanted, visit__agreement__institution=self.membership.organization_id
        )
        if attendances.count() != len(wanted):
            raise exceptions.NotFound("没有找到其中的服务记录。")
        claims = services.claim_visits(attendances, by=self.membership, on=localdate())
        made = Claim.objects.filter(pk__in=[claim.pk for claim in claims]).select_related("specialist", "attendance")
        return Response(ClaimSerializer(made.order_by("pk"), many=True).data, status=201)


class Claimable(HatAPI):
    @extend_schema(
        summary="尚未申领的服务和不能申领的原因", parameters=[YEAR], responses=ClaimableSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        year = self.number("year", among=YEARS) or localdate().year
        unpaid = queries.unpaid(self.membership.organization_id, year).exclude(claims__status=ClaimStatus.OPEN)
        trips = queries.trips(unpaid)
        verdicts = services.judge(trips)
        rows = [{**_facts(trip), "findings": verdicts[trip.attendance]} for trip in trips]
        return Response(ClaimableSerializer(rows, many=True).data)


def _facts(trip: rules.Trip) -> dict[str, Any]:
    return {name: getattr(trip, name) for name in ("attendance", "visit", "person", "day", "host")}


# --- payment batches --------------------------------------------------------------------------------------------------


class BatchSerializer(serializers.Serializer[Any]):
    """Claims paid together."""

    id = serializers.IntegerField()
    institution = serializers.IntegerField(source="institution_id")
    year = serializers.IntegerField()
    status = serializers.CharField()
    purpose = serializers.CharField()
    note = serializers.CharField()
    total_fen = serializers.IntegerField(help_text="单位：分")
    claims = serializers.SerializerMethodField()
    maker = serializers.CharField(source="maker.name")
    approver = serializers.CharField(source="approver.name", allow_null=True, default=None)
    submitted_on = serializers.DateField(allow_null=True)
    approved_on = serializers.DateField(allow_null=True)
    voucher_number = serializers.CharField()
    return_opinion = serializers.CharField()
    version = serializers.IntegerField()

    def get_claims(self, batch: PaymentBatch) -> list[int]:
        return [claim.pk for claim in batch.claims.all()]


class NewBatch(serializers.Serializer[Any]):
    claims = serializers.ListField(child=key(), allow_empty=False, max_length=500)
    purpose = line(40, required=False, help_text="默认为政策规定的第一项用途")
    note = line(200, allow_blank=True, default="")


class ChangedBatch(NewBatch):
    version = serializers.IntegerField(min_value=1)


class Step(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, required=False, help_text="读取时的版本；不同则拒绝")


class Submission(Step):
    payees = serializers.CharField(
        max_length=64, required=False, help_text="读取批次时的 payees_seen；收款账户在其后有变更的则拒绝"
    )


class PayeeSerializer(serializers.Serializer[Any]):
    """Whose account one claim goes to, masked: the one handed in, and the one in the register."""

    claim = serializers.IntegerField()
    specialist = serializers.CharField(source="name")
    handed_in = serializers.CharField(allow_null=True, help_text="提交复核时的收款账户；没有记录的为 null")
    now = serializers.CharField(help_text="登记的现收款账户")
    has_changed = serializers.BooleanField(help_text="提交后有变更，不能复核发放")


class WholeBatchSerializer(BatchSerializer):
    payees = serializers.SerializerMethodField()
    payees_seen = serializers.SerializerMethodField(help_text="所列收款账户的标记，提交复核时带回")

    @extend_schema_field(PayeeSerializer(many=True))
    def get_payees(self, batch: PaymentBatch) -> Any:
        return PayeeSerializer(queries.payees(Claim.objects.filter(batch=batch)), many=True).data

    def get_payees_seen(self, batch: PaymentBatch) -> str:
        return queries.payees_seen(Claim.objects.filter(batch=batch))


class BatchReturn(Step):
    opinion = serializers.CharField(max_length=500, validators=[no_control_characters])


BATCH = {200: WholeBatchSerializer, 422: RefusalSerializer}


class BatchAPI(HatAPI):
    subject: PaymentBatch

    def claims_of(self, keys: list[int]) -> Any:
        """These claims, all of them seen by this hat. Raises NotFound."""
        rows = Claim.objects.visible_to(self.membership).filter(pk__in=keys)
        if rows.count() != len(set(keys)):
            raise exceptions.NotFound("没有找到其中的补助。")
        return rows

    def told(self, batch: PaymentBatch, status: int = 200) -> Response:
        batch = PaymentBatch.objects.select_related("maker", "approver").prefetch_related("claims").get(pk=batch.pk)
        return Response(WholeBatchSerializer(batch).data, status=status)


class Batches(BatchAPI):
    @extend_schema(summary="发放批次列表", parameters=[YEAR, AFTER], responses=BatchSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = (
            PaymentBatch.objects.visible_to(self.membership)
            .select_related("maker", "approver")
            .prefetch_related("claims")
        )
        if (year := self.number("year", among=YEARS)) is not None:
            rows = rows.filter(year=year)
        return Response(BatchSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="编制发放批次", request=NewBatch, responses={201: WholeBatchSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewBatch)
        claims = self.claims_of(given.pop("claims"))
        return self.told(services.make_batch(claims, by=self.membership, on=localdate(), **given), 201)


class BatchDetail(BatchAPI):
    @extend_schema(summary="一个发放批次，各笔的收款账户已遮盖", responses=WholeBatchSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return self.told(self.subject)

    @extend_schema(summary="修改草稿或退回的批次", request=ChangedBatch, responses=BATCH)
    def patch(self, request: Request, pk: int) -> Response:
        given = self.given(ChangedBatch)
        claims = self.claims_of(given.pop("claims"))
        return self.told(
            services.change_batch(self.subject, claims=claims, by=self.membership, on=localdate(), **given)
        )


class SubmitBatch(BatchAPI):
    @extend_schema(summary="提交复核，各笔记录此时的收款账户", request=Submission, responses=BATCH)
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Submission)
        return self.told(services.submit_batch(self.subject, by=self.membership, on=localdate(), **given))


class ApproveBatch(BatchAPI):
    @extend_schema(summary="复核发放：逐笔记入台账，编凭证号（请带 Idempotency-Key）", request=Step, responses=BATCH)
    def post(self, request: Request, pk: int) -> Response:
        return self.told(services.approve_batch(self.subject, by=self.membership, on=localdate(), **self.given(Step)))


class ReturnBatch(BatchAPI):
    @extend_schema(summary="退回修改", request=BatchReturn, responses=BATCH)
    def post(self, request: Request, pk: int) -> Response:
        return self.told(
            services.return_batch(self.subject, by=self.membership, on=localdate(), **self.given(BatchReturn))
        )


class DropBatch(BatchAPI):
    @extend_schema(summary="作废草稿或退回的批次", request=Step, responses=BATCH)
    def post(self, request: Request, pk: int) -> Response:
        return self.told(services.drop_batch(self.subject, by=self.membership, on=localdate(), **self.given(Step)))


class BatchSheet(BatchAPI):
    @extend_schema(
        summary="发放明细表（PDF）",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 422: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> FileResponse:
        if self.subject.sheet is None:
            raise Refused([plain("E-STATE", "发放明细表在复核发放后生成，尚未就绪，请稍后再取。")])
        return files.serve(self.subject.sheet)


# --- ledger -----------------------------------------------------------------------------------------------------------


class AccountSerializer(serializers.Serializer[Any]):
    """One institution's ring-fenced account of a year."""

    id = serializers.IntegerField()
    institution = serializers.IntegerField(source="institution_id")
    institution_name = serializers.CharField(source="institution.organization.name")
    year = serializers.IntegerField()
    project_number = serializers.CharField()
    balance_fen = serializers.IntegerField(help_text="单位：分")
    last_sequence = serializers.IntegerField()
    last_digest = serializers.CharField()


class EntrySerializer(serializers.Serializer[Any]):
    """One line of the ledger, with what it was made for."""

    id = serializers.IntegerField()
    account = serializers.IntegerField(source="account_id")
    sequence = serializers.IntegerField()
    kind = serializers.CharField()
    amount_fen = serializers.IntegerField(help_text="单位：分；收入为正，支出为负")
    balance_fen = serializers.IntegerField(help_text="记账后余额，单位：分")
    purpose = serializers.CharField()
    allocation = serializers.IntegerField(source="allocation_id", allow_null=True)
    claim = serializers.IntegerField(source="claim_id", allow_null=True)
    batch = serializers.IntegerField(source="batch_id", allow_null=True)
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    memo = serializers.CharField()
    posted_on = serializers.DateField()
    previous_digest = serializers.CharField()
    digest = serializers.CharField()


class ChainVerdict(serializers.Serializer[Any]):
    """Whether an account's chain is whole; `faults` names each entry that does not fit."""

    whole = serializers.BooleanField()
    entries = serializers.IntegerField()
    last_digest = serializers.CharField()
    faults = serializers.ListField(child=serializers.DictField())


class Accounts(HatAPI):
    @extend_schema(summary="台账账户和余额", parameters=[YEAR, AFTER], responses=AccountSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Account.objects.visible_to(self.membership).select_related("institution__organization")
        if (year := self.number("year", among=YEARS)) is not None:
            rows = rows.filter(year=year)
        return Response(AccountSerializer(self.page_of(rows, size=PAGE), many=True).data)


class Entries(HatAPI):
    subject: Account

    @extend_schema(
        summary="一个账户的台账分录（after 为上一页最后一条的编号）",
        parameters=[AFTER],
        responses=EntrySerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = LedgerEntry.objects.filter(account=self.subject)
        return Response(EntrySerializer(self.page_of(rows, size=PAGE), many=True).data)


class Verify(HatAPI):
    subject: Account

    @extend_schema(summary="校验一个账户的台账", responses=ChainVerdict)
    def get(self, request: Request, pk: int) -> Response:
        faults = [
            {"sequence": fault.sequence, "kind": fault.kind, "message": fault.words}
            for fault in ledger.verify(self.subject)
        ]
        verdict = {
            "whole": not faults,
            "entries": self.subject.last_sequence,
            "last_digest": self.subject.last_digest,
            "faults": faults,
        }
        return Response(ChainVerdict(verdict).data)


# --- reversals: asked for by one, carried out at another's word --------------------------------------------------------


class ReversalSerializer(serializers.Serializer[Any]):
    """What one person asks for and another decides; `reversing_entry` is the line that it became."""

    id = serializers.IntegerField()
    entry = serializers.IntegerField(source="entry_id", help_text="要冲红的分录")
    amount_fen = serializers.IntegerField(source="entry.amount_fen", help_text="原分录金额，单位：分")
    reason = serializers.CharField()
    status = serializers.CharField()
    asker = serializers.CharField(source="asker.name")
    asked_at = serializers.DateTimeField()
    decider = serializers.CharField(source="decider.name", allow_null=True, default=None)
    decided_at = serializers.DateTimeField(allow_null=True)
    opinion = serializers.CharField()
    reversing_entry = serializers.IntegerField(source="entry.reversal.id", allow_null=True, default=None)


class NewReversal(serializers.Serializer[Any]):
    reason = line(200)


REVERSAL = {200: ReversalSerializer, 422: RefusalSerializer}
NEW_REVERSAL = {201: ReversalSerializer, 422: RefusalSerializer}


WITH_WHOM = ReversalRequest.objects.select_related("asker", "decider", "entry__reversal")


def told_of(asked: ReversalRequest, status: int = 200) -> Response:
    return Response(ReversalSerializer(WITH_WHOM.get(pk=asked.pk)).data, status=status)


class Reversals(HatAPI):
    @extend_schema(
        summary="冲红申请列表",
        parameters=[AFTER, OpenApiParameter("status", enum=ReversalStatus.values)],
        responses=ReversalSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = WITH_WHOM.visible_to(self.membership)
        if status := self.choice("status", ReversalStatus.values):
            rows = rows.filter(status=status)
        return Response(ReversalSerializer(self.page_of(rows, size=PAGE), many=True).data)


class ReversalDetail(HatAPI):
    subject: ReversalRequest

    @extend_schema(summary="一份冲红申请", responses=ReversalSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return told_of(self.subject)


class AskReversal(HatAPI):
    subject: LedgerEntry

    @extend_schema(
        summary="申请冲红一笔发放分录，由本单位另一人复核后记账（请带 Idempotency-Key）",
        request=NewReversal,
        responses=NEW_REVERSAL,
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewReversal)
        return told_of(services.ask_reversal(self.subject, by=self.membership, on=localdate(), **given), 201)


class AskAllocationReversal(HatAPI):
    subject: Allocation

    @extend_schema(
        summary="申请冲红一笔拨付，由市科技局另一人复核后记账（请带 Idempotency-Key）",
        request=NewReversal,
        responses=NEW_REVERSAL,
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewReversal)
        return told_of(services.ask_reversal(self.subject.entry, by=self.membership, on=localdate(), **given), 201)


class DecideReversal(HatAPI):
    subject: ReversalRequest

    @extend_schema(
        summary="复核冲红申请：同意即记账，不同意须写明原因（请带 Idempotency-Key）",
        request=Verdict,
        responses=REVERSAL,
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Verdict)
        return told_of(services.decide_reversal(self.subject, by=self.membership, on=localdate(), **given))


class WithdrawReversal(HatAPI):
    subject: ReversalRequest

    @extend_schema(summary="撤回冲红申请", request=None, responses=REVERSAL)
    def post(self, request: Request, pk: int) -> Response:
        return told_of(services.withdraw_reversal(self.subject, by=self.membership, on=localdate()))


urlpatterns = [
    path("budgets/", Budgets.as_view(), name="budget-list"),
    path("budgets/<int:pk>/", BudgetDetail.as_view(), name="budget-detail"),
    path("allocations/", Allocations.as_view(), name="allocation-list"),
    path("allocations/<int:pk>/reversals/", AskAllocationReversal.as_view(), name="allocation-reverse"),
    path("rate-cards/", RateCards.as_view(), name="rate-card-list"),
    path("rate-cards/<int:pk>/", RateCardDetail.as_view(), name="rate-card-detail"),
    path("claims/", Claims.as_view(), name="claim-list"),
    path("claims/due/", Claimable.as_view(), name="claimable-list"),
    path("payment-batches/", Batches.as_view(), name="payment-batch-list"),
    path("payment-batches/<int:pk>/", BatchDetail.as_view(), name="payment-batch-detail"),
    path("payment-batches/<int:pk>/submit/", SubmitBatch.as_view(), name="payment-batch-submit"),
    path("payment-batches/<int:pk>/approve/", ApproveBatch.as_view(), name="payment-batch-approve"),
    path("payment-batches/<int:pk>/return/", ReturnBatch.as_view(), name="payment-batch-return"),
    path("payment-batches/<int:pk>/drop/", DropBatch.as_view(), name="payment-batch-drop"),
    path("payment-batches/<int:pk>/sheet/", BatchSheet.as_view(), name="payment-batch-sheet"),
    path("ledger/", Accounts.as_view(), name="ledger-account-list"),
    path("ledger/<int:pk>/entries/", Entries.as_view(), name="ledger-entry-list"),
    path("ledger/<int:pk>/verify/", Verify.as_view(), name="ledger-verify"),
    path("ledger/entries/<int:pk>/reversals/", AskReversal.as_view(), name="ledger-entry-reverse"),
    path("reversals/", Reversals.as_view(), name="reversal-list"),
    path("reversals/<int:pk>/", ReversalDetail.as_view(), name="reversal-detail"),
    path("reversals/<int:pk>/decide/", DecideReversal.as_view(), name="reversal-decide"),
    path("reversals/<int:pk>/withdraw/", WithdrawReversal.as_view(), name="reversal-withdraw"),
]

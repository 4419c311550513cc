"""The list of payment batches for whoever reads all of it: its page, its saved views, its export."""

from collections.abc import Mapping, Sequence
from datetime import date

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.timezone import localdate

from accounts.lists.kinds import Field, Listed
from accounts.models import Institution, Membership
from core.forms import Form
from core.sheets import Kind
from funding.enums import BatchStatus
from funding.models import PaymentBatch


class BatchListForm(Form):
    """What the chips and the figures of other pages ask for; a year is always shown, this one unless one is said."""

    year = forms.RegexField(label="年度", regex="^(20[0-9]{2}|2100)$", required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(label="状态", required=False, choices=BatchStatus.choices, widget=forms.HiddenInput)
    institution = forms.ModelChoiceField(
        label="派出单位", required=False, queryset=Institution.objects.all(), widget=forms.HiddenInput
    )

    def __init__(self, query: QueryDict, hat: Membership) -> None:
        super().__init__(query)

    def clean_year(self) -> str:
        return str(self.cleaned_data["year"] or localdate().year)


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[PaymentBatch]:
    return found_by(BatchListForm(query, hat), hat, on)


def found_by(form: BatchListForm, hat: Membership, on: date) -> QuerySet[PaymentBatch]:
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    return PaymentBatch.objects.visible_to(hat).filter(**{"year": on.year, **wanted})


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, PaymentBatch]:
    rows = PaymentBatch.objects.visible_to(hat).select_related("institution__organization", "maker", "approver")
    return {one.pk: one for one in rows.filter(pk__in=keys)}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    return [
        Field("batch", "批次", lambda one: str(one), width=20),
        Field("year", "年度", lambda one: one.year, Kind.NUMBER, 8),
        Field("institution", "派出单位", lambda one: str(one.institution), width=28),
        Field("amount", "金额（元）", lambda one: one.total_fen, Kind.MONEY, 16),
        Field("note", "说明", lambda one: one.note, width=30),
        Field("maker", "经办人", lambda one: str(one.maker)),
        Field("made", "经办日期", lambda one: localdate(one.made_at), Kind.DATE, 17),
        Field("approver", "复核人", lambda one: str(one.approver or "")),
        Field("approved", "复核日期", lambda one: one.approved_on, Kind.DATE, 17),
        Field("status", "状态", lambda one: BatchStatus(one.status).label),
    ]


BATCHES = Listed(
    key="batches",
    title="发放批次",
    url="funding:batches",
    action="batch.view",
    form=BatchListForm,
    found=found,
    fields=fields,
    records=records,
    personal=frozenset(),
)
LISTS = (BATCHES,)

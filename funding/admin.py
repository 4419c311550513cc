"""The administration looks on: money moves through funding.services and the ledger function alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from funding.models import Account, Allocation, Budget, LedgerEntry, PaymentBatch, ReversalRequest


class LooksOn(admin.ModelAdmin):
    """Lists and shows, and changes nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Budget)
class BudgetAdmin(LooksOn):
    list_display = ["__str__", "amount_fen", "document_number", "decided_on"]


@admin.register(Account)
class AccountAdmin(LooksOn):
    list_display = ["__str__", "balance_fen", "last_sequence", "last_digest"]
    list_filter = ["year"]
    list_select_related = ["institution__organization"]


@admin.register(Allocation)
class AllocationAdmin(LooksOn):
    list_display = ["__str__", "amount_fen", "allocated_on", "is_reversed"]
    list_select_related = ["institution__organization"]


@admin.register(PaymentBatch)
class PaymentBatchAdmin(LooksOn):
    list_display = ["__str__", "institution", "year", "status", "total_fen"]
    list_filter = ["status", "year"]
    list_select_related = ["institution__organization"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LooksOn):
    list_display = ["__str__", "kind", "amount_fen", "balance_fen", "posted_on"]
    list_filter = ["kind"]
    list_select_related = ["account__institution__organization"]


@admin.register(ReversalRequest)
class ReversalRequestAdmin(LooksOn):
    list_display = ["__str__", "status", "asker", "decider"]
    list_filter = ["status"]
    list_select_related = ["entry__account__institution__organization", "asker", "decider"]

"""The administration looks on: every change to an agreement goes through agreements.services."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agreements.models import Agreement, QuotaRun, Submission


class LooksOn(admin.ModelAdmin):
    """Lists and shows, and changes nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Agreement)
class AgreementAdmin(LooksOn):
    list_display = ["__str__", "specialist", "host", "institution", "status", "service_end"]
    list_filter = ["status"]
    list_select_related = ["specialist", "host__organization", "institution__organization"]
    search_fields = ["filing_number", "specialist__name"]


@admin.register(Submission)
class SubmissionAdmin(LooksOn):
    list_display = ["__str__", "institution", "submitted_on"]
    list_select_related = ["institution__organization"]


@admin.register(QuotaRun)
class QuotaRunAdmin(LooksOn):
    list_display = ["__str__", "trigger"]
    list_filter = ["year"]

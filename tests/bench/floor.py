"""What the product is measured against: a view that inserts a row, a list from raw SQL, Django admin's changelist."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import escape

from agreements.models import Agreement

LIST = """
SELECT a.id, a.filing_number, a.status, a.submitted_on, a.service_end, r.category, s.name, h.name, i.name
FROM agreements_agreement a
JOIN specialists_registration r ON r.id = a.registration_id
JOIN specialists_specialist s ON s.id = a.specialist_id
LEFT JOIN accounts_organization h ON h.id = a.host_id
LEFT JOIN accounts_organization i ON i.id = a.institution_id
ORDER BY a.id DESC LIMIT 50
"""
COUNT = "SELECT count(*) FROM (SELECT FROM agreements_agreement LIMIT 10001) counted"
INSERT = """
INSERT INTO bench_row (registration_id, host_id, start, ends, content, status, at)
VALUES (1, 2, current_date, current_date, '技术指导', 'filed', now()) RETURNING id
"""


@login_required
def raw_list(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(LIST)
        rows = cursor.fetchall()
        cursor.execute(COUNT)
        [[count]] = cursor.fetchall()
    cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return HttpResponse(f"<!doctype html><title>list</title><p>{count}</p><table>{cells}</table>")


@login_required
def insert(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(INSERT)
        [[row]] = cursor.fetchall()
    return HttpResponse(str(row), status=201)


class AgreementAdmin(admin.ModelAdmin):
    """The changelist as it comes, with the columns, filters and search of the product's list."""

    list_display = ["__str__", "specialist", "host", "institution", "submitted_on", "service_end", "status"]
    list_filter = ["status", "registration__category", "registration__form", "host__organization__district"]
    search_fields = ["filing_number", "specialist__name"]
    list_per_page = 50
    ordering = ["-id"]


class JoinedAdmin(AgreementAdmin):
    """The same with as few questions as it can ask."""

    list_select_related = ["specialist", "host__organization", "institution__organization", "registration"]


site, joined = admin.AdminSite(), admin.AdminSite("joined")
site.register(Agreement, AgreementAdmin)
joined.register(Agreement, JoinedAdmin)

urlpatterns = [
    path("raw/", raw_list),
    path("insert/", insert),
    path("admin/", site.urls),
    path("joined-admin/", joined.urls),
]

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
# What the review desk shows of one case, asked in five statements: itself, its papers, its neighbours, who else serves.
CASE = """
SELECT a.*, r.category, r.form, r.status, r.graduates_on, s.name, s.id_masked, s.revoked_on, h.name, hu.host_type, hu.is_tech_sme,
    hu.is_above_scale, i.name, p.year, p.version
FROM agreements_agreement a
JOIN specialists_registration r ON r.id = a.registration_id
JOIN specialists_specialist s ON s.id = a.specialist_id
JOIN core_policypack p ON p.id = a.pack_id
LEFT JOIN accounts_hostunit hu ON hu.organization_id = a.host_id
LEFT JOIN accounts_organization h ON h.id = a.host_id
LEFT JOIN accounts_organization i ON i.id = a.institution_id
WHERE a.id = %(pk)s
"""
BESIDE = """
SELECT b.id, b.filing_number, b.status, b.service_start, b.service_end, o.name
FROM agreements_agreement a JOIN agreements_agreement b ON b.specialist_id = a.specialist_id AND b.id <> a.id
JOIN accounts_organization o ON o.id = b.host_id WHERE a.id = %(pk)s
UNION ALL
SELECT b.id, b.filing_number, b.status, b.service_start, b.service_end, s.name
FROM agreements_agreement a JOIN agreements_agreement b ON b.host_id = a.host_id AND b.id <> a.id
JOIN specialists_specialist s ON s.id = b.specialist_id WHERE a.id = %(pk)s
"""
PARTIES = """
SELECT party, signer, signed_on FROM agreements_signature WHERE agreement_id = %(pk)s
"""
SCANS = """
SELECT c.number, c.paper_version, f.name, f.size, f.pages FROM agreements_agreementscan c
JOIN core_storedfile f ON f.id = c.file_id WHERE c.agreement_id = %(pk)s
"""
QUEUE = """
WITH here AS (SELECT submitted_on, id FROM agreements_agreement WHERE id = %(pk)s)
SELECT (SELECT count(*) FROM agreements_agreement w WHERE w.status = 'submitted'),
    (SELECT count(*) FROM agreements_agreement w, here
        WHERE w.status = 'submitted' AND (w.submitted_on, w.id) <= (here.submitted_on, here.id)),
    (SELECT min(w.id) FROM agreements_agreement w, here
        WHERE w.status = 'submitted' AND (w.submitted_on, w.id) > (here.submitted_on, here.id))
"""
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
def raw_review(request: HttpRequest, pk: int) -> HttpResponse:
    cells = ""
    with connection.cursor() as cursor:
        for statement in (CASE, BESIDE, PARTIES, SCANS, QUEUE):
            cursor.execute(statement, {"pk": pk})
            for row in cursor.fetchall():
                cells += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    return HttpResponse(f"<!doctype html><title>case</title><table>{cells}</table>")


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
    path("raw-review/<int:pk>/", raw_review),
    path("insert/", insert),
    path("admin/", site.urls),
    path("joined-admin/", joined.urls),
]

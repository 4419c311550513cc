from django.urls import include, path

from agreements.ending import views as ending
from agreements.views import listing, record, review, teams, wizard

app_name = "agreements"

urlpatterns = [
    path("", include("agreements.moving.urls")),
    path("", include("agreements.departing.urls")),
    path("", include("agreements.suspending.urls")),
    path("", include("agreements.graduating.urls")),
    path("", include("agreements.signing.urls")),
    path("", include("agreements.reviewing.urls")),
    path("", include("agreements.renewing.urls")),
    path("", include("agreements.printing.urls")),
    path("", include("agreements.voiding.urls")),
    path("", include("agreements.abandoning.urls")),
    path("", include("agreements.stamping.urls")),
    path("", include("agreements.compiling.urls")),
    path("", include("agreements.amending.urls")),
    path("", include("agreements.archiving.urls")),
    path("", include("agreements.scanning.urls")),
    path("", include("agreements.attesting.urls")),
    path("", include("agreements.wording.urls")),
    path("", listing.listing, name="list"),
    path("mine/", record.mine, name="mine"),
    # drafting and handing in
    path("new/", wizard.new, name="new"),
    path("hosts/", wizard.hosts, name="hosts"),
    path("batch/", wizard.batch, name="batch"),
    path("<int:pk>/edit/", wizard.edit, name="edit"),
    path("<int:pk>/autosave/", wizard.autosave, name="autosave"),
    path("<int:pk>/checks/", wizard.checks, name="checks"),
    path("<int:pk>/confirm/", wizard.confirm, name="confirm"),
    path("<int:pk>/paper/", wizard.paper, name="paper"),
    # one agreement and its files
    path("<int:pk>/", record.detail, name="detail"),
    path("<int:pk>/scans/<int:number>/", record.scan, name="scan"),
    path("<int:pk>/scans/<int:number>/pages/<int:page>/", record.scan_page, name="scan-page"),
    path("<int:pk>/certificate/", record.certificate, name="certificate"),
    path("<int:pk>/renew/", record.renew, name="renew"),
    path("<int:pk>/discard/", record.discard, name="discard"),
    path("<int:pk>/terminate/", ending.terminate, name="terminate"),
    path("<int:pk>/terminate/revoke/", ending.revoke, name="end-revoke"),
    path("submissions/<int:pk>/", record.submission, name="submission"),
    path("submissions/<int:pk>/paper/", record.submission_paper, name="submission-paper"),
    path("submissions/<int:pk>/sheet/", record.submission_sheet, name="submission-sheet"),
    path("teams/<int:pk>/members/", teams.change, name="team-change"),
    # the bureau
    path("<int:pk>/review/", review.review, name="review"),
    path("<int:pk>/file/", review.file, name="file"),
    path("<int:pk>/return/", review.send_back, name="return"),
    path("<int:pk>/paper-step/", review.paper_step, name="paper-step"),
]

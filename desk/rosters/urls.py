from django.urls import path

from desk.rosters import made_views, reconciliations, views

urlpatterns = [
    path("", views.batches, name="rosters"),
    path("new/", views.new, name="roster-new"),
    path("template/", views.template, name="roster-template"),
    path("<int:pk>/", views.batch, name="roster"),
    path("<int:pk>/progress/", views.progress, name="roster-progress"),
    path("<int:pk>/columns/", views.columns, name="roster-columns"),
    path("<int:pk>/sheet/", views.sheet, name="roster-sheet"),
    path("<int:pk>/marked/", views.marked, name="roster-marked"),
    path("<int:pk>/findings/", views.findings_sheet, name="roster-findings"),
    path("<int:pk>/confirm/", views.confirm, name="roster-confirm"),
    path("<int:pk>/take-back/", views.take_back, name="roster-take-back"),
    path("<int:pk>/drop/", views.drop, name="roster-drop"),
    path("<int:pk>/made/<slug:what>/", made_views.made, name="roster-made"),
    path("<int:pk>/reconciliation/", reconciliations.of_batch, name="roster-reconciliation"),
    path("<int:pk>/reconciliation/paper/", reconciliations.papers, name="roster-papers"),
]
reconciled = [
    path("", reconciliations.listing, name="reconciliations"),
    path("<int:pk>/", reconciliations.detail, name="reconciliation"),
    path("<int:pk>/paper/", reconciliations.paper, name="reconciliation-paper"),
]

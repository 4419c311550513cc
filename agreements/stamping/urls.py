from django.urls import path

from agreements.stamping import views

urlpatterns = [
    path("filing-sheets/", views.sheets, name="sheets"),
    path("filing-sheets/new/", views.new, name="sheet-new"),
    path("filing-sheets/check/<str:token>/", views.check, name="sheet-check"),
    path("filing-sheets/<int:pk>/", views.sheet, name="sheet"),
    path("filing-sheets/<int:pk>/paper/", views.paper, name="sheet-paper"),
    path("filing-sheets/<int:pk>/stamp/", views.stamp, name="sheet-stamp"),
    path("filing-sheets/<int:pk>/stamps/<int:number>/", views.scan, name="sheet-scan"),
    path("filing-sheets/<int:pk>/redraw/", views.redraw, name="sheet-redraw"),
    path("filing-sheets/<int:pk>/call-off/", views.call_off, name="sheet-call-off"),
]

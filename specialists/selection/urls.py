"""Part of the addresses of specialists: calls/, lists/ and notice/."""

from django.urls import path

from specialists.selection import bulk_views, call_views, views
from specialists.selection.correcting import views as correcting

urlpatterns = [
    path("bulk/", bulk_views.review, name="bulk"),
    path("calls/", call_views.listing, name="calls"),
    path("calls/new/", call_views.new, name="call-new"),
    path("calls/<int:pk>/", call_views.detail, name="call"),
    path("calls/<int:pk>/edit/", call_views.edit, name="call-edit"),
    path("calls/<int:pk>/publish/", call_views.publish, name="call-publish"),
    path("calls/<int:pk>/discard/", call_views.discard, name="call-discard"),
    path("calls/<int:pk>/late/", call_views.late, name="call-late"),
    path("calls/<int:pk>/attachment/", call_views.attachment, name="call-attachment"),
    path("lists/", views.listing, name="lists"),
    path("lists/new/", views.new, name="list-new"),
    path("lists/<int:pk>/", views.detail, name="list-detail"),
    path("lists/<int:pk>/extend/", views.extend, name="list-extend"),
    path("lists/<int:pk>/submit/", views.submit, name="list-submit"),
    path("lists/<int:pk>/decide/", views.decide, name="list-decide"),
    path("lists/<int:pk>/paper/", views.paper, name="list-paper"),
    path("lists/<int:pk>/call-back/", views.call_back, name="list-call-back"),
    path("lists/<int:pk>/notice/", views.notice, name="list-notice"),
    path("lists/<int:pk>/objections/new/", views.objection_new, name="objection-new"),
    path("lists/<int:pk>/close/", views.close, name="list-close"),
    path("lists/<int:pk>/announce/", views.announce, name="list-announce"),
    path("lists/<int:pk>/correct/", correcting.ask, name="list-correct"),
    path("lists/corrections/<int:pk>/decide/", correcting.decide, name="correction-decide"),
    path("lists/corrections/<int:pk>/withdraw/", correcting.withdraw, name="correction-withdraw"),
    path("lists/corrections/<int:pk>/scan/", correcting.scan, name="correction-scan"),
    path("lists/corrections/<int:pk>/old-scan/", correcting.old_scan, name="correction-old-scan"),
    path("lists/<int:pk>/slip.pdf", views.slip, name="list-slip"),
    path("lists/<int:pk>/notice.pdf", views.notice_paper, name="list-notice-paper"),
    path("lists/<int:pk>/notice.xlsx", views.notice_sheet, name="list-notice-sheet"),
    path("lists/<int:pk>/closing.pdf", views.closing_paper, name="list-closing-paper"),
    path("lists/<int:pk>/announcement.docx", views.draft, name="list-draft"),
    path("lists/<int:pk>/document/", views.document, name="list-document"),
    path("lists/<int:pk>/scans/<int:number>/", views.scan, name="list-scan"),
    path("lists/entries/<int:pk>/remove/", views.take_out, name="list-remove"),
    path("lists/objections/<int:pk>/", views.objection, name="objection"),
    path("lists/objections/<int:pk>/files/<int:number>/", views.objection_file, name="objection-file"),
    path("notice/<int:pk>/", views.public_notice, name="notice"),
]

from django.urls import path

from specialists.changes import views

urlpatterns = [
    path("me/", views.mine, name="me"),
    path("changes/", views.changes, name="changes"),
    path("changes/<int:pk>/", views.change, name="change"),
    path("changes/<int:pk>/decide/", views.decide, name="change-decide"),
    path("changes/<int:pk>/withdraw/", views.withdraw, name="change-withdraw"),
    path("changes/<int:pk>/reveal/", views.reveal, name="change-reveal"),
    path("changes/<int:pk>/evidence/", views.evidence, name="change-evidence"),
    path("changes/<int:pk>/evidence/<int:page>/", views.evidence_page, name="change-evidence-page"),
    path("<int:pk>/changes/new/", views.ask, name="change-new"),
]

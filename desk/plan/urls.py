from django.urls import path

from desk.plan import views

urlpatterns = [
    path("", views.plan, name="plan"),
    path("compare/", views.compare, name="plan-compare"),
    path("drafts/", views.begin, name="plan-begin"),
    path("<int:pk>/", views.version, name="plan-version"),
    path("<int:pk>/edit/", views.edit, name="plan-edit"),
    path("<int:pk>/trial/", views.trial, name="plan-trial"),
    path("<int:pk>/trial.xlsx", views.trial_sheet, name="plan-trial-sheet"),
    path("<int:pk>/discard/", views.discard, name="plan-discard"),
    path("<int:pk>/propose/", views.propose, name="plan-propose"),
    path("<int:pk>/decide/", views.decide, name="plan-decide"),
]

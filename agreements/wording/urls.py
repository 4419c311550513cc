from django.urls import path

from agreements.wording import views

urlpatterns = [
    path("texts/", views.texts, name="texts"),
    path("texts/compare/", views.compare, name="text-compare"),
    path("texts/drafts/", views.begin, name="text-begin"),
    path("texts/<int:pk>/", views.text, name="text"),
    path("texts/<int:pk>/edit/", views.edit, name="text-edit"),
    path("texts/<int:pk>/preview/", views.preview, name="text-preview"),
    path("texts/<int:pk>/discard/", views.discard, name="text-discard"),
    path("texts/<int:pk>/propose/", views.propose, name="text-propose"),
    path("texts/<int:pk>/decide/", views.decide, name="text-decide"),
    path("<int:pk>/take-text/", views.take, name="take-text"),
]

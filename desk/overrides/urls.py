from django.urls import path

from desk.overrides import views

urlpatterns = [
    path("", views.overrides, name="overrides"),
    path("paper/", views.paper, name="overrides-paper"),
]

from django.urls import path

from agreements.compiling import views

urlpatterns = [
    path("batch/paper/", views.paper, name="compiled-paper"),
    path("batch/sheet/", views.sheet, name="compiled-sheet"),
]

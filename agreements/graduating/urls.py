from django.urls import path

from agreements.graduating import views

urlpatterns = [
    path("graduations/", views.graduations, name="graduations"),
    path("<int:pk>/graduation/", views.graduation, name="graduation"),
]

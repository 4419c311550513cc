from django.urls import path

from agreements.abandoning import views

urlpatterns = [path("<int:pk>/abandon/", views.abandon, name="abandon")]

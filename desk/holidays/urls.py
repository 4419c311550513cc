from django.urls import path

from desk.holidays import views

urlpatterns = [path("", views.holidays_page, name="holidays")]

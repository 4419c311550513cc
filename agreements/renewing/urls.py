from django.urls import path

from agreements.renewing import views

urlpatterns = [path("renewals/", views.renewals, name="renewals")]

from django.urls import path

from accounts.districts import views

urlpatterns = [
    path("districts/", views.districts, name="districts"),
    path("districts/<int:pk>/", views.district, name="district"),
    path("districts/<int:pk>/rename/", views.rename, name="district-rename"),
    path("districts/<int:pk>/retire/", views.retire, name="district-retire"),
    path("districts/<int:pk>/revive/", views.revive, name="district-revive"),
]

from django.urls import path

from agreements.departing import views

urlpatterns = [
    path("departures/", views.departures, name="departures"),
    path("departures/new/<int:pk>/", views.register, name="departure-new"),
    path("departures/<int:pk>/", views.departure, name="departure"),
    path("departures/<int:pk>/withdraw/", views.withdraw, name="departure-withdraw"),
    path("<int:pk>/departure/", views.decide, name="departure-decide"),
]

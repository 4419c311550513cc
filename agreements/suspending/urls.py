from django.urls import path

from agreements.suspending import views

urlpatterns = [
    path("suspensions/", views.suspensions, name="suspensions"),
    path("suspensions/new/<int:pk>/", views.suspend, name="suspension-new"),
    path("suspensions/<int:pk>/", views.suspension, name="suspension"),
    path("suspensions/<int:pk>/resume/", views.resume, name="suspension-resume"),
]

from django.urls import path

from agreements.voiding import views

urlpatterns = [path("<int:pk>/void/", views.void, name="void")]

from django.urls import path

from agreements.signing import views

urlpatterns = [
    path("<int:pk>/signing/<str:party>/ask/", views.ask, name="sign-ask"),
    path("<int:pk>/signing/<str:party>/refusal/", views.refusal, name="sign-refusal"),
    path("<int:pk>/signing/<str:party>/letter/", views.letter, name="sign-letter"),
    path("sign/<str:token>/", views.by_link, name="sign"),
    path("sign/<str:token>/code/", views.code, name="sign-code"),
]

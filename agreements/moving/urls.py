from django.urls import path

from agreements.moving import views

urlpatterns = [
    path("moves/", views.moves, name="moves"),
    path("moves/<int:pk>/", views.move, name="move"),
    path("moves/<int:pk>/decide/", views.decide, name="move-decide"),
    path("moves/<int:pk>/withdraw/", views.withdraw, name="move-withdraw"),
    path("moves/<int:pk>/evidence/", views.evidence, name="move-evidence"),
    path("<int:pk>/move/", views.ask, name="move-new"),
]

from django.urls import path

from agreements.amending import views

urlpatterns = [
    path("amendments/", views.amendments, name="amendments"),
    path("amendments/<int:pk>/", views.amendment, name="amendment"),
    path("amendments/<int:pk>/decide/", views.decide, name="amendment-decide"),
    path("amendments/<int:pk>/withdraw/", views.withdraw, name="amendment-withdraw"),
    path("amendments/<int:pk>/evidence/", views.evidence, name="amendment-evidence"),
    path("<int:pk>/amend/", views.ask, name="amend"),
]

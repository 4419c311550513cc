from django.urls import path

from visits import views

app_name = "visits"
urlpatterns = [
    path("", views.visits, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/amend/", views.amend, name="amend"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/link/", views.ask_for_link, name="ask-for-link"),
    path("<int:pk>/confirm/", views.confirm, name="confirm-here"),
    path("<int:pk>/dispute/", views.dispute, name="dispute"),
    path("<int:pk>/photo/", views.photo, name="photo"),
    path("confirm/<str:token>/", views.by_link, name="confirm"),
    path("confirm/<str:token>/code/", views.code, name="code"),
]

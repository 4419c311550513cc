from django.urls import path

from accounts.joining import views

urlpatterns = [
    path("apply/", views.apply, name="apply"),
    path("apply/<str:token>/", views.by_link, name="application-link"),
    path("applications/", views.applications, name="applications"),
    path("applications/<int:pk>/", views.application, name="application"),
    path("applications/<int:pk>/letter/", views.letter, name="application-letter"),
    path("applications/<int:pk>/letter/<int:page>/", views.letter_page, name="application-letter-page"),
    path("applications/<int:pk>/approve/", views.approve, name="application-approve"),
    path("applications/<int:pk>/return/", views.give_back, name="application-return"),
    path("applications/<int:pk>/refuse/", views.refuse, name="application-refuse"),
]

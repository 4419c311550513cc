from django.urls import path

from assessments import views

app_name = "assessments"
urlpatterns = [
    path("", views.assessments, name="list"),
    path("campaigns/new/", views.new_campaign, name="new-campaign"),
    path("campaigns/<int:pk>/list/", views.relist, name="relist"),
    path("campaigns/<int:pk>/call-off/", views.call_off, name="call-off"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/opinion/", views.opinion, name="opinion"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/return/", views.send_back, name="return"),
    path("<int:pk>/exempt/", views.exempt, name="exempt"),
    path("<int:pk>/include/", views.include, name="include"),
    path("<int:pk>/reinstate/", views.reinstate, name="reinstate"),
    path("<int:pk>/certificate/", views.certificate, name="certificate"),
]

from django.urls import path

from core import views

app_name = "core"
urlpatterns = [
    path("components", views.gallery, name="gallery"),
    path("messages/", views.messages_of_mine, name="messages"),
    path("mailbox/", views.mailbox, name="mailbox"),
]

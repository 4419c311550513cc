from django.urls import path

from agreements.reviewing import views

urlpatterns = [
    path("file/", views.file_many, name="file-many"),
    path("slip/", views.slip, name="slip"),
    path("paper-steps/", views.paper_steps, name="paper-steps"),
    path("covers/", views.covers, name="covers"),
    path("covers/<int:pk>/end/", views.end_cover, name="cover-end"),
    path("<int:pk>/look/", views.look, name="look"),
    path("<int:pk>/returns/<int:number>/", views.return_letter, name="return-letter"),
    path("<int:pk>/note/", views.note, name="note"),
    path("<int:pk>/transfer/", views.transfer, name="transfer"),
]

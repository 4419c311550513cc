from django.urls import path

from accounts.lists import views

urlpatterns = [
    path("views/", views.views, name="views"),
    path("views/new/", views.new_view, name="view-new"),
    path("views/<int:pk>/", views.change_view, name="view"),
    path("views/<int:pk>/delete/", views.delete_view, name="view-delete"),
    path("views/<int:pk>/up/", views.move_view, name="view-up"),
    path("views/<int:pk>/copy/", views.copy_view, name="view-copy"),
    path("views/<int:pk>/start/", views.start_with, name="view-start"),
    path("exports/", views.exports, name="exports"),
    path("exports/new/", views.new_export, name="export-new"),
    path("exports/<int:pk>/", views.export, name="export"),
    path("exports/<int:pk>/file/", views.export_file, name="export-file"),
]

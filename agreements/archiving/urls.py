from django.urls import path

from agreements.archiving import views

urlpatterns = [
    path("archive/", views.years, name="archives"),
    path("archive/prepare/", views.prepare, name="archive-prepare"),
    path("archive/items/", views.items, name="archive-items"),
    path("archive/items/<int:pk>/", views.item, name="archive-item"),
    path("archive/items/<int:pk>/papers/<int:number>/", views.paper, name="archive-paper"),
    path("archive/<int:pk>/", views.archive, name="archive"),
    path("archive/<int:pk>/close/", views.close, name="archive-close"),
    path("archive/<int:pk>/supplement/", views.supplement, name="archive-supplement"),
    path("archive/<int:pk>/sheet/", views.sheet, name="archive-sheet"),
    path("archive/<int:pk>/directory/", views.directory, name="archive-directory"),
    path("archive/<int:pk>/boxes/", views.box_sheets, name="archive-boxes"),
    path("archive/<int:pk>/package/", views.package, name="archive-package"),
    path("archive/packages/<int:pk>/file/", views.package_file, name="archive-package-file"),
]

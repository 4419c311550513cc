from django.urls import path

from agreements.printing import views

urlpatterns = [
    path("prints/", views.prints, name="prints"),
    path("prints/<int:pk>/", views.run, name="print"),
    path("prints/<int:pk>/file/", views.file, name="print-file"),
    path("merges/", views.merges, name="merges"),
    path("merges/<int:pk>/", views.merge, name="merge"),
    path("merges/<int:pk>/file/", views.merge_file, name="merge-file"),
]

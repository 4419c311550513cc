from django.urls import path

from desk.merging import views

urlpatterns = [
    path("", views.merges, name="merges"),
    path("hosts/<int:pk>/<int:other>/", views.merge_hosts, name="merge-hosts"),
    path("people/<int:pk>/<int:other>/", views.merge_people, name="merge-people"),
    path("hosts/<int:pk>/<int:other>/dismiss/", views.dismiss_hosts, name="merge-hosts-dismiss"),
    path("people/<int:pk>/<int:other>/dismiss/", views.dismiss_people, name="merge-people-dismiss"),
    path("dismissals/<int:pk>/undo/", views.undo_dismissal, name="merge-dismissal-undo"),
]

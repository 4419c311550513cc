from django.urls import path

from desk.dictionaries import views

urlpatterns = [
    path("", views.dictionary, name="dictionaries"),
    path("<int:pk>/", views.term, name="dictionary-term"),
    path("<int:pk>/arrange/", views.arrange, name="dictionary-arrange"),
    path("<int:pk>/rename/", views.rename, name="dictionary-rename"),
    path("<int:pk>/delete/", views.delete, name="dictionary-delete"),
    path("<int:pk>/retire/", views.retire, name="dictionary-retire"),
    path("<int:pk>/revive/", views.revive, name="dictionary-revive"),
    path("<int:pk>/aliases/", views.alias, name="dictionary-alias"),
    path("aliases/<int:pk>/remove/", views.remove_alias, name="dictionary-alias-remove"),
]

from django.urls import path

from agreements.scanning import views

urlpatterns = [
    path("scans/", views.batches, name="scan-batches"),
    path("scans/<int:pk>/", views.batch, name="scan-batch"),
    path("scans/<int:pk>/decide/", views.decide, name="scan-decide"),
    path("scans/pieces/<int:pk>/pages/<int:page>/", views.page, name="scan-piece-page"),
    path("<int:pk>/scans/<int:number>/withdrawn/", views.withdrawn, name="scan-withdrawn"),
]

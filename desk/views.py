"""The first page of every hat."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.doors import HatRequest


def home(request: HatRequest) -> HttpResponse:
    return render(request, "desk/home.html")

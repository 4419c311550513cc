"""What every page shows around its content has names that no view uses: the engine lets the common ones win."""

import ast

import pytest
from django.conf import settings
from django.test import RequestFactory

from accounts.context import page
from tests.prove.guards import own_apps

SAME_EVERYWHERE = {"shell", "request_id"}  # a view that hands them on hands on the same


@pytest.mark.django_db
def test_no_view_names_anything_as_every_page_does() -> None:
    common = page(RequestFactory().get("/")).keys() - SAME_EVERYWHERE
    modules = [
        path
        for app in own_apps()
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "views" in str(path.relative_to(settings.BASE_DIR))
    ]
    modules += (settings.BASE_DIR / "desk/homes").glob("*.py")

    taken = [
        f"{path.relative_to(settings.BASE_DIR)}:{key.lineno} {key.value}"
        for path in modules
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and key.value in common
    ]

    assert len(modules) > 20
    assert taken == []

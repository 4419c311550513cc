"""The tests run as the database role `app`, like the web; `owner` only makes the database and empties it."""

import gc
import os
import shutil
import tempfile

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the main thread

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from tests import homes, migrated

if TYPE_CHECKING:
    from tests.cast import Season

# A machine that is busy with other tests is slow, not wrong.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

# What was imported stays to the end and the heap of thousands of tests is large: looked through at Python's own pace it
# took a fifteenth of the time.
gc.freeze()
gc.set_threshold(50_000, 10, 10)

# Tables that the framework or a migration fills: they stay when a committing test is cleaned up after.
KEPT = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "accounts_district",
    "core_term",
    "core_termalias",
}
# Of these a migration fills the first rows, which stay, and a test may add to them.
LAID = {"agreements_agreementtext": "based_on_id IS NULL"}


@contextmanager
def as_owner() -> Iterator[None]:
    """The same connection, signed in as the role that owns the tables.

    It closes the connection, so a test that is rolled back cannot use it; threads share the settings, so they are
    changed in place.
    """
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    app = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=owner.username, PASSWORD=unquote(owner.password or ""))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(app)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> None:
    """A database of this process, made by the owner; with --reuse-db that of an earlier run, if it is current."""
    reuse = request.config.getvalue("reuse_db") and not request.config.getvalue("create_db")
    with django_db_blocker.unblock(), as_owner():
        name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # private
        usable = reuse and migrated.is_current(name)
        if not usable:
            migrated.copied_to(name)
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        if usable:
            empty()  # of what an interrupted run left


def empty() -> None:
    """Empty the tables, as the owner: `app` may not TRUNCATE, and append-only triggers would refuse even the owner.

    DELETE, because the few rows of a test go ten times faster so than each table gets a new file.
    """
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # triggers and foreign keys rest
        cursor.execute("; ".join(emptying(connection.introspection.table_names())))


def emptying(tables: Iterable[str]) -> list[str]:
    """The statements that leave of these tables what the framework and the migrations filled in."""
    return [
        f"DELETE FROM {table}" + (f" WHERE NOT ({LAID[table]})" if table in LAID else "")
        for table in sorted(set(tables) - KEPT)
    ]


# What Django does after a test that commits.
setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty())  # noqa: B010  private, so the stubs do not know it


@pytest.fixture(scope="session")
def migrated_home() -> Iterator[Path]:
    """Where the platform was migrated and runs no more, to be copied; whoever asks is of the xdist_group "launcher"."""
    home = Path(tempfile.mkdtemp(prefix="a very long name, and spaces " * 5, dir=settings.DATA_DIR))
    homes.migrate(home)
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all browser tests of this process."""
    path = os.environ.get("CHROMIUM_PATH")
    if not path:
        pytest.skip("BROWSER TESTS NOT RUN: no Chromium on this machine (apt-get install chromium-headless-shell)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)  # two browsers on two busy cores are slow, not wrong
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Any, live_server: Any) -> Iterator[Any]:
    """A page of its own context on the live server; @pytest.mark.viewport(390, 844) sets its size."""
    marker = request.node.get_closest_marker("viewport")
    width, height = marker.args if marker else (1366, 768)
    context = browser.new_context(
        base_url=live_server.url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
    )
    context.set_default_timeout(30_000)  # a busy machine is slow, not wrong
    yield context.new_page()
    context.close()


# Fixtures of a module that take long: whoever uses one stays in one process, so that it is made once.
LONG = {"printed", "read"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in LONG.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(autouse=True)
def holidays_as_delivered(request: pytest.FixtureRequest) -> Iterator[None]:
    """The calendar remembers a minute long which holidays were entered. Here it is asked once before each test that has
    a database, so that neither the minute nor the test before decides what a test sees and how often it asks."""
    from core import calendar

    calendar.forget()
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & {*request.fixturenames}:
        request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
        calendar.years()
    yield
    calendar.forget()


@pytest.fixture
def season(db: None) -> "Season":
    """The cast of people in a year with an active pack."""
    from tests import cast

    return cast.Season()


@pytest.fixture
def lasting_season(transactional_db: None) -> "Season":
    """The same, committed, for tests in which several hands act at once."""
    from tests import cast

    return cast.Season()

"""Web and workers refuse to run as a database role that could undo the append-only tables."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from config.embedded import BASE_DIR
from core.roles import refuse_wrong_role
from tests.conftest import as_owner

CELERY = [str(Path(sys.executable).parent / "celery"), "-A", "config", "worker", "--pool=solo"]


def test_the_tests_run_as_app(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("app",)
    refuse_wrong_role()


@pytest.mark.django_db(transaction=True)
def test_the_owner_of_the_tables_is_refused() -> None:
    with as_owner(), pytest.raises(SystemExit, match="the database user owner is the owner of the tables"):
        refuse_wrong_role()


@pytest.mark.django_db(transaction=True)
def test_a_superuser_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "USER", "postgres")
    with pytest.raises(SystemExit, match="the database user postgres is a superuser"):
        refuse_wrong_role()


@pytest.mark.parametrize("command", [[sys.executable, "-c", "import config.wsgi"], CELERY], ids=["web", "worker"])
@pytest.mark.django_db(transaction=True)
def test_a_process_started_as_owner_ends_at_once(command: list[str]) -> None:
    sockets = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["host"][0]
    url = f"postgresql://owner@/{connection.settings_dict['NAME']}?host={sockets}"
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(command, cwd=BASE_DIR, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "refused to start: the database user owner is the owner of the tables" in done.stderr + done.stdout


@pytest.mark.parametrize("sql", ["DROP TABLE django_session", "ALTER TABLE django_session ADD x int", "SET ROLE owner"])
def test_app_can_do_nothing_that_an_owner_can(db: None, sql: str) -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match=r"must be owner|permission denied"):
        cursor.execute(sql)

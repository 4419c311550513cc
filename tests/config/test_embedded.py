"""The servers that lie under one directory: where they listen, whose they are, what they refuse."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from config import embedded
from config.embedded import AlreadyRunning, Embedded, addresses, socket_directory, socket_path, take_lock


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty directory that the servers' own user may reach (pytest's tmp_path is closed to others)."""
    path = Path(tempfile.mkdtemp(dir=settings.DATA_DIR))
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize("checkout", ["/srv/product", "/home/clerk/my files/" + "long " * 40, "/root/科技特派员"])
def test_a_socket_fits_into_the_kernels_107_bytes_whatever_the_checkout_is_called(checkout: str) -> None:
    path = socket_path(Path(checkout) / "var")
    assert len(os.fsencode(path / ".s.PGSQL.5432.lock")) <= 107
    assert " " not in str(path)


def test_each_directory_has_sockets_of_its_own() -> None:
    assert socket_path(Path("/srv/one/var")) != socket_path(Path("/srv/two/var"))
    assert addresses(Path("/srv/one/var")) == addresses(Path("/srv/../srv/one/var"))


def test_a_socket_directory_that_somebody_prepared_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "elsewhere").mkdir()
    (home / "sockets").symlink_to("elsewhere")
    monkeypatch.setattr(embedded, "socket_path", lambda _: home / "sockets")
    with pytest.raises(SystemExit, match="belongs to somebody else"):
        socket_directory(home, None)


def test_data_of_another_postgresql_is_left_alone_and_named(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres/PG_VERSION").write_text("16\n")
    with (
        pytest.raises(SystemExit, match=r"made by PostgreSQL 16, this is 18\. Dump it .* or start over"),
        Embedded(home),
    ):
        pass
    assert [path.name for path in (home / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_directory_that_is_no_database_is_not_overwritten(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres/thesis.docx").touch()
    with pytest.raises(SystemExit, match="is no PostgreSQL directory"), Embedded(home):
        pass
    assert (home / "postgres/thesis.docx").exists()


def test_two_processes_never_run_servers_on_the_same_directory(home: Path) -> None:
    held = take_lock(home / "servers.lock", "pid 1187, runserver")
    with held, pytest.raises(AlreadyRunning, match="already running: pid 1187, runserver"), Embedded(home):
        pass
    assert not (home / "postgres").exists()


def test_without_a_redis_server_tasks_run_in_place_and_it_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(embedded, "redis_server", lambda: None)
    with Embedded(home, postgres=False) as env:
        assert env == {"CELERY_EAGER": "1"}
    assert "apt-get install redis-server" in capsys.readouterr().out


def test_an_interrupted_initdb_is_made_again_and_nothing_stays_behind(home: Path) -> None:
    (home / "postgres.new/base").mkdir(parents=True)
    (home / "postgres.new/PG_VERSION").write_text("18\n")  # initdb writes it first of all
    servers = Embedded(home, fast=True, redis=False)
    with servers as env:
        db = psycopg2.connect(env["DATABASE_URL"])
        with db.cursor() as sql:
            sql.execute("SELECT current_user, inet_server_addr()")
            assert sql.fetchone() == ("app", None)  # no TCP
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                sql.execute("CREATE TABLE mine (id int)")
        db.close()
    assert not servers.sockets.exists()
    assert servers.children["PostgreSQL"].returncode == 0


KILLED_WITH_SERVERS = """
import os, sys
from config.embedded import Embedded
with Embedded(sys.argv[1], fast=True):
    os.kill(os.getpid(), 9)
"""


def test_servers_end_with_their_parent_even_by_kill_9(home: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_WITH_SERVERS, home], cwd=embedded.BASE_DIR)
    assert killed.returncode == -9
    with Embedded(home, fast=True) as env:  # waits for the old ones to be gone, then starts on what they left
        psycopg2.connect(env["DATABASE_URL"]).close()

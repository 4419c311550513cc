"""`make run` and plain `manage.py`: what they start, what they refuse, and that nothing stays behind."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from config import launch
from config.embedded import BASE_DIR, addresses, take_lock
from tests import migrated
from tests.conftest import as_owner
from tests.homes import FOREIGN, environment, nothing_is_left, started_under

pytestmark = pytest.mark.xdist_group("launcher")  # in one process, so that the migrated home is made once


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Running:
    """A process, what it says, and everything that it started."""

    def __init__(self, home: Path, *command: str, **env: str) -> None:
        self.home = home
        self.port = env.setdefault("PORT", free_port())
        self.words = Path(tempfile.mkstemp(dir=settings.DATA_DIR)[1])
        with self.words.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, *(word.replace("PORT", self.port) for word in command)],
                cwd=BASE_DIR,
                env=environment(home, **env),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def wait_for_page(self, seconds: float = 60) -> int:
        """The status of the first answer."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                return self.status()
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"no answer; it said:\n{self.said()}")

    def status(self) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=10)) as web:
            web.request("GET", "/")
            return web.getresponse().status

    def said(self) -> str:
        return self.words.read_text()

    def wait_until_it_says(self, text: str) -> None:
        end = time.monotonic() + 30
        while text not in self.said():
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def ends(self) -> int:
        return self.process.wait(30)


@pytest.fixture
def home(migrated_home: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="with a space ", dir=settings.DATA_DIR))
    subprocess.run(["cp", "-a", f"{migrated_home}/.", path], check=True)
    yield path
    shutil.rmtree(path)


def test_ctrl_c_stops_everything_the_next_start_finds_its_data_and_falls_with_any_part(home: Path) -> None:
    first = Running(home, "-m", "config.launch")
    assert first.wait_for_page() < 500
    first.wait_until_it_says("Ctrl-C stops everything")
    parts = " ".join(started_under(home))
    assert [name for name in ("postgres", "redis-server", "granian", "worker", "beat") if name not in parts] == []
    with closing(psycopg2.connect(addresses(home)["DATABASE_URL"])) as db, db, db.cursor() as sql:
        sql.execute("INSERT INTO django_session VALUES ('kept', 'data', now())")
    keys = (home / "keys.json").read_bytes()

    second = Running(home, "-m", "config.launch")
    assert second.ends() == 1
    assert second.said() == f"already running: pid {first.process.pid}, http://127.0.0.1:{first.port}/\n"

    first.process.send_signal(signal.SIGINT)
    first.process.send_signal(signal.SIGINT)  # a second one does not cut the clean stop short
    assert first.ends() == 0
    assert nothing_is_left(home, seconds=1)

    again = Running(home, "-m", "config.launch")
    assert again.wait_for_page() < 500
    with closing(psycopg2.connect(addresses(home)["DATABASE_URL"])) as db, db.cursor() as sql:
        sql.execute("SELECT session_data FROM django_session")
        assert sql.fetchall() == [("data",)]
    assert (home / "keys.json").read_bytes() == keys

    again.wait_until_it_says("Ctrl-C stops everything")
    os.kill(int((home / "redis.pid").read_text()), signal.SIGKILL)
    assert again.ends() == 1
    assert "Redis ended, so everything else is stopped too" in again.said()
    assert nothing_is_left(home, seconds=1)


def test_a_pool_that_does_not_end_politely_is_killed_even_when_nobody_is_left_to_do_it(home: Path) -> None:
    run = Running(home, "-m", "config.launch")
    run.wait_for_page()
    run.wait_until_it_says("Ctrl-C stops everything")
    end = time.monotonic() + 30
    while len(pool := [int(one.split()[0]) for one in started_under(home) if " worker " in one]) < 3:
        assert time.monotonic() < end
        time.sleep(0.1)
    os.kill(max(pool), signal.SIGSTOP)  # a child, forked after its parent
    run.process.kill()
    run.ends()
    assert nothing_is_left(home)


def test_runserver_brings_its_own_database_and_ends_with_it(home: Path) -> None:
    run = Running(home, "manage.py", "runserver", "PORT")
    assert run.wait_for_page() < 500
    assert "redis-server" not in " ".join(started_under(home))
    beside = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"], cwd=BASE_DIR, env=environment(home), capture_output=True
    )
    assert beside.returncode == 0  # a second terminal finds the database of the first
    os.killpg(run.process.pid, signal.SIGINT)  # what a terminal does
    run.ends()
    assert nothing_is_left(home)


@pytest.fixture
def given(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """A database and a broker that somebody else runs; one table is still to be made."""
    with django_db_blocker.unblock(), as_owner():
        migrated.copied_to("given")
    urls = {name: os.environ[name].replace("/platform?", "/given?") for name in FOREIGN[:2]}
    with closing(psycopg2.connect(urls["DATABASE_OWNER_URL"])) as owner, owner, owner.cursor() as sql:
        sql.execute("DROP TABLE django_session; DELETE FROM django_migrations WHERE app = 'sessions'")
    yield {**urls, "REDIS_URL": os.environ["REDIS_URL"]}
    with closing(psycopg2.connect(os.environ["DATABASE_OWNER_URL"])) as owner:
        owner.autocommit = True
        owner.cursor().execute("DROP DATABASE given")


def test_servers_that_are_given_are_used_and_none_is_started(given: dict[str, str]) -> None:
    home = Path(tempfile.mkdtemp(dir=settings.DATA_DIR))
    run = Running(home, "-m", "config.launch", **given)
    assert run.wait_for_page() < 500
    run.wait_until_it_says("Ctrl-C stops everything")
    with closing(psycopg2.connect(given["DATABASE_URL"])) as db, db.cursor() as sql:
        sql.execute("SELECT count(*) FROM django_session")  # raises without the table
    run.process.send_signal(signal.SIGTERM)
    assert run.ends() == 0
    assert nothing_is_left(home, seconds=1)
    assert {path.name for path in home.iterdir()}.isdisjoint({"postgres", "redis"})
    shutil.rmtree(home)


def test_a_taken_port_is_refused_before_anything_starts() -> None:
    home = Path(tempfile.mkdtemp(dir=settings.DATA_DIR))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = Running(home, "-m", "config.launch", PORT=str(port))
        assert run.ends() == 1
    assert run.said() == f"port {port} is taken; choose another: PORT={port + 1} make run\n"
    assert not (home / "postgres").exists()
    shutil.rmtree(home)


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://app@/platform"}, "DATABASE_URL is set, DATABASE_OWNER_URL is not"),
        ({"PORT": "eighty"}, "PORT=eighty is not a port"),
    ],
    ids=["half a database", "no port"],
)
def test_a_wrong_environment_is_refused_in_words(env: dict[str, str], sentence: str) -> None:
    home = Path(tempfile.mkdtemp(dir=settings.DATA_DIR))
    run = Running(home, "-m", "config.launch", **env)
    assert run.ends() == 1
    assert sentence in run.said()
    assert not (home / "postgres").exists()
    shutil.rmtree(home)


def test_demo_reset_forgets_the_data_but_not_under_the_feet_of_a_running_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "DATA_DIR", tmp_path)
    for name in ("postgres", "redis", "files"):
        (tmp_path / name).mkdir()
    (tmp_path / "keys.json").touch()
    with (
        take_lock(tmp_path / "servers.lock", "pid 1187"),
        pytest.raises(SystemExit, match=re.escape("stop it first (pid 1187)")),
    ):
        launch.reset()
    assert (tmp_path / "postgres").exists()
    launch.reset()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.json", "run.lock", "servers.lock"]


@pytest.mark.django_db(transaction=True)
def test_a_demo_season_is_wanted_in_an_empty_database_of_a_demonstration_only() -> None:
    from accounts.models import User

    url = os.environ["DATABASE_URL"].replace("/platform?", f"/{connection.settings_dict['NAME']}?")
    assert launch.wants_demo_season({"DATABASE_URL": url})
    assert not launch.wants_demo_season({"DATABASE_URL": url, "DEMO": "0"})
    assert not launch.wants_demo_season({"DATABASE_URL": url, "PRODUCTION": "1"})
    User.objects.create(username="first")
    assert not launch.wants_demo_season({"DATABASE_URL": url})


def test_a_database_that_was_never_migrated_gets_no_season() -> None:
    assert not launch.wants_demo_season(dict(os.environ))

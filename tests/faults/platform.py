"""The whole platform as `make run` starts it, with a hand that kills any part of it and starts it again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg2
import redis

from config.embedded import BASE_DIR, Embedded, die_with_parent, unpacked
from config.launch import commands
from tests.faults.twice import Twice

READY = 60  # seconds until a part that was started has to answer

# Where an act is cut in two. A filing takes its number just before it writes to the first, a payment before the second;
# at the fourth stand the promises of every act, and the effects about to say that they are done.
BEFORE = ("agreements_agreement", "funding_paymentbatch", "core_auditevent", "core_outboxrow")


class Platform:
    """`with Platform(home) as platform:` PostgreSQL (safe against power loss), Redis, web, worker and beat."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.servers = Embedded(home)
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self) -> "Platform":
        addresses = self.servers.__enter__()
        self.env = {**os.environ, **unpacked(), **addresses, "DATA_DIR": str(self.home), "PYTHONUNBUFFERED": "1"}
        self.env |= {"BASE_URL": f"http://127.0.0.1:{self.port}", "DJANGO_SETTINGS_MODULE": "config.settings"}
        try:
            if "CELERY_EAGER" in self.env:
                raise SystemExit("no redis-server on this machine: there is no worker and no beat to kill")
            self.manage("migrate", "--skip-checks", "--verbosity", "0", DATABASE_ROLE="owner")
        except BaseException:
            self.servers.stop()
            raise
        self.commands = commands(self.env, host="127.0.0.1", port=str(self.port), data=self.home)
        self.redis = self.servers.sockets / "redis.sock"
        self.twice = Twice(self.env["DATABASE_OWNER_URL"], self.env["REDIS_URL"], self.redis)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        for child in self.children.values():
            kill_group(child)
        self.servers.stop()

    def manage(self, *words: str, **more: str) -> None:
        self.run("manage.py", *words, **more)

    def run(self, *words: str, **more: str) -> None:
        subprocess.run([sys.executable, *words], cwd=BASE_DIR, env={**self.env, **more}, check=True)

    def start(self, name: str) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                self.commands[name],
                cwd=BASE_DIR,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def start_all(self) -> None:
        for name in self.commands:
            self.start(name)
        end = time.monotonic() + READY
        while not self.answers():
            if time.monotonic() > end:
                raise TimeoutError(f"no page within {READY} s: {self.last_words('web')}")
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/live", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def last_words(self, name: str) -> str:
        return "\n".join((self.home / f"{name}.log").read_text(errors="replace").splitlines()[-15:])

    # Each fault says whether it was really delivered: a run that aims at what is dead already would pass by mistake.

    def fault(self, name: str) -> bool:
        if name == "redis":
            return self.flush_redis()
        if name == "postgres":
            return self.kill_postgres()
        if name == "session":
            return self.kill_session()
        if name in BEFORE:
            return self.cut_before(name)
        if name == "again":
            return self.twice.lately()
        child = self.children[name]
        delivered = kill_group(child)
        self.start(name)
        return delivered

    def kill_postgres(self) -> bool:
        """The whole server at once, as a crash of the machine would; it repairs itself when it starts again."""
        server = self.servers.children["PostgreSQL"]
        sessions = children_of(server.pid)
        if server.poll() is not None:
            return False
        server.kill()
        for session in sessions:
            kill(session)
        delivered = server.wait() == -signal.SIGKILL
        while any(Path(f"/proc/{session}").exists() for session in sessions):
            time.sleep(0.01)
        self.servers.start_postgres()
        return delivered

    def kill_session(self) -> bool:
        """One session that is at work, as the kernel does when memory is short; PostgreSQL then restarts them all."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for session in children_of(self.servers.children["PostgreSQL"].pid):
                words = title_of(session)
                if " app platform " in words and not words.endswith("idle") and kill(session):
                    return True
        return False

    def cut_before(self, table: str) -> bool:
        """Hold everybody who is about to write to the table, and end their sessions there, in the middle of an act."""
        end = time.monotonic() + 5
        with (
            self.connection("DATABASE_OWNER_URL") as owner,
            self.connection("DATABASE_URL") as app,  # may end the sessions of its own role
            owner.cursor() as holding,
            app.cursor() as ending,
        ):
            holding.execute(f"LOCK TABLE {table} IN SHARE MODE")  # who has written to it already may finish
            while time.monotonic() < end:
                time.sleep(0.05)
                ending.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = %s::regclass AND NOT granted",
                    [table],
                )
                if ending.rowcount:
                    return True
        return False

    @contextmanager
    def connection(self, role: str) -> Iterator[Any]:
        """One to the database, as soon as it is back from the fault before."""
        end = time.monotonic() + READY
        while True:
            try:
                connection = psycopg2.connect(self.env[role])
                break
            except psycopg2.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        try:
            yield connection
        finally:
            connection.close()

    def flush_redis(self) -> bool:
        with redis.Redis(unix_socket_path=str(self.redis)) as client:
            return bool(client.flushall())


def kill_group(child: "subprocess.Popen[bytes]") -> bool:
    """kill -9 to a part and everything it started; False when it had ended before."""
    if child.poll() is not None:
        return False
    os.killpg(child.pid, signal.SIGKILL)
    return child.wait() == -signal.SIGKILL


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def title_of(pid: int) -> str:
    """How PostgreSQL calls a process of its own: `postgres: app platform [local] idle in transaction`."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0 ").decode(errors="replace")
    except OSError:
        return ""

"""`make run`: the servers, the migrations, the demo season, then web, worker and beat until Ctrl-C.

Everything is a child of this process and ends with it, whatever ends it.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config.embedded import BASE_DIR, DATA_DIR, AlreadyRunning, Embedded, die_with_parent, take_lock, unpacked

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = os.environ.get("PORT", "8000")
VISIBLE_HOST = "127.0.0.1" if HOST == "0.0.0.0" else HOST
ADDRESS = f"http://{VISIBLE_HOST}:{PORT}/"
GRACE = 4  # seconds a part may take to end before its whole group is killed
# A web worker that is told to end while it still loads the pages forgets it; its parent ends it then.
WEB_GRACE = ("--workers-kill-timeout", str(GRACE - 1))


class Stop(Exception):
    """Ctrl-C, a closed terminal, a polite kill."""


def main() -> None:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    if sys.argv[1:] == ["--reset"]:
        return reset()
    with take_lock(DATA_DIR / "run.lock", f"pid {os.getpid()}, {ADDRESS}"):
        run()


def run() -> None:
    began = time.monotonic()
    refuse_taken_port()
    with_postgres = needs_own_postgres()
    # Installed here because a background job of a script starts with SIGINT ignored, and Python then installs nothing.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        servers = Embedded(DATA_DIR, postgres=with_postgres, redis="REDIS_URL" not in os.environ)
        with servers as addresses:
            env = {**os.environ, **unpacked(), **addresses, "PYTHONUNBUFFERED": "1"}
            env.setdefault("BASE_URL", ADDRESS.rstrip("/"))
            env["STOP_WITHIN"] = str(2 * GRACE)  # for when this process is not there to see to it
            manage(env, "migrate", "--verbosity", "0", DATABASE_ROLE="owner")
            manage(env, "collectstatic", "--noinput", "--verbosity", "0")
            env.pop("DATABASE_OWNER_URL", None)  # the rest has no use for the owner's password
            manage(env, "load_policies", capture=True)  # what the plan says of things built since the last start
            load_demo_season(env)
            serve(servers, env, began)
    except Stop:
        print("stopped", flush=True)


def serve(servers: Embedded, env: dict[str, str], began: float) -> NoReturn:
    """Run web, worker and beat; when one of them or a server ends, so does everything."""
    children = {name: spawn(name, command, env) for name, command in commands(env).items()}
    try:
        if wait_for_page(children):
            print(greeting(time.monotonic() - began), flush=True)
        while not (gone := [*servers.dead(), *(name for name, child in children.items() if child.poll() is not None)]):
            time.sleep(0.3)
        sys.exit(f"{', '.join(gone)} ended, so everything else is stopped too; the next start repairs what it left")
    finally:
        stop_all(children)


def commands(env: dict[str, str], *, host: str = HOST, port: str = PORT, data: Path = DATA_DIR) -> dict[str, list[str]]:
    here = Path(sys.executable).parent
    parts = {
        "web": [
            *(str(here / "granian"), "--interface", "wsgi", "--host", host, "--port", port),
            *("--workers", "2", "--blocking-threads", "1", "--no-ws", "--log-level", "warning", *WEB_GRACE),
            "config.wsgi:application",
        ],
    }
    if env.get("CELERY_EAGER") == "1":  # no Redis: one process hands out what is promised, and does it
        parts["relay"] = [sys.executable, str(BASE_DIR / "manage.py"), "relay"]
    else:
        celery = [str(here / "celery"), "--quiet", "-A", "config"]
        parts["worker"] = [*celery, "worker", "-c", "2", "-l", "warning", "--without-gossip", "--without-mingle"]
        # No pid file: after a crash a stale one would block the start.
        parts["beat"] = [*celery, "beat", "-l", "warning", "--pidfile=", "-s", str(data / "beat")]
    return parts


def greeting(seconds: float) -> str:
    lines = ["", f"  {ADDRESS}   (ready after {seconds:.1f} s; Ctrl-C stops everything)"]
    accounts = DATA_DIR / "demo-accounts.txt"
    if accounts.exists():
        lines += ["", *(f"  {line}" for line in accounts.read_text(encoding="utf-8").rstrip().splitlines())]
    missing = BASE_DIR / "var/missing"
    if missing.exists():
        lines += ["", "  Not on this machine, so PDFs or their fonts do not work. An administrator installs them by:"]
        lines += [f"    {missing.read_text().strip()}", "  and then: rm var/.system* && make run"]
    return "\n".join([*lines, ""])


def load_demo_season(env: dict[str, str]) -> None:
    """Fill an empty database in demo mode; keep the accounts it prints, for this and every later start."""
    if not any(BASE_DIR.glob("*/management/commands/demo.py")) or not wants_demo_season(env):
        return
    print("loading the demo season ...", flush=True)
    loaded = manage(env, "demo", capture=True)
    (DATA_DIR / "demo-accounts.txt").write_text(loaded, encoding="utf-8")


def wants_demo_season(env: dict[str, str]) -> bool:
    import psycopg2

    demo = env.get("DEMO", "0" if env.get("PRODUCTION") == "1" else "1") == "1"
    if not demo:
        return False
    db = psycopg2.connect(env["DATABASE_URL"])
    try:
        with db.cursor() as sql:
            sql.execute("SELECT to_regclass('public.accounts_user') IS NOT NULL")
            if not (sql.fetchone() or [False])[0]:
                return False  # not migrated yet
            sql.execute("SELECT NOT EXISTS (SELECT 1 FROM accounts_user)")
            return bool((sql.fetchone() or [False])[0])
    finally:
        db.close()


def needs_own_postgres() -> bool:
    if "DATABASE_URL" not in os.environ:
        return True
    if "DATABASE_OWNER_URL" not in os.environ:
        sys.exit("DATABASE_URL is set, DATABASE_OWNER_URL is not: migrations need the role that owns the tables")
    return False


def refuse_taken_port() -> None:
    """Look before anything starts: a second granian on the same port would start, and visitors be split between two."""
    if not PORT.isdigit() or not 0 < int(PORT) < 65536:
        sys.exit(f"PORT={PORT} is not a port")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(PORT)))
        except OSError:
            sys.exit(f"port {PORT} is taken; choose another: PORT={int(PORT) + 1} make run")


def stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # a second Ctrl-C must not cut the clean stop short
    raise Stop


def manage(env: dict[str, str], *args: str, capture: bool = False, **extra: str) -> str:
    """Run one of Django's commands to its end; it dies with this process, so that no half migration runs on alone.

    What Django checks before a command is the code, which `make check` has looked at: a start need not wait for it.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", *args, "--skip-checks"],
        cwd=BASE_DIR,
        env={**env, **extra},
        stdout=subprocess.PIPE if capture else None,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    if done.returncode:
        sys.exit(f"manage.py {' '.join(args)} failed; nothing was started")
    return done.stdout or ""


def spawn(name: str, command: list[str], env: dict[str, str]) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # the terminal's Ctrl-C reaches only this process, which stops them in order
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    threading.Thread(target=repeat, args=(name, child), daemon=True).start()
    return child


def repeat(name: str, child: subprocess.Popen[str]) -> None:
    """Print what a part says, line by line, under its name."""
    for line in child.stdout or ():
        print(f"{name:6} | {line}", end="", flush=True)


def wait_for_page(children: dict[str, subprocess.Popen[str]]) -> bool:
    """Wait for any answer of the web; False when a part ended first."""
    while all(child.poll() is None for child in children.values()):
        web = http.client.HTTPConnection(VISIBLE_HOST, int(PORT), timeout=5)
        try:
            web.request("GET", "/")
            web.getresponse()
            return True
        except OSError:
            time.sleep(0.05)
        finally:
            web.close()
    return False


def stop_all(children: dict[str, subprocess.Popen[str]]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    end = time.monotonic() + GRACE
    for child in children.values():
        try:
            child.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def reset() -> None:
    """Forget the demonstration: databases, queue and files. The next `make run` makes a new one."""
    with ExitStack() as locks:
        for name in ("run.lock", "servers.lock"):
            try:
                locks.enter_context(take_lock(DATA_DIR / name, f"pid {os.getpid()}, demo-reset"))
            except AlreadyRunning as running:
                sys.exit(f"stop it first ({running.holder}): its data cannot be removed under its feet")
        for name in ("postgres", "redis", "files"):
            shutil.rmtree(DATA_DIR / name, ignore_errors=True)
        for path in (*DATA_DIR.glob("beat*"), DATA_DIR / "demo-accounts.txt"):
            path.unlink(missing_ok=True)
    print("forgotten; `make run` starts over")


if __name__ == "__main__":
    main()

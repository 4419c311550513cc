"""What manage.py does: Django's commands, with a database under their feet when none was given.

`make run` needs nothing of this. It is for those who type `pip install -r requirements.txt`, `python manage.py migrate`
and `python manage.py runserver`, and for a second terminal beside `make run`.
"""

import os
import signal
import subprocess
import sys
import time
import warnings

from django.core.management import execute_from_command_line

from config.embedded import (
    BASE_DIR,
    DATA_DIR,
    SETTLE,
    AlreadyRunning,
    Embedded,
    addresses,
    die_with_parent,
    is_up,
    socket_path,
    unpacked,
)
from config.launch import load_demo_season

WITHOUT_DATABASE = {"help", "version", "check", "collectstatic", "findstatic", "makemigrations", "diffsettings"}


def run(argv: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    find_unpacked_libraries()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a script's background it would be ignored
    command = next((word for word in argv[1:] if not word.startswith("-")), "help")
    if command == "migrate":
        os.environ.setdefault("DATABASE_ROLE", "owner")
    if command in WITHOUT_DATABASE:
        # makemigrations looks whether a database agrees, when one is there; it need not be.
        warnings.filterwarnings("ignore", "Got an error checking a consistent migration history", RuntimeWarning)
        return execute_from_command_line(argv)
    if "DATABASE_URL" in os.environ:
        return execute(command, argv)
    if is_up(DATA_DIR):
        return execute_beside(command, argv)
    try:
        with Embedded(DATA_DIR, redis=False) as env:
            os.environ.update(env)
            os.environ.setdefault("CELERY_EAGER", "0" if "REDIS_URL" in os.environ else "1")
            execute(command, argv)
    except AlreadyRunning:
        wait_for_the_other()
        execute_beside(command, argv)


def execute_beside(command: str, argv: list[str]) -> None:
    """Use the servers of another process: of `make run`, or of a runserver, which has no Redis."""
    found = addresses(DATA_DIR)
    os.environ.update({name: found[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")})
    if not (socket_path(DATA_DIR) / "redis.sock").exists() and "REDIS_URL" not in os.environ:
        os.environ.setdefault("CELERY_EAGER", "1")
    execute(command, argv)


def execute(command: str, argv: list[str]) -> None:
    # The process that watches the files prepares; the one it starts again after each change only serves.
    if command == "runserver" and "RUN_MAIN" not in os.environ:
        prepare_pages()
        load_demo_season(dict(os.environ))
        if os.environ.get("CELERY_EAGER") == "1":
            subprocess.Popen(
                [sys.executable, str(BASE_DIR / "manage.py"), "relay"], preexec_fn=die_with_parent(signal.SIGTERM)
            )
    execute_from_command_line(argv)


def find_unpacked_libraries() -> None:
    """Start again with the libraries under var/debs: the loader reads its path only when a process begins."""
    env = unpacked()
    if env and "PLATFORM_UNPACKED" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **env, "PLATFORM_UNPACKED": "1"})


def prepare_pages() -> None:
    """Style sheets and icons, which npm brings, and the manifest of static files."""
    if not (BASE_DIR / "var/vendor").exists():
        print("fetching style sheets and icons ...", flush=True)
        if subprocess.run(["./setup", "npm"], cwd=BASE_DIR, env={**os.environ, "PYTHON": sys.executable}).returncode:
            print("the pages will be plain: style sheets and icons could not be fetched (./setup npm)", flush=True)
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"], cwd=BASE_DIR, check=True)


def wait_for_the_other() -> None:
    """Another process holds the servers: use them as soon as they answer."""
    end = time.monotonic() + SETTLE
    while not is_up(DATA_DIR):
        if time.monotonic() > end:
            raise SystemExit(f"the servers under {DATA_DIR} belong to another process, and do not answer")
        time.sleep(0.1)

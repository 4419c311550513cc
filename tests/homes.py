"""Directories in which the platform runs with servers of its own, as on somebody's machine."""

import os
import subprocess
import sys
import time
from pathlib import Path

from config.embedded import BASE_DIR

FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CELERY_EAGER", "DJANGO_SETTINGS_MODULE", "PRODUCTION")


def environment(home: Path, **more: str) -> dict[str, str]:
    """That of a person who has set nothing, with the data elsewhere than in the checkout."""
    mine = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**mine, "DATA_DIR": str(home), "DEMO": "0", **more}


def started_under(home: Path) -> list[str]:
    """The processes whose data lie under `home`: each inherited its name, but Redis writes over its environment."""
    mark = f"DATA_DIR={home}".encode()
    servers = {path.read_text() for path in home.glob("*.pid")}
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.name in servers or mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(f"{process.name} {(process / 'cmdline').read_bytes().replace(bytes(1), b' ').decode()}")
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return found


def nothing_is_left(home: Path, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while left := started_under(home):
        if time.monotonic() > end:
            raise AssertionError("\n".join(left))
        time.sleep(0.1)
    return True


def migrate(home: Path) -> None:
    """Leave it as `python manage.py migrate` does on a machine where nothing runs."""
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"], cwd=BASE_DIR, env=environment(home), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Applying core.0001_roles... OK" in done.stdout
    assert nothing_is_left(home)

"""Run a command with servers of its own: python -m config.with_servers pytest -q

Databases, files and keys lie in TEST_HOME, kept for the next run, or in a fresh directory under var/test that is
removed afterwards; so tests never meet a running `make run`, nor each other. --durable keeps fsync on, for figures.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from config.embedded import BASE_DIR, Embedded, chromium, unpacked


def main(words: list[str]) -> int:
    fast = words[:1] != ["--durable"]
    command = words if fast else words[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    kept = os.environ.get("TEST_HOME")
    if kept:
        return run(command, BASE_DIR / kept, fast=fast)
    (BASE_DIR / "var/test").mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(dir=BASE_DIR / "var/test"))
    home.chmod(0o711)  # root's servers run as a user of their own, who must get through
    try:
        return run(command, home, fast=fast)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(command: list[str], home: Path, *, fast: bool) -> int:
    with Embedded(home, fast=fast) as addresses:
        env = {**os.environ, **unpacked(), **addresses, "DATA_DIR": str(home), "PYTHONUNBUFFERED": "1"}
        if browser := chromium():
            env["CHROMIUM_PATH"] = browser
        child = subprocess.Popen(command, env=env)
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the terminal has told the child too: let it finish
                continue
            except SystemExit:
                child.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

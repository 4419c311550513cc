"""`make check`: everything that can be said about the code without running its tests. All of it, then the verdict."""

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from config.embedded import BASE_DIR

BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]

# A production that could start: the values are of the right shape and open nothing.
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": base64.b85encode(os.urandom(60)).decode(),
    "FIELD_KEYS": json.dumps({"k1": base64.b64encode(os.urandom(32)).decode()}),
    "INDEX_KEY": base64.b64encode(os.urandom(32)).decode(),
    "ALLOWED_HOSTS": "platform.example",
    "BASE_URL": "https://platform.example",
}

CHECKS: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "lint": [str(BIN / "ruff"), "check", "."],
    "types": [str(BIN / "mypy"), "."],
    "who imports whom": [str(BIN / "lint-imports"), "--no-logo"],
    "migrations complete": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "production settings": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
}
GENERATED = ("policy_docs", "state_docs")


def main() -> int:
    checks = CHECKS | {f"{name} current": [*MANAGE, name, "--check"] for name in GENERATED if exists(name)}
    failed = [name for name, command in checks.items() if not passes(name, command)]
    print(f"\nnot green: {', '.join(failed)}" if failed else f"\nall {len(checks)} checks are green")
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    env = {**os.environ, **PRODUCTION} if name == "production settings" else None
    done = subprocess.run(command, cwd=BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


def exists(command: str) -> bool:
    return any(BASE_DIR.glob(f"*/management/commands/{command}.py"))


if __name__ == "__main__":
    sys.exit(main())

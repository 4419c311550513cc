"""Granian as `make run` starts it, with one worker, and a browser's connection to it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import BASE_DIR, die_with_parent

TOKEN = "0123456789abcdef" * 2


@contextmanager
def server(settings_module: str, **more: str) -> Iterator[int]:
    """Serve these settings, as the role `app`; gives the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        *(str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--blocking-threads", "1", "--no-ws", "--log-level", "warning"),
        "config.wsgi:application",
    ]
    env = {**os.environ, **more, "DJANGO_SETTINGS_MODULE": settings_module, "DATABASE_ROLE": "app"}
    child = subprocess.Popen(command, cwd=BASE_DIR, env=env, preexec_fn=die_with_parent(signal.SIGTERM))
    try:
        end = time.monotonic() + 60
        while not listens(port):
            if child.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{settings_module} is not served")
            time.sleep(0.1)
        yield port
    finally:
        child.terminate()
        child.wait(20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Browser:
    """One keep-alive connection with the cookies of a session."""

    def __init__(self, port: int, session: str) -> None:
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str, body: str = "", expect: int = 200) -> bytes:
        headers = {**self.headers, "Content-Type": "application/json"} if body else self.headers
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status != expect:
            raise RuntimeError(f"{method} {path}: {response.status} {text.decode(errors='replace')[:500]}")
        return text

"""People at work through HTTP: each asks, always with the same key, until the answer is definite, and writes down what
was promised, outside the database."""

import http.client
import json
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any
from uuid import uuid4

CLIENTS = 6
MIX = {"file": 3, "visit": 6, "pay": 2}  # how often a client turns to what
LINES = 3  # visits paid by one batch
UNANSWERED = 4  # of so many visits the host leaves one unconfirmed: a link sent to it twice would still be open
PATIENCE = 60  # seconds without a definite answer, or without any act getting through, after which the run has failed


class NoAnswer(Exception):
    """Nobody said what became of it: the run cannot judge, so it has failed."""


@dataclass
class Promises:
    """What the platform acknowledged: one JSON line each, written at once."""

    path: Path
    kept: list[dict[str, Any]] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def note(self, kind: str, **facts: Any) -> None:
        promise = {"kind": kind, **facts}
        with self.news, self.path.open("a") as file:
            file.write(json.dumps(promise) + "\n")
            self.kept.append({**promise, "at": time.monotonic()})
            self.news.notify_all()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [promise for promise in self.kept if promise["kind"] == kind]

    def first_after(self, moment: float) -> float | None:
        """Seconds from a moment to the next act that got through."""
        return next((promise["at"] - moment for promise in self.kept if promise["at"] > moment), None)


class Work:
    """Filing, visiting and paying side by side, each client as its dice fall, until a kind of work or the run ends."""

    def __init__(self, port: int, laid: dict[str, Any], promises: Promises, *, seed: int) -> None:
        self.port, self.tokens, self.promises = port, laid["tokens"], promises
        self.to_file: Queue[int] = Queue()
        for agreement in laid["to_file"]:
            self.to_file.put(agreement)
        self.to_visit: Queue[tuple[dict[str, Any], str]] = Queue()
        for day in laid["days"]:
            for served in laid["served"]:
                self.to_visit.put((served, day))
        self.to_pay: Queue[tuple[str, int]] = Queue()  # the year of a visit, and who attended it
        self.stopping = threading.Event()
        self.asked_again = 0
        self.failures: list[str] = []
        self.threads = [
            threading.Thread(target=self._client, args=[random.Random(seed + place)]) for place in range(CLIENTS)
        ]

    def __enter__(self) -> "Work":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def goes_on_to(self, acts: int) -> bool:
        """Wait until so many acts were acknowledged; False when the work has ended, by itself or by a failure."""
        with self.promises.news:
            while len(self.promises.kept) < acts and not self.stopping.is_set():
                if not self.promises.news.wait(PATIENCE):
                    self.failures.append(f"{len(self.promises.kept)} acts got through, then none for {PATIENCE} s")
                    self.stopping.set()
        return not self.stopping.is_set()

    def _client(self, dice: random.Random) -> None:
        acts = {"file": self._file, "visit": self._visit, "pay": self._pay}
        try:
            while not self.stopping.is_set():
                acts[dice.choices(list(MIX), list(MIX.values()))[0]]()
        except Empty:
            pass  # what is tried with one kind of work missing is no mixed work any more
        except Exception as failure:
            self.failures.append(f"{type(failure).__name__}: {failure}")
        self.stopping.set()

    def _file(self) -> None:
        agreement = self.to_file.get_nowait()
        filed = self.ask("officer", f"agreements/{agreement}/file/", {}, expect=200)
        self.promises.note("filed", agreement=agreement, number=filed["filing_number"])

    def _visit(self) -> None:
        served, day = self.to_visit.get_nowait()
        told = {"agreement": served["agreement"], "date": day, "activities": ["技术咨询"], "content": "现场服务"}
        visit = self.ask(served["specialist"], "visits/", told, expect=201)
        self.promises.note("visit", visit=visit["id"])
        if visit["id"] % UNANSWERED == 0:
            return
        answer = {"name": "联系人", "rating": "satisfied", "version": visit["version"]}
        confirmed = self.ask(served["contact"], f"visits/{visit['id']}/confirm/", answer, expect=200)
        self.promises.note("confirmed", visit=visit["id"])
        for attendance in confirmed["attendances"]:
            self.to_pay.put((day[:4], attendance))

    def _pay(self) -> None:
        by_year: dict[str, list[int]] = {}  # a batch is of one year
        with suppress(Empty):
            for _ in range(LINES):
                year, attendance = self.to_pay.get_nowait()
                by_year.setdefault(year, []).append(attendance)
        for attendances in by_year.values():
            claims = [one["id"] for one in self.ask("clerk", "claims/", {"attendances": attendances}, expect=201)]
            self.promises.note("claimed", claims=claims)
            batch = self.ask("clerk", "payment-batches/", {"claims": claims}, expect=201)
            self.promises.note("batched", batch=batch["id"], claims=claims)
            for act, hat in (("submit", "clerk"), ("approve", "manager")):
                address = f"payment-batches/{batch['id']}/{act}/"
                batch = self.ask(hat, address, {"version": batch["version"]}, expect=200)
                self.promises.note(act, batch=batch["id"], claims=claims, voucher=batch["voucher_number"])

    def ask(self, hat: str, path: str, body: dict[str, Any], *, expect: int) -> Any:
        """The answer to a POST. A broken connection and a 5xx are no answer: the same key asks again."""
        key, end = uuid4().hex, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                status, text = self._once(self.tokens.get(hat, hat), path, json.dumps(body), key)
            except (OSError, http.client.HTTPException):
                status, text = 0, b""
            if status == expect:
                return json.loads(text)
            if 0 < status < 500 and status != 429:
                raise AssertionError(f"POST {path}: {status} instead of {expect}: {text.decode()[:400]}")
            self.asked_again += 1
            time.sleep(0.05)
        raise NoAnswer(f"POST {path}")

    def _once(self, token: str, path: str, body: str, key: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"Authorization": f"Token {token}", "Content-Type": "application/json", "Idempotency-Key": key}
            connection.request("POST", f"/api/v1/{path}", body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

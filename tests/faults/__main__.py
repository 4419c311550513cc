"""`make faults SEED=…`: kill -9 to web, worker, beat and PostgreSQL, and an emptied Redis, during mixed writes.

Clients write through HTTP, keep what they were promised outside the database, and ask again with the same key when no
answer came. A random moment seldom hits the one between two statements, so some faults are aimed: acts are held where
they are about to write to a table, and lose their connections there. Effects are delivered again, those that are done
as well. Afterwards everything promised has to be there, once and whole, and every effect done once. A run that really
delivered under 90 % of the planned faults is void. (kill -9 does not test a power failure.) KILLS=… for more of them;
KEEP=1 keeps the databases and logs.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from config.embedded import BASE_DIR
from tests.faults.clients import Promises, Work
from tests.faults.platform import BEFORE, Platform
from tests.faults.verdict import Reader, judge, settle

PARTS = ("web", "worker", "beat", "postgres", "session")
ENOUGH = 0.9  # of the planned faults, or the run is void
GUARDS = ("fsync", "synchronous_commit", "full_page_writes")  # off, and a server may forget what it committed
EXIT = {"sound": 0, "broken": 1, "void": 2}


@dataclass(frozen=True)
class Plan:
    seed: int
    kills: int = 40
    flushes: int = 10
    cuts: int = 12
    repeats: int = 6
    filings: int = 250
    specialists: int = 9
    acts: int = 8  # acknowledged between two faults, on the average

    def faults(self) -> list[str]:
        """Every part its share, in an order that the seed decides."""
        faults = [PARTS[number % len(PARTS)] for number in range(self.kills)]
        faults += [BEFORE[number % len(BEFORE)] for number in range(self.cuts)]
        faults += ["redis"] * self.flushes + ["again"] * self.repeats
        random.Random(self.seed).shuffle(faults)
        return faults


@dataclass(frozen=True)
class Delivered:
    """One fault that really hit."""

    part: str
    at: float


def main() -> int:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    result = run(Plan(seed=seed, kills=int(os.environ.get("KILLS", "40"))), keep=bool(os.environ.get("KEEP")))
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return EXIT[result["verdict"]]


def run(plan: Plan, *, keep: bool = False, like: Path | None = None) -> dict[str, Any]:
    """Do it; returns what was delivered, what was promised and what is wrong. `like` is a home that is migrated already."""
    began = time.monotonic()
    (BASE_DIR / "var").mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="faults-", dir=BASE_DIR / "var"))
    if like:
        subprocess.run(["cp", "-a", f"{like}/.", home], check=True)
    home.chmod(0o711)  # root's servers run as a user of their own, who must get through
    try:
        with Platform(home) as platform:
            say("laying papers and people")
            platform.run("-m", "tests.faults.stage", str(plan.filings), str(plan.specialists), str(home / "laid.json"))
            say("starting web, worker and beat")
            platform.start_all()
            promises = Promises(home / "promises.jsonl")
            with Work(platform.port, json.loads((home / "laid.json").read_text()), promises, seed=plan.seed) as work:
                delivered = deliver(platform, work, plan)
            say("settling")
            settling = time.monotonic()
            reader = Reader(platform.env["DATABASE_OWNER_URL"])
            wrong = [
                *work.failures,
                *settle(reader),
                *platform.twice.everything(),
                *judge(reader, promises, home / "files"),
            ]
            guards = {guard: reader.one(f"SHOW {guard}") for guard in GUARDS}
            reader.close()
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)
    enough = set(guards.values()) == {"on"} and len(delivered) >= ENOUGH * len(plan.faults())
    return {
        "seed": plan.seed,
        "verdict": "broken" if wrong else "sound" if enough else "void",
        "planned": dict(Counter(plan.faults())),
        "delivered": dict(Counter(fault.part for fault in delivered)),
        "acknowledged": dict(Counter(promise["kind"] for promise in promises.kept)),
        "asked again": work.asked_again,
        "seconds to the next act": recoveries(delivered, promises),
        "seconds to settle": round(time.monotonic() - settling),
        "seconds": round(time.monotonic() - began),
        "server": guards,
        "wrong": wrong[:50],
    }


def deliver(platform: Platform, work: Work, plan: Plan) -> list[Delivered]:
    """Each fault in the middle of the work: after so many acts, not after so many seconds."""
    dice = random.Random(plan.seed)
    delivered = []
    for fault in plan.faults():
        if not work.goes_on_to(len(work.promises.kept) + dice.randrange(1, 2 * plan.acts)):
            break
        time.sleep(dice.random() / 20)  # anywhere in the next act
        began = time.monotonic()
        if platform.fault(fault):
            delivered.append(Delivered(fault, began))
            say(f"{fault} after {len(work.promises.kept)} acts")
    work.goes_on_to(len(work.promises.kept) + plan.acts)  # after the last one too
    return delivered


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def recoveries(delivered: Sequence[Delivered], promises: Promises) -> dict[str, str]:
    """Median and longest time from a fault until the next act got through, by part."""
    taken: dict[str, list[float]] = {}
    for fault in delivered:
        seconds = promises.first_after(fault.at)
        if seconds is not None:
            taken.setdefault(fault.part, []).append(seconds)
    return {part: f"{median(seconds):.1f}, at most {max(seconds):.1f}" for part, seconds in sorted(taken.items())}


if __name__ == "__main__":
    sys.exit(main())

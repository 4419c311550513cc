"""Runs the tests again and again, each time without one guard, in forks of a pytest that has collected them once.

So a run costs what its tests cost: Django is set up, and every test imported, one time for all.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from itertools import zip_longest
from time import monotonic

import pytest
from django.conf import settings

from core.policy_docs import Named, named_in_tests
from tests.prove.guards import Database, Guard, all_guards
from tests.prove.taking import take_away

LONGEST = 900  # seconds for one run; one that hangs without its guard tells nothing
LOCKS = ("lock", "written")
RACES = {"at_once", "during", "ThreadPoolExecutor"}  # what a test with several hands uses
NEAREST = 80  # tests that name the guard, asked before the others of its app


class Prover:
    """A pytest plugin: instead of running the tests it proves the guards whose name holds one of the words."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.red: list[str] = []  # in a fork: what has failed there
        self.not_proven: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed:
            return None  # not everything could be collected, and pytest says what
        self.session, self.items = session, list(session.items)
        self.named = list(named_in_tests(settings.BASE_DIR / "tests"))
        self.races = {test.name for test in self.named if test.words & RACES}
        began = monotonic()
        session.config.option.create_db = True  # one that a cut-short run left may lack a guard
        self._run([item for item in self.items if item.nodeid.startswith("tests/core/test_cast.py")])
        session.config.option.create_db = False
        self.database = Database()
        guards = [guard for guard in all_guards(self.database) if not self.words or self._is_asked_for(guard)]
        proof = {guard: self._prove(guard, f"{number:3}/{len(guards)}") for number, guard in enumerate(guards, 1)}
        # Red with every guard in place as well, a test proves nothing.
        anyway = self._run([item for item in self.items if item.nodeid in proof.values()], keep_going=True)
        self.not_proven = [str(guard) for guard, red in proof.items() if not red or red in anyway]
        print(
            f"\n{len(guards) - len(self.not_proven)} of {len(guards)} guards are proven by a red test,"
            f" in {monotonic() - began:.0f} s"
        )
        for red in anyway:
            print(f"  red anyway: {red}")
        for name in self.not_proven:
            print(f"  not proven: {name}")
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid not in self.red:
            self.red.append(report.nodeid)

    def _is_asked_for(self, guard: Guard) -> bool:
        return any(word in f"{guard.app} {guard}" for word in self.words)

    def _prove(self, guard: Guard, place: str) -> str:
        """The first test that turns red without the guard, or nothing."""
        began = monotonic()
        with self.database.without(guard):
            red = self._red_by_itself(self._nearest(guard), guard) or self._red_by_itself(self._further(guard), guard)
        verdict = f"red: {red}" if red else "STAYS GREEN"
        print(f"{place}  {guard!s:70}  {verdict}  ({monotonic() - began:.0f} s)", flush=True)
        return red

    def _red_by_itself(self, items: list[pytest.Item], guard: Guard) -> str:
        """The first red test, unless it is red only after others: then the guard has nothing to do with it."""
        while items and (red := self._run(items, guard)):
            place = [item.nodeid for item in items].index(red[0])
            if self._run([items[place]], guard):
                return red[0]
            items = items[place + 1 :]
        return ""

    def _nearest(self, guard: Guard) -> list[pytest.Item]:
        """The tests that name the guard, those of its own app first: most are proven by one of these in seconds."""
        names = {test.name for test in self.named if test.words & guard.words or _holds(test, guard)}
        items = [item for item in self._counting(guard) if item.nodeid.split("[")[0] in names]
        if guard.kind in LOCKS:
            items = [item for item in items if self._is_a_race(item)]
        return self._own_first(guard, items)[:NEAREST]

    def _further(self, guard: Guard) -> list[pytest.Item]:
        """Where else to look. The database refuses by name, so a test that means its guard names it."""
        if guard.kind in ("constraint", "trigger", "right"):
            return []
        if guard.kind in LOCKS:
            return self._own_first(guard, [item for item in self.items if self._is_a_race(item)])
        return [item for item in self._counting(guard) if item.nodeid.startswith(f"tests/{guard.app}/")]

    def _is_a_race(self, item: pytest.Item) -> bool:
        return item.nodeid.split("[")[0] in self.races

    def _own_first(self, guard: Guard, items: list[pytest.Item]) -> list[pytest.Item]:
        return sorted(items, key=lambda item: not item.nodeid.startswith(f"tests/{guard.app}/"))

    def _counting(self, guard: Guard) -> list[pytest.Item]:
        """Without those that say of a rule what it is by itself; and the act is to notice, not only its picture."""
        return [
            item
            for item in self.items
            if "_in_the_browser" not in item.nodeid and not (guard.kind == "rule" and "/test_rules" in item.nodeid)
        ]

    def _run(self, items: list[pytest.Item], guard: Guard | None = None, *, keep_going: bool = False) -> list[str]:
        """The red ones of these tests, run in a fork; without `keep_going` it stops at the first."""
        reading, writing = os.pipe()
        if not (fork := os.fork()):
            try:
                self._run_here(items, guard, keep_going=keep_going)
                answer = json.dumps(self.red)
            except BaseException:
                answer = traceback.format_exc()
            os.write(writing, answer.encode())
            os._exit(0)  # nothing of the first process is this one's to tidy up
        os.close(writing)
        with open(reading) as told:
            answer = told.read()
        os.waitpid(fork, 0)
        if not answer.startswith("["):
            print(f"no verdict of {len(items)} tests without {guard}: {answer or 'cut short'}", flush=True)
            return []
        return list(json.loads(answer))

    def _run_here(self, items: list[pytest.Item], guard: Guard | None, *, keep_going: bool) -> None:
        signal.alarm(LONGEST)
        quiet = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(quiet, stream.fileno())
        if guard:
            take_away(guard)
        for item, following in zip_longest(items, items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.red and not keep_going:
                break
        self.session._setupstate.teardown_exact(None)  # what the session's fixtures started, a browser say, ends


def _holds(test: Named, guard: Guard) -> bool:
    """Whether a statement in the test has the guard's table in it."""
    return guard.kind in ("trigger", "right") and any(guard.table in word for word in test.words)

"""The hands that tests lend to the cast: a browser signed in as a hat, several people acting at the same moment."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, current_thread, main_thread
from time import sleep
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from accounts.models import Membership
from core.policy import Refused
from core.stale import Stale
from specialists.models import Specialist
from tests.conftest import as_owner

Act = Callable[[], object]


def only_added_to(*tables: str) -> None:
    """See that their rows change for nobody: the platform has no right to, and a trigger stops their owner. Commits."""
    for table in tables:
        change, remove = f"UPDATE {table} SET id = id", f"DELETE FROM {table}"
        for statement in (change, remove, f"TRUNCATE {table}"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(statement)
        for statement in (change, remove):
            with as_owner(), pytest.raises(DatabaseError, match=f"{table} is append-only"):
                connection.cursor().execute(statement)


def browser_of(hat: Membership) -> Client:
    client = Client()
    client.force_login(hat.person)
    session = client.session
    session["membership_id"] = hat.pk
    session.save()
    return client


def posting(hat: Membership, path: str, **sent: Any) -> Act:
    """The outcome is the status of the answer."""
    browser = browser_of(hat)
    return lambda: str(browser.post(path, sent).status_code)


def outcome(act: Act) -> str:
    """For a thread of its own: the word that the act gave, else "done"; "stale", or what refused it, by its name."""
    try:
        given = act()
    except Refused as refusal:
        return " ".join(finding.code for finding in refusal.findings)
    except Stale:
        return "stale"
    except IntegrityError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]  # psycopg2 is the cause
    finally:
        connection.close()
    return given if isinstance(given, str) else "done"


def at_once(*acts: Act) -> list[str]:
    """The outcomes, in order of the alphabet, for nobody knows who comes first."""
    start = Barrier(len(acts))

    def run(act: Act) -> str:
        start.wait(10)
        return outcome(act)

    with ThreadPoolExecutor(len(acts)) as threads:
        return sorted(threads.map(run, acts))


def during(change: Act, act: Act, *, then: Act | None = None) -> str:
    """The outcome of `act` in another thread while `change` is made in this one and not yet committed; what is done
    `then` is done while it waits."""
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            change()
            acting = thread.submit(outcome, act)
            for _ in range(500):  # until it waits for this one, or needs not wait; a busy machine takes its time
                if acting.done() or somebody_waits():
                    break
                sleep(0.01)
            if then:
                then()
        return acting.result()


def one_after_the_other(act: Act, people: Iterable[Specialist]) -> str:
    """The outcome of `act` while the first of these persons, in the order in which all are held, is held by another;
    so long as it waits it has none of the rest, or the two would wait for each other."""
    first, *rest = Specialist.objects.filter(pk__in=[one.pk for one in people]).in_holding_order()
    free = Specialist.objects.select_for_update(nowait=True)
    return during(lambda: free.get(pk=first.pk), act, then=lambda: [free.get(pk=one.pk) for one in rest])


def somebody_waits() -> bool:
    """For this connection: the tests of another process wait in the same server for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def linger(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Widen the moment between reading and writing, which is too narrow to be hit by chance; for the hands of
    `at_once`, not for what leads up to it."""
    read = getattr(owner, name)

    def read_and_linger(*args: Any, **more: Any) -> Any:
        facts = read(*args, **more)
        if current_thread() is not main_thread():
            sleep(0.3)
        return facts

    monkeypatch.setattr(owner, name, read_and_linger)

"""Every address × method × role × {own, foreign, none}: the answer is what the permission matrix alone promises."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.matrix import Address, matrix
from core import outbox
from core.jinja import url_if_served
from core.models import OutboxRow
from tests.matrix.walk import ALLOWED, METHODS, SAFE, body_of, digest, expected, fits, named_urls
from tests.matrix.world import FOREIGN_HOST, FOREIGN_PEOPLE, SECRET, World

NAMES = sorted(name for name in named_urls() if not name.startswith("admin:"))
SUBJECTS = ("own", "foreign", "none")
UNSEEN = ("own",)  # for a role that sees no record of the kind: the door answers before it looks for one
# The one place that gives a whole identity number, and of whom.
IN_CLEAR = {"agreements:paper": "the tripartite agreement names its specialist by it; the institution prints it"}
NOBODY = 999_999_999
SAMPLE = (
    None,
    Role.BUREAU_OFFICER,
    Role.SPECIALIST,
)  # who tries the methods that an address has not: it knows no roles

# Pages that may hold words of the other side, and why.
NO_SECRETS = {
    "accounts:sign-in": "a demonstration offers its accounts (without it, test_sign_in sees none)",
    "core:gallery": "its people are written into the page",
    "core:mailbox": "a demonstration shows all its mail (without it, the page is not there)",
}


def address_of(name: str) -> Address:
    address = matrix().address(name)
    assert address, f"{name} is not in accounts/permissions/*.toml: nobody may open it"
    return address


def test_every_address_is_in_the_matrix_and_every_entry_has_an_address() -> None:
    served = set(named_urls())
    known = {name for name in matrix().addresses if not name.endswith(":*")}

    assert sorted(name for name in served if matrix().address(name) is None) == []
    assert sorted(known - served) == []


def test_every_menu_item_leads_to_a_page_its_reader_may_open() -> None:
    wrong = [
        item.label
        for item in matrix().menu
        if url_if_served(item.url) is None or address_of(item.url).methods.get("GET") != item.action
    ]

    assert wrong == []


def test_an_act_reaches_as_far_as_the_sight_of_its_record() -> None:
    """A scope beside an act that differs from how far its role sees the record would be words without effect."""
    wrong = [
        f"{address.name} {method}: {role} {scope}, but sees {matrix().actions[address.view].roles.get(role)}"
        for address in matrix().addresses.values()
        if address.model
        for method, action in address.methods.items()
        for role, scope in matrix().actions[action].roles.items()
        if matrix().actions[address.view].roles.get(role) != scope
    ]

    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_an_address_answers_each_role_as_the_matrix_says(world: World, lines: list[str], name: str) -> None:
    address = address_of(name)
    cache.clear()  # the counters of the throttle
    lines.clear()
    wrong = []
    for role in SAMPLE if address.open or address.hatless else visitors(address):
        for method in METHODS if role in SAMPLE else address.methods:
            subjects = subjects_of(address, role) if method in address.methods else UNSEEN
            for subject in subjects:
                wrong += Visit(world, address, role, method, subject).wrong()

    assert not wrong, "\n".join(wrong)
    assert changed(world) == [], "a refused request changed the database"
    assert not [line for line in lines if any(secret in line for secret in (*world.numbers, *world.secrets))]


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("api:")])
def test_a_token_opens_what_the_session_of_its_hat_opens_and_nothing_else(world: World, name: str) -> None:
    """A token decides who is there, and the walk above what they may: one role of each answer stands for all."""
    address = address_of(name)
    cache.clear()
    wrong = []
    for method in address.methods:
        roles = {
            (expected(address, method, role, "own"), expected(address, method, role, "foreign")): role for role in Role
        }
        for role in roles.values():
            for subject in subjects_of(address, role):
                wrong += Visit(world, address, role, method, subject, token=True).wrong()

    assert not wrong, "\n".join(wrong)
    assert changed(world) == [], "a refused request changed the database"


def test_the_walk_looks_for_numbers_that_are_there(world: World) -> None:
    """Each number is kept in clear by nobody, and the one paper that names it shows that the walk would see it."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[Role.INSTITUTION_CLERK]

    paper = body_of(client.post(f"/agreements/{world.ours.pk}/paper/"))

    assert world.mine.specialist.id_number in paper
    assert [len(number) for number in world.numbers] == [18, 11, 19, 18, 11, 19]
    assert world.tables_with_numbers(everywhere=True) == []


def test_the_walk_sees_a_row_added_written_anew_or_removed(world: World) -> None:
    """Also the one that is written as it was, and the oldest of its table."""
    rows = OutboxRow.objects.order_by("pk")
    acts: dict[str, Callable[[], Any]] = {
        "added": lambda: outbox.add("core.tasks.nothing"),
        "written": lambda: rows.filter(pk=rows[0].pk).update(task=F("task")),
        "removed": lambda: rows.filter(pk=rows[0].pk).delete(),
    }
    before, seen = digest(), {}
    for name, act in acts.items():
        with transaction.atomic():
            act()
            now = digest()
            seen[name] = [table for table in before if before[table] != now[table]]
            transaction.set_rollback(True)

    assert all(tables == ["core_outboxrow"] for tables in seen.values()), seen
    assert digest() == before


@pytest.mark.parametrize("role", Role)
def test_the_administration_of_django_is_there_for_no_hat(world: World, role: Role) -> None:
    client = Client()
    client.force_login(world.hats[role].person)

    assert client.get("/admin/").status_code == 404
    assert client.get("/admin/login/").status_code == 404
    assert client.post("/admin/login/").status_code == 404


def test_the_administration_of_django_has_no_sign_in_of_its_own(world: World) -> None:
    for path in ("/admin/", "/admin/login/"):
        assert Client().get(path)["Location"].startswith("/sign-in/")
    assert Client().post("/admin/login/").status_code == 401


def visitors(address: Address) -> list[Role | None]:
    """Whoever may do something there. Who may do nothing never comes to the view: one of each answer stands for all,
    every time another."""
    by_answer: dict[tuple[int | str, ...], list[Role]] = {}
    for role in Role:
        answers = tuple(expected(address, method, role, subject) for method in address.methods for subject in SUBJECTS)
        by_answer.setdefault(answers, []).append(role)
    turn = NAMES.index(address.name)
    chosen = [roles if ALLOWED in answers else [roles[turn % len(roles)]] for answers, roles in by_answer.items()]
    return [None, *(role for roles in chosen for role in roles)]


def subjects_of(address: Address, role: Role | None) -> tuple[str, ...]:
    """Whose record is asked for: every kind where the role sees any, and the one that its scope decides on always."""
    if not address.model or role is None or matrix().sees(role, address) is None:
        return UNSEEN
    return SUBJECTS


def changed(world: World) -> list[str]:
    """The tables that are not as the last look at them, or the making of the world, left them."""
    before, world.digest = world.digest, digest()
    return [table for table in before if before[table] != world.digest[table]]


def why(response: Any) -> str:
    """The exception behind a 500."""
    return f" ({response.exc_info[1]!r})" if getattr(response, "exc_info", None) else ""


class Visit:
    """One request of the walk."""

    def __init__(
        self, world: World, address: Address, role: Role | None, method: str, subject: str, *, token: bool = False
    ) -> None:
        self.world, self.address, self.role, self.method, self.subject = world, address, role, method, subject
        self.token = token
        self.wanted = expected(address, method, role, subject)
        self.path = reverse(address.name, kwargs=self._parts())

    def wrong(self) -> list[str]:
        """What this request's answer did that it may not do, in words."""
        if self.wanted != ALLOWED:  # it leaves nothing behind, as the digest over all of them shows
            return self._judge(self._ask())
        with transaction.atomic():
            found = self._judge(self._ask())
            if self.method not in SAFE:
                found += [f"{self}: leaves a personal number in {table}" for table in self.world.tables_with_numbers()]
            transaction.set_rollback(True)
        return found

    def _judge(self, response: Any) -> list[str]:
        if not fits(self.wanted, response, api=self.address.name.startswith("api:"), method=self.method):
            return [f"{self}: {response.status_code} instead of {self.wanted}{why(response)}"]
        body = body_of(response) + response.headers.get("Location", "")
        leaks = [number for number in self.world.numbers if number in body and not self._may_be_read(number)]
        if response.status_code < 300:
            leaks += [word for word in self._canaries() if word in body]
        return [f"{self}: shows {word}" for word in leaks]

    def __str__(self) -> str:
        who = f"{self.role or 'anonymous'}{' by token' if self.token else ''}"
        return f"{self.method} {self.path} as {who} ({self.subject})"

    def _ask(self) -> Any:
        client, headers = self.world.client, {}
        client.cookies.clear()
        if self.role and self.token:
            headers["Authorization"] = f"Token {self.world.tokens[self.role]}"
        elif self.role:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.world.sessions[self.role]
        return client.generic(self.method, self.path, headers=headers)

    def _parts(self) -> dict[str, Any]:
        """The variable parts of the path: the record's key, and what the world names for the others."""
        parts = dict(self.world.parts.get(self.address.name, {}))
        if self.address.model:
            own, foreign = self.world.pks(self.address, self.role or Role.INSTITUTION_CLERK)
            parts[self.address.key] = {"own": own, "foreign": foreign, "none": NOBODY}[self.subject]
        return parts

    def _may_be_read(self, number: str) -> bool:
        mine = self.world.mine.specialist.id_number
        return self.address.name in IN_CLEAR and self.role in Role.institution and number == mine

    def _canaries(self) -> list[str]:
        """The words of the other side, for a hat that does not see the whole city."""
        if self.address.name in NO_SECRETS:
            return []
        if self.role is None:
            return [SECRET, *FOREIGN_PEOPLE]
        if self.role in Role.sees_everything:
            return []
        hidden = [SECRET, *FOREIGN_PEOPLE, str(self.world.season.u2)]
        return hidden if self.role in Role.institution else [*hidden, FOREIGN_HOST]

"""The platform speaks Chinese: no page, refusal or error holds a Latin word that is not on the list of tests/words.py,
and no page offers its reader a link that would refuse them."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from accounts.doors import WORN
from accounts.enums import Role
from accounts.matrix import Address, matrix
from accounts.models import User
from tests.matrix.walk import ALLOWED, expected
from tests.matrix.world import World
from tests.people import Forms
from tests.words import leaks, sentences, spoken, words_of

# Pages for those who write programs, or the platform itself: their words are code.
FOR_PROGRAMS = {"api-schema", "api-docs", "live", "ready"}
# The gallery shows components with invented codes; it is there in a demonstration only.
ADDRESSES = [
    address
    for name, address in sorted(matrix().addresses.items())
    if not address.superuser and name not in {*FOR_PROGRAMS, "core:gallery"}
]
PAGES = [one for one in ADDRESSES if not one.name.startswith("api:")]
# What a clumsy hand or a clumsy program sends; without Latin letters, because a refusal may quote it.
CLUMSY = ("", "甲" * 12_000, "-1", "9" * 40, "2026-02-30", "甲\0乙")
CLUMSY_JSON: tuple[Any, ...] = (
    None,
    "",
    {},
    [[]],
    [{}],
    "甲" * 12_000,
    -1,
    10**30,
    True,
    "2026-02-30",
    "甲\0乙",
    "\ud800",
)


@pytest.fixture
def names(world: World) -> list[str]:
    """Accounts of the tests' people, and the sheet of their roster, which some pages show."""
    return ["Sheet", *User.objects.values_list("username", flat=True)]


def client_of(world: World, role: Role | None) -> Client:
    client = Client(raise_request_exception=False)
    if role:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[role]
    return client


def readers(address: Address, method: str) -> list[Role | None]:
    """Who may do this there; somebody signed out where it is open."""
    if address.open:
        return [None]
    return [role for role in Role if expected(address, method, role, "own") == ALLOWED]


def path_of(world: World, address: Address, role: Role | None) -> str:
    parts = dict(world.parts.get(address.name, {}))
    if address.model:
        parts[address.key] = world.worked_on.get(address.name) or world.pks(address, role or Role.INSTITUTION_CLERK)[0]
    return reverse(address.name, kwargs=parts)


def content_of(answer: Any) -> bytes:
    """To its end, which closes a file that is handed out."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


IDS = re.compile(r"<[^>]* id=\"([^\"]+)\"")


@dataclass
class Read:
    """A page or a file that somebody was given."""

    name: str
    role: Role | None
    words: list[str]
    links: list[str]
    twice: list[str] = field(default_factory=list)  # ids that stand at two places of the page


@pytest.fixture(scope="module")
def read(world: World) -> list[Read]:
    """Every page and file of every hat."""
    answers = []
    for address in PAGES:
        for role in readers(address, "GET") if "GET" in address.methods else ():
            answer = client_of(world, role).get(path_of(world, address, role))
            kind, content = answer.headers.get("Content-Type", ""), content_of(answer)
            if kind.startswith("text/html"):
                page, ids = spoken(content.decode()), Counter(IDS.findall(content.decode()))
                twice = [name for name, times in ids.items() if times > 1]
                answers.append(Read(address.name, role, page.words, page.links, twice))
            elif not kind.startswith("image/"):
                answers.append(Read(address.name, role, words_of(content), []))
    return answers


def test_every_page_and_paper_of_every_hat_is_in_chinese(read: list[Read], names: list[str]) -> None:
    found = {f"{one.name} as {one.role}": words for one in read if (words := leaks(one.words, *names))}

    assert found == {}
    assert len(read) > 400


def test_no_page_has_an_id_twice(read: list[Read]) -> None:
    """A label leads to the first of them only: who hears a page read fills in the wrong field."""
    assert {f"{one.name} as {one.role}": one.twice for one in read if one.twice} == {}


def test_no_page_offers_its_reader_a_link_that_refuses_them(read: list[Read]) -> None:
    links = {(one.name, one.role, link) for one in read for link in one.links}

    assert sorted({f"{name} as {role}: {why}" for name, role, link in links for why in refusals(link, role)}) == []
    assert len(links) > 3000


NAVIGATION = re.compile(r'<nav[^>]*aria-label="主导航".*?</nav>', re.DOTALL)
CURRENT = re.compile(r'<a href="([^"]+)" aria-current="page">')


def navigation(client: Client, place: str) -> str:
    found = NAVIGATION.search(content_of(client.get(place)).decode())
    assert found, place
    return found[0]


@pytest.mark.parametrize("role", Role)
def test_the_menu_of_every_hat_marks_where_its_reader_is(world: World, role: Role) -> None:
    client = client_of(world, role)
    places = spoken(navigation(client, "/")).links
    marked = {place: CURRENT.findall(navigation(client, place)) for place in places}

    assert marked == {place: [place] for place in places}
    assert len(places) > 2


def refusals(link: str, role: Role | None) -> Iterator[str]:
    path = link.partition("?")[0].partition("#")[0]
    if path.startswith("/static/"):
        return
    try:
        target = matrix().address(resolve(path).view_name)
    except Resolver404:
        target = None
    if target is None:
        yield f"{path} is not there"
    elif not target.open and expected(target, "GET", role, "own") != ALLOWED:
        yield f"{path} refuses them"


# --- refusals ---------------------------------------------------------------------------------------------------------


def forms_of(page: str) -> Forms:
    parsed = Forms()
    parsed.feed(page)
    return parsed


def bodies(client: Client, path: str) -> Iterator[dict[str, str]]:
    """The form that comes back empty (or stands at the address), filled in clumsily, every field with the same word."""
    with transaction.atomic():
        pages = [content_of(client.post(path, {})), content_of(client.get(path))]
        transaction.set_rollback(True)
    fields = {
        name
        for page in pages
        for form in forms_of(page.decode(errors="replace")).forms
        for name in form.values
        if name not in ("csrfmiddlewaretoken", "idempotency_key", WORN)
    }
    for word in CLUMSY if fields else CLUMSY[:1]:
        yield dict.fromkeys(sorted(fields), word)


@pytest.mark.parametrize("address", [one for one in PAGES if "POST" in one.methods], ids=lambda one: one.name)
def test_every_refusal_of_a_form_is_in_chinese(world: World, names: list[str], address: Address) -> None:
    role = readers(address, "POST")[0]
    client, path = client_of(world, role), path_of(world, address, role)
    found: set[str] = set()
    cache.clear()
    for body in bodies(client, path):
        with transaction.atomic():
            answer = client.post(path, body)
            content = content_of(answer)
            transaction.set_rollback(True)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            found |= set(leaks(spoken(content.decode()).words, *names))
        assert answer.status_code < 500, (path, str(body)[:200])

    assert found == set()


def properties(schema: dict[str, Any], path: str, method: str) -> set[str]:
    """The names that a request to this address of the interface may carry, as its description has them."""
    content = schema["paths"].get(path, {}).get(method, {}).get("requestBody", {}).get("content", {})
    named: set[str] = set()
    for body in content.values():
        part = body["schema"]
        if "$ref" in part:
            part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
        named |= set(part.get("properties", {}))
    return named


@pytest.fixture(scope="module")
def schema(world: World) -> dict[str, Any]:
    answer = client_of(world, Role.BUREAU_OFFICER).get("/api/v1/schema?format=json")
    described: dict[str, Any] = json.loads(answer.content)
    return described


def described(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (part[key] for key in ("title", "summary", "description") if isinstance(part.get(key), str))
        for below in part.values():
            yield from described(below)
    elif isinstance(part, list):
        for below in part:
            yield from described(below)


def test_who_writes_a_program_reads_chinese(schema: dict[str, Any]) -> None:
    words = [*described(schema)]
    assert [one for one in words if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", one)] == []
    assert sum(bool(re.search("[\u4e00-\u9fff]", one)) for one in words) > 500


API_ACTS = [
    (one, method)
    for one in ADDRESSES
    for method in ("POST", "PATCH", "PUT", "DELETE")
    if one.name.startswith("api:") and method in one.methods
]


@pytest.mark.parametrize(("address", "method"), API_ACTS, ids=lambda one: getattr(one, "name", one))
def test_every_refusal_of_the_interface_is_in_chinese(
    world: World, names: list[str], schema: dict[str, Any], address: Address, method: str
) -> None:
    role = readers(address, method)[0]
    client, path = client_of(world, role), path_of(world, address, role)
    described = "/" + resolve(path).route.replace("<int:pk>", "{id}").replace("<int:", "{").replace(">", "}")
    fields = properties(schema, described, method.lower()) | properties(
        schema, described.replace("{id}", "{pk}"), method.lower()
    )
    sent = ["{", "[]", '"甲"', "null", "{}", *(json.dumps(dict.fromkeys(fields, word)) for word in CLUMSY_JSON)]
    found: set[str] = set()
    for body in sent:
        with transaction.atomic():
            answer = client.generic(method, path, body, content_type="application/json")
            transaction.set_rollback(True)
        assert answer.status_code < 500, (path, body[:200])
        if answer.status_code >= 400:
            found |= set(leaks(sentences(answer.json()), *names))
        answer.close()  # it may be a file

    assert found == set()

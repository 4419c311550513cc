"""The sections of the bench; each gives its figures."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cached_property
from importlib import import_module
from statistics import median
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

import weasyprint
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from weasyprint.text.fonts import FontConfiguration

from agreements import documents, services
from agreements import trial as of_agreements
from agreements.enums import RunTrigger
from agreements.models import Agreement
from core.models import PolicyPack
from specialists import trial as of_people
from specialists.models import Registration, Specialist
from tests import laying
from tests.agreements import naive
from tests.bench import archive, desk, ledger, papers, past, rosters, verdicts
from tests.bench.city import City, lay
from tests.bench.figures import Figure, alternately
from tests.bench.served import Browser, server

FEW = 400
SEASON = 2_000  # about 1,300 people, as the city has
FLOOR = "tests.bench.floor_settings"
KEPT = {"django_migrations", "django_content_type", "auth_permission", "accounts_district"}  # filled by migrations


class Ground:
    """The databases of a run: the city, and beside it a small one. Each is laid when a section first asks for it."""

    def __init__(self, size: int) -> None:
        self.size = size
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SHOW fsync")
            if cursor.fetchone() != ("on",):
                raise SystemExit("this server forgets what it commits: python -m config.with_servers --durable …")
            empty(cursor)
            cursor.execute("CREATE TABLE IF NOT EXISTS bench_row (id bigserial PRIMARY KEY, registration_id bigint,"
                           " host_id bigint, start date, ends date, content text, status text, at timestamptz)")  # fmt: skip

    @cached_property
    def city(self) -> City:
        return lay(self.size)

    @cached_property
    def few(self) -> tuple[City, dict[str, str]]:
        """The small city and where it is; asked for before the large one is laid, because it starts as its copy."""
        name = f"{connection.settings_dict['NAME']}_few"
        connection.close()  # nobody may use what is copied
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {connection.settings_dict['NAME']}")
        where = {}
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            where[variable] = urlunsplit(urlsplit(os.environ[variable])._replace(path=f"/{name}"))
        command = [sys.executable, "-m", "tests.bench", "city", str(FEW)]
        told = subprocess.run(command, env={**os.environ, **where}, check=True, stdout=subprocess.PIPE).stdout
        return City(**json.loads(told)), where


def empty(cursor: Any) -> None:
    """Nothing of an earlier section or run stays; the guards rest, append-only tables refuse even their owner."""
    laying.forget()  # its copies have keys that the sequences now give again
    tables = set(connection.introspection.table_names(cursor)) - KEPT
    cursor.execute("SET session_replication_role = replica")
    cursor.execute(f"TRUNCATE {', '.join(sorted(tables))} RESTART IDENTITY")
    cursor.execute("RESET session_replication_role")
    for name in ("0019_first_text", "0029_second_text"):  # what contracts are printed with
        import_module(f"agreements.migrations.{name}").lay(apps, None)


def clear() -> None:
    with connection.cursor() as cursor:
        empty(cursor)


@contextmanager
def alone() -> Iterator[None]:
    """A section that commits a season of its own, in which the next would meet its own people."""
    clear()
    try:
        yield
    finally:
        clear()


def filing(ground: Ground) -> list[Figure]:
    """Filed with a session and all rules, in the large city and in the small one by turns, beside one INSERT."""
    few, where = ground.few
    many = ground.city
    with ExitStack() as servers:
        here = Browser(servers.enter_context(server("config.settings")), many.session)
        there = Browser(servers.enter_context(server("config.settings", **where)), few.session)
        floor = Browser(servers.enter_context(server(FLOOR)), many.plain)
        of_many, of_few = iter(many.waiting), iter(few.waiting)
        taken = alternately(
            {
                "insert": lambda: floor.ask("POST", "/insert/", expect=201),
                "file": lambda: here.ask("POST", f"/api/v1/agreements/{next(of_many)}/file/", "{}"),
                "file among few": lambda: there.ask("POST", f"/api/v1/agreements/{next(of_few)}/file/", "{}"),
            },
            rounds=120,
        )
    return [
        Figure("filing / bare insert view", taken.ratio("file", "insert"), 3, detail=str(taken)),
        Figure(f"filing at {ground.size:,} / at {FEW}", taken.ratio("file", "file among few"), 1.5),
    ]


def listing(ground: Ground) -> list[Figure]:
    city = ground.city
    with ExitStack() as servers:
        ours = Browser(servers.enter_context(server("config.settings")), city.session)
        floor = Browser(servers.enter_context(server(FLOOR)), city.plain)
        taken = alternately(
            {
                "product": lambda: ours.ask("GET", "/agreements/"),
                "raw": lambda: floor.ask("GET", "/raw/"),
                "admin": lambda: floor.ask("GET", "/admin/agreements/agreement/"),
                "joined admin": lambda: floor.ask("GET", "/joined-admin/agreements/agreement/"),
            },
            rounds=80,
        )
    return [
        Figure(
            "list: admin changelist / product",
            taken.ratio("admin", "product"),
            6,
            at_least=True,
            detail=str(taken),
        ),
        Figure("list: admin with its joins / product", taken.ratio("joined admin", "product"), 6, at_least=True),
        Figure("list: product / raw SQL view", taken.ratio("product", "raw"), 2.5),
        Figure("list: queries", questions(city, "/agreements/"), 6),
    ]


def questions(city: City, path: str) -> int:
    """How many statements one page of a warm process asks."""
    reader = Client()
    reader.cookies["sessionid"] = city.session
    reader.get(path)
    with CaptureQueriesContext(connection) as asked:
        page = reader.get(path)
    assert page.status_code == 200, page
    return len(asked)


def reviewing(ground: Ground) -> list[Figure]:
    return desk.figures(ground.city, ground.size)


def paper(ground: Ground) -> list[Figure]:
    """One agreement, from the record to the bytes, against the bare call with the HTML and the fonts that this made."""
    rows = Agreement.objects.select_related("registration", "specialist__user", "institution__organization")
    agreement = rows.select_related("host__organization__district").get(pk=ground.city.waiting[-1])
    pack = PolicyPack.objects.get()
    given: dict[str, str] = {}

    def product() -> bytes:
        return documents.agreement_pdf(agreement, token="0" * 32, pack=pack)

    def bare() -> bytes:
        fonts = FontConfiguration()
        sheet = weasyprint.CSS(string=given["CSS"], font_config=fonts)
        return weasyprint.HTML(string=given["HTML"]).write_pdf(stylesheets=[sheet], font_config=fonts) or b""

    def noted(name: str) -> Any:
        made = getattr(weasyprint, name)

        def make(*, string: str, **more: Any) -> Any:
            given[name] = string
            return made(string=string, **more)

        return patch.object(weasyprint, name, make)

    with noted("HTML"), noted("CSS"):
        product()
    same = "the same bytes" if product() == bare() else "OTHER BYTES"
    taken = alternately({"product": product, "bare": bare}, rounds=20)
    return [Figure("PDF: product / bare WeasyPrint", taken.ratio("product", "bare"), 1.25, detail=f"{taken}, {same}")]


def quota(ground: Ground) -> list[Figure]:
    """The whole daily check, kept and told, against the loop that only finds; both as of the end of the year."""
    assert ground.city
    pack = PolicyPack.objects.get()
    on = date(pack.year, 12, 31)
    found: dict[str, set[str]] = {}

    def product() -> None:
        run = services.check_quotas(pack.year, trigger=RunTrigger.MANUAL, on=on)
        found["product"] = {finding["key"] for finding in run.findings}

    def loop() -> None:
        found["loop"] = naive.keys(pack.year, pack=pack, on=on)

    taken = alternately({"product": product, "loop": loop}, rounds=3)
    if differing := found["product"] ^ found["loop"]:
        raise RuntimeError(f"{len(differing)} findings differ: {sorted(differing)[:10]}")
    detail = f"{taken}, the same {len(found['product']):,} findings"
    return [
        Figure("quota: loop over objects / product", taken.ratio("loop", "product"), 15, at_least=True, detail=detail)
    ]


def trial(ground: Ground) -> list[Figure]:
    """A draft of the plan with a lower cap, tried on a city of the real size, which is then taken back."""
    with transaction.atomic():
        lay(SEASON)
        old = PolicyPack.objects.get()
        stricter = {**old.rules, "E-CAP5": {**old.rules["E-CAP5"], "params": {"cap": 3}}}
        new = PolicyPack(year=old.year, version=2, rules=stricter, settings=old.settings)

        def tried() -> int:
            return len([*of_people.changes(old, new), *of_agreements.changes(old, new)])

        taken = alternately({"trial": tried}, rounds=3)
        detail = f"{Registration.objects.count():,} people, {SEASON:,} agreements, {tried()} verdicts changed"
        transaction.set_rollback(True)
    return [Figure("trial of a draft of the plan, seconds", taken.seconds["trial"], 10, detail=detail)]


def rules(ground: Ground) -> list[Figure]:
    return verdicts.figures(lay)


SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建国华志玉梅春红梓涵宇轩浩然子诗雨欣怡晨"
PEOPLE = 1_000_000
SEARCHED = """
INSERT INTO specialists_specialist
    (name, initials, id_number, id_digest, id_masked, sex, birth_date, mobile, mobile_masked, email, education, title, field,
     bank_account, bank_name, status, version)
SELECT name, '', '', n::text, '', 'female', '1980-01-01', '', '', '', 'doctor', 'professor', '机电', '', '', 'active', 1
FROM (SELECT n, substr(%(s)s, 1 + floor(random() * length(%(s)s))::int, 1)
             || substr(%(g)s, 1 + floor(random() * length(%(g)s))::int, 1)
             || CASE WHEN random() < 0.8 THEN substr(%(g)s, 1 + floor(random() * length(%(g)s))::int, 1) ELSE '' END
             AS name
      FROM generate_series(1, %(people)s) AS n) AS people
"""


def search(ground: Ground) -> list[Figure]:
    """Two signs of a name among a million people, by the index and by LIKE alone, for terms that are there."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a million names take longer than any page may
        cursor.execute(SEARCHED, {"s": SURNAMES, "g": GIVEN, "people": PEOPLE})
        cursor.execute("ANALYZE specialists_specialist")
        chance = random.Random(2026)
        terms = ["".join(chance.choices(GIVEN, k=2)) for _ in range(40)]
        people = Specialist.objects.order_by()
        for term in terms[:5]:
            same = [set(people.filter(**{f"name__{how}": term}).values_list("pk", flat=True)) for how in LIKE_AND_OURS]
            assert same[0] == same[1], term
        taken = {
            how: median(in_the_database(people.filter(**{f"name__{how}": term})) for term in terms)
            for how in LIKE_AND_OURS
        }
        one = median(
            in_the_database(Specialist.objects.filter(name__holds=term[0]).order_by("pk")[:20]) for term in terms
        )
        transaction.set_rollback(True)
    detail = ", ".join(f"{how} {ms:.2f} ms" for how, ms in taken.items()) + f", one sign {one:.2f} ms"
    ratio = taken["icontains"] / taken["holds"]
    return [
        Figure("name search among 1,000,000: LIKE / product", ratio, 100, at_least=True, detail=detail),
        Figure("name search in the database, ms", taken["holds"], 1),
        Figure("search for one sign, first twenty, ms", one, 5),
    ]


LIKE_AND_OURS = ("icontains", "holds")


def in_the_database(rows: Any) -> float:
    """Milliseconds of planning and execution, as PostgreSQL counts them."""
    plan = json.loads(rows.explain(format="json", analyze=True, timing=False))[0]
    return float(plan["Planning Time"] + plan["Execution Time"])


def roster(ground: Ground) -> list[Figure]:
    with alone():
        return rosters.figures(clear)


def taking_over(ground: Ground) -> list[Figure]:
    return past.figures()


def appends(ground: Ground) -> list[Figure]:
    return ledger.figures()


def contracts(ground: Ground) -> list[Figure]:
    with alone():
        return papers.print_figures()


def scans(ground: Ground) -> list[Figure]:
    with alone():
        return papers.scan_figures()


def archives(ground: Ground) -> list[Figure]:
    with alone():
        return archive.figures(clear)


ALL: dict[str, Callable[[Ground], list[Figure]]] = {
    "trial": trial,  # these before the large city is laid
    "rules": rules,
    "search": search,
    "past": taking_over,
    "roster": roster,
    "contracts": contracts,
    "scans": scans,
    "archive": archives,
    "filing": filing,
    "list": listing,
    "desk": reviewing,
    "pdf": paper,
    "quota": quota,
    "ledger": appends,
}

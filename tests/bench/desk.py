"""The review desk: its first byte against a view that asks the same in raw SQL, and the page of a scan as a picture."""

import secrets
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter

from django.conf import settings

from agreements import documents
from agreements.models import Agreement, AgreementScan
from core import files
from core.models import PolicyPack
from tests.bench.city import City
from tests.bench.figures import Figure, alternately
from tests.bench.served import Browser, server

FLOOR = "tests.bench.floor_settings"
PAGES = 12  # different pages are drawn; each of them is then asked for again


def figures(city: City, size: int) -> list[Figure]:
    cases = city.waiting[-40:]  # the first are filed by now
    with ExitStack() as servers:
        ours = servers.enter_context(server("config.settings"))
        floor = Browser(servers.enter_context(server(FLOOR)), city.plain)
        product = Browser(ours, city.session)
        turn = iter(cases * 10)
        again = iter(cases * 10)
        taken = alternately(
            {
                "product": lambda: first_byte(product, f"/agreements/{next(turn)}/review/"),
                "raw": lambda: first_byte(floor, f"/raw-review/{next(again)}/"),
            },
            rounds=120,
        )
        cold, cached = pictures(product, cases[:PAGES])
    return [
        Figure(
            f"review desk at {size:,}: first byte / raw SQL view", taken.ratio("product", "raw"), 2.5, detail=str(taken)
        ),
        Figure("page of a scan as a picture, cold, ms", cold, 500),
        Figure("page of a scan as a picture, cached, ms", cached, 20),
    ]


def first_byte(browser: Browser, path: str) -> None:
    """Until the answer begins; its end is read so that the connection can go on."""
    connection: HTTPConnection = browser.connection
    connection.request("GET", path, headers=browser.headers)
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status} {response.read()[:300]!r}")
    response.read()


def pictures(browser: Browser, cases: list[int]) -> tuple[float, float]:
    """Median milliseconds of a page that nobody has looked at yet, and of the same one asked for again."""
    pack = PolicyPack.objects.get()
    whole = Agreement.objects.select_related("registration", "specialist", "institution__organization")
    cold: list[float] = []
    cached: list[float] = []
    for pk in cases:
        agreement = whole.select_related("host__organization__district").get(pk=pk)
        # No two papers are the same file: each is drawn for itself.
        paper = documents.agreement_pdf(agreement, token=secrets.token_hex(16), pack=pack)
        stored = files.keep(paper, name="三方协议书.pdf", kind="pdf", pages=2, purpose="agreement-scan", by=None)
        number = AgreementScan.objects.filter(agreement=agreement).count() + 1
        AgreementScan.objects.create(agreement=agreement, number=number, paper_version=1, file=stored)
        assert not list(Path(settings.PAGE_CACHE).glob(f"{stored.sha256}-*"))
        for times in (cold, cached):
            began = perf_counter()
            browser.ask("GET", f"/agreements/{pk}/scans/{number}/pages/1/")
            times.append((perf_counter() - began) * 1000)
    return sorted(cold)[len(cold) // 2], sorted(cached)[len(cached) // 2]

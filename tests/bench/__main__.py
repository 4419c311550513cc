"""`make bench`: the product beside the floor and the peer, alternately in one run, medians; only the ratios mean much.

    trial       a draft of the plan tried on a season       in seconds, of the city's real size
    rules       all agreements of a year judged             against pure SQL and a loop over objects, of 10,000
    search      two signs of a name among a million         against LIKE, with equal findings
    roster      10,000 people from upload to registrations  against django-import-export, calamine and COPY
    past        last years' agreements taken over           in seconds, of the city's real size
    filing      one agreement filed through HTTP with all rules     against a view that inserts a row,
                                                                    and against itself among few agreements
    list        50 agreements, signed in                            against raw SQL and Django admin's changelist
    desk        one case under review, its first byte               against the same asked in raw SQL; and a scan's page
    pdf         one agreement                                       against WeasyPrint on the same HTML and fonts
    contracts   a season's contracts as one file            against bare WeasyPrint, and by two workers
    scans       fifty scans that find their agreements      by two workers: paired alone, files a second, MB
    archive     a year archived and handed out              an item of six hundred against one of a hundred
    quota       the check of a year                                 against a loop over objects, with equal findings
    ledger      chained appends by eight writers                    against plain inserts

All from filing on, but the ledger, work on 100,000 agreements (SIZE=… for another number). `python -m tests.bench WORD…`
takes only the sections named. Exit code 1 when a goal is not reached. `python -m tests.bench city SIZE` only lays a
city into the database of the environment, and prints what a client has to know of it.
"""

import json
import os
import sys
import time
from dataclasses import asdict

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["DATABASE_ROLE"] = "owner"  # to migrate and to fill; the servers under test run as `app`

import django

django.setup()

from tests.bench import city, papers, rosters, sections
from tests.bench.figures import Figure, show


def main(words: list[str]) -> int:
    if words[:1] == ["city"]:
        print(json.dumps(asdict(city.lay(int(words[1])))))
        return 0
    if words[:1] == ["worker"]:
        papers.main(words[1:])
        return 0
    if words[:1] == ["roster-check"]:
        rosters.check_many(words[1])
        return 0
    size = int(os.environ.get("SIZE", "100000"))
    began = time.monotonic()
    figures: list[Figure] = []
    ground = sections.Ground(size)
    for name, measure in sections.ALL.items():
        if not words or name in words:
            print(f"{time.monotonic() - began:4.0f} s  {name}", flush=True)
            figures += measure(ground)
    print(show(figures))
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"\n{size:,} agreements, {time.monotonic() - began:.0f} s, {load}")
    return int(any(not figure.reached for figure in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A season's contracts at once: one file for the printer or a ZIP, laid out by several workers."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from agreements import documents
from agreements.models import Agreement, AgreementPaper
from agreements.printing import contents, services
from agreements.printing.enums import PrintForm
from agreements.printing.models import PrintPart, PrintRun
from core import files
from core.models import AuditEvent
from core.policy import Refused, plain
from tests.agreements.hands import words
from tests.agreements.test_papers import pages_of
from tests.cast import MAY_20, Season
from tests.core import hostile
from tests.desk.rosters.hands import run as work
from tests.hands import at_once, browser_of, linger


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contracts of two empty pages: how they look is tests/agreements/test_papers.py's, and takes the longest."""

    def papers(wanted: list[tuple[Agreement, str, Any]], *, texts: dict[int, Any]) -> tuple[bytes, list[int]]:
        assert texts.keys() >= {agreement.pk for agreement, _, _ in wanted}
        if bad := [agreement for agreement, _, _ in wanted if "𠮷" in agreement.specialist.name]:
            raise Refused([plain("E-FONT", f"{bad[0].specialist.name}没有字体可以打印。")])
        return hostile.pdf(2 * len(wanted)), [2] * len(wanted)

    monkeypatch.setattr(documents, "agreement_pdfs", papers)
    monkeypatch.setattr(contents, "contents_pdf", lambda run, lines: hostile.pdf())


def drafts(season: Season, *keys: str) -> list[Agreement]:
    return [season.agreement(season.selected(key), season.h4, signed=False) for key in keys]


def printed(season: Season, agreements: list[Agreement], form: PrintForm = PrintForm.ONE_FILE) -> PrintRun:
    run = services.print_season([one.pk for one in agreements], form=form, by=season.clerk)
    work()
    run.refresh_from_db()
    assert not run.is_busy
    return run


def test_contracts_come_in_one_file_with_a_contents(season: Season) -> None:
    """Laid out in earnest, two in one part: each with its own code and page numbers, its fonts in the file once."""
    zhang, wang = drafts(season, "P3", "P4")
    [bare] = drafts(season, "P5")
    Agreement.objects.filter(pk=bare.pk).update(service_content="")

    run = printed(season, [zhang, wang, bare])

    data = services.file_of(run)
    assert data
    with pikepdf.open(io.BytesIO(data)) as whole, whole.open_outline() as outline:
        assert [item.title for item in outline.root] == ["目录", f"D-{zhang.pk} v1 张昇", f"D-{wang.pk} v1 王晓晨"]
        assert [page.label for page in whole.pages] == ["i", "ii", "1", "2", "3", "4"]
    listed, empty, first, _, third, _ = pages_of(data)
    for said in (
        f"派出单位：示范农林学院2026年5月20日{run}",
        "共2份，4页双面打印每套2张，不含目录",
        f"1D-{zhang.pk}v1张\u3000昇滹沱示范谷物种植专业合作社21—2",
        f"2D-{wang.pk}v1王晓晨滹沱示范谷物种植专业合作社23—4",
        "另有1份没有排版",
        "目录i",
    ):
        assert said.replace("\u3000", "") in listed, said
    assert empty == ""
    assert (f"D-{zhang.pk}v1" in first, f"D-{wang.pk}v1" in third) == (True, True)
    alone = documents.agreement_pdf(zhang, token=zhang.papers.get().token, pack=season.pack)
    assert len(data) < 1.8 * len(alone)
    assert list(AgreementPaper.objects.order_by("pk").values_list("agreement", "version", "pages")) == [
        (zhang.pk, 1, 2), (wang.pk, 1, 2),
    ]  # fmt: skip
    assert AuditEvent.objects.filter(verb="agreement.printed").count() == 2


@pytest.mark.usefixtures("laid")
def test_contracts_come_one_by_one_in_a_zip_and_one_that_cannot_be_printed_stops_no_other(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_size_of_parts", lambda wanted: 3)
    zhang, wang, he, zhou = drafts(season, "P3", "P4", "P5", "P6")
    Agreement.objects.filter(pk=wang.pk).update(service_content="")
    he.specialist.name = "何𠮷"
    he.specialist.save(update_fields=["name"])

    for form in PrintForm:
        run = printed(season, [zhang, wang, he, zhou], form)

        assert [(line["code"], line["pages"]) for line in run.told] == [
            (f"D-{zhang.pk} v1", 2), (f"D-{wang.pk}", 0), (f"D-{he.pk}", 0), (f"D-{zhou.pk} v1", 2),
        ]  # fmt: skip
        assert "服务内容" in run.told[1]["message"]
        assert "没有字体" in run.told[2]["message"]
        data = services.file_of(run)
        assert data
        if form == PrintForm.ZIP:
            names = zipfile.ZipFile(io.BytesIO(data)).namelist()
            assert names == ["目录.pdf", f"D-{zhang.pk} v1 张昇.pdf", f"D-{zhou.pk} v1 周珺.pdf"]
        else:
            with pikepdf.open(io.BytesIO(data)) as whole:
                assert len(whole.pages) == 2 + 4  # the contents has an empty back
        assert printed(season, [wang], form).path == ""


class Killed(BaseException):
    """What a worker that is killed looks like from inside."""


@pytest.mark.usefixtures("laid")
def test_a_worker_killed_in_the_middle_prints_nothing_twice(
    season: Season, monkeypatch: pytest.MonkeyPatch, today: time_machine.Traveller
) -> None:
    monkeypatch.setattr(services, "_size_of_parts", lambda wanted: 1)
    run = services.print_season(
        [one.pk for one in drafts(season, "P3", "P4")], form=PrintForm.ONE_FILE, by=season.clerk
    )
    for owner, name in ((services, "_keep"), (services, "_finish")):
        with pytest.MonkeyPatch.context() as patch:
            act = getattr(owner, name)

            def killed(*given: Any, act: Any = act, **more: Any) -> Any:
                act(*given, **more)
                raise Killed

            patch.setattr(owner, name, killed)
            with pytest.raises(Killed):
                work()
        today.shift(timedelta(minutes=2))
    work()

    run.refresh_from_db()
    assert (run.is_busy, run.done) == (False, 2)
    assert AuditEvent.objects.filter(verb="agreement.printed").count() == 2
    assert AuditEvent.objects.filter(verb="prints.made").count() == 1


@pytest.mark.usefixtures("laid")
def test_two_workers_lay_out_different_parts_and_one_puts_them_together(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_size_of_parts", lambda wanted: 1)
    linger(monkeypatch, services, "_keep")
    linger(monkeypatch, services.outbox, "add")  # neither has committed when the other looks what is left
    asked = [one.pk for one in drafts(lasting_season, "P3", "P4")]
    run = services.print_season(asked, form=PrintForm.ONE_FILE, by=lasting_season.clerk)

    def lay_out() -> None:
        services.lay_out_next(run, on=MAY_20)

    assert at_once(lay_out, lay_out) == ["done", "done"]

    run.refresh_from_db()
    assert (run.is_busy, run.done) == (False, 2)
    assert AuditEvent.objects.filter(verb="prints.made").count() == 1
    assert AuditEvent.objects.filter(verb="agreement.printed").count() == 2


@pytest.mark.usefixtures("laid")
def test_a_clerk_prints_the_season_and_the_file_lives_for_a_day(season: Season, today: time_machine.Traveller) -> None:
    zhang, wang = drafts(season, "P3", "P4")
    season.agreement(season.selected("P5"), season.h4)  # signed and scanned already
    Agreement.objects.filter(pk=wang.pk).update(service_content="")
    client = browser_of(season.clerk)

    page = client.get("/agreements/prints/")
    assert page.content.decode().count(" checked") == 2  # one contract, and the form
    assert "还不能打印 1 份" in words(page)
    assert "请选择要打印的协议" in words(client.post("/agreements/prints/", {"form": "pdf"}))

    answer = client.post("/agreements/prints/", {"form": "pdf", "agreement": [zhang.pk]})
    assert "正在排版：0 / 1 份" in words(client.get(answer["Location"]))
    work()
    assert "1 份，共 2 页" in words(client.get(answer["Location"]))
    got = client.get(f"{answer['Location']}file/")
    assert (got["Content-Type"], got["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert browser_of(season.stranger).get(f"{answer['Location']}file/").status_code == 404
    assert browser_of(season.head).get("/agreements/prints/").status_code == 403

    path = PrintRun.objects.get().path
    files.sweep(before=datetime(2100, 1, 1, tzinfo=UTC))  # the clock of the disk does not travel
    assert not default_storage.exists(path)
    assert "只保留一天" in words(client.get(f"{answer['Location']}file/", follow=True))


@pytest.mark.usefixtures("laid")
def test_what_could_not_be_handed_in_is_not_printed_to_be_signed(season: Season) -> None:
    """Told beside it with the way to mend it, on the page, to programs, and by the worker where it came about since."""
    zhang, wang = drafts(season, "P3", "P4")
    client, why = browser_of(season.clerk), "王晓晨"
    type(wang.specialist).objects.filter(pk=wang.specialist_id).update(status="revoked", revoked_on=MAY_20)

    page = client.get("/agreements/prints/")
    choice, _, apart = page.content.decode().partition("还不能打印")
    assert f'value="{zhang.pk}"' in choice
    assert f'value="{wang.pk}"' not in choice
    assert f'href="/agreements/{wang.pk}/edit/"' in apart
    assert "资格" in apart
    assert "（工作方案五（一））" in apart
    told = {one["agreement"]: one for one in client.get("/api/v1/print-runs/candidates/").json()}
    assert (told[zhang.pk]["is_usual"], told[zhang.pk]["findings"]) == (True, [])
    assert (told[wang.pk]["is_usual"], [one["code"] for one in told[wang.pk]["findings"]]) == (False, ["E-REVOKED"])
    assert browser_of(season.head).get("/api/v1/print-runs/candidates/").status_code == 403

    run = printed(season, [zhang, wang])
    assert [line["pages"] for line in run.told] == [2, 0]
    assert why in run.told[1]["message"]
    assert "（工作方案五（一））" in run.told[1]["message"]
    assert not wang.papers.exists()


@pytest.mark.usefixtures("laid")
def test_programs_print_too(season: Season) -> None:
    [zhang] = drafts(season, "P3")
    client = browser_of(season.clerk)

    made = client.post("/api/v1/print-runs/", {"agreements": [zhang.pk]}, content_type="application/json")
    assert (made.status_code, made.json()["is_busy"]) == (202, True)
    work()

    at = f"/api/v1/print-runs/{made.json()['id']}/"
    assert [line["pages"] for line in client.get(at).json()["lines"]] == [2]
    assert client.get(f"{at}file/").content.startswith(b"%PDF")
    assert len(client.get("/api/v1/print-runs/").json()) == 1


@pytest.mark.parametrize(("wanted", "size"), [(1, 10), (15, 10), (60, 30), (80, 40), (81, 21), (500, 36)])
def test_the_parts_of_a_run_are_the_same_work_for_every_worker(wanted: int, size: int) -> None:
    assert services._size_of_parts(wanted) == size


def test_only_ones_own_open_agreements_are_printed(season: Season) -> None:
    foreign = season.agreement(season.selected("P9", institution=season.u2), season.h5, signed=False)
    submitted = season.submitted(season.selected("P3"), season.h4)

    for wanted in ([], [foreign.pk], [submitted.pk]):
        with pytest.raises(Refused):
            services.print_season(wanted, form=PrintForm.ZIP, by=season.clerk)
    assert not PrintRun.objects.exists()


@pytest.mark.usefixtures("laid")
def test_who_left_prints_nothing_any_more(season: Season) -> None:
    run = services.print_season([one.pk for one in drafts(season, "P3")], form=PrintForm.ZIP, by=season.clerk)
    season.clerk.ended_at, season.clerk.ended_by = now(), season.manager
    season.clerk.save()
    work()

    run.refresh_from_db()
    assert (run.is_busy, run.path, [line["message"] for line in run.told]) == (False, "", [services.GONE])


def test_the_database_keeps_runs_in_order(season: Season) -> None:
    run = PrintRun.objects.create(organization=season.u1.organization, form="pdf", papers=1, asked_by=season.clerk)
    PrintPart.objects.create(run=run, number=0, agreements=[])
    for name, act in (
        ("print_file_made_at_its_time", lambda: PrintRun.objects.update(path="x")),
        ("print_part_stands_once_in_a_run", lambda: PrintPart.objects.create(run=run, number=0, agreements=[])),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()

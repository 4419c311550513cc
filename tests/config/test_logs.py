"""No personal number reaches a log in clear, whichever way it gets into the record."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from core.logs import ScrubbedFormatter, ScrubPersonal, scrub
from tests.cast import Season
from tests.hands import browser_of


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("130102198803071528", "130102********1528", id="identity number"),
        pytest.param("13010219880307152X", "130102********152X", id="identity number ending in X"),
        pytest.param("身份证号：130102198803071528。", "身份证号：130102********1528。", id="between Chinese words"),
        pytest.param("id=130102198803071528&y=1", "id=130102********1528&y=1", id="in a query"),
        pytest.param("13812345678", "138****5678", id="mobile"),
        pytest.param("+8613812345678", "+86138****5678", id="mobile with its country"),
        pytest.param("138-1234-5678", "138-****-5678", id="mobile written in groups"),
        pytest.param("6222021234567890123", "************0123", id="bank account of 19 digits"),
        pytest.param("6222 0212 3456 7890 123", "************0123", id="bank account written in groups"),
        pytest.param("6222021234567890", "************7890", id="bank account of 16 digits"),
        pytest.param("account 622202123456", "account ************3456", id="bank account of 12 digits"),
        pytest.param("SJZ-KTP-2026-0001", "SJZ-KTP-2026-0001", id="a filing number is no secret"),
        pytest.param("2026-11-22 22:54:33,865", "2026-11-22 22:54:33,865", id="a moment stays"),
        pytest.param("pid 1187, 60000 fen, 20261122", "pid 1187, 60000 fen, 20261122", id="small numbers stay"),
        pytest.param("91130100MA07XXXX1K", "91130100MA07XXXX1K", id="an organisation's code is public"),
    ],
)
def test_a_number_is_masked(said: str, kept: str) -> None:
    assert scrub(said) == kept


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(ScrubPersonal())
    handler.setFormatter(ScrubbedFormatter("{levelname} {message}", style="{"))
    logger = logging.Logger("of this test")
    logger.addHandler(handler)
    return logger, stream


def test_the_checksum_of_a_file_stays_whole_and_a_number_beside_it_does_not() -> None:
    """Among its sixty-four signs eleven digits may stand in a row."""
    checksum = "8f58cd94ea13900000031b" + "0" * 42

    assert scrub(f"{checksum}，手机13900000031") == f"{checksum}，手机139****0031"


def test_arguments_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("no account for %s (%s)", "130102198803071528", {"mobile": "13812345678"})
    assert written.getvalue() == "WARNING no account for 130102********1528 ({'mobile': '138****5678'})\n"


def test_a_traceback_is_masked_too(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError("Key (id_number)=(130102198803071528) already exists")
    except ValueError:
        logger.exception("could not save")
    assert "(130102********1528) already exists" in written.getvalue()
    assert "130102198803071528" not in written.getvalue()


def test_a_record_that_cannot_be_formatted_still_does_not_break_the_program(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    logger.warning("%d people", "13812345678")
    assert "138****5678" in written.getvalue()
    assert "13812345678" not in written.getvalue()


def test_a_token_that_opens_something_by_itself_is_not_written_down() -> None:
    record = logging.LogRecord(
        "django.request", logging.WARNING, __file__, 1, "Not Found: /invitation/%s/", ("a1" * 32,), None
    )

    ScrubPersonal().filter(record)

    assert record.getMessage() == "Not Found: /invitation/…/"


# --- what an answer leaves in the log ---------------------------------------------------------------------------------


@pytest.fixture
def console() -> Iterator[io.StringIO]:
    """What the configured handler writes, with the formatter that it is given."""
    handler = next(one for one in logging.getLogger().handlers if isinstance(one.formatter, ScrubbedFormatter))
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    stream = handler.setStream(written)
    yield written
    handler.setStream(stream or sys.stderr)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        pytest.param("/quota/", "Forbidden (Permission denied): /quota/", id="not this hat's"),
        pytest.param("/agreements/999999/", "Not Found: /agreements/999999/", id="no such record"),
        pytest.param("/nowhere/", "Not Found: /nowhere/", id="no such page"),
    ],
)
def test_an_ordinary_refusal_is_one_line(season: Season, console: io.StringIO, address: str, line: str) -> None:
    browser_of(season.clerk).get(address)

    lines = console.getvalue().splitlines()
    assert [one.partition("django.request ")[2] for one in lines] == [line]


def test_what_went_wrong_inside_keeps_its_traceback(
    season: Season, console: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **more: object) -> None:
        raise RuntimeError("out of order")

    clerk = browser_of(season.clerk)
    clerk.raise_request_exception = False
    monkeypatch.setattr("desk.views.whom_to_ask", fail)

    clerk.get("/help/")

    assert "RuntimeError: out of order" in console.getvalue()

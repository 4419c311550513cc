"""Personal numbers and the tokens of personal links never reach a log in clear."""

import logging
import re

# An identity number first: it would pass for a bank account, and lose the part by which a clerk recognises it.
IDENTITY = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[\dXx])(?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<!\d)(?P<country>(?:\+?86)?[ -]?)(1[3-9]\d)([ -]?)\d{4}([ -]?)(\d{4})(?!\d)")
# 12 to 19 digits, or groups of four as on the card.
ACCOUNT = re.compile(r"(?<![0-9A-Za-z.-])(?:\d{12,19}|(?:\d{4} ){2,4}\d{1,4})(?![0-9A-Za-z])")

# What a file is checked by: among so many signs, eleven digits in a row stand there by chance.
CHECKSUM = re.compile(r"((?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z]))")

# The part of an address that opens something by itself: an invitation, a confirmation, a public check.
TOKEN = re.compile(r"(?<=/)[0-9A-Za-z_-]{32,}")


def scrub(text: str) -> str:
    """Mask identity numbers, mobiles and bank accounts wherever they stand in `text`, but in the checksum of a file."""
    parts = CHECKSUM.split(text)  # every second one is a checksum
    return "".join(part if place % 2 else _masked(part) for place, part in enumerate(parts))


def _masked(text: str) -> str:
    text = IDENTITY.sub(r"\1********\2", text)
    text = MOBILE.sub(r"\g<country>\2\3****\4\5", text)
    return ACCOUNT.sub(lambda found: "*" * 12 + found.group().replace(" ", "")[-4:], text)


def for_the_log(text: str) -> str:
    return TOKEN.sub("…", scrub(text))


class ScrubPersonal(logging.Filter):
    """Masks the message of every record, with its arguments filled in."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):  # arguments that do not fit: a log line is not worth an exception
            text = f"{record.msg} {record.args!r}"
        record.msg, record.args = for_the_log(text), None
        return True


class OneLine(logging.Filter):
    """An answer of 403 or 404 is said in one line; where in the platform it was given helps nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True


class ScrubbedFormatter(logging.Formatter):
    """Tracebacks are written by the formatter, after every filter: a database error quotes the row it refused."""

    def format(self, record: logging.LogRecord) -> str:
        return for_the_log(super().format(record))

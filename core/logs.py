"""Personal numbers never reach a log in clear."""

import logging
import re

# Longest first: an identity number must not be taken for an account and lose only its middle.
IDENTITY = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[\dXx])(?![0-9A-Za-z])")
ACCOUNT = re.compile(r"(?<![0-9A-Za-z.])\d{8,15}(\d{4})(?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def scrub(text: str) -> str:
    """Mask identity numbers, bank accounts and mobiles wherever they stand in `text`."""
    text = IDENTITY.sub(r"\1********\2", text)
    text = MOBILE.sub(r"\1****\2", text)
    return ACCOUNT.sub(r"************\1", text)


class ScrubPersonal(logging.Filter):
    """Masks the message of every record, with its arguments already filled in."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), None
        return True


class ScrubbedFormatter(logging.Formatter):
    """Tracebacks are written by the formatter, after every filter: a database error quotes the row it refused."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))

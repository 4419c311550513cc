"""Everything to standard error, one line each, and no personal number in clear."""

import os

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"scrub": {"()": "core.logs.ScrubPersonal"}, "one-line": {"()": "core.logs.OneLine"}},
    "formatters": {
        "line": {"()": "core.logs.ScrubbedFormatter", "format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["scrub"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"filters": ["one-line"]},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}

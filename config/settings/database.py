"""One alias, two roles: only a process started with DATABASE_ROLE=owner (migrations) connects as the tables' owner."""

import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from config.embedded import addresses
from config.settings.environment import DATA_DIR, PRODUCTION, required

# No request waits longer for a statement or a lock than a person would, and no forgotten transaction holds its locks.
PATIENCE = {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}

# What is prepared (core.prepared, the functions of triggers) is planned once per connection: the server would plan a
# statement with an array anew each time, which takes longer than its rows.
PLANS = {"plan_cache_mode": "force_generic_plan"}


def database(url: str) -> dict[str, Any]:
    """postgresql://user:password@host:port/name, or …/name?host=/socket/directory."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    host = query.pop("host", None) or parts.hostname or ""
    settings = [f"-c {name}={value}" for name, value in {**PATIENCE, **PLANS}.items()]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**query, "options": " ".join(settings)},
    }


def url_of(name: str) -> str:
    """The address in the environment; without one, that of the servers which `make run` keeps under var/."""
    if PRODUCTION or "DATABASE_URL" in os.environ:
        return required(name)
    return addresses(DATA_DIR)[name]


DATABASE_ROLE = os.environ.get("DATABASE_ROLE", "app")
DATABASES = {"default": database(url_of("DATABASE_OWNER_URL" if DATABASE_ROLE == "owner" else "DATABASE_URL"))}

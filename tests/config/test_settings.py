"""What the settings promise: production refuses to start half configured, pages run nobody's script, waits end."""

import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password
from django.db import connection
from django.test import Client, override_settings
from django.utils import formats

from config.check import PRODUCTION
from config.embedded import BASE_DIR
from config.settings import environment, security
from config.settings.database import database
from config.static import NamedByContent

SAID = "import json; from config import settings as s; print(json.dumps({n: getattr(s, n) for n in %r}))"


def settings_of_a_process(names: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SAID % names],
        cwd=BASE_DIR,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )


REQUIRED = ["SECRET_KEY", "FIELD_KEYS", "INDEX_KEY", "ALLOWED_HOSTS", "BASE_URL", "DATABASE_URL", "REDIS_URL"]


@pytest.mark.parametrize("name", REQUIRED)
def test_production_names_what_it_was_not_given(name: str) -> None:
    started = settings_of_a_process(["DEMO"], **{**PRODUCTION, name: ""})
    assert started.returncode == 1
    assert started.stderr.strip().endswith(f"ImproperlyConfigured: {name} is missing in the environment")


def test_production_is_closed_and_shows_no_demonstration() -> None:
    names = ["DEMO", "DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "EMAIL_BACKEND"]
    started = settings_of_a_process(names, **PRODUCTION, DEBUG="1")
    assert json.loads(started.stdout) == {
        "DEMO": False,
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    }


def test_the_keys_of_a_demonstration_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = environment.demo_keys(path)
    assert environment.demo_keys(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert environment.demo_keys(tmp_path / "other.json")["SECRET_KEY"] != first["SECRET_KEY"]
    assert [found.name for found in tmp_path.iterdir() if found.name.startswith("keys")] == ["keys.json"]


def test_no_directive_lets_a_page_run_what_a_user_typed() -> None:
    directives = security.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert directives["default-src"] == directives["object-src"] == directives["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in str(directives)


def test_every_answer_carries_the_protective_headers(client: Client, db: None) -> None:
    answer = client.get("/nowhere")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_passwords_are_hashed_by_argon2() -> None:
    with override_settings(PASSWORD_HASHERS=security.PASSWORD_HASHERS):
        assert identify_hasher(make_password("a long enough one")).algorithm == "argon2"


@pytest.mark.parametrize(
    "typed", ["2026-11-22", "2026年11月22日", "2026年1月2日", "2026.11.22", "2026/11/22", "20261122"]
)
def test_a_date_is_taken_as_clerks_write_it(typed: str) -> None:
    expected = date(2026, 1, 2) if typed == "2026年1月2日" else date(2026, 11, 22)
    assert forms.DateField().clean(typed) == expected


@pytest.mark.parametrize("typed", ["11/22/2026", "2026-13-01", "0000-01-01", "2026年11月", "十一月二十二日"])
def test_a_date_that_could_be_read_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError, match="输入一个有效的日期"):
        forms.DateField().clean(typed)


def test_dates_and_sums_are_written_the_chinese_way() -> None:
    assert formats.date_format(date(2026, 11, 2)) == "2026年11月2日"
    assert formats.date_format(datetime(2026, 11, 2, 9, 5), "DATETIME_FORMAT") == "2026年11月2日 09:05"
    assert formats.number_format(1234567.8, decimal_pos=2, use_l10n=True, force_grouping=True) == "1,234,567.80"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("statement_timeout", "30s"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "1min")],
)
def test_the_database_lets_nobody_wait_for_ever(db: None, setting: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        assert cursor.fetchone() == (value,)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(
            "postgresql://app:p%40ss@db.example:5433/platform?sslmode=verify-full",
            {"HOST": "db.example", "PORT": "5433", "USER": "app", "PASSWORD": "p@ss", "NAME": "platform"},
            id="a server in the network",
        ),
        pytest.param(
            "postgresql://app@/platform?host=/tmp/platform-0-ba9f46f94b",
            {"HOST": "/tmp/platform-0-ba9f46f94b", "PORT": "", "USER": "app", "PASSWORD": "", "NAME": "platform"},
            id="a socket",
        ),
    ],
)
def test_a_database_is_named_by_its_address(url: str, expected: dict[str, str]) -> None:
    made = database(url)
    assert {name: made[name] for name in expected} == expected
    assert made["OPTIONS"].get("sslmode") == ("verify-full" if "sslmode" in url else None)


def test_a_module_imports_the_version_it_was_written_with(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js/app.js").write_text('import { dress } from "./dates.js";\n')
    (tmp_path / "js/dates.js").write_text("export const dress = 1;\n")
    storage = NamedByContent(location=tmp_path, base_url="/static/")
    sources = {f"js/{name}.js": (storage, f"js/{name}.js") for name in ("app", "dates")}
    made = {name: str(hashed) for name, hashed, _ in storage.post_process(sources)}
    assert made["js/dates.js"] != "js/dates.js"
    assert Path(made["js/dates.js"]).name in (tmp_path / made["js/app.js"]).read_text()


def test_tasks_carry_nothing_but_json() -> None:
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_SERIALIZER == "json"
    assert settings.CELERY_TASK_ACKS_LATE


def test_workbooks_are_parsed_without_entities() -> None:
    assert openpyxl.DEFUSEDXML


def test_alive_asks_nothing_of_the_database(client: Client) -> None:
    assert client.get("/live").json() == {"alive": True}  # without the `db` fixture a query would fail


def test_ready_means_the_database_answers_and_is_migrated(client: Client, db: None) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "database": True})


def test_not_ready_without_a_database(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def broken(*_: object) -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr("config.health.MigrationExecutor", broken)
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "database": False})


def test_not_ready_before_its_migrations(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.health.MigrationExecutor.migration_plan", lambda *_: ["core.0002"])
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "database": True})

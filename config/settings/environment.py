"""What this process is: production or demonstration, where it lies, and with which keys it encrypts."""

import base64
import json
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.embedded import BASE_DIR, DATA_DIR

__all__ = ["BASE_DIR", "DATA_DIR", "DEBUG", "DEMO", "FIELD_KEYS", "INDEX_KEY", "PRODUCTION", "SECRET_KEY"]


PRODUCTION = os.environ.get("PRODUCTION") == "1"
DEMO = os.environ.get("DEMO", "0" if PRODUCTION else "1") == "1"
DEBUG = os.environ.get("DEBUG") == "1" and not PRODUCTION


def required(name: str) -> str:
    """A setting that must be given; a default would be a secret that everybody knows."""
    if value := os.environ.get(name):
        return value
    raise ImproperlyConfigured(f"{name} is missing in the environment")


def demo_keys(path: Path) -> dict[str, str]:
    """The keys of a demonstration: made once, kept beside its database, which could not be read without them."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_KEYS": json.dumps({"k1": base64.b64encode(secrets.token_bytes(32)).decode()}),
            "INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        made = path.with_name(f"{path.name}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(json.dumps(keys, indent=1))
        try:
            os.link(made, path)  # fails when another process was first: then its keys are the keys
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return json.loads(path.read_text())


_given = {} if PRODUCTION else demo_keys(DATA_DIR / "keys.json")


def _key(name: str) -> str:
    return required(name) if PRODUCTION else os.environ.get(name, _given[name])


SECRET_KEY = _key("SECRET_KEY")
# Field encryption: the first key encrypts, every key decrypts, so that keys can be changed one record at a time.
FIELD_KEYS = {name: base64.b64decode(key) for name, key in json.loads(_key("FIELD_KEYS")).items()}
# Blind indexes cannot be re-keyed record by record, so their key is one of its own.
INDEX_KEY = base64.b64decode(_key("INDEX_KEY"))

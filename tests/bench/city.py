"""A city with as many agreements as one likes, and an officer at work in it."""

import time
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils.timezone import localdate

from accounts.models import User
from accounts.views.session import BACKEND
from tests import invented
from tests.agreements import thousands
from tests.cast import Season

WAITING = 170  # agreements at hosts of their own, submitted and ready to be filed; the filing takes 121 of them
PLAIN = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class City:
    session: str  # the officer's, signed in
    plain: str  # and at the floor (tests.bench.floor_settings)
    waiting: list[int]


def lay(size: int) -> City:
    """`size` agreements among hosts and people of their proportions, and beside them those that wait."""
    with transaction.atomic(), connection.cursor() as cursor:
        season = Season()
        cursor.execute("SET LOCAL session_replication_role = replica")  # the guards rest while thousands are laid
        thousands.seed(season, size)
        cursor.execute("SET LOCAL session_replication_role = origin")
        # Each at a small firm of technology, where every rule has something to count.
        waiting = [
            invented.agreement(season, n, host=invented.host(n, tech_sme=True), start=localdate())
            for n in range(WAITING)
        ]
        officer = season.officer.person
        officer.is_staff = officer.is_superuser = True  # opens the changelist of Django's admin
        officer.save(update_fields=["is_staff", "is_superuser"])
        session, plain = signed_in(officer, BACKEND), signed_in(officer, PLAIN)
    thousands.analyze()
    return City(session, plain, [agreement.pk for agreement in waiting])


def signed_in(person: User, backend: str) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: backend})
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store["began"] = store["seen"] = int(time.time())
    store.create()
    return str(store.session_key)

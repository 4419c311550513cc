"""Who is signed in, as Django reads it from the database; in words made once, because every request asks it.

The session engine (settings.SESSION_ENGINE) keeps the person beside each session. The backend
(settings.AUTHENTICATION_BACKENDS) checks passwords as Django's own does.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils.timezone import get_default_timezone, now

from accounts.models import Session, User
from core.prepared import PreparedQuery

SESSION = PreparedQuery(
    "session_of_a_request",
    lambda key, moment: Session.objects.filter(session_key=key, expire_date__gt=moment),
    key=("a key", "text"),
    moment=(datetime(1900, 1, 1, tzinfo=get_default_timezone()), "timestamptz"),
)
PERSON = PreparedQuery("person_of_a_request", lambda key: User.objects.filter(pk=key), key=(-11, "bigint"))


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        assert isinstance(session, Session)
        session.person_id = data.get(SESSION_KEY)
        return session

    def _get_session_from_db(self) -> Session | None:
        found = SESSION.models(key=self.session_key, moment=now())
        if not found:
            self._session_key = None
        return next(iter(found), None)


class Backend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        person = next(iter(PERSON.models(key=user_id)), None)
        return person if person and self.user_can_authenticate(person) else None

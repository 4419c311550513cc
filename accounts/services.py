"""Every change of who may come in and as whom."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import ApiToken, Membership, Session, User
from core import audit


@dataclass(frozen=True)
class Bare:
    """A person before any hat: what the audit names when somebody signs in or takes an invitation."""

    person: User

    def __str__(self) -> str:
        return str(self.person)


@transaction.atomic
def record_sign_in(person: User) -> None:
    audit.record("user.signed_in", person, by=Bare(person))


@transaction.atomic
def record_sign_out(person: User) -> None:
    audit.record("user.signed_out", person, by=Bare(person))


@transaction.atomic
def record_lock_out(username: str) -> None:
    """Keep that an account was shut for a while. An unknown name leaves a row too, without the name: people type
    passwords into the wrong field."""
    person = User.objects.filter(username=username).first() or User(pk=0)
    audit.record("user.locked_out", person, by=None)


@transaction.atomic
def record_hat(hat: Membership) -> None:
    audit.record("user.hat_changed", hat.person, by=hat, after={"hat": str(hat)})


@transaction.atomic
def change_password(person: User, password: str, *, session_key: str | None) -> None:
    """Set a new password; every other session of the person ends."""
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    Session.objects.filter(person=person).exclude(session_key=session_key).delete()
    audit.record("user.password_changed", person, by=Bare(person))


def end_sessions(person: User) -> None:
    """Sessions and tokens of a person end at once: the next request of each is a stranger's."""
    Session.objects.filter(person=person).delete()
    ApiToken.objects.filter(user=person).delete()

"""Personal links: how somebody without an account answers. What opens it is in a mail alone, here is only its digest.

Following the link shows the matter; doing something wants a one-time code besides, mailed to the same address. A code
lasts minutes and a few tries; a link lasts days, some tries in all, and one use.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.db.models import Q
from django.utils.timezone import now

from core import outbox
from core.crypto import blind_index
from core.jinja import clock
from core.policy import Finding, plain

BETWEEN_CODES = timedelta(minutes=1)
MOST_TRIES = 20  # of one link, whatever codes were sent for it: of a million codes nobody hits one by trying
STOPPED = "这个链接输错验证码的次数过多，已经停用，请联系发送单位重新发送。"
KEPT = timedelta(days=30)  # after its end it still says so to whoever follows it


def digest(secret: str, purpose: str) -> str:
    return blind_index(secret, purpose)


class PersonalLink(models.Model):
    """One reader's way to one matter. Each kind is a table of its own, beside what it is about."""

    purpose: ClassVar[str]  # of its digests: what opens one kind opens no other

    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    code_digest = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)  # since the last code was sent
    wrong_in_all = models.PositiveSmallIntegerField(default=0, db_default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def alive(cls, token: str) -> "models.QuerySet[Self]":
        """The link that this token opens, if it is neither used nor over."""
        rows = cls._default_manager.filter(token_digest=digest(token, cls.purpose))
        return rows.filter(used_at=None, expires_at__gt=now())

    def renew_token(self) -> str:
        """A new secret in the place of the old one, for the mail alone."""
        token = secrets.token_urlsafe(24)
        self.token_digest = digest(token, self.purpose)
        return token


Link = TypeVar("Link", bound=PersonalLink)


def _held(link: Link) -> Link:
    return type(link)._default_manager.select_for_update(of=("self",)).get(pk=link.pk)


@dataclass(frozen=True)
class Code:
    """How the code of a link stands, told before anybody types into a page that cannot take it."""

    sent_at: datetime | None
    minutes: int
    is_dead: bool  # it is too old, or was mistyped too often: only a new one helps
    is_over: bool  # the link itself was mistyped too often, and no code helps any more

    @classmethod
    def of(cls, link: PersonalLink, *, minutes: int, tries: int) -> "Code":
        # A try is counted on a row of its own (try_code): what was read before it is out of date.
        link.refresh_from_db(fields=["code_sent_at", "wrong_codes", "wrong_in_all"])
        sent_at = link.code_sent_at
        is_old = sent_at is not None and sent_at <= now() - timedelta(minutes=minutes)
        return cls(sent_at, minutes, is_old or link.wrong_codes >= tries, link.wrong_in_all >= MOST_TRIES)

    @property
    def again_at(self) -> datetime | None:
        """From when on the next one may be asked for; None: now."""
        if self.sent_at is None or self.is_dead or self.sent_at + BETWEEN_CODES <= now():
            return None
        return self.sent_at + BETWEEN_CODES

    @property
    def words(self) -> str:
        """10:21 and so on; nothing before one was asked for."""
        if self.is_over:
            return STOPPED
        if self.sent_at is None:
            return ""
        if self.is_dead:
            return "上一个验证码已失效，请重新获取，新的验证码随即发送。"
        return f"验证码已于 {clock(self.sent_at)} 发送，{self.minutes}分钟内有效。"

    @property
    def wait(self) -> str:
        """Why no other is sent yet."""
        assert self.again_at
        seconds = max(1, round((self.again_at - now()).total_seconds()))
        return f"验证码刚刚发送过，请查看邮箱；{seconds}秒后可重新获取。"


@transaction.atomic
def ask_for_code(link: PersonalLink, *, task: str, minutes: int, tries: int) -> str:
    """Promise a one-time code by this effect. Returns why there is none yet: the last one was sent within the minute
    and is alive, or the link takes none any more. A code that was mistyped too often waits for nothing: the next is
    what helps."""
    link = _held(link)
    code = Code.of(link, minutes=minutes, tries=tries)
    if code.is_over:
        return STOPPED
    if code.again_at:
        return code.wait
    link.code_sent_at, link.code_digest, link.wrong_codes = now(), "", 0
    link.save(update_fields=["code_sent_at", "code_digest", "wrong_codes"])
    outbox.add(task, link_id=link.pk)
    return ""


def fresh_code(link: PersonalLink) -> str:
    """A new code of six digits, for the mail alone; earlier ones end."""
    code = f"{secrets.randbelow(1_000_000):06}"
    link.code_digest, link.code_sent_at = digest(f"{link.pk}:{code}", link.purpose), now()
    link.save(update_fields=["code_digest", "code_sent_at"])
    return code


@transaction.atomic
def try_code(link: PersonalLink, code: str, *, minutes: int, tries: int) -> Finding | None:
    """What is wrong with a code, if anything. In a transaction of its own: a wrong try stays counted when the answer is
    refused."""
    link = _held(link)
    if link.wrong_in_all >= MOST_TRIES:
        return plain("E-CODE", STOPPED, field="code")
    fresh = link.code_digest and link.code_sent_at and link.code_sent_at > now() - timedelta(minutes=minutes)
    if not fresh or link.wrong_codes >= tries:
        return plain("E-CODE", "验证码已失效，请重新获取验证码。", field="code")
    if secrets.compare_digest(link.code_digest, digest(f"{link.pk}:{code.strip()}", link.purpose)):
        return None
    link.wrong_codes += 1
    link.wrong_in_all += 1
    link.save(update_fields=["wrong_codes", "wrong_in_all"])
    if link.wrong_codes >= tries:
        return plain("E-CODE", "验证码输错次数过多，已失效，请重新获取验证码。", field="code")
    return plain("E-CODE", "验证码不正确，请核对邮件中的6位数字。", field="code")


def spend(link: PersonalLink, **evidence: Any) -> bool:
    """Use it up, with what is kept of its use; False when somebody was faster."""
    alive = type(link)._default_manager.filter(pk=link.pk, used_at=None)
    return alive.update(used_at=now(), **evidence) == 1


def forget(links: "models.QuerySet[Any]", *, at: datetime) -> dict[str, int]:
    """Delete links that ended unused long ago, and the codes of those that are used or over. A used link stays: it is
    how the answer was given."""
    over = links.filter(Q(expires_at__lte=at) | Q(used_at__isnull=False))
    return {
        "links": over.filter(used_at=None, expires_at__lte=at - KEPT).delete()[0],
        "codes": over.exclude(code_digest="").update(code_digest=""),
    }


def mask_email(address: str) -> str:
    """ma***@example.org: enough to know which mailbox to open."""
    name, _, domain = address.partition("@")
    return f"{name[:2]}***@{domain}"


def mail(to: str, name: str, subject: str, body: str) -> None:
    """Send a mail that holds a secret; its text is kept nowhere. `name` makes its Message-ID, the same when sent twice."""
    headers: Mapping[str, str] = {"Message-ID": f"<{name}@{settings.MAIL_DOMAIN}>"}
    EmailMessage(subject, body, to=[to], headers=dict(headers)).send()

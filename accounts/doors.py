"""What every page does before it calls a service: whose hat, which row, may it, was it asked before."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import cache, wraps
from hashlib import sha256
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import localdate
from django_htmx.middleware import HtmxDetails

from accounts.matrix import Address, matrix
from accounts.models import FirstAnswer, Membership, User
from accounts.seen import OneSeen
from core.prepared import PreparedQuery

P = ParamSpec("P")
Row = TypeVar("Row", bound=Model)

MAY_NOT = "您没有权限执行此操作。"
WORN = "worn_hat"  # the field of a form that says under which hat it was shown
WEAR_IT = "wear_it"  # and the word of the person to wear that one again

KEPT_HEADERS = ("Content-Type", "Location", "HX-", "X-Version")  # what an answer says beside its body


class HatRequest(HttpRequest):
    """A request after the door: somebody is signed in and wears a hat that may do this."""

    user: User
    membership: Membership
    htmx: HtmxDetails
    subject: Model | None


# Asked by every request that somebody signed in sends.
HATS = PreparedQuery(
    "hats_of_a_person",
    lambda on, person: (
        Membership.objects.active(on=on).filter(person=person).select_related("organization").order_by("pk")
    ),
    on=(date.min, "date"),
    person=(0, "bigint"),
)


def hats_of(request: HttpRequest) -> list[Membership]:
    """The hats of the person, the one in use first; read anew on each request, so a withdrawn one has no power."""
    assert isinstance(request.user, User)
    hats = HATS.models(on=localdate(), person=request.user.pk)
    for hat in hats:
        hat.person = request.user
    chosen = request.session.get("membership_id")
    return sorted(hats, key=lambda hat: hat.pk != chosen)


def hat_in(request: HttpRequest, field: str) -> int | None:
    """The hat that a form names in WORN (it was shown to this one) or WEAR_IT; None where it names none."""
    said = request.POST.get(field, "") if request.method == "POST" else ""
    return int(said) if said.isascii() and said.isdecimal() else None


def can(hat: Membership, action: str) -> bool:
    """Whether the matrix lets this hat do it at all; which records it may do it to is the door's to say."""
    return matrix().may(hat.role, action)


def admit(request: HttpRequest, membership: Membership, name: str, kwargs: Mapping[str, Any]) -> Model | None:
    """Check a request against the matrix and fetch the record it is about.

    Raises Http404 when the address is unknown or this hat cannot see the record, PermissionDenied when it sees it but
    may not do this. Both come before anything is done.
    """
    address = known(name)
    action = asked(request, address)
    row = _record(address, membership, kwargs)
    if not can(membership, action) or (row is not None and not _is_on_their_side(action, row, membership)):
        raise PermissionDenied(MAY_NOT)
    return row


def _is_on_their_side(action: str, row: Any, membership: Membership) -> bool:
    """Who dispatches acts in its own name alone: the bureau, which sees every record, drafts in no institution's."""
    return not matrix().actions[action].own or membership.stands_for(row.institution_id)


def other_hats_for(request: HttpRequest, name: str, kwargs: Mapping[str, Any]) -> list[Membership]:
    """Which of one's other hats may open this page, when the one that is worn may not: a link from a mail says nothing
    about hats. Only for reading; a form is never sent under another hat than it was filled in with."""
    found = []
    for hat in getattr(request, "hats", [])[1:] if request.method in ("GET", "HEAD") else []:
        with suppress(Http404, PermissionDenied):
            admit(request, hat, name, kwargs)
            found.append(hat)
    return found


def known(name: str) -> Address:
    """The matrix's entry of a named URL; an address that it does not know is not there."""
    address = matrix().address(name)
    if address is None:
        raise Http404(f"{name} is not in the permission matrix")
    return address


def asked(request: HttpRequest, address: Address) -> str:
    """The action that this request's method asks for. Raises MethodNotAllowed when the address has none for it."""
    action = address.methods.get("GET" if request.method == "HEAD" else request.method or "")
    if action is None:
        raise MethodNotAllowed(sorted(address.methods))
    return action


def _record(address: Address, membership: Membership, kwargs: Mapping[str, Any]) -> Model | None:
    if not address.model:
        return None
    if matrix().sees(membership.role, address) is None:
        raise Http404
    model: Any = apps.get_model(address.model)
    row = None
    with suppress(ValueError, OverflowError):  # a key that cannot be one
        row = _of_this_key(model).of(kwargs[address.key], by=membership)
    if row is None:
        raise Http404
    return row


@cache
def _of_this_key(model: Any) -> OneSeen[Any]:
    return OneSeen(f"one_of_{model._meta.db_table}", model._default_manager.all)


class MethodNotAllowed(Exception):
    """The address is there, but not for this method; `allowed` holds those it takes."""

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed
        super().__init__(", ".join(allowed))


def subject(request: HttpRequest, model: type[Row]) -> Row:
    """The record this address is about, as the door fetched it for this hat."""
    row = getattr(request, "subject", None)
    assert isinstance(row, model), f"the permission matrix names no {model.__name__} for {request.path}"
    return row


def reasons_in(form: Mapping[str, str]) -> dict[str, str]:
    """The written reasons of a form, by finding code: `reason-E-CAP5` gives `E-CAP5`."""
    return {name.removeprefix("reason-"): form[name] for name in form if name.startswith("reason-")}


def documents_in(form: Mapping[str, str]) -> dict[str, str]:
    """The 文号 beside each reason, by finding code."""
    return {name.removeprefix("document-"): form[name] for name in form if name.startswith("document-")}


def version_sent(request: HttpRequest) -> int:
    """The version a form was opened with; what is missing or no number is 0, which no record has, so it is stale."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else 0


def answer_once(
    view: Callable[Concatenate[HatRequest, P], HttpResponse],
) -> Callable[Concatenate[HatRequest, P], HttpResponse]:
    """Give a repeated Idempotency-Key its first answer again; the same key for another question is 409.

    The key comes from the header, or from the form's hidden `idempotency_key`. Requests without one are just answered.
    """

    @wraps(view)
    def door(request: HatRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        key = key_of(request)
        if not key or request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        return once(request, request.membership, key, question_of(request), lambda: view(request, *args, **kwargs))

    return door


def key_of(request: HttpRequest, *, in_form: bool = True) -> str:
    """The key of a request, "" without one; one with signs that the database cannot keep is none."""
    key = request.headers.get("Idempotency-Key") or (in_form and request.POST.get("idempotency_key")) or ""
    return key[:80] if key.isprintable() else ""


def question_of(request: HttpRequest) -> str:
    """What is asked: method, path and everything sent, but for the CSRF token, which differs each time."""
    digest = sha256(f"{request.method} {request.get_full_path()}".encode())
    if request.method == "POST" and request.content_type != "application/json":
        asked = request.POST.copy()
        asked.pop("csrfmiddlewaretoken", None)
        digest.update(asked.urlencode().encode())
    else:
        digest.update(request.body)
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(f"{name}={file.name}:".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def once(
    request: HttpRequest, membership: Membership, key: str, question: str, answer: Callable[[], HttpResponse]
) -> HttpResponse:
    """Answer, and keep the answer under its key in the same transaction.

    Only an act that was done is kept: a refused one changed nothing, so its form may be mended and sent again under the
    key it has.
    """
    with transaction.atomic():
        # A twin sent at the same time waits at this insert until the first has committed its answer.
        first_answer, first = FirstAnswer.objects.get_or_create(
            membership=membership, key=key, defaults={"question": question}
        )
        if first:
            response = answer()
            rendered: Any = response
            if hasattr(rendered, "render") and not rendered.is_rendered:
                rendered.render()
            if response.status_code >= 500:
                transaction.set_rollback(True)
            elif response.status_code >= 400 or response.streaming or not _is_text(response):
                first_answer.delete()
            else:
                first_answer.status, first_answer.body = response.status_code, response.content.decode()
                first_answer.headers = {
                    name: value for name, value in response.headers.items() if name.startswith(KEPT_HEADERS)
                }
                first_answer.save(update_fields=["status", "body", "headers"])
            return response
    if first_answer.question != question:
        return another_question(request, first_answer)
    repeat = HttpResponse(first_answer.body, status=first_answer.status or 200)
    for name, value in first_answer.headers.items():
        repeat[name] = value
    return repeat


def _is_text(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith(("text/", "application/json"))


class AnotherQuestion(Exception):
    """A form that was done once came again with other content, mostly by way of the back button: `led_to` is where its
    first answer sent the browser, "" where it was a page."""

    def __init__(self, led_to: str) -> None:
        super().__init__(led_to)
        self.led_to = led_to


def another_question(request: HttpRequest, first_answer: FirstAnswer) -> HttpResponse:
    """409: this key has been used for something else already. Raises AnotherQuestion for a page, which has what was
    typed to show.
    """
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "这个提交编号已用于另一项内容，请使用新的编号。"}, status=409)
    raise AnotherQuestion(first_answer.headers.get("Location", ""))

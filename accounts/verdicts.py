"""A word on what somebody asked for, sent by a form: one way for every page that takes one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localdate

from accounts.acts import carry_out
from accounts.doors import HatRequest
from core.forms import VerdictForm


def give(
    request: HatRequest, form: VerdictForm, decide: Callable[..., object], *, passed: str, returned: str, to: Any
) -> HttpResponse | None:
    """302 to where `redirect` finds `to`, with the sentence of the word given.

    None while the form says what is in the way: its page is then shown again (422), with what was typed.
    """
    return carry_out(
        request,
        form,
        lambda: decide(by=request.membership, on=localdate(), **form.verdict()),
        said=lambda _: passed if form.verdict()["passed"] else returned,
        to=to,
    )

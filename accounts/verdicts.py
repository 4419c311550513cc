"""A word on what somebody asked for, sent by a form: one way for every page that takes one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate

from accounts.doors import HatRequest
from core.forms import VerdictForm
from core.policy import Refused


def give(
    request: HatRequest, form: VerdictForm, decide: Callable[..., object], *, passed: str, returned: str, to: Any
) -> HttpResponse | None:
    """302 to where `redirect` finds `to`, with the sentence of the word given.

    None while the form says what is in the way: its page is then shown again (422), with what was typed.
    """
    if not form.is_valid():
        return None
    given = form.verdict()
    try:
        decide(by=request.membership, on=localdate(), **given)
    except Refused as refusal:
        form.refuse(refusal.findings)
        return None
    messages.success(request, passed if given["passed"] else returned)
    return redirect(to)

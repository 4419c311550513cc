"""What a form asks for, done: one way for every page on which an act is a form and its refusal."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.doors import HatRequest
from core.forms import Form
from core.policy import Refused


def carry_out(
    request: HatRequest, form: Form, act: Callable[[], Any], *, said: str | Callable[[Any], str], to: Any
) -> HttpResponse | None:
    """302 to where `redirect` finds `to`, with the sentence `said`, which may be made of what the act gave.

    None while the form says what is in the way: its page is then shown again (422), with what was typed. Raises Stale.
    """
    if not form.is_valid():
        return None
    try:
        done = act()
    except Refused as refusal:
        form.refuse(refusal.findings)
        return None
    messages.success(request, said if isinstance(said, str) else said(done))
    return redirect(to)

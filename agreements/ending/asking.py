"""What ends with an agreement on the day that a form names: shown before anything is decided."""

from datetime import date
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS

from agreements.ending.effects import effects_of_ending, mark_of
from agreements.ending.services import why_not_from
from agreements.models import Agreement
from core.forms import Form


def asked_for_effects(form: Form, agreement: Agreement, *, on: date) -> None:
    """Of the day alone it is judged: what is not written yet is no mistake while nothing is decided."""
    for name in {*form.errors} - {"ends_on"}:
        del form.errors[name]
    if day := form.cleaned_data.get("ends_on"):
        form.refuse(filter(None, [why_not_from(agreement, day, on=on)]))


def shown_effects(form: Form, agreement: Agreement, *, on: date) -> dict[str, Any]:
    """For the page: what ends with it on the day typed (who leaves it empty ends it today), else the one proposed, where
    the agreement can end on it; else today. `seen` is sent back with the form."""
    typed = (form.cleaned_data["ends_on"] or on) if form.is_bound and "ends_on" in form.cleaned_data else None
    proposed = form.get_initial_for_field(form.fields["ends_on"], "ends_on")
    days = (day for day in (typed, proposed) if isinstance(day, date) and agreement.service_end)
    day = next((day for day in days if why_not_from(agreement, day, on=on) is None), on)
    effects = effects_of_ending(agreement, on=day)
    return {"day": day, "effects": effects, "seen": mark_of(effects, on=day)}


def status_of(form: Form) -> int:
    """409 where other effects were shown than there are, 422 for what else is in the way."""
    return 409 if form.has_error(NON_FIELD_ERRORS, code="E-SEEN") else 422 if form.errors else 200

"""What ends with an agreement on the day that a form names: shown before anything is decided."""

from datetime import date

from agreements.ending.services import why_not_from
from agreements.models import Agreement
from core.forms import Form


def asked_for_effects(form: Form, agreement: Agreement, *, on: date) -> None:
    """Of the day alone it is judged: what is not written yet is no mistake while nothing is decided."""
    for name in {*form.errors} - {"ends_on"}:
        del form.errors[name]
    if day := form.cleaned_data.get("ends_on"):
        form.refuse(filter(None, [why_not_from(agreement, day, on=on)]))


def day_of_effects(form: Form, agreement: Agreement, *, on: date) -> date:
    """The day typed, else the one proposed, where the agreement can end on it; else today."""
    typed = form.cleaned_data.get("ends_on") if form.is_bound else None
    proposed = form.get_initial_for_field(form.fields["ends_on"], "ends_on")
    days = (day for day in (typed, proposed) if isinstance(day, date))
    return next((day for day in days if why_not_from(agreement, day, on=on) is None), on)

from typing import Any

from django import forms
from django.utils.timezone import localdate

from accounts.forms import choice
from accounts.models import Organization
from core.forms import Form, Text
from desk.merging import people, services
from desk.merging.queries import FIELDS, in_words, value
from specialists.models import Specialist


class MergeForm(Form):
    """Which of two stays, and whose value stays where they differ."""

    survivor = forms.ChoiceField(label="保留哪个单位", widget=forms.RadioSelect)
    reason = Text(label="合并理由", max_length=300, help_text="写明据何认定为同一单位，如营业执照、变更登记。")

    def __init__(self, *args: Any, one: Organization, other: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        both = (one, other)
        first = services.suggested(one, other)
        choice(self, "survivor").choices = [
            (str(unit.pk), f"{unit.name}（{unit.uscc or '无信用代码'}）") for unit in both
        ]
        self.fields["survivor"].initial = str(first)
        for name, label in FIELDS.items():
            if value(one, name) != value(other, name):
                choices = [(str(unit.pk), in_words(unit, name)) for unit in both]
                full = [unit.pk for unit in both if value(unit, name)]
                field = forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)
                field.initial = str(full[0] if len(full) == 1 else first)
                self.add(f"keep_{name}", field)

    @property
    def differing(self) -> list[str]:
        return [name for name in self.fields if name.startswith("keep_")]

    def keep(self) -> dict[str, int]:
        return {name.removeprefix("keep_"): int(self.cleaned_data[name]) for name in self.differing}


class DismissForm(Form):
    """Why two that look like one are two."""

    prefix = "two"

    reason = Text(label="认定理由", max_length=300, help_text="写明据何认定，如分别持有营业执照、核对了两张身份证。")


class PersonMergeForm(Form):
    """As MergeForm, for two rows of a person; numbers are shown masked."""

    survivor = forms.ChoiceField(label="保留哪一条记录", widget=forms.RadioSelect)
    reason = Text(label="合并理由", max_length=300, help_text="写明据何认定为同一人，如核对了身份证原件。")

    def __init__(self, *args: Any, one: Specialist, other: Specialist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        both = (one, other)
        first = people.suggested(one, other)
        choice(self, "survivor").choices = [(str(who.pk), f"{who.name}（{who.id_masked}）") for who in both]
        choice(self, "survivor").initial = str(first)
        standing = people.settled(one, other, on=localdate())
        self.settled: list[tuple[str, str]] = []  # what is not chosen here, though the rows differ
        for name, (label, _) in people.FIELDS.items():
            if people.value(one, name) == people.value(other, name):
                continue
            if name in standing:
                self.settled.append((label, people.in_words(standing[name], name)))
            else:
                choices = [(str(who.pk), people.in_words(who, name)) for who in both]
                self.add(f"keep_{name}", forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect))
                # Which number is right is never guessed: whoever merges has the card before them.
                self.fields[f"keep_{name}"].initial = None if name == "id_number" else str(first)

    @property
    def differing(self) -> list[str]:
        return [name for name in self.fields if name.startswith("keep_")]

    def keep(self) -> dict[str, int]:
        return {name.removeprefix("keep_"): int(self.cleaned_data[name]) for name in self.differing}

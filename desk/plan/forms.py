"""A draft as a form: one field for each number; what code hangs on and the city's own words are not edited."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from core.citations import held_by_the_database
from core.forms import Cleaned, DateField, Form, Line, MoneyField, VerdictForm, Whole
from core.identifiers import Invalid, half_width
from core.models import PolicyPack
from core.stale import Difference
from desk.plan.reading import setting
from desk.plan.words import LEVEL, PARAMS, REASON_BY, SETTINGS, UNBENDING, Word


class WholeNumbers(Cleaned):
    """Several whole numbers as people list them: 60、30、7."""

    def parse(self, text: str) -> list[int]:
        numbers = re.split("[、，,；; ]+", half_width(text))
        if not all(re.fullmatch("[1-9][0-9]{0,3}", one) for one in numbers):
            raise Invalid("请填写整数，用顿号分开，如60、30、7。")
        return [int(one) for one in numbers]

    def prepare_value(self, value: Any) -> Any:
        return "、".join(map(str, value)) if isinstance(value, list) else value


class Percent(Whole):
    """A share, typed and shown in per cent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return round(value * 100) if isinstance(value, float) else value

    def clean(self, value: Any) -> Any:
        whole = super().clean(value)
        return None if whole is None else whole / 100


class Switch(forms.TypedChoiceField):
    """Yes or no as two words to choose from: a box left empty by a form that never showed it would mean no."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("yes", "是"), ("no", "否")], coerce=lambda word: word == "yes", **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ("yes" if value else "no") if isinstance(value, bool) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


def field_for(known: Word, *, required: bool = True) -> forms.Field:
    label, unit = known.label, known.unit
    match known.kind:
        case "money":
            return MoneyField(label=label, required=required)
        case "share":
            return Percent(label=label, required=required)
        case "numbers":
            return WholeNumbers(label=label, required=required, help_text="用顿号分开，如60、30、7")
        case "switch":
            return Switch(label=label, required=required)
        case "choice":
            return forms.ChoiceField(
                label=label,
                choices=[*known.options.items()],
                required=required,
                help_text=known.help_text,
                error_messages={"invalid_choice": f"{known.help_text}。"} if known.help_text else None,
            )
        case "text":
            return Line(label=label, max_length=10, required=required)
        case "codes":
            return forms.MultipleChoiceField(
                label=label, choices=[*known.options.items()], widget=forms.CheckboxSelectMultiple, required=False
            )
        case _:
            return Whole(label=f"{label}（{unit}）" if unit else label, max_value=100_000, required=required)


class PackForm(Form):
    """Every number of a draft. `rules` and `settings` are what core.packs.revise takes, which judges them together."""

    def __init__(self, pack: PolicyPack, data: Any = None) -> None:
        super().__init__(data)
        self.pack = pack
        self.places: dict[str, tuple[str, str, str]] = {}  # field → (code, parameter, key in it)
        self.words: dict[str, Word] = {}
        for code, name, key, known, value in self._values():
            field = f"{code}.{name}" + (f".{key}" if key else "")
            self.places[field], self.initial[field], self.words[field] = (code, name, key), value, known
            # Who explains is asked of a warn only: a form opened before a rule became one does not say it.
            self.add(field, field_for(known, required=not key and name != "reason_by"))

    def _values(self) -> Iterator[tuple[str, str, str, Word, Any]]:
        for code in self.pack.rules:
            entry = self.pack.entry(code)
            yield code, "level", "", UNBENDING if code in held_by_the_database() else LEVEL, entry.level.value
            if entry.level == "warn":
                yield code, "reason_by", "", REASON_BY, entry.reason_by.value
            for name in sorted(entry.params, key=list(PARAMS).index):
                value = entry.params[name]
                known = PARAMS[name]
                if known.kind == "by_code":
                    for key, label in known.options.items():
                        yield code, name, key, Word(f"{known.label}：{label}", unit=known.unit), value.get(key)
                elif known.kind == "lists":
                    for key, label in known.keys.items():
                        one = Word(f"{known.label}：{label}", "codes", options=known.options)
                        yield code, name, key, one, value.get(key, [])
                elif known.is_edited:
                    yield code, name, "", known, value
        for name, known in SETTINGS.items():
            if (value := setting(self.pack.settings, name)) is not None:
                yield "", name, "", known, value

    @classmethod
    def changing(cls, pack: PolicyPack, values: Mapping[str, Any]) -> "PackForm":
        """The form as somebody sends it who opened it and changed nothing but these fields."""
        blank, data = cls(pack), QueryDict(mutable=True)
        for name, field in blank.fields.items():
            bound = field.prepare_value(values.get(name, blank.initial[name]))
            data.setlist(name, bound if isinstance(bound, list) else [] if bound is None else [str(bound)])
        return cls(pack, data)

    @property
    def rules(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field, (code, name, key) in self.places.items():
            if not code:
                continue
            value, entry = self.cleaned_data[field], found.setdefault(code, {})
            if name in ("level", "reason_by"):
                entry |= {name: value} if value else {}
                continue
            params = entry.setdefault("params", dict(self.pack.rules[code].get("params", {})))
            if not key:
                params[name] = value
            else:
                inner = params[name] = dict(params[name])
                if value in (None, []):
                    inner.pop(key, None)
                else:
                    inner[key] = value
        return found

    @property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field, (code, name, _) in self.places.items():
            if not code:
                *above, last = name.split(".")
                place = found
                for part in above:
                    place = place.setdefault(part, {})
                place[last] = self.cleaned_data[field]
        return found

    def beside(self, before: Mapping[tuple[str, str], Any]) -> tuple["PackForm", list[Difference]]:
        """This form after others have edited the draft, which said `before` when it was opened, and what differs.

        Where its writer changed nothing, it says what the others wrote; where both wrote, what was typed stays.
        """
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        differences = []
        for field, (code, name, key) in self.places.items():
            place = (code, name if not code or name in ("level", "reason_by") else f"params.{name}")
            place = (place[0], f"{place[1]}.{key}") if key else place
            theirs, typed = self.initial[field], self.cleaned_data[field]
            if place not in before or theirs == typed or (name == "reason_by" and not typed):
                continue
            said = self.words[field].shown
            if str(typed or "") == str(before[place] or ""):
                bound = self.fields[field].prepare_value(theirs)
                data.setlist(field, bound if isinstance(bound, list) else [] if bound is None else [bound])
                differences.append(Difference(self.words[field].label, said(theirs), "未改动，已采用现在的内容"))
            else:
                differences.append(Difference(self.words[field].label, said(theirs), said(typed)))
        return PackForm(self.pack, data), differences

    def of(self, code: str) -> list[BoundField]:
        """The fields of one rule; of the settings with an empty code."""
        return [self[field] for field, (own, _, _) in self.places.items() if own == code]


class ProposalForm(Form):
    active_from = DateField(label="生效日期")
    document_number = Line(
        label="文号", max_length=60, required=False, help_text="有正式文件的填写，如石科〔2026〕12号"
    )


class PlanVerdictForm(VerdictForm):
    passes, returns = "同意生效", "退回修改"

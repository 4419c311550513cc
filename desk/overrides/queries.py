"""例外说明: every warn that passed on somebody's written reason, for who may see its record."""

from datetime import date
from functools import cache
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.timezone import localdate

from accounts.enums import Role
from accounts.models import Membership
from core.forms import Form, Line
from core.models import Override
from core.packs import POLICIES, read
from core.search import by_name
from desk.overrides import subjects

COLUMNS = (
    "id",
    "at",
    "code",
    "article",
    "message",
    "reason",
    "document_number",
    "hat",
    "by__name",
    "target_type",
    "target_id",
    "record",
    "unit",
)


@cache
def rules() -> dict[str, tuple[str, str]]:
    """Title and article of each rule by its code, as the newest plan shipped with the platform has them."""
    newest = read(max(POLICIES.glob("*.toml")))
    return {code: (entry["title"], entry["article"]) for code, entry in newest["rules"].items()}


def title_of(code: str) -> str:
    return rules()[code][0] if code in rules() else code


class OverrideListForm(Form):
    """The filters. The rule is chosen by the figures above the list."""

    year = forms.ChoiceField(label="年度", required=False)
    article = forms.ChoiceField(label="条款", required=False)
    of = forms.ChoiceField(label="事项", required=False)
    institution = Line(label="派出单位", required=False, max_length=100)
    by = Line(label="作出人", required=False, max_length=30)
    q = Line(label="情况或理由", required=False, max_length=60)
    code = forms.ChoiceField(label="规则", required=False, widget=forms.HiddenInput)

    def __init__(self, query: QueryDict, hat: Membership) -> None:
        super().__init__(query, auto_id="filter_%s")
        year = localdate().year
        articles = dict.fromkeys(article for _, article in rules().values() if article)
        self._offer("year", "全部年度", [(str(one), f"{one}年度") for one in range(year, year - 5, -1)])
        self._offer("article", "全部条款", [(one, f"工作方案{one}") for one in articles])
        self._offer("of", "全部事项", [(of, one.label) for of, one in subjects.SUBJECTS.items()])
        self._offer("code", "全部规则", [(code, title) for code, (title, _) in rules().items()])
        if hat.role in Role.institution:
            del self.fields["institution"]

    def _offer(self, name: str, everything: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *choices]


def found_by(form: OverrideListForm, hat: Membership, *, but: str = "") -> QuerySet[Override]:
    """The rows under all filters, or under all `but` one."""
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value and name != but}
    rows = Override.objects.filter(subjects.visible(hat))
    lookups = {"year": "at__year", "article": "article", "of": "target_type", "code": "code"}
    rows = rows.filter(**{lookup: wanted[name] for name, lookup in lookups.items() if name in wanted})
    if "institution" in wanted:
        rows = rows.filter(
            subjects.of_institution(hat, lambda way: by_name(wanted["institution"], of=way, anywhere=True))
        )
    if "by" in wanted:
        rows = rows.filter(by__name__contains=wanted["by"])
    if "q" in wanted:
        rows = rows.filter(Q(message__contains=wanted["q"]) | Q(reason__contains=wanted["q"]))
    return rows


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[Override]:
    return found_by(OverrideListForm(query, hat), hat)


def counted(rows: QuerySet[Override]) -> list[tuple[str, str, int]]:
    """(code, title, how many), the commonest first."""
    counts = rows.order_by().values_list("code").annotate(count=Count("pk")).order_by("-count", "code")
    return [(code, title_of(code), count) for code, count in counts]


def told(rows: QuerySet[Override]) -> QuerySet[Override, Any]:
    """Plain values for the list, the export and the paper."""
    return subjects.named(rows).values(*COLUMNS)

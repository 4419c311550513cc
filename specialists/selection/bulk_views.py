"""批量审核: what waits for one's step, with what would pass and what would not; one confirmation; what became of each."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, reasons_in
from core.forms import Form, Line, Text
from core.models import PolicyPack
from core.policy import Finding
from specialists import queries
from specialists.enums import Category
from specialists.selection import bulk


class BulkForm(Form):
    opinion = Text(label="审核意见", max_length=1000, rows=2, required=False, initial="同意")


class NarrowForm(Form):
    category = forms.ChoiceField(label="类别", choices=[("", "全部类别"), *Category.choices], required=False)
    unit = Line(label="派出单位", max_length=60, required=False)


def review(request: HatRequest) -> HttpResponse:
    """GET shows what waits; POST passes the chosen and lists the outcomes: 422 when nothing is chosen.

    Not `answer_once`: that would hold the locks of all files together. Sent twice, each file says that its step is
    taken.
    """
    today, hat = localdate(), request.membership
    form = BulkForm(request.POST or None)
    chosen = request.POST.getlist("chosen")
    if request.method == "POST" and form.is_valid() and chosen:
        reasons = {code: words[:500] for code, words in reasons_in(request.POST).items()}
        outcomes = bulk.pass_many(chosen, by=hat, on=today, opinion=form.cleaned_data["opinion"], reasons=reasons)
        return render(request, "specialists/selection/bulk_done.html", {"outcomes": outcomes})
    narrow = NarrowForm(request.GET)
    given = narrow.cleaned_data if narrow.is_valid() else {}
    lines = bulk.preview(hat, on=today, **given)
    pack = PolicyPack.in_force(on=today)
    year = pack.setting("registration.call_year")
    categories, units = bulk.places(queries.pack_of(year, on=today), year=year)
    asked: dict[str, Finding] = {one.code: one for line in lines for one in line.asks}
    context = {
        "lines": lines,
        "clean": sum(line.is_clean for line in lines),
        "most": bulk.MOST,
        "form": form,
        "narrow": narrow,
        "nothing": request.method == "POST" and not chosen,
        "chosen": {*chosen} if request.method == "POST" else {line.key for line in lines if line.is_clean},
        "asked": [*asked.values()],
        "reasons": reasons_in(request.POST),
        "categories": categories,
        "units": units,
        "year": year,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "specialists/selection/bulk.html", context, status=status)

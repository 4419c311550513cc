"""A dictionary with how often each word is used, and one word: its group and place, its aliases, its end."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.enums import Role
from core import dictionaries
from core.enums import Dictionary
from core.forms import Form
from core.jinja import cdate
from core.models import Term, TermAlias
from core.policy import Refused
from core.stale import Stale
from core.tables import Column, Table, addresses
from core.verbs import sentences
from desk.dictionaries import keeping, queries
from desk.dictionaries.forms import (
    AliasForm,
    ArrangeForm,
    NewTermForm,
    RenameForm,
    RetireForm,
    dictionary_in,
    groups_of,
)


@answer_once
def dictionary(request: HatRequest) -> HttpResponse:
    """The words of `?of=`; POST adds one. 422 with the sentence beside the field."""
    shown, today = dictionary_in(request.GET.get("of", "")), localdate()
    edits = can(request.membership, "dictionary.edit")
    form = NewTermForm(request.POST if request.method == "POST" else None, groups=groups_of(shown))
    if request.method == "POST" and form.is_valid():
        try:
            term, ranked = keeping.add_term(shown, by=request.membership, on=today, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已新增“{term}”，登记表单和名单校验从现在起使用。{keeping.told(ranked)}")
            return redirect(f"{request.path}?of={shown}")
    # How often a word is used counts all units: for the offices.
    used = queries.uses(shown) if request.membership.role in Role.sees_everything else None
    context = {
        "dictionary": shown,
        "tabs": [{"label": one.label, "url": f"?of={one}", "current": one == shown} for one in Dictionary],
        "table": _table(shown, used, edits=edits),
        # Trades stand in the same column as fields: what is in neither is told there.
        "strays": queries.strays(shown, used, on=today) if used and shown != Dictionary.INDUSTRY else [],
        "form": form,
        "edits": edits,
    }
    return render(request, "desk/dictionaries/dictionary.html", context, status=422 if form.errors else 200)


def _table(shown: Dictionary, used: Counter[str] | None, *, edits: bool) -> Table:
    today = localdate()
    rows = [
        {
            "id": term.pk,
            "code": term.code,
            "label": term.label,
            "group": term.group,
            "uses": used[term.label] if used is not None else 0,
            "aliases": "、".join(alias.word for alias in term.aliases.all()),
            "state": "在用" if term.is_living(today) else f"{cdate(term.retired_on)}停用",
            "is_living": term.is_living(today),
            "successor": f"由“{term.successor}”接替" if term.successor else None,
        }
        for term in Term.objects.filter(dictionary=shown).select_related("successor").prefetch_related("aliases")
    ]
    to = addresses("desk:dictionary-term")
    return Table(
        columns=[
            Column("label", "用词", href=to if edits else None, sub=lambda row: row["code"], phone="title"),
            Column("group", "分组", nowrap=shown == Dictionary.TITLE),
            Column("aliases", "别名", cell=lambda row: row["aliases"] or "—"),
            *([Column("uses", "使用的记录", align="end")] if used is not None else []),
            Column(
                "state",
                "状态",
                sub=lambda row: row["successor"],
                tone=lambda row: "ok" if row["is_living"] else "ended",
                phone="aside",
            ),
        ],
        rows=rows,
        caption=f"{shown.label}字典",
        row_href=to if edits else None,
        empty="还没有用词。",
    )


@require_safe
def term(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, Term))


@require_POST
@answer_once
def arrange(request: HatRequest, pk: int) -> HttpResponse:
    one = subject(request, Term)
    form = ArrangeForm(request.POST, groups=groups_of(one.dictionary))
    hat, version = request.membership, version_sent(request)
    return _act(
        request,
        one,
        form,
        lambda: keeping.arrange_term(one, by=hat, on=localdate(), version=version, **form.cleaned_data)[1],
        "已保存分组和次序。",
        name="arranging",
    )


@require_POST
@answer_once
def rename(request: HatRequest, pk: int) -> HttpResponse:
    one, form, version = subject(request, Term), RenameForm(request.POST), version_sent(request)
    hat, old = request.membership, one.label
    return _act(
        request,
        one,
        form,
        lambda: keeping.rename_term(one, by=hat, on=localdate(), version=version, **form.cleaned_data)[1],
        f"已改名，“{old}”留作别名。",
        name="renaming",
    )


@require_POST
@answer_once
def delete(request: HatRequest, pk: int) -> HttpResponse:
    """302 to the dictionary · 422 once the word is used."""
    one, form = subject(request, Term), Form(request.POST)
    try:
        dictionaries.delete_term(one, uses=queries.uses_of, by=request.membership)
    except Refused as refusal:
        form.is_valid()
        form.refuse(refusal.findings)
        return _page(request, one, deleting=form, status=422)
    messages.success(request, f"已删除“{one}”。")
    return redirect(f"{reverse('desk:dictionaries')}?of={one.dictionary}")


@require_POST
@answer_once
def retire(request: HatRequest, pk: int) -> HttpResponse:
    one = subject(request, Term)
    form = RetireForm(request.POST, successors=_successors(one))
    return _act(
        request,
        one,
        form,
        lambda: dictionaries.retire_term(one, by=request.membership, on=localdate(), **form.cleaned_data),
        f"“{one}”已停用，原有记录不变。",
        name="retiring",
    )


@require_POST
@answer_once
def revive(request: HatRequest, pk: int) -> HttpResponse:
    one, form = subject(request, Term), Form(request.POST)
    act: Callable[[], object] = lambda: dictionaries.revive_term(one, by=request.membership)  # noqa: E731  as its neighbours
    return _act(request, one, form, act, f"“{one}”已恢复使用。", name="retiring")


@require_POST
@answer_once
def alias(request: HatRequest, pk: int) -> HttpResponse:
    one, form, hat = subject(request, Term), AliasForm(request.POST), request.membership
    return _act(
        request,
        one,
        form,
        lambda: keeping.add_alias(one, by=hat, on=localdate(), **form.cleaned_data)[1],
        "已增加别名。",
        name="naming",
    )


@require_POST
@answer_once
def remove_alias(request: HatRequest, pk: int) -> HttpResponse:
    gone = subject(request, TermAlias)
    dictionaries.remove_alias(gone, by=request.membership)
    messages.success(request, f"已删除别名“{gone}”。")
    return redirect("desk:dictionary-term", gone.term_id)


def _act(
    request: HatRequest, one: Term, form: Form, act: Callable[[], object], done: str, *, name: str
) -> HttpResponse:
    """302 to the word · 409 somebody else changed it · 422 with the sentences beside the fields."""
    said: Callable[[object], str] = lambda ranked: done + (keeping.told(ranked) if isinstance(ranked, int) else "")  # noqa: E731  as its neighbours
    stale = answer = None
    try:
        answer = carry_out(request, form, act, said=said, to=reverse("desk:dictionary-term", args=[one.pk]))
    except Stale as found:
        stale = found
    return answer or _page(request, one, stale=stale, status=409 if stale else 422, **{name: form})


def _page(
    request: HatRequest,
    one: Term,
    *,
    arranging: Form | None = None,
    retiring: Form | None = None,
    naming: Form | None = None,
    renaming: Form | None = None,
    deleting: Form | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    one.refresh_from_db()
    kept = {"group": one.group, "order": one.order}
    context = {
        "term": one,
        "is_living": one.is_living(localdate()),
        "uses": queries.uses_of(one),
        "aliases": list(one.aliases.all()),
        "arranging": arranging or ArrangeForm(initial=kept, groups=groups_of(one.dictionary)),
        "retiring": retiring if isinstance(retiring, RetireForm) else RetireForm(successors=_successors(one)),
        "naming": naming or AliasForm(),
        "renaming": renaming or RenameForm(initial={"label": one.label}),
        "refused": [form for form in (arranging, retiring, naming, renaming, deleting) if form],
        "stale": stale,
        "events": sentences(one),
    }
    return render(request, "desk/dictionaries/term.html", context, status=status)


def _successors(one: Term) -> Any:
    living = Term.objects.filter(dictionary=one.dictionary).living(on=localdate())
    return living.exclude(pk=one.pk).order_by("order", "pk")

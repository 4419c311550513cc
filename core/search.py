"""Searching inside names.

The commonest question is two signs of a name, of which a trigram index knows nothing. Names are indexed by the pairs of
neighbouring signs in them (the SQL function `bigrams`); a term of two signs and more is looked up by its pairs and then
compared as a whole, so that what is found is what LIKE would find. One sign alone is in too many names for any index. Whoever types letters means the initials of the pinyin (zgf for 曾国藩),
which stand beside the name.
"""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import CharField, Func, Model, Q, TextField
from django.db.models.lookups import IContains, Lookup

from core.identifiers import half_width


class Bigrams(Func):
    function = "bigrams"
    output_field = ArrayField(TextField())


def by_pairs(column: str, *, name: str) -> GinIndex:
    """The index that `__holds` needs on a column; written at once, for a list of pending entries is read from end to
    end by every search."""
    return GinIndex(Bigrams(column), name=name, fastupdate=False)


@CharField.register_lookup
class Holds(Lookup):
    """`name__holds="机电"`: as `icontains`, by way of the pairs of signs where there are any."""

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        like, params = compiler.compile(IContains(self.lhs, self.rhs))
        if len(self.rhs) < 2:
            return like, tuple(params)
        column, of_column = compiler.compile(self.lhs)
        return f"(bigrams({column}) @> bigrams(%s) AND {like})", (*of_column, self.rhs, *params)


# --- initials ---------------------------------------------------------------------------------------------------------

LETTERS = re.compile("[A-Za-z]{2,60}")
# Surnames that are read otherwise than the same sign elsewhere.
SURNAMES = {
    **{"单": "s", "仇": "q", "解": "x", "查": "z", "曾": "z", "区": "o", "朴": "p", "翟": "z", "乐": "y", "盖": "g"},
    **{"员": "y", "缪": "m", "召": "s", "折": "s", "种": "c", "繁": "p", "覃": "q", "尉": "y", "祭": "z", "黑": "h"},
}


def initials(name: str) -> str:
    """The first letters of a name as it is read, small: oymy for 欧阳明远. Anything but letters and digits is left out."""
    from pypinyin import Style, lazy_pinyin  # its tables take 50 MB: only who writes names needs them

    read = "".join(lazy_pinyin(half_width(name), style=Style.FIRST_LETTER)).lower()
    if name[:1] in SURNAMES and len(name) <= 4:
        read = SURNAMES[name[0]] + read[1:]
    return re.sub("[^a-z0-9]", "", read)[:60]


class InitialsField(CharField):
    """Those of `name`, written whenever the name is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 60, "blank": True, "default": "", "editable": False, **kwargs})

    def pre_save(self, model_instance: Model, add: bool) -> str:
        found = initials(model_instance.name)  # type: ignore[attr-defined]  # of whoever is searched by name
        setattr(model_instance, self.attname, found)
        return found


class Named(Model):
    """Somebody or something with a `name` who is searched by its initials too."""

    initials = InitialsField()

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        if (fields := kwargs.get("update_fields")) is not None and "name" in fields:
            kwargs["update_fields"] = [*fields, "initials"]
        super().save(**kwargs)


def spell_out(app: str, model: str) -> Callable[[Any, Any], None]:
    """For a migration: the initials of the names that are there already."""

    def spell(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, model).objects.only("name")
        for row in rows.iterator(chunk_size=2_000):
            rows.filter(pk=row.pk).update(initials=initials(row.name))

    return spell


def by_name(typed: str, *, of: str = "", anywhere: bool = False) -> Q:
    """Whose name holds what was typed, or whose initials begin with it (`anywhere`: hold it); `of`: the way to them."""
    said = Q((f"{of}name__holds", typed))
    if not LETTERS.fullmatch(typed):
        return said
    how = "holds" if anywhere else "startswith"
    return said | Q((f"{of}initials__{how}", typed.lower()))

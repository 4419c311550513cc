"""Searching inside names.

The commonest question is two signs of a name, of which a trigram index knows nothing. Names are indexed by the pairs of
neighbouring signs in them (the SQL function `bigrams`); a term of two signs and more is looked up by its pairs and then
compared as a whole, so that what is found is what LIKE would find. One sign alone is in too many names for any index.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import CharField, Func, TextField
from django.db.models.lookups import IContains, Lookup


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

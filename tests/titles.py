"""The dictionary of titles as the platform brings it, for tests that need no database."""

from importlib import import_module

from core.dictionaries import Words, bare

_brought = import_module("core.migrations.0012_titles")
_ranks = {label: rank for rank, labels in _brought.TITLES.items() for label in labels.split()}
_aliases = {word: label for label, words in _brought.ALIASES.items() for word in words.split()}

TITLES = Words(
    living=frozenset(_ranks),
    meant={bare(label): label for label in _ranks} | {bare(word): label for word, label in _aliases.items()},
    groups={bare(label): rank for label, rank in _ranks.items()}
    | {bare(word): _ranks[label] for word, label in _aliases.items()},
)

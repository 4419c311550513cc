"""What the description of the API says to who writes a program against it (settings.SPECTACULAR_SETTINGS)."""

import re
from typing import Any

ENGLISH = re.compile(r"[A-Za-z]+,? [a-z]+,? [a-z]+")


def in_chinese(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Without the docstrings of views and serializers: they are for who reads the code."""
    if isinstance(result, dict):
        words = result.get("description")
        if isinstance(words, str) and ENGLISH.search(words):
            result["description"] = ""  # a response has to have one
        parts = list(result.values())
    else:
        parts = result if isinstance(result, list) else []
    for part in parts:
        in_chinese(part, generator, request, public)
    return result

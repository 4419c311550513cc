"""`make prove`: take each rule, constraint, trigger, withheld right and lock away, one at a time, and require a red test.

A rule is silenced where the services call it; its own table of cases (test_rules*.py) does not count, a test of the
act, page or interface has to notice. What stays green is a failure. `python -m tests.prove WORD…` tries only guards
whose name holds one of the words.
"""

import os
import sys

import django
import pytest

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # as tests/conftest.py
django.setup()

from tests.prove.prover import Prover

PYTEST = ["-q", "-s", "--no-header", "--reuse-db", "-p", "no:cacheprovider", "-W", "ignore"]


def main(words: list[str]) -> int:
    prover = Prover(words)
    return pytest.main([*PYTEST, "tests"], plugins=[prover]) or bool(prover.not_proven)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

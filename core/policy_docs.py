"""docs/policy.md: article → rule → constraint → test, made from what the rules cite and the tests name."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from core.citations import cited
from core.packs import POLICIES, read
from core.policy import Citation

PATH = settings.BASE_DIR / "docs/policy.md"
TESTS_SHOWN = 6


class Uncovered(Exception):
    """Something in the policy is not held by the code, or the other way round; the text names it."""


@dataclass
class Named:
    """What one test names: calls of rule functions, finding codes and constraints."""

    name: str
    words: set[str] = field(default_factory=set)


def text() -> str:
    """The whole document. Raises Uncovered when an article, a rule or an entry of the pack stands alone."""
    pack = read(POLICIES / "shijiazhuang-2026.toml")
    reasons = tomllib.loads((POLICIES / "coverage.toml").read_text())
    citations = cited()
    tests = list(named_in_tests(settings.BASE_DIR / "tests"))
    by_article: dict[str, list[Citation]] = defaultdict(list)
    for citation in citations:
        if citation.code not in pack["rules"]:
            raise Uncovered(
                f"{citation.module}.{citation.function} cites {citation.code}, which no pack entry explains"
            )
        by_article[pack["rules"][citation.code]["article"]].append(citation)
    if idle := pack["rules"].keys() - {citation.code for citation in citations}:
        raise Uncovered(f"entries of the pack that no rule uses: {', '.join(sorted(idle))}")
    lines = [HEAD.format(title=pack["settings"]["title"], year=pack["year"], version=pack["version"])]
    for article in articles():
        lines.append(f"## {article}\n")
        if rules := by_article.pop(article, []):
            lines += [_rule(citation, pack["rules"][citation.code], tests) for citation in rules]
        elif article in reasons:
            lines.append(f"没有对应的规则：{reasons[article]}\n")
        else:
            raise Uncovered(f"article {article} has neither a rule nor a reason in policies/coverage.toml")
    if by_article:
        raise Uncovered(f"articles that the work plan does not have: {', '.join(by_article)}")
    return "\n".join(lines)


def articles() -> list[str]:
    """The numbered articles of the work plan: 一（一） … 六（三）."""
    found, part = [], ""
    for line in (POLICIES / "work-plan.zh.txt").read_text().splitlines():
        if match := re.match(r"([一二三四五六])、", line):
            part = match[1]
        elif part and (match := re.match(r"（([一二三四五六])）", line)):
            found.append(f"{part}（{match[1]}）")
    return found


def named_in_tests(directory: Path) -> Iterator[Named]:
    """Each test function with the names and short strings in it, and in the helpers and constants of its module."""
    for path in sorted(directory.rglob("test_*.py")):
        tree = ast.parse(path.read_text())
        module = {name: _words(node) for node in tree.body for name in _defines(node) if not name.startswith("test_")}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words = _words(node)
                words |= {word for name in words & module.keys() for word in module[name]}
                yield Named(f"{path.relative_to(directory.parent)}::{node.name}", words)


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _words(node: ast.AST) -> set[str]:
    words = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            words.add(part.attr)
        elif isinstance(part, ast.Name):
            words.add(part.id)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and len(part.value) < 80:
            words.add(part.value)
            words |= set(re.findall(r"[EW]-[A-Z0-9-]+[A-Z0-9]", part.value))
    return words


def _rule(citation: Citation, entry: dict[str, str], tests: list[Named]) -> str:
    level = {"block": "不符即不能办理", "warn": "须写明理由", "info": "只提示"}[entry["level"]]
    wanted = {citation.function, citation.code, citation.constraint} - {None}
    # A test that names the function or the constraint proves more closely than one that only meets the code.
    held = sorted(
        (test for test in tests if test.words & wanted),
        key=lambda test: (citation.function not in test.words, citation.constraint not in test.words),
    )
    if not held:
        raise Uncovered(f"no test names {citation.code} ({citation.function})")
    shown = "\n".join(f"  - `{test.name}`" for test in held[:TESTS_SHOWN])
    more = f"\n  - 另有{len(held) - TESTS_SHOWN}项" if len(held) > TESTS_SHOWN else ""
    return (
        f"### {citation.code} {entry['title']}\n\n"
        f"> {entry['quote']}\n\n"
        f"- 依据：{'、'.join(citation.requirements)}；{level}\n"
        f"- 规则：`{citation.module}.{citation.function}`\n"
        f"- 约束：{f'`{citation.constraint}`' if citation.constraint else '无（由服务在锁内判定）'}\n"
        f"- 测试：\n{shown}{more}\n"
    )


HEAD = """# 政策条款与实现对照

《{title}》{year}年度政策包第{version}版。本文件由 `manage.py policy_docs` 从规则的引用生成，请勿手工修改。
"""

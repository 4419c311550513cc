"""Rows of the provincial list: a name and a number, once."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from core.policy import plain
from desk.enums import Kind
from desk.rosters.lines import Line, Sayer, Setting, digest_of, group_by_person, say_faults, say_missing
from desk.rosters.queries import Before
from specialists.rules import listed_under_their_name


class ProvincialCheck:
    """Rows of the provincial list of one year: a name and a number, perhaps days of its own."""

    def __init__(
        self,
        setting: Setting,
        listed: Collection[str],
        names: Mapping[str, str],
        terms: Mapping[str, Any],
        before: Iterable[Before],
    ) -> None:
        self.setting, self.listed, self.names, self.terms = setting, listed, names, terms
        self.above = group_by_person(before)

    def check(self, line: Line) -> None:
        say = Sayer(line, self.setting)
        line.digest = digest_of(line.cleaned)
        say_faults(line, say)
        say_missing(line, say, ("name", "id_number"), Kind.PROVINCIAL)
        values = line.values
        start = line.start = values.setdefault("valid_from", date.fromisoformat(self.terms["valid_from"]))
        end = line.end = values.setdefault("valid_to", date.fromisoformat(self.terms["valid_to"]))
        if end < start:
            say.block("E-FIELD", "有效期止不能早于有效期起。", "valid_to", "核对两个日期。")
        if not line.digest:
            return
        if again := self.above.get(line.digest):
            say.block("E-ROW-DUP", f"与第{again[0].number}行重复：同一身份证号。", "id_number", "两行保留一行。")
        if finding := listed_under_their_name(name=values.get("name", ""), registered_as=self.names.get(line.digest)):
            say.block("E-ID", finding.message, "name", "对照身份证核对姓名和号码。")
        if line.digest in self.listed:
            there = plain("E-PROV-DUP", f"此人已在{self.terms['year']}年度省级名单中。")
            say.there(there, "id_number", "无须处理。")
        self.above[line.digest].append(Before(line.number, line.digest, "", "", line.start, line.end, line.blocked))

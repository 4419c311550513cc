"""What the pages of agreements take: the draft of an agreement, its signatures and scan, the words of the bureau."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from accounts.doors import documents_in, reasons_in
from accounts.models import HostUnit
from agreements.enums import AgreementStatus, Authority, Party, TerminationReason
from agreements.models import Agreement
from agreements.reviewing.parts import Part
from core import files
from core.forms import DateField, Form, Line, NameField, Text, Upload, Whole, no_control_characters, speak_chinese
from core.identifiers import half_width
from core.policy import Finding, plain
from core.search import by_name
from specialists.enums import Category
from specialists.enums import Form as Participation

MOST_GOALS = 10
MOST_VISITS = 366
MOST_OF_A_GOAL = 999_999  # of mu, say
MANY = 8  # hosts suggested at once

_FINDING_CODE = re.compile(r"[A-Z0-9-]{1,30}\Z", re.ASCII)
_CODE_BEHIND = re.compile(r"^(?P<name>.*)（(?P<uscc>[0-9A-Z]{18})）$")


# --- drafting ---------------------------------------------------------------------------------------------------------


def hosts_like(hosts: QuerySet[HostUnit], typed: str) -> QuerySet[HostUnit]:
    """Hosts whose name contains what was typed, or whose credit code begins with it."""
    typed = half_width(typed).strip()
    by_code = Q(organization__uscc__startswith=typed.upper()) if len(typed) >= 4 else Q()
    found = hosts.filter(by_name(typed, of="organization__", anywhere=True) | by_code)
    return found.select_related("organization__district").order_by("organization__name", "pk")


def host_in_words(host: HostUnit) -> str:
    """How a host is written in the field: its name, and its credit code where names may be alike."""
    unit = host.organization
    return f"{unit.name}（{unit.uscc}）" if unit.uscc else unit.name


class HostField(forms.Field):
    """A host by name or credit code, as typed or as picked from the suggestions (“名称（信用代码）”)."""

    def __init__(self, *, hosts: QuerySet[HostUnit], **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput, **kwargs)
        self.hosts = hosts

    def to_python(self, value: Any) -> HostUnit | None:
        typed = str(value or "").strip()
        if not typed:
            return None
        if len(typed) > 130 or any(ord(sign) < 32 for sign in typed):  # the longest name with its code
            raise ValidationError("没有找到这个单位，请输入单位名称或统一社会信用代码。", code="unknown")
        return self._named(typed)

    def _named(self, typed: str) -> HostUnit:
        picked = _CODE_BEHIND.match(typed)
        exact = self.hosts.filter(
            Q(organization__uscc=picked["uscc"], organization__name=picked["name"])
            if picked
            else Q(organization__uscc=half_width(typed).upper()) | Q(organization__name=typed)
        ).select_related("organization__district")
        found = list(exact[:2]) or list(hosts_like(self.hosts, typed)[: MANY + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(
                f"没有找到“{typed[:40]}”。请核对单位名称或统一社会信用代码；尚未登记的派驻单位，请联系所在县（市、区）科技管理部门登记。",
                code="unknown",
            )
        names = "、".join(host_in_words(host) for host in found[:MANY])
        more = "等" if len(found) > MANY else ""
        raise ValidationError(f"有多个单位与“{typed[:40]}”相符，请写全名称或信用代码：{names}{more}。", code="several")

    def prepare_value(self, value: Any) -> Any:
        return host_in_words(value) if isinstance(value, HostUnit) else value


class GoalForm(Form):
    """One row of the annual goals: what, how many, in which unit; all three or none."""

    name = Line(label="目标任务", max_length=60, required=False, printed=True)
    count = Whole(label="数量", min_value=1, max_value=MOST_OF_A_GOAL, required=False)
    unit = Line(label="单位", max_length=10, required=False, printed=True)

    def clean(self) -> dict[str, Any]:
        row = self.cleaned_data
        if any(row.values()) and not self.errors:
            lacking = {"name": "请写明目标任务。", "count": "请填写数量。", "unit": "请填写单位，如场、个、人。"}
            for name, sentence in lacking.items():
                if not row.get(name):
                    self.add_error(name, sentence)
        return row


class Goals:
    """The rows of annual goals of one form, as the model keeps them; empty rows are left out."""

    def __init__(
        self, typed: Mapping[str, Any] | None = None, *, saved: Sequence[Mapping[str, Any]] = (), more: bool = False
    ) -> None:
        if typed is None:
            count = min(MOST_GOALS, max(2, len(saved) + 1))
            initial = [*saved, *([{}] * count)][:count]
            self.rows = [GoalForm(prefix=f"goal-{place}", initial=row) for place, row in enumerate(initial)]
        else:
            sent = max((place + 1 for place in range(MOST_GOALS) if f"goal-{place}-name" in typed), default=0)
            self.rows = [GoalForm(typed, prefix=f"goal-{place}") for place in range(min(MOST_GOALS, sent + more))]

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= MOST_GOALS

    @property
    def errors(self) -> list[GoalForm]:
        """The rows that are not right."""
        return [row for row in self.rows if row.is_bound and row.errors]

    def require_one(self) -> None:
        """A goal at least is what the yearly assessment will ask about (R32)."""
        if not self.errors and not self.value and self.rows:
            self.rows[0].add_error("name", "请至少填写一项年度目标任务。")

    @property
    def value(self) -> list[dict[str, Any]]:
        rows = [row.cleaned_data for row in self.rows if row.is_valid()]
        return [{name: row[name] for name in ("name", "count", "unit")} for row in rows if row["name"]]


class DraftForm(Form):
    """派驻信息: where, from when to when, how often and what. A draft may be saved with gaps; `next` asks for all."""

    host = HostField(
        label="派驻单位",
        hosts=HostUnit.objects.none(),
        help_text="输入单位名称或统一社会信用代码。",
    )
    service_start = DateField(label="服务开始日期")
    service_end = DateField(label="服务截止日期")
    visits_per_year = Whole(label="年度到现场服务", min_value=1, max_value=MOST_VISITS)
    service_content = Text(label="服务内容", rows=4, printed=True)

    def __init__(
        self,
        *args: Any,
        hosts: QuerySet[HostUnit],
        bound: bool,
        opened: Collection[str] | None = None,
        **kwargs: Any,
    ) -> None:
        """`bound`: to one host a year (R19). `opened`: the fields that may be changed, where the bureau has not sent back
        all of it."""
        super().__init__(*args, **kwargs)
        field = self.fields["host"]
        assert isinstance(field, HostField)
        if bound:
            field.help_text += "同年度内不能更换派驻单位；确需改派的，报市科技局说明理由。"
        field.hosts = hosts
        field.widget.attrs.update(
            {
                "list": "host-options",
                "autocomplete": "off",
                "spellcheck": "false",
                "hx-get": reverse("agreements:hosts"),
                "hx-trigger": "input changed delay:300ms",
                "hx-target": "#host-options",
            }
        )
        field.error_messages["required"] = "请填写派驻单位。"
        for name in [name for name in self.fields if opened is not None and name not in opened]:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("service_start"), self.cleaned_data.get("service_end")
        if start and end and end < start:
            self.add_error("service_end", "服务截止日期不能早于开始日期。")
        return self.cleaned_data

    @cached_property
    def sound(self) -> dict[str, Any]:
        """What can be kept although the rest is not right yet: every field without an error, and those left empty."""
        self.is_valid()
        empty = {"service_content": ""}
        kept = {}
        for name in self.fields:
            if name not in self.errors:
                kept[name] = self.cleaned_data[name]
            elif not self.data.get(self.add_prefix(name), "").strip():
                kept[name] = empty.get(name)
        return kept


def mistyped(form: Form) -> dict[str, list[str]]:
    """What is said of each field that holds something wrong; one left empty is only not filled in yet."""
    typed = {name: form.data.get(form.add_prefix(name), "").strip() for name in form.fields}
    return {
        name: [str(one) for one in form.errors[name]] for name in form.fields if name in form.errors and typed[name]
    }


def draft_initial(agreement: Agreement) -> dict[str, Any]:
    return {
        "host": agreement.host,
        "service_start": agreement.service_start,
        "service_end": agreement.service_end,
        "visits_per_year": agreement.visits_per_year,
        "service_content": agreement.service_content,
    }


# --- signing and handing in -------------------------------------------------------------------------------------------


class AuthorityForm(Form):
    """As what somebody signs for a unit; a delegate brings a letter. A person signs for himself: nothing is asked."""

    authority = forms.ChoiceField(
        label="签署身份",
        choices=[("", "请选择"), *(pair for pair in Authority.choices if pair[0] in Authority.for_a_unit)],
    )
    letter = Upload(label="授权委托书", required=False)

    def __init__(self, *args: Any, party: Party, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.party = party
        if party == Party.SPECIALIST:
            del self.fields["authority"], self.fields["letter"]
        else:
            self.fields["letter"].help_text = f"授权代表签署时上传，{files.hint()}"


class SignatureForm(AuthorityForm):
    """Who signed the paper for one party, and on which day. `suggested` is the signer the page fills in by itself."""

    signer = NameField(label="签署人")
    signed_on = DateField(label="签署日期")
    field_order = ["signer", "signed_on", "authority", "letter"]

    def __init__(self, *args: Any, party: Party, suggested: str = "", **kwargs: Any) -> None:
        super().__init__(*args, prefix=party.value, party=party, **kwargs)
        self.suggested = suggested
        who = {Party.INSTITUTION: "甲方代表人", Party.HOST: "乙方代表人", Party.SPECIALIST: "丙方本人"}[party]
        self.fields["signer"].label = f"{who}（{party.label}）"
        self.fields["signer"].error_messages["required"] = f"请填写{party.label}的签署人。"
        self.fields["signed_on"].error_messages["required"] = f"请填写{party.label}的签署日期。"

    def is_left_out(self) -> bool:
        """Nobody has typed anything here; then it is, until the agreement is handed in, not wrong."""
        # As what somebody signs is filled in by the page, too.
        typed = [self.data.get(self.add_prefix(name), "").strip() for name in ("signer", "signed_on")]
        self.empty_permitted = typed in (["", ""], [self.suggested, ""]) and not self.files.get(
            self.add_prefix("letter")
        )
        return self.empty_permitted

    def has_changed(self) -> bool:
        return not self.empty_permitted


class Reasons:
    """The written reasons of a form by finding code, and the 文号 beside them; each is cleaned as any text is."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self.findings: list[Finding] = []  # what is wrong with them
        self.reasons = self._cleaned(reasons_in(typed), Text(max_length=500, required=False), "理由")
        self.documents = self._cleaned(documents_in(typed), Line(max_length=60, required=False), "文号")

    def _cleaned(self, typed: Mapping[str, str], field: forms.Field, what: str) -> dict[str, str]:
        speak_chinese(field, what)
        kept = {}
        for code, text in typed.items():
            if not _FINDING_CODE.match(code):
                continue
            try:
                no_control_characters(text)
                kept[code] = field.clean(text).strip()
            except ValidationError as refusal:
                self.findings.append(plain(code, "".join(refusal.messages)))
        return {code: text for code, text in kept.items() if text}


class ScanForm(Form):
    """The scan of the signed paper."""

    scan = Upload(label="签章扫描件", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scan"].help_text = f"{files.hint()}。请将签字盖章后的全部页面扫描为一个文件。"
        self.used_in: int | None = None  # the agreement whose scan the refused file is already


class BatchForm(Form):
    """Which of the ready drafts are handed in together, with a word to the bureau."""

    note = Line(label="汇总说明", max_length=200, required=False)


# --- the bureau -------------------------------------------------------------------------------------------------------

# What officers write most often about each part.
PHRASES: Mapping[str, tuple[str, ...]] = {
    Part.SPECIALIST: ("协议所写姓名与登记信息不一致。", "证件号码与登记信息不一致。"),
    Part.HOST: ("单位名称与登记信息不一致。", "同一年度只能签约服务一个单位。"),
    Part.PERIOD: ("协议所写期限与填报信息不一致。", "截止日一般为下一年度12月底，请说明理由。"),
    Part.VISITS: ("到现场服务次数与协议所写不一致。",),
    Part.CONTENT: ("服务内容不具体，请写明服务事项和方式。",),
    Part.GOALS: ("年度目标不可考核，请写明数量。",),
    Part.SIGNATURES: ("签章页缺少公章或签字。", "签署日期与协议不一致。"),
    Part.SCAN: ("扫描件不清晰，无法辨认。", "扫描件缺页。"),
}


class ReturnForm(Form):
    """退回补正: each part that must be mended is ticked, with a word beside it; a word alone is as good as the tick."""

    parts = forms.MultipleChoiceField(label="需要补正的项目", required=False, choices=Part.choices)
    more = Text(label="其他意见", required=False, max_length=1000, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in Part:
            line = Line(label=part.label, required=False)
            line.widget.attrs.update(list=f"phrases-{part.value}", autocomplete="off")
            self.add(part.value, line)

    @property
    def rows(self) -> list[tuple[Part, Any, bool, Sequence[str]]]:
        """For the dialog: each part, the field of its words, whether it is ticked, and the ready phrases."""
        ticked = {*self.data.getlist("parts")} if isinstance(self.data, QueryDict) else set()
        rows = [(part, self[part.value], PHRASES[part]) for part in Part]
        return [(part, line, part.value in ticked or bool(line.value()), phrases) for part, line, phrases in rows]

    def clean(self) -> dict[str, Any]:
        for part in self.cleaned_data.get("parts", ()):
            if part not in self.errors and not self.cleaned_data.get(part):
                self.add_error(part, f"已勾选“{Part(part).label}”，请写明需要补正的内容。")
        if not self.errors and not self.remarks and not self.cleaned_data["more"].strip():
            raise ValidationError("请至少写明一处需要补正的内容。", code="required")
        return self.cleaned_data

    @property
    def remarks(self) -> dict[str, str]:
        return {part.value: words for part in Part if (words := self.cleaned_data.get(part.value, ""))}


class TerminateForm(Form):
    """终止协议: from which day, why, what was agreed. 考核不合格 is no choice here: that follows from the assessment."""

    ends_on = DateField(
        label="终止日期", help_text="自这一天起不再服务，前一天是最后一个服务日；可以是今天或今后的日期"
    )
    reason = forms.ChoiceField(
        label="终止原因",
        choices=[choice for choice in TerminationReason.choices if choice[0] in TerminationReason.to_choose],
    )
    note = Text(label="情况说明", max_length=500, rows=3)


class RevokeEndForm(Form):
    reason = Text(label="撤销原因", max_length=500, rows=3, help_text="三方可以看到")


# --- lists ------------------------------------------------------------------------------------------------------------


class ListForm(Form):
    """The filters of the list. What cannot be read is left out: a filter is no place for an error."""

    status = forms.ChoiceField(
        label="状态", required=False, choices=AgreementStatus.choices, widget=forms.HiddenInput
    )  # chosen by the chips above the filters
    category = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *Category.choices])
    due = forms.ChoiceField(
        label="时限",
        required=False,
        choices=[
            ("", "全部"),
            ("over", "审核已超期"),
            ("today", "审核今日到期"),
            ("soon", "审核即将超期"),
            ("ending", "60天内到期"),
            ("ended", "已到期"),
            ("to_end", "将提前终止"),
        ],
    )
    district = forms.ChoiceField(label="县（市、区）", required=False)
    institution = Line(label="派出单位", required=False, max_length=100)
    host = Line(label="派驻单位", required=False, max_length=100)
    q = Line(label="编号、姓名或团队", required=False, max_length=60)
    source = forms.ChoiceField(
        label="来源", required=False, choices=[("", "全部"), ("past", "历史导入"), ("here", "平台备案")]
    )
    # Asked for by the figures of other pages, which lead to exactly the rows they count.
    again = forms.ChoiceField(label="补正后返回", required=False, choices=[("1", "是")], widget=forms.HiddenInput)
    mine = forms.ChoiceField(label="我办理的", required=False, choices=[("1", "是")], widget=forms.HiddenInput)
    filed = forms.RegexField(label="备案年度", regex=r"^20[0-9]{2}$", required=False, widget=forms.HiddenInput)
    form = forms.ChoiceField(label="形式", required=False, choices=Participation.choices, widget=forms.HiddenInput)

    def __init__(self, query: QueryDict, *, districts: Sequence[tuple[str, str]], hide: Sequence[str] = ()) -> None:
        super().__init__(query, auto_id="filter_%s")
        field = self.fields["district"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "全部"), *districts]
        for name in hide:
            del self.fields[name]

    @property
    def wanted(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

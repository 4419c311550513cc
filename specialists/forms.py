"""What is typed into the pages of this app, cleaned; a form writes nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.timezone import localdate

from accounts.lists.shown import Filters
from core import dictionaries, identifiers
from core.dictionaries import NO_WORDS, Words
from core.enums import Dictionary
from core.forms import (
    Cleaned,
    DateField,
    Form,
    Line,
    MobileField,
    NameField,
    PhoneField,
    Text,
    VerdictForm,
    Whole,
    no_control_characters,
    speak_chinese,
)
from core.identifiers import Invalid
from core.models import PolicyPack
from core.policy import Finding
from core.search import by_name
from specialists import queries, titles
from specialists.enums import Category, Education, Origin, PersonnelType, RegistrationStatus, Title
from specialists.enums import Form as Participation
from specialists.models import Registration, Specialist, Team, TeamMember
from specialists.services import PERSONAL
from specialists.teams import MemberEntry

CHOOSE = ("", "请选择")
REASON = 500


class AccountField(Cleaned):
    """A bank account."""

    attrs = {"autocomplete": "off", "inputmode": "numeric"}

    def parse(self, text: str) -> str:
        return identifiers.clean_account(text)


class TitleField(Cleaned):
    """A title of the dictionary, by its name or an alias. The page offers what lives (`offered_titles`)."""

    attrs = {"autocomplete": "off", "list": "titles"}
    known: Words = NO_WORDS
    kept = ""  # of a person who is there: theirs stays, also one that the dictionary retired or never knew

    def parse(self, text: str) -> str:
        return titles.chosen(text, self.known, kept=self.kept)


def tell_titles(form: forms.Form, known: Words, *, kept: str = "") -> None:
    field = form.fields["title_name"]
    assert isinstance(field, TitleField)
    field.known, field.kept = known, kept


class IdNumberForm(Form):
    """A form that asks for an identity number of a person of the ages that the pack allows."""

    id_number = Line(
        label="身份证号",
        max_length=60,
        help_text="18位。性别和出生日期由号码得出；保存后只显示前6位和后4位。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-id-number": ""}),
    )

    def __init__(self, *args: Any, pack: PolicyPack, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pack, self.on = pack, on

    def clean_id_number(self) -> str:
        ages = (self.pack.setting("registration.min_age"), self.pack.setting("registration.max_age"))
        if not self.cleaned_data["id_number"]:  # of somebody who is there, and it stays
            return ""
        try:
            return identifiers.clean_id_number(self.cleaned_data["id_number"], on=self.on, ages=ages)
        except Invalid as refusal:
            raise ValidationError(str(refusal), code="typed") from refusal


class RegistrationForm(IdNumberForm):
    """One year's registration with what is kept of the person. With `person` it changes a registration that is there.

    `kept` says that another unit looks after the person this year: then the personal fields are not this form's; nor are
    those in `settled`, which change by a request only.
    `correctable`: its identity number may still be mended, because the person stands in this draft only.
    `direct` is the bureau's own: a direct appointment (R28).
    """

    name = NameField(label="姓名")
    mobile = MobileField(label="手机号")
    email = forms.EmailField(label="邮箱", required=False, max_length=200, help_text="入选结果将发到这里")
    education = forms.ChoiceField(label="学历", choices=[CHOOSE, *Education.choices])
    title_name = TitleField(label="职称", help_text="如副教授、高级农艺师；只知道等级的填等级，如副高级")
    department = Line(label="所在部门", max_length=60, required=False)
    bank_account = AccountField(label="银行账号", required=False, help_text="本人账户，用于发放工作补助")
    bank_name = Line(label="开户行", max_length=100, required=False)
    field = forms.ChoiceField(label="专业领域")
    speciality = Text(label="专长", max_length=200, rows=2, required=False, printed=True)
    category = forms.ChoiceField(label="类别", choices=Category.choices, widget=forms.RadioSelect)
    personnel_type = forms.ChoiceField(
        label="人员类型", choices=PersonnelType.choices, initial=PersonnelType.STAFF, widget=forms.RadioSelect
    )
    supervisor = NameField(label="导师", required=False, help_text="在校研究生提交前必填")
    graduates_on = DateField(label="预计毕业日期", required=False, help_text="在校研究生提交前必填")
    appointment_note = Text(
        label="聘请理由",
        max_length=1000,
        rows=2,
        required=False,
        help_text="写明因何工作需要直接聘请（工作方案四（三）），提交前必填",
    )
    ability_note = Text(
        label="科研能力说明",
        max_length=2000,
        required=False,
        help_text="在校研究生须有科研能力说明或科研成果之一；可写导师评价、参与的项目",
    )
    research_results = Text(
        label="科研成果", max_length=2000, required=False, help_text="论文、专利、标准、获奖等，每行一项"
    )
    consent = forms.BooleanField(
        label="本人已同意为科技特派员工作处理其个人信息", required=False, help_text="提交前须取得本人同意"
    )

    def __init__(
        self,
        *args: Any,
        pack: PolicyPack,
        on: date,
        person: Specialist | None = None,
        kept: bool = False,
        settled: Collection[str] = (),
        correctable: bool = False,
        direct: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, pack=pack, on=on, **kwargs)
        if not direct:
            del self.fields["appointment_note"]
        groups = self._groups()
        choices: list[tuple[str, Any]] = [CHOOSE]
        choices += [(one["group"], [(name, name) for name in one["names"]]) for one in groups]
        field = self.fields["field"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        tell_titles(self, titles.words(on=on), kept=person.title_name if person else "")
        if person is None:
            return
        if correctable:
            self.fields["id_number"].required = False
            self.fields["id_number"].help_text = f"现为{person.id_masked}，不修改请留空"
        else:
            del self.fields["id_number"]
        if kept:
            for name in PERSONAL:
                del self.fields[name]
            return
        for name in settled:
            del self.fields[name]
        if person.field not in {name for one in groups for name in one["names"]}:
            field.choices = [*choices, (person.field, person.field)]  # retired since, or from an import
        for name, mask in (("mobile", person.mobile_masked), ("bank_account", person.bank_account[-4:])):
            if name in settled:
                continue
            self.fields[name].required = False
            if mask:
                shown = mask if name == "mobile" else f"****{mask}"
                self.fields[name].help_text = f"现为{shown}，不修改请留空"

    def _groups(self) -> list[dict[str, Any]]:
        return queries.fields_offered(self.pack, on=self.on)


class DecisionForm(VerdictForm):
    """What the bureau writes at a step of its decision; the reasons come in fields named by finding code."""

    passes, returns = "通过", "退回补正"
    document_number = Line(
        label="签批单号或文号", max_length=60, required=False, help_text="据纸面签批登记时填写，如石科签〔2026〕18号"
    )
    decided_on = DateField(label="纸面签批日期", required=False)

    def clean(self) -> dict[str, Any]:
        self.reasons = self._by_code("reason-", Text(max_length=REASON, required=False))
        self.documents = self._by_code("document-", Line(max_length=60, required=False))
        return self.cleaned_data

    def _by_code(self, prefix: str, field: forms.Field) -> dict[str, str]:
        given = {}
        for name in self.data:
            if name.startswith(prefix):
                try:
                    given[name.removeprefix(prefix)] = _without_controls(field, self.data[name])
                except ValidationError as refusal:
                    self.add_error(None, f"例外理由：{' '.join(refusal.messages)}")
        return given


def _without_controls(field: forms.Field, text: str) -> str:
    """A field outside a form has no such check of its own."""
    no_control_characters(text)
    cleaned: str = field.clean(text)
    return cleaned


class RevealForm(Form):
    number = forms.ChoiceField(
        label="要查看的号码",
        choices=[("id_number", "身份证号"), ("mobile", "手机号"), ("bank_account", "银行账号")],
        widget=forms.RadioSelect,
        initial="id_number",
    )
    reason = Line(label="查看理由", max_length=200, help_text="查看人、时间和理由将记入办理记录")


class ListingForm(IdNumberForm):
    """One row of the provincial list."""

    ids = "entry_%s"  # the filters of the list beside it know a year too

    year = Whole(label="名单年度", min_value=2000, max_value=2100)
    name = NameField(label="姓名")
    valid_from = DateField(label="有效期起")
    valid_to = DateField(label="有效期止")
    row = Whole(label="名单序号", min_value=1, max_value=100_000, required=False)
    document_number = Line(label="公布文号", max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id_number"].help_text = "18位，录入后只显示前6位和后4位"


class EndListingForm(Form):
    valid_to = DateField(label="新的有效期止")
    reason = Line(label="理由", max_length=200, help_text="如省厅调整名单的文号")


# --- teams ------------------------------------------------------------------------------------------------------------

ROWS = 10  # members that one form takes; how many a team may have is the plan's to say
DOMAINS = 3  # selects for the fields of a team that works across trades (R46)


class TeamForm(Form):
    """What is said of a team beside its members."""

    name = Line(label="团队名称", max_length=60, printed=True, help_text="如：藁城区小麦产业技术团队")
    category = forms.ChoiceField(
        label="类别", required=False, choices=[("", "按第一个领域确定"), *Category.choices], help_text="团队服务的类别"
    )
    summary = Text(label="团队简介", max_length=1000, required=False, help_text="研究方向、已有成果和服务设想")
    contact_name = NameField(label="联系人", required=False, help_text="不填则为团队负责人")
    contact_phone = PhoneField(label="联系电话", required=False)
    consent = forms.BooleanField(
        label="全体成员已同意为科技特派员工作处理其个人信息", required=False, help_text="提交前须取得每名成员同意"
    )

    def __init__(self, *args: Any, pack: PolicyPack, team: Team | None = None, domains: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = queries.fields_offered(pack, on=localdate())
        trades = [name for one in dictionaries.offered(Dictionary.INDUSTRY, on=localdate()) for name in one["names"]]
        choices: list[tuple[str, Any]] = [(one["group"], [(name, name) for name in one["names"]]) for one in groups]
        if trades:
            choices.append(("行业", [(name, name) for name in trades]))
        known = {name for one in groups for name in one["names"]} | {*trades}
        there = team.domains if team else []
        if others := [name for name in there if name not in known]:  # retired since, or from an import
            choices.append(("原有", [(name, name) for name in others]))
        self.domain_names = [f"domain_{place}" for place in range(max(DOMAINS, domains, len(there)))]
        for place, field in enumerate(self.domain_names):
            label = "领域或行业" if place == 0 else f"还涉及的领域{place}"
            self.fields[field] = forms.ChoiceField(
                label=label,
                choices=[("", "请选择" if place == 0 else "无"), *choices],
                required=False,
                initial=there[place] if place < len(there) else "",
            )
            speak_chinese(self.fields[field], label)
        self.fields["domain_0"].help_text = "提交前至少选择一个；跨领域的团队可再选"

    def said(self) -> dict[str, Any]:
        """What the service takes of it."""
        fields = ("name", "category", "summary", "contact_name", "contact_phone", "consent")
        chosen = [self.cleaned_data.get(name, "") for name in self.domain_names]
        return {
            **{name: self.cleaned_data.get(name, "") for name in fields},
            "domains": [*dict.fromkeys(name for name in chosen if name)],
        }

    def refuse(self, findings: Iterable[Finding]) -> None:
        """As every form; the fields of work stand in several selects here."""
        super().refuse(
            replace(one, facts={**one.facts, "field": "domain_0"}) if one.facts.get("field") == "domains" else one
            for one in findings
        )


class MemberForm(Form):
    """One member. Of somebody whom the team has already (`member`), number and telephone left empty stay as they are."""

    name = NameField(label="姓名")
    id_number = Line(
        label="身份证号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    mobile = MobileField(label="手机号")
    title_name = TitleField(label="职称", required=False)
    education = forms.ChoiceField(label="学历", choices=[CHOOSE, *Education.choices], required=False)
    personnel_type = forms.ChoiceField(label="人员类型", choices=PersonnelType.choices, initial=PersonnelType.STAFF)
    bank_account = AccountField(label="银行账号", required=False, help_text="本人账户，用于发放工作补助")
    bank_name = Line(label="开户行", max_length=100, required=False)
    unit = Line(label="外单位名称", max_length=100, required=False, help_text="本单位人员不填")
    ability_note = Line(label="科研能力或成果", max_length=500, required=False, help_text="在校研究生填写")
    graduates_on = DateField(label="预计毕业日期", required=False, help_text="在校研究生填写")
    gone = forms.BooleanField(label="移出团队", required=False)  # of who is in it already
    member = Whole(label="成员", required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        pack: PolicyPack,
        on: date,
        place: int | None = None,
        known: TeamMember | None = None,
        ranked: Words | None = None,
        **kwargs: Any,
    ) -> None:
        """`ranked` is the dictionary of titles, where many members are asked at once."""
        super().__init__(*args, **kwargs)
        self.pack, self.on, self.place, self.known = pack, on, place, known
        tell_titles(self, ranked or titles.words(on=on), kept=known.specialist.title_name if known else "")
        if known:
            person = known.specialist
            account = f"****{person.bank_account[-4:]}" if person.bank_account else ""
            masks = {"id_number": person.id_masked, "mobile": person.mobile_masked, "bank_account": account}
            for name, mask in masks.items():
                self.fields[name].required = False
                if mask:
                    self.fields[name].help_text = f"现为{mask}，不修改请留空"

    @property
    def is_empty(self) -> bool:
        """Nothing was typed, a row that was offered and not used; or the member is to go."""
        if self.known and self["gone"].value():
            return True
        typed = ("name", "id_number", "mobile", "bank_account", "unit", "ability_note")
        return not any(str(self[name].value() or "").strip() for name in typed)

    def clean_id_number(self) -> str:
        if not (typed := self.cleaned_data["id_number"]):
            return ""
        ages = (self.pack.setting("registration.min_age"), self.pack.setting("registration.max_age"))
        try:
            return identifiers.clean_id_number(typed, on=self.on, ages=ages)
        except Invalid as refusal:
            raise ValidationError(str(refusal), code="typed") from refusal

    def full_clean(self) -> None:
        """Each sentence says whose row it stands in: a summary lists those of five people."""
        super().full_clean()
        if self.place is not None:
            for lines in self.errors.values():
                lines.data = [ValidationError(f"第{self.place}名成员：{line}", code="row") for line in lines]

    def refuse(self, findings: Iterable[Finding]) -> None:
        whose = f"第{self.place}名成员：" if self.place is not None else ""
        super().refuse(replace(one, message=f"{whose}{one.message}") for one in findings)

    def entry(self, *, is_leader: bool) -> MemberEntry:
        given = self.cleaned_data
        names = (
            "name",
            "id_number",
            "mobile",
            "title_name",
            "education",
            "bank_account",
            "bank_name",
            "unit",
            "ability_note",
        )
        return MemberEntry(
            **{name: given.get(name) or "" for name in names},
            graduates_on=given.get("graduates_on"),
            personnel_type=given.get("personnel_type") or PersonnelType.STAFF,  # while the form is being filled in
            is_leader=is_leader,
            member=self.known.pk if self.known else None,
        )


class MemberRows:
    """The rows of a team's form, and which of them leads. A row that is left empty is nobody."""

    def __init__(
        self,
        data: Mapping[str, str] | None,
        *,
        pack: PolicyPack,
        on: date,
        members: Sequence[TeamMember] = (),
        offered: int,
        one_more: bool = False,
    ) -> None:
        wanted = self._wanted(data) + one_more if data is not None else max(offered, len(members))
        count = min(wanted, ROWS)
        there = {member.pk: member for member in members}
        ranked = titles.words(on=on)
        self.forms: list[MemberForm] = []
        for place in range(count):
            if data is None:
                known = members[place] if place < len(members) else None
            else:
                typed = data.get(f"m{place}-member", "")
                known = there.get(int(typed)) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else None
            self.forms.append(
                MemberForm(
                    data,
                    pack=pack,
                    on=on,
                    place=place + 1,
                    known=known,
                    ranked=ranked,
                    prefix=f"m{place}",
                    initial=_shown(known) if known else None,
                )
            )
        leads = next((place for place, member in enumerate(members) if member.is_leader), 0)
        typed = data.get("leader", "") if data is not None else str(leads)
        self.leader = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 3 else None

    @staticmethod
    def _wanted(data: Mapping[str, str]) -> int:
        typed = data.get("rows", "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 3 else 0

    @property
    def used(self) -> list[MemberForm]:
        return [form for form in self.forms if not form.is_empty]

    @property
    def may_grow(self) -> bool:
        return len(self.forms) < ROWS

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.used])

    def entries(self) -> list[MemberEntry]:
        """Of the rows that can be read so far."""
        rows = [form for form in self.used if form.is_valid() or form.cleaned_data.get("name")]
        return [form.entry(is_leader=self.forms.index(form) == self.leader) for form in rows]

    def refuse(self, findings: Iterable[Finding]) -> list[Finding]:
        """Set what is said of a row beside it; returns what is said of the whole."""
        rest = []
        for finding in findings:
            row = finding.facts.get("row")
            if isinstance(row, int) and row < len(self.used):
                self.used[row].refuse([finding])
            else:
                rest.append(finding)
        return rest

    @property
    def with_errors(self) -> list[MemberForm]:
        return [form for form in self.used if form.is_bound and form.errors]


def _shown(member: TeamMember) -> dict[str, Any]:
    person = member.specialist
    return {
        "name": person.name,
        "title_name": person.title_name,
        "education": person.education,
        "bank_name": person.bank_name,
        "personnel_type": member.personnel_type,
        "unit": member.unit,
        "ability_note": member.ability_note,
        "graduates_on": member.graduates_on,
        "member": member.pk,
    }


class ChangeForm(Form):
    """Who leaves a selected team and when; who comes stands in a MemberForm beside it."""

    leaving = forms.ChoiceField(label="退出的成员", required=False, widget=forms.RadioSelect)
    joins = forms.BooleanField(label="有新成员加入", required=False)
    leads = forms.BooleanField(label="新成员担任团队负责人", required=False)
    day = DateField(label="变更日期", help_text="自这一天起，退出的成员不再计入团队，新成员计入")
    reason = Line(label="变更原因", max_length=200, required=False, help_text="有成员退出时必填，如工作调动")
    consent = forms.BooleanField(label="新成员本人已同意为科技特派员工作处理其个人信息", required=False)

    def __init__(self, *args: Any, members: Sequence[TeamMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["leaving"]
        assert isinstance(field, forms.ChoiceField)
        said = [(str(one.pk), f"{one}（负责人）" if one.is_leader else str(one)) for one in members]
        field.choices = [*said, ("", "没有人退出，只增加成员")]


class LeadForm(Form):
    to = forms.ChoiceField(label="新的负责人", widget=forms.RadioSelect)

    def __init__(self, *args: Any, members: Sequence[TeamMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.pk), str(one)) for one in members if not (one.is_leader or one.specialist.is_revoked)]


# --- filters of the lists, the same for page and interface ------------------------------------------------------------


def years() -> list[tuple[int, str]]:
    this = localdate().year
    return [(year, f"{year}年度") for year in range(this, this - 5, -1)]


class NameFilter(django_filters.CharFilter):
    """A part of a name, or its initials; `field_name` is the way to who bears it ("specialist__")."""

    def __init__(self, *, anywhere: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.anywhere = anywhere

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(by_name(value, of=self.field_name or "", anywhere=self.anywhere)) if value else rows


class RegistrationFilter(django_filters.FilterSet):
    year = django_filters.ChoiceFilter(label="年度", field_name="year", choices=years, empty_label="全部年度")
    category = django_filters.ChoiceFilter(label="类别", choices=Category.choices, empty_label="全部类别")
    status = django_filters.ChoiceFilter(label="状态", choices=RegistrationStatus.choices, empty_label="全部状态")
    form = django_filters.ChoiceFilter(label="形式", choices=Participation.choices, empty_label="个人和团队成员")
    personnel_type = django_filters.ChoiceFilter(
        label="人员类型", choices=PersonnelType.choices, empty_label="全部人员"
    )
    origin = django_filters.ChoiceFilter(label="来源", choices=Origin.choices, empty_label="全部来源")
    rank = django_filters.ChoiceFilter(
        label="职称等级", field_name="specialist__title", choices=Title.choices, empty_label="全部等级"
    )
    unit = NameFilter(label="派出单位", field_name="institution__organization__", anywhere=True)
    q = NameFilter(label="姓名", field_name="specialist__")

    class Meta:
        model = Registration
        form = Form
        fields = ["year", "category", "status", "form", "personnel_type", "origin", "rank", "unit", "q"]


class ListingFilter(Filters):
    year = django_filters.ChoiceFilter(label="年度", field_name="year", choices=years, empty_label="全部年度")
    q = django_filters.CharFilter(label="姓名", field_name="name", lookup_expr="startswith")


class TeamFilter(django_filters.FilterSet):
    year = django_filters.ChoiceFilter(label="年度", field_name="year", choices=years, empty_label="全部年度")
    category = django_filters.ChoiceFilter(label="类别", choices=Category.choices, empty_label="全部类别")
    status = django_filters.ChoiceFilter(label="状态", choices=RegistrationStatus.choices, empty_label="全部状态")
    unit = NameFilter(label="组织单位", field_name="institution__organization__", anywhere=True)
    q = django_filters.CharFilter(label="团队名称", field_name="name", lookup_expr="contains")

    class Meta:
        model = Team
        form = Form
        fields = ["year", "category", "status", "unit", "q"]

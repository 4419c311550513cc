"""What several pages of a registration show: its head, its facts behind their masks, the steps of its approval."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from markupsafe import Markup

from accounts.doors import HatRequest, can
from accounts.enums import Role
from core import approvals
from core.identifiers import mask_account
from core.jinja import cdate
from core.policy import Finding, Level, Verdict
from specialists import queries, services
from specialists.enums import PersonnelType, SpecialistStatus
from specialists.models import Evidence, Registration, Specialist, Team

Facts = list[tuple[str, object] | tuple[str, object, object]]
UNRECORDED = "未记载"  # of somebody who came with a past agreement: nobody wrote it down


def head_of(request: HatRequest, registration: Registration) -> dict[str, Any]:
    """What both tabs of a registration show above them."""
    person, offices = registration.specialist, request.membership.role in Role.sees_everything
    return {
        "registration": registration,
        "person": person,
        "tone": registration.status_tone,
        "listed": services.listed_by_province(registration) if offices and registration.pack else None,
        "is_revoked": person.status == SpecialistStatus.REVOKED,
    }


def personal(person: Specialist, revealed: Mapping[str, str], today: date) -> Facts:
    born = person.birth_date
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    account = mask_account(person.bank_account) if person.bank_account else ""
    return [
        ("姓名", person.name),
        ("身份证号", revealed.get("id_number", person.id_masked)),
        ("性别", person.get_sex_display()),
        ("出生日期", cdate(born), f"{age}岁"),
        ("手机号", revealed.get("mobile", person.mobile_masked) or UNRECORDED),
        ("邮箱", person.email),
        ("学历", person.get_education_display() or UNRECORDED),
        ("职称", person.title_name or UNRECORDED, rank_beside(person)),
        ("专业领域", person.field or UNRECORDED),
        ("银行账号", revealed.get("bank_account", account), person.bank_name),
    ]


def rank_beside(person: Specialist) -> str:
    """The rank behind a title, unless the title says no more than the rank."""
    if not person.title_name or person.title_name == person.get_title_display():
        return ""
    return person.get_title_display() or "等级未定，字典中没有这个职称"


def facts_of(registration: Registration) -> Facts:
    unit = registration.institution
    facts: Facts = [
        ("年度", f"{registration.year}年度"),
        ("类别", registration.get_category_display(), registration.get_form_display()),
        ("人员类型", registration.get_personnel_type_display() or UNRECORDED),
        ("派出单位", str(unit) if unit else registration.get_origin_display(), unit.get_type_display() if unit else ""),
        ("所在部门", registration.department),
        ("专长", registration.speciality),
    ]
    if registration.personnel_type == PersonnelType.GRADUATE:
        facts += [
            ("导师", registration.supervisor),
            ("预计毕业日期", cdate(registration.graduates_on)),
            ("科研能力说明", registration.ability_note),
            ("科研成果", registration.research_results),
        ]
    elif registration.ability_note or registration.research_results:
        facts += [("科研能力说明", registration.ability_note), ("科研成果", registration.research_results)]
    return [
        *facts,
        *([] if unit else [("聘请理由", registration.appointment_note)]),
        *([("来源", "历史导入", "随平台启用前已备案的协议导入")] if registration.is_past else []),
        ("本人同意", cdate(registration.consented_on)),
        ("提交日期", cdate(registration.submitted_on)),
        ("入选日期", cdate(registration.approved_on)),
    ]


def steps_of(record: Registration | Team, *, names: bool, act: str = "registration.approve") -> list[dict[str, Any]]:
    """The steps of the last round; who took them is shown to the offices only."""
    rounds = queries.rounds_of(record, act=act)
    if not rounds:
        return []
    steps = approvals.shown(rounds[-1], labels=dict(Role.choices))
    for step, one in zip(steps, rounds[-1].taken.all(), strict=False):
        step["by"] = str(one.by) if names else ""
    return steps


def blocks(verdicts: Iterable[Verdict]) -> list[Finding]:
    return [one.finding for one in verdicts if one.finding and one.finding.level == Level.BLOCK]


def evidence_of(request: HatRequest, record: Registration | Team) -> Facts:
    """佐证材料 of the students of a record as a line of its facts, with the way to them for who may read them."""
    if not can(request.membership, "evidence.view"):
        return []
    if isinstance(record, Team):
        if not record.members.current().filter(personnel_type=PersonnelType.GRADUATE).exists():
            return []
        count, page = Evidence.objects.filter(member__team=record).count(), "specialists:team-evidence"
    else:
        if record.personnel_type != PersonnelType.GRADUATE:
            return []
        count, page = record.evidence.count(), "specialists:evidence"
    words = f"{count} 份" if count else "上传" if record.is_editable else "无"
    return [("佐证材料", Markup('<a href="{}">{}</a>').format(reverse(page, args=[record.pk]), words))]

"""Adding and removing what proves a student's ability, while the record is the unit's to change."""

from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership
from core import audit, files
from core.models import PolicyPack
from core.policy import Finding, RuleEntry, plain, require
from specialists import rules
from specialists.enums import PersonnelType, RegistrationStatus
from specialists.models import Evidence, Registration, Specialist, Team, TeamMember

MOST = 5  # files of one person: a result or two, the supervisor's word
PURPOSE = "graduate-evidence"


@transaction.atomic
def add_evidence(
    owner: Registration | TeamMember, *, by: Membership, on: date, title: str, upload: UploadedFile
) -> Evidence:
    """Keep one more file for a student. Raises Refused: for another unit's record (E-PERM), once it is handed in
    (E-STATE), for who is no student, without a title, beyond five files, and for a file that will not do.
    """
    record = _hold(owner)
    of = {"registration": owner} if isinstance(owner, Registration) else {"member": owner}
    owner.refresh_from_db()
    require(
        _own(record, by=by),
        rules.open_to_change(_entry(on), status=RegistrationStatus(record.status)),
        None
        if owner.personnel_type == PersonnelType.GRADUATE
        else plain("E-FIELD", "佐证材料由在校研究生提供，请核对人员类型。", field="member"),
        None if title.strip() else plain("E-FIELD", "请填写材料名称。", field="title"),
        None
        if Evidence.objects.filter(**of).count() < MOST
        else plain("E-FIELD", f"每人最多上传{MOST}份，请合并后上传。", field="file"),
    )
    kept = files.receive(upload, by=by, purpose=PURPOSE)
    made = Evidence.objects.create(**of, title=title.strip(), file=kept, added_by=by)
    whose = owner.specialist.name
    audit.record("evidence.added", made, by=by, after={"title": made.title, "person": whose})
    return made


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by: Membership, on: date) -> None:
    """Take a file off a record that is the unit's to change; its bytes are kept. Raises Refused as add_evidence does."""
    record = _hold(evidence.registration or evidence.member)
    gone = plain("E-STATE", "这份材料已经移除，请刷新页面。")
    require(
        _own(record, by=by),
        rules.open_to_change(_entry(on), status=RegistrationStatus(record.status)),
        None if Evidence.objects.filter(pk=evidence.pk).exists() else gone,
    )
    audit.record("evidence.removed", evidence, by=by, before={"title": evidence.title})
    evidence.delete()


def _hold(owner: Registration | TeamMember | None) -> Registration | Team:
    """The record read anew behind its gate, the person's row or the team's: it is not handed in meanwhile."""
    if isinstance(owner, Registration):
        list(Specialist.objects.select_for_update(of=("self",)).filter(registrations=owner.pk))
        return Registration.objects.get(pk=owner.pk)
    assert owner
    return Team.objects.select_for_update(of=("self",)).get(pk=owner.team_id)


def is_own(record: Registration | Team, *, by: Membership) -> bool:
    """Whether it is this hat's unit that registers: an institution its own, the bureau whom it appoints."""
    return record.institution_id == (None if by.role in Role.bureau else by.organization_id)


def _own(record: Registration | Team, *, by: Membership) -> Finding | None:
    return None if is_own(record, by=by) else plain("E-PERM", "您没有权限执行此操作：佐证材料由登记的单位上传。")


def _entry(on: date) -> RuleEntry:
    return PolicyPack.in_force(on=on).entry("E-STATE")

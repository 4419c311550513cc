"""Every change to an assessment happens here.

Rows are held in the order of agreements (hosts, specialist, agreements), then the assessment, so that a filing and a
decision about the same person wait for each other instead of locking each other out.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership
from agreements.enums import TerminationReason
from agreements.services import terminate_agreement
from assessments import queries, rules
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment, Campaign
from core import approvals, audit, notify
from core.models import PolicyPack
from core.policy import Finding, Refused, Side, plain, require, written
from core.stale import refuse_stale
from specialists.enums import SpecialistStatus
from specialists.models import Specialist

ACT = "assessment.decide"
WITHOUT_WORDS = "审定为不合格的，取消资格并停止派驻服务，请在意见中写明认定的事实和理由。"


@transaction.atomic
def open_campaign(
    *, year: int, opens_on: date, institution_due: date, bureau_due: date, by: Membership, on: date
) -> Campaign:
    """Begin the assessment of a year: everybody who served in it is listed, who served too shortly as exempt (A25).

    Raises Refused when the year has one already, has not begun (E-ASSESS-YEAR) or its days are not in order.
    """
    pack = PolicyPack.in_force(on=on)
    require(
        plain("E-ASSESS-DUP", f"{year}年度考核已经发起，每年考核一次。", article="五（一）", field="year")
        if Campaign.objects.standing().filter(year=year).exists()
        else None,
        rules.of_a_year_served(
            pack.entry_or_block("E-ASSESS-YEAR", "五（一）"), year=year, opens_on=opens_on, bureau_due=bureau_due, on=on
        ),
        None
        if opens_on <= institution_due <= bureau_due
        else plain("E-FIELD", "开始日期、派出单位截止日期、市科技局截止日期应依次排列。", field="institution_due"),
    )
    campaign = Campaign.objects.create(
        year=year,
        opens_on=opens_on,
        institution_due=institution_due,
        bureau_due=bureau_due,
        pack=pack,
        opened_by=by,
    )
    audit.record("campaign.opened", campaign, by=by, after={"year": year, "institution_due": institution_due})
    list_specialists(campaign, by=by, on=on)
    return campaign


@transaction.atomic
def list_specialists(campaign: Campaign, *, by: Membership, on: date) -> list[Assessment]:
    """List whoever served in the year and is not in its campaign yet; repeating it adds only who is new.

    Raises Refused (E-STATE) for a campaign that is called off.
    """
    campaign = _held_campaign(campaign)
    least = campaign.pack.setting("assessments.min_months")
    return [_list(campaign, candidate, least=least, by=by) for candidate in queries.candidates(campaign.year, on=on)]


def _list(campaign: Campaign, candidate: queries.Candidate, *, least: int, by: Membership) -> Assessment:
    short = candidate.months < least
    assessment = Assessment.objects.create(
        campaign=campaign,
        specialist=candidate.specialist,
        registration_id=candidate.registration_id,
        institution_id=candidate.institution_id,
        status=AssessmentStatus.EXEMPT if short else AssessmentStatus.OPEN,
        exempt_reason=f"本年度服务{candidate.months}个月，不足{least}个月。" if short else "",
    )
    audit.record("assessment.listed", assessment, by=by, after={"status": assessment.status})
    return assessment


@transaction.atomic
def add_specialist(campaign: Campaign, specialist: Specialist, *, by: Membership, on: date) -> Assessment:
    """List one person by hand. Raises Refused for who is listed already (E-ASSESS-DUP) or did not serve in the year."""
    campaign = _held_campaign(campaign)
    require(
        rules.assessed_once(
            campaign.pack.entry("E-ASSESS-DUP"),
            specialist=specialist.name,
            year=campaign.year,
            taken=campaign.assessments.filter(specialist=specialist).exists(),
        )
    )
    found = [one for one in queries.candidates(campaign.year, on=on) if one.specialist == specialist]
    if not found:
        raise Refused([plain("E-FIELD", f"{specialist.name}{campaign.year}年度没有已备案的服务协议，不参加考核。")])
    return _list(campaign, found[0], least=campaign.pack.setting("assessments.min_months"), by=by)


@transaction.atomic
def call_off_campaign(campaign: Campaign, *, by: Membership, on: date, reason: str) -> Campaign:
    """Take a campaign back in which nothing is decided: its sheets stay as they are read, and the year is free again.

    Raises Refused (E-ASSESS-YEAR) once a result is final and for who opened it, and (E-STATE) the second time.
    """
    campaign = _held_campaign(campaign)
    entry = campaign.pack.entry_or_block("E-ASSESS-YEAR", "五（一）")
    require(
        rules.called_off_by_another(entry, opened_by=campaign.opened_by.person_id, called_off_by=by.person_id),
        None if reason.strip() else plain("E-FIELD", "请写明撤销考核的原因。", article="五（一）", field="reason"),
    )
    # A sheet that is being decided holds its row: this waits for it, and passes it over once it is final.
    undecided = campaign.assessments.exclude(status=AssessmentStatus.FINAL)
    for assessment in undecided.filter(status=AssessmentStatus.SUBMITTED):
        if approval := approvals.running(ACT, assessment):
            approvals.call_off(approval)
    undecided.update(status=AssessmentStatus.CALLED_OFF)
    decided = campaign.assessments.filter(status=AssessmentStatus.FINAL).count()
    require(rules.nothing_is_decided(entry, decided=decided))
    campaign.called_off_on, campaign.called_off_by, campaign.called_off_reason = on, by, reason.strip()
    campaign.save(update_fields=["called_off_on", "called_off_by", "called_off_reason"])
    audit.record("campaign.called_off", campaign, by=by, after={"called_off_on": on}, reason=reason.strip())
    return campaign


def _held_campaign(campaign: Campaign) -> Campaign:
    """Raises Refused (E-STATE) when it is called off."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("pack", "opened_by")
    campaign = rows.get(pk=campaign.pk)
    if campaign.called_off_on is not None:
        raise Refused([plain("E-STATE", f"{campaign}已撤销，可重新发起。")])
    return campaign


@transaction.atomic
def submit_opinion(
    assessment: Assessment,
    *,
    by: Membership,
    on: date,
    version: int | None,
    scores: Mapping[str, Decimal],
    grade: Grade,
    opinion: str,
) -> Assessment:
    """The institution scores, proposes a grade and gives its opinion; the counted evidence is frozen beside it. Of whom
    the bureau appoints directly an officer of it does so in the institution's place (A6).

    Raises Refused (E-SCORE, E-STATE, a missing opinion) or Stale. A grade that does not fit the score is left for the
    bureau to see.
    """
    assessment = _held(assessment)
    refuse_stale(assessment, version=version, typed={"institution_grade": grade, "institution_opinion": opinion})
    pack = assessment.campaign.pack
    parts = queries.parts_of(pack)
    total = sum(scores.values(), Decimal(0))
    counted = queries.evidence(assessment.specialist, assessment.campaign.year)
    require(
        rules.may_move(
            pack.entry("E-STATE"), status=AssessmentStatus(assessment.status), to=AssessmentStatus.SUBMITTED
        ),
        rules.scored_completely(pack.entry("E-SCORE"), parts=parts, scores=scores),
        None if opinion.strip() else plain("E-FIELD", f"请填写{assessment.assessor}意见。", field="opinion"),
        *_of_the_grade(assessment, grade=grade, total=total, counted=counted, on=on),
        side=Side.INSTITUTION,
    )
    before = {"status": assessment.status}
    assessment.status, assessment.return_opinion = AssessmentStatus.SUBMITTED, ""
    assessment.scores = {code: str(points) for code, points in scores.items()}
    assessment.evidence = counted
    assessment.institution_score, assessment.institution_grade = total, grade
    assessment.institution_opinion = opinion.strip()
    assessment.institution_by, assessment.institution_on = by, on
    assessment.version += 1
    assessment.save(
        update_fields=[
            "status", "return_opinion", "scores", "evidence", "institution_score", "institution_grade",
            "institution_opinion", "institution_by", "institution_on", "version",
        ]
    )  # fmt: skip
    approvals.open_approval(ACT, assessment, pack=pack)
    audit.record(
        "assessment.submitted",
        assessment,
        by=by,
        before=before,
        after={"status": assessment.status, "institution_score": total, "institution_grade": grade},
        reason=assessment.institution_opinion,
    )
    return assessment


def judge(assessment: Assessment, *, grade: Grade, on: date) -> list[Finding]:
    """What the bureau has to answer for if it decides on this grade; the institution that suggests it is told too."""
    found = _of_the_grade(
        assessment, grade=grade, total=assessment.institution_score, counted=assessment.evidence, on=on
    )
    return [finding for finding in found if finding]


def _of_the_grade(
    assessment: Assessment, *, grade: Grade, total: Decimal | None, counted: Mapping[str, Any], on: date
) -> list[Finding | None]:
    pack = assessment.campaign.pack
    others, assessed = queries.excellent_in(assessment.campaign, but=assessment.pk)
    return [
        rules.grade_fits_score(
            pack.entry("W-GRADE"), total=total, grade=grade, bands=pack.setting("assessments.bands")
        ),
        rules.served_at_all(pack.entry("W-NO-VISIT"), visits=counted.get("visits", 0), grade=grade),
        rules.few_are_excellent(pack.entry("W-EXCELLENT"), grade=grade, excellent=others + 1, assessed=assessed),
    ]


@transaction.atomic
def take_step(
    assessment: Assessment,
    *,
    by: Membership,
    on: date,
    version: int | None,
    grade: Grade,
    opinion: str,
    reasons: Mapping[str, str] | None = None,
    documents: Mapping[str, str] | None = None,
    document_number: str = "",
    typed_name: str = "",
) -> Assessment:
    """One step of the bureau's decision; the last one makes the result final (R30) and carries an 不合格 out (R34).

    Who decides 不合格 says why, in every step, and the last one types the person's name (`typed_name`). Raises Refused with every finding in the way, Stale
    when the assessment was changed since it was read.
    """
    # Before anything of the person's: a filing that is under way is waited for, and ended with the rest.
    Specialist.objects.select_for_update(of=("self",)).get(pk=assessment.specialist_id)
    assessment = _held(assessment)
    refuse_stale(assessment, version=version, typed={"bureau_grade": grade})
    pack = assessment.campaign.pack
    require(
        rules.may_move(pack.entry("E-STATE"), status=AssessmentStatus(assessment.status), to=AssessmentStatus.FINAL)
    )
    approval = approvals.running(ACT, assessment)
    assert approval is not None
    known = _reasons_given(assessment, since=approval.opened_at)
    passing = require(
        *judge(assessment, grade=grade, on=on),
        plain("E-FIELD", WITHOUT_WORDS, article="五（一）", field="opinion")
        if grade == Grade.UNQUALIFIED and not opinion.strip()
        else None,
        overrides={**known, **written(reasons)},
    )
    decided = approvals.take_step(
        approval,
        by=by,
        passed=True,
        on=on,
        opinion=opinion,
        document_number=document_number,
        labels=dict(Role.choices),
    )
    before = {"bureau_grade": assessment.bureau_grade}
    assessment.bureau_grade, assessment.bureau_opinion = grade, opinion.strip()
    assessment.version += 1
    assessment.save(update_fields=["bureau_grade", "bureau_opinion", "version"])
    new = [finding for finding in passing if finding.code in written(reasons)]
    audit.record_overrides(new, written(reasons), assessment, by=by, documents=documents)
    audit.record(
        "assessment.step_taken", assessment, by=by, before=before, after={"bureau_grade": grade}, reason=opinion.strip()
    )
    return _finalise(assessment, by=by, on=on, typed_name=typed_name) if decided else assessment


def _finalise(assessment: Assessment, *, by: Membership, on: date, typed_name: str) -> Assessment:
    pack, person = assessment.campaign.pack, assessment.specialist
    unqualified = assessment.bureau_grade == Grade.UNQUALIFIED
    given = assessment.institution_by_id is not None or assessment.institution_id is None  # A6: the bureau alone
    scorer = assessment.institution_by.person_id if assessment.institution_by else None
    require(
        rules.joint(pack.entry("E-ASSESS-JOINT"), institution=given, bureau=bool(assessment.bureau_grade)),
        rules.decided_by_another(
            pack.entry("E-ASSESS-JOINT"),
            is_direct=assessment.institution_id is None,
            scored_by=scorer,
            decided_by=by.person_id,
        ),
        plain("E-CONFIRM", f"请输入“{person.name}”确认取消资格。", article="五（一）", field="typed_name")
        if unqualified and typed_name.strip() != person.name
        else None,
    )
    assessment.status, assessment.grade = AssessmentStatus.FINAL, assessment.bureau_grade
    assessment.decided_on, assessment.decided_by = on, by
    assessment.save(update_fields=["status", "grade", "decided_on", "decided_by"])
    audit.record(
        "assessment.decided",
        assessment,
        by=by,
        before={"status": AssessmentStatus.SUBMITTED},
        after={"status": assessment.status, "grade": assessment.grade, "decided_on": on},
    )
    if unqualified:
        revoke(assessment, by=by, on=on)
    _tell(assessment)
    return assessment


def revoke(assessment: Assessment, *, by: Membership, on: date) -> queries.Consequences:
    """R34: cancel the qualification and end every service of the person's own, in the transaction of the decision.

    A team's agreement goes on with its other members (A17), also where the person signed it as their leader.
    """
    ending = queries.consequences(assessment.specialist, on=on)
    person = assessment.specialist
    person.status, person.revoked_on = SpecialistStatus.REVOKED, on
    person.version += 1
    person.save(update_fields=["status", "revoked_on", "version"])
    audit.record(
        "specialist.revoked",
        person,
        by=by,
        before={"status": SpecialistStatus.ACTIVE},
        after={"status": person.status, "revoked_on": on},
        reason=f"{assessment.campaign}不合格",
    )
    for agreement in ending.agreements:
        terminate_agreement(
            agreement, by=by, on=on, reason=TerminationReason.UNQUALIFIED, note=f"{assessment.campaign}不合格"
        )
    return ending


@transaction.atomic
def return_opinion(
    assessment: Assessment, *, by: Membership, on: date, opinion: str, version: int | None = None
) -> Assessment:
    """Send the assessment back to the institution with what is to be mended; the next opinion starts the steps anew."""
    if not opinion.strip():
        raise Refused([plain("E-FIELD", f"请写明退回原因，便于{assessment.assessor}补正。", field="opinion")])
    assessment = _held(assessment)
    refuse_stale(assessment, version=version, typed={})
    require(
        rules.may_move(
            assessment.campaign.pack.entry("E-STATE"),
            status=AssessmentStatus(assessment.status),
            to=AssessmentStatus.RETURNED,
        )
    )
    approval = approvals.running(ACT, assessment)
    assert approval is not None
    approvals.take_step(approval, by=by, passed=False, on=on, opinion=opinion, labels=dict(Role.choices))
    assessment.status, assessment.return_opinion = AssessmentStatus.RETURNED, opinion.strip()
    assessment.bureau_grade, assessment.bureau_opinion = "", ""
    assessment.version += 1
    assessment.save(update_fields=["status", "return_opinion", "bureau_grade", "bureau_opinion", "version"])
    audit.record(
        "assessment.returned",
        assessment,
        by=by,
        before={"status": AssessmentStatus.SUBMITTED},
        after={"status": assessment.status},
        reason=assessment.return_opinion,
    )
    notify.tell(
        _institution_readers(assessment),
        occasion=f"assessment-returned:{assessment.pk}:{assessment.version}",
        subject=f"{assessment.campaign}：{assessment.specialist}的考核意见需补正",
        body=assessment.return_opinion,
        link=f"/assessments/{assessment.pk}/",
    )
    return assessment


@transaction.atomic
def exempt(assessment: Assessment, *, by: Membership, on: date, reason: str) -> Assessment:
    """The bureau takes a person out of the year's assessment, with the reason (A25)."""
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请写明不参加考核的原因。", field="reason")])
    assessment = _held_to_become(AssessmentStatus.EXEMPT, assessment)
    assessment.status, assessment.exempt_reason = AssessmentStatus.EXEMPT, reason.strip()
    assessment.save(update_fields=["status", "exempt_reason"])
    audit.record("assessment.exempted", assessment, by=by, after={"status": assessment.status}, reason=reason.strip())
    return assessment


@transaction.atomic
def include(assessment: Assessment, *, by: Membership, on: date, reason: str) -> Assessment:
    """R31: who was taken out of the year's assessment takes part after all, with the reason; the campaign still runs."""
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请写明恢复参加考核的原因。", article="五（一）", field="reason")])
    assessment = _held_to_become(AssessmentStatus.OPEN, assessment)
    before = {"status": assessment.status, "exempt_reason": assessment.exempt_reason}
    assessment.status, assessment.exempt_reason = AssessmentStatus.OPEN, ""
    assessment.save(update_fields=["status", "exempt_reason"])
    after = {"status": assessment.status, "exempt_reason": ""}
    audit.record("assessment.included", assessment, by=by, before=before, after=after, reason=reason.strip())
    return assessment


@transaction.atomic
def reinstate(specialist: Specialist, *, by: Membership, on: date, reason: str) -> Specialist:
    """A18: the bureau gives a cancelled qualification back, with its reason; ended agreements stay ended."""
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请写明恢复资格的理由。", article="五（一）", field="reason")])
    specialist = Specialist.objects.select_for_update(of=("self",)).get(pk=specialist.pk)
    entry = PolicyPack.in_force(on=on).entry("E-REVOKED")
    require(rules.can_be_reinstated(entry, name=specialist.name, revoked_on=specialist.revoked_on))
    before = {"status": specialist.status, "revoked_on": specialist.revoked_on}
    specialist.status, specialist.revoked_on = SpecialistStatus.ACTIVE, None
    specialist.version += 1
    specialist.save(update_fields=["status", "revoked_on", "version"])
    audit.record(
        "specialist.reinstated", specialist, by=by, before=before, after={"status": specialist.status}, reason=reason
    )
    return specialist


def _held(assessment: Assessment) -> Assessment:
    rows = Assessment.objects.select_for_update(of=("self",))
    return rows.select_related("campaign__pack", "specialist__user", "institution__organization", "registration").get(
        pk=assessment.pk
    )


def _held_to_become(to: AssessmentStatus, assessment: Assessment) -> Assessment:
    """The assessment read anew with its row held. Raises Refused (E-STATE) where it may not become that."""
    held = _held(assessment)
    entry, status = held.campaign.pack.entry("E-STATE"), AssessmentStatus(held.status)
    require(rules.may_move(entry, status=status, to=to))
    return held


def _reasons_given(assessment: Assessment, *, since: Any) -> dict[str, str]:
    """What an earlier step of this round has already written."""
    return {row.code: row.reason for row in audit.overrides_of(assessment).filter(at__gte=since)}


def _institution_readers(assessment: Assessment) -> Iterable[notify.Reader]:
    if assessment.institution is None:  # who scored in its place (A6)
        scorer = assessment.institution_by
        return [notify.Reader(scorer.person, scorer.person.email)] if scorer else []
    members = Membership.objects.filter(organization=assessment.institution_id, role__in=Role.institution)
    people = [notify.Reader(member.person, member.person.email) for member in members.select_related("person")]
    return people or [notify.Reader(email=assessment.institution.organization.contact_email)]


def _tell(assessment: Assessment) -> None:
    """The result is told without the grade: it is read after signing in."""
    person = assessment.specialist
    readers = [*_institution_readers(assessment), notify.Reader(person.user, person.email)]
    notify.tell(
        readers,
        occasion=f"assessment-final:{assessment.pk}",
        subject=f"{assessment.campaign}结果已定",
        body=f"{person.name}的{assessment.campaign}结果已定，请登录平台查看。",
        link=f"/assessments/{assessment.pk}/",
    )

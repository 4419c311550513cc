"""The institution compiles what is signed and hands it in (汇总提交, R25)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from django.db import transaction

from accounts.models import Membership
from agreements import documents as papers
from agreements import rules
from agreements.appointing import rules as appointing
from agreements.enums import AgreementStatus
from agreements.models import Agreement, Submission
from agreements.services.holding import hold_with_host_and_person
from agreements.services.judging import judge
from core import audit
from core.models import PolicyPack
from core.policy import Finding, Level, Refused, Side, Verdict, plain, require, written
from specialists import queries as people
from specialists.departing import rules as departing
from specialists.enums import Origin


@transaction.atomic
def submit_agreements(
    agreements: Iterable[Agreement],
    *,
    by: Membership,
    on: date,
    reasons: Mapping[int, Mapping[str, str]] | None = None,
    note: str = "",
) -> Submission:
    """Hand in what an institution compiled, all or nothing (R25): each one becomes submitted under the pack of the day.
    Of its direct appointees the bureau hands in itself (R28, A6).

    `reasons` holds the institution's written reason per agreement (pk) and finding code; it is added to those written
    in the draft and kept in `institution_reasons`. Warns that only the bureau may except stay open for its review.
    Raises Refused with every finding of every agreement; `facts["agreement"]` is the pk each one is about.
    """
    batch = hold_with_host_and_person([agreement.pk for agreement in agreements])
    if len({agreement.institution_id for agreement in batch}) != 1:
        raise Refused([plain("E-BATCH", "请选择要提交的协议；一次提交只汇总同一派出单位的协议。", article="四（二）")])
    institution = batch[0].institution
    require(
        appointing.handed_in_by_its_first_party(
            own=by.stands_for(batch[0].institution_id), is_direct=institution is None
        )
    )
    pack = PolicyPack.in_force(on=on)
    submission = Submission.objects.create(
        origin=Origin.NOMINATED if institution else Origin.DIRECT_APPOINTMENT,
        institution=institution,
        submitted_on=on,
        submitted_by=by,
        note=note.strip(),
    )
    refused: list[Finding] = []
    for agreement in batch:
        try:
            _submit(agreement, submission, pack=pack, by=by, reasons=(reasons or {}).get(agreement.pk, {}))
        except Refused as refusal:
            refused += [_about(finding, agreement, among=batch) for finding in refusal.findings]
    if refused:
        raise Refused(refused)
    return submission


def _submit(
    agreement: Agreement, submission: Submission, *, pack: PolicyPack, by: Membership, reasons: Mapping[str, str]
) -> None:
    status = AgreementStatus(agreement.status)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.SUBMITTED),
        papers.unprintable(agreement),
        departing.has_not_left(
            name=agreement.specialist.name,
            left_on=people.left_on(agreement.specialist_id, agreement.institution_id),
            on=submission.submitted_on,
        ),
    )
    explained = {**agreement.institution_reasons, **written(reasons)}
    verdicts = judge(agreement, on=submission.submitted_on, pack=pack)
    passing = require_submittable(verdicts, explained)

    agreement.status, agreement.submission, agreement.pack = AgreementStatus.SUBMITTED, submission, pack
    agreement.submitted_on = submission.submitted_on
    # What is explained although nothing asks for it any more is not kept.
    agreement.institution_reasons = {finding.code: explained[finding.code] for finding in passing}
    agreement.save(update_fields=["status", "submission", "pack", "submitted_on", "institution_reasons"])
    audit.record(
        "agreement.submitted",
        agreement,
        by=by,
        before={"status": status},
        after={"status": agreement.status, "submission": str(submission), "version": agreement.version},
    )
    # A 改派 that is only asked for has passed nothing yet: the bureau's word will be the override.
    lifted = [finding for finding in passing if finding.level == Level.WARN]
    audit.record_overrides(lifted, explained, agreement, by=by)


def require_submittable(verdicts: Iterable[Verdict], reasons: Mapping[str, str]) -> list[Finding]:
    """Raise Refused with what is in the way of handing it in; returns what passes on the institution's reason.

    A year given to another host whose service is over is the bureau's to move (改派, A2): with the institution's reason
    the case comes before it, and only its own word lifts the finding there.
    """
    found = [verdict.finding for verdict in verdicts if verdict.finding]
    asked = [finding for finding in found if finding.facts.get("reassignable") and reasons.get(finding.code)]
    rest = (finding for finding in found if finding not in asked)
    return [*require(*rest, overrides=reasons, side=Side.INSTITUTION), *asked]


def _about(finding: Finding, agreement: Agreement, *, among: list[Agreement]) -> Finding:
    """The same finding, saying which agreement of a batch it is about."""
    facts = {**finding.facts, "agreement": agreement.pk}
    message = f"{agreement}（{agreement.specialist}）：{finding.message}" if len(among) > 1 else finding.message
    return replace(finding, message=message, facts=facts)

"""The bureau files an agreement (备案), and ends what is filed."""

import secrets
from collections.abc import Mapping
from datetime import date

from django.db import transaction

from accounts.models import HostUnit, Membership
from agreements import documents as papers
from agreements import queries, rules
from agreements.attesting.queries import check_link
from agreements.cases import Case
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement, FilingCertificate, Reassignment, YearlyHost
from agreements.services import stepping
from agreements.services.correcting import refuse_unread
from agreements.services.holding import hold, hold_with_host_and_person, hold_with_person, pack_beside
from agreements.services.judging import ONE_HOST, is_bound, judge_case
from core import audit, files, notify, outbox, series
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Refused, Side, plain, require, written
from core.prepared import Prepared, PreparedUpdate
from specialists import rules as person_rules
from specialists.enums import ChangeStatus


@transaction.atomic
def file_agreement(
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    reasons: Mapping[str, str] | None = None,
    documents: Mapping[str, str] | None = None,
    reassign: str | None = None,
    version: int | None = None,
    corrections: int | None = None,
    holder: int | None = None,
    opinion: str = "",
    paper: stepping.OnPaper | None = None,
) -> Agreement:
    """File a submitted agreement (备案): give it its number and take its years for the host (R19, R23, R25).

    `reasons` and `documents` hold the bureau's written reason and 文号 per finding code. `reassign` is the reason of a
    改派: the years taken by another host, whose agreement is over, move to this one (A2). `version` is the one the
    reviewer saw, `corrections` how often it had been sent back by then and `holder` whose case it was (0: nobody's);
    raises Stale when it was mended or given to another officer since. Raises Refused with every finding in the way;
    filing what is filed already is one of them (E-STATE). A refusal leaves nothing behind, not even a used number.

    Where the pack asks for steps (approvals."agreement.file"), this takes the next of them, with an `opinion`, and only
    the last one files: until then it stays submitted. A reason of an earlier step holds for the later ones. A step of
    somebody without an account is recorded from its `paper`.
    """
    [agreement] = hold_with_host_and_person([agreement.pk])
    refuse_unread(agreement, by=by, version=version, corrections=corrections, holder=holder)
    pack = agreement.pack or pack_beside(agreement.registration)  # the day of submission judges
    status = AgreementStatus(agreement.status)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.FILED),
        stepping.by_another(agreement, by=by) if paper is None else None,
    )
    for_whom, approval = stepping.in_place_of(agreement, by=by, on=on), stepping.begin(agreement, pack)
    # Whose turn it is comes first: what the rules ask is not for anybody else to answer.
    is_last = approval is None or stepping.take(approval, by=by, passed=True, on=on, opinion=opinion, paper=paper)
    case, numbers = Case(agreement, on=on), f"agreement-{on.year}"
    if person_rules.planned(pack.entry("W-QUOTA"), case.category) is not None:
        series.hold(numbers)  # whoever counts the year waits for whoever files in it

    before = stepping.reasons_before(agreement, approval)
    given, moved_for = written(reasons), (reassign or before.get(ONE_HOST, "")).strip()
    explained = {
        code: reason
        for code, reason in agreement.institution_reasons.items()
        if pack.entry(code).reason_by == Side.INSTITUTION
    }
    verdicts = judge_case(case, pack, reassigning=bool(moved_for))
    passing = require(*(verdict.finding for verdict in verdicts), overrides={**explained, **before, **given})
    lifted_now = [finding for finding in passing if finding.code in given]
    if not is_last:
        if moved_for and ONE_HOST not in before:
            _lift_one_host(case, pack, by=by, moved_for=moved_for, documents=documents)
        audit.record("agreement.step_passed", agreement, by=by, after=for_whom, reason=opinion.strip())
        audit.record_overrides(lifted_now, given, agreement, by=by, documents=documents)
        return agreement

    if is_bound(agreement, pack):
        document = (documents or {}).get(ONE_HOST, "").strip()
        if moved_for and ONE_HOST not in before:
            _lift_one_host(case, pack, by=by, moved_for=moved_for, documents=documents)
        _take_years(case, by=by, moved_for=moved_for, document=document)
    number = series.next_in(numbers)
    agreement.status, agreement.filed_on, agreement.filed_by = AgreementStatus.FILED, on, by
    agreement.filing_number = pack.setting("agreements.filing_number").format(year=on.year, sequence=number)
    FILED.save(agreement)
    audit.record(
        "agreement.filed",
        agreement,
        by=by,
        before={"status": status},
        after={"status": agreement.status, "filing_number": agreement.filing_number, "filed_on": on, **for_whom},
        reason=opinion.strip(),
    )
    audit.record_overrides(lifted_now, given, agreement, by=by, documents=documents)
    outbox.add_all(
        ("agreements.tasks.issue_certificate", {"agreement_id": agreement.pk}),
        ("agreements.tasks.check_quotas_after_filing", {"agreement_id": agreement.pk, "number": number}),
    )
    return agreement


FILED = PreparedUpdate("file_an_agreement", Agreement, "status", "filed_on", "filed_by", "filing_number")


def _lift_one_host(
    case: Case, pack: PolicyPack, *, by: Membership, moved_for: str, documents: Mapping[str, str] | None
) -> None:
    """Keep the bureau's word for a 改派 beside the finding that it lifts."""
    lifted = [one.finding for one in judge_case(case, pack) if one.entry.code == ONE_HOST]
    document = (documents or {}).get(ONE_HOST, "").strip()
    audit.record_overrides(
        filter(None, lifted), {ONE_HOST: moved_for}, case.agreement, by=by, documents={ONE_HOST: document}
    )


def _take_years(case: Case, *, by: Membership, moved_for: str, document: str) -> None:
    """Give the specialist's years to this host, moving those of another one on the bureau's word (A2).

    A year whose agreements are all gone is free, and moves without a word.
    """
    agreement, host = case.agreement, case.host
    rows = {}
    if case.was_filed_before:
        held = YearlyHost.objects.filter(specialist=agreement.specialist, year__in=agreement.years)
        rows = {row.year: row for row in held.select_related("host__organization")}
    for row in rows.values():
        if row.host != host:
            _move_year(row, host, agreement, by=by, moved_for=moved_for, document=document)
        row.agreements.add(agreement)
    if new := [year for year in agreement.years if year not in rows]:
        TAKE_YEARS.rows(specialist=agreement.specialist_id, host=host.pk, agreement=agreement.pk, years=new)


TAKE_YEARS = Prepared(
    "take_years",
    """
    WITH taken AS (
        INSERT INTO agreements_yearlyhost (specialist_id, year, host_id)
        SELECT %(specialist)s, year, %(host)s FROM unnest(%(years)s) AS year
        RETURNING id
    )
    INSERT INTO agreements_yearlyhost_agreements (yearlyhost_id, agreement_id)
    SELECT id, %(agreement)s FROM taken RETURNING id
    """,
    specialist="bigint",
    host="bigint",
    agreement="bigint",
    years="smallint[]",
)


def _move_year(
    row: YearlyHost, host: HostUnit, agreement: Agreement, *, by: Membership, moved_for: str, document: str
) -> None:
    old = row.host
    if row.agreements.exists():
        Reassignment.objects.create(
            yearly_host=row,
            from_host=old,
            to_host=host,
            agreement=agreement,
            reason=moved_for,
            document_number=document,
            by=by,
        )
        row.agreements.clear()
    row.host = host
    row.save(update_fields=["host"])
    audit.record(
        "agreement.host_reassigned",
        agreement,
        by=by,
        before={"year": row.year, "host": old},
        after={"year": row.year, "host": row.host},
        reason=moved_for,
    )


@transaction.atomic
def terminate_agreement(
    agreement: Agreement, *, by: Membership, on: date, reason: TerminationReason, note: str = ""
) -> Agreement:
    """End a filed agreement before its time, on that day, and tell its parties. Number and dates stay.

    The day before is the last of its service; years that it no longer reaches are free for another host. An end that was
    ordered for a later day gives way. Raises Refused (E-STATE) unless it is filed and not over.
    """
    agreement = hold_with_person(agreement)
    pack = agreement.pack or pack_beside(agreement.registration)
    status = AgreementStatus(agreement.status)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.TERMINATED)
        or rules.is_not_over(pack.entry("E-STATE"), last_day=agreement.last_day, on=on)
    )
    if agreement.is_to_end:
        agreement.end_orders.filter(revoked_on=None).update(
            revoked_on=on, revoked_by=by, revoked_for=f"改为{cdate(on)}终止：{reason.label}"
        )
    return end_held(agreement, by=by, day=on, on=on, reason=reason, note=note)


def end_held(
    agreement: Agreement, *, by: Membership | None, day: date, on: date, reason: TerminationReason, note: str
) -> Agreement:
    """End what is filed and held, from that day, which `on` has reached; `by` is None where an order is carried out."""
    before = {"status": agreement.status}
    agreement.status, agreement.terminated_on = AgreementStatus.TERMINATED, day
    agreement.termination_reason = reason
    agreement.save(update_fields=["status", "terminated_on", "termination_reason"])
    agreement.yearly_hosts.remove(*agreement.yearly_hosts.exclude(year__in=agreement.years))
    audit.record(
        "agreement.terminated",
        agreement,
        by=by,
        before=before,
        after={"status": agreement.status, "terminated_on": day, "termination_reason": reason},
        reason=note.strip(),
    )
    withdraw_requests(agreement, by=by, reason="协议已终止")
    notify.tell(
        queries.readers_of([agreement], on=on)[agreement.pk].parties,
        occasion=f"terminated:{agreement.pk}",
        subject=f"协议{agreement}已终止",
        body=f"{agreement.specialist}与“{agreement.host}”的协议于{cdate(day)}终止，原因：{reason.label}。"
        + (f"说明：{note.strip()}" if note.strip() else ""),
        link=agreement.get_absolute_url(),
        open_link=check_link(agreement, on=on),
    )
    return agreement


def withdraw_requests(agreement: Agreement, *, by: Membership | None, reason: str) -> None:
    """What was asked about an agreement that is over is nobody's to decide any more; its row is held."""
    for kind, asked in (("amendment", agreement.amendments), ("move", agreement.moves)):
        for request in asked.filter(status=ChangeStatus.OPEN):
            request.status = ChangeStatus.WITHDRAWN
            request.save(update_fields=["status"])
            audit.record(f"agreement.{kind}_withdrawn", agreement, by=by, reason=reason)


@transaction.atomic
def issue_certificate(agreement: Agreement) -> FilingCertificate:
    """Give a filed agreement its 备案证明, once, and tell its parties. An effect of filing; a repeat gives the first.

    Raises Refused (E-STATE) for what is not filed, or was filed before the platform.
    """
    agreement = hold(agreement)
    if agreement.is_past:
        raise Refused([plain("E-STATE", "历史导入的协议由原备案文件证明，平台不出具备案证明。")])
    if certificate := FilingCertificate.objects.filter(agreement=agreement).first():
        return certificate
    pack = agreement.pack or pack_beside(agreement.registration)
    require(rules.is_filed(pack.entry("E-STATE"), status=AgreementStatus(agreement.status)))
    assert agreement.filed_on
    token = secrets.token_hex(16)
    paper = papers.certificate_pdf(agreement, token=token, issued_on=agreement.filed_on)
    file = files.keep(paper, name=f"备案证明{agreement}.pdf", kind="pdf", purpose="certificate", by=None)
    certificate = FilingCertificate.objects.create(agreement=agreement, file=file, token=token)
    audit.record("agreement.certificate_issued", agreement, by=None, after={"sha256": file.sha256})
    filed = (
        f"{agreement.specialist}与“{agreement.host}”的协议已于{cdate(agreement.filed_on)}备案，"
        f"备案号{agreement.filing_number}。"
    )
    page = check_link(agreement, on=agreement.filed_on)
    notify.tell(
        queries.readers_of([agreement], on=agreement.filed_on)[agreement.pk].parties,
        occasion=f"filed:{agreement.pk}",
        subject=f"协议{agreement}已备案",
        body=f"{filed}备案证明可在协议页面下载。",
        link=agreement.get_absolute_url(),
        open_body=f"{filed}需要备案证明的，请向{agreement.sender}索取。"
        + ("打开下面的网页即可查看备案情况，无需登录。" if page else ""),
        open_link=page,
    )
    return certificate

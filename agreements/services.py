"""Every change to an agreement happens here: pages, API, imports and tasks all call these.

Rows are held in one order everywhere: hosts, specialists, agreements, and the series of numbers last.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts.models import HostUnit, Membership
from agreements import documents as papers
from agreements import queries, rules
from agreements.cases import Case
from agreements.enums import AgreementStatus, Party, TerminationReason
from agreements.models import (
    Agreement,
    AgreementPaper,
    AgreementScan,
    FilingCertificate,
    QuotaRun,
    Reassignment,
    Signature,
    Submission,
    YearlyHost,
)
from agreements.queries import Alike, Crowd, Service
from agreements.rules import YearTaken
from core import audit, files, notify, outbox, series
from core.jinja import cdate
from core.models import Message, PolicyPack, StoredFile
from core.policy import Finding, Level, Refused, RuleEntry, Side, Verdict, plain, require
from core.prepared import Prepared
from core.stale import Stale, refuse_stale
from specialists import rules as person_rules
from specialists.enums import Category, Form, RegistrationStatus
from specialists.models import Registration, Specialist

# What an editor may set: everything else of an agreement follows from an act.
CONTENT = ("host", "service_start", "service_end", "service_content", "visits_per_year", "goals")
EDITABLE = (*CONTENT, "institution_reasons")
ONE_HOST = "E-ONE-HOST"
KNOWN = ("registration", "pack")  # what every act asks an agreement for
SECRETS = ("id_number", "mobile", "bank_account")  # of its specialist: no act here asks for them
TOLD = 20  # differences that one message lists; the run holds them all


# --- asking the rules -------------------------------------------------------------------------------------------------


def judge(
    agreement: Agreement, *, on: date, pack: PolicyPack | None = None, reassigning: bool = False
) -> list[Verdict]:
    """Ask every rule about an agreement as it stands, saved or not: live checks, the wizard's rail, the review desk.

    One verdict per rule, in the order of the work plan: passed, a finding, or `waiting` for what is not filled in yet.
    Without `pack`: the one that judges it while it is under review or filed, else the one in force on that day.
    `reassigning`: as if the bureau moved the specialist's years here (改派, A2).
    """
    agreement_pack = None if agreement.status in AgreementStatus.editable else agreement.pack
    return _judge(Case(agreement, on=on), pack or agreement_pack or PolicyPack.in_force(on=on), reassigning=reassigning)


def _judge(case: Case, pack: PolicyPack, *, reassigning: bool = False) -> list[Verdict]:
    agreement, on = case.agreement, case.on
    name = agreement.specialist.name
    verdicts: list[Verdict] = []

    def ask(code: str, rule: Callable[[RuleEntry], Finding | None], *needs: str) -> None:
        entry = pack.entry(code)
        if waiting := "、".join(words for words in needs if not known[words]):
            verdicts.append(Verdict(entry, waiting=f"填写{waiting}后校验"))
        else:
            verdicts.append(Verdict(entry, rule(entry)))

    known = {
        "派驻单位": agreement.host_id is not None,
        "服务期限": case.has_period,
        "服务截止日期": agreement.service_end is not None,
    }
    ask(
        "W-GRADUATION",
        lambda entry: rules.graduates_after_the_end(
            entry, specialist=name, graduates_on=case.graduates_on, end=case.end
        ),
        "服务截止日期",
    )
    ask(
        "E-SELECTED",
        lambda entry: rules.selected(entry, specialist=name, status=RegistrationStatus(agreement.registration.status)),
    )
    ask("W-QUOTA", lambda entry: _within_the_plan(entry, case))
    ask("W-TERM", lambda entry: rules.usual_term(entry, start=case.start, end=case.end), "服务期限")
    ask(
        ONE_HOST,
        lambda entry: rules.one_host_a_year(
            entry,
            specialist=name,
            category=case.category,
            form=case.form,
            elsewhere=case.years_elsewhere if _is_bound(agreement, pack) else [],
            start=case.start,
            on=on,
            reassigning=reassigning,
        ),
        "派驻单位",
        "服务期限",
    )
    ask(
        "E-HOST-KIND",
        lambda entry: rules.usual_host(entry, category=case.category, host=str(case.host), host_type=case.host_type),
        "派驻单位",
    )
    ask(
        "E-CAP5",
        lambda entry: rules.host_may_take(
            entry, host=str(case.host), capped_as=case.capped_as, present=case.stays_beside, newcomer=case.stay
        ),
        "派驻单位",
        "服务期限",
    )
    ask(
        "I-CAP5",
        lambda entry: rules.small_firm_is_not_capped(
            entry,
            host=str(case.host),
            is_other_small_firm=case.is_other_small_firm,
            present=case.stays_beside,
            newcomer=case.stay,
        ),
        "派驻单位",
        "服务期限",
    )
    ask(
        "E-SAME-PARTY",
        lambda entry: rules.three_different_parties(entry, institution=agreement.institution_id, host=case.host.pk),
        "派驻单位",
    )
    ask(
        "E-PARTIES",
        lambda entry: rules.signed_by_all(
            entry, signatures=case.signatures, scanned=case.scanned, version=agreement.version, on=on
        ),
    )
    ask(
        "E-COMPLETE",
        lambda entry: (
            rules.complete(entry, values=case.values)
            or rules.ends_after_it_starts(entry, start=case.start, end=case.end)
        ),
    )
    ask("W-END", lambda entry: rules.usual_end(entry, signed_on=case.signed_on, end=case.end), "服务截止日期")
    ask("E-OVERLAP", lambda entry: rules.begins_after(entry, start=case.start, running_to=case.running_to), "服务期限")
    ask(
        "E-PROV",
        lambda entry: person_rules.not_on_the_provincial_list(
            entry,
            name=name,
            category=case.category,
            form=case.form,
            listings=case.listings,
            start=case.start,
            end=case.end,
        ),
        "服务期限",
    )
    ask(
        "E-REVOKED",
        lambda entry: person_rules.qualified(entry, name=name, revoked_on=agreement.specialist.revoked_on, act="签约"),
    )
    return verdicts


def _within_the_plan(entry: RuleEntry, case: Case) -> Finding | None:
    """R15–R17: the persons filed this year without this one; who is among them already takes no further place."""
    planned = None if case.form == Form.TEAM else person_rules.planned(entry, case.category)
    if planned is not None and case.is_selected_already:
        planned = None
    reached = case.persons_filed if planned is not None else 0
    tally = person_rules.Tally(reached, planned, "已备案")
    return person_rules.within_the_plan(entry, category=case.category, year=case.on.year, tally=tally)


def default_end(signed_on: date, pack: PolicyPack) -> date:
    """R26, A23: 31 December of the year after the signing, as the pack says it."""
    return rules.default_end(pack.entry("W-END"), signed_on=signed_on)


# --- the institution --------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_agreement(registration: Registration, *, by: Membership, **fields: Any) -> Agreement:
    """Begin the agreement of a selected person; specialist and institution follow from the registration.

    `fields` are some of EDITABLE; what is left out stays empty, the visits a year start at the pack's default. A draft
    may be incomplete and against most rules: only submission asks. Raises Refused for what no draft may be (E-SELECTED,
    E-SAME-PARTY, a period that ends before it starts), TypeError for a field that is none.
    """
    pack = _pack_beside(registration)
    fields = {"visits_per_year": pack.setting("agreements.default_visits"), **_checked(fields)}
    agreement = Agreement(
        registration=registration,
        specialist_id=registration.specialist_id,
        institution_id=registration.institution_id,
        created_by=by,
        **fields,
    )
    name, status = registration.specialist.name, RegistrationStatus(registration.status)
    require(rules.selected(pack.entry("E-SELECTED"), specialist=name, status=status), *_impossible(agreement, pack))
    agreement.save()
    audit.record("agreement.drafted", agreement, by=by, after={"registration": registration, **fields})
    return agreement


@transaction.atomic
def save_draft(agreement: Agreement, *, by: Membership, version: int | None, **fields: Any) -> Agreement:
    """Change a draft or a returned agreement. A change of CONTENT raises its version: the paper must be signed anew.

    `version` is the one the form was opened with (None: an act without a form); raises Stale with the differences when
    it is not the record's any more. Raises Refused: E-END-LOCK for the period of what is filed, E-STATE for anything
    else that is no draft, and what no draft may be (E-SAME-PARTY, a period that ends before it starts).
    """
    agreement = _held(agreement)
    before, after = audit.changed(agreement, _checked(fields))
    status = AgreementStatus(agreement.status)
    pack = _pack_beside(agreement.registration)
    require(
        rules.period_is_final(pack.entry("E-END-LOCK"), status=status, changed=after)
        or rules.may_edit(pack.entry("E-STATE"), status=status)
    )
    refuse_stale(agreement, version=version, typed=fields)
    if not after:
        return agreement
    for name, value in after.items():
        setattr(agreement, name, value)
    require(*_impossible(agreement, pack))
    if set(after) & set(CONTENT):
        agreement.version += 1
    agreement.save(update_fields=[*after, "version"])
    audit.record("agreement.edited", agreement, by=by, before=before, after=after)
    return agreement


@transaction.atomic
def sign(agreement: Agreement, *, party: Party, signer: str, signed_on: date, by: Membership) -> Signature:
    """Enter who signed the paper for one party and on which day; entering it again replaces it.

    Raises Refused (E-STATE) once the agreement is submitted.
    """
    agreement = _held(agreement)
    _require_editable(agreement)
    old = agreement.signatures.filter(party=party).first()
    signature, _ = agreement.signatures.update_or_create(
        party=party, defaults={"signer": signer.strip(), "signed_on": signed_on}
    )
    audit.record(
        "agreement.signed",
        agreement,
        by=by,
        before={"signer": old.signer, "signed_on": old.signed_on} if old else None,
        after={"party": party, "signer": signature.signer, "signed_on": signed_on},
    )
    return signature


@transaction.atomic
def attach_scan(agreement: Agreement, *, file: StoredFile, by: Membership) -> AgreementScan:
    """Add a scan of the signed paper, of the version the agreement has now; earlier scans stay.

    Raises Refused (E-STATE) once the agreement is submitted.
    """
    agreement = _held(agreement)
    _require_editable(agreement)
    scan = AgreementScan.objects.create(
        agreement=agreement, number=agreement.scans.count() + 1, paper_version=agreement.version, file=file
    )
    audit.record(
        "agreement.scan_attached",
        agreement,
        by=by,
        after={"number": scan.number, "version": agreement.version, "sha256": file.sha256},
    )
    return scan


@transaction.atomic
def print_paper(agreement: Agreement, *, by: Membership, on: date) -> tuple[AgreementPaper, bytes]:
    """Make the contract to be signed, of the version the agreement has now; each version keeps its one token.

    It alone prints the full ID number, so every printing is told, with the digest of what was handed out. Raises
    Refused (E-COMPLETE) while the paper would have gaps, and core.pdf.Unavailable where no PDF can be made.
    """
    # Only the agreement is held: laying out a paper takes longer than the host's other agreements should wait.
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    pack = agreement.pack or PolicyPack.in_force(on=on)
    require(rules.complete(pack.entry("E-COMPLETE"), values=Case(agreement, on=on).values))
    paper = agreement.papers.filter(version=agreement.version).first()
    token = paper.token if paper else secrets.token_hex(16)
    data = papers.agreement_pdf(agreement, token=token, pack=pack)
    digest = sha256(data).hexdigest()
    if paper is None:
        paper = agreement.papers.create(version=agreement.version, token=token, sha256=digest)
    audit.record("agreement.printed", agreement, by=by, after={"version": paper.version, "sha256": digest})
    return paper, data


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := fields.keys() - set(EDITABLE):
        raise TypeError(f"an agreement has no {', '.join(sorted(unknown))} to edit")
    return dict(fields)


def _impossible(agreement: Agreement, pack: PolicyPack) -> list[Finding | None]:
    """What the database would refuse even of a draft, said in a sentence."""
    findings = []
    if agreement.host_id is not None:
        findings.append(
            rules.three_different_parties(
                pack.entry("E-SAME-PARTY"), institution=agreement.institution_id, host=agreement.host_id
            )
        )
    if agreement.service_start and agreement.service_end:
        findings.append(
            rules.ends_after_it_starts(
                pack.entry("E-COMPLETE"), start=agreement.service_start, end=agreement.service_end
            )
        )
    return findings


def _require_editable(agreement: Agreement) -> None:
    entry = _pack_beside(agreement.registration).entry("E-STATE")
    require(rules.may_edit(entry, status=AgreementStatus(agreement.status)))


def _pack_beside(registration: Registration) -> PolicyPack:
    """Whose words a draft is answered in: the pack by which its specialist was selected."""
    return registration.pack or PolicyPack.objects.latest("year", "version")


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

    `reasons` holds the institution's written reason per agreement (pk) and finding code; it is added to those written
    in the draft and kept in `institution_reasons`. Warns that only the bureau may except stay open for its review.
    Raises Refused with every finding of every agreement; `facts["agreement"]` is the pk each one is about.
    """
    batch = _held_with_host_and_person([agreement.pk for agreement in agreements])
    institution = batch[0].institution if batch else None
    if institution is None or any(agreement.institution != institution for agreement in batch):
        raise Refused([plain("E-BATCH", "请选择要提交的协议；一次提交只汇总同一派出单位的协议。", article="四（二）")])
    pack = PolicyPack.in_force(on=on)
    submission = Submission.objects.create(institution=institution, submitted_on=on, submitted_by=by, note=note.strip())
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
    require(rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.SUBMITTED))
    explained = {**agreement.institution_reasons, **_written(reasons)}
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


def _written(reasons: Mapping[str, str] | None) -> dict[str, str]:
    return {code: reason.strip() for code, reason in (reasons or {}).items() if reason.strip()}


@transaction.atomic
def renew_agreement(agreement: Agreement, *, by: Membership, on: date) -> Agreement:
    """Draft the extension of a filed agreement (R27): parties and content copied, linked by `renews`.

    It starts on the day after the old end, or today when that is past, and ends by default as if signed today (A4, A5).
    Raises Refused: E-STATE unless it is filed, E-RENEW before the window opens (1 January of the year it ends) or when
    it is renewed already.
    """
    agreement = _held(agreement)
    assert agreement.service_end
    pack = PolicyPack.in_force(on=on)
    renewal = Agreement.objects.filter(renews=agreement).first()
    require(rules.is_filed(pack.entry("E-STATE"), status=AgreementStatus(agreement.status)))
    require(
        rules.may_renew(
            pack.entry("E-RENEW"),
            end=agreement.service_end,
            opens=pack.setting("agreements.renewal_opens"),
            on=on,
            renewal=str(renewal) if renewal else None,
        )
    )
    start = max(agreement.service_end + rules.ONE_DAY, on)
    extension = Agreement(
        registration=queries.latest_registration(agreement),
        specialist=agreement.specialist,
        institution=agreement.institution,
        host=agreement.host,
        service_start=start,
        service_end=max(default_end(on, pack), start),
        service_content=agreement.service_content,
        visits_per_year=agreement.visits_per_year,
        goals=agreement.goals,
        renews=agreement,
        created_by=by,
    )
    extension.save()
    audit.record("agreement.renewed", extension, by=by, after={"renews": agreement})
    return extension


# --- the bureau -------------------------------------------------------------------------------------------------------


@transaction.atomic
def return_agreement(agreement: Agreement, *, by: Membership, on: date, opinion: str) -> Agreement:
    """Send a submitted agreement back to be mended, with the bureau's opinion, which may not be empty; tell its sender.

    Raises Refused (E-STATE, E-OPINION).
    """
    agreement = _held(agreement)
    pack = agreement.pack or _pack_beside(agreement.registration)
    status = AgreementStatus(agreement.status)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.RETURNED),
        None if opinion.strip() else plain("E-OPINION", "退回须写明意见，说明需要补正的内容。", article="四（二）"),
    )
    agreement.status, agreement.return_opinion = AgreementStatus.RETURNED, opinion.strip()
    agreement.save(update_fields=["status", "return_opinion"])
    event = audit.record(
        "agreement.returned",
        agreement,
        by=by,
        before={"status": status},
        after={"status": agreement.status},
        reason=agreement.return_opinion,
    )
    notify.tell(
        queries.readers_of([agreement], on=on)[agreement.pk].institution,
        occasion=f"returned:{agreement.pk}:{event.pk}",
        subject=f"协议{agreement}退回补正",
        body=f"{agreement.specialist}与“{agreement.host}”的协议退回补正。意见：{agreement.return_opinion}",
        link=agreement.get_absolute_url(),
    )
    return agreement


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
) -> Agreement:
    """File a submitted agreement (备案): give it its number and take its years for the host (R19, R23, R25).

    `reasons` and `documents` hold the bureau's written reason and 文号 per finding code. `reassign` is the reason of a
    改派: the years taken by another host, whose agreement is over, move to this one (A2). `version` is the one the
    reviewer saw; raises Stale when it was mended since. Raises Refused with every finding in the way; filing what is
    filed already is one of them (E-STATE). A refusal leaves nothing behind, not even a used number.
    """
    [agreement] = _held_with_host_and_person([agreement.pk])
    refuse_stale(agreement, version=version, typed={})
    pack = agreement.pack or _pack_beside(agreement.registration)  # the day of submission judges
    status = AgreementStatus(agreement.status)
    require(rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.FILED))
    case, numbers = Case(agreement, on=on), f"agreement-{on.year}"
    if person_rules.planned(pack.entry("W-QUOTA"), case.category) is not None:
        series.hold(numbers)  # whoever counts the year waits for whoever files in it

    given, moved_for = _written(reasons), (reassign or "").strip()
    explained = {
        code: reason
        for code, reason in agreement.institution_reasons.items()
        if pack.entry(code).reason_by == Side.INSTITUTION
    }
    verdicts = _judge(case, pack, reassigning=bool(moved_for))
    passing = require(*(verdict.finding for verdict in verdicts), overrides={**explained, **given})

    if _is_bound(agreement, pack):
        document = (documents or {}).get(ONE_HOST, "").strip()
        if moved_for:
            lifted = [one.finding for one in _judge(case, pack) if one.entry.code == ONE_HOST]
            audit.record_overrides(
                filter(None, lifted), {ONE_HOST: moved_for}, agreement, by=by, documents={ONE_HOST: document}
            )
        _take_years(case, by=by, moved_for=moved_for, document=document)
    number = series.next_in(numbers)
    agreement.status, agreement.filed_on, agreement.filed_by = AgreementStatus.FILED, on, by
    agreement.filing_number = pack.setting("agreements.filing_number").format(year=on.year, sequence=number)
    agreement.save(update_fields=["status", "filed_on", "filed_by", "filing_number"])
    audit.record(
        "agreement.filed",
        agreement,
        by=by,
        before={"status": status},
        after={"status": agreement.status, "filing_number": agreement.filing_number, "filed_on": on},
    )
    audit.record_overrides(
        [finding for finding in passing if finding.code in given], given, agreement, by=by, documents=documents
    )
    outbox.add_all(
        ("agreements.tasks.issue_certificate", {"agreement_id": agreement.pk}),
        ("agreements.tasks.check_quotas_after_filing", {"agreement_id": agreement.pk, "number": number}),
    )
    return agreement


def _is_bound(agreement: Agreement, pack: PolicyPack) -> bool:
    registration = agreement.registration
    return rules.bound_to_one_host(
        pack.entry(ONE_HOST), category=Category(registration.category), form=Form(registration.form)
    )


def _take_years(case: Case, *, by: Membership, moved_for: str, document: str) -> None:
    """Give the specialist's years to this host, moving those of another one on the bureau's word (A2).

    A year whose agreements are all gone is free, and moves without a word.
    """
    agreement, host = case.agreement, case.host
    held = YearlyHost.objects.filter(specialist=agreement.specialist, year__in=agreement.years)
    rows = {row.year: row for row in held.select_related("host__organization")} if case.was_filed_before else {}
    new = [
        YearlyHost(specialist=agreement.specialist, year=year, host=host)
        for year in agreement.years
        if year not in rows
    ]
    for row in rows.values():
        if row.host != host:
            _move_year(row, host, agreement, by=by, moved_for=moved_for, document=document)
    taken = [*rows.values(), *YearlyHost.objects.bulk_create(new)]
    through = YearlyHost.agreements.through
    through.objects.bulk_create(through(yearlyhost=row, agreement=agreement) for row in taken)


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

    The day before is the last of its service; years that it no longer reaches are free for another host. Raises Refused
    (E-STATE) unless it is filed and not over.
    """
    agreement = _held_with_person(agreement)
    pack = agreement.pack or _pack_beside(agreement.registration)
    status = AgreementStatus(agreement.status)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.TERMINATED)
        or rules.is_not_over(pack.entry("E-STATE"), last_day=agreement.last_day, on=on)
    )
    agreement.status, agreement.terminated_on = AgreementStatus.TERMINATED, on
    agreement.termination_reason = reason
    agreement.save(update_fields=["status", "terminated_on", "termination_reason"])
    agreement.yearly_hosts.remove(*agreement.yearly_hosts.exclude(year__in=agreement.years))
    audit.record(
        "agreement.terminated",
        agreement,
        by=by,
        before={"status": status},
        after={"status": agreement.status, "terminated_on": on, "termination_reason": reason},
        reason=note.strip(),
    )
    notify.tell(
        queries.readers_of([agreement], on=on)[agreement.pk].parties,
        occasion=f"terminated:{agreement.pk}",
        subject=f"协议{agreement}已终止",
        body=f"{agreement.specialist}与“{agreement.host}”的协议于{cdate(on)}终止，原因：{reason.label}。"
        + (f"说明：{note.strip()}" if note.strip() else ""),
        link=agreement.get_absolute_url(),
    )
    return agreement


@transaction.atomic
def issue_certificate(agreement: Agreement) -> FilingCertificate:
    """Give a filed agreement its 备案证明, once, and tell its parties. An effect of filing; a repeat gives the first.

    Raises Refused (E-STATE) for what is not filed.
    """
    agreement = _held(agreement)
    if certificate := FilingCertificate.objects.filter(agreement=agreement).first():
        return certificate
    pack = agreement.pack or _pack_beside(agreement.registration)
    require(rules.is_filed(pack.entry("E-STATE"), status=AgreementStatus(agreement.status)))
    assert agreement.filed_on
    token = secrets.token_hex(16)
    paper = papers.certificate_pdf(agreement, token=token, issued_on=agreement.filed_on)
    file = files.keep(paper, name=f"备案证明{agreement}.pdf", kind="pdf", purpose="certificate", by=None)
    certificate = FilingCertificate.objects.create(agreement=agreement, file=file, token=token)
    audit.record("agreement.certificate_issued", agreement, by=None, after={"sha256": file.sha256})
    notify.tell(
        queries.readers_of([agreement], on=agreement.filed_on)[agreement.pk].parties,
        occasion=f"filed:{agreement.pk}",
        subject=f"协议{agreement}已备案",
        body=f"{agreement.specialist}与“{agreement.host}”的协议已于{cdate(agreement.filed_on)}备案，"
        f"备案号{agreement.filing_number}。备案证明可在协议页面下载。",
        link=agreement.get_absolute_url(),
    )
    return certificate


# --- all of a year ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A finding about a year: its key stays the same from run to run while the matter stands."""

    key: str
    finding: Finding
    agreement: int | None = None


def judge_year(year: int, *, pack: PolicyPack, on: date, counts: Mapping[str, Any]) -> list[Found]:
    """Ask the rules about all agreements of a year at once, with facts of one statement per rule."""
    found: dict[str, Found] = {}

    def ask(code: str, key: object, rule: Callable[[RuleEntry], Finding | None], *agreements: int) -> None:
        if finding := rule(pack.entry(code)):
            for agreement in agreements or (None,):
                one = Found(f"{code}:{key if agreement is None else agreement}", finding, agreement)
                found[one.key] = one

    for category, line in counts["categories"].items():
        ask("I-QUOTA", category, partial(_plan_is_reached, category=Category(category), year=year, line=line))
    for service, elsewhere in _served_twice(year, pack=pack):
        ask(ONE_HOST, "", partial(_one_host, service=service, elsewhere=elsewhere, on=on), service.agreement_id)
    for crowd in queries.crowds(year, more_than=pack.entry("E-CAP5").params["cap"]):
        ask("E-CAP5", f"host-{crowd.host_id}", partial(_host_is_overfull, crowd=crowd))
    for code, read, rule in BY_FACTS:
        for alike in read(year):
            ask(code, "", partial(rule, *alike.facts), *alike.agreements)
    return [found[key] for key in sorted(found)]


# For each rule whose facts many agreements share: where they are read, and how it is asked.
BY_FACTS: tuple[tuple[str, Callable[[int], list[Alike]], Callable[..., Finding | None]], ...] = (
    ("W-TERM", queries.periods, lambda start, end, entry: rules.usual_term(entry, start=start, end=end)),
    ("W-END", queries.ends_by_signing, lambda signed, end, entry: rules.usual_end(entry, signed_on=signed, end=end)),
    (
        "W-GRADUATION",
        queries.graduations,
        lambda name, day, end, entry: rules.graduates_after_the_end(entry, specialist=name, graduates_on=day, end=end),
    ),
    ("E-OVERLAP", queries.overlaps, lambda start, end, entry: rules.begins_after(entry, start=start, running_to=end)),
    (
        "E-PROV",
        queries.listed,
        lambda name, category, form, year, valid_from, valid_to, start, end, entry: (
            person_rules.not_on_the_provincial_list(
                entry,
                name=name,
                category=Category(category),
                form=Form(form),
                listings=[person_rules.Listing(year, valid_from, valid_to)],
                start=start,
                end=end,
            )
        ),
    ),
    (
        "E-REVOKED",
        queries.revoked,
        lambda name, day, entry: person_rules.qualified(entry, name=name, revoked_on=day, act="继续服务"),
    ),
)


def _plan_is_reached(entry: RuleEntry, *, category: Category, year: int, line: Mapping[str, Any]) -> Finding | None:
    return rules.plan_is_reached(
        entry,
        category=category,
        year=year,
        number=line["number"],
        is_floor=line["is_floor"],
        filed=line["filed"],
        in_review=line["in_review"],
    )


def _served_twice(year: int, *, pack: PolicyPack) -> Iterator[tuple[Service, list[YearTaken]]]:
    """Each agreement that came second in the year, with what was filed elsewhere before it."""
    categories = pack.entry(ONE_HOST).params["categories"]
    for served in queries.several_hosts(year, categories=categories).values():
        for place, service in enumerate(served):
            before = [other for other in served[:place] if other.host_id != service.host_id]
            yield service, [YearTaken(year, other.host, other.number, other.last_day) for other in before]


def _one_host(entry: RuleEntry, *, service: Service, elsewhere: list[YearTaken], on: date) -> Finding | None:
    return rules.one_host_a_year(
        entry,
        specialist=service.specialist,
        category=Category(service.category),
        form=Form(service.form),
        elsewhere=elsewhere,
        start=service.start,
        on=on,
    )


def _host_is_overfull(entry: RuleEntry, *, crowd: Crowd) -> Finding | None:
    return rules.host_may_take(entry, host=crowd.host, capped_as=crowd.capped_as, present=crowd.stays, newcomer=None)


@transaction.atomic
def check_quotas(year: int, *, trigger: str, on: date, number: int = 0) -> QuotaRun:
    """Count and judge a whole year, keep it as a run, and tell the bureau what is new and what is gone since the last.

    `number` is the filing number (in its series) after which the check was asked for: a run that has seen it already is
    given again, so that forty filings in a row are not checked forty times.
    """
    series.hold(f"quota-run-{year}")  # of two runs at once the second compares with the first
    last = QuotaRun.objects.filter(year=year).order_by("-pk").first()
    if last and 0 < number <= last.through:
        return last
    # Read first: numbers are given in the order of their commits, so what follows sees every filing up to this one.
    through = series.last_of(f"agreement-{year}")
    pack = PolicyPack.in_force(on=min(on, date(year, 12, 31)))
    counts = queries.quota_counts(year, pack=pack, on=on)
    findings = _as_kept(judge_year(year, pack=pack, on=on, counts=counts))
    before = {one["key"]: one for one in last.findings} if last else {}
    now = {one["key"] for one in findings}
    run = QuotaRun.objects.create(
        year=year,
        on=on,
        trigger=trigger,
        through=through,
        counts=counts,
        findings=findings,
        appeared=[one["key"] for one in findings if one["key"] not in before],
        disappeared=[one for key, one in before.items() if key not in now],
    )
    _tell_differences(run, on=on)
    return run


def _as_kept(found: list[Found]) -> list[dict[str, Any]]:
    names = queries.subjects([one.agreement for one in found if one.agreement])
    return [
        {
            "key": one.key,
            "code": one.finding.code,
            "level": one.finding.level.value,
            "article": one.finding.article,
            "title": one.finding.title,
            "message": one.finding.message,
            "agreement": one.agreement,
            "subject": names[one.agreement] if one.agreement else "",
        }
        for one in found
    ]


def _tell_differences(run: QuotaRun, *, on: date) -> None:
    appeared = set(run.appeared)
    new = [one for one in run.findings if one["key"] in appeared]
    if not new and not run.disappeared:
        return
    lines = []
    for word, changed in (("新增", new), ("消除", run.disappeared)):
        lines += [f"{word}：{' '.join(filter(None, (one['subject'], one['message'])))}" for one in changed[:TOLD]]
        if len(changed) > TOLD:
            lines.append(f"{word}的另有{len(changed) - TOLD}项，见检查结果。")
    notify.tell(
        queries.bureau_readers(on=on),
        occasion=f"quota:{run.pk}",
        subject=f"{run.year}年度指标检查：新增{len(new)}项，消除{len(run.disappeared)}项",
        body="\n".join(lines),
    )


@dataclass(frozen=True)
class Reminder:
    """What is to be told of one agreement: that a day comes nearer."""

    agreement: Agreement
    kind: str  # "expiry", "graduation"
    day: date
    threshold: int  # of the pack's days, not the days left

    @property
    def occasion(self) -> str:
        return f"{self.kind}:{self.agreement.pk}:{self.threshold}"

    @property
    def subject(self) -> str:
        coming = {"expiry": "到期", "graduation": "遇科技特派员毕业"}[self.kind]
        return f"协议{self.agreement}将于{cdate(self.day)}{coming}"

    @property
    def body(self) -> str:
        parties = f"{self.agreement.specialist}与“{self.agreement.host}”的协议（{self.agreement}）"
        if self.kind == "graduation":
            end = cdate(self.agreement.service_end)
            return f"{parties}服务至{end}，本人预计{cdate(self.day)}毕业，请与市科技局商定后续安排。"
        return (
            f"{parties}将于{cdate(self.day)}到期。需延长服务期限的，请由派出单位办理续签；"
            "不再延长的，请在到期前完成服务记录和确认。"
        )


@transaction.atomic
def remind_expiring(on: date) -> dict[str, Any]:
    """Tell all sides of each agreement that ends soon, once per threshold of the pack; returns what was told.

    After missed days only the tightest threshold that is due is told. What is extended already, or ended before its
    time, is left in peace. A graduate student's agreement is announced likewise before the graduation (A14).
    """
    pack = PolicyPack.in_force(on=on)
    due = [
        *_due("expiry", queries.ending, thresholds=pack.setting("reminders.expiry_days"), on=on),
        *_due("graduation", queries.graduating, thresholds=pack.setting("reminders.graduation_days"), on=on),
    ]
    occasions = [one.occasion for one in due]
    told = set(Message.objects.filter(occasion__in=occasions).values_list("occasion", flat=True))
    due = [one for one in due if one.occasion not in told]
    readers = queries.readers_of([one.agreement for one in due], on=on)
    bureau = queries.bureau_readers(on=on)
    messages = sum(
        notify.tell(
            [*readers[one.agreement.pk].parties, *bureau],
            occasion=one.occasion,
            subject=one.subject,
            body=one.body,
            link=one.agreement.get_absolute_url(),
        )
        for one in due
    )
    return {"reminders": len(due), "messages": messages}


def _due(
    kind: str, read: Callable[..., list[tuple[Agreement, date]]], *, thresholds: Sequence[int], on: date
) -> list[Reminder]:
    """The tightest threshold that each has reached."""
    return [
        Reminder(agreement, kind, day, min(days for days in thresholds if (day - on).days <= days))
        for agreement, day in read(start=on, end=on + max(thresholds) * rules.ONE_DAY)
    ]


# --- rows held --------------------------------------------------------------------------------------------------------


def _held(agreement: Agreement) -> Agreement:
    """The agreement, read anew under its lock: enough for an act that no limit of a host or a person concerns."""
    [held] = _hold_agreements([agreement.pk])
    return held


def _held_with_person(agreement: Agreement) -> Agreement:
    """The same with its specialist held before it: the years taken are the specialist's."""
    people = _hold_people([agreement.pk])
    held = _held(agreement)
    held.specialist = people[held.specialist_id]
    return held


def _held_with_host_and_person(pks: Collection[int]) -> list[Agreement]:
    """Agreements with their hosts (R23 counts there) and specialists (R19 counts there) held before them.

    Raises Stale when the host of one was changed in between: another host would have to be held first.
    """
    hosts = {host for (host,) in HOLD.rows(pks=list(pks))}
    rows = Agreement.objects.filter(pk__in=pks).select_related(*KNOWN, "host__organization", "specialist")
    rows = rows.defer(*(f"specialist__{secret}" for secret in SECRETS)).prefetch_related("renews").order_by("pk")
    agreements = list(rows)
    if any(agreement.host_id not in hosts for agreement in agreements if agreement.host_id is not None):
        raise Stale("他人", None, [])
    return agreements


# Each step waits for the one before it, whatever the planner thinks; what is then read is read anew. NO KEY: the rows
# of hosts and specialists are gates, and rows that point at them need not wait.
HOLD = Prepared(
    "hold_agreements",
    """
    WITH asked AS MATERIALIZED (
        SELECT id, host_id, specialist_id FROM agreements_agreement WHERE id = ANY(%(pks)s)
    ), hosts AS MATERIALIZED (
        SELECT organization_id FROM accounts_hostunit
        WHERE organization_id IN (SELECT host_id FROM asked)
        ORDER BY organization_id FOR NO KEY UPDATE
    ), people AS MATERIALIZED (
        SELECT id FROM specialists_specialist
        WHERE id IN (SELECT specialist_id FROM asked) AND (SELECT count(*) FROM hosts) IS NOT NULL
        ORDER BY id FOR NO KEY UPDATE
    ), agreements AS MATERIALIZED (
        SELECT id FROM agreements_agreement
        WHERE id IN (SELECT id FROM asked) AND (SELECT count(*) FROM people) IS NOT NULL
        ORDER BY id FOR UPDATE
    )
    SELECT organization_id FROM hosts WHERE (SELECT count(*) FROM agreements) IS NOT NULL
    """,
    pks="bigint[]",
)


def _hold_people(pks: Collection[int]) -> dict[int, Specialist]:
    people = Specialist.objects.filter(pk__in=Agreement.objects.filter(pk__in=pks).values("specialist"))
    people = people.defer(*SECRETS).order_by("pk")
    return {person.pk: person for person in people.select_for_update(of=("self",), no_key=True)}


def _hold_agreements(pks: Collection[int]) -> list[Agreement]:
    rows = Agreement.objects.filter(pk__in=pks).select_related(*KNOWN).prefetch_related("renews")
    return list(rows.order_by("pk").select_for_update(of=("self",)))

"""The institution writes an agreement, has it signed, hands in its scan, and extends it."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts.models import Membership
from agreements import documents as papers
from agreements import queries, rules
from agreements.amending.effective import effective
from agreements.cases import Case
from agreements.ending.ordered import why_not_changed
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementPaper, AgreementScan, AgreementText, Leaving
from agreements.services.correcting import beyond_the_remarks, require_open
from agreements.services.holding import hold, pack_beside
from agreements.services.judging import default_end, first_party
from agreements.services.signing import void_signatures
from agreements.wording.queries import texts_of
from core import audit, pdf
from core.models import PolicyPack, StoredFile
from core.policy import Finding, Refused, plain, require
from core.stale import refuse_stale
from specialists import teams
from specialists.enums import Form, RegistrationStatus
from specialists.models import Registration, Team

# What an editor may set: everything else of an agreement follows from an act.
CONTENT = ("host", "service_start", "service_end", "service_content", "visits_per_year", "goals")
EDITABLE = (*CONTENT, "institution_reasons")


@transaction.atomic
def draft_agreement(
    registration: Registration, *, by: Membership, before_selection: bool = False, **fields: Any
) -> Agreement:
    """Begin the agreement of a selected person; specialist and institution follow from the registration.

    `fields` are some of EDITABLE; what is left out stays empty, the visits a year start at the pack's default. A draft
    may be incomplete and against most rules: only submission asks. `before_selection`: a roster names person and host
    together, so its drafts wait for the selection, which submission asks for. Raises Refused for what no draft may be
    (E-SELECTED, E-TEAM-LEADER, E-SAME-PARTY, a period that ends before it starts), TypeError for a field that is none.
    A member's registration of a team begins the team's agreement, which its leader alone signs.
    """
    [agreement] = draft_agreements([(registration, fields)], by=by, before_selection=before_selection)
    return agreement


@transaction.atomic
def draft_agreements(
    wanted: Sequence[tuple[Registration, Mapping[str, Any]]], *, by: Membership, before_selection: bool = False
) -> list[Agreement]:
    """Begin several agreements, all or none: (registration, fields) of each as `draft_agreement` takes them, which is
    this for one. Raises Refused for the first that no draft may be."""
    led = {one.pk: queries.team_led(one) for one, _ in wanted if one.form == Form.TEAM}
    return _begin([(one, led.get(one.pk), given) for one, given in wanted], by=by, before_selection=before_selection)


@transaction.atomic
def draft_team_agreements(team: Team, wanted: Sequence[Mapping[str, Any]], *, by: Membership) -> list[Agreement]:
    """Begin the agreements of a team that waits for its selection, one for each host, as a roster names them.

    They stand in the name of its leader, who signs; whoever leads by then begins anew (E-TEAM-LEADER). Raises Refused
    as `draft_agreements` does, and (E-TEAM-LEADER) while nobody leads the team.
    """
    registration = teams.enter_lead(team, by=by)
    return _begin([(registration, team, given) for given in wanted], by=by, before_selection=True)


def _begin(
    wanted: Sequence[tuple[Registration, Team | None, Mapping[str, Any]]], *, by: Membership, before_selection: bool
) -> list[Agreement]:
    latest = cache(lambda: PolicyPack.objects.latest("year", "version"))
    drafted = []
    for registration, team, given in wanted:
        pack = registration.pack or latest()
        fields = {"visits_per_year": pack.setting("agreements.default_visits"), **_checked(given)}
        agreement = Agreement(
            registration=registration,
            specialist_id=registration.specialist_id,
            institution_id=registration.institution_id,
            team=team,
            created_by=by,
            **fields,
        )
        name, status = registration.specialist.name, RegistrationStatus(registration.status)
        selected = rules.selected(pack.entry("E-SELECTED"), specialist=name, status=status)
        leader = None
        if registration.form == Form.TEAM and team is None:
            leader = rules.signed_by_the_leader(pack.entry("E-TEAM-LEADER"), team="", leader=None, signer=name)
        require(None if before_selection else selected, leader, *_impossible(agreement, pack))
        drafted.append((agreement, {"registration": registration, **fields}))
    agreements = Agreement.objects.bulk_create(agreement for agreement, _ in drafted)
    audit.record_all("agreement.drafted", drafted, by=by)
    return agreements


@transaction.atomic
def discard_draft(agreement: Agreement, *, by: Membership) -> None:
    """Throw a draft away of which nothing has left the desk; the register keeps who did so. Raises Refused (E-STATE).

    What its team's leader was entered with for it goes too.
    """
    agreement = hold(agreement)
    status = AgreementStatus(agreement.status)
    if status != AgreementStatus.DRAFT:
        raise Refused([plain("E-STATE", f"当前状态为“{status.label}”，不能删除。", status=status.value)])
    if kept := why_kept(agreement):
        raise Refused([plain("E-STATE", f"{kept}，不能删除草稿。不再办理的，请放弃协议。")])
    audit.record("agreement.discarded", agreement, by=by, before={"registration": agreement.registration})
    agreement.delete()
    teams.let_lead_go(agreement.registration, by=by)


def why_kept(agreement: Agreement) -> str:
    """Why it is not deleted, when something of it has left the desk: then it can only be given up."""
    if agreement.status == AgreementStatus.RETURNED:
        return "协议已提交过"
    if agreement.papers.exists() or AgreementScan.everything.filter(agreement=agreement).exists():
        return "协议书已经打印或上传扫描件"
    if agreement.void_signatures.exists() or agreement.refusals.exists() or agreement.signatures.exclude(link=None):
        return "协议已有签署或拒签记录"
    return ""


@transaction.atomic
def save_draft(agreement: Agreement, *, by: Membership, version: int | None, **fields: Any) -> Agreement:
    """Change a draft or a returned agreement. A change of CONTENT raises its version: the paper must be signed anew, and
    what was signed is void as far as signing.fields says.

    `version` is the one the form was opened with (None: an act without a form); raises Stale with the differences when
    it is not the record's any more. Raises Refused: E-END-LOCK for the period of what is filed, E-STATE for anything
    else that is no draft, E-REMARKED for what the bureau did not send back, and what no draft may be (E-SAME-PARTY, a
    period that ends before it starts).
    """
    agreement = hold(agreement)
    before, after = audit.changed(agreement, _checked(fields))
    status = AgreementStatus(agreement.status)
    pack = pack_beside(agreement.registration)
    require(
        rules.period_is_final(pack.entry("E-END-LOCK"), status=status, changed=after)
        or rules.may_edit(pack.entry("E-STATE"), status=status)
    )
    refuse_stale(agreement, version=version, typed=fields)
    if not after:
        return agreement
    require(beyond_the_remarks(agreement, after))
    for name, value in after.items():
        setattr(agreement, name, value)
    require(*_impossible(agreement, pack))
    if set(after) & set(CONTENT):
        agreement.version += 1
    agreement.save(update_fields=[*after, "version"])
    audit.record("agreement.edited", agreement, by=by, before=before, after=after)
    void_signatures(agreement, by=by)
    return agreement


@transaction.atomic
def attach_scan(
    agreement: Agreement,
    *,
    file: StoredFile,
    by: Membership,
    version: int | None = None,
    is_unread: bool = False,
    lacks: Sequence[int] = (),
) -> AgreementScan:
    """Add a scan of the signed paper, of the version the agreement has now; earlier scans stay.

    `version` is what the paper itself says, where its code was read, and `lacks` the pages of it that are not there;
    `is_unread`: no code was read. Raises Refused (E-STATE) once the agreement is submitted, and for a paper of an
    earlier version: what was signed then is not what the agreement says now.
    """
    agreement = hold(agreement)
    require_open(agreement, "scan")
    if version not in (None, agreement.version):
        raise Refused([signed_before(version, agreement)])
    scan = AgreementScan.objects.create(
        agreement=agreement,
        number=AgreementScan.everything.filter(agreement=agreement).count() + 1,
        paper_version=agreement.version,
        file=file,
        is_unread=is_unread,
        lacks=list(lacks),
    )
    audit.record(
        "agreement.scan_attached",
        agreement,
        by=by,
        after={"number": scan.number, "version": agreement.version, "sha256": file.sha256},
    )
    return scan


def signed_before(version: int | None, agreement: Agreement) -> Finding:
    """What was signed is not what the agreement says now."""
    return plain("E-STATE", f"扫描的是第{version}版协议书，协议现为第{agreement.version}版，须重新签署。")


@transaction.atomic
def print_paper(agreement: Agreement, *, by: Membership, on: date) -> tuple[AgreementPaper, bytes]:
    """Make the contract to be signed, of the version the agreement has now; each version keeps its one token.

    It alone prints the full ID number, so every printing is told, with the digest of what was handed out. Raises
    Refused (E-COMPLETE) while the paper would have gaps, and core.pdf.Unavailable where no PDF can be made.
    """
    # Only the agreement is held: laying out a paper takes longer than the host's other agreements should wait.
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    pack = require_printable(agreement, on=on)
    token, text = token_of(agreement), texts_of([agreement])[agreement.pk]
    data = papers.agreement_pdf(agreement, token=token, pack=pack, text=text)
    paper = tell_printed(agreement, token=token, text=text, data=data, pages=pdf.pages_of(data), by=by)
    return paper, data


def require_printable(agreement: Agreement, *, on: date, in_force: PolicyPack | None = None) -> PolicyPack:
    """The pack in whose words its contract is printed. Raises Refused while the paper would have gaps.

    `in_force` is the pack of the day, for who asks of many.
    """
    if agreement.is_past:
        raise Refused([plain("E-STATE", "历史导入的协议以原件为准，平台不重新打印协议书。")])
    pack = agreement.pack or in_force or PolicyPack.in_force(on=on)
    require(rules.complete(pack.entry("E-COMPLETE"), values=Case(agreement, on=on).values))
    return pack


def token_of(agreement: Agreement) -> str:
    """What the codes of its present version lead to; whoever prints holds the agreement, so there is only one.

    `papers` fetched beforehand are used.
    """
    tokens = [paper.token for paper in agreement.papers.all() if paper.version == agreement.version]
    return tokens[0] if tokens else secrets.token_hex(16)


def tell_printed(
    agreement: Agreement, *, token: str, text: AgreementText, data: bytes, pages: int, by: Membership
) -> AgreementPaper:
    """Keep which paper was handed out and in which words, and tell it with the digest of the file that it was in."""
    digest = sha256(data).hexdigest()
    paper, _ = agreement.papers.get_or_create(
        version=agreement.version, defaults={"token": token, "sha256": digest, "pages": pages, "text": text}
    )
    if paper.pages is None or paper.text_id is None:  # of a paper before these were kept
        paper.pages, paper.text = paper.pages or pages, paper.text or text
        paper.save(update_fields=["pages", "text"])
    audit.record("agreement.printed", agreement, by=by, after={"version": paper.version, "sha256": digest})
    return paper


def why_not_renewed(agreement: Agreement, *, on: date) -> Finding | None:
    """What keeps a filed agreement from being extended on that day (R27): an end that is ordered, the window, or an
    extension there is."""
    assert agreement.service_end
    pack = PolicyPack.in_force(on=on)
    renewal = Agreement.objects.filter(renews=agreement).first()
    return why_not_changed(agreement, pack, act="续签") or rules.may_renew(
        pack.entry("E-RENEW"),
        end=agreement.service_end,
        opens=pack.setting("agreements.renewal_opens"),
        on=on,
        renewal=str(renewal) if renewal else None,
    )


@transaction.atomic
def renew_agreement(agreement: Agreement, *, by: Membership, on: date) -> Agreement:
    """Draft the extension of a filed agreement (R27): parties and content copied, linked by `renews`.

    It starts on the day after the old end, or today when that is past, and ends by default as if signed today (A4, A5).
    Raises Refused: E-STATE unless it is filed, E-RENEW before the window opens (1 January of the year it ends) or when
    it is renewed already, E-OVERLAP where another agreement with the host covers its first days.
    """
    agreement = hold(agreement)
    assert agreement.service_end
    pack = PolicyPack.in_force(on=on)
    require(rules.is_filed(pack.entry("E-STATE"), status=AgreementStatus(agreement.status)))
    require(why_not_renewed(agreement, on=on))
    start = max(agreement.service_end + rules.ONE_DAY, on)
    registration = queries.latest_registration(agreement)
    reads = effective(agreement)
    extension = Agreement(
        registration=registration,
        specialist=registration.specialist,
        team=agreement.team,
        institution=agreement.institution,
        host=agreement.host,
        service_start=start,
        service_end=max(default_end(on, pack), start),
        service_content=reads.service_content,
        visits_per_year=reads.visits_per_year or pack.setting("agreements.default_visits"),
        goals=reads.goals,
        renews=agreement,
        created_by=by,
    )
    require(
        rules.begins_after(pack.entry("E-OVERLAP"), start=start, running_to=Case(extension, on=on).running_to)
        if extension.host_id
        else None
    )
    extension.save()
    Leaving.objects.filter(agreement=agreement).delete()  # who was to leave goes on after all
    audit.record("agreement.renewed", extension, by=by, after={"renews": agreement})
    return extension


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
                pack.entry("E-SAME-PARTY"), institution=first_party(agreement), host=agreement.host_id
            )
        )
    if agreement.service_start and agreement.service_end:
        findings.append(
            rules.ends_after_it_starts(
                pack.entry("E-COMPLETE"), start=agreement.service_start, end=agreement.service_end
            )
        )
    return findings

"""The bureau sends an agreement back with its remarks, and sees afterwards what was mended."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from accounts.models import Membership
from agreements import queries, rules
from agreements.enums import AgreementStatus
from agreements.models import Agreement, CaseHolder, Correction, Remark
from agreements.reviewing import rules as of_review
from agreements.reviewing.parts import Part, opened_by, said
from agreements.services import stepping
from agreements.services.holding import hold, pack_beside
from core import audit, notify
from core.audit import history
from core.policy import Finding, plain, require, written
from core.stale import Difference, Stale

HOLDER = "经办人"  # the label under which a case that was handed over differs


@transaction.atomic
def return_agreement(
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    opinion: str = "",
    remarks: Mapping[str, str] | None = None,
    version: int | None = None,
    corrections: int | None = None,
    holder: int | None = None,
    paper: stepping.OnPaper | None = None,
) -> Agreement:
    """Send a submitted agreement back to be mended, with a remark on each part concerned, and tell its sender.

    `remarks` holds the words by part: what is remarked on the institution may change, and nothing else; with a general
    `opinion` alone all of it is open. It stays the case of who sent it back, if it was nobody's. `version`,
    `corrections` and `holder` are what the reviewer saw, as for filing: raises Stale. Raises Refused (E-STATE, E-OPINION).
    """
    agreement = hold(agreement)
    refuse_unread(agreement, by=by, version=version, corrections=corrections, holder=holder)
    pack = agreement.pack or pack_beside(agreement.registration)
    status = AgreementStatus(agreement.status)
    for_whom = stepping.in_place_of(agreement, by=by, on=on)
    remarked, note = {Part(part): words for part, words in written(remarks).items()}, opinion.strip()
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.RETURNED),
        stepping.by_another(agreement, by=by) if paper is None else None,
        None if remarked or note else plain("E-OPINION", "退回须写明意见，说明需要补正的内容。", article="四（二）"),
    )
    if approval := stepping.begin(agreement, pack):
        words = note or "、".join(part.label for part in remarked)
        stepping.take(approval, by=by, passed=False, on=on, opinion=words, paper=paper)
    correction = Correction.objects.create(
        agreement=agreement,
        number=agreement.corrections.count() + 1,
        note=note,
        said=said(agreement),
        version=agreement.version,
        returned_by=by,
    )
    in_order = [(part, remarked[part]) for part in Part if part in remarked]
    Remark.objects.bulk_create(Remark(correction=correction, part=part, words=words) for part, words in in_order)
    CaseHolder.objects.get_or_create(agreement=agreement, defaults={"officer": by})
    agreement.status = AgreementStatus.RETURNED
    agreement.return_opinion = "\n".join(
        [*(f"{part.label}：{words}" for part, words in in_order), *filter(None, [note])]
    )
    agreement.save(update_fields=["status", "return_opinion"])
    event = audit.record(
        "agreement.returned",
        agreement,
        by=by,
        before={"status": status},
        after={"status": agreement.status, **for_whom},
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


# --- while it is mended -----------------------------------------------------------------------------------------------


def remarks_on(agreement: Agreement) -> list[Remark]:
    """What is to be mended now, in the order of the parts; nothing unless it stands sent back with remarks."""
    if agreement.status != AgreementStatus.RETURNED:
        return []
    last = agreement.corrections.last()
    order = list(Part)
    return sorted(last.remarks.all(), key=lambda remark: order.index(Part(remark.part))) if last else []


def open_fields(agreement: Agreement) -> frozenset[str]:
    """What the institution may change of it as it stands: all of a draft, of what was sent back what was remarked on."""
    return opened_by([remark.part for remark in remarks_on(agreement)])


def beyond_the_remarks(agreement: Agreement, changed: Collection[str]) -> Finding | None:
    """What of a change the bureau has not asked for; `changed` names fields of the agreement, `signatures` or `scan`."""
    return of_review.only_what_was_remarked(changed=changed, remarked=[remark.part for remark in remarks_on(agreement)])


def require_open(agreement: Agreement, part: str) -> None:
    """Raise Refused: E-STATE for what the bureau has before it or has filed, E-REMARKED for what it did not send back."""
    entry = pack_beside(agreement.registration).entry("E-STATE")
    require(
        rules.may_edit(entry, status=AgreementStatus(agreement.status)) or beyond_the_remarks(agreement, [part]),
    )


# --- when it comes back -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mended:
    """One part before and after: what the bureau had read of it, what it says now, and the remark on it, if any."""

    part: Part
    before: str
    now: str
    remark: str = ""

    @property
    def is_changed(self) -> bool:
        return self.before != self.now


def mended(agreement: Agreement, *, since: Correction | None) -> list[Mended]:
    """What changed since it was sent back that time, and what was remarked on and did not change."""
    if since is None:
        return []
    now = said(agreement)
    remarks = {remark.part: remark.words for remark in since.remarks.all()}
    parts = [Mended(part, since.said.get(part, ""), now[part], remarks.get(part, "")) for part in Part]
    return [one for one in parts if one.is_changed or one.remark]


def unmended(agreement: Agreement) -> list[Part] | None:
    """What was remarked on, the last time it was sent back, and is as it was; where nothing was remarked on, no part
    while it is as it was as a whole. None: nothing that was sent back is left as it was, or it never was sent back."""
    since = next(reversed(agreement.corrections.all()), None)
    if since is None:
        return None
    parts = mended(agreement, since=since)
    same = [one.part for one in parts if one.remark and not one.is_changed]
    return None if not same and any(one.is_changed for one in parts) else same


def refuse_unread(
    agreement: Agreement, *, by: Membership, version: int | None, corrections: int | None, holder: int | None
) -> None:
    """Raise Stale, with what was changed, for a decision on something else than what was looked at, or on a case that
    was given to another officer meanwhile: whoever goes on from the page that says so knows it.

    A corrected scan leaves the version as it was: so it is also told apart by how often it had been sent back. `holder`
    is the officer whose case it was, 0 nobody. None is an act without a page before it.
    """
    moved = _handed_over(agreement, by=by, seen=holder)
    as_read = version in (None, agreement.version)
    if as_read and corrections is None and not moved:
        return
    rounds = list(agreement.corrections.all())
    if not as_read or corrections not in (None, len(rounds)):
        changed = _changed(agreement, rounds, version=version, corrections=corrections)
    elif moved:
        changed = []
    else:
        return
    last = history(agreement).last()
    raise Stale(last.hat if last else "他人", last.at if last else None, [*moved, *changed])


def _changed(
    agreement: Agreement, rounds: list[Correction], *, version: int | None, corrections: int | None
) -> list[Difference]:
    """What it says otherwise than it did to who looked at it; that it was sent back, where it came as it was."""
    if corrections is None:
        seen = next((one for one in rounds if one.version == version), None)
    else:
        seen = rounds[corrections] if corrections < len(rounds) else None
    differences = [
        Difference(one.part.label, one.now, one.before) for one in mended(agreement, since=seen) if one.is_changed
    ]
    if differences or corrections is None or seen is None:
        return differences
    times = f"已退回{corrections}次" if corrections else "未退回"
    return [Difference("退回补正", f"已退回{len(rounds)}次，内容没有修改", times)]


def _handed_over(agreement: Agreement, *, by: Membership, seen: int | None) -> list[Difference]:
    """Whose case it is, where that is neither who it was when looked at nor who decides."""
    if seen is None:
        return []
    now = CaseHolder.objects.filter(agreement=agreement).select_related("officer__person").first()
    if (now.officer_id if now else 0) in (seen, by.pk):
        return []
    before = Membership.objects.filter(pk=seen, organization=by.organization_id).select_related("person").first()
    return [Difference(HOLDER, now and now.officer.person, before and before.person)]

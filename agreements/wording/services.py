"""Writing the words of the agreement: from the last version to a draft, and in steps of two people to the text in force."""

from datetime import date

from django.db import transaction
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Membership
from agreements.enums import TextStatus
from agreements.models import AgreementText
from agreements.wording import rules
from agreements.wording.clauses import Wording
from agreements.wording.comparing import Change, changes
from core import approvals, audit, notify, pdf
from core.models import Approval, PolicyPack
from core.notify import wearers
from core.policy import Finding, Refused, plain, require
from core.stale import Difference, Stale

ACT = "text.activate"
LIKE = "pack.activate"  # the steps of a plan hold for its words, where a pack was stored before these had their own
SUBSIDY = "W-TEXT-SUBSIDY"
LABELS = dict(Role.choices)
MOST_NOTE = 200


def is_prepared(text: AgreementText) -> bool:
    """Whether it is a draft in somebody's hands, and not before the next step."""
    return text.is_draft and approvals.running(ACT, text) is None


def waiting() -> set[int]:
    """The keys of the texts that are before somebody."""
    return {*Approval.objects.filter(act=ACT, closed_at=None).values_list("target_id", flat=True)}


def base_for(year: int) -> AgreementText | None:
    """What a draft for that year begins with: its own newest version, else that of the last year before it."""
    return AgreementText.objects.once_in_force().filter(year__lte=year).order_by("year", "version").last()


def years_to_draft(*, on: date) -> list[int]:
    """This year and the next, as far as nobody is drafting for them."""
    drafted = set(AgreementText.objects.filter(status=TextStatus.DRAFT).values_list("year", flat=True))
    return [year for year in (on.year, on.year + 1) if year not in drafted]


@transaction.atomic
def begin(year: int, *, by: Membership, on: date) -> AgreementText:
    """Begin the next version of a year as a copy of the last. Raises Refused (E-STATE) beside a draft, or for another year."""
    base = base_for(year) if year in (on.year, on.year + 1) else None
    if base is None:
        raise Refused([plain("E-STATE", f"可起草{on.year}年度或{on.year + 1}年度的文本。", field="year")])
    # A twin that begins at the same time waits here, and then finds this one's draft.
    AgreementText.objects.select_for_update(of=("self",), no_key=True).get(pk=base.pk)
    if draft := AgreementText.objects.filter(year=year, status=TextStatus.DRAFT).first():
        raise Refused([plain("E-STATE", f"{draft}正在起草，请在该草稿上修改。", field="year")])
    last = AgreementText.objects.filter(year=year).order_by("version").last()
    text = AgreementText.objects.create(
        year=year,
        version=last.version + 1 if last else 1,
        opening=base.opening,
        clauses=base.clauses,
        based_on=base,
        created_by=by,
    )
    audit.record("text.drafted", text, by=by, after={"based_on": base})
    return text


@transaction.atomic
def revise(text: AgreementText, *, by: Membership, edits: int, wording: Wording, on: date) -> AgreementText:
    """Set what a draft says. `edits` is the count its form was opened with: raises Stale with the differences otherwise.

    Raises Refused for what could never be printed (E-TEXT, E-AMOUNT, E-FONT) and once it is before somebody or in force
    (E-STATE). What it still lacks may come later: `propose` asks for it.
    """
    text = _held(text)
    _require_prepared(text)
    if text.edits != edits:
        last = audit.history(text).last()
        raise Stale(last.hat if last else "他人", last.at if last else None, _differences(text.wording, wording))
    require(*impossible(wording, on=on))
    changed = changes(text.wording, wording)
    if not changed:
        return text
    text.opening, text.clauses = wording.opening, [clause.as_json() for clause in wording.clauses]
    text.edits += 1
    text.save(update_fields=["opening", "clauses", "edits"])
    audit.record("text.edited", text, by=by, before=_told(changed, "old"), after=_told(changed, "new"))
    return text


def impossible(wording: Wording, *, on: date) -> list[Finding]:
    """Everything for which it could not be printed, or not be this programme's agreement."""
    entry = PolicyPack.in_force(on=on).entry("E-AMOUNT")
    shape = rules.is_in_shape(wording)
    found = [
        *shape,
        *([] if any(one.facts.get("field") == "condition" for one in shape) else rules.can_be_filled(wording)),
        *[rules.names_no_figure(entry, place) for place in rules.places(wording)],
        *[_without_font(place) for place in rules.places(wording)],
    ]
    return [finding for finding in found if finding]


def warned(wording: Wording, *, on: date) -> list[Finding]:
    """What may be put in force on a written reason alone."""
    entry = PolicyPack.in_force(on=on).entry_or_warn(SUBSIDY, "六（二）")
    found = [rules.promises_no_subsidy_directly(entry, place) for place in rules.places(wording)]
    return [finding for finding in found if finding]


def _without_font(place: rules.Place) -> Finding | None:
    finding = pdf.unprintable(place.clause.heading + place.clause.text)
    if finding is None:
        return None
    return plain(finding.code, f"{place.words}：{finding.message}", clause=place.number, field="text")


def _differences(theirs: Wording, yours: Wording) -> list[Difference]:
    return [
        Difference(change.title, _words(change, "old") or "（没有这一条）", _words(change, "new") or "（没有这一条）")
        for change in changes(theirs, yours)
    ]


def _told(changed: list[Change], side: str) -> dict[str, str]:
    return {change.title: _words(change, side) for change in changed}


def _words(change: Change, side: str) -> str:
    one = change.old if side == "old" else change.new
    if one is None:
        return ""
    head = [one.title] if change.old and change.new and change.old.title != change.new.title else []
    head += [f"仅{one.condition}"] if one.condition else []
    text = "".join(run.text for run in one.runs)
    return f"{'，'.join(head)}：{text}" if head else text


@transaction.atomic
def discard(text: AgreementText, *, by: Membership) -> None:
    """Throw a draft away; its number is free again. Raises Refused (E-STATE) once it is before somebody or in force."""
    text = _held(text)
    _require_prepared(text)
    audit.record("text.discarded", text, by=by, before={"year": text.year, "version": text.version})
    text.delete()


@transaction.atomic
def propose(text: AgreementText, *, by: Membership, on: date, note: str = "") -> AgreementText:
    """Bring a draft before the next step and tell who takes it; the proposer takes the first.

    Raises Refused: E-TEXT for what every agreement must say and this one does not, E-STATE for what is not prepared or
    says what its year says already, W-TEXT-SUBSIDY for what `warned` tells unless the note says why.
    """
    text = _held(text)
    _require_prepared(text)
    base = text.based_on
    assert base
    require(
        *impossible(text.wording, on=on),
        *rules.says_what_it_must(text.wording),
        *warned(text.wording, on=on),
        plain("E-STATE", f"草稿与{base}没有不同，请先修改。")
        if base.year == text.year and not changes(base.wording, text.wording)
        else None,
        overrides={SUBSIDY: note},
    )
    text.note = note.strip()
    text.save(update_fields=["note"])
    approval = approvals.open_approval(ACT, text, pack=PolicyPack.in_force(on=on), like=LIKE)
    audit.record("text.proposed", text, by=by, after={"note": text.note} if text.note else {})
    if approvals.take_step(approval, by=by, passed=True, on=on, labels=LABELS):
        _bring_into_force(text, by=by, opinion="")  # where the plan collapses the steps into one
        return text
    deciders = Membership.objects.active(on=on).filter(role=approval.steps[1]).select_related("person")
    notify.tell(
        wearers(deciders),
        occasion=f"text-{text.pk}-proposed-{approval.pk}",
        subject=f"请审定{text}",
        body=f"{by.person.name}提交了{text}，启用后，服务自{text.year}年度开始的协议打印时采用新的文本。{text.note}",
        link=text.get_absolute_url(),
    )
    return text


@transaction.atomic
def decide(text: AgreementText, *, by: Membership, on: date, passed: bool, opinion: str = "") -> AgreementText:
    """Take the next step; with the last one the text is in force in the place of its year's former, and never changes.

    What was printed before keeps its words. A return needs its reason (E-OPINION) and gives the draft back. Raises
    Refused (E-STATE) where nothing waits for a decision, E-STEP where it waits for another.
    """
    text = _held(text)
    approval = approvals.running(ACT, text)
    if approval is None:
        raise Refused([plain("E-STATE", "该文本没有正在进行的审定。")])
    if not passed and not opinion.strip():
        raise Refused([plain("E-OPINION", "退回须写明意见，说明需要修改的内容。", field="opinion")])
    closed = approvals.take_step(approval, by=by, passed=passed, on=on, opinion=opinion.strip(), labels=LABELS)
    if not passed:
        audit.record("text.returned", text, by=by, reason=opinion.strip())
    elif closed:
        _bring_into_force(text, by=by, opinion=opinion.strip())
    return text


def _bring_into_force(text: AgreementText, *, by: Membership, opinion: str) -> None:
    moment = now()
    former = AgreementText.objects.filter(year=text.year, status=TextStatus.IN_FORCE).first()
    if former:
        former.status, former.replaced_at = TextStatus.REPLACED, moment
        former.save(update_fields=["status", "replaced_at"])
        audit.record("text.replaced", former, by=by, after={"status": former.status})
    text.status, text.in_force_at = TextStatus.IN_FORCE, moment
    text.save(update_fields=["status", "in_force_at"])
    audit.record("text.activated", text, by=by, after={"status": text.status}, reason=opinion)


def _held(text: AgreementText) -> AgreementText:
    """The text, read anew under its lock: of a save and a proposal at the same moment one comes first."""
    held = AgreementText.objects.select_for_update(of=("self",)).select_related("based_on").filter(pk=text.pk).first()
    if held is None:
        raise Refused([plain("E-STATE", "该草稿已被删除，请从文本列表重新起草。")])
    return held


def _require_prepared(text: AgreementText) -> None:
    if not is_prepared(text):
        raise Refused([plain("E-STATE", "该文本已提交审定或已启用，不能修改。请起草新版本，或退回后修改。")])

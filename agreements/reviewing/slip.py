"""签批单 of filings: who decided what when, as the platform knows it, and empty lines for who signs on paper.

For a batch as for one: steps that several cases took in the same words stand in one line with their number.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from accounts.enums import Role
from accounts.models import Membership
from agreements.documents import category, dispatcher
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.services.stepping import ACT, OnPaper, steps_of, wrong_with
from core import approvals, files, pdf
from core.enums import PaperKind
from core.jinja import cdate
from core.models import Approval, Override
from core.policy import Refused, plain, require

MOST = 200  # cases of one slip: what one person can have looked through
LABELS = dict(Role.choices)
BY_HAND = ("经办人", "处室负责人", "分管领导")  # where the pack asks for no steps
SHOWN = (AgreementStatus.SUBMITTED, *AgreementStatus.once_filed)
RELATED = (
    "specialist", "registration", "team", "institution__organization", "host__organization", "pack", "filed_by__person",
)  # fmt: skip


class Line(NamedTuple):
    """One step as it was taken: its day first, so that lines sort by it."""

    on: date
    opinion: str
    who: str
    document: str


def slip_of(wanted: Collection[int], *, by: Membership) -> list[Agreement]:
    """The cases of a slip, by their submission. Raises Refused: E-BATCH for none or too many, E-STATE for others."""
    require(
        None if wanted else plain("E-BATCH", "请选择列入签批单的协议。", article="四（二）"),
        plain("E-BATCH", f"一张签批单最多列{MOST}件，请分几张。", article="四（二）") if len(wanted) > MOST else None,
    )
    rows = Agreement.objects.visible_to(by).filter(pk__in=wanted, status__in=SHOWN, is_past=False)
    found = list(rows.select_related(*RELATED).order_by("submitted_on", "pk"))
    if len(found) < len({*wanted}):
        raise Refused([plain("E-STATE", "只有待审核和已备案的协议可以列入签批单。", article="四（二）")])
    return found


def waiting_for_paper(by: Membership) -> QuerySet[Agreement]:
    """The cases whose next step somebody without an account takes on paper, and this hat records."""
    waiting = [
        approvals.waiting_for(ACT, role) for role, one in approvals.ON_PAPER.items() if by.role in one.recorded_by
    ]
    ids = [pk for pks in waiting for pk in pks]
    return Agreement.objects.visible_to(by).filter(pk__in=ids, status=AgreementStatus.SUBMITTED)


@transaction.atomic
def paper_of(given: Mapping[str, Any], *, by: Membership, on: date) -> OnPaper:
    """What was typed of a 签批单, with its scan kept once for all its cases. Raises Refused: E-FILE-…, E-FIELD."""
    scan = files.receive(given["scan"], by=by, purpose="approval-scan")
    paper = OnPaper(PaperKind(given["kind"]), given["number"], given["decided_on"], scan)
    require(*wrong_with(paper, on=on))
    return paper


def slip_pdf(agreements: Sequence[Agreement], *, on: date) -> bytes:
    """Raises Refused when a character is in no font of this machine, and core.pdf.Unavailable without any."""
    return pdf.render("papers/filing_slip.html", slip_context(agreements, on=on))


def slip_context(agreements: Sequence[Agreement], *, on: date) -> dict[str, Any]:
    rounds = _rounds(agreements)
    asked = [rounds[one.pk].steps if one.pk in rounds else steps_of(one.pack) if one.pack else [] for one in agreements]
    days = sorted({one.submitted_on for one in agreements if one.submitted_on})
    units = dict.fromkeys(dispatcher(one).name for one in agreements)
    return {
        "agreements": [(one, dispatcher(one), category(one)) for one in agreements],
        "units": list(units),
        "days": days,
        "filed": sum(one.status in AgreementStatus.once_filed for one in agreements),
        "exceptions": _exceptions(agreements),
        "steps": _steps(asked, agreements, rounds),
        "is_recorded": any(role in approvals.ON_PAPER for steps in asked for role in steps),
        "on": on,
    }


def _rounds(agreements: Sequence[Agreement]) -> dict[int, Approval]:
    """The round of steps of each that counts: the last one that was not sent back."""
    rounds = Approval.objects.filter(
        act=ACT, target_type=Agreement._meta.label, target_id__in=[one.pk for one in agreements]
    )
    ended = rounds.exclude(outcome__in=["returned", "withdrawn"]).prefetch_related("taken__by").order_by("pk")
    return {one.target_id: one for one in ended}


def _steps(
    asked: Sequence[Sequence[str]], agreements: Sequence[Agreement], rounds: Mapping[int, Approval]
) -> list[tuple[str, list[str]]]:
    """(office, what it decided, in lines) in the order in which they decide; `asked` are the steps of each."""
    roles = max(asked, key=len)
    lines: dict[str, Counter[Line]] = {role: Counter() for role in roles or BY_HAND}
    for one in agreements:
        if one.pk in rounds:
            for step in rounds[one.pk].taken.all():
                who = approvals.ON_PAPER[step.role].label if step.paper else str(step.by)
                line = Line(step.decided_on, step.opinion or "同意", who, step.document_number)
                lines.setdefault(step.role, Counter())[line] += 1
        elif one.filed_on and one.filed_by:  # in one act, without steps
            first = next(iter(lines))
            lines[first][Line(one.filed_on, "同意备案", str(one.filed_by.person), "")] += 1
    many = len(agreements)
    return [
        (
            role if role in BY_HAND else approvals.role_label(role, labels=LABELS),
            [_in_words(line, count, of=many) for line, count in sorted(taken.items())],
        )
        for role, taken in lines.items()
    ]


def _in_words(line: Line, count: int, *, of: int) -> str:
    words = [line.opinion, line.who, cdate(line.on), *([line.document] if line.document else [])]
    return "　".join(words) + (f"（{count}件）" if of > 1 else "")


def _exceptions(agreements: Sequence[Agreement]) -> list[tuple[str, str, str]]:
    """(which, what a rule said, the reason given) of every case that passed with one."""
    names = {one.pk: f"{one}（{one.specialist}）" for one in agreements}
    rows = Override.objects.filter(target_type=Agreement._meta.label, target_id__in=names).order_by("target_id", "pk")
    return [(names[row.target_id], row.message, row.reason) for row in rows]

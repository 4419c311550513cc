"""Decisions take steps: which act takes which steps is in the pack, and nobody takes two of them.

A step whose role has no account (分管领导) is taken on paper: an officer prints the 签批单, and records from what comes
back its kind, number, day and scan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.db.models import CharField, Count, F, Func, IntegerField, Model, QuerySet
from django.db.models.functions import Cast
from django.utils.timezone import now

from core import audit
from core.enums import PaperKind
from core.jinja import cdate
from core.models import Approval, ApprovalStep, PolicyPack, StoredFile, label_of
from core.policy import Finding, Refused, cites, plain


class RoleHat(audit.Hat, Protocol):
    @property
    def role(self) -> str: ...


@dataclass(frozen=True)
class OnPaper:
    """Somebody who decides without an account, and whose hats record what was decided."""

    label: str
    recorded_by: frozenset[str]


# Codes that a pack may name beside those of accounts.enums.Role.
ON_PAPER = {"bureau_leader": OnPaper("分管领导", frozenset({"bureau_officer"}))}


@dataclass(frozen=True)
class Paper:
    """What a step is recorded from. `number` is 签批单号, 会议纪要号 or 文号."""

    kind: PaperKind
    number: str
    scan: StoredFile


@dataclass(frozen=True)
class Taken:
    """A step already taken: by whom (user id) and in which role."""

    by: int
    role: str


@cites("E-STEP", "R25", "R30", constraint="nobody_takes_two_steps")
def may_take_step(
    *,
    next_role: str | None,
    role: str,
    person: int,
    taken: list[Taken],
    labels: dict[str, str],
    on_paper: bool = False,
) -> Finding | None:
    """Decisions take their steps in order, each by the role the pack names, and nobody takes two steps of one act.

    A step of somebody without an account is recorded from paper, which is no decision of the recorder's.
    """
    if next_role is None:
        return plain("E-STATE", "该事项的审批步骤已全部办结，不能执行此操作。")
    if leader := ON_PAPER.get(next_role):
        if not on_paper:
            return plain("E-STEP", f"当前应由{leader.label}签批，请打印签批单，签批后据纸面登记这一步。")
        if role not in leader.recorded_by:
            who = "、".join(labels.get(one, one) for one in sorted(leader.recorded_by))
            return plain("E-STEP", f"{leader.label}的签批由{who}据纸面登记，您的身份不能办理这一步。")
        return None
    if on_paper:
        return plain("E-STEP", f"当前应由{labels.get(next_role, next_role)}在平台办理，不能据纸面登记。")
    if role != next_role:
        return plain("E-STEP", f"当前应由{labels.get(next_role, next_role)}办理，您的身份不能办理这一步。")
    if any(step.by == person for step in taken):
        return plain("E-STEP", "同一事项的两个审批步骤不能由同一人办理，请由其他人员办理这一步。")
    return None


def open_approval(
    act: str, target: Model, *, pack: PolicyPack, instead: Mapping[str, str] | None = None, like: str = ""
) -> Approval:
    """Start the steps of an act as the pack orders them; `instead` names who stands in for a role that is not there.

    A pack that was stored before there was this act has it take the steps of the one that it is `like`.
    """
    ordered = pack.setting("approvals")
    steps = [(instead or {}).get(role, role) for role in ordered[act if act in ordered else like]]
    return Approval.objects.create(act=act, steps=steps, **label_of(target))


def call_off(approval: Approval) -> None:
    """End an act that its author has withdrawn. Lock the target first."""
    approval.closed_at, approval.outcome = now(), "withdrawn"
    approval.save(update_fields=["closed_at", "outcome"])


def running(act: str, target: Model) -> Approval | None:
    """The open approval of a record, with its taken steps at hand."""
    return Approval.objects.filter(act=act, closed_at=None, **label_of(target)).prefetch_related("taken__by").first()


def waiting_for(act: str, role: str) -> QuerySet[Approval, int]:
    """The ids of the records whose running approval has its next step with this role."""
    nth = Func(F("steps"), Cast(Count("taken"), IntegerField()), template="(%(expressions)s)", arg_joiner=" ->> ")
    running_ones = Approval.objects.filter(act=act, closed_at=None).alias(next=Cast(nth, CharField()))
    return running_ones.filter(next=role).values_list("target_id", flat=True)


def next_role(approval: Approval) -> str | None:
    taken = len(approval.taken.all())
    return approval.steps[taken] if taken < len(approval.steps) else None


def waits_for_paper(approval: Approval | None) -> bool:
    """Whether the next step is somebody's without an account."""
    return approval is not None and next_role(approval) in ON_PAPER


def role_label(role: str, *, labels: dict[str, str]) -> str:
    return ON_PAPER[role].label if role in ON_PAPER else labels.get(role, role)


def shown(approval: Approval, *, labels: dict[str, str]) -> list[dict[str, Any]]:
    """The steps for components/progress.html: who took them and what is next."""
    taken = [*approval.taken.all()]
    steps: list[dict[str, Any]] = []
    for place, role in enumerate(approval.steps):
        step: dict[str, Any] = {"role": role_label(role, labels=labels), "state": "next"}
        if place < len(taken):
            one = taken[place]
            step |= {"state": "done" if one.passed else "returned", "by": one.hat, "when": cdate(one.decided_on)}
            step |= {"opinion": one.opinion, "document": one.document_number}
            if one.paper:
                step |= {"paper": one.get_paper_display(), "scan": one.scan_id, "id": one.pk}
        elif place == len(taken) and approval.closed_at is None:
            step["state"] = "now"
        steps.append(step)
    return steps


def take_step(
    approval: Approval,
    *,
    by: RoleHat,
    passed: bool,
    on: date,
    opinion: str = "",
    document_number: str = "",
    paper: Paper | None = None,
    labels: dict[str, str],
) -> bool:
    """Take the next step; returns True when the act is decided by it (the last step, or a return).

    With `paper` the step is recorded for who took it there, and `on` is the day on the paper. Raises Refused when the
    step is not this role's or this person's to take, or to record. Lock the target first.
    """
    approval = Approval.objects.select_for_update().prefetch_related("taken").get(pk=approval.pk)
    there = [*approval.taken.all()]
    upcoming = None if approval.closed_at else next_role(approval)
    finding = may_take_step(
        next_role=upcoming,
        role=by.role,
        person=by.person.pk,
        taken=[Taken(step.by_id, step.role) for step in there if not step.paper],
        labels=labels,
        on_paper=paper is not None,
    )
    if finding:
        raise Refused([finding])
    assert upcoming
    if paper and there and on < there[-1].decided_on:
        day = cdate(there[-1].decided_on)
        raise Refused([plain("E-FIELD", f"签批日期不能早于上一步办理的日期（{day}）。", field="decided_on")])
    ApprovalStep.objects.create(
        approval=approval,
        order=len(there) + 1,
        role=upcoming,
        by=by.person,
        hat=f"{ON_PAPER[upcoming].label}（据纸面登记：{by}）" if paper else str(by),
        passed=passed,
        opinion=opinion,
        document_number=paper.number if paper else document_number,
        paper=paper.kind if paper else "",
        scan=paper.scan if paper else None,
        decided_on=on,
    )
    if passed and len(there) + 1 < len(approval.steps):
        return False
    approval.closed_at, approval.outcome = now(), "passed" if passed else "returned"
    approval.save(update_fields=["closed_at", "outcome"])
    return True

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.models import Membership
from core import approvals
from core.models import Approval, ApprovalStep
from core.policy import Refused
from tests.cast import MAY_18, Season, member
from tests.hands import during

LABELS = dict(Role.choices)


def started(season: Season) -> Approval:
    return approvals.open_approval("registration.approve", season.u1, pack=season.pack)


def take(approval: Approval, by: Membership, *, passed: bool = True) -> bool:
    return approvals.take_step(approval, by=by, passed=passed, on=MAY_18, opinion="同意", labels=LABELS)


def codes(approval: Approval, by: Membership) -> list[str]:
    with pytest.raises(Refused) as refusal:
        take(approval, by)
    return [finding.code for finding in refusal.value.findings]


def test_an_act_is_decided_by_its_last_step(season: Season) -> None:
    approval = started(season)

    assert take(approval, season.officer) is False
    assert take(approval, season.head) is True
    approval.refresh_from_db()
    assert approval.outcome == "passed"
    assert [step.hat for step in approval.taken.all()] == [str(season.officer), str(season.head)]


def test_a_return_decides_at_once(season: Season) -> None:
    approval = started(season)

    assert take(approval, season.officer, passed=False) is True
    approval.refresh_from_db()
    assert approval.outcome == "returned"
    assert codes(approval, season.head) == ["E-STATE"]


def test_a_step_is_the_named_roles_to_take(season: Season) -> None:
    approval = started(season)

    assert codes(approval, season.head) == ["E-STEP"]
    assert codes(approval, season.clerk) == ["E-STEP"]


def test_nobody_takes_two_steps_even_under_another_hat(season: Season) -> None:
    approval = started(season)
    take(approval, season.officer)
    second_hat = Membership.objects.create(
        person=season.officer.person, organization=season.officer.organization, role=Role.DIVISION_HEAD, since=MAY_18
    )

    with pytest.raises(Refused, match="不能由同一人办理"):
        take(approval, second_hat)


def test_the_database_refuses_two_steps_of_one_person(season: Season) -> None:
    approval = started(season)
    take(approval, season.officer)

    with pytest.raises(IntegrityError, match="nobody_takes_two_steps"), transaction.atomic():
        ApprovalStep.objects.create(
            approval=approval, order=2, role="division_head", by=season.officer.person, hat="x", passed=True,
            decided_on=MAY_18,
        )  # fmt: skip


def test_one_step_is_taken_once(season: Season) -> None:
    approval = started(season)
    take(approval, season.officer)

    with pytest.raises(IntegrityError, match="approval_step_taken_once"), transaction.atomic():
        ApprovalStep.objects.create(
            approval=approval, order=1, role="bureau_officer", by=season.head.person, hat="x", passed=True,
            decided_on=MAY_18,
        )  # fmt: skip


def test_one_approval_of_an_act_runs_at_a_time(season: Season) -> None:
    started(season)

    with pytest.raises(IntegrityError, match="one_open_approval_per_act"), transaction.atomic():
        started(season)


def test_an_approval_closes_with_its_outcome(season: Season) -> None:
    approval = started(season)

    with pytest.raises(IntegrityError, match="approval_closed_with_its_outcome"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(outcome="passed")


def test_two_officers_deciding_at_once_take_one_step(lasting_season: Season) -> None:
    approval = started(lasting_season)
    other = member("钟科员", Role.BUREAU_OFFICER, lasting_season.bureau, "zhong")

    def decide() -> None:
        with transaction.atomic():
            take(approval, other)

    assert during(lambda: take(approval, lasting_season.officer), decide) == "E-STEP"

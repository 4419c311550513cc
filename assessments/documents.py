"""考核结果证明: what the person shows for promotion and titles (R33)."""

from assessments.models import Assessment
from core.jinja import amounts, cdate
from core.pdf import render


def certificate_pdf(assessment: Assessment) -> bytes:
    """The result of one year on one page; the same result gives the same bytes. ID number masked."""
    evidence = {"visits": 0, "days": 0, "goal_visits": 0, "trainings": 0, "trained": 0, **assessment.evidence}
    goal = amounts((evidence["goal_visits"], "（年度目标{}次）"))
    training = amounts((evidence["trainings"], "{}场"), (evidence["trained"], "{}人"))
    return render(
        "papers/assessment.html",
        {
            "assessment": assessment,
            "person": assessment.specialist,
            "facts": [
                ("姓　　名", assessment.specialist.name),
                ("证件号码", assessment.specialist.id_masked),
                ("派出单位", assessment.institution or "市科技局直接聘请"),
                ("特派员类别", f"{assessment.registration.get_category_display()}科技特派员"),
                ("服务单位", "、".join(dict.fromkeys(one["host"] for one in evidence.get("agreements", [])))),
                ("服务次数", f"{evidence['visits']}次{goal}"),
                ("服务天数", f"{evidence['days']}天"),
                *([("组织培训", training)] if training else []),
                ("考核等次", assessment.get_grade_display()),
            ],
            "day": cdate(assessment.decided_on),
        },
    )

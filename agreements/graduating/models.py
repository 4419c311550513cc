from django.db import models

from agreements.onward.models import OnwardDecision, decided_with_an_opinion


class GraduationDecision(OnwardDecision):
    """The bureau's word on one agreement and one expected graduation."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="graduations")
    graduates_on = models.DateField("预计毕业日期")  # as it stood: another day is another question

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "graduates_on"],
                name="one_decision_of_a_graduation",
                violation_error_message="该协议毕业后的安排已经办理。",
            ),
            decided_with_an_opinion("graduation_decided_with_an_opinion", "毕业后的安排须写明意见。"),
        ]

    def __str__(self) -> str:
        return "继续服务" if self.continues else "毕业终止"

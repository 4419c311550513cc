from django.db import models
from django.db.models import Q

from agreements.onward.models import OnwardDecision, decided_with_an_opinion, only_an_end_is_taken_back


class GraduationDecision(OnwardDecision):
    """The bureau's word on one agreement and one expected graduation."""

    question = "毕业安排"

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="graduations")
    graduates_on = models.DateField("预计毕业日期")  # as it stood: another day is another question

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "graduates_on"],
                condition=Q(taken_back_on=None),
                name="one_decision_of_a_graduation",
                violation_error_message="该协议毕业后的安排已经办理。",
            ),
            decided_with_an_opinion("graduation_decided_with_an_opinion", "毕业后的安排须写明意见。"),
            only_an_end_is_taken_back("graduation_end_taken_back"),
        ]

    def __str__(self) -> str:
        return "继续服务" if self.continues else "毕业终止（已撤销）" if self.taken_back_on else "毕业终止"

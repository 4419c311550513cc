from django.db import models
from django.db.models import Q

from agreements.onward.models import OnwardDecision, decided_with_an_opinion, only_an_end_is_taken_back
from specialists.models import Departure


class DepartureDecision(OnwardDecision):
    """The bureau's word on one agreement whose specialist leaves the institution."""

    question = "离职后的安排"

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="departures")
    departure = models.ForeignKey(Departure, models.PROTECT, related_name="decisions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "departure"],
                condition=Q(taken_back_on=None),
                name="one_decision_of_a_departure",
                violation_error_message="该协议已按离职登记办理。",
            ),
            decided_with_an_opinion("departure_decided_with_an_opinion", "办理离职后的协议须写明意见。"),
            only_an_end_is_taken_back("departure_end_taken_back"),
        ]

    def __str__(self) -> str:
        return "离职后继续服务" if self.continues else "离职终止（已撤销）" if self.taken_back_on else "离职终止"

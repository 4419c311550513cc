"""Doors for Celery."""

from accounts import services
from accounts.models import Invitation
from core import outbox


@outbox.effect
def send_invitation(*, invitation_id: int) -> None:
    # Accepted or withdrawn since is not an error.
    invitation = Invitation.objects.select_related("organization").filter(pk=invitation_id, accepted_at=None).first()
    if invitation:
        services.send_invitation(invitation)

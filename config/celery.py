"""The Celery application: worker and beat are started by config.launch."""

import os
import warnings
from typing import Any

from celery import Celery, signals
from celery.exceptions import SecurityWarning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A bare machine may have no other user than root; nothing but JSON is accepted, so a message cannot bring code.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def refuse_a_role_with_too_many_rights(**_: Any) -> None:
    from core.roles import refuse_wrong_role  # the apps are loaded by now, not when this module is imported

    refuse_wrong_role()

"""The Celery application: worker and beat are started by config.launch."""

import os
import signal
import threading
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


@signals.worker_shutting_down.connect
def end_in_time(**_: Any) -> None:
    """Where config.launch set a limit, what has not ended by then is killed with its whole group.

    A polite stop waits for the pool, and the pool for a child that may be telling a parent who no longer listens: with
    the launcher gone, nobody would be left to end them. A task that is cut short is asked for again.
    """
    if seconds := os.environ.get("STOP_WITHIN"):
        limit = threading.Timer(float(seconds), lambda: os.killpg(os.getpgrp(), signal.SIGKILL))
        limit.daemon = True
        limit.start()

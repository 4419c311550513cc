"""Celery carries ids, never results: what happened stands in the database."""

import os

from celery.schedules import crontab

from config.embedded import addresses
from config.settings.environment import DATA_DIR, PRODUCTION, required

REDIS_URL = required("REDIS_URL") if PRODUCTION else os.environ.get("REDIS_URL", addresses(DATA_DIR)["REDIS_URL"])

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}  # longer than the longest task
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # a worker that is killed leaves its task to another; effects stand to be asked twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"

# Without Redis a demonstration still works: tasks then run where they are called.
CELERY_TASK_ALWAYS_EAGER = os.environ.get("CELERY_EAGER") == "1"

# A daily run takes the JobRun slot of its day or leaves, so two beats do nothing twice. It is asked for every hour
# from its hour on: a machine that was off then, or a run that was cut short, makes up for it within the hour.
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "core.tasks.relay", "schedule": 3.0, "options": {"expires": 3}},
    "end-agreements": {"task": "agreements.tasks.end_agreements", "schedule": crontab(minute="2")},
    "check-quotas": {"task": "agreements.tasks.check_quotas", "schedule": crontab(hour="2-23", minute="10")},
    "check-ledger": {"task": "funding.tasks.check_ledger", "schedule": crontab(hour="1-23", minute="40")},
    "check-files": {"task": "desk.tasks.check_files", "schedule": crontab(hour="1-23", minute="50")},
    "sweep-files": {"task": "core.tasks.sweep_files", "schedule": crontab(hour="3-23", minute="20")},
    "forget-access": {"task": "accounts.tasks.forget", "schedule": crontab(hour="3-23", minute="30")},
    "remind-of-flags": {
        "task": "accounts.tasks.remind_of_flags",
        "schedule": crontab(month_of_year="1", hour="8-23", minute="15"),
    },
    "forget-signing-links": {
        "task": "agreements.tasks.forget_signing_links",
        "schedule": crontab(hour="3-23", minute="50"),
    },
    "forget-links": {"task": "visits.tasks.forget", "schedule": crontab(hour="3-23", minute="35")},
    "remind-expiring": {"task": "agreements.tasks.remind_expiring", "schedule": crontab(hour="8-23", minute="5")},
    "remind-of-archives": {
        "task": "agreements.tasks.remind_of_archives",
        "schedule": crontab(hour="8-23", minute="25"),
    },
}

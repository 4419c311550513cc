"""Settings of the tests: as a demonstration, only faster, and nothing leaves the process."""

import os

os.environ.pop("PRODUCTION", None)  # before the settings look at it

from config.settings import *
from config.settings import MEDIA_ROOT, MIDDLEWARE, PAGE_CACHE, REST_FRAMEWORK, STORAGES

SECRET_KEY = "tests"
# Of processes that test side by side each has its own files: what one sweeps away as nobody's is another's.
MEDIA_ROOT = MEDIA_ROOT / os.environ.get("PYTEST_XDIST_WORKER", "alone")
PAGE_CACHE = PAGE_CACHE / os.environ.get("PYTEST_XDIST_WORKER", "alone")
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # no collectstatic first
MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")  # warns of a missing STATIC_ROOT; live_server serves
REST_FRAMEWORK["DEFAULT_THROTTLE_CLASSES"] = []  # a test of every address asks more often than a person may
PUBLIC_COUNTER = ""  # each test counts for itself, and cache.clear() forgets it
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True

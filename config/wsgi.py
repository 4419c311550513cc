"""The web server's entry (granian, or any WSGI server)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402  likewise

from core.roles import refuse_wrong_role  # noqa: E402  needs the apps, which the line above has loaded

refuse_wrong_role()
# Every page is loaded before the first is asked for. What is loaded stays: half a million objects, which the collector
# would else walk through in the middle of every few requests.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
# Nearly all that a request makes is gone with it, without the collector, which would look for cycles in each of them.
gc.set_threshold(10_000)

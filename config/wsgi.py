"""The web server's entry (granian, or any WSGI server)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from core.roles import refuse_wrong_role  # noqa: E402  needs the apps, which the line above has loaded

refuse_wrong_role()

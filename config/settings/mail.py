"""Mail leaves by SMTP in production; a demonstration keeps it where its own page shows it."""

import os
from urllib.parse import urlsplit

from config.settings.environment import PRODUCTION, required

# Where links in mails, papers and QR codes lead.
BASE_URL = required("BASE_URL") if PRODUCTION else os.environ.get("BASE_URL", "http://127.0.0.1:8000")
MAIL_DOMAIN = os.environ.get("MAIL_DOMAIN") or urlsplit(BASE_URL).hostname or "localhost"

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if PRODUCTION else "core.mailbox.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS") == "1"
EMAIL_TIMEOUT = 10
EMAIL_SUBJECT_PREFIX = "[科技特派员] "
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"noreply@{MAIL_DOMAIN}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

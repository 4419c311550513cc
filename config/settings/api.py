"""The API under /api/v1/: closed unless a view opens it, described by OpenAPI."""

import os
from datetime import timedelta

from config.settings.celery import REDIS_URL

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.HatTokenAuthentication",  # first, so that a stranger is told 401 and how to come in
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "accounts.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "accounts.api.answer_errors",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": "60/min",
        "user": "1200/min",
        "public": os.environ.get("PUBLIC_RATE", "60/min"),  # core.public
    },
    # Whose address is counted: without a proxy a header that anybody may send says nothing.
    "NUM_PROXIES": 1 if os.environ.get("BEHIND_PROXY") == "1" else 0,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

KNOX_TOKEN_MODEL = "accounts.ApiToken"
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "AUTO_REFRESH": False}

SPECTACULAR_SETTINGS = {
    "TITLE": "科技特派员综合服务平台",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "core.described.in_chinese"],
    "ENUM_NAME_OVERRIDES": {
        "VisitModeEnum": "visits.enums.Mode",
        "RosterModeEnum": "desk.enums.Mode",
        "CategoryEnum": "specialists.enums.Category",
        "PaperKindEnum": "core.enums.PaperKind",
        "DepartureKindEnum": "specialists.enums.DepartureKind",
        "AmendmentReasonEnum": "agreements.enums.AmendmentReason",
        "AgreementStatusEnum": "agreements.enums.AgreementStatus",
        "TextStatusEnum": "agreements.enums.TextStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    # Opened one by one: to draw hundreds of operations at once takes a browser half a minute.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none"},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

PUBLIC_COUNTER = REDIS_URL  # where core.public counts over all web processes; empty: each for itself

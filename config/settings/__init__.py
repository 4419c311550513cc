"""Settings, cut by subject. The environment decides between demonstration (the default) and PRODUCTION=1."""

from config.settings.environment import *  # noqa: F403
from config.settings.base import *  # noqa: F403
from config.settings.database import *  # noqa: F403
from config.settings.security import *  # noqa: F403
from config.settings.files import *  # noqa: F403
from config.settings.celery import *  # noqa: F403
from config.settings.api import *  # noqa: F403
from config.settings.i18n import *  # noqa: F403
from config.settings.mail import *  # noqa: F403
from config.settings.logging import *  # noqa: F403

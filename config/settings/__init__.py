"""Settings, cut by subject. The environment decides between demonstration (the default) and PRODUCTION=1."""

from config.settings.environment import *
from config.settings.base import *
from config.settings.database import *
from config.settings.security import *
from config.settings.files import *
from config.settings.celery import *
from config.settings.api import *
from config.settings.i18n import *
from config.settings.mail import *
from config.settings.logging import *

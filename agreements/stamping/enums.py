from enum import nonmember

from django.db import models


class SheetStatus(models.TextChoices):
    PRINTED = "printed", "待盖章"
    STAMPED = "stamped", "已盖章"
    CALLED_OFF = "called_off", "已撤销"  # its number stays with it

    tones = nonmember({"printed": "wait", "stamped": "ok", "called_off": "ended"})

from enum import nonmember

from django.db import models


class Retention(models.TextChoices):
    """保管期限, by its code in the 档号 (DA/T 22—2015, 5.4)."""

    PERMANENT = "Y", "永久"
    THIRTY = "D30", "30年"
    TEN = "D10", "10年"

    longest_first = nonmember(("Y", "D30", "D10"))  # the order of the directory, too

from django.db import models


class PrintForm(models.TextChoices):
    """How a season's contracts are handed out."""

    ONE_FILE = "pdf", "一个打印文件（带目录，可一次打印）"
    ZIP = "zip", "压缩包（每份协议一个文件）"

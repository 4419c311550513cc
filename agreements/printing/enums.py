from django.db import models


class PrintForm(models.TextChoices):
    """How a season's contracts are handed out."""

    ONE_FILE = "pdf", "一个打印文件（带目录，可一次打印）"
    ZIP = "zip", "压缩包（每份协议一个文件）"


class Purpose(models.TextChoices):
    """What is printed: contracts to be signed, or the papers of records put together for a meeting."""

    CONTRACTS = "contracts", "待签署的协议书"
    PAPERS = "papers", "协议材料合并"

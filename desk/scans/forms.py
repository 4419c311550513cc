"""What is typed into the pages of the scans; a form writes nothing."""

from django import forms
from django.conf import settings

from agreements.scanning.forms import MOST, Files
from core.files import MEGABYTE
from core.forms import Form
from desk.enums import ScanOutcome


class FolderForm(Form):
    scans = Files(
        kinds=("pdf", "jpg", "jpeg", "png", "zip"),
        label="扫描件",
        help_text=f"一个压缩包（不超过{settings.MAX_ARCHIVE // MEGABYTE} MB），或不超过{MOST}个PDF、JPG、PNG文件",
        error_messages={"required": "请选择扫描件或压缩包。"},
    )


class OutcomeForm(Form):
    outcome = forms.ChoiceField(label="结果", choices=[("", "全部"), *ScanOutcome.choices], required=False)

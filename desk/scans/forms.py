"""What is typed into the pages of the scans; a form writes nothing."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from core.files import MEGABYTE
from core.forms import Form
from desk.enums import ScanOutcome

MOST = settings.DATA_UPLOAD_MAX_NUMBER_FILES


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """One file or several; each is judged by core.files when it is attached."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(Files, self).clean(one, initial) for one in given if one is not None] or super().clean(None)


class FolderForm(Form):
    scans = Files(
        label="扫描件",
        help_text=f"一个压缩包（不超过{settings.MAX_ARCHIVE // MEGABYTE} MB），或不超过{MOST}个PDF、JPG、PNG文件",
        error_messages={"required": "请选择扫描件或压缩包。", "empty": "文件“%(name)s”是空的，请重新选择。"},
    )


class OutcomeForm(Form):
    outcome = forms.ChoiceField(label="结果", choices=[("", "全部"), *ScanOutcome.choices], required=False)

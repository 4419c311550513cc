"""What is typed and dropped into the pages of scans; a form writes nothing."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from agreements.scanning.enums import Outcome
from core.files import MEGABYTE
from core.forms import Form, Whole

MOST = settings.DATA_UPLOAD_MAX_NUMBER_FILES
KINDS = ("pdf", "jpg", "jpeg", "png", "heic", "heif", "zip")


class UploadInput(forms.FileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """One file or several; each is judged by core.files when its turn comes."""

    widget = UploadInput

    def __init__(self, *, kinds: tuple[str, ...] = KINDS, joined: bool = False, **kwargs: Any) -> None:
        """`joined`: several requests of one drop make one batch, by what PartForm reads."""
        super().__init__(allow_empty_file=True, **kwargs)
        self.widget.attrs.update(
            {
                "accept": ",".join(f".{kind}" for kind in kinds),
                "data-most": settings.MAX_ARCHIVE,
                "data-total": settings.MAX_ARCHIVE,  # of one request: what is more goes in several
                "data-many": MOST,
                **({"data-joined": ""} if joined else {}),
            }
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(Files, self).clean(one, initial) for one in given if one is not None] or super().clean(None)


class PartForm(Form):
    """What the browser adds to each request of a drop that it parted."""

    batch = Whole(label="批次", required=False, min_value=1, max_value=2_147_483_647, widget=forms.HiddenInput)
    more = Whole(label="其余文件", required=False, min_value=0, max_value=MOST, widget=forms.HiddenInput)


class DropForm(Form):
    scans = Files(
        label="签署后的扫描件",
        help_text=f"不超过{MOST}个PDF、JPG、PNG或HEIC文件，或一个不超过{settings.MAX_ARCHIVE // MEGABYTE} MB的压缩包；"
        "可以拖到这里，文件多的自动分几次上传，仍是一批",
        error_messages={"required": "请选择扫描件或压缩包。"},
        joined=True,
    )


class OutcomeForm(Form):
    outcome = forms.ChoiceField(label="结果", choices=[("", "全部"), *Outcome.choices], required=False)

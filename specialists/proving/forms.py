from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.forms import choice
from core.files import hint
from core.forms import Form, Line, Upload
from specialists.models import TeamMember


class EvidenceForm(Form):
    """One more file; in a team it says of which student."""

    member = forms.ChoiceField(label="研究生")
    title = Line(label="材料名称", max_length=60, help_text="如导师推荐意见、论文首页、专利证书")
    file = Upload(label="文件")

    def __init__(self, *args: Any, students: Sequence[TeamMember] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = hint()
        if students is None:
            del self.fields["member"]
        else:
            choice(self, "member").choices = [(str(one.pk), one.specialist.name) for one in students]

from typing import Any

from core.files import hint
from core.forms import Form, Line, Text, Upload, VerdictForm


class MoveForm(Form):
    wished = Line(label="拟改派单位", max_length=100, help_text="单位全称")
    note = Text(label="改派原因", max_length=500, rows=3, help_text="如原派驻单位停产、项目终止")
    evidence = Upload(label="证明材料")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].help_text = f"三方同意终止的意见、原单位说明等，{hint()}"


class MoveDecisionForm(VerdictForm):
    passes, returns = "同意改派", "不同意"

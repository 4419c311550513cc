from typing import Any

from core.files import hint
from core.forms import DateField, Form, Line, Upload


class StampForm(Form):
    scan = Upload(label="盖章件", kinds=("pdf", "jpg", "jpeg", "png", "heic", "heif"))
    stamped_on = DateField(label="盖章日期")
    reason = Line(label="更换原因", required=False, help_text="已有盖章件的，更换须写明原因；原来的盖章件保留")

    def __init__(self, *args: Any, replaces: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scan"].help_text = f"盖章后的汇总表，各页须完整、带二维码；{hint(('pdf', 'jpg', 'png', 'heic'))}"
        if not replaces:
            del self.fields["reason"]


class CallOffForm(Form):
    reason = Line(label="撤销原因", help_text="如漏列、单位名称有误")

from core.forms import Form, Line

# The same words whichever of the two is wrong, and for a number that never was.
NOT_FOUND = "没有查到备案号和校验码都相符的备案证明，请核对后重新输入。"


class CheckForm(Form):
    """What stands on a certificate, for whoever has no camera at hand."""

    number = Line(label="备案号", max_length=40, help_text="印在备案证明正文上方，例如 SJZ-KTP-2026-0001")
    code = Line(label="校验码", max_length=40, help_text="印在二维码旁，共12位，横线可以不填")

from core.forms import Form, Text


class PrepareForm(Form):
    note = Text(
        label="情况说明",
        required=False,
        max_length=1000,
        help_text="写入备考表：哪些材料缺少、原因，或其他需要说明的情况",
    )

from core.forms import Form, Line, Text


class VoidForm(Form):
    reason = Text(label="作废原因", max_length=500, rows=3, help_text="如备案单位有误、重复备案")
    document_number = Line(label="依据文号", max_length=60, required=False)

from core.forms import Form, Text


class AbandonForm(Form):
    reason = Text(label="放弃原因", max_length=500, rows=3, help_text="如派驻单位不同意签署、人员另有安排")

from core.forms import DateField, Form, Line, Text


class SuspensionForm(Form):
    from_on = DateField(label="暂停日期", help_text="自这一天起不能签约、登记服务")
    until_on = DateField(label="暂停至", required=False, help_text="含这一天；不填则到市科技局办理恢复为止")
    reason = Text(label="暂停原因", max_length=300, rows=3, help_text="派出单位和本人可以看到，派驻单位看不到")
    document_number = Line(label="依据文号", max_length=100, required=False)


class ResumptionForm(Form):
    resumed_on = DateField(label="恢复日期", help_text="自这一天起可以签约、登记服务")
    reason = Text(label="恢复原因", max_length=300, rows=3)

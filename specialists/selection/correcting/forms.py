from core.forms import DateField, Form, Line, Text, Upload, VerdictForm


class CorrectionForm(Form):
    document_number = Line(label="文号", max_length=60, help_text="如：石科〔2026〕12号")
    announced_on = DateField(label="成文日期")
    scan = Upload(label="公布文件", required=False, help_text="扫描件有误的，上传正确的扫描件；不选的，仍用现在的文件")
    reason = Text(label="更正原因", max_length=500, rows=3, help_text="写明原来登记错在哪里，审核人会看到这段话")


class CorrectionDecisionForm(VerdictForm):
    ids = "correction_%s"
    passes, returns = "同意更正", "不同意"

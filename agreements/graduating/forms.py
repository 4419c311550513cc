from agreements.onward.forms import OnwardForm
from core.forms import Text


class GraduationForm(OnwardForm):
    opinion = Text(label="意见", max_length=500, rows=2, help_text="毕业去向、与派驻单位商定的安排")

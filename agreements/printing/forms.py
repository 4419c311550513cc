from django import forms

from agreements.printing.enums import PrintForm
from core.forms import Form


class PrintSeasonForm(Form):
    form = forms.ChoiceField(
        label="形式", choices=PrintForm.choices, initial=PrintForm.ONE_FILE, widget=forms.RadioSelect
    )

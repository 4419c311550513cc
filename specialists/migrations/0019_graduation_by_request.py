"""When a selected student graduates may be asked to be changed, as the other details are."""

from django.db import migrations, models

FIELDS = [
    ("name", "姓名"),
    ("id_number", "身份证号"),
    ("bank_account", "银行账号"),
    ("mobile", "手机号"),
    ("email", "邮箱"),
    ("graduates_on", "预计毕业日期"),
]


class Migration(migrations.Migration):
    dependencies = [("specialists", "0018_titles_as_written")]
    operations = [
        migrations.AlterField("changerequest", "field", models.CharField("变更事项", max_length=20, choices=FIELDS)),
    ]

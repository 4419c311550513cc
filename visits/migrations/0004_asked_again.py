"""The host is sent its link anew when somebody asks for it, once a day for a visit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0003_wrong_codes_in_all"),
    ]

    operations = [
        migrations.AddField(
            model_name="confirmationlink",
            name="asked_on",
            field=models.DateField(blank=True, null=True, verbose_name="申请重新发送的日期"),
        ),
        migrations.AddConstraint(
            model_name="confirmationlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("asked_on__isnull", False)),
                fields=("visit", "asked_on"),
                name="confirmation_asked_again_once_a_day",
                violation_error_message="确认链接每天只能重新发送一次。",
            ),
        ),
    ]

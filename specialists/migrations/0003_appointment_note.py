"""The bureau writes why it appoints somebody directly (R28); the check is added without holding the table."""

import django.contrib.postgres.operations
from django.db import migrations, models

NAME = "nominated_registration_states_no_appointment"


class Migration(migrations.Migration):
    dependencies = [("specialists", "0002_teams")]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="appointment_note",
            field=models.TextField(blank=True, default="", verbose_name="聘请理由"),
            preserve_default=False,
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="registration",
            constraint=models.CheckConstraint(
                name=NAME,
                condition=models.Q(("origin", "direct_appointment"), ("appointment_note", ""), _connector="OR"),
                violation_error_message="只有市科技局直接聘请的登记写明聘请理由（工作方案四（三））。",
            ),
        ),
    ]

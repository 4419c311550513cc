"""A unit that was entered twice leads on to the one it was merged into."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_initials")]

    operations = [
        migrations.AddField(
            "organization",
            "merged_into",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absorbed",
                to="accounts.organization",
                verbose_name="并入",
            ),
        ),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="unit_is_not_merged_into_itself",
                violation_error_message="单位不能并入自身。",
            ),
        ),
    ]

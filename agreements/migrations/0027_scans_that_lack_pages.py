"""Which pages of the printed paper a scan does not have."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0026_archive_packages_that_failed"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementscan",
            name="lacks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                db_default=[],
                default=list,
                size=None,
                verbose_name="缺页",
            ),
        ),
    ]

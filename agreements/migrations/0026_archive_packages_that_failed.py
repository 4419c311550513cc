"""A package of an archive that could not be made says why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0025_archiving"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="archivepackage",
            name="archive_package_made_at_its_time",
        ),
        migrations.AddField(
            model_name="archivepackage",
            name="trouble",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddConstraint(
            model_name="archivepackage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("made_at", None), ("path", ""), ("trouble", "")),
                    models.Q(
                        ("made_at__isnull", False),
                        models.Q(
                            models.Q(models.Q(("path", ""), _negated=True), ("trouble", "")),
                            models.Q(("path", ""), models.Q(("trouble", ""), _negated=True)),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="archive_package_made_at_its_time",
                violation_error_message="归档压缩包须记录生成时间。",
            ),
        ),
    ]

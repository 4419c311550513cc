"""A drop that no single request could carry is one batch: what came behind the first request, and how long more is
waited for."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("agreements", "0029_second_text")]

    operations = [
        migrations.AddField(
            model_name="scanbatch",
            name="open_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="scanbatch",
            constraint=models.CheckConstraint(
                name="paired_scans_are_whole",
                condition=Q(paired_at=None) | Q(open_until=None),
                violation_error_message="已配对的一批不能再加文件。",
            ),
        ),
        migrations.CreateModel(
            name="ScanPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begins", models.PositiveIntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="agreements.scanbatch"
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="core.storedfile"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["batch", "begins"], name="scan_part_begins_alone_in_a_batch")
                ],
            },
        ),
    ]

"""A season of contracts at once: runs of printing and the parts that workers lay out."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0013_scanning"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrintRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "form",
                    models.CharField(
                        choices=[("pdf", "一个打印文件（带目录，可一次打印）"), ("zip", "压缩包（每份协议一个文件）")],
                        max_length=5,
                        verbose_name="形式",
                    ),
                ),
                ("papers", models.PositiveIntegerField(verbose_name="协议书（份）")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("path", models.CharField(blank=True, max_length=200)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="办理人",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PrintPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("agreements", models.JSONField()),
                ("told", models.JSONField(default=list)),
                ("path", models.CharField(blank=True, max_length=200)),
                ("is_done", models.BooleanField(default=False)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="agreements.printrun"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="printrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("path", ""), ("made_at__isnull", False), _connector="OR"),
                name="print_file_made_at_its_time",
                violation_error_message="打印文件须记录生成时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="printpart",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="print_part_stands_once_in_a_run"),
        ),
    ]

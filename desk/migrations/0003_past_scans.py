"""Folders of scans of past agreements, and what became of each file."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_initials"),
        ("agreements", "0004_past"),
        ("core", "0006_looks"),
        ("desk", "0002_past"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScanFolder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                ("files", models.PositiveIntegerField(verbose_name="文件数")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="已处理")),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="core.storedfile", verbose_name="文件"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="上传人",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScanFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "待处理"),
                            ("attached", "已附上"),
                            ("unknown", "没有对应的协议"),
                            ("several", "对应几份协议"),
                            ("has_one", "已有扫描件"),
                            ("same", "文件已用过"),
                            ("refused", "不能接收"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "agreement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "folder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="desk.scanfolder"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="scanfolder",
            constraint=models.CheckConstraint(
                condition=models.Q(("done__lte", models.F("files"))),
                name="no_more_scans_done_than_there_are",
                violation_error_message="已处理的文件不能多于文件总数。",
            ),
        ),
        migrations.AddIndex(
            model_name="scanfile",
            index=models.Index(fields=["folder", "outcome", "id"], name="scans_by_outcome"),
        ),
        migrations.AddConstraint(
            model_name="scanfile",
            constraint=models.UniqueConstraint(fields=("folder", "place"), name="scan_stands_once_in_a_folder"),
        ),
        migrations.AddConstraint(
            model_name="scanfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "attached"), _negated=True), ("agreement__isnull", False), _connector="OR"
                ),
                name="scan_attached_to_an_agreement",
                violation_error_message="已附上的扫描件须有对应的协议。",
            ),
        ),
    ]

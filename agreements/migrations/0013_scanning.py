"""Scans that find their own agreements: batches, their files, and the pages of each agreement in them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0012_renewing"),
        ("core", "0009_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementpaper",
            name="pages",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="页数"),
        ),
        migrations.CreateModel(
            name="ScanBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                ("files", models.PositiveIntegerField(verbose_name="文件数")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="已处理")),
                ("paired_at", models.DateTimeField(blank=True, null=True)),
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
            name="ScannedFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                (
                    "reading",
                    models.CharField(
                        choices=[("waiting", "待识别"), ("read", "已识别"), ("refused", "不能接收")],
                        default="waiting",
                        max_length=10,
                        verbose_name="识别",
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("pages", models.JSONField(default=list)),
                ("named", models.JSONField(default=list)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="agreements.scanbatch"
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="core.storedfile"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScanPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
                ("pages", models.JSONField(default=list)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "正在附上"),
                            ("attached", "已附上"),
                            ("unpaired", "待人工配对"),
                            ("incomplete", "页数不全"),
                            ("again", "已有扫描件"),
                            ("old_version", "旧版协议书"),
                            ("same", "文件已用过"),
                            ("foreign", "非本单位协议"),
                            ("closed", "不能再附"),
                            ("refused", "不能接收"),
                            ("set_aside", "不附"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="结果",
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("notes", models.JSONField(default=list)),
                (
                    "agreement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="scan_pieces",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pieces", to="agreements.scanbatch"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pieces", to="agreements.scannedfile"
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="agreements.agreementpaper",
                    ),
                ),
                (
                    "scan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="agreements.agreementscan",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="scanbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("done__lte", models.F("files"))),
                name="no_more_scans_read_than_there_are",
                violation_error_message="已识别的文件不能多于文件总数。",
            ),
        ),
        migrations.AddIndex(
            model_name="scannedfile",
            index=models.Index(fields=["batch", "reading", "id"], name="scanned_files_by_reading"),
        ),
        migrations.AddConstraint(
            model_name="scannedfile",
            constraint=models.UniqueConstraint(fields=("batch", "place"), name="scanned_file_stands_once_in_a_batch"),
        ),
        migrations.AddConstraint(
            model_name="scannedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("file__isnull", False), ("reading", "read")),
                    models.Q(models.Q(("reading", "read"), _negated=True), ("file", None)),
                    _connector="OR",
                ),
                name="scanned_file_read_with_its_bytes",
                violation_error_message="已识别的文件须保存原件。",
            ),
        ),
        migrations.AddIndex(
            model_name="scanpiece",
            index=models.Index(fields=["batch", "outcome", "id"], name="scan_pieces_by_outcome"),
        ),
        migrations.AddConstraint(
            model_name="scanpiece",
            constraint=models.UniqueConstraint(fields=("file", "place"), name="scan_piece_stands_once_in_a_file"),
        ),
        migrations.AddConstraint(
            model_name="scanpiece",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreement__isnull", False), ("outcome", "attached"), ("scan__isnull", False)),
                    models.Q(models.Q(("outcome", "attached"), _negated=True), ("scan", None)),
                    _connector="OR",
                ),
                name="scan_piece_attached_with_its_scan",
                violation_error_message="已附上的扫描件须有对应的协议和扫描件版本。",
            ),
        ),
    ]

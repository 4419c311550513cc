"""备案汇总表: sheets of what was filed, their papers, the scans of the stamped ones, and the proofs that name them."""

import django.db.models.deletion
from django.db import migrations, models

# `refuse_change` comes from core.
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON {table};
GRANT UPDATE, DELETE ON {table} TO app;
"""
KEPT = ["agreements_filingsheetpaper", "agreements_filingsheetstamp", "agreements_certificateedition"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0020_appointing"),
        ("core", "0010_forgotten_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="FilingSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="版本")),
                (
                    "status",
                    models.CharField(
                        choices=[("printed", "待盖章"), ("stamped", "已盖章"), ("called_off", "已撤销")],
                        default="printed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_on", models.DateField(verbose_name="制表日期")),
                ("called_off_on", models.DateField(blank=True, null=True, verbose_name="撤销日期")),
                ("called_off_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
                (
                    "called_off_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "institution",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.institution",
                        verbose_name="派出单位",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="制表人",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FilingSheetLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "agreement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sheet_line",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="agreements.filingsheet"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FilingSheetStamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="次数")),
                ("stamped_on", models.DateField(verbose_name="盖章日期")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="更换原因")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="办理人",
                    ),
                ),
                (
                    "scan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="core.storedfile", verbose_name="盖章件"
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stamps", to="agreements.filingsheet"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.AddField(
            model_name="filingsheet",
            name="stamp",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agreements.filingsheetstamp",
                verbose_name="盖章件",
            ),
        ),
        migrations.CreateModel(
            name="CertificateEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issued_at", models.DateTimeField(auto_now_add=True)),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="agreements.filingcertificate",
                    ),
                ),
                ("file", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="core.storedfile")),
                (
                    "stamp",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agreements.filingsheetstamp"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="FilingSheetPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("token", models.CharField(max_length=32, unique=True)),
                ("rows", models.JSONField(verbose_name="内容")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("file", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="core.storedfile")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="agreements.filingsheet"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sheet", "version"), name="one_paper_per_version_of_a_sheet")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="filingsheetstamp",
            constraint=models.UniqueConstraint(
                fields=("sheet", "number"),
                name="stamps_of_a_sheet_are_counted",
                violation_error_message="这张备案汇总表的盖章件已由他人登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="filingsheetstamp",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", 1), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="another_stamp_has_a_reason",
                violation_error_message="更换盖章件须写明原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="filingsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stamp__isnull", False), ("status", "stamped")),
                    models.Q(models.Q(("status", "stamped"), _negated=True), ("stamp", None)),
                    _connector="OR",
                ),
                name="sheet_stamped_with_its_scan",
                violation_error_message="已盖章的备案汇总表须有盖章扫描件。",
            ),
        ),
        migrations.AddConstraint(
            model_name="filingsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("called_off_by__isnull", False),
                        ("called_off_on__isnull", False),
                        ("status", "called_off"),
                        models.Q(("called_off_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status", "called_off"), _negated=True),
                        ("called_off_by", None),
                        ("called_off_on", None),
                        ("called_off_reason", ""),
                    ),
                    _connector="OR",
                ),
                name="sheet_called_off_with_its_reason",
                violation_error_message="撤销备案汇总表须同时有日期、办理人和原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="filingsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("called_off_on", None), ("called_off_on__gte", models.F("made_on")), _connector="OR"
                ),
                name="sheet_called_off_after_it_was_made",
                violation_error_message="撤销日期不能早于制表日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificateedition",
            constraint=models.UniqueConstraint(
                fields=("certificate", "stamp"),
                name="one_certificate_per_stamp",
                violation_error_message="这份备案证明已按该盖章件出具。",
            ),
        ),
        *(migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_BACK.format(table=table)) for table in KEPT),
    ]

"""Saved views of lists, and lists written into workbooks."""

import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("list", models.CharField(max_length=30, verbose_name="列表")),
                ("fields", models.JSONField(verbose_name="导出列")),
                ("conditions", models.JSONField(verbose_name="筛选条件")),
                ("rows", models.PositiveIntegerField(verbose_name="记录数")),
                ("done", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="保留至")),
                ("path", models.CharField(blank=True, max_length=200)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="导出人",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListExportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("records", models.JSONField(verbose_name="编号")),
                ("path", models.CharField(blank=True, max_length=200)),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="accounts.listexport"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("bureau_admin", "市科技局管理员"),
                            ("bureau_officer", "市科技局经办"),
                            ("division_head", "处室负责人"),
                            ("county_officer", "县（市、区）经办"),
                            ("finance", "财务监督"),
                            ("auditor", "审计"),
                            ("institution_admin", "派出单位管理员"),
                            ("institution_clerk", "派出单位经办"),
                            ("host_contact", "派驻单位联系人"),
                            ("specialist", "科技特派员"),
                        ],
                        max_length=30,
                    ),
                ),
                ("fields", models.JSONField(default=list, verbose_name="导出列")),
                ("list", models.CharField(max_length=30, verbose_name="列表")),
                ("name", models.CharField(max_length=20, verbose_name="名称")),
                ("query", models.CharField(blank=True, max_length=1000)),
                ("words", models.JSONField(default=dict)),
                (
                    "shared_with",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("bureau_admin", "市科技局管理员"),
                            ("bureau_officer", "市科技局经办"),
                            ("division_head", "处室负责人"),
                            ("county_officer", "县（市、区）经办"),
                            ("finance", "财务监督"),
                            ("auditor", "审计"),
                            ("institution_admin", "派出单位管理员"),
                            ("institution_clerk", "派出单位经办"),
                            ("host_contact", "派驻单位联系人"),
                            ("specialist", "科技特派员"),
                        ],
                        max_length=30,
                        verbose_name="共用范围",
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("saved_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_views",
                        to="accounts.membership",
                        verbose_name="保存人",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StartView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(blank=True, max_length=30)),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="start_views",
                        to="accounts.membership",
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="starts", to="accounts.savedview"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="listexport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("path", ""), models.Q(("expires_on__isnull", False), ("made_at__isnull", False)), _connector="OR"
                ),
                name="export_file_has_its_time_and_last_day",
                violation_error_message="导出文件须有生成时间和保留期限。",
            ),
        ),
        migrations.AddConstraint(
            model_name="listexportpart",
            constraint=models.UniqueConstraint(
                fields=("export", "number"),
                name="export_part_stands_once",
                violation_error_message="这一部分已经登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                fields=("owner", "list", "name"),
                name="view_name_once_in_a_list",
                violation_error_message="这个列表已有同名的视图。",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                fields=("owner", "list", "place"),
                name="view_has_a_place_of_its_own",
                violation_error_message="视图的次序已变化，请刷新后重试。",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("place__gte", 1), ("place__lte", 20)),
                name="views_of_a_list_are_few",
                violation_error_message="每个列表最多保存20个视图。",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shared_with", ""),
                    ("shared_with", models.F("role")),
                    ("role__in", ("bureau_admin", "bureau_officer", "division_head")),
                    _connector="OR",
                ),
                name="view_shared_with_own_role_or_by_the_bureau",
                violation_error_message="视图只能与本单位相同身份的人员共用。",
            ),
        ),
        migrations.AddConstraint(
            model_name="startview",
            constraint=models.UniqueConstraint(
                fields=("membership", "place"),
                name="one_start_for_each_place",
                violation_error_message="起始页已另行设置。",
            ),
        ),
    ]

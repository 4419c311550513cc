"""Past agreements: which institution a row names, and what is reconciled with whom."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_districts"),
        ("desk", "0001_rosters"),
    ]

    operations = [
        migrations.AddField(
            model_name="rosterrow",
            name="institution",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.institution",
            ),
        ),
        migrations.AlterField(
            model_name="rosterbatch",
            name="kind",
            field=models.CharField(
                choices=[
                    ("people", "个人名单"),
                    ("teams", "团队名单"),
                    ("provincial", "省级名单"),
                    ("past", "历史协议"),
                ],
                max_length=12,
                verbose_name="名单类型",
            ),
        ),
        migrations.AlterField(
            model_name="rosterheading",
            name="kind",
            field=models.CharField(
                choices=[
                    ("people", "个人名单"),
                    ("teams", "团队名单"),
                    ("provincial", "省级名单"),
                    ("past", "历史协议"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reconciliations",
                        to="desk.rosterbatch",
                    ),
                ),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.institution",
                        verbose_name="派出单位",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "institution"),
                        name="reconciled_once_with_a_unit",
                        violation_error_message="一份历史协议表与一个派出单位只核对一次。",
                    )
                ],
            },
        ),
    ]

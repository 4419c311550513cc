"""What the bureau decides on the agreements of who left the institution."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0010_signing"),
        ("specialists", "0012_departures"),
    ]

    operations = [
        migrations.AlterField(
            model_name="agreement",
            name="termination_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unqualified", "考核不合格"),
                    ("agreed", "三方协商提前终止"),
                    ("graduated", "在校研究生毕业"),
                    ("provincial", "列入省级科技特派员"),
                    ("left", "科技特派员离开派出单位"),
                    ("past", "平台启用前终止"),
                ],
                max_length=20,
                verbose_name="终止原因",
            ),
        ),
        migrations.CreateModel(
            name="DepartureDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("continues", models.BooleanField(verbose_name="继续服务")),
                ("opinion", models.TextField(verbose_name="意见")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("decided_on", models.DateField(verbose_name="办理日期")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="办理人",
                    ),
                ),
                (
                    "departure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="specialists.departure",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agreement", "departure"),
                        name="one_decision_of_a_departure",
                        violation_error_message="该协议已按离职登记办理。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opinion", ""), _negated=True),
                        name="departure_decided_with_an_opinion",
                        violation_error_message="办理离职后的协议须写明意见。",
                    ),
                ],
            },
        ),
    ]

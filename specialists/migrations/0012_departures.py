"""离职、调出: that a person left the institution is a fact of its own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("specialists", "0011_merged_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("resigned", "离职"),
                            ("transferred", "调出"),
                            ("retired", "退休"),
                            ("other", "其他原因离开"),
                        ],
                        max_length=12,
                        verbose_name="离开方式",
                    ),
                ),
                ("left_on", models.DateField(verbose_name="离开日期")),
                ("reason", models.CharField(max_length=300, verbose_name="情况说明")),
                ("registered_at", models.DateTimeField(auto_now_add=True, verbose_name="登记时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.institution",
                        verbose_name="派出单位",
                    ),
                ),
                (
                    "registered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="登记人",
                    ),
                ),
                (
                    "specialist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to="specialists.specialist",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="撤销人",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["institution", "-id"], name="departures_of_a_unit")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("specialist", "institution"),
                        name="one_standing_departure_from_a_unit",
                        violation_error_message="已登记此人离开本单位。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="departure_says_why",
                        violation_error_message="登记离职或调出须写明情况。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="departure_withdrawn_by_and_at",
                        violation_error_message="撤销登记须同时记录撤销人和时间。",
                    ),
                ],
            },
        ),
    ]

"""Two that look like one and were found to be two."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("desk", "0005_merged_people"),
        ("specialists", "0011_merged_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dismissal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("alike", models.JSONField(verbose_name="相近之处")),
                ("facts", models.JSONField(verbose_name="已核对的内容")),
                ("reason", models.CharField(max_length=300, verbose_name="认定理由")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="认定时间")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="认定人",
                    ),
                ),
                (
                    "other_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="specialists.specialist",
                        verbose_name="另一人员",
                    ),
                ),
                (
                    "other_unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                        verbose_name="另一单位",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="specialists.specialist",
                        verbose_name="人员",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="撤销人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("other_unit__isnull", False),
                                ("unit__isnull", False),
                                ("unit__lt", models.F("other_unit")),
                                ("other_person", None),
                                ("person", None),
                            ),
                            models.Q(
                                ("other_person__isnull", False),
                                ("person__isnull", False),
                                ("person__lt", models.F("other_person")),
                                ("other_unit", None),
                                ("unit", None),
                            ),
                            _connector="OR",
                        ),
                        name="dismissal_is_of_one_pair",
                        violation_error_message="每次认定两个单位，或者两条人员记录。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="dismissal_has_a_reason",
                        violation_error_message="认定不是同一单位或同一人须写明理由。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_at", None), ("undone_by", None)),
                            models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="dismissal_undone_by_and_at",
                        violation_error_message="撤销认定须同时记录撤销人和时间。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None), ("unit__isnull", False)),
                        fields=("unit", "other_unit"),
                        name="pair_of_units_dismissed_once",
                        violation_error_message="这两个单位已认定不是同一单位。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("person__isnull", False), ("undone_at", None)),
                        fields=("person", "other_person"),
                        name="pair_of_people_dismissed_once",
                        violation_error_message="这两条记录已认定不是同一人。",
                    ),
                ],
            },
        ),
    ]

"""What was merged of people is kept as it was done."""

import django.db.models.deletion
from django.db import migrations, models

# `refuse_change` comes from core.
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON desk_personmerge FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON desk_personmerge FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = """
DROP TRIGGER append_only ON desk_personmerge;
GRANT UPDATE, DELETE ON desk_personmerge TO app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("core", "0003_append_only"),
        ("desk", "0004_merges"),
        ("specialists", "0011_merged_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="合并理由")),
                ("before", models.JSONField(verbose_name="合并前")),
                ("kept", models.JSONField(verbose_name="保留的值")),
                ("moved", models.JSONField(verbose_name="转移的记录")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="合并时间")),
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
                    "loser",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merge",
                        to="specialists.specialist",
                        verbose_name="并入人员",
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="specialists.specialist",
                        verbose_name="保留人员",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("loser")), _negated=True),
                        name="merge_is_of_two_people",
                        violation_error_message="人员不能并入自身。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="merge_of_people_has_a_reason",
                        violation_error_message="合并须写明理由。",
                    ),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, BACKWARD),
    ]

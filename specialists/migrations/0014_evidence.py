"""Files beside what is said of the ability of a graduate student."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("core", "0010_forgotten_files"),
        ("specialists", "0013_graduation_of_members"),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=60, verbose_name="材料名称")),
                ("added_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="上传人",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="specialists.teammember",
                        verbose_name="成员",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="specialists.registration",
                        verbose_name="登记",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("member", None), ("registration__isnull", False)),
                            models.Q(("member__isnull", False), ("registration", None)),
                            _connector="OR",
                        ),
                        name="evidence_is_of_one",
                        violation_error_message="佐证材料属于一份登记或一名团队成员。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="evidence_has_its_title",
                        violation_error_message="佐证材料须写明名称。",
                    ),
                ],
            },
        ),
    ]

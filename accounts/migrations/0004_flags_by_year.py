"""Flags of hosts are verified by a document, sent back with a word, and kept year by year."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# What stands declared today becomes the row of its year.
KEEP = """
INSERT INTO accounts_hostflags (host_id, year, is_above_scale, is_tech_sme, verified_by_id, verified_on, basis)
SELECT organization_id, flags_year, is_above_scale, is_tech_sme, flags_verified_by_id, flags_verified_on, ''
FROM accounts_hostunit WHERE is_above_scale OR is_tech_sme
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_search_in_names")]

    operations: list[Any] = [
        migrations.AddField(
            "hostunit",
            "flags_basis",
            models.CharField(blank=True, default="", max_length=100, verbose_name="核实依据"),
            preserve_default=False,
        ),
        migrations.AddField(
            "hostunit",
            "flags_note",
            models.CharField(blank=True, default="", max_length=300, verbose_name="退回意见"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "hostunit",
            models.CheckConstraint(
                condition=models.Q(("flags_note", ""), ("flags_verified_by", None), _connector="OR"),
                name="host_flags_returned_or_verified",
                violation_error_message="企业标识不能既退回又核实。",
            ),
        ),
        migrations.CreateModel(
            name="HostFlags",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="认定年度")),
                ("is_above_scale", models.BooleanField(default=False, verbose_name="规模以上")),
                ("is_tech_sme", models.BooleanField(default=False, verbose_name="科技型中小企业")),
                ("verified_on", models.DateField(blank=True, null=True, verbose_name="核实日期")),
                ("basis", models.CharField(blank=True, max_length=100, verbose_name="核实依据")),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flags_by_year",
                        to="accounts.hostunit",
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "hostflags",
            models.UniqueConstraint(
                fields=("host", "year"),
                name="host_flags_once_a_year",
                violation_error_message="该单位这一年度的企业标识已有记录。",
            ),
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]

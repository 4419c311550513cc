"""Divisions that staff keep: retired with a successor, renamed with their former names."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_flags_by_two")]
    operations = [
        migrations.AlterField(
            "district",
            "code",
            models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="代码"),
        ),
        migrations.AlterField(
            "district",
            "kind",
            models.CharField(
                choices=[("gb2260", "行政区划"), ("functional_zone", "功能区")],
                default="gb2260",
                max_length=20,
                verbose_name="类型",
            ),
        ),
        migrations.AddField(
            "district",
            "former_names",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30),
                blank=True,
                default=list,
                db_default=[],
                size=None,
                verbose_name="曾用名",
            ),
        ),
        migrations.AddField("district", "retired_on", models.DateField(blank=True, null=True, verbose_name="停用日期")),
        migrations.AddField(
            "district",
            "successor",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="accounts.district",
                verbose_name="接替的县（市、区）",
            ),
        ),
        migrations.AddField("district", "version", models.PositiveIntegerField(db_default=1, default=1)),
        migrations.AddConstraint(
            "district",
            models.CheckConstraint(
                name="a_district_has_six_digits",
                condition=models.Q(code__regex="^[0-9]{6}$"),
                violation_error_message="行政区划代码应为6位数字。",
            ),
        ),
        migrations.AddConstraint(
            "district",
            models.UniqueConstraint(
                fields=("name",),
                name="a_district_in_use_has_its_own_name",
                condition=models.Q(retired_on=None),
                violation_error_message="这个县（市、区）已在使用。",
            ),
        ),
        migrations.AddConstraint(
            "district",
            models.CheckConstraint(
                name="a_district_does_not_succeed_itself",
                condition=models.Q(successor=None) | ~models.Q(successor=models.F("code")),
                violation_error_message="县（市、区）不能由自身接替。",
            ),
        ),
        migrations.AddConstraint(
            "district",
            models.CheckConstraint(
                name="only_a_retired_district_has_a_successor",
                condition=models.Q(successor=None) | models.Q(retired_on__isnull=False),
                violation_error_message="只有停用的县（市、区）有接替的县（市、区）。",
            ),
        ),
    ]

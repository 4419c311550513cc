"""A third dictionary: titles, each in the group of its rank."""

from django.db import migrations, models

DICTIONARIES = [("field", "专业领域"), ("industry", "行业"), ("title", "职称")]


class Migration(migrations.Migration):
    dependencies = [("core", "0010_forgotten_files")]
    operations = [
        migrations.AlterField("term", "dictionary", models.CharField("字典", max_length=20, choices=DICTIONARIES)),
        migrations.AlterField("termalias", "dictionary", models.CharField(max_length=20, choices=DICTIONARIES)),
        migrations.AddConstraint(
            "term",
            models.CheckConstraint(
                name="a_title_stands_in_a_rank",
                condition=~models.Q(dictionary="title")
                | models.Q(group__in=("正高级", "副高级", "中级", "初级", "无")),
                violation_error_message="职称须归入正高级、副高级、中级、初级或无。",
            ),
        ),
    ]

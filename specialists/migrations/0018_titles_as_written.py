"""A person's title as it is written, beside its rank. Whoever stood here with a rank alone has it as their title."""

from typing import Any

from django.db import migrations, models
from django.db.models import Case, Value, When

RANKS = [("none", "无"), ("junior", "初级"), ("middle", "中级"), ("associate", "副高级"), ("senior", "正高级")]


def name_by_rank(apps: Any, schema_editor: Any) -> None:
    named = Case(*(When(title=code, then=Value(label)) for code, label in RANKS), default=Value(""))
    apps.get_model("specialists", "Specialist").objects.filter(title_name="").update(title_name=named)


class Migration(migrations.Migration):
    dependencies = [("specialists", "0017_announcement_corrections")]
    operations = [
        migrations.AddField(
            "specialist",
            "title_name",
            models.CharField("职称", max_length=60, blank=True, default="", db_default=""),
        ),
        migrations.AlterField(
            "specialist", "title", models.CharField("职称等级", max_length=20, choices=RANKS, blank=True)
        ),
        migrations.RunPython(name_by_rank, migrations.RunPython.noop),
    ]

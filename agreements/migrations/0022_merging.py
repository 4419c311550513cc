"""The papers of several records merged into one file, by the machinery that prints contracts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0021_stamping"),
    ]

    operations = [
        migrations.CreateModel(
            name="MergeRun",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("agreements.printrun",),
        ),
        migrations.AddField(
            model_name="printrun",
            name="purpose",
            field=models.CharField(
                choices=[("contracts", "待签署的协议书"), ("papers", "协议材料合并")],
                db_default="contracts",
                default="contracts",
                max_length=10,
                verbose_name="内容",
            ),
        ),
        migrations.AddConstraint(
            model_name="printrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose", "contracts"), ("form", "pdf"), _connector="OR"),
                name="merged_papers_are_one_file",
                violation_error_message="合并打印只生成一个文件。",
            ),
        ),
    ]

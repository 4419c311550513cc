"""An agreement that the bureau ended so that its specialist may serve another host says so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0030_scans_in_parts")]

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
                    ("moved", "改派"),
                    ("left", "科技特派员离开派出单位"),
                    ("past", "平台启用前终止"),
                ],
                max_length=20,
                verbose_name="终止原因",
            ),
        ),
    ]

"""A14: when the students of a team graduate."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("specialists", "0012_departures"),
    ]

    operations = [
        migrations.AddField(
            model_name="teammember",
            name="graduates_on",
            field=models.DateField(blank=True, null=True, verbose_name="预计毕业日期"),
        ),
    ]

"""Wrong codes are counted over all codes that were sent for a link, so that asking anew buys no further guesses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="confirmationlink",
            name="wrong_in_all",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]

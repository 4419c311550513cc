"""The queue of the review desk has an index of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0015_voiding")]

    operations = [
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("status", "submitted")), fields=["submitted_on", "id"], name="agreements_waiting"
            ),
        ),
    ]

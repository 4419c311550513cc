"""R28, A6: of whom the bureau appoints directly it tells itself that they serve no longer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_merged_units"), ("specialists", "0014_evidence")]

    operations = [
        migrations.AlterField(
            model_name="departure",
            name="institution",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.institution",
                verbose_name="派出单位",
            ),
        ),
        migrations.AddConstraint(
            model_name="departure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("institution", None), ("withdrawn_at", None)),
                fields=("specialist",),
                name="one_standing_departure_of_a_direct_appointee",
                violation_error_message="已登记此人不再担任直接聘请的科技特派员。",
            ),
        ),
    ]

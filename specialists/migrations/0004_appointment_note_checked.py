"""The second step: what stands there already is held against the check of the first."""

import django.contrib.postgres.operations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("specialists", "0003_appointment_note")]

    operations = [
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="registration", name="nominated_registration_states_no_appointment"
        ),
    ]

"""Who declared a host's flags may not verify them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Of what still waits, the declarer is the last person whom the history names with a flag; what is verified stays so.
KNOWN = """
UPDATE accounts_hostunit AS host SET flags_declarer_id = (
    SELECT event.by_id FROM core_auditevent AS event
    WHERE event.target_type = 'accounts.Organization' AND event.target_id = host.organization_id
        AND event.verb IN ('organization.host_created', 'organization.changed')
        AND event.after ?| array['is_above_scale', 'is_tech_sme', 'flags_year']
    ORDER BY event.id DESC LIMIT 1)
WHERE (is_above_scale OR is_tech_sme) AND flags_verified_by_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_lists"),
        ("core", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="hostunit",
            name="flags_declarer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="申报人",
            ),
        ),
        migrations.AddField(
            model_name="hostunit",
            name="flags_verifier",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="hostunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("flags_verifier", None),
                    models.Q(("flags_verifier", models.F("flags_declarer")), _negated=True),
                    _connector="OR",
                ),
                name="host_flags_verified_by_another",
                violation_error_message="企业标识不能由申报人自己核实。",
            ),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]

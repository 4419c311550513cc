"""An agreement may be a team's; whose it is stands still once it is handed in, as all else of it does."""

import django.db.models.deletion
from django.db import migrations, models

# A trigger of its own: guard_agreement, which freezes the other columns, stays as it is.
FROZEN = """
CREATE FUNCTION guard_team_of_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'team_of_agreement_is_frozen (agreement %)', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'team_of_agreement_is_frozen';
END $$;
CREATE TRIGGER guard_team_of_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (OLD.status NOT IN ('draft', 'returned') AND OLD.team_id IS DISTINCT FROM NEW.team_id)
    EXECUTE FUNCTION guard_team_of_agreement();
"""
BACKWARD = """
DROP TRIGGER guard_team_of_agreement ON agreements_agreement;
DROP FUNCTION guard_team_of_agreement;
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0002_guards"), ("specialists", "0004_appointment_note_checked")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agreements",
                to="specialists.team",
                verbose_name="团队",
            ),
        ),
        migrations.RunSQL(FROZEN, BACKWARD),
    ]

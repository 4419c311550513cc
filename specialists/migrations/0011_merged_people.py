"""A person who was entered twice is one: what is begun for the other row meanwhile is theirs too."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION of_a_standing_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    survivor bigint;
BEGIN
    -- Waits for a merge under way, which holds both rows.
    SELECT merged_into_id INTO survivor FROM specialists_specialist WHERE id = NEW.specialist_id FOR KEY SHARE;
    NEW.specialist_id := coalesce(survivor, NEW.specialist_id);
    RETURN NEW;
END $$;
CREATE TRIGGER registration_of_a_standing_person BEFORE INSERT ON specialists_registration
    FOR EACH ROW EXECUTE FUNCTION of_a_standing_person();
CREATE TRIGGER member_is_a_standing_person BEFORE INSERT ON specialists_teammember
    FOR EACH ROW EXECUTE FUNCTION of_a_standing_person();
"""
BACKWARD = """
DROP TRIGGER registration_of_a_standing_person ON specialists_registration;
DROP TRIGGER member_is_a_standing_person ON specialists_teammember;
DROP FUNCTION of_a_standing_person;
"""


class Migration(migrations.Migration):
    dependencies = [("specialists", "0010_selection_calls")]

    operations = [
        migrations.AddField(
            "specialist",
            "merged_into",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absorbed",
                to="specialists.specialist",
                verbose_name="并入",
            ),
        ),
        migrations.AddConstraint(
            "specialist",
            models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="person_is_not_merged_into_themself",
                violation_error_message="人员不能并入自身。",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

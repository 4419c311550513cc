"""A delegate is entered before the letter of authority is there; it is asked for when the agreement is handed in."""

from django.db import migrations, models

GUARD = """
CREATE FUNCTION guard_letters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'submitted' OR OLD.status = 'submitted' OR NOT EXISTS (
        SELECT FROM agreements_signature
        WHERE agreement_id = NEW.id AND authority = 'delegate' AND letter_id IS NULL
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'handed_in_with_every_letter (agreement %)', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'handed_in_with_every_letter';
END $$;
CREATE TRIGGER guard_letters BEFORE UPDATE OF status ON agreements_agreement
    FOR EACH ROW EXECUTE FUNCTION guard_letters();
"""
GUARD_BACK = """
DROP TRIGGER guard_letters ON agreements_agreement;
DROP FUNCTION guard_letters;
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0023_scans_taken_away")]

    operations = [
        migrations.RemoveConstraint(model_name="signature", name="delegate_has_a_letter"),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authority", "delegate"), _negated=True),
                    ("letter__isnull", False),
                    ("link", None),
                    _connector="OR",
                ),
                name="delegate_signs_online_with_a_letter",
                violation_error_message="授权代表在线签署须附授权委托书（工作方案四（二））。",
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]

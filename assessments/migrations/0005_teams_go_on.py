"""A17: the result of one person ends their own services; what a team signed through its leader is the team's."""

from django.db import migrations

CARRIED_OUT = """
CREATE OR REPLACE FUNCTION unqualified_is_carried_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM specialists_specialist
                    WHERE id = NEW.specialist_id AND status = 'revoked')
       OR EXISTS (SELECT 1 FROM agreements_agreement
                   WHERE specialist_id = NEW.specialist_id AND status = 'filed' AND service_end >= NEW.decided_on{own}) THEN
        RAISE EXCEPTION 'unqualified_is_carried_out: assessment % left the qualification or a service standing', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unqualified_is_carried_out';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0004_campaigns_called_off"), ("agreements", "0003_teams")]
    operations = [
        migrations.RunSQL(
            CARRIED_OUT.replace("{own}", "\n                     AND team_id IS NULL"), CARRIED_OUT.replace("{own}", "")
        )
    ]

"""A final result stays as it is, and an unqualified one is carried out in its own transaction (R34)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION final_assessment_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'final_assessment_never_changes: assessment % is final', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'final_assessment_never_changes';
END $$;
CREATE TRIGGER final_assessment_never_changes BEFORE UPDATE OR DELETE ON assessments_assessment
    FOR EACH ROW WHEN (OLD.status = 'final') EXECUTE FUNCTION final_assessment_never_changes();

CREATE FUNCTION unqualified_is_carried_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM specialists_specialist
                    WHERE id = NEW.specialist_id AND status = 'revoked')
       OR EXISTS (SELECT 1 FROM agreements_agreement
                   WHERE specialist_id = NEW.specialist_id AND status = 'filed' AND service_end >= NEW.decided_on) THEN
        RAISE EXCEPTION 'unqualified_is_carried_out: assessment % left the qualification or a service standing', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unqualified_is_carried_out';
    END IF;
    RETURN NULL;
END $$;
-- Deferred: judged when the decision commits, after the qualification is cancelled and the services are ended.
CREATE CONSTRAINT TRIGGER unqualified_is_carried_out AFTER INSERT OR UPDATE ON assessments_assessment
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'final' AND NEW.grade = 'unqualified')
    EXECUTE FUNCTION unqualified_is_carried_out();
"""
BACKWARD = """
DROP TRIGGER unqualified_is_carried_out ON assessments_assessment;
DROP FUNCTION unqualified_is_carried_out;
DROP TRIGGER final_assessment_never_changes ON assessments_assessment;
DROP FUNCTION final_assessment_never_changes;
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_initial"), ("agreements", "0001_initial"), ("specialists", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

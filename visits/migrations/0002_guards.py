"""A visit lies within the filed service, and what the host confirmed stays as it was (R39, R43)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION visit_within_filed_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- SHARE: the agreement cannot be terminated while this visit is being written
    PERFORM 1 FROM agreements_agreement
     WHERE id = NEW.agreement_id AND filing_number IS NOT NULL
       AND NEW.date BETWEEN service_start AND service_end
       AND (terminated_on IS NULL OR NEW.date < terminated_on)
       FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'visit_within_filed_service: % is no day of a filed service', NEW.date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'visit_within_filed_service';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visit_within_filed_service BEFORE INSERT OR UPDATE OF date, agreement_id ON visits_visit
    FOR EACH ROW EXECUTE FUNCTION visit_within_filed_service();

CREATE FUNCTION confirmed_visit_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'confirmed_visit_never_changes: visit % was confirmed by the host', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'confirmed_visit_never_changes';
END $$;
CREATE TRIGGER confirmed_visit_never_changes BEFORE UPDATE OR DELETE ON visits_visit
    FOR EACH ROW WHEN (OLD.status = 'confirmed') EXECUTE FUNCTION confirmed_visit_never_changes();
"""
BACKWARD = """
DROP TRIGGER confirmed_visit_never_changes ON visits_visit;
DROP FUNCTION confirmed_visit_never_changes;
DROP TRIGGER visit_within_filed_service ON visits_visit;
DROP FUNCTION visit_within_filed_service;
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial"), ("agreements", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

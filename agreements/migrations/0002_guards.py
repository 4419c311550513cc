"""What no page, no import and no hand at the database may do to an agreement."""

from django.db import migrations

# One person in the agreement and in its registration.
CONSISTENT = """
ALTER TABLE specialists_registration
    ADD CONSTRAINT registration_with_its_person UNIQUE (id, specialist_id);
ALTER TABLE agreements_agreement
    ADD CONSTRAINT agreement_of_the_registered_person FOREIGN KEY (registration_id, specialist_id)
    REFERENCES specialists_registration (id, specialist_id);
"""
CONSISTENT_BACK = """
ALTER TABLE agreements_agreement DROP CONSTRAINT agreement_of_the_registered_person;
ALTER TABLE specialists_registration DROP CONSTRAINT registration_with_its_person;
"""

# The errors are class 23 (integrity), like those of any other constraint, and carry a name to be known by.
GUARD = """
CREATE FUNCTION guard_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        broken := 'submitted_agreement_is_kept';
    ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'submitted'), ('submitted', 'filed'), ('submitted', 'returned'),
        ('returned', 'submitted'), ('filed', 'terminated')
    ) THEN
        broken := 'agreement_moves_in_order';
    ELSIF OLD.status IN ('filed', 'terminated') AND (
        OLD.filing_number, OLD.filed_on, OLD.filed_by_id, OLD.return_opinion
    ) IS DISTINCT FROM (
        NEW.filing_number, NEW.filed_on, NEW.filed_by_id, NEW.return_opinion
    ) OR OLD.status = 'terminated' AND (
        OLD.terminated_on, OLD.termination_reason
    ) IS DISTINCT FROM (
        NEW.terminated_on, NEW.termination_reason
    ) THEN
        broken := 'filed_agreement_never_changes';
    ELSIF OLD.status IN ('submitted', 'filed', 'terminated') AND (
        OLD.registration_id, OLD.specialist_id, OLD.institution_id, OLD.host_id, OLD.service_start, OLD.service_end,
        OLD.service_content, OLD.visits_per_year, OLD.goals, OLD.version, OLD.institution_reasons, OLD.submission_id,
        OLD.submitted_on, OLD.pack_id, OLD.renews_id, OLD.created_by_id, OLD.created_at
    ) IS DISTINCT FROM (
        NEW.registration_id, NEW.specialist_id, NEW.institution_id, NEW.host_id, NEW.service_start, NEW.service_end,
        NEW.service_content, NEW.visits_per_year, NEW.goals, NEW.version, NEW.institution_reasons, NEW.submission_id,
        NEW.submitted_on, NEW.pack_id, NEW.renews_id, NEW.created_by_id, NEW.created_at
    ) THEN
        broken := CASE OLD.status WHEN 'submitted' THEN 'submitted_agreement_is_frozen'
                                  ELSE 'filed_agreement_never_changes' END;
    END IF;
    IF broken IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% (agreement %)', broken, OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = broken;
END $$;
CREATE TRIGGER guard_agreement BEFORE UPDATE OR DELETE ON agreements_agreement
    FOR EACH ROW EXECUTE FUNCTION guard_agreement();

CREATE FUNCTION guard_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM agreements_agreement
               WHERE id = OLD.agreement_id AND status NOT IN ('draft', 'returned')) THEN
        RAISE EXCEPTION 'submitted_signature_is_frozen (agreement %)', OLD.agreement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'submitted_signature_is_frozen';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER guard_signature BEFORE UPDATE OR DELETE ON agreements_signature
    FOR EACH ROW EXECUTE FUNCTION guard_signature();
"""
GUARD_BACK = """
DROP FUNCTION guard_signature CASCADE;
DROP FUNCTION guard_agreement CASCADE;
"""

# `refuse_change` comes from core.
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON {table};
GRANT UPDATE, DELETE ON {table} TO app;
"""
KEPT = ["agreements_agreementscan", "agreements_reassignment", "agreements_filingcertificate", "agreements_quotarun"]


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial"), ("core", "0003_append_only")]
    operations = [
        migrations.RunSQL(CONSISTENT, CONSISTENT_BACK),
        migrations.RunSQL(GUARD, GUARD_BACK),
        *(migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_BACK.format(table=table)) for table in KEPT),
    ]

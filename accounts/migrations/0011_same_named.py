"""Two units of one county without a credit code are told apart by their names alone: none takes the name of another.

A trigger and no unique index: names that were made alike before it stay until their units are merged, and a county that
led on to another is one with it.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION units_without_codes_are_told_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE county text := (SELECT coalesce(successor_id, code) FROM accounts_district WHERE code = NEW.district_id);
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.name, NEW.district_id, NEW.uscc, NEW.merged_into_id)
            IS NOT DISTINCT FROM (OLD.name, OLD.district_id, OLD.uscc, OLD.merged_into_id) THEN
        RETURN NEW;
    END IF;
    -- Of two that take one name at the same moment the second waits, and sees the first.
    PERFORM pg_advisory_xact_lock(hashtext('accounts.units_without_codes'), hashtext(coalesce(county, '')));
    IF EXISTS (
        SELECT FROM accounts_organization other LEFT JOIN accounts_district place ON place.code = other.district_id
        WHERE other.name = NEW.name AND other.id <> NEW.id AND other.uscc IS NULL AND other.merged_into_id IS NULL
            AND coalesce(place.successor_id, place.code) IS NOT DISTINCT FROM county
    ) THEN
        RAISE EXCEPTION 'units_without_codes_are_told_apart (organization %)', NEW.id
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'units_without_codes_are_told_apart';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER units_without_codes_are_told_apart BEFORE INSERT OR UPDATE ON accounts_organization
    FOR EACH ROW WHEN (NEW.uscc IS NULL AND NEW.merged_into_id IS NULL)
    EXECUTE FUNCTION units_without_codes_are_told_apart();
"""
UNDO = "DROP FUNCTION units_without_codes_are_told_apart CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_districts_kept")]
    operations = [migrations.RunSQL(GUARD, UNDO)]

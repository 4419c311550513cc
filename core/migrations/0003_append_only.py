"""What was recorded stays: append-only tables refuse everybody, the active pack refuses changes."""

from django.db import migrations

TABLES = ["core_auditevent", "core_override", "core_approvalstep", "core_storedfile"]

FUNCTIONS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION refuse_change_of_active_pack() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an active policy pack never changes: write the next version';
END $$;
CREATE TRIGGER active_pack_never_changes BEFORE UPDATE OR DELETE ON core_policypack
    FOR EACH ROW WHEN (OLD.active_from IS NOT NULL) EXECUTE FUNCTION refuse_change_of_active_pack();
"""
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change();
"""
BACKWARD = """
DROP FUNCTION refuse_change CASCADE;
DROP FUNCTION refuse_change_of_active_pack CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, BACKWARD),
        *(migrations.RunSQL(APPEND_ONLY.format(table=table), migrations.RunSQL.noop) for table in TABLES),
    ]

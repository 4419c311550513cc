"""What nobody confirmed is forgotten with its file: the one kind of file whose row may go, and only by this function.

The register of files stays closed to the role `app`. A file that any record still names is kept by its foreign key.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION refuse_change_of_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.purpose = 'institution-application' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER append_only ON core_storedfile;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON core_storedfile
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_file();
CREATE FUNCTION forget_files(files bigint[]) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    WITH gone AS (
        DELETE FROM core_storedfile WHERE id = ANY(files) AND purpose = 'institution-application' RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION forget_files FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_files TO app;
"""
BACKWARD = """
DROP FUNCTION forget_files;
DROP TRIGGER append_only ON core_storedfile;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON core_storedfile FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION refuse_change_of_file;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0009_words")]

    operations = [migrations.RunSQL(FUNCTIONS, BACKWARD)]

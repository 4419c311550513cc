"""When a person was entered twice and is merged, their agreements follow them with the registration, and stay as they are."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION follows_its_person(before agreements_agreement, after agreements_agreement) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(before) - 'specialist_id' = to_jsonb(after) - 'specialist_id' AND EXISTS (
        SELECT FROM specialists_specialist WHERE id = before.specialist_id AND merged_into_id = after.specialist_id
    )
$$;
DROP TRIGGER guard_agreement ON agreements_agreement;
CREATE TRIGGER guard_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (CASE WHEN OLD.host_id IS DISTINCT FROM NEW.host_id THEN NOT follows_its_host(OLD, NEW)
               WHEN OLD.specialist_id <> NEW.specialist_id THEN NOT follows_its_person(OLD, NEW) ELSE true END)
    EXECUTE FUNCTION guard_agreement();
-- One person in the agreement and in its registration: both change together, or neither.
ALTER TABLE agreements_agreement DROP CONSTRAINT agreement_of_the_registered_person,
    ADD CONSTRAINT agreement_of_the_registered_person FOREIGN KEY (registration_id, specialist_id)
    REFERENCES specialists_registration (id, specialist_id) ON UPDATE CASCADE;
"""
BACKWARD = """
ALTER TABLE agreements_agreement DROP CONSTRAINT agreement_of_the_registered_person,
    ADD CONSTRAINT agreement_of_the_registered_person FOREIGN KEY (registration_id, specialist_id)
    REFERENCES specialists_registration (id, specialist_id);
DROP TRIGGER guard_agreement ON agreements_agreement;
CREATE TRIGGER guard_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (CASE WHEN OLD.host_id IS DISTINCT FROM NEW.host_id THEN NOT follows_its_host(OLD, NEW) ELSE true END)
    EXECUTE FUNCTION guard_agreement();
DROP FUNCTION follows_its_person;
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0007_graduation_decisions"), ("specialists", "0011_merged_people")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

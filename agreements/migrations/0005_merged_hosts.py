"""When a host was entered twice and is merged, its agreements follow it, and nothing else of them changes."""

from django.db import migrations

# guard_agreement stays word for word; it is not asked where an agreement does nothing but follow its host.
FORWARD = """
CREATE FUNCTION follows_its_host(before agreements_agreement, after agreements_agreement) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(before) - 'host_id' = to_jsonb(after) - 'host_id' AND EXISTS (
        SELECT FROM accounts_organization WHERE id = before.host_id AND merged_into_id = after.host_id
    )
$$;
DROP TRIGGER guard_agreement ON agreements_agreement;
CREATE TRIGGER guard_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (CASE WHEN OLD.host_id IS DISTINCT FROM NEW.host_id THEN NOT follows_its_host(OLD, NEW) ELSE true END)
    EXECUTE FUNCTION guard_agreement();
CREATE TRIGGER guard_agreement_kept BEFORE DELETE ON agreements_agreement FOR EACH ROW
    EXECUTE FUNCTION guard_agreement();

-- A draft saved while its host is being merged: it waits for the merge, and is then the survivor's.
CREATE FUNCTION agreement_at_a_standing_host() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    survivor bigint;
BEGIN
    SELECT merged_into_id INTO survivor FROM accounts_organization WHERE id = NEW.host_id FOR KEY SHARE;
    NEW.host_id := coalesce(survivor, NEW.host_id);
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_at_a_standing_host BEFORE INSERT OR UPDATE OF host_id ON agreements_agreement
    FOR EACH ROW WHEN (NEW.host_id IS NOT NULL) EXECUTE FUNCTION agreement_at_a_standing_host();
"""
BACKWARD = """
DROP TRIGGER agreement_at_a_standing_host ON agreements_agreement;
DROP FUNCTION agreement_at_a_standing_host;
DROP TRIGGER guard_agreement_kept ON agreements_agreement;
DROP TRIGGER guard_agreement ON agreements_agreement;
DROP FUNCTION follows_its_host;
CREATE TRIGGER guard_agreement BEFORE UPDATE OR DELETE ON agreements_agreement
    FOR EACH ROW EXECUTE FUNCTION guard_agreement();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0004_past"), ("accounts", "0007_merged_units")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

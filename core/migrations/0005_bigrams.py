"""The pairs of neighbouring signs in a text, by which names are searched (core.search)."""

from django.db import migrations

# LIKE compares in upper case (`UPPER(name) LIKE UPPER(…)`), so the pairs are upper case too: what one finds, so does the
# other.
FORWARD = """
CREATE FUNCTION bigrams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(upper(words), place, 2)), '{}')
    FROM generate_series(1, char_length(words) - 1) AS place
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_pack_drafts")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION bigrams(text)")]

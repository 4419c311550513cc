"""What the role `app` may do. The roles themselves are made before the first migration, by the server's administrator.

Tables made before this migration get the grants, tables made after it the default privileges. Each append-only table
takes UPDATE, DELETE and TRUNCATE away again beside its own triggers.
"""

from django.db import migrations

GRANT = """
GRANT USAGE ON SCHEMA public TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(GRANT, migrations.RunSQL.noop)]

"""The two database roles: `owner` owns the tables and migrates, `app` serves web, worker and tests."""

from django.db import connection

# A role that owns tables can drop the triggers that keep the ledger and the audit append-only.
TOO_MANY_RIGHTS = """
SELECT CASE
    WHEN rolsuper THEN 'a superuser'
    WHEN rolbypassrls OR rolcreaterole THEN 'a role that may grant itself rights'
    WHEN EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND pg_has_role(current_user, c.relowner, 'MEMBER')
    ) THEN 'the owner of the tables'
END
FROM pg_roles WHERE rolname = current_user
"""


def refuse_wrong_role() -> None:
    """End the process unless its database role can only do what `app` may.

    SystemExit, because Celery's signals swallow every Exception. The connection is closed: the thread that imports
    would otherwise keep it open, idle, for as long as the process lives.
    """
    with connection.cursor() as cursor:
        cursor.execute(TOO_MANY_RIGHTS)
        why = cursor.fetchone()[0]
    connection.close()
    if why:
        raise SystemExit(f"refused to start: the database user {connection.settings_dict['USER']} is {why}")

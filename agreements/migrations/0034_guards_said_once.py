"""What the guard of agreements asks first keeps its words.

A function in SQL is written into the condition of its trigger anew at every UPDATE of an agreement, which took as long
as the row. One with a setting of its own stays a function: it is called where its case comes up, and only there.
"""

from django.db import migrations

ASKED_FIRST = ("becomes_void", "becomes_abandoned", "follows_its_host", "follows_its_person")


def each(setting: str) -> str:
    return "".join(
        f"ALTER FUNCTION {name}(agreements_agreement, agreements_agreement) {setting};\n" for name in ASKED_FIRST
    )


class Migration(migrations.Migration):
    dependencies = [("agreements", "0033_ends_taken_back")]

    operations = [
        migrations.RunSQL(each("SET search_path = pg_catalog, public, pg_temp"), each("RESET search_path")),
    ]

from django.db import migrations

from core.search import InitialsField, by_pairs, spell_out


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_institution_applications")]
    operations = [
        migrations.AddField("organization", "initials", InitialsField()),
        migrations.RunPython(spell_out("accounts", "Organization"), migrations.RunPython.noop, elidable=True),
        migrations.AddIndex("organization", by_pairs("initials", name="organizations_by_initials")),
    ]

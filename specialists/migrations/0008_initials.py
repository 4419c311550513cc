from django.db import migrations, models

from core.search import InitialsField, spell_out

BY_INITIALS = models.Index(fields=["initials"], opclasses=["varchar_pattern_ops"], name="specialists_by_initials")


class Migration(migrations.Migration):
    dependencies = [("specialists", "0007_past")]
    operations = [
        migrations.AddField("specialist", "initials", InitialsField()),
        migrations.RunPython(spell_out("specialists", "Specialist"), migrations.RunPython.noop, elidable=True),
        migrations.AddIndex("specialist", BY_INITIALS),
    ]

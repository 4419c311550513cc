from django.db import migrations

from core.search import by_pairs


class Migration(migrations.Migration):
    dependencies = [("core", "0005_bigrams"), ("specialists", "0004_appointment_note_checked")]
    operations = [migrations.AddIndex("specialist", by_pairs("name", name="specialists_by_part_of_name"))]

from django.db import migrations

from core.search import by_pairs


class Migration(migrations.Migration):
    dependencies = [("core", "0005_bigrams"), ("accounts", "0002_districts")]
    operations = [migrations.AddIndex("organization", by_pairs("name", name="organizations_by_part_of_name"))]

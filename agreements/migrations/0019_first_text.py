"""The words that were fixed in the program become the first text, and every paper printed so far was printed with it."""

import tomllib
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.db import migrations
from django.utils.timezone import make_aware

FIRST = Path(__file__).parent.parent / "wording" / "first.toml"


def lay(apps: Any, schema_editor: Any) -> None:
    said = tomllib.loads(FIRST.read_text())
    text = apps.get_model("agreements", "AgreementText").objects.create(
        year=said["year"],
        version=1,
        status="in_force",
        opening=said["opening"],
        clauses=[
            {"heading": one["heading"], "text": one["text"].strip(), "condition": one.get("condition", "")}
            for one in said["clauses"]
        ],
        in_force_at=make_aware(datetime.combine(said["in_force_on"], time())),
    )
    apps.get_model("agreements", "AgreementPaper").objects.filter(text=None).update(text=text)


class Migration(migrations.Migration):
    dependencies = [("agreements", "0018_texts")]
    # Backwards nothing: the texts go with their table.
    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]

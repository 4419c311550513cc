"""The first text promised a subsidy to whom the bureau appoints directly: the second takes its place where nobody has
written another. What was printed or signed in the first keeps it."""

import tomllib
from pathlib import Path
from typing import Any

from django.db import migrations
from django.utils.timezone import now

SECOND = Path(__file__).parent.parent / "wording" / "second.toml"


def lay(apps: Any, schema_editor: Any) -> None:
    said = tomllib.loads(SECOND.read_text())
    texts = apps.get_model("agreements", "AgreementText").objects.filter(year=said["year"])
    # A further version or a draft is the bureau's own: it is told of the subsidy there (wording.rules).
    if [(one.version, one.status) for one in texts] != [(1, "in_force")]:
        return
    first = texts.get()
    # Where nobody has read the first, it never held; else it held until now, for those who signed it online.
    read = first.papers.exists() or apps.get_model("agreements", "Signature").objects.exists()
    moment = now() if read else first.in_force_at
    first.status, first.replaced_at = "replaced", moment
    first.save(update_fields=["status", "replaced_at"])
    texts.create(
        year=said["year"],
        version=2,
        status="in_force",
        opening=said["opening"],
        clauses=[
            {"heading": one["heading"], "text": one["text"].strip(), "condition": one.get("condition", "")}
            for one in said["clauses"]
        ],
        note=said["note"],
        in_force_at=moment,
    )


class Migration(migrations.Migration):
    dependencies = [("agreements", "0028_giving_up")]
    # Backwards nothing: a text that was in force never changes.
    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]

"""A wrong scan can be taken away before it is handed in, and one without a readable code is known as such."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON agreements_scanwithdrawal FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_scanwithdrawal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON agreements_scanwithdrawal;
GRANT UPDATE, DELETE ON agreements_scanwithdrawal TO app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_lists"),
        ("agreements", "0022_merging"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementscan",
            name="attached_at",
            field=models.DateTimeField(null=True),  # of those that are there nobody knows: they do not get today's
        ),
        migrations.AlterField(
            model_name="agreementscan",
            name="attached_at",
            field=models.DateTimeField(auto_now_add=True, null=True),
        ),
        migrations.AddField(
            model_name="agreementscan",
            name="is_unread",
            field=models.BooleanField(db_default=False, default=False, verbose_name="未读出二维码"),
        ),
        migrations.AlterField(
            model_name="agreementscan",
            name="number",
            field=models.PositiveSmallIntegerField(verbose_name="份次"),
        ),
        migrations.CreateModel(
            name="ScanWithdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "scan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="agreements.agreementscan",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
    ]

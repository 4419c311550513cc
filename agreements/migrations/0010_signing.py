"""Who signed as what and how, which change voided a signature, who refused: kept row by row, links as digests."""

import django.db.models.deletion
from django.db import migrations, models

# `refuse_change` comes from core.
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON {table};
GRANT UPDATE, DELETE ON {table} TO app;
"""
KEPT = ["agreements_signingrefusal", "agreements_voidsignature"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0009_reviewing"),
        ("core", "0009_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="SigningRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "party",
                    models.CharField(
                        choices=[("institution", "派出单位"), ("host", "派驻单位"), ("specialist", "科技特派员")],
                        max_length=12,
                        verbose_name="签署方",
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="协议书版本")),
                ("name", models.CharField(max_length=30, verbose_name="拒签人")),
                ("reason", models.TextField(verbose_name="拒签原因")),
                ("refused_on", models.DateField(verbose_name="拒签日期")),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="VoidSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "party",
                    models.CharField(
                        choices=[("institution", "派出单位"), ("host", "派驻单位"), ("specialist", "科技特派员")],
                        max_length=12,
                        verbose_name="签署方",
                    ),
                ),
                ("signer", models.CharField(max_length=30, verbose_name="签署人")),
                ("signed_on", models.DateField(verbose_name="签署日期")),
                (
                    "authority",
                    models.CharField(
                        blank=True,
                        choices=[("self", "本人"), ("legal", "法定代表人"), ("delegate", "授权代表")],
                        max_length=10,
                        verbose_name="签署身份",
                    ),
                ),
                ("changed", models.JSONField(verbose_name="变更内容")),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="signature",
            name="authority",
            field=models.CharField(
                blank=True,
                choices=[("self", "本人"), ("legal", "法定代表人"), ("delegate", "授权代表")],
                db_default="",
                max_length=10,
                verbose_name="签署身份",
            ),
        ),
        migrations.AddField(
            model_name="signature",
            name="letter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="signature",
            name="signed",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.CreateModel(
            name="SigningLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("code_digest", models.CharField(blank=True, max_length=64)),
                ("code_sent_at", models.DateTimeField(blank=True, null=True)),
                ("wrong_codes", models.PositiveSmallIntegerField(default=0)),
                ("wrong_in_all", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "party",
                    models.CharField(
                        choices=[("institution", "派出单位"), ("host", "派驻单位"), ("specialist", "科技特派员")],
                        max_length=12,
                        verbose_name="签署方",
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="协议书版本")),
                ("sent_to", models.CharField(max_length=120, verbose_name="发送至")),
                ("sent_on", models.DateField(verbose_name="发送日期")),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="来源地址")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signing_links",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="发送人",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="signature",
            name="link",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signature",
                to="agreements.signinglink",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authority", "delegate"), _negated=True), ("letter__isnull", False), _connector="OR"
                ),
                name="delegate_has_a_letter",
                violation_error_message="授权代表签署须附授权委托书（工作方案四（二））。",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("authority", ""),
                    models.Q(("authority", "self"), ("party", "specialist")),
                    models.Q(
                        models.Q(("party", "specialist"), _negated=True), ("authority__in", ("legal", "delegate"))
                    ),
                    _connector="OR",
                ),
                name="a_person_signs_for_himself",
                violation_error_message="科技特派员由本人签署，单位由法定代表人或授权代表签署（工作方案四（二））。",
            ),
        ),
        migrations.AddField(
            model_name="signingrefusal",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="refusals", to="agreements.agreement"
            ),
        ),
        migrations.AddField(
            model_name="signingrefusal",
            name="link",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refusal",
                to="agreements.signinglink",
            ),
        ),
        migrations.AddField(
            model_name="signingrefusal",
            name="recorded_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.AddField(
            model_name="voidsignature",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="void_signatures", to="agreements.agreement"
            ),
        ),
        migrations.AddField(
            model_name="voidsignature",
            name="letter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="voidsignature",
            name="link",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="void_signature",
                to="agreements.signinglink",
            ),
        ),
        migrations.AddConstraint(
            model_name="signinglink",
            constraint=models.UniqueConstraint(
                fields=("agreement", "party", "version", "sent_on"),
                name="one_signing_link_a_day",
                violation_error_message="今天已经提醒过这一方，明天可以再次提醒。",
            ),
        ),
        migrations.AddConstraint(
            model_name="signingrefusal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="refusal_has_a_reason",
                violation_error_message="拒签须写明原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="signingrefusal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("link", None), ("recorded_by__isnull", False)),
                    models.Q(("link__isnull", False), ("recorded_by", None)),
                    _connector="OR",
                ),
                name="refused_by_link_or_recorded",
                violation_error_message="拒签由签署方在线提出，或由派出单位登记。",
            ),
        ),
        *(migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_BACK.format(table=table)) for table in KEPT),
    ]

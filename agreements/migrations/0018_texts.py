"""The words of the agreement as rows: versions of a year, one of them in force, each paper tied to its own."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

GUARD = """
CREATE FUNCTION guard_text() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM agreements_agreementtext WHERE year = NEW.year) THEN
            broken := 'text_versions_have_no_gap';
        END IF;
    ELSIF OLD.status <> 'draft' AND (
        TG_OP = 'DELETE'
        OR (OLD.status, NEW.status) NOT IN (('in_force', 'in_force'), ('in_force', 'replaced'))
        OR to_jsonb(OLD) - ARRAY['status', 'replaced_at'] <> to_jsonb(NEW) - ARRAY['status', 'replaced_at']
    ) THEN
        broken := 'text_in_force_never_changes';
    ELSIF TG_OP = 'UPDATE' AND (OLD.year, OLD.version) <> (NEW.year, NEW.version) THEN
        broken := 'text_versions_have_no_gap';
    END IF;
    IF broken IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% (text % of %)', broken,
        CASE TG_OP WHEN 'INSERT' THEN NEW.version ELSE OLD.version END,
        CASE TG_OP WHEN 'INSERT' THEN NEW.year ELSE OLD.year END
        USING ERRCODE = 'check_violation', CONSTRAINT = broken;
END $$;
CREATE TRIGGER guard_text BEFORE INSERT OR UPDATE OR DELETE ON agreements_agreementtext
    FOR EACH ROW EXECUTE FUNCTION guard_text();

CREATE FUNCTION guard_words_of_paper() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.text_id IS NOT NULL AND NEW.text_id IS DISTINCT FROM OLD.text_id THEN
        broken := 'paper_keeps_its_words';
    ELSIF EXISTS (SELECT FROM agreements_agreementtext WHERE id = NEW.text_id AND status = 'draft') THEN
        broken := 'paper_is_printed_with_words_in_force';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% (agreement %)', broken, NEW.agreement_id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken;
END $$;
CREATE TRIGGER guard_words_of_paper BEFORE INSERT OR UPDATE OF text_id ON agreements_agreementpaper
    FOR EACH ROW EXECUTE FUNCTION guard_words_of_paper();
"""
GUARD_BACK = """
DROP TRIGGER guard_words_of_paper ON agreements_agreementpaper;
DROP FUNCTION guard_words_of_paper;
DROP TRIGGER guard_text ON agreements_agreementtext;
DROP FUNCTION guard_text;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0017_amending"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "草稿"), ("in_force", "启用"), ("replaced", "已替换")],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("opening", models.TextField(verbose_name="开头")),
                ("clauses", models.JSONField(verbose_name="条款")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="启用说明")),
                ("edits", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("in_force_at", models.DateTimeField(blank=True, null=True, verbose_name="启用时间")),
                ("replaced_at", models.DateTimeField(blank=True, null=True, verbose_name="替换时间")),
                (
                    "based_on",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="agreements.agreementtext",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["year", "version"],
                        name="text_version_once_a_year",
                        violation_error_message="该年度已有这一版文本。",
                    ),
                    models.UniqueConstraint(
                        fields=["year"],
                        condition=Q(status="in_force"),
                        name="one_text_in_force_a_year",
                        violation_error_message="同一年度只能有一版启用的文本。",
                    ),
                    models.UniqueConstraint(
                        fields=["year"],
                        condition=Q(status="draft"),
                        name="one_draft_text_a_year",
                        violation_error_message="该年度已有一版草稿。",
                    ),
                    models.CheckConstraint(
                        name="text_in_force_from_and_until",
                        condition=Q(status="draft", in_force_at=None, replaced_at=None)
                        | Q(status="in_force", in_force_at__isnull=False, replaced_at=None)
                        | Q(
                            status="replaced",
                            in_force_at__isnull=False,
                            replaced_at__isnull=False,
                            replaced_at__gte=F("in_force_at"),
                        ),
                        violation_error_message="文本的启用、替换时间须与状态一致。",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="agreementpaper",
            name="text",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="agreements.agreementtext",
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]

"""作废: a filing made in error keeps its number, and nothing of it is given again."""

import django.db.models.deletion
from django.db import migrations, models

# guard_agreement stays word for word; it is not asked where an agreement does nothing but become void, and says why.
FORWARD = """
CREATE FUNCTION becomes_void(before agreements_agreement, after agreements_agreement) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT before.status = 'filed' AND NOT before.is_past
        AND to_jsonb(before) - ARRAY['status', 'filed_on', 'filed_by_id', 'renews_id']
            = to_jsonb(after) - ARRAY['status', 'filed_on', 'filed_by_id', 'renews_id']
        AND EXISTS (SELECT FROM agreements_voiding WHERE agreement_id = before.id
            AND (filing_number, filed_on, filed_by_id) = (before.filing_number, before.filed_on, before.filed_by_id))
$$;
DROP TRIGGER guard_agreement ON agreements_agreement;
CREATE TRIGGER guard_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (CASE WHEN NEW.status = 'void' AND OLD.status <> 'void' THEN NOT becomes_void(OLD, NEW)
               WHEN OLD.host_id IS DISTINCT FROM NEW.host_id THEN NOT follows_its_host(OLD, NEW)
               WHEN OLD.specialist_id <> NEW.specialist_id THEN NOT follows_its_person(OLD, NEW) ELSE true END)
    EXECUTE FUNCTION guard_agreement();

CREATE FUNCTION guard_void() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF follows_its_host(OLD, NEW) OR follows_its_person(OLD, NEW) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'void_agreement_never_changes (agreement %)', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'void_agreement_never_changes';
END $$;
CREATE TRIGGER guard_void BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (OLD.status = 'void' AND NEW.status = 'void') EXECUTE FUNCTION guard_void();
"""
BACKWARD = """
DROP TRIGGER guard_void ON agreements_agreement;
DROP FUNCTION guard_void;
DROP TRIGGER guard_agreement ON agreements_agreement;
CREATE TRIGGER guard_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (CASE WHEN OLD.host_id IS DISTINCT FROM NEW.host_id THEN NOT follows_its_host(OLD, NEW)
               WHEN OLD.specialist_id <> NEW.specialist_id THEN NOT follows_its_person(OLD, NEW) ELSE true END)
    EXECUTE FUNCTION guard_agreement();
DROP FUNCTION becomes_void;
"""

# `refuse_change` comes from core.
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON agreements_voiding FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_voiding FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON agreements_voiding;
GRANT UPDATE, DELETE ON agreements_voiding TO app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0014_printing"),
        ("core", "0010_forgotten_files"),
        ("specialists", "0012_departures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Voiding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("filing_number", models.CharField(max_length=30, unique=True, verbose_name="备案号")),
                ("filed_on", models.DateField(verbose_name="备案日期")),
                ("reason", models.TextField(verbose_name="作废原因")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("voided_on", models.DateField(verbose_name="作废日期")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="agreement",
            name="agreement_filed_completely_or_not_at_all",
        ),
        migrations.AlterField(
            model_name="agreement",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "草稿"),
                    ("submitted", "待市科技局审核"),
                    ("returned", "退回补正"),
                    ("filed", "已备案"),
                    ("terminated", "已终止"),
                    ("void", "已作废"),
                ],
                default="draft",
                max_length=12,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("filed_by__isnull", False),
                        ("filed_on__isnull", False),
                        ("filing_number__isnull", False),
                        ("pack__isnull", False),
                        ("status__in", ("filed", "terminated")),
                    ),
                    models.Q(
                        ("filed_by", None), ("filed_on", None), ("filing_number__isnull", False), ("status", "void")
                    ),
                    models.Q(
                        models.Q(("status__in", ("filed", "terminated", "void")), _negated=True),
                        ("filed_by", None),
                        ("filed_on", None),
                        ("filing_number", None),
                    ),
                    _connector="OR",
                ),
                name="agreement_filed_completely_or_not_at_all",
                violation_error_message="已备案的协议须同时有备案号、备案日期、备案人和所依据的年度政策（工作方案四（二））。",
            ),
        ),
        migrations.AddField(
            model_name="voiding",
            name="agreement",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="voiding", to="agreements.agreement"
            ),
        ),
        migrations.AddField(
            model_name="voiding",
            name="filed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
                verbose_name="备案人",
            ),
        ),
        migrations.AddField(
            model_name="voiding",
            name="renews",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agreements.agreement",
                verbose_name="续签自",
            ),
        ),
        migrations.AddField(
            model_name="voiding",
            name="voided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
                verbose_name="办理人",
            ),
        ),
        migrations.AddConstraint(
            model_name="voiding",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="voiding_has_a_reason",
                violation_error_message="作废备案须写明原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="voiding",
            constraint=models.CheckConstraint(
                condition=models.Q(("voided_on__gte", models.F("filed_on"))),
                name="voided_after_it_was_filed",
                violation_error_message="作废日期不能早于备案日期。",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
    ]

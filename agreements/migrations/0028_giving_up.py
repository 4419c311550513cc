"""放弃: what was never filed is closed by a record of why, and changes no more."""

import django.db.models.deletion
from django.db import migrations, models

# guard_agreement stays word for word; it is not asked where an agreement does nothing but become void or abandoned, and
# a record says why. follows_its_host and follows_its_person (0005, 0008): merged units and persons take theirs along.
GUARD = """
CREATE FUNCTION becomes_abandoned(before agreements_agreement, after agreements_agreement) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT before.status IN ('draft', 'returned')
        AND to_jsonb(before) - ARRAY['status', 'renews_id'] = to_jsonb(after) - ARRAY['status', 'renews_id']
        AND EXISTS (SELECT FROM agreements_abandonment WHERE agreement_id = before.id
            AND renews_id IS NOT DISTINCT FROM before.renews_id)
$$;
DROP TRIGGER guard_agreement ON agreements_agreement;
CREATE TRIGGER guard_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (CASE WHEN NEW.status = 'void' AND OLD.status <> 'void' THEN NOT becomes_void(OLD, NEW)
               WHEN NEW.status = 'abandoned' AND OLD.status <> 'abandoned' THEN NOT becomes_abandoned(OLD, NEW)
               WHEN OLD.host_id IS DISTINCT FROM NEW.host_id THEN NOT follows_its_host(OLD, NEW)
               WHEN OLD.specialist_id <> NEW.specialist_id THEN NOT follows_its_person(OLD, NEW) ELSE true END)
    EXECUTE FUNCTION guard_agreement();

CREATE FUNCTION guard_abandoned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF follows_its_host(OLD, NEW) OR follows_its_person(OLD, NEW) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'abandoned_agreement_never_changes (agreement %)', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'abandoned_agreement_never_changes';
END $$;
CREATE TRIGGER guard_abandoned BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (OLD.status = 'abandoned' AND NEW.status = 'abandoned') EXECUTE FUNCTION guard_abandoned();
"""
GUARD_BACK = """
DROP TRIGGER guard_abandoned ON agreements_agreement;
DROP FUNCTION guard_abandoned;
DROP TRIGGER guard_agreement ON agreements_agreement;
CREATE TRIGGER guard_agreement BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (CASE WHEN NEW.status = 'void' AND OLD.status <> 'void' THEN NOT becomes_void(OLD, NEW)
               WHEN OLD.host_id IS DISTINCT FROM NEW.host_id THEN NOT follows_its_host(OLD, NEW)
               WHEN OLD.specialist_id <> NEW.specialist_id THEN NOT follows_its_person(OLD, NEW) ELSE true END)
    EXECUTE FUNCTION guard_agreement();
DROP FUNCTION becomes_abandoned;
"""

# `refuse_change` comes from core.
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON agreements_abandonment FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreements_abandonment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON agreements_abandonment;
GRANT UPDATE, DELETE ON agreements_abandonment TO app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_flags_by_two"),
        ("agreements", "0027_scans_that_lack_pages"),
        ("core", "0010_forgotten_files"),
        ("specialists", "0017_announcement_corrections"),
    ]

    operations = [
        migrations.CreateModel(
            name="Abandonment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(verbose_name="放弃原因")),
                ("abandoned_on", models.DateField(verbose_name="放弃日期")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="agreement",
            name="agreement_complete_once_submitted",
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
                    ("abandoned", "已放弃"),
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
                    ("status__in", ("draft", "abandoned")),
                    models.Q(
                        ("host__isnull", False),
                        ("pack__isnull", False),
                        ("service_end__isnull", False),
                        ("service_start__isnull", False),
                        ("submitted_on__isnull", False),
                        ("visits_per_year__isnull", False),
                        models.Q(("service_content", ""), _negated=True),
                    ),
                    models.Q(
                        ("host__isnull", False),
                        ("is_past", True),
                        ("service_end__isnull", False),
                        ("service_start__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="agreement_complete_once_submitted",
                violation_error_message="已提交的协议须写明派驻单位、服务期限、服务内容和年度目标（工作方案四（二））。",
            ),
        ),
        migrations.AddField(
            model_name="abandonment",
            name="abandoned_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
                verbose_name="办理人",
            ),
        ),
        migrations.AddField(
            model_name="abandonment",
            name="agreement",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="abandonment", to="agreements.agreement"
            ),
        ),
        migrations.AddField(
            model_name="abandonment",
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
        migrations.AddConstraint(
            model_name="abandonment",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="abandoned_for_a_reason",
                violation_error_message="放弃协议须写明原因。",
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
    ]

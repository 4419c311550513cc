"""Agreements filed before the platform are taken over with their numbers, and may be taken back."""

from django.db import migrations, models

# guard_agreement as of 0002, and what is new for past ones.
GUARD = """
CREATE OR REPLACE FUNCTION guard_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- A past one may be taken back; whatever hangs on it keeps it by its foreign key.
        IF OLD.status = 'draft' OR OLD.is_past THEN
            RETURN OLD;
        END IF;
        broken := 'submitted_agreement_is_kept';
    ELSIF (OLD.is_past, OLD.document_number) IS DISTINCT FROM (NEW.is_past, NEW.document_number) THEN
        broken := 'past_agreement_stays_so';
    ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'submitted'), ('submitted', 'filed'), ('submitted', 'returned'),
        ('returned', 'submitted'), ('filed', 'terminated')
    ) THEN
        broken := 'agreement_moves_in_order';
    ELSIF OLD.status IN ('filed', 'terminated') AND (
        OLD.filing_number, OLD.filed_on, OLD.filed_by_id, OLD.return_opinion
    ) IS DISTINCT FROM (
        NEW.filing_number, NEW.filed_on, NEW.filed_by_id, NEW.return_opinion
    ) OR OLD.status = 'terminated' AND (
        OLD.terminated_on, OLD.termination_reason
    ) IS DISTINCT FROM (
        NEW.terminated_on, NEW.termination_reason
    ) THEN
        broken := 'filed_agreement_never_changes';
    ELSIF OLD.status IN ('submitted', 'filed', 'terminated') AND (
        OLD.registration_id, OLD.specialist_id, OLD.institution_id, OLD.host_id, OLD.service_start, OLD.service_end,
        OLD.service_content, OLD.visits_per_year, OLD.goals, OLD.version, OLD.institution_reasons, OLD.submission_id,
        OLD.submitted_on, OLD.pack_id, OLD.renews_id, OLD.created_by_id, OLD.created_at
    ) IS DISTINCT FROM (
        NEW.registration_id, NEW.specialist_id, NEW.institution_id, NEW.host_id, NEW.service_start, NEW.service_end,
        NEW.service_content, NEW.visits_per_year, NEW.goals, NEW.version, NEW.institution_reasons, NEW.submission_id,
        NEW.submitted_on, NEW.pack_id, NEW.renews_id, NEW.created_by_id, NEW.created_at
    ) THEN
        broken := CASE OLD.status WHEN 'submitted' THEN 'submitted_agreement_is_frozen'
                                  ELSE 'filed_agreement_never_changes' END;
    END IF;
    IF broken IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% (agreement %)', broken, OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = broken;
END $$;
"""
GUARD_BACK = """
CREATE OR REPLACE FUNCTION guard_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        broken := 'submitted_agreement_is_kept';
    ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'submitted'), ('submitted', 'filed'), ('submitted', 'returned'),
        ('returned', 'submitted'), ('filed', 'terminated')
    ) THEN
        broken := 'agreement_moves_in_order';
    ELSIF OLD.status IN ('filed', 'terminated') AND (
        OLD.filing_number, OLD.filed_on, OLD.filed_by_id, OLD.return_opinion
    ) IS DISTINCT FROM (
        NEW.filing_number, NEW.filed_on, NEW.filed_by_id, NEW.return_opinion
    ) OR OLD.status = 'terminated' AND (
        OLD.terminated_on, OLD.termination_reason
    ) IS DISTINCT FROM (
        NEW.terminated_on, NEW.termination_reason
    ) THEN
        broken := 'filed_agreement_never_changes';
    ELSIF OLD.status IN ('submitted', 'filed', 'terminated') AND (
        OLD.registration_id, OLD.specialist_id, OLD.institution_id, OLD.host_id, OLD.service_start, OLD.service_end,
        OLD.service_content, OLD.visits_per_year, OLD.goals, OLD.version, OLD.institution_reasons, OLD.submission_id,
        OLD.submitted_on, OLD.pack_id, OLD.renews_id, OLD.created_by_id, OLD.created_at
    ) IS DISTINCT FROM (
        NEW.registration_id, NEW.specialist_id, NEW.institution_id, NEW.host_id, NEW.service_start, NEW.service_end,
        NEW.service_content, NEW.visits_per_year, NEW.goals, NEW.version, NEW.institution_reasons, NEW.submission_id,
        NEW.submitted_on, NEW.pack_id, NEW.renews_id, NEW.created_by_id, NEW.created_at
    ) THEN
        broken := CASE OLD.status WHEN 'submitted' THEN 'submitted_agreement_is_frozen'
                                  ELSE 'filed_agreement_never_changes' END;
    END IF;
    IF broken IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% (agreement %)', broken, OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = broken;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_districts"),
        ("agreements", "0003_teams"),
        ("core", "0004_pack_drafts"),
        ("specialists", "0004_appointment_note_checked"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="agreement",
            name="agreement_complete_once_submitted",
        ),
        migrations.RemoveConstraint(
            model_name="agreement",
            name="agreement_terminated_after_it_was_filed",
        ),
        migrations.AddField(
            model_name="agreement",
            name="document_number",
            field=models.CharField(blank=True, db_default="", max_length=60, verbose_name="备案文号"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="is_past",
            field=models.BooleanField(db_default=False, default=False, verbose_name="历史导入"),
        ),
        migrations.AlterField(
            model_name="agreement",
            name="termination_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unqualified", "考核不合格"),
                    ("agreed", "三方协商提前终止"),
                    ("graduated", "在校研究生毕业"),
                    ("provincial", "列入省级科技特派员"),
                    ("past", "平台启用前终止"),
                ],
                max_length=20,
                verbose_name="终止原因",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "draft"),
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
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("terminated_on", None),
                    ("terminated_on__gte", models.F("filed_on")),
                    ("is_past", True),
                    _connector="OR",
                ),
                name="agreement_terminated_after_it_was_filed",
                violation_error_message="终止日期不能早于备案日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("document_number", ""), ("is_past", False)),
                    models.Q(
                        ("is_past", True),
                        ("status__in", ("filed", "terminated")),
                        ("submission", None),
                        ("submitted_on", None),
                    ),
                    _connector="OR",
                ),
                name="past_agreement_is_filed",
                violation_error_message="历史导入的协议都是平台启用前已备案的协议，不经平台提交。",
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]

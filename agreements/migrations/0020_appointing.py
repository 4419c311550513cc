"""Direct appointment from start to filing: the bureau hands in itself, and another of its people files."""

import django.db.models.deletion
from django.db import migrations, models

# What is handed in together is one party's: no institution's agreement rides in the bureau's own, nor the other way.
GUARD = """
CREATE FUNCTION guard_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.submission_id IS NULL OR EXISTS (
        SELECT FROM agreements_submission
        WHERE id = NEW.submission_id AND institution_id IS NOT DISTINCT FROM NEW.institution_id
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'submission_of_its_first_party (agreement %)', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'submission_of_its_first_party';
END $$;
CREATE TRIGGER guard_submission BEFORE INSERT OR UPDATE OF submission_id ON agreements_agreement
    FOR EACH ROW EXECUTE FUNCTION guard_submission();
"""
GUARD_BACK = """
DROP TRIGGER guard_submission ON agreements_agreement;
DROP FUNCTION guard_submission;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_merged_units"), ("agreements", "0019_first_text")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="origin",
            field=models.CharField(
                choices=[("nominated", "单位推荐"), ("direct_appointment", "市科技局直接聘请")],
                db_default="nominated",
                default="nominated",
                max_length=20,
                verbose_name="来源",
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="institution",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="submissions",
                to="accounts.institution",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("institution__isnull", False), ("origin", "nominated")),
                    models.Q(("institution", None), ("origin", "direct_appointment")),
                    _connector="OR",
                ),
                name="submission_of_an_institution_or_of_the_bureau",
                violation_error_message="协议由派出单位汇总提交，直接聘请的由市科技局提交（工作方案四（二）、四（三））。",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("institution__isnull", False),
                    ("is_past", True),
                    models.Q(("filed_by", models.F("created_by")), _negated=True),
                    _connector="OR",
                ),
                name="direct_agreement_filed_by_another",
                violation_error_message="直接聘请的协议由起草人以外的人员审核备案（工作方案四（三））。",
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]

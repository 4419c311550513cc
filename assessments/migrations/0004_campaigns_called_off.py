"""R31: a campaign begun by mistake is called off while it has no result, by another than began it; its year is free."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION decided_campaign_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM assessments_assessment WHERE campaign_id = NEW.id AND status = 'final') THEN
        RAISE EXCEPTION 'decided_campaign_stays: campaign % has results', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decided_campaign_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decided_campaign_stays BEFORE UPDATE ON assessments_campaign
    FOR EACH ROW WHEN (OLD.called_off_on IS NULL AND NEW.called_off_on IS NOT NULL)
    EXECUTE FUNCTION decided_campaign_stays();
"""
BACKWARD = """
DROP TRIGGER decided_campaign_stays ON assessments_campaign;
DROP FUNCTION decided_campaign_stays;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_lists"),
        ("assessments", "0003_direct_appointees"),
        ("core", "0010_forgotten_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="called_off_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="called_off_on",
            field=models.DateField(blank=True, null=True, verbose_name="撤销日期"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="called_off_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="撤销原因"),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="status",
            field=models.CharField(
                choices=[
                    ("open", "待派出单位考核"),
                    ("submitted", "待市科技局审定"),
                    ("returned", "退回派出单位"),
                    ("final", "考核结果已定"),
                    ("exempt", "不参加考核"),
                    ("called_off", "考核已撤销"),
                ],
                default="open",
                max_length=12,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="year",
            field=models.PositiveSmallIntegerField(verbose_name="年度"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(
                condition=models.Q(("called_off_on", None)),
                fields=("year",),
                name="one_campaign_a_year",
                violation_error_message="每年考核一次，本年度考核已经发起（工作方案五（一））。",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("called_off_by", None), ("called_off_on", None), ("called_off_reason", "")),
                    models.Q(
                        ("called_off_by__isnull", False),
                        ("called_off_on__isnull", False),
                        models.Q(("called_off_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="campaign_called_off_when_by_whom_and_why",
                violation_error_message="撤销考核须同时记录日期、办理人和原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("called_off_by", None),
                    models.Q(("called_off_by", models.F("opened_by")), _negated=True),
                    _connector="OR",
                ),
                name="campaign_called_off_by_another",
                violation_error_message="撤销考核须由发起人以外的人办理。",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

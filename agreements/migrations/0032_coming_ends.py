"""提前终止 from a coming day: the order, and the agreement that says its day until it is ended then."""

import django.db.models.deletion
from django.db import migrations, models

# An agreement says the day that its order says, or none; an order stays as it was given, but for being taken back once.
GUARD = """
CREATE FUNCTION guard_coming_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered date := (SELECT ends_on FROM agreements_endorder WHERE agreement_id = NEW.id AND revoked_on IS NULL);
BEGIN
    IF NEW.status = 'filed' AND NEW.terminated_on IS DISTINCT FROM ordered
        OR NEW.status = 'terminated' AND ordered IS NOT NULL AND NEW.terminated_on <> ordered THEN
        RAISE EXCEPTION 'coming_end_is_ordered (agreement %)', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'coming_end_is_ordered';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_coming_end BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (NEW.terminated_on IS DISTINCT FROM OLD.terminated_on) EXECUTE FUNCTION guard_coming_end();
CREATE TRIGGER guard_coming_end_from_the_start BEFORE INSERT ON agreements_agreement FOR EACH ROW
    WHEN (NEW.status = 'filed' AND NEW.terminated_on IS NOT NULL) EXECUTE FUNCTION guard_coming_end();

REVOKE DELETE, TRUNCATE ON agreements_endorder FROM app;
CREATE FUNCTION guard_end_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.revoked_on IS NULL
        AND to_jsonb(OLD) - ARRAY['revoked_on', 'revoked_by_id', 'revoked_for']
            = to_jsonb(NEW) - ARRAY['revoked_on', 'revoked_by_id', 'revoked_for'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'end_order_stays (order %)', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'end_order_stays';
END $$;
CREATE TRIGGER guard_end_order BEFORE UPDATE OR DELETE ON agreements_endorder
    FOR EACH ROW EXECUTE FUNCTION guard_end_order();
"""
GUARD_BACK = """
DROP TRIGGER guard_end_order ON agreements_endorder;
DROP FUNCTION guard_end_order;
GRANT DELETE ON agreements_endorder TO app;
DROP TRIGGER guard_coming_end_from_the_start ON agreements_agreement;
DROP TRIGGER guard_coming_end ON agreements_agreement;
DROP FUNCTION guard_coming_end;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_districts_kept"),
        ("agreements", "0031_moved"),
        ("core", "0012_titles"),
        ("specialists", "0018_titles_as_written"),
    ]

    operations = [
        migrations.CreateModel(
            name="EndOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ends_on", models.DateField(verbose_name="终止日期")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("unqualified", "考核不合格"),
                            ("agreed", "三方协商提前终止"),
                            ("graduated", "在校研究生毕业"),
                            ("provincial", "列入省级科技特派员"),
                            ("moved", "改派"),
                            ("left", "科技特派员离开派出单位"),
                            ("past", "平台启用前终止"),
                        ],
                        max_length=20,
                        verbose_name="终止原因",
                    ),
                ),
                ("note", models.TextField(verbose_name="情况说明")),
                ("decided_on", models.DateField(verbose_name="决定日期")),
                ("revoked_on", models.DateField(blank=True, null=True, verbose_name="撤销日期")),
                ("revoked_for", models.TextField(blank=True, verbose_name="撤销原因")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="agreement",
            name="agreement_terminated_with_day_and_reason",
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("status", "filed"), ("terminated_on__isnull", False)),
                fields=["terminated_on"],
                name="agreements_to_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status__in", ("filed", "terminated")),
                        ("terminated_on__isnull", False),
                        models.Q(("termination_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status", "terminated"), _negated=True),
                        ("terminated_on", None),
                        ("termination_reason", ""),
                    ),
                    _connector="OR",
                ),
                name="agreement_terminated_with_day_and_reason",
                violation_error_message="终止协议须同时记录日期和原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "filed"), _negated=True),
                    ("terminated_on", None),
                    ("terminated_on__lte", models.F("service_end")),
                    _connector="OR",
                ),
                name="agreement_ends_early_within_its_service",
                violation_error_message="提前终止的日期不能晚于服务截止日期（工作方案四（二））。",
            ),
        ),
        migrations.AddField(
            model_name="endorder",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="end_orders", to="agreements.agreement"
            ),
        ),
        migrations.AddField(
            model_name="endorder",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
                verbose_name="决定人",
            ),
        ),
        migrations.AddField(
            model_name="endorder",
            name="revoked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.AddConstraint(
            model_name="endorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_on", None)),
                fields=("agreement",),
                name="one_end_ordered_of_an_agreement",
                violation_error_message="该协议已决定终止；需要改日期的，先撤销原决定（工作方案四（二））。",
            ),
        ),
        migrations.AddConstraint(
            model_name="endorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gt", models.F("decided_on"))),
                name="end_ordered_for_a_coming_day",
                violation_error_message="终止日期须晚于决定日期；当天终止的，直接终止（工作方案四（二））。",
            ),
        ),
        migrations.AddConstraint(
            model_name="endorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_by", None), ("revoked_for", ""), ("revoked_on", None)),
                    models.Q(
                        ("revoked_by__isnull", False),
                        ("revoked_on__isnull", False),
                        ("revoked_on__lt", models.F("ends_on")),
                        models.Q(("revoked_for", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="end_revoked_before_its_day_with_a_reason",
                violation_error_message="终止决定在终止日之前可以撤销，须写明原因（工作方案四（二））。",
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]

"""What a filed agreement may still change: asked for, decided by another, kept as it was asked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE FUNCTION guard_amendment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status = 'open' AND (
        to_jsonb(OLD) - ARRAY['status', 'decided_by_id', 'decider_id', 'decided_at', 'opinion']
        = to_jsonb(NEW) - ARRAY['status', 'decided_by_id', 'decider_id', 'decided_at', 'opinion']
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'amendment_stays_as_asked (amendment %)', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'amendment_stays_as_asked';
END $$;
CREATE TRIGGER guard_amendment BEFORE UPDATE OR DELETE ON agreements_amendment
    FOR EACH ROW EXECUTE FUNCTION guard_amendment();
"""
GUARD_BACK = """
DROP TRIGGER guard_amendment ON agreements_amendment;
DROP FUNCTION guard_amendment;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0016_waiting"),
        ("core", "0010_forgotten_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Amendment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "待审核"),
                            ("approved", "已变更"),
                            ("returned", "不同意变更"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="申请时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
                ("opinion", models.TextField(blank=True, verbose_name="审核意见")),
                ("values", models.JSONField(verbose_name="变更后")),
                ("before", models.JSONField(verbose_name="变更前")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("need", "派驻单位需求变化"),
                            ("plan", "服务计划调整"),
                            ("force", "自然灾害等不可抗力"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="变更原因",
                    ),
                ),
                ("note", models.TextField(verbose_name="情况说明")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="申请人",
                    ),
                ),
                (
                    "asker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="审核人",
                    ),
                ),
                (
                    "decider",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                        verbose_name="补充协议",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("agreement",),
                        name="one_open_amendment_of_an_agreement",
                        violation_error_message="该协议已有待审核的变更申请。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decider", None), models.Q(("decider", models.F("asker")), _negated=True), _connector="OR"
                        ),
                        name="amendment_is_decided_by_another",
                        violation_error_message="变更申请不能由申请人自己审核（工作方案六（三））。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("decider__isnull", False),
                                ("status__in", ("approved", "returned")),
                            ),
                            models.Q(
                                models.Q(("status__in", ("approved", "returned")), _negated=True),
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("decider__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="amendment_decided_when_and_by_whom",
                        violation_error_message="变更申请的审核人和时间须同时记录。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "returned"), _negated=True),
                            models.Q(("opinion", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="amendment_returned_with_an_opinion",
                        violation_error_message="不同意变更须写明意见。",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]

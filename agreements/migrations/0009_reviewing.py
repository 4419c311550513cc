"""The review beside the decision: corrections with their remarks, notes, who has a case, who stands in for whom."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# While it is sent back with remarks, an agreement changes in the parts remarked on; without any, in all of them. A host
# that was merged takes its agreements along.
GUARD = """
CREATE FUNCTION guard_correction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    remarked text[];
BEGIN
    SELECT array_agg(part) INTO remarked FROM agreements_remark WHERE correction_id = (
        SELECT max(id) FROM agreements_correction WHERE agreement_id = OLD.id);
    IF remarked IS NULL OR NOT (
        OLD.host_id IS DISTINCT FROM NEW.host_id AND NOT 'host' = ANY(remarked) AND NOT follows_its_host(OLD, NEW)
        OR (OLD.service_start, OLD.service_end) IS DISTINCT FROM (NEW.service_start, NEW.service_end)
            AND NOT 'period' = ANY(remarked)
        OR OLD.visits_per_year IS DISTINCT FROM NEW.visits_per_year AND NOT 'visits' = ANY(remarked)
        OR OLD.service_content <> NEW.service_content AND NOT 'content' = ANY(remarked)
        OR OLD.goals <> NEW.goals AND NOT 'goals' = ANY(remarked)
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'only_remarked_parts_change (agreement %)', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'only_remarked_parts_change';
END $$;
CREATE TRIGGER guard_correction BEFORE UPDATE ON agreements_agreement FOR EACH ROW
    WHEN (OLD.status = 'returned') EXECUTE FUNCTION guard_correction();
"""
GUARD_BACK = """
DROP TRIGGER guard_correction ON agreements_agreement;
DROP FUNCTION guard_correction;
"""

# `refuse_change` comes from core.
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON {table};
GRANT UPDATE, DELETE ON {table} TO app;
"""
KEPT = ["agreements_correction", "agreements_remark", "agreements_casenote"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_merged_units"),
        ("agreements", "0008_merged_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseHolder",
            fields=[
                (
                    "agreement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="holding",
                        serialize=False,
                        to="agreements.agreement",
                    ),
                ),
                ("since", models.DateTimeField(auto_now=True)),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="accounts.membership",
                        verbose_name="经办人",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="次数")),
                ("note", models.TextField(blank=True, verbose_name="其他意见")),
                ("said", models.JSONField(verbose_name="退回时的内容")),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="退回时间")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "returned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="退回人",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Cover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(verbose_name="开始日期")),
                ("until", models.DateField(verbose_name="结束日期")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("arranged_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="提前结束时间")),
                (
                    "absent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="外出人员",
                    ),
                ),
                (
                    "arranged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="代办人员",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("corrections", models.PositiveSmallIntegerField()),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="looks", to="agreements.agreement"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("specialist", "特派员信息"),
                            ("host", "派驻单位"),
                            ("period", "服务期限"),
                            ("visits", "年度到现场服务"),
                            ("content", "服务内容"),
                            ("goals", "年度目标"),
                            ("signatures", "签署"),
                            ("scan", "扫描件"),
                        ],
                        max_length=12,
                        verbose_name="项目",
                    ),
                ),
                ("words", models.CharField(max_length=200, verbose_name="意见")),
                (
                    "correction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to="agreements.correction"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("words", models.TextField(verbose_name="备注")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="agreements.agreement"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True),
                        name="note_says_something",
                        violation_error_message="请填写备注。",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(
                fields=("agreement", "number"),
                name="corrections_are_counted",
                violation_error_message="该协议的这一次退回已经登记。",
            ),
        ),
        migrations.AddIndex(
            model_name="cover",
            index=models.Index(fields=["stand_in", "until"], name="covers_of_a_stand_in"),
        ),
        migrations.AddConstraint(
            model_name="cover",
            constraint=models.CheckConstraint(
                condition=models.Q(("absent", models.F("stand_in")), _negated=True),
                name="nobody_stands_in_for_themselves",
                violation_error_message="代办人员须是本人以外的同事。",
            ),
        ),
        migrations.AddConstraint(
            model_name="cover",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gte", models.F("since"))),
                name="cover_ends_after_it_starts",
                violation_error_message="代办的结束日期不能早于开始日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="cover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="cover_ended_when_and_by_whom",
                violation_error_message="提前结束代办须同时有时间和办理人。",
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(fields=("agreement", "person"), name="one_look_of_a_person"),
        ),
        migrations.AddConstraint(
            model_name="remark",
            constraint=models.UniqueConstraint(
                fields=("correction", "part"),
                name="one_remark_on_a_part",
                violation_error_message="每个项目只写一条意见。",
            ),
        ),
        migrations.AddConstraint(
            model_name="remark",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True),
                name="remark_says_something",
                violation_error_message="请写明需要补正的内容。",
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
        *(migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_BACK.format(table=table)) for table in KEPT),
    ]

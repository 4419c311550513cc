"""Registrations and teams taken over with agreements that were filed before the platform."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_districts"),
        ("core", "0004_pack_drafts"),
        ("specialists", "0006_change_requests"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="registration",
            name="registration_submitted_with_day_and_pack",
        ),
        migrations.RemoveConstraint(
            model_name="registration",
            name="registration_submitted_with_consent",
        ),
        migrations.RemoveConstraint(
            model_name="team",
            name="team_handed_in_with_its_fields",
        ),
        migrations.RemoveConstraint(
            model_name="team",
            name="team_handed_in_with_day_and_pack",
        ),
        migrations.AddField(
            model_name="registration",
            name="is_past",
            field=models.BooleanField(db_default=False, default=False, verbose_name="历史导入"),
        ),
        migrations.AddField(
            model_name="team",
            name="is_past",
            field=models.BooleanField(db_default=False, default=False, verbose_name="历史导入"),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "draft"),
                    models.Q(("pack__isnull", False), ("submitted_on__isnull", False)),
                    models.Q(("is_past", True), ("pack__isnull", False), ("submitted_on", None)),
                    _connector="OR",
                ),
                name="registration_submitted_with_day_and_pack",
                violation_error_message="已提交的登记须有提交日期和所依据的年度政策。",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "draft"), ("consented_on__isnull", False), ("is_past", True), _connector="OR"
                ),
                name="registration_submitted_with_consent",
                violation_error_message="提交登记前须取得本人对处理个人信息的同意。",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_past", False), ("status", "approved"), _connector="OR"),
                name="past_registration_is_approved",
                violation_error_message="历史导入的登记都是已入选的登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="team",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "draft"), ("domains__len__gt", 0), ("is_past", True), _connector="OR"),
                name="team_handed_in_with_its_fields",
                violation_error_message="团队须按领域或行业组成（工作方案一（二））。",
            ),
        ),
        migrations.AddConstraint(
            model_name="team",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "draft"),
                    models.Q(("pack__isnull", False), ("submitted_on__isnull", False)),
                    models.Q(("is_past", True), ("pack__isnull", False), ("submitted_on", None)),
                    _connector="OR",
                ),
                name="team_handed_in_with_day_and_pack",
                violation_error_message="已提交的团队须有提交日期和所依据的年度政策。",
            ),
        ),
        migrations.AddConstraint(
            model_name="team",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_past", False), ("status", "approved"), _connector="OR"),
                name="past_team_is_approved",
                violation_error_message="历史导入的团队都是已入选的团队。",
            ),
        ),
    ]

"""R28, A6: of whom the bureau appoints directly one of its people scores, and another decides."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_guards")]

    operations = [
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("institution__isnull", False),
                    models.Q(("decided_by", models.F("institution_by")), _negated=True),
                    _connector="OR",
                ),
                name="direct_assessment_decided_by_another",
                violation_error_message="直接聘请的人员由市科技局考核，评分和审定须由两人办理（工作方案五（一））。",
            ),
        ),
    ]

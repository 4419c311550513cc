"""An end said of a departure or a graduation, and taken back with its order: what it answered is asked again."""

from django.db import migrations, models

# Of what is still filed and ends on no day before its own, the end said was taken back with the order of that day.
TAKEN_BACK = """
UPDATE agreements_{table} AS said SET taken_back_on = (
    SELECT max(revoked_on) FROM agreements_endorder WHERE agreement_id = said.agreement_id
) FROM agreements_agreement AS paper
WHERE paper.id = said.agreement_id AND paper.status = 'filed' AND paper.terminated_on IS NULL AND NOT said.continues;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_districts_kept"),
        ("agreements", "0032_coming_ends"),
        ("specialists", "0018_titles_as_written"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="departuredecision", name="one_decision_of_a_departure"),
        migrations.RemoveConstraint(model_name="graduationdecision", name="one_decision_of_a_graduation"),
        migrations.AddField(
            model_name="departuredecision",
            name="taken_back_on",
            field=models.DateField(blank=True, null=True, verbose_name="撤销日期"),
        ),
        migrations.AddField(
            model_name="graduationdecision",
            name="taken_back_on",
            field=models.DateField(blank=True, null=True, verbose_name="撤销日期"),
        ),
        migrations.RunSQL(TAKEN_BACK.format(table="departuredecision"), migrations.RunSQL.noop),
        migrations.RunSQL(TAKEN_BACK.format(table="graduationdecision"), migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="departuredecision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("taken_back_on", None)),
                fields=("agreement", "departure"),
                name="one_decision_of_a_departure",
                violation_error_message="该协议已按离职登记办理。",
            ),
        ),
        migrations.AddConstraint(
            model_name="departuredecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken_back_on", None), ("continues", False), _connector="OR"),
                name="departure_end_taken_back",
                violation_error_message="继续服务的安排没有终止决定，不能撤销。",
            ),
        ),
        migrations.AddConstraint(
            model_name="graduationdecision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("taken_back_on", None)),
                fields=("agreement", "graduates_on"),
                name="one_decision_of_a_graduation",
                violation_error_message="该协议毕业后的安排已经办理。",
            ),
        ),
        migrations.AddConstraint(
            model_name="graduationdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken_back_on", None), ("continues", False), _connector="OR"),
                name="graduation_end_taken_back",
                violation_error_message="继续服务的安排没有终止决定，不能撤销。",
            ),
        ),
    ]

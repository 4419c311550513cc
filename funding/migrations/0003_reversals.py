"""A reversal is asked for by one person and posted at another's word; what was reversed before stays as it is.

The ledger function learns to ask for that word: with it no reversal is posted that only one person wanted, whoever
calls. Lines reversed before this migration have no request, and need none.
"""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

REQUESTS = """
CREATE FUNCTION reversal_takes_its_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := '{status,decided_by_id,decider_id,decided_at,opinion}';
    move text := CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.status END || '>' || NEW.status;
    wrong record;
BEGIN
    IF move NOT IN ('>open', 'open>approved', 'open>returned', 'open>withdrawn') THEN
        PERFORM violated('reversal_takes_its_steps', move);
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - decided <> to_jsonb(OLD) - decided THEN
        PERFORM violated('reversal_stays_what_was_asked', 'entry, reason and who asked never change');
    END IF;
    SELECT entry.kind, account.institution_id,
        EXISTS (SELECT 1 FROM funding_ledgerentry later WHERE later.reverses_id = entry.id) AS is_reversed INTO STRICT wrong
        FROM funding_ledgerentry entry JOIN funding_account account ON account.id = entry.account_id
        WHERE entry.id = NEW.entry_id;
    IF wrong.kind = 'reversal' OR wrong.is_reversed THEN
        PERFORM violated('reversal_of_a_standing_line', format('%s, reversed: %s', wrong.kind, wrong.is_reversed));
    END IF;
    -- R38: whoever gave takes back: two people of the bureau, or two of the institution, each under their own name.
    IF EXISTS (
        SELECT 1 FROM (VALUES (NEW.asked_by_id, NEW.asker_id), (NEW.decided_by_id, NEW.decider_id)) hand (hat, person)
        WHERE hat IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM accounts_membership worn WHERE worn.id = hat AND worn.person_id = hand.person
            AND CASE wrong.kind
                WHEN 'subsidy' THEN worn.organization_id = wrong.institution_id
                    AND worn.role IN ('institution_admin', 'institution_clerk')
                ELSE worn.role IN ('bureau_admin', 'bureau_officer', 'division_head') END
        )
    ) THEN
        PERFORM violated('reversal_by_those_who_gave', 'who asks or decides is not of the side that gave');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reversal_takes_its_steps BEFORE INSERT OR UPDATE ON funding_reversalrequest
    FOR EACH ROW EXECUTE FUNCTION reversal_takes_its_steps();
REVOKE DELETE, TRUNCATE ON funding_reversalrequest FROM app;
"""

# ledger_post as 0002 wrote it, and what is asked of a reversal besides.
BEFORE = import_module("funding.migrations.0002_ledger").LEDGER
POST = BEFORE[BEFORE.index("CREATE FUNCTION ledger_post(") : BEFORE.index("-- What does not fit")].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1
)
PLACE = "        IF (purposes ? line.purpose) IS NOT TRUE THEN\n"
ANOTHER = """\
        -- R43: what two people paid, one does not take back: who posts it decided what another had asked for.
        IF line.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM funding_reversalrequest asked WHERE asked.entry_id = line.reverses_id
            AND asked.status = 'approved' AND asked.decided_by_id = p_posted_by
        ) THEN
            PERFORM violated('reversal_at_the_word_of_two', format('nobody asked %s to reverse it', p_posted_by));
        END IF;
"""
assert POST.count(PLACE) == 1

BACKWARD = """
DROP FUNCTION reversal_takes_its_steps CASCADE;
GRANT DELETE ON funding_reversalrequest TO app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_districts_kept"),
        ("funding", "0002_ledger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReversalRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="申请时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
                ("opinion", models.TextField(blank=True, verbose_name="审核意见")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "冲红申请中"),
                            ("approved", "已冲红"),
                            ("returned", "不同意冲红"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="冲红原因")),
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
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal_requests",
                        to="funding.ledgerentry",
                        verbose_name="分录",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("open", "approved"))),
                        fields=("entry",),
                        name="one_reversal_asked_of_an_entry",
                        violation_error_message="这笔分录已有冲红申请。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="reversal_has_its_reason",
                        violation_error_message="申请冲红须写明原因。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decider", None), models.Q(("decider", models.F("asker")), _negated=True), _connector="OR"
                        ),
                        name="reversal_is_decided_by_another",
                        violation_error_message="冲红申请不能由申请人自己审核（工作方案六（三））。",
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
                        name="reversal_decided_when_and_by_whom",
                        violation_error_message="冲红申请的审核人和时间须同时记录。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "returned"), _negated=True),
                            models.Q(("opinion", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="reversal_returned_with_an_opinion",
                        violation_error_message="不同意冲红须写明意见。",
                    ),
                ],
            },
        ),
        migrations.RunSQL(REQUESTS, BACKWARD),
        migrations.RunSQL(POST.replace(PLACE, ANOTHER + PLACE), POST),
    ]

"""A claim keeps the account it goes to from the day its batch is handed in, and never changes it once that is approved.

Old rows are told as far as they are known: of what was paid, its trace kept the masked account of that day. What waits
for approval has none: it is sent back and handed in again, by whoever then sees whose account it is.
"""

from importlib import import_module

from django.db import migrations, models

import core.crypto

KNOWN = """
ALTER TABLE funding_claim DISABLE TRIGGER claim_moves_with_its_batch;
UPDATE funding_claim claim SET payee_masked = told.after->>'payee_account'
    FROM core_auditevent told
    WHERE told.target_type = 'funding.Claim' AND told.target_id = claim.id AND told.verb = 'claim.paid'
        AND claim.status IN ('paid', 'reversed');
ALTER TABLE funding_claim ENABLE TRIGGER claim_moves_with_its_batch;
"""

# claim_moves_with_its_batch as 0002 wrote it, and what it says of the account besides.
BEFORE = import_module("funding.migrations.0002_ledger").RATES_AND_CLAIMS
MOVES = BEFORE[
    BEFORE.index("CREATE FUNCTION claim_moves_with_its_batch(") : BEFORE.index(
        "CREATE TRIGGER claim_moves_with_its_batch"
    )
].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
BESIDE = "'{status,batch_id}'::text[]"
STEPS = "        WHEN 'in_batch>open' THEN"
END = "    RETURN NEW;\n"
assert (MOVES.count(BESIDE), MOVES.count(STEPS), MOVES.count(END)) == (2, 1, 1)
WITH_PAYEES = (
    MOVES.replace(BESIDE, "'{status,batch_id,payee_account,payee_masked,payee_bank}'::text[]")
    .replace(STEPS, "        WHEN 'in_batch>in_batch' THEN NEW.batch_id IS NOT DISTINCT FROM OLD.batch_id\n" + STEPS)
    .replace(
        END,
        """\
    -- The account is kept when the batch is handed in, by whoever answers for it; whoever approves it sees that one.
    IF (NEW.payee_account, NEW.payee_masked, NEW.payee_bank)
            IS DISTINCT FROM (OLD.payee_account, OLD.payee_masked, OLD.payee_bank)
        AND NOT (OLD.status = 'in_batch' AND NEW.status IN ('in_batch', 'open')
            AND held.status IN ('draft', 'returned', 'dropped'))
    THEN
        PERFORM violated('claim_keeps_its_payee', format('the batch is %s', held.status));
    END IF;
    IF NEW.status = 'paid' AND NEW.payee_account IS NULL AND OLD.status <> 'paid' THEN
        PERFORM violated('claim_paid_to_a_kept_account', 'nobody has seen whose account it goes to');
    END IF;
"""
        + END,
    )
)


class Migration(migrations.Migration):
    dependencies = [("funding", "0003_reversals"), ("core", "0012_titles")]
    operations = [
        migrations.AddField(
            model_name="claim",
            name="payee_account",
            field=core.crypto.EncryptedTextField(blank=True, null=True, verbose_name="收款账号"),
        ),
        migrations.AddField(
            model_name="claim",
            name="payee_masked",
            field=models.CharField(blank=True, max_length=40, null=True, verbose_name="收款账号"),
        ),
        migrations.AddField(
            model_name="claim",
            name="payee_bank",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="收款开户行"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "open"), _negated=True),
                    models.Q(("payee_account__isnull", True), ("payee_bank", ""), ("payee_masked", None)),
                    _connector="OR",
                ),
                name="open_claim_keeps_no_payee",
                violation_error_message="未编入批次的补助不记录收款账户。",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("payee_account__isnull", True), ("payee_masked__isnull", False), _connector="OR"),
                name="kept_payee_has_its_mask",
                violation_error_message="收款账号须同时记录遮盖后的号码。",
            ),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RunSQL(WITH_PAYEES, MOVES),
    ]

"""What holds for money even when somebody writes SQL: the ledger's one way in, the band of the plan, the states.

The functions run as their owner only where `app` may not write itself (`ledger_post`); the triggers run as whoever
writes. Each refusal carries a constraint's name, so that a test and a log can tell which.
"""

from django.db import migrations

POLICY = """
-- The twin of PolicyPack.in_force: what the plan says on a day.
CREATE FUNCTION policy_in_force(p_on date) RETURNS core_policypack LANGUAGE sql STABLE AS $$
    SELECT * FROM core_policypack WHERE active_from <= p_on AND year <= extract(year FROM p_on)
    ORDER BY year DESC, version DESC LIMIT 1
$$;

CREATE FUNCTION violated(p_constraint text, p_message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', p_constraint, p_message USING ERRCODE = 'check_violation', CONSTRAINT = p_constraint;
END $$;

-- R40: the band stands in the pack of that day and nowhere else.
CREATE FUNCTION refuse_outside_band(p_constraint text, p_amount bigint, p_on date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    band jsonb := (policy_in_force(p_on)).rules #> '{E-AMOUNT,params}';
BEGIN
    IF band IS NULL OR p_amount NOT BETWEEN (band->>'min_fen')::bigint AND (band->>'max_fen')::bigint THEN
        PERFORM violated(p_constraint, format('%s is outside the band %s of %s', p_amount, band, p_on));
    END IF;
END $$;
"""

BUDGET = """
CREATE FUNCTION allocation_within_the_budget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held funding_budget;
    given bigint;
BEGIN
    -- Two officers at once queue here; the second counts what the first has given.
    SELECT * INTO STRICT held FROM funding_budget WHERE id = NEW.budget_id FOR UPDATE;
    SELECT coalesce(sum(amount_fen), 0) INTO given FROM funding_allocation
        WHERE budget_id = NEW.budget_id AND NOT is_reversed;
    IF given + NEW.amount_fen > held.amount_fen THEN
        PERFORM violated(
            'allocation_within_the_budget', format('%s + %s of %s', given, NEW.amount_fen, held.amount_fen)
        );
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER allocation_within_the_budget BEFORE INSERT ON funding_allocation
    FOR EACH ROW EXECUTE FUNCTION allocation_within_the_budget();

CREATE FUNCTION allocation_only_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'is_reversed' <> to_jsonb(OLD) - 'is_reversed' OR NOT NEW.is_reversed OR NOT EXISTS (
        SELECT 1 FROM funding_ledgerentry posted JOIN funding_ledgerentry reversing ON reversing.reverses_id = posted.id
        WHERE posted.allocation_id = NEW.id
    ) THEN
        PERFORM violated('allocation_only_reversed', 'an allocation never changes; its reversing entry marks it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER allocation_only_reversed BEFORE UPDATE ON funding_allocation
    FOR EACH ROW EXECUTE FUNCTION allocation_only_reversed();

CREATE FUNCTION budget_covers_its_allocations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given bigint := (SELECT coalesce(sum(amount_fen), 0) FROM funding_allocation
                     WHERE budget_id = NEW.id AND NOT is_reversed);
BEGIN
    IF NEW.year <> OLD.year OR given > NEW.amount_fen THEN
        PERFORM violated('budget_covers_its_allocations', format('%s allocated of %s', given, NEW.amount_fen));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER budget_covers_its_allocations BEFORE UPDATE ON funding_budget
    FOR EACH ROW EXECUTE FUNCTION budget_covers_its_allocations();
"""

RATES_AND_CLAIMS = """
CREATE FUNCTION rate_card_as_the_plan_allows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_outside_band('rate_within_the_band', NEW.amount_fen, NEW.effective_from);
    -- Who claims at this moment holds the institution too: the rate of a claimed day does not change under a claim.
    PERFORM 1 FROM accounts_institution WHERE organization_id = NEW.institution_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM funding_claim WHERE institution_id = NEW.institution_id
        AND service_date >= NEW.effective_from AND status <> 'reversed'
    ) THEN
        PERFORM violated('rate_of_a_claimed_day_stays', format('visits since %s are claimed', NEW.effective_from));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rate_card_as_the_plan_allows BEFORE INSERT ON funding_ratecard
    FOR EACH ROW EXECUTE FUNCTION rate_card_as_the_plan_allows();

CREATE FUNCTION claim_of_a_confirmed_visit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    attended record;
    card funding_ratecard;
BEGIN
    IF NEW.status <> 'open' THEN
        PERFORM violated('claim_starts_open', NEW.status);
    END IF;
    SELECT a.specialist_id, v.date, v.status, v.mode, g.institution_id INTO STRICT attended
        FROM visits_visitattendance a JOIN visits_visit v ON v.id = a.visit_id
        JOIN agreements_agreement g ON g.id = v.agreement_id
        WHERE a.id = NEW.attendance_id;
    IF attended.specialist_id <> NEW.specialist_id OR attended.date <> NEW.service_date
        OR attended.institution_id IS DISTINCT FROM NEW.institution_id
    THEN
        PERFORM violated('claim_tells_of_its_visit', 'person, day or institution differ from the visit');
    END IF;
    IF attended.status <> 'confirmed' OR attended.mode <> 'onsite' THEN
        PERFORM violated('claim_of_a_confirmed_visit', format('the visit is %s, %s', attended.status, attended.mode));
    END IF;
    PERFORM 1 FROM accounts_institution WHERE organization_id = NEW.institution_id FOR NO KEY UPDATE;
    SELECT * INTO card FROM funding_ratecard
        WHERE institution_id = NEW.institution_id AND effective_from <= NEW.service_date
        ORDER BY effective_from DESC LIMIT 1;
    IF NEW.rate_card_id IS DISTINCT FROM card.id OR NEW.amount_fen IS DISTINCT FROM card.amount_fen THEN
        PERFORM violated('claim_at_the_rate_in_force', format('%s, the rate is %s', NEW.amount_fen, card.amount_fen));
    END IF;
    PERFORM refuse_outside_band('claim_within_the_band', NEW.amount_fen, NEW.service_date);
    RETURN NEW;
END $$;
CREATE TRIGGER claim_of_a_confirmed_visit BEFORE INSERT ON funding_claim
    FOR EACH ROW EXECUTE FUNCTION claim_of_a_confirmed_visit();

CREATE FUNCTION claim_moves_with_its_batch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held funding_paymentbatch;
    posted bigint;
BEGIN
    IF to_jsonb(NEW) - '{status,batch_id}'::text[] <> to_jsonb(OLD) - '{status,batch_id}'::text[] THEN
        PERFORM violated('claim_never_changes', 'only its batch and status do');
    END IF;
    -- Held until commit: who submits or approves the batch meanwhile waits, and so do we for them.
    SELECT * INTO held FROM funding_paymentbatch WHERE id = coalesce(NEW.batch_id, OLD.batch_id) FOR SHARE;
    posted := (SELECT id FROM funding_ledgerentry WHERE claim_id = NEW.id);
    IF NOT (CASE OLD.status || '>' || NEW.status
        WHEN 'open>in_batch' THEN held.status IN ('draft', 'returned') AND held.institution_id = NEW.institution_id
            AND held.year = extract(year FROM NEW.service_date)
        WHEN 'in_batch>open' THEN held.status IN ('draft', 'returned', 'dropped')
        WHEN 'in_batch>paid' THEN held.status = 'approved' AND NEW.batch_id = OLD.batch_id AND posted IS NOT NULL
        WHEN 'paid>reversed' THEN NEW.batch_id = OLD.batch_id
            AND EXISTS (SELECT 1 FROM funding_ledgerentry WHERE reverses_id = posted)
        ELSE false END)
    THEN
        PERFORM violated('claim_moves_with_its_batch', format('%s > %s in %s', OLD.status, NEW.status, held.status));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claim_moves_with_its_batch BEFORE UPDATE ON funding_claim
    FOR EACH ROW EXECUTE FUNCTION claim_moves_with_its_batch();
"""

BATCHES = """
CREATE FUNCTION batch_takes_its_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    move text := CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.status END || '>' || NEW.status;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status IN ('approved', 'dropped')
        AND to_jsonb(NEW) - 'sheet_id' = to_jsonb(OLD) - 'sheet_id'
    THEN
        RETURN NEW;  -- its paper is made after the approval
    END IF;
    IF move NOT IN ('>draft', 'draft>draft', 'returned>returned', 'draft>submitted', 'returned>submitted',
        'submitted>approved', 'submitted>returned', 'draft>dropped', 'returned>dropped')
    THEN
        PERFORM violated('batch_takes_its_steps', move);
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.institution_id, NEW.year) <> (OLD.institution_id, OLD.year) THEN
        PERFORM violated('batch_stays_where_it_is', 'institution and year never change');
    END IF;
    -- R38: who makes and who approves are people of the institution that holds the money, each under their own name.
    IF NOT EXISTS (
        SELECT 1 FROM accounts_membership WHERE id = NEW.made_by_id
        AND person_id = NEW.maker_id AND organization_id = NEW.institution_id
    ) OR NEW.approved_by_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM accounts_membership WHERE id = NEW.approved_by_id
        AND person_id = NEW.approver_id AND organization_id = NEW.institution_id
    ) THEN
        PERFORM violated('batch_of_the_institutions_people', 'maker or approver is not of the institution');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_takes_its_steps BEFORE INSERT OR UPDATE ON funding_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION batch_takes_its_steps();
"""

LEDGER = """
-- sha256(previous digest, then the entry as a JSON array): every column but the digests, each kept apart from the next.
CREATE FUNCTION ledger_digest(previous text, entry funding_ledgerentry) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(previous || jsonb_build_array(
        entry.id, entry.account_id, entry.sequence, entry.kind, entry.amount_fen, entry.balance_fen, entry.purpose,
        entry.allocation_id, entry.claim_id, entry.reverses_id, entry.batch_id, entry.memo,
        to_char(entry.posted_on, 'YYYY-MM-DD'), entry.posted_by_id,
        to_char(entry.posted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    )::text, 'UTF8')), 'hex')
$$;

-- The only way into the ledger. One line per source, all of one account: allocations that were made, claims of an
-- approved batch, or entries to reverse. Amounts come from the sources, so a caller cannot name another.
-- Each kind has a statement of its own: one statement for all would be planned anew at every call.
CREATE FUNCTION ledger_post(
    p_kind text, p_sources bigint[], p_memo text, p_posted_on date, p_posted_by bigint
) RETURNS SETOF funding_ledgerentry
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    poster accounts_membership;
    purposes jsonb;
    source bigint;
    line record;
    head funding_account;
    entry funding_ledgerentry;
BEGIN
    SELECT * INTO STRICT poster FROM accounts_membership WHERE id = p_posted_by;
    SELECT settings #> '{funding,purposes}' INTO purposes FROM core_policypack
        WHERE active_from <= p_posted_on AND year <= extract(year FROM p_posted_on)
        ORDER BY year DESC, version DESC LIMIT 1;
    FOREACH source IN ARRAY p_sources LOOP
        -- Each column has one type in all branches: a session that posts several kinds plans what follows only once.
        CASE p_kind
        WHEN 'allocation' THEN
            SELECT given.institution_id, budget.year, given.amount_fen, purposes->>0 AS purpose,
                given.id AS allocation_id, NULL::bigint AS claim_id, NULL::bigint AS reverses_id,
                NULL::bigint AS batch_id, false AS from_the_institution INTO line
            FROM funding_allocation given JOIN funding_budget budget ON budget.id = given.budget_id
            WHERE given.id = source;
        WHEN 'subsidy' THEN
            SELECT claim.institution_id, batch.year, -claim.amount_fen::bigint AS amount_fen, batch.purpose::text,
                NULL::bigint AS allocation_id, claim.id AS claim_id, NULL::bigint AS reverses_id,
                batch.id AS batch_id, true AS from_the_institution INTO line
            FROM funding_claim claim JOIN funding_paymentbatch batch ON batch.id = claim.batch_id
            WHERE claim.id = source AND claim.status = 'in_batch'
                AND batch.status = 'approved' AND batch.approved_by_id = p_posted_by;
        WHEN 'reversal' THEN
            SELECT account.institution_id, account.year, -wrong.amount_fen AS amount_fen, wrong.purpose::text,
                NULL::bigint AS allocation_id, NULL::bigint AS claim_id, wrong.id AS reverses_id,
                wrong.batch_id, wrong.kind = 'subsidy' AS from_the_institution INTO line
            FROM funding_ledgerentry wrong JOIN funding_account account ON account.id = wrong.account_id
            WHERE wrong.id = source AND wrong.kind <> 'reversal';
        END CASE;
        IF NOT FOUND THEN
            PERFORM violated('ledger_posts_every_source', format('%s %s cannot be posted', p_kind, source));
        END IF;
        -- R38: the bureau gives to institutions, an institution gives to its people; nobody else moves money.
        IF NOT (CASE WHEN line.from_the_institution
            THEN poster.organization_id = line.institution_id
                AND poster.role IN ('institution_admin', 'institution_clerk')
            ELSE poster.role IN ('bureau_admin', 'bureau_officer', 'division_head') END)
        THEN
            PERFORM violated('money_goes_down', format('%s may not post %s', poster.role, p_kind));
        END IF;
        IF (purposes ? line.purpose) IS NOT TRUE THEN
            PERFORM violated('ledger_purpose_permitted', line.purpose);
        END IF;
        IF head.id IS NULL THEN
            -- Everybody who posts to this account waits here for the one before.
            SELECT * INTO head FROM funding_account
                WHERE institution_id = line.institution_id AND year = line.year FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO funding_account
                    (institution_id, year, project_number, balance_fen, last_sequence, last_digest)
                    VALUES (line.institution_id, line.year, '', 0, 0, '') ON CONFLICT DO NOTHING;
                SELECT * INTO STRICT head FROM funding_account
                    WHERE institution_id = line.institution_id AND year = line.year FOR UPDATE;
            END IF;
        ELSIF (line.institution_id, line.year) <> (head.institution_id, head.year) THEN
            PERFORM violated('ledger_posts_to_one_account', 'the sources belong to several accounts');
        END IF;
        head.last_sequence := head.last_sequence + 1;
        head.balance_fen := head.balance_fen + line.amount_fen;
        entry.id := nextval('funding_ledgerentry_id_seq');
        entry.account_id := head.id;
        entry.sequence := head.last_sequence;
        entry.kind := p_kind;
        entry.amount_fen := line.amount_fen;
        entry.balance_fen := head.balance_fen;
        entry.purpose := line.purpose;
        entry.allocation_id := line.allocation_id;
        entry.claim_id := line.claim_id;
        entry.reverses_id := line.reverses_id;
        entry.batch_id := line.batch_id;
        entry.memo := p_memo;
        entry.posted_on := p_posted_on;
        entry.posted_by_id := p_posted_by;
        entry.posted_at := clock_timestamp();
        entry.previous_digest := head.last_digest;
        entry.digest := ledger_digest(head.last_digest, entry);
        INSERT INTO funding_ledgerentry SELECT (entry).*;
        head.last_digest := entry.digest;
        RETURN NEXT entry;
    END LOOP;
    IF head.id IS NULL THEN
        PERFORM violated('ledger_posts_every_source', 'nothing to post');
    END IF;
    -- The account's own constraint refuses an overdraft here, and everything above with it.
    UPDATE funding_account SET balance_fen = head.balance_fen, last_sequence = head.last_sequence,
        last_digest = head.last_digest WHERE id = head.id;
END $$;

-- What does not fit, in one statement: of one account, or of all. Nothing found means the chain is whole.
CREATE FUNCTION verify_chain(p_account bigint DEFAULT NULL)
RETURNS TABLE (account_id bigint, sequence integer, fault text) LANGUAGE sql STABLE AS $$
    WITH chain AS (
        SELECT entry.account_id, entry.sequence, entry.amount_fen, entry.balance_fen, entry.digest,
            entry.previous_digest, ledger_digest(entry.previous_digest, entry) AS computed,
            lag(entry.sequence, 1, 0) OVER line AS sequence_before, lag(entry.digest, 1, '') OVER line AS digest_before,
            lag(entry.balance_fen, 1, 0::bigint) OVER line AS balance_before, row_number() OVER latest = 1 AS is_last
        FROM funding_ledgerentry entry WHERE p_account IS NULL OR entry.account_id = p_account
        WINDOW line AS (PARTITION BY entry.account_id ORDER BY entry.sequence),
            latest AS (PARTITION BY entry.account_id ORDER BY entry.sequence DESC)
    )
    SELECT account_id, sequence, CASE
        WHEN sequence <> sequence_before + 1 THEN 'gap'
        WHEN previous_digest <> digest_before THEN 'link'
        WHEN digest <> computed THEN 'content'
        WHEN balance_fen <> balance_before + amount_fen THEN 'balance' END AS found
    FROM chain
    WHERE sequence <> sequence_before + 1 OR previous_digest <> digest_before OR digest <> computed
        OR balance_fen <> balance_before + amount_fen
    UNION ALL
    SELECT account.id, account.last_sequence, 'head'
    FROM funding_account account LEFT JOIN chain ON chain.account_id = account.id AND chain.is_last
    WHERE (p_account IS NULL OR account.id = p_account)
        AND (account.last_sequence, account.last_digest, account.balance_fen)
            IS DISTINCT FROM (coalesce(chain.sequence, 0), coalesce(chain.digest, ''), coalesce(chain.balance_fen, 0))
    ORDER BY 1, 2
$$;
"""

RIGHTS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON funding_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON funding_ledgerentry EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON funding_account FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON funding_account EXECUTE FUNCTION refuse_change();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON funding_ledgerentry FROM app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON funding_account FROM app;
GRANT UPDATE (project_number) ON funding_account TO app;  -- also what lets `app` lock a row
REVOKE UPDATE, DELETE, TRUNCATE ON funding_allocation FROM app;
GRANT UPDATE (is_reversed) ON funding_allocation TO app;
REVOKE UPDATE ON funding_ratecard FROM app;  -- a card nobody used may be withdrawn, none may change
REVOKE DELETE ON funding_budget, funding_claim, funding_paymentbatch FROM app;
REVOKE EXECUTE ON FUNCTION ledger_post FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post TO app;
"""

BACKWARD = """
DROP TRIGGER append_only ON funding_ledgerentry;
DROP TRIGGER no_truncate ON funding_ledgerentry;
DROP TRIGGER never_deleted ON funding_account;
DROP TRIGGER no_truncate ON funding_account;
DROP FUNCTION ledger_post, verify_chain, ledger_digest;
DROP FUNCTION batch_takes_its_steps, claim_moves_with_its_batch, claim_of_a_confirmed_visit CASCADE;
DROP FUNCTION rate_card_as_the_plan_allows, budget_covers_its_allocations, allocation_only_reversed CASCADE;
DROP FUNCTION allocation_within_the_budget CASCADE;
DROP FUNCTION refuse_outside_band, violated, policy_in_force;
GRANT SELECT, INSERT, UPDATE, DELETE ON funding_ledgerentry, funding_account, funding_allocation, funding_ratecard,
    funding_budget, funding_claim, funding_paymentbatch TO app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0001_initial"),
        ("core", "0003_append_only"),
        ("accounts", "0001_initial"),
        ("agreements", "0001_initial"),
        ("visits", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(POLICY + BUDGET + RATES_AND_CLAIMS + BATCHES + LEDGER + RIGHTS, BACKWARD),
    ]

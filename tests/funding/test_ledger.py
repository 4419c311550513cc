"""The ledger: one way in, chained, append-only; whoever changes it anyway is found."""

import json
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.timezone import now

from accounts.models import Membership
from funding import ledger, services
from funding.enums import ClaimStatus, EntryKind
from funding.ledger import Fault
from funding.models import Account, Claim, LedgerEntry, ReversalRequest
from tests.conftest import as_owner
from tests.funding.conftest import JUNE_1, Treasury


def test_each_entry_carries_its_sequence_the_balance_after_it_and_the_digest_of_all_before(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    batch = treasury.approved(treasury.claims(2))

    account = Account.objects.get()
    rows = [
        (entry.sequence, entry.kind, entry.amount_fen, entry.balance_fen, entry.memo) for entry in treasury.entries()
    ]
    assert rows == [
        (1, "allocation", 200_000, 200_000, "石科指〔2026〕7号"),
        (2, "subsidy", -60_000, 140_000, "凭证2026-0001"),
        (3, "subsidy", -60_000, 80_000, "凭证2026-0001"),
    ]
    assert (account.balance_fen, account.last_sequence) == (80_000, 3)
    first, second, third = treasury.entries()
    assert [first.previous_digest, second.previous_digest, third.previous_digest, account.last_digest] == [
        "",
        first.digest,
        second.digest,
        third.digest,
    ]
    assert {entry.purpose for entry in treasury.entries()} == {"下基层工作补助"}
    assert batch.total_fen == 120_000


def test_database_and_python_agree_that_a_ledger_is_whole(treasury: Treasury) -> None:
    treasury.allocate(200_000, "石科指〔2026〕7号“\\\n\t第1批”\x7f\x1f")
    treasury.approved(treasury.claims(2))
    account = Account.objects.get()

    assert ledger.verify() == ledger.verify(account) == ledger.recount(account) == []


# --- nobody writes past the function ----------------------------------------------------------------------------------

ENTRY = """INSERT INTO funding_ledgerentry (account_id, sequence, kind, amount_fen, balance_fen, purpose, memo,
    posted_on, posted_by_id, posted_at, previous_digest, digest, allocation_id)
    SELECT account_id, 2, kind, amount_fen, balance_fen, purpose, memo, posted_on, posted_by_id, posted_at, digest,
    digest, allocation_id FROM funding_ledgerentry"""


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(ENTRY, id="a line of one's own"),
        pytest.param("UPDATE funding_ledgerentry SET amount_fen = 1", id="another amount"),
        pytest.param("DELETE FROM funding_ledgerentry", id="a line less"),
        pytest.param("TRUNCATE funding_ledgerentry CASCADE", id="no line at all"),
        pytest.param("UPDATE funding_account SET balance_fen = 999999999", id="another balance"),
        pytest.param("UPDATE funding_account SET last_digest = ''", id="another head"),
        pytest.param("DELETE FROM funding_account", id="an account less"),
        pytest.param(
            "INSERT INTO funding_account"
            " (institution_id, year, project_number, balance_fen, last_sequence, last_digest)"
            " SELECT institution_id, 2027, '', 1000000, 0, '' FROM funding_account",
            id="an account that begins with money",
        ),
        pytest.param("UPDATE funding_allocation SET amount_fen = 1", id="another allocation"),
        pytest.param("DELETE FROM funding_allocation", id="an allocation less"),
        pytest.param("UPDATE funding_ratecard SET amount_fen = 79900", id="another rate"),
        pytest.param("DELETE FROM funding_claim", id="a claim less"),
        pytest.param("DELETE FROM funding_paymentbatch", id="a batch less"),
        pytest.param("DELETE FROM funding_budget", id="a budget less"),
        pytest.param("DELETE FROM funding_reversalrequest", id="a word of the second person less"),
        pytest.param("ALTER TABLE funding_ledgerentry DISABLE TRIGGER ALL", id="no triggers"),
        pytest.param("SET LOCAL session_replication_role = replica", id="resting triggers"),
    ],
)
def test_the_application_has_no_right_to_write_past_the_ledger_function(treasury: Treasury, statement: str) -> None:
    treasury.allocate(200_000)

    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE funding_ledgerentry SET amount_fen = 1", id="append_only: another amount"),
        pytest.param("DELETE FROM funding_ledgerentry", id="append_only: a line less"),
        pytest.param("TRUNCATE funding_ledgerentry CASCADE", id="no_truncate: no line at all"),
        pytest.param("DELETE FROM funding_account", id="never_deleted: an account less"),
        pytest.param("TRUNCATE funding_account CASCADE", id="no_truncate: no account at all"),
    ],
)
def test_triggers_append_only_refuse_even_the_owner_of_the_tables(lasting_treasury: Treasury, statement: str) -> None:
    lasting_treasury.allocate(200_000)

    table = "funding_account" if "funding_account" in statement else "funding_ledgerentry"
    with as_owner(), pytest.raises(DatabaseError, match=f"{table} is append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


# --- the function itself refuses --------------------------------------------------------------------------------------


def post(kind: EntryKind, sources: list[int], treasury: Treasury, **more: Any) -> list[LedgerEntry]:
    with transaction.atomic():
        return ledger.post(kind, sources, **{"memo": "试", "on": JUNE_1, "by": treasury.season.manager, **more})


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def test_a_claim_is_posted_only_from_an_approved_batch(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    claims = treasury.claims(1)
    with refused("ledger_posts_every_source"):
        post(EntryKind.SUBSIDY, [claims[0].pk], treasury)
    treasury.submitted(claims)
    with refused("ledger_posts_every_source"):
        post(EntryKind.SUBSIDY, [claims[0].pk], treasury)


def test_nothing_is_posted_for_a_source_that_is_not_there(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    for kind in EntryKind:
        with refused("ledger_posts_every_source"):
            post(kind, [987_654_321], treasury)
        with refused("ledger_posts_every_source"):
            post(kind, [], treasury)


def test_the_same_source_is_never_posted_twice(treasury: Treasury) -> None:
    allocation = treasury.allocate(200_000)
    with refused("funding_ledgerentry_allocation_id_key"):
        post(EntryKind.ALLOCATION, [allocation.pk], treasury, by=treasury.season.officer)

    batch = treasury.approved(treasury.claims(1))
    with refused("ledger_posts_every_source"):
        post(EntryKind.SUBSIDY, [batch.claims.get().pk], treasury)

    entry = LedgerEntry.objects.get(kind=EntryKind.SUBSIDY)
    reversing = treasury.reversed(entry)
    with refused("funding_ledgerentry_reverses_id_key"):
        post(EntryKind.REVERSAL, [entry.pk], treasury)
    with refused("ledger_posts_every_source"):
        post(EntryKind.REVERSAL, [reversing.pk], treasury)


def test_money_goes_down_from_the_bureau_to_the_institution_to_its_people_even_by_sql(treasury: Treasury) -> None:
    allocation = treasury.allocate(200_000)
    posted = LedgerEntry.objects.get(allocation=allocation)
    with refused("money_goes_down"):
        post(EntryKind.REVERSAL, [posted.pk], treasury, by=treasury.season.manager)

    treasury.approved(treasury.claims(1))
    paid = LedgerEntry.objects.get(kind=EntryKind.SUBSIDY)
    for outsider in (treasury.season.officer, treasury.season.stranger, treasury.season.finance):
        with refused("money_goes_down"):
            post(EntryKind.REVERSAL, [paid.pk], treasury, by=outsider)


def test_one_call_posts_to_one_account(treasury: Treasury) -> None:
    first = treasury.allocate(100_000)
    second = treasury.allocate(100_000, institution=treasury.season.u2)
    entries = LedgerEntry.objects.filter(allocation__in=[first, second])
    for entry in entries:
        agreed_in_words(treasury.asked(entry), by=treasury.season.head)

    with refused("ledger_posts_to_one_account"):
        post(EntryKind.REVERSAL, [entry.pk for entry in entries], treasury, by=treasury.season.head)


def agreed_in_words(asked: ReversalRequest, *, by: Membership) -> None:
    """The second person's word as SQL would write it: nothing is posted with it."""
    decided = {"status": "approved", "decided_by": by, "decider": by.person, "decided_at": now()}
    ReversalRequest.objects.filter(pk=asked.pk).update(**decided)


def test_a_reversal_is_posted_at_the_word_of_two_alone_even_by_sql(treasury: Treasury) -> None:
    """reversal_at_the_word_of_two, of what was paid and of what was given"""
    season = treasury.season
    given = treasury.allocate(200_000).entry
    treasury.approved(treasury.claims(1))
    paid = LedgerEntry.objects.get(kind=EntryKind.SUBSIDY)
    for entry, one, another in ((paid, season.clerk, season.manager), (given, season.officer, season.head)):
        with refused("reversal_at_the_word_of_two"):
            post(EntryKind.REVERSAL, [entry.pk], treasury, by=another)
        asked = treasury.asked(entry)
        for hat in (one, another):
            with refused("reversal_at_the_word_of_two"):
                post(EntryKind.REVERSAL, [entry.pk], treasury, by=hat)
        if entry == given:
            treasury.agreed(asked)
            continue
        agreed_in_words(asked, by=another)
        with refused("reversal_at_the_word_of_two"):
            post(EntryKind.REVERSAL, [entry.pk], treasury, by=one)
        assert post(EntryKind.REVERSAL, [entry.pk], treasury, by=another)
    assert ledger.verify() == []


def test_verify_ledger_finds_a_reversal_that_was_agreed_to_and_never_posted(treasury: Treasury) -> None:
    given = treasury.allocate(200_000).entry
    agreed_in_words(treasury.asked(given), by=treasury.season.head)
    with pytest.raises(CommandError, match="已复核冲红，台账中没有分录"):
        call_command("verify_ledger", stdout=StringIO())


def test_a_purpose_that_the_pack_does_not_permit_is_refused_by_the_ledger_too(treasury: Treasury) -> None:
    """ledger_purpose_permitted"""
    treasury.allocate(200_000)
    claims = treasury.claims(1)
    batch = services.make_batch(claims, by=treasury.season.clerk, on=JUNE_1)
    type(batch).objects.filter(pk=batch.pk).update(purpose="办公设备")
    type(batch).objects.filter(pk=batch.pk).update(status="submitted")
    hat = treasury.season.manager
    type(batch).objects.filter(pk=batch.pk).update(
        status="approved", approved_by=hat, approver=hat.person, approved_on=JUNE_1, voucher_number="2026-0001"
    )
    with refused("ledger_purpose_permitted"):
        post(EntryKind.SUBSIDY, [claims[0].pk], treasury)


def test_account_is_never_overdrawn_even_by_sql(treasury: Treasury) -> None:
    treasury.allocate(59_999)
    claims = treasury.claims(1)
    batch = treasury.submitted(claims)
    hat = treasury.season.manager
    type(batch).objects.filter(pk=batch.pk).update(
        status="approved", approved_by=hat, approver=hat.person, approved_on=JUNE_1, voucher_number="2026-0001"
    )
    with refused("account_is_never_overdrawn"):
        post(EntryKind.SUBSIDY, [claims[0].pk], treasury)


def test_the_posted_amount_is_the_sources_own(treasury: Treasury) -> None:
    """A caller names claims, never sums, so that no caller can name another sum."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proargnames FROM pg_proc WHERE proname = 'ledger_post'")
        [[names]] = cursor.fetchall()
    assert [name for name in names if name.startswith("p_")] == [
        "p_kind",
        "p_sources",
        "p_memo",
        "p_posted_on",
        "p_posted_by",
    ]


def test_the_ledger_function_trusts_no_search_path_but_its_own(treasury: Treasury) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosecdef, proconfig, proacl::text FROM pg_proc WHERE proname = 'ledger_post'")
        [[definer, config, rights]] = cursor.fetchall()
    assert (definer, config) == (True, ["search_path=pg_catalog, public, pg_temp"])
    assert "app=X/" in rights
    assert "{=X/" not in rights, "not everybody's"


# --- tampering --------------------------------------------------------------------------------------------------------


def tamper(statement: str, *parameters: int) -> None:
    """As somebody who owns the database and puts its triggers to rest."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        assert cursor.rowcount, "something was changed"


REDIGEST = (
    "UPDATE funding_ledgerentry entry SET digest = ledger_digest(entry.previous_digest, entry) WHERE sequence = %s"
)


def change_an_amount() -> None:
    tamper("UPDATE funding_ledgerentry SET amount_fen = amount_fen - 1 WHERE sequence = 3")


def change_one_byte_of_a_memo() -> None:
    tamper("UPDATE funding_ledgerentry SET memo = replace(memo, '1', '7') WHERE sequence = 3")


def change_a_line_and_its_digest() -> None:
    tamper("UPDATE funding_ledgerentry SET posted_on = posted_on - 1 WHERE sequence = 3")
    tamper(REDIGEST, 3)


def change_balance_and_digest() -> None:
    tamper("UPDATE funding_ledgerentry SET balance_fen = balance_fen + 1 WHERE sequence = 5")
    tamper(REDIGEST, 5)


def drop_a_line() -> None:
    tamper("DELETE FROM funding_ledgerentry WHERE sequence = 3")


def drop_a_line_and_close_the_gap() -> None:
    tamper("DELETE FROM funding_ledgerentry WHERE sequence = 3")
    tamper("UPDATE funding_ledgerentry SET sequence = sequence - 1 WHERE sequence > 3")


def cut_the_tail() -> None:
    tamper("DELETE FROM funding_ledgerentry WHERE sequence >= 4")


def cut_everything() -> None:
    tamper("DELETE FROM funding_ledgerentry")


def change_the_account() -> None:
    tamper("UPDATE funding_account SET balance_fen = balance_fen + 1")


def swap_two_lines() -> None:
    tamper("UPDATE funding_ledgerentry SET sequence = 99 WHERE sequence = 3")
    tamper("UPDATE funding_ledgerentry SET sequence = 3 WHERE sequence = 4")
    tamper("UPDATE funding_ledgerentry SET sequence = 4 WHERE sequence = 99")


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (change_an_amount, {(3, "content")}),
        (change_one_byte_of_a_memo, {(3, "content")}),
        (change_a_line_and_its_digest, {(4, "link")}),
        (change_balance_and_digest, {(5, "balance"), (5, "head")}),
        (drop_a_line, {(4, "gap")}),
        (drop_a_line_and_close_the_gap, {(3, "link"), (4, "content"), (5, "head")}),
        (cut_the_tail, {(5, "head")}),
        (cut_everything, {(5, "head")}),
        (change_the_account, {(5, "head")}),
        (swap_two_lines, {(3, "link"), (4, "link"), (5, "link")}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_whoever_changes_the_ledger_is_found(
    lasting_treasury: Treasury, tampering: Callable[[], None], found: set[tuple[int, str]]
) -> None:
    lasting_treasury.allocate(300_000)
    lasting_treasury.approved(lasting_treasury.claims(4))
    account = Account.objects.get()
    assert ledger.verify(account) == []

    tampering()

    account.refresh_from_db()
    faults = ledger.verify(account)
    assert {(fault.sequence, fault.kind) for fault in faults} == found
    assert faults == ledger.verify() == ledger.recount(account), "SQL and Python say the same"
    with pytest.raises(CommandError):
        call_command("verify_ledger", stdout=StringIO())


def test_every_single_column_is_under_the_digest(lasting_treasury: Treasury) -> None:
    lasting_treasury.allocate(300_000)
    lasting_treasury.approved(lasting_treasury.claims(1))
    other = lasting_treasury.season.stranger
    changes = {
        "id": "id + 1000",
        "kind": "'reversal'",
        "amount_fen": "amount_fen + 1",
        "balance_fen": "balance_fen + 1",
        "purpose": "'办公设备'",
        "allocation_id": "7",
        "claim_id": "NULL",
        "reverses_id": "7",
        "batch_id": "NULL",
        "memo": "memo || ' '",
        "posted_on": "posted_on + 1",
        "posted_by_id": str(other.pk),
        "posted_at": "posted_at + interval '1 microsecond'",
        "previous_digest": "repeat('0', 64)",
        "digest": "repeat('0', 64)",
        "sequence": "sequence + 1",
        "account_id": "account_id + 1",
    }
    assert changes.keys() == {field.column for field in LedgerEntry._meta.get_fields() if hasattr(field, "column")}
    for column, value in changes.items():
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("ALTER TABLE funding_ledgerentry DROP CONSTRAINT ledger_entry_moves_money_the_right_way")
            cursor.execute("BEGIN")
            cursor.execute(f"UPDATE funding_ledgerentry SET {column} = {value} WHERE sequence = 2")
            cursor.execute("SELECT count(*) FROM verify_chain()")
            assert cursor.fetchone()[0], f"{column} can be changed unseen"
            cursor.execute("ROLLBACK")
            cursor.execute(_definition())


def _definition() -> str:
    [constraint] = [
        one for one in LedgerEntry._meta.constraints if one.name == "ledger_entry_moves_money_the_right_way"
    ]
    with connection.schema_editor(collect_sql=True) as editor:
        return f"ALTER TABLE funding_ledgerentry ADD {constraint.constraint_sql(LedgerEntry, editor)}"


def test_a_rewritten_chain_is_found_by_who_holds_its_published_head(lasting_treasury: Treasury, tmp_path: Path) -> None:
    """An owner can rewrite all and the account with it: only a head kept elsewhere tells."""
    lasting_treasury.allocate(300_000)
    lasting_treasury.approved(lasting_treasury.claims(3))
    heads = tmp_path / "heads.json"
    call_command("verify_ledger", heads=heads, stdout=StringIO())
    before = ledger.heads()

    tamper("DELETE FROM funding_ledgerentry WHERE sequence = 4")
    tamper(
        "UPDATE funding_account SET last_sequence = 3, balance_fen = 180000,"
        " last_digest = (SELECT digest FROM funding_ledgerentry WHERE sequence = 3)"
    )

    account = Account.objects.get()
    assert ledger.verify() == ledger.recount(account) == []
    assert ledger.against(before) == [Fault(account.pk, 4, "published")]
    with pytest.raises(CommandError):
        call_command("verify_ledger", heads=heads, stdout=StringIO())
    assert json.loads(heads.read_text())[str(account.pk)]["sequence"] == 4, "what betrays it is kept"


def test_verify_ledger_says_what_it_looked_at(treasury: Treasury, tmp_path: Path) -> None:
    treasury.allocate(300_000)
    treasury.approved(treasury.claims(3))
    out = StringIO()

    call_command("verify_ledger", heads=tmp_path / "heads.json", stdout=out)

    assert "accounts: 1, entries: 4, faults: 0" in out.getvalue()
    assert json.loads((tmp_path / "heads.json").read_text()) == {
        str(pk): {"sequence": head.sequence, "digest": head.digest} for pk, head in ledger.heads().items()
    }


def test_verify_ledger_finds_a_batch_that_was_called_paid_and_never_posted(treasury: Treasury) -> None:
    treasury.allocate(300_000)
    claims = treasury.claims(1)
    batch = treasury.submitted(claims)
    hat = treasury.season.manager
    type(batch).objects.filter(pk=batch.pk).update(
        status="approved", approved_by=hat, approver=hat.person, approved_on=JUNE_1, voucher_number="2026-0001"
    )
    with pytest.raises(CommandError, match=rf"P-{batch.pk}|2026-0001"):
        call_command("verify_ledger", stdout=StringIO())
    assert Claim.objects.get(pk=claims[0].pk).status == ClaimStatus.IN_BATCH


def test_policy_in_force_is_the_pack_that_python_takes(treasury: Treasury) -> None:
    from core.models import PolicyPack

    pack = treasury.season.pack
    newer = {"plan": pack.plan, "settings": pack.settings, "rules": pack.rules}
    PolicyPack.objects.create(year=2026, version=2, active_from=date(2026, 7, 1), **newer)
    PolicyPack.objects.create(year=2027, version=1, active_from=date(2026, 12, 1), **newer)
    PolicyPack.objects.create(year=2027, version=2, active_from=None, **newer)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31)]
    days += [date(2027, 1, 1), date(2031, 5, 5)]
    for day in days:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM policy_in_force(%s)", [day])
            [[found]] = cursor.fetchall()
        taken = PolicyPack.objects.filter(active_from__lte=day, year__lte=day.year).exists()
        assert found == (PolicyPack.in_force(on=day).pk if taken else None), day

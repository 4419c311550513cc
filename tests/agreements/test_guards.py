"""What the database refuses whoever asks: raw statements, without the services."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import HostUnit
from agreements.enums import AgreementStatus, Party
from agreements.models import (
    Abandonment,
    Agreement,
    AgreementPaper,
    AgreementScan,
    FilingCertificate,
    QuotaRun,
    Reassignment,
    ScanWithdrawal,
    Signature,
    SigningRefusal,
    Voiding,
    VoidSignature,
    YearlyHost,
)
from specialists.enums import Category
from tests.cast import MAY_12, MAY_18, MAY_20, Season, scan
from tests.conftest import as_owner
from tests.hands import only_added_to

ITS_OWN = "search_path=pg_catalog, public, pg_temp"
FILED = {"filing_number": "SJZ-KTP-2026-0900", "filed_on": MAY_20}


def refuses(name: str, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


def change(agreement: Agreement, **values: Any) -> Callable[[], object]:
    return lambda: Agreement.objects.filter(pk=agreement.pk).update(**values)


@pytest.fixture
def submitted(season: Season) -> Agreement:
    return season.submitted(season.selected("P3"), season.h4)


@pytest.fixture
def filed(season: Season) -> Agreement:
    return season.filed(season.selected("P3"), season.h4)


def test_a_filed_agreement_has_number_day_and_officer(season: Season, submitted: Agreement):
    for values in ({}, FILED, {**FILED, "filed_by": season.officer, "filing_number": None}):
        refuses("agreement_filed_completely_or_not_at_all", change(submitted, status="filed", **values))
    refuses("agreement_filed_completely_or_not_at_all", change(submitted, **FILED))


def test_a_submitted_agreement_is_complete(season: Season):
    draft = season.agreement(season.selected("P3"), season.h4, service_content="")

    refuses(
        "agreement_complete_once_submitted",
        change(draft, status="submitted", submitted_on=MAY_18, pack=season.pack),
    )


def test_it_does_not_end_before_it_starts(season: Season):
    draft = season.agreement(season.selected("P3"), season.h4)

    refuses("agreement_ends_after_it_starts", change(draft, service_end=MAY_12 - timedelta(days=1)))


def test_it_is_not_filed_before_it_was_submitted(season: Season, submitted: Agreement):
    early = {**FILED, "filed_on": MAY_12, "filed_by": season.officer}

    refuses("agreement_filed_after_it_was_submitted", change(submitted, status="filed", **early))


def test_a_termination_has_day_and_reason_and_follows_the_filing(filed: Agreement):
    refuses("agreement_terminated_with_day_and_reason", change(filed, status="terminated", terminated_on=MAY_20))
    refuses("agreement_terminated_with_day_and_reason", change(filed, termination_reason="agreed"))
    refuses("coming_end_is_ordered", change(filed, terminated_on=MAY_20))
    refuses(
        "agreement_terminated_after_it_was_filed",
        change(filed, status="terminated", terminated_on=MAY_18, termination_reason="agreed"),
    )


def test_institution_and_host_are_two_units(season: Season):
    draft = season.agreement(season.selected("P3"), season.h4)
    own = HostUnit.objects.create(organization=season.u1.organization, host_type="university")

    refuses("agreement_parties_are_three", change(draft, host=own))


def test_the_person_of_the_agreement_is_the_person_registered(season: Season):
    draft = season.agreement(season.selected("P3"), season.h4)
    other = season.selected("P4")

    refuses("agreement_of_the_registered_person", change(draft, specialist=other.specialist))
    refuses("agreement_of_the_registered_person", change(draft, registration=other))


def test_a_number_is_given_once(season: Season, filed: Agreement):
    other = season.submitted(season.selected("P4"), season.h4)
    again = {"filing_number": filed.filing_number, "filed_on": MAY_20, "filed_by": season.officer}

    refuses("agreements_agreement_filing_number_key", change(other, status="filed", **again))


def test_an_agreement_has_one_extension(season: Season, filed: Agreement):
    season.agreement(filed.registration, season.h4, renews=filed)

    refuses("agreements_agreement_renews_id_key", lambda: season.agreement(filed.registration, season.h4, renews=filed))


def test_a_party_signs_once(season: Season, submitted: Agreement):
    refuses(
        "each_party_signs_once",
        lambda: Signature.objects.create(agreement=submitted, party=Party.HOST, signer="另一人", signed_on=MAY_12),
    )


def test_a_scan_version_is_there_once(season: Season, submitted: Agreement):
    def create() -> None:
        AgreementScan.objects.create(agreement=submitted, number=1, paper_version=1, file=scan(season.clerk))

    refuses("scan_version_once", create)


def test_a_specialist_has_one_host_in_a_year(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE).specialist
    YearlyHost.objects.create(specialist=lizhe, year=2026, host=season.h1)

    refuses("one_host_a_year", lambda: YearlyHost.objects.create(specialist=lizhe, year=2026, host=season.h3))


def test_a_reassignment_has_a_reason(season: Season, filed: Agreement):
    row = YearlyHost.objects.create(specialist=filed.specialist, year=2026, host=season.h4)

    refuses(
        "reassignment_has_a_reason",
        lambda: Reassignment.objects.create(
            yearly_host=row, from_host=season.h4, to_host=season.h1, agreement=filed, reason="", by=season.officer
        ),
    )


ENDED = {"terminated_on": MAY_20, "termination_reason": "agreed"}


@pytest.mark.parametrize(
    ("status", "to"),
    [pytest.param(*pair, id="→".join(pair)) for pair in product(AgreementStatus.values, repeat=2) if len({*pair}) == 2],
)
def test_the_database_knows_the_same_moves_as_the_platform(season: Season, status: str, to: str):
    """Whatever else the statement fills in so that no other constraint is broken."""
    agreement = season.agreement(
        season.selected("P3"), season.h4, status=status, **(ENDED if status == "terminated" else {})
    )
    number = agreement.filing_number or "SJZ-KTP-2026-0900"
    filed = {"filing_number": number, "filed_on": MAY_20, "filed_by": season.officer}
    values = {
        "submitted_on": MAY_18,
        "pack": season.pack,
        **(filed if to in AgreementStatus.once_filed else dict.fromkeys(filed)),
        **(ENDED if to == "terminated" else {"terminated_on": None, "termination_reason": ""}),
    }

    if to == "void":
        values |= {"filing_number": number}
    if (status, to) == ("filed", "void"):
        voided(agreement, season)

    if to == "abandoned" and status in AgreementStatus.editable:
        Abandonment.objects.create(
            agreement=agreement, reason="另有安排", abandoned_on=MAY_20, abandoned_by=season.clerk
        )
        values = {}  # nothing else changes with it
    if to in AgreementStatus.moves[AgreementStatus(status)]:
        assert change(agreement, status=to, **values)() == 1
    else:
        refuses("agreement_moves_in_order", change(agreement, status=to, **values))


def voided(agreement: Agreement, season: Season, **more: Any) -> Voiding:
    """The row without which nothing is void."""
    said = {"filing_number": agreement.filing_number, "filed_on": MAY_20, "filed_by": season.officer}
    said |= {"reason": "重复备案", "voided_on": MAY_20, "voided_by": season.officer, **more}
    return Voiding.objects.create(agreement=agreement, **said)


def test_nothing_is_void_without_a_word_and_what_is_void_stays_as_it_is(season: Season, filed: Agreement):
    void = {"status": "void", "filed_on": None, "filed_by": None}
    refuses("agreement_moves_in_order", change(filed, **void))
    refuses("voiding_has_a_reason", lambda: voided(filed, season, reason=""))
    refuses("voided_after_it_was_filed", lambda: voided(filed, season, voided_on=MAY_18))
    voided(filed, season)
    refuses("agreement_moves_in_order", change(filed, **void, service_content="另一内容"))
    refuses("agreement_filed_completely_or_not_at_all", change(filed, status="void"))
    refuses("agreements_voiding_agreement_id_key", lambda: voided(filed, season, filing_number="SJZ-KTP-2026-0902"))
    other = season.filed(season.selected("P4"), season.h4)
    same = filed.filing_number
    refuses("agreements_voiding_filing_number_key", lambda: voided(other, season, filing_number=same))

    change(filed, **void)()

    refuses("void_agreement_never_changes", change(filed, service_content="另一内容"))
    refuses("submitted_agreement_is_kept", lambda: Agreement.objects.filter(pk=filed.pk)._raw_delete("default"))


CONTENT: dict[str, Any] = {
    "service_start": MAY_18,
    "service_end": date(2028, 12, 31),
    "service_content": "另一内容",
    "visits_per_year": 1,
    "goals": [],
    "version": 7,
    "institution_reasons": {"W-END": "后补"},
    "submitted_on": MAY_12,
    "institution": None,
}


@pytest.mark.parametrize("name", CONTENT)
def test_what_is_submitted_is_frozen(submitted: Agreement, name: str):
    refuses("submitted_agreement_is_frozen", change(submitted, **{name: CONTENT[name]}))


@pytest.mark.parametrize("name", [*CONTENT, "filing_number", "filed_on", "return_opinion"])
def test_what_is_filed_never_changes(filed: Agreement, name: str):
    values = {**CONTENT, "filing_number": "SJZ-KTP-2026-0901", "filed_on": date(2026, 5, 21), "return_opinion": "改"}

    refuses("filed_agreement_never_changes", change(filed, **{name: values[name]}))


def test_the_parties_of_what_is_filed_never_change(season: Season, filed: Agreement):
    other = season.selected("P4")

    for values in ({"host": season.h5}, {"registration": other, "specialist": other.specialist}):
        refuses("filed_agreement_never_changes", change(filed, **values))


def test_a_termination_is_final(season: Season):
    agreement = season.agreement(season.selected("P3"), season.h4, status="terminated", **ENDED)

    refuses("filed_agreement_never_changes", change(agreement, terminated_on=date(2026, 5, 21)))
    refuses("filed_agreement_never_changes", change(agreement, termination_reason="unqualified"))


@pytest.mark.parametrize("status", ["submitted", "returned", "filed"])
def test_what_was_once_submitted_is_kept(season: Season, status: str):
    agreement = season.agreement(season.selected("P3"), season.h4, status=status, signed=False)

    refuses("submitted_agreement_is_kept", lambda: Agreement.objects.filter(pk=agreement.pk)._raw_delete("default"))


def test_a_draft_may_go(season: Season):
    draft = season.agreement(season.selected("P3"), season.h4, signed=False)

    assert draft.delete()[0] == 1


def test_the_signatures_under_what_is_submitted_are_frozen(submitted: Agreement):
    refuses("submitted_signature_is_frozen", lambda: submitted.signatures.update(signer="另一人"))
    refuses("submitted_signature_is_frozen", lambda: submitted.signatures.all()._raw_delete("default"))


def test_the_signatures_of_a_draft_are_not(season: Season):
    draft = season.agreement(season.selected("P3"), season.h4)

    assert draft.signatures.update(signer="另一人") == 3


def test_a_version_of_the_paper_is_there_once(season: Season, submitted: Agreement):
    def create() -> None:
        AgreementPaper.objects.create(agreement=submitted, version=1, token=f"{count}", sha256="")

    count = 1
    create()
    count = 2
    refuses("one_paper_per_version", create)


RECORDS = {
    "agreements_agreementscan": AgreementScan,
    "agreements_reassignment": Reassignment,
    "agreements_filingcertificate": FilingCertificate,
    "agreements_quotarun": QuotaRun,
}


@pytest.mark.parametrize("table", RECORDS)
def test_what_was_recorded_is_only_added_to(db: None, table: str):
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.parametrize("table", RECORDS)
def test_what_was_recorded_does_not_change_for_its_owner_either(lasting_season: Season, table: str):
    agreement = lasting_season.filed(lasting_season.selected("P3"), lasting_season.h4)
    model: Any = RECORDS[table]
    if model is QuotaRun:
        QuotaRun.objects.create(year=2026, on=MAY_20, trigger="daily", counts={}, findings=[])
    elif model is FilingCertificate:
        FilingCertificate.objects.create(agreement=agreement, file=scan(lasting_season.clerk), token="1")
    elif model is Reassignment:
        row = YearlyHost.objects.create(specialist=agreement.specialist, year=2026, host=lasting_season.h4)
        Reassignment.objects.create(
            yearly_host=row,
            from_host=lasting_season.h4,
            to_host=lasting_season.h1,
            agreement=agreement,
            reason="停产",
            by=lasting_season.officer,
        )
    assert model.objects.count() == 1

    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with as_owner(), pytest.raises(DatabaseError, match="is append-only"):
            connection.cursor().execute(statement)


def test_refusals_void_signatures_voidings_and_scans_taken_away_change_for_nobody(lasting_season: Season):
    season = lasting_season
    agreement = season.filed(season.selected("P3"), season.h4)
    said = {"agreement": agreement, "party": Party.HOST}
    SigningRefusal.objects.create(
        **said, version=1, name="马社长", reason="不需要", recorded_by=season.clerk, refused_on=MAY_20
    )
    VoidSignature.objects.create(**said, signer="马社长", signed_on=MAY_12, changed=["goals"])
    voided(agreement, season)
    ScanWithdrawal.objects.create(scan=agreement.scans.get(), by=season.clerk)

    only_added_to(
        "agreements_signingrefusal", "agreements_voidsignature", "agreements_voiding", "agreements_scanwithdrawal"
    )


# --- filed before the platform ----------------------------------------------------------------------------------------


@pytest.fixture
def past(season: Season) -> Agreement:
    """As it was taken over: nobody wrote down content, visits and the day it was handed in."""
    bare = {"service_content": "", "visits_per_year": None, "submitted_on": None, "signed": False}
    return season.filed(season.selected("P3"), season.h4, is_past=True, document_number="石科〔2025〕12号", **bare)


def test_what_is_past_was_filed_and_never_handed_in(season: Season, past: Agreement):
    draft = {"registration": past.registration, "specialist": past.specialist, "created_by": season.clerk}
    refuses("past_agreement_is_filed", lambda: Agreement.objects.create(**draft, document_number="石科〔2025〕12号"))
    refuses("past_agreement_is_filed", lambda: Agreement.objects.create(
        registration=past.registration, specialist=past.specialist, is_past=True, created_by=season.clerk,
    ))  # fmt: skip
    refuses("agreement_complete_once_submitted", lambda: Agreement.objects.create(
        registration=past.registration, specialist=past.specialist, is_past=True, created_by=season.clerk,
        status="filed", filing_number="旧-1", filed_on=MAY_20, filed_by=season.officer, pack=season.pack,
    ))  # fmt: skip


def test_what_is_past_stays_so(season: Season, past: Agreement):
    refuses("past_agreement_stays_so", change(past, document_number="石科〔2025〕13号"))
    refuses("past_agreement_stays_so", change(past, is_past=False, document_number=""))
    refuses("past_agreement_stays_so", change(season.filed(season.selected("P4"), season.h4), is_past=True))
    refuses("filed_agreement_never_changes", change(past, service_end=date(2028, 1, 1)))


def test_a_past_one_may_go_again_but_no_other_that_was_filed(season: Season, past: Agreement):
    assert Agreement.objects.filter(pk=past.pk).delete()[0] == 1
    other = season.filed(season.selected("P4"), season.h4, signed=False)
    refuses("submitted_agreement_is_kept", lambda: Agreement.objects.filter(pk=other.pk).delete())


def test_what_a_trigger_asks_first_is_called_and_not_written_into_it_anew(db: None):
    """A function in SQL without a setting of its own is taken apart at every change of a row, asked or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT f.proname, f.proconfig FROM pg_trigger t
            JOIN pg_depend d ON d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
                AND d.refclassid = 'pg_proc'::regclass AND d.refobjid <> t.tgfoid
            JOIN pg_proc f ON f.oid = d.refobjid JOIN pg_language l ON l.oid = f.prolang AND l.lanname = 'sql'
            """
        )
        asked_first = dict(cursor.fetchall())

    assert "becomes_void" in asked_first
    assert {name: config for name, config in asked_first.items() if config != [ITS_OWN]} == {}

"""What is there once in its whole table, whoever writes: a second row under the same key, by raw SQL."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import ApiToken, Invitation
from agreements.models import AgreementPaper, FilingCertificate
from agreements.scanning.models import ScanBatch, ScanPart, ScanWithdrawal
from core.models import JobRun, Message, NumberSeries, SentMail
from tests.cast import MAY_20, Season, scan
from visits.models import ConfirmationLink


def copied(row: Model, other: dict[str, Any]) -> None:
    """The row once more under a number of its own, with `other` values in some columns."""
    columns = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    values = ["%s" if column in other else f'"{column}"' for column in columns]
    named = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {row._meta.db_table} ({named}) SELECT {', '.join(values)} FROM {row._meta.db_table}"
            " WHERE id = %s",
            [*(other[column] for column in columns if column in other), row.pk],
        )


def token(season: Season) -> Model:
    return ApiToken.objects.create(user=season.clerk.person, membership=season.clerk)[0]


def invitation(season: Season) -> Model:
    unit = season.u1.organization
    return Invitation.objects.create(
        token_digest="1",
        organization=unit,
        role=Role.INSTITUTION_CLERK,
        name="新同事",
        email="new@example.org",
        invited_by=season.manager,
        expires_at=now(),
    )


def certificate(season: Season) -> Model:
    filed = season.filed(season.selected("P3"), season.h4)
    return FilingCertificate.objects.create(agreement=filed, file=scan(season.clerk), token="1")


def another_certificate(season: Season, *but: str) -> dict[str, Any]:
    """What a certificate of another agreement holds, `but` for some columns."""
    other = {
        "agreement_id": season.filed(season.selected("P4"), season.h4).pk,
        "file_id": scan(season.clerk).pk,
        "token": "2",
    }
    return {column: value for column, value in other.items() if column not in but}


def link(season: Season) -> Model:
    visit = season.visit(season.filed(season.selected("P3"), season.h4), MAY_20)
    return ConfirmationLink.objects.create(visit=visit, token_digest="1", expires_at=now())


def known(season: Season) -> Model:
    """A specialist with an account."""
    return season.hat_of(season.selected("P1").specialist).person.specialist


Row = Callable[[Season], Model]
Others = Callable[[Season], dict[str, Any]]
nothing: Others = lambda season: {}  # noqa: E731

KEYS = [
    ("accounts_user_username_key", lambda season: season.clerk.person, nothing),
    ("accounts_organization_uscc_key", lambda season: season.h4.organization, nothing),
    ("accounts_apitoken_digest_key", token, nothing),
    ("accounts_invitation_token_digest_key", invitation, nothing),
    ("specialists_specialist_id_digest_key", known, lambda season: {"user_id": None}),
    ("specialists_specialist_user_id_key", known, lambda season: {"id_digest": "1"}),
    (
        "agreements_agreementpaper_token_key",
        lambda season: AgreementPaper.objects.create(
            agreement=season.agreement(season.selected("P3"), season.h4), version=1, token="1", sha256=""
        ),
        lambda season: {"version": 2},
    ),
    (
        "agreements_agreementscan_file_id_key",
        lambda season: season.submitted(season.selected("P3"), season.h4).scans.get(),
        lambda season: {"number": 2},
    ),
    (
        "agreements_filingcertificate_agreement_id_key",
        certificate,
        lambda season: another_certificate(season, "agreement_id"),
    ),
    ("agreements_filingcertificate_file_id_key", certificate, lambda season: another_certificate(season, "file_id")),
    ("agreements_filingcertificate_token_key", certificate, lambda season: another_certificate(season, "token")),
    ("visits_confirmationlink_token_digest_key", link, nothing),
    (
        "agreements_scanwithdrawal_scan_id_key",
        lambda season: ScanWithdrawal.objects.create(
            scan=season.agreement(season.selected("P3"), season.h4).scans.get(), by=season.clerk
        ),
        nothing,
    ),
    (
        "agreements_scanpart_file_id_key",
        lambda season: ScanPart.objects.create(
            batch=ScanBatch.objects.create(
                organization=season.u1.organization, file=scan(season.clerk), uploaded_by=season.clerk, files=2
            ),
            file=scan(season.clerk),
            begins=1,
        ),
        lambda season: {"begins": 2},
    ),
    ("core_numberseries_name_key", lambda season: NumberSeries.objects.create(name="agreement-2026"), nothing),
    ("core_sentmail_message_id_key", lambda season: SentMail.objects.create(message_id="1", to="a@b.cn"), nothing),
    ("one_run_per_slot", lambda season: JobRun.objects.create(name="check", slot="2026-05-20"), nothing),
    (
        "told_once_per_occasion",
        lambda season: Message.objects.create(occasion="filed:1", reader="1", subject="已备案", body="。"),
        nothing,
    ),
    ("core_storedfile_path_key", lambda season: scan(season.clerk), nothing),
]


@pytest.mark.parametrize(("key", "row", "others"), [pytest.param(*case, id=case[0]) for case in KEYS])
def test_a_key_is_there_once(season: Season, key: str, row: Row, others: Others) -> None:
    first, other = row(season), others(season)

    with pytest.raises(IntegrityError, match=f'"{key}"'), transaction.atomic():
        copied(first, other)

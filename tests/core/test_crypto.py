import base64
from collections.abc import Iterator

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import EncryptedTextField, Unreadable, blind_index, decrypt, encrypt

NUMBER = "139999197803050010"
LABEL = "specialists.Specialist.id_number"


@pytest.fixture(autouse=True)
def _keys(settings) -> None:
    settings.FIELD_KEYS = {"k1": b"1" * 32}
    settings.INDEX_KEY = b"i" * 32


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_goes_in_comes_out(text: str) -> None:
    assert decrypt(encrypt(text, label=LABEL), label=LABEL) == text


def test_the_same_text_is_never_the_same_ciphertext() -> None:
    first, second = (encrypt(NUMBER, label=LABEL) for _ in range(2))

    assert first != second
    assert first.startswith("k1:")
    assert NUMBER not in first
    assert NUMBER.encode() not in base64.b64decode(first[3:])


def test_a_new_key_encrypts_and_the_old_one_still_reads(settings) -> None:
    old = encrypt(NUMBER, label=LABEL)
    settings.FIELD_KEYS = {"k2": b"2" * 32, "k1": b"1" * 32}

    assert encrypt(NUMBER, label=LABEL).startswith("k2:")
    assert decrypt(old, label=LABEL) == NUMBER


@pytest.mark.parametrize(
    ("change", "label"),
    [
        pytest.param(lambda stored: stored, "agreements.Agreement.id_number", id="moved into another column"),
        pytest.param(lambda stored: stored.replace("k1:", "k9:"), LABEL, id="a key nobody has"),
        pytest.param(lambda stored: stored[:-4] + ("AAA=" if stored[-4:] != "AAA=" else "BBB="), LABEL, id="changed"),
        pytest.param(lambda stored: stored[:10], LABEL, id="cut short"),
        pytest.param(lambda stored: NUMBER, LABEL, id="never encrypted"),
        pytest.param(lambda stored: "k1:not base64!", LABEL, id="no base64"),
    ],
)
def test_a_value_that_was_tampered_with_does_not_open(change, label: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        decrypt(change(encrypt(NUMBER, label=LABEL)), label=label)

    assert NUMBER not in str(refusal.value)


def test_a_key_of_the_same_name_with_other_bytes_does_not_open(settings) -> None:
    stored = encrypt(NUMBER, label=LABEL)
    settings.FIELD_KEYS = {"k1": b"3" * 32}

    with pytest.raises(Unreadable):
        decrypt(stored, label=LABEL)


def test_equals_are_found_by_purpose_and_key(settings) -> None:
    here = blind_index(NUMBER, "specialist")

    assert here == blind_index(NUMBER, "specialist")
    assert len(here) == 64
    assert here != blind_index(NUMBER, "provincial-list")
    assert here != blind_index("139999198206170027", "specialist")
    settings.INDEX_KEY = b"j" * 32
    assert here != blind_index(NUMBER, "specialist")


@pytest.fixture
def vault() -> Iterator[type[models.Model]]:
    with isolate_apps("core"):

        class Vault(models.Model):  # noqa: DJ008
            secret = EncryptedTextField(null=True)
            renamed = EncryptedTextField(blank=True, label="core.Vault.before")

            class Meta:
                app_label = "core"

        yield Vault


def test_the_field_keeps_only_ciphertext_and_gives_plain_text(vault) -> None:
    field = vault._meta.get_field("secret")
    stored = field.get_db_prep_save(NUMBER, connection)

    assert stored.startswith("k1:")
    assert field.from_db_value(stored, None, connection) == NUMBER
    assert decrypt(stored, label="core.Vault.secret") == NUMBER
    assert [field.get_db_prep_save(empty, connection) for empty in ("", None)] == ["", None]
    assert [field.from_db_value(empty, None, connection) for empty in ("", None)] == ["", None]


def test_a_renamed_field_keeps_the_label_its_values_were_bound_to(vault) -> None:
    field = vault._meta.get_field("renamed")

    assert decrypt(field.get_db_prep_save(NUMBER, connection), label="core.Vault.before") == NUMBER
    assert field.deconstruct()[1:] == (
        "core.crypto.EncryptedTextField",
        [],
        {"blank": True, "label": "core.Vault.before"},
    )


@pytest.mark.parametrize(
    "query",
    [{"secret": NUMBER}, {"secret__contains": "1399"}, {"secret__in": [NUMBER]}, {"secret__length": 3}],
    ids=str,
)
def test_an_encrypted_field_cannot_be_searched(vault, query: dict[str, object]) -> None:
    with pytest.raises(FieldError, match=r"blind index|has no"):
        str(vault._base_manager.filter(**query).query)


def test_only_emptiness_can_be_asked(vault) -> None:
    assert "IS NULL" in str(vault._base_manager.filter(secret__isnull=True).query)

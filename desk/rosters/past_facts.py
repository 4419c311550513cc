"""What the register knows of the rows of a file of past agreements: one statement for each, whatever their number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.enums import InstitutionType
from accounts.models import Institution
from agreements.models import Agreement
from core.identifiers import half_width
from desk.rosters.lines import Line
from desk.rosters.queries import Paper
from specialists.enums import Form, RegistrationStatus
from specialists.models import Registration


@dataclass(frozen=True)
class Unitlike:
    """A dispatching institution of the register."""

    pk: int
    name: str
    code: str
    type: InstitutionType


@dataclass(frozen=True)
class Known:
    """What the register says of the rows of one file: one statement for each."""

    institutions: Mapping[str, list[Unitlike]]  # by credit code, and by name
    numbers: Mapping[str, str]  # filing number → how it is here
    taken_over: Mapping[str, tuple[int | None, str]]  # number of a past agreement → its institution, and who signs it
    open_registrations: Mapping[tuple[str, int, str, str], list[tuple[int | None, str, str]]]
    papers: Mapping[str, list[Paper]]  # under review or filed, of any institution


def institutions() -> dict[str, list[Unitlike]]:
    found: dict[str, list[Unitlike]] = defaultdict(list)
    rows = Institution.objects.values_list("pk", "organization__name", "organization__uscc", "type")
    for pk, name, code, kind in rows:
        unit = Unitlike(pk, name, code or "", InstitutionType(kind))
        found[plain_name(name)].append(unit)
        if code:
            found[code].append(unit)
    return found


def plain_name(name: str) -> str:
    """示范农林 学院 and 示范农林学院 are one name; brackets of either width are one sign."""
    return half_width("".join(name.split()))


def known_of(lines: Sequence[Line]) -> Known:
    digests = {line.digest for line in lines} - {""}
    numbers = {line.values["number"] for line in lines if "number" in line.values}
    taken = [
        *Agreement.objects.filter(filing_number__in=numbers).values_list(
            "filing_number", "is_past", "institution", "specialist__id_digest"
        )
    ]
    open_ones: dict[tuple[str, int, str, str], list[tuple[int | None, str, str]]] = defaultdict(list)
    registrations = Registration.objects.filter(specialist__id_digest__in=digests).values_list(
        "specialist__id_digest", "year", "form", "category", "institution", "status"
    )
    for digest, year, form, category, unit, status in registrations:
        open_ones[digest, year, form, category].append((unit, status, RegistrationStatus(status).label))
    return Known(
        institutions(),
        {number or "": "历史导入" if is_past else "平台备案" for number, is_past, _, _ in taken},
        {number or "": (unit, signer) for number, is_past, unit, signer in taken if is_past},
        open_ones,
        _papers(digests),
    )


def _papers(digests: Iterable[str]) -> dict[str, list[Paper]]:
    rows = Agreement.objects.counted_at_host().filter(
        specialist__id_digest__in=digests, registration__form=Form.INDIVIDUAL
    )
    found = defaultdict(list)
    for digest, pk, number, registration, category, code, host, host_pk, start, end in rows.order_by("pk").values_list(
        "specialist__id_digest",
        "pk",
        "filing_number",
        "registration",
        "registration__category",
        "host__organization__uscc",
        "host__organization__name",
        "host",
        "service_start",
        "service_end",
    ):
        code = code or f"#{host_pk}"
        paper = Paper(registration, category, code, host, number or f"D-{pk}", start, end, draft=False)
        found[digest].append(paper)
    return found

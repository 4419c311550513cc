"""Agreements by the thousand: a large city in which now and then something is wrong.

The same number gives the same city. Faults are sprinkled so that each rule of the yearly check finds some.
"""

from datetime import date

from django.db import connection

from accounts.enums import HostType
from accounts.models import HostUnit, Organization
from specialists.enums import (
    Category,
    Education,
    Form,
    PersonnelType,
    RegistrationStatus,
    Sex,
    SpecialistStatus,
    Title,
)
from specialists.models import ProvincialListEntry, Registration, Specialist
from tests.cast import Season

CATEGORIES = (Category.AGRICULTURE, Category.ENTERPRISE, Category.ENTERPRISE, Category.BROKER)

# Each person signs with one host; half of them again when that has ended. One in 200 or so goes elsewhere too soon.
AGREEMENTS = """
WITH people AS (
    SELECT p.id, r.id AS registration, row_number() OVER (ORDER BY p.id) - 1 AS n
    FROM specialists_specialist p JOIN specialists_registration r ON r.specialist_id = p.id WHERE p.name LIKE '专家%%'
), hosts AS (
    SELECT organization_id AS id, row_number() OVER (ORDER BY organization_id) - 1 AS n
    FROM accounts_hostunit JOIN accounts_organization o ON o.id = organization_id WHERE o.name LIKE '示范单位%%'
), papers AS (
    SELECT i, people.id AS person, people.registration, hosts.id AS host, i / %(people)s AS turn,
        date '2026-01-01' + (people.n * 37 %% 300)::int AS start,
        CASE WHEN i %% 20 = 0 THEN 'submitted' WHEN i %% 33 = 0 THEN 'terminated' WHEN i %% 50 = 1 THEN 'draft'
             ELSE 'filed' END AS status
    FROM generate_series(0, %(agreements)s - 1) i
    JOIN people ON people.n = i %% %(people)s
    JOIN hosts ON hosts.n = ((i %% %(people)s) * 31 + (i %% 197 = 13)::int * (i / %(people)s)) %% %(hosts)s
), dated AS (
    SELECT *, CASE WHEN turn = 0 OR i %% 197 = 13 THEN start WHEN i %% 293 = 17 THEN date '2026-12-31' ELSE date '2028-01-01'
        END AS begins,
        CASE WHEN turn > 0 AND i %% 197 <> 13 THEN date '2028-12-31'
             WHEN i %% 100 = 5 THEN date '2026-12-31' ELSE date '2027-12-31' END AS ends
    FROM papers
)
INSERT INTO agreements_agreement (registration_id, specialist_id, institution_id, host_id, service_start, service_end,
    service_content, visits_per_year, goals, status, version, institution_reasons, submitted_on, pack_id, return_opinion,
    filing_number, filed_on, filed_by_id, terminated_on, termination_reason, created_by_id, created_at)
SELECT registration, person, %(institution)s, host, begins, ends, '技术指导', 12, '[{"name": "培训", "count": 1, "unit": "场"}]',
    status, 1, '{}', CASE WHEN status <> 'draft' THEN start END, CASE WHEN status <> 'draft' THEN %(pack)s END, '',
    CASE WHEN status IN ('filed', 'terminated') THEN 'T-' || i END,
    CASE WHEN status IN ('filed', 'terminated') THEN start + 5 END,
    CASE WHEN status IN ('filed', 'terminated') THEN %(officer)s END,
    CASE WHEN status = 'terminated' THEN start + 40 END,
    CASE WHEN status = 'terminated' THEN 'agreed' ELSE '' END, %(clerk)s, now()
FROM dated;

INSERT INTO agreements_signature (agreement_id, party, signer, signed_on, authority)
SELECT a.id, party, '某人', CASE WHEN a.service_start >= '2028-01-01' THEN date '2027-11-05' ELSE a.service_start END,
    CASE WHEN party = 'specialist' THEN 'self' ELSE 'legal' END
FROM agreements_agreement a CROSS JOIN unnest(ARRAY['institution', 'host', 'specialist']) party
WHERE a.service_content = '技术指导';

INSERT INTO core_override (target_type, target_id, hat, at, code, article, message, reason, document_number)
SELECT 'agreements.Agreement', id, '某人', now(), code, '', '', '已说明', ''
FROM agreements_agreement CROSS JOIN unnest(ARRAY['W-TERM', 'W-END']) code
WHERE service_content = '技术指导' AND service_end = '2026-12-31' AND id / 100 %% 2 = 0;
"""


def seed(season: Season, agreements: int) -> None:
    """That many agreements, with two thirds as many persons and a host for every forty of them."""
    people = max(agreements * 2 // 3, 1)
    hosts = max(people // 40, 5)
    lay_hosts(hosts)
    lay_people(people, season)
    values = {
        "agreements": agreements,
        "people": people,
        "hosts": hosts,
        "institution": season.u1.pk,
        "officer": season.officer.pk,
        "clerk": season.clerk.pk,
        "pack": season.pack.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(AGREEMENTS, values)


def lay_hosts(count: int) -> None:
    """One in ten a cooperative; of the firms one in twelve small and of technology."""
    units = Organization.objects.bulk_create(
        (Organization(name=f"示范单位{n}", district_id="130102") for n in range(count)), batch_size=1000
    )
    HostUnit.objects.bulk_create(
        (
            HostUnit(
                organization=unit,
                host_type=HostType.COOPERATIVE if n % 10 == 0 else HostType.ENTERPRISE,
                is_above_scale=n % 3 != 0,
                is_tech_sme=n % 4 == 0,
                flags_year=2026,
            )
            for n, unit in enumerate(units)
        ),
        batch_size=1000,
    )


def lay_people(count: int, season: Season) -> None:
    """Of 1,000 persons one has lost the qualification, ten are on the provincial list; one in nine is a student."""
    people = Specialist.objects.bulk_create(
        (
            Specialist(
                name=f"专家{n}",
                id_digest=f"{n:064x}",
                sex=Sex.MALE,
                birth_date=date(1980, 1, 1),
                education=Education.DOCTOR,
                title_name="无",
                title=Title.NONE,
                field="粮油作物",
                status=SpecialistStatus.REVOKED if n % 1000 == 7 else SpecialistStatus.ACTIVE,
                revoked_on=date(2026, 5, 2) if n % 1000 == 7 else None,
            )
            for n in range(count)
        ),
        batch_size=1000,
    )
    ProvincialListEntry.objects.bulk_create(
        ProvincialListEntry(
            year=2026,
            name=person.name,
            id_digest=person.id_digest,
            valid_from=date(2026, 1, 1),
            valid_to=date(2026, 12, 31),
            entered_by=season.officer,
        )
        for person in people[11::97]
    )
    Registration.objects.bulk_create(
        (
            Registration(
                specialist=person,
                year=2026,
                category=CATEGORIES[n % 4],
                form=Form.TEAM if n % 40 == 3 else Form.INDIVIDUAL,
                personnel_type=PersonnelType.GRADUATE if n % 9 == 0 else PersonnelType.STAFF,
                graduates_on=(date(2027, 6, 30) if n % 90 == 0 else date(2028, 6, 30)) if n % 9 == 0 else None,
                institution=season.u1,
                status=RegistrationStatus.APPROVED,
                consented_on=date(2026, 1, 2),
                submitted_on=date(2026, 1, 2),
                approved_on=date(2026, 1, 2),
                pack=season.pack,
            )
            for n, person in enumerate(people)
        ),
        batch_size=1000,
    )


def analyze() -> None:
    """Let the planner know how many there are now; only for the role that owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

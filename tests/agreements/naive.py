"""The yearly check as a loop over objects: slow, plain, and what the set-based check must agree with."""

from collections import defaultdict
from datetime import date
from itertools import combinations

from accounts.enums import HostType
from agreements import rules
from agreements.enums import AgreementStatus
from agreements.models import Agreement, Reassignment
from agreements.rules import Stay, YearTaken
from core.models import Override, PolicyPack
from specialists import rules as person_rules
from specialists.enums import Category, Form, PersonnelType
from specialists.models import ProvincialListEntry


def keys(year: int, *, pack: PolicyPack, on: date) -> set[str]:
    """The keys of everything the rules find in a year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found: set[str] = set()
    explained = {(override.code, override.target_id) for override in Override.objects.all()}
    moved = {
        (move.yearly_host.specialist_id, move.from_host_id)
        for move in Reassignment.objects.select_related("yearly_host")
        if move.yearly_host.year == year
    }
    listings = defaultdict(list)
    for entry in ProvincialListEntry.objects.all():
        listings[entry.id_digest].append(person_rules.Listing(entry.year, entry.valid_from, entry.valid_to))
    by_specialist = defaultdict(list)
    at_host = defaultdict(list)
    at_one_host = defaultdict(list)
    filed_persons = defaultdict(set)
    persons_in_review = defaultdict(set)

    agreements = Agreement.objects.exclude(status=AgreementStatus.DRAFT).select_related(
        "specialist", "registration", "host__organization", "institution__organization"
    )
    for agreement in agreements.prefetch_related("signatures").order_by("filed_on", "pk"):
        person, registration, host = agreement.specialist, agreement.registration, agreement.host
        assert host
        assert agreement.service_start
        assert agreement.service_end
        kind = (registration.category, registration.form)
        if agreement.filed_on and agreement.filed_on.year == year:
            filed_persons[kind].add(person.pk)
        if agreement.status == AgreementStatus.SUBMITTED and on.year == year:
            persons_in_review[kind].add(person.pk)
        touches = agreement.service_start <= last and agreement.service_end >= first
        if agreement.status in AgreementStatus.counted_at_host and touches:
            stay = Stay(person.pk, max(agreement.service_start, first), min(agreement.service_end, last))
            at_host[host].append(stay)
        served = agreement.status in AgreementStatus.once_filed and year in agreement.years
        if served and (person.pk, host.pk) not in moved:
            by_specialist[person].append(agreement)
        if agreement.status != AgreementStatus.FILED or not touches:
            continue

        start, end = agreement.service_start, agreement.service_end
        signed_on = max(signature.signed_on for signature in agreement.signatures.all())
        student = registration.personnel_type == PersonnelType.GRADUATE
        asked = {
            "W-TERM": rules.usual_term(pack.entry("W-TERM"), start=start, end=end),
            "W-END": rules.usual_end(pack.entry("W-END"), signed_on=signed_on, end=end),
            "W-GRADUATION": rules.graduates_after_the_end(
                pack.entry("W-GRADUATION"),
                specialist=person.name,
                graduates_on=registration.graduates_on if student else None,
                end=end,
            ),
            "E-PROV": person_rules.not_on_the_provincial_list(
                pack.entry("E-PROV"),
                name=person.name,
                category=Category(registration.category),
                form=Form(registration.form),
                listings=listings[person.id_digest],
                start=start,
                end=end,
            ),
            "E-REVOKED": person_rules.qualified(
                pack.entry("E-REVOKED"), name=person.name, revoked_on=person.revoked_on, act="继续服务"
            ),
        }
        found |= {
            f"{code}:{agreement.pk}"
            for code, finding in asked.items()
            if finding and (code, agreement.pk) not in explained
        }
        at_one_host[person.pk, host.pk, *kind].append((agreement.pk, start, end))

    for papers in at_one_host.values():
        for (_, other_start, other_end), (pk, start, end) in combinations(sorted(papers), 2):
            meets = other_start <= end and start <= other_end
            if meets and rules.begins_after(pack.entry("E-OVERLAP"), start=start, running_to=other_end):
                found.add(f"E-OVERLAP:{pk}")
    for person, theirs in by_specialist.items():
        for place, agreement in enumerate(theirs):
            assert agreement.service_start
            elsewhere = [
                YearTaken(year, str(other.host), str(other), other.last_day)
                for other in theirs[:place]
                if other.host_id != agreement.host_id and other.registration.category == agreement.registration.category
            ]
            if rules.one_host_a_year(
                pack.entry("E-ONE-HOST"),
                specialist=person.name,
                category=Category(agreement.registration.category),
                form=Form(agreement.registration.form),
                elsewhere=elsewhere,
                start=agreement.service_start,
                on=on,
            ):
                found.add(f"E-ONE-HOST:{agreement.pk}")
    for host, stays in at_host.items():
        capped_as = rules.capped_as(
            host_type=HostType(host.host_type),
            is_tech_sme=host.is_tech_sme,
            is_above_scale=host.is_above_scale,
            is_proven=host.flags_verified_by is not None or rules.takes_its_word(pack.entry("E-CAP5")),
        )
        if rules.host_may_take(pack.entry("E-CAP5"), host=str(host), capped_as=capped_as, present=stays, newcomer=None):
            found.add(f"E-CAP5:host-{host.pk}")
    plan = pack.entry("W-QUOTA")
    for category in Category:
        kind = (category.value, Form.INDIVIDUAL.value)
        planned = person_rules.planned(plan, category)
        if rules.plan_is_reached(
            pack.entry("I-QUOTA"),
            category=category,
            year=year,
            number=planned if planned is not None else person_rules.floor(plan, category),
            is_floor=planned is None,
            filed=len(filed_persons[kind]),
            in_review=len(persons_in_review[kind] - filed_persons[kind]),
        ):
            found.add(f"I-QUOTA:{category}")
    return found

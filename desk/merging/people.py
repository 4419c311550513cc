"""A person who was entered twice, the second time mostly with a wrong number, becomes one.

The two rows share nothing that the register could know them by, so the bureau says it. What stands booked or final
stays with its row: that one is kept, and takes the right number from the other. The number that is not kept is nobody's
any more: it may be another person's own.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Invitation, Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement, YearlyHost, last_day
from assessments.enums import AssessmentStatus
from assessments.models import Assessment
from core import audit
from core.identifiers import mask_account
from core.jinja import cdate
from core.models import PolicyPack
from core.notify import Reader, tell
from core.policy import Finding, require
from core.stale import refuse_stale
from desk.merging import dismissing, rules
from desk.merging.models import PersonMerge
from desk.merging.rules import Clash
from funding.models import Claim, LedgerEntry
from specialists.changes.models import ChangeRequest
from specialists.enums import Category, ChangeStatus, Form
from specialists.models import Registration, Specialist, TeamMember
from specialists.rules import changed_by_request_only
from specialists.services import by_request, institution_readers
from visits.models import VisitAttendance

# What is chosen together, and the columns it is made of.
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("姓名", ("name",)),
    "id_number": ("身份证号", ("id_number", "id_masked", "sex", "birth_date")),
    "mobile": ("手机号", ("mobile", "mobile_masked")),
    "email": ("邮箱", ("email",)),
    "education": ("学历", ("education",)),
    "title": ("职称", ("title_name", "title")),
    "field": ("专业领域", ("field",)),
    "bank_account": ("银行账号", ("bank_account", "bank_name")),
}


def value(person: Specialist, field: str) -> Any:
    return tuple(getattr(person, column) for column in FIELDS[field][1])


def in_words(person: Specialist, field: str) -> str:
    """As a page may show it: numbers masked."""
    match field:
        case "id_number":
            return f"{person.id_masked}（{cdate(person.birth_date)}出生）"
        case "mobile":
            return person.mobile_masked
        case "bank_account":
            return f"{person.bank_name}　{mask_account(person.bank_account)}" if person.bank_account else "（空）"
        case "education":
            return person.get_education_display() or "（空）"
        case "title":
            return person.title_name or "（空）"
        case _:
            return str(getattr(person, field) or "（空）")


# --- who looks like one -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    one: Specialist
    other: Specialist
    reasons: tuple[str, ...]


def candidates() -> list[Pair]:
    """Pairs of one name that share a birthday or a telephone, or whose numbers differ in a sign or two, but for those found
    to be two.
    """
    standing = Specialist.objects.filter(merged_into=None)
    names = standing.values("name").annotate(count=Count("pk")).filter(count__gt=1).values("name")
    by_name: dict[str, list[Specialist]] = defaultdict(list)
    for person in standing.filter(name__in=names).order_by("pk"):
        by_name[person.name].append(person)
    dismissed = dismissing.standing(Specialist)
    found = []
    for one, other in (pair for people in by_name.values() for pair in combinations(people, 2)):
        alike = likeness(one, other)
        if not dismissing.is_settled((one.pk, other.pk), dismissing.facts_of(alike), dismissed):
            found.append(Pair(one, other, tuple(why for why, _ in alike)))
    return sorted(found, key=lambda pair: (-len(pair.reasons), pair.one.pk))


def likeness(one: Specialist, other: Specialist) -> list[tuple[str, str]]:
    """Why two rows of one name seem one person, with what they share."""
    if one.name != other.name:
        return []
    differing = sum(a != b for a, b in zip(one.id_number, other.id_number, strict=False))
    said = {
        "姓名和出生日期相同": one.birth_date == other.birth_date,
        "姓名和手机号相同": bool(one.mobile) and one.mobile == other.mobile,
        "身份证号只差一两位": len(one.id_number) == len(other.id_number) and differing <= 3,
    }
    shared = {
        "姓名和出生日期相同": one.birth_date.isoformat(),
        "姓名和手机号相同": one.mobile,
        "身份证号只差一两位": "\0".join(sorted((one.id_number, other.id_number))),
    }
    return [(words, f"{one.name}\0{shared[words]}") for words, so in said.items() if so]


# --- two sides --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    person: Specialist
    registrations: list[Registration]
    agreements: list[Agreement]
    teams: list[str]
    visits: int
    claims: int
    entries: int
    assessments: int

    @property
    def counts(self) -> list[tuple[str, str]]:
        return [
            ("身份证号", self.person.id_masked),
            ("登记", "、".join(f"{one.year}年度{one.get_category_display()}" for one in self.registrations) or "无"),
            ("团队", "、".join(self.teams) or "无"),
            ("服务记录", f"{self.visits}次"),
            ("补助申领", f"{self.claims}笔（已记账{self.entries}笔）"),
            ("年度考核", f"{self.assessments}次"),
            ("账号", self.person.user.username if self.person.user else "无"),
        ]

    @property
    def papers(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                str(paper),
                str(paper.host or "未填写"),
                f"{cdate(paper.service_start)}至{cdate(paper.service_end)}" if paper.service_end else "未填写",
                AgreementStatus(paper.status).label,
            )
            for paper in self.agreements
        ]


def side(person: Specialist) -> Side:
    papers = Agreement.objects.filter(specialist=person).select_related("host__organization").order_by("pk")
    return Side(
        person=person,
        registrations=list(person.registrations.order_by("year", "pk")),
        agreements=list(papers),
        teams=[str(one.team) for one in person.memberships.select_related("team").order_by("pk")],
        visits=person.attendances.count(),
        claims=person.claims.count(),
        entries=LedgerEntry.objects.filter(claim__specialist=person).count(),
        assessments=person.assessments.count(),
    )


# --- what stands against it -------------------------------------------------------------------------------------------


def findings(survivor: Specialist, loser: Specialist, *, on: date) -> list[Finding | None]:
    merged = [person.name for person in (survivor, loser) if person.merged_into_id is not None]
    alone = rules.two_people(one=survivor.pk, other=loser.pk) or rules.both_are_there(merged=merged)
    if alone:
        return [alone]
    both = [survivor.pk, loser.pk]
    final = loser.assessments.filter(status=AssessmentStatus.FINAL).exists()
    booked = {
        "补助申领": Claim.objects.filter(specialist=loser).exists(),
        "考核结果": final,
        "资格取消": loser.is_revoked,
    }
    worn = loser.user_id is not None and Membership.objects.active(on=on).filter(person=loser.user_id).exists()
    waiting = ChangeRequest.objects.filter(specialist=loser, status=ChangeStatus.OPEN).count()
    return [
        rules.one_account(both_have=survivor.user_id is not None and worn, name=survivor.name),
        rules.what_is_booked_stays(booked=[words for words, so in booked.items() if so], name=loser.name),
        rules.nothing_is_asked(open_changes=waiting),
        rules.registered_once(twice=_registered_twice(both)),
        rules.one_host_a_year(years=_years_at_two_hosts(both)),
        rules.no_two_papers_for_one_day(clashes=_clashes(both)),
        rules.once_in_a_team(teams=_same_teams(both)),
        rules.once_at_a_visit(visits=_twice(VisitAttendance, both, "visit", "V-{}")),
        rules.assessed_once(years=[int(year) for year in _twice(Assessment, both, "campaign__year", "{}")]),
    ]


def _twice(model: Any, both: list[int], of: str, said: str) -> list[str]:
    """What both have one of."""
    rows = model.objects.filter(specialist__in=both).values(of).annotate(who=Count("specialist", distinct=True))
    return [said.format(row[of]) for row in rows.filter(who=2).order_by(of)]


def _registered_twice(both: list[int]) -> list[str]:
    """Also two drafts: of one unit the register holds one, and two units are asked which is right."""
    rows = Registration.objects.filter(specialist__in=both).values("year", "form", "category")
    twice = rows.annotate(who=Count("specialist", distinct=True)).filter(who=2).order_by("year", "form", "category")
    return [f"{row['year']}年度{Category(row['category']).label}（{Form(row['form']).label}）" for row in twice]


def _years_at_two_hosts(both: list[int]) -> list[int]:
    rows = YearlyHost.objects.filter(specialist__in=both).values("year").annotate(hosts=Count("host", distinct=True))
    return list(rows.filter(hosts__gt=1).order_by("year").values_list("year", flat=True))


def _clashes(both: list[int]) -> list[Clash]:
    rows = Agreement.objects.filter(specialist__in=both, service_start__isnull=False, service_end__isnull=False)
    papers = list(rows.exclude(status__in=AgreementStatus.at_home).select_related("specialist").order_by("pk"))
    return [
        Clash(first.specialist.name, str(first), str(second))
        for first, second in combinations(papers, 2)
        if first.specialist_id != second.specialist_id and first.host_id == second.host_id and _meet(first, second)
    ]


def _meet(first: Agreement, second: Agreement) -> bool:
    assert first.service_start
    assert second.service_start
    return first.service_start <= last_day(
        second.service_end, second.terminated_on
    ) and second.service_start <= last_day(first.service_end, first.terminated_on)


def _same_teams(both: list[int]) -> list[str]:
    rows = TeamMember.objects.filter(specialist__in=both).select_related("team").order_by("pk")
    return [
        str(first.team)
        for first, second in combinations(rows, 2)
        if first.team_id == second.team_id
        and first.specialist_id != second.specialist_id
        and (second.left_on is None or first.joined_on < second.left_on)
        and (first.left_on is None or second.joined_on < first.left_on)
    ]


def settled(one: Specialist, other: Specialist, *, on: date) -> dict[str, Specialist]:
    """For each field that a merge does not choose, the row whose value stands.

    六（三）: what the money and the links of a selected person go by changes by a request with its proof; the row that
    was entered beside them is none. Of two selected rows either was proven. The number is what a merge is for.
    """
    pack = PolicyPack.in_force(on=on)
    by_hand = {person: by_request(person, pack=pack) for person in (one, other)}
    if bool(by_hand[one]) == bool(by_hand[other]):
        return {}
    selected = one if by_hand[one] else other
    return {name: selected for name, (_, columns) in FIELDS.items() if not by_hand[selected].isdisjoint(columns)}


def _chosen_by_hand(
    differing: list[str], keep: Mapping[str, int], standing: Mapping[str, Specialist], *, on: date
) -> Finding | None:
    """What `keep` would put in the place of a selected person's own."""
    against = [
        name for name in differing if name in standing and keep.get(name, standing[name].pk) != standing[name].pk
    ]
    if not against:
        return None
    details = [(f"keep_{name}", FIELDS[name][0]) for name in against]
    entry = PolicyPack.in_force(on=on).entry("E-CHANGE")
    return changed_by_request_only(entry, name=standing[against[0]].name, details=details)


# --- the act ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def merge_people(
    survivor: Specialist,
    loser: Specialist,
    *,
    keep: Mapping[str, int],
    by: Membership,
    on: date,
    reason: str,
    versions: Mapping[int, int] | None = None,
) -> PersonMerge:
    """Make one person of two: `keep` names, for each field of FIELDS that differs, the row whose value stays.

    Registrations, agreements, teams, visits and the account of the loser become the survivor's; what was signed, filed
    and booked says what it said. What a selected person's money goes by is not chosen (`settled`). Raises Stale when either was changed since `versions`, and Refused with everything in
    the way.
    """
    survivor, loser = _hold(survivor, loser, versions=versions)
    differing = [name for name in FIELDS if value(survivor, name) != value(loser, name)]
    standing = settled(survivor, loser, on=on)
    require(
        *findings(survivor, loser, on=on),
        _chosen_by_hand(differing, keep, standing, on=on),
        rules.reason_is_given(reason=reason),
    )
    before = {"survivor": _image(survivor), "loser": _image(loser)}
    stays = {name: standing[name].pk if name in standing else keep.get(name, survivor.pk) for name in differing}
    taken = [name for name in differing if stays[name] == loser.pk]
    addresses = [survivor.email, loser.email]

    kept_digest = loser.id_digest if "id_number" in taken else survivor.id_digest
    loser.merged_into, loser.id_digest = survivor, f"merged-{loser.pk}"
    loser.version += 1
    loser.save(update_fields=["merged_into", "id_digest", "version"])
    Specialist.objects.filter(merged_into=loser).update(merged_into=survivor)
    moved = _move(survivor, loser, by=by)
    columns = [column for name in taken for column in FIELDS[name][1]]
    for column in columns:
        setattr(survivor, column, getattr(loser, column))
    survivor.id_digest = kept_digest
    survivor.version += 1
    survivor.save(update_fields=[*columns, "id_digest", "user", "version"])
    merge = PersonMerge.objects.create(
        survivor=survivor,
        loser=loser,
        reason=reason.strip(),
        before=before,
        kept={name: "loser" if name in taken else "survivor" for name in differing},
        moved=moved,
        by=by,
    )
    _tell(merge, taken=taken, before=before, by=by)
    _tell_the_person(merge, addresses=addresses, by=by, on=on)
    return merge


def _hold(
    survivor: Specialist, loser: Specialist, *, versions: Mapping[int, int] | None
) -> tuple[Specialist, Specialist]:
    """Both at once: of two merges that cross, one waits for the other."""
    both = Specialist.objects.select_for_update(of=("self",)).filter(pk__in=(survivor.pk, loser.pk))
    held = {one.pk: one for one in both.in_holding_order()}
    for pk, version in (versions or {}).items():
        refuse_stale(held[pk], version=version, typed={})
    return held[survivor.pk], held[loser.pk]


def _image(person: Specialist) -> dict[str, str]:
    return {name: "（不记录）" if name == "email" and person.email else in_words(person, name) for name in FIELDS}


def _move(survivor: Specialist, loser: Specialist, *, by: Membership) -> dict[str, list[int]]:
    """Give the survivor all that points at the loser; agreements follow their registrations. Returns what was moved."""
    moved = {"agreements": list(Agreement.objects.filter(specialist=loser).order_by("pk").values_list("pk", flat=True))}
    for name, rows in {
        "registrations": loser.registrations,
        "memberships": loser.memberships,
        "attendances": loser.attendances,
        "assessments": loser.assessments,
        "changes": loser.change_requests,
    }.items():
        moved[name] = list(rows.order_by("pk").values_list("pk", flat=True))
        rows.update(specialist=survivor)
    moved["yearly_hosts"] = _move_years(survivor, loser)
    if loser.user is not None and survivor.user is None:  # else it was ended, and stays with what was done by it
        survivor.user, loser.user = loser.user, None
        loser.save(update_fields=["user"])
    asked = Invitation.objects.filter(role=Role.SPECIALIST, subject_id=loser.pk, accepted_at=None)
    moved["invitations"] = list(asked.order_by("pk").values_list("pk", flat=True))
    if survivor.user is None:
        asked.update(subject_id=survivor.pk)
    else:
        asked.filter(expires_at__gt=now()).update(expires_at=now())
    for pk in moved["agreements"]:
        paper = Agreement.objects.get(pk=pk)
        audit.record(
            "agreement.person_merged",
            paper,
            by=by,
            before={"person": loser.id_masked},
            after={"person": survivor.id_masked},
        )
    return moved


def _move_years(survivor: Specialist, loser: Specialist) -> list[int]:
    """A year that both give to one host is one row; its agreements come together there."""
    own = {row.year: row for row in YearlyHost.objects.filter(specialist=survivor)}
    moved = []
    for row in YearlyHost.objects.filter(specialist=loser).order_by("year"):
        if row.year in own:
            own[row.year].agreements.add(*row.agreements.all())
            row.agreements.clear()
        else:
            row.specialist = survivor
            row.save(update_fields=["specialist"])
            moved.append(row.pk)
    return moved


def _tell(merge: PersonMerge, *, taken: list[str], before: dict[str, dict[str, str]], by: Membership) -> None:
    was = {FIELDS[name][0]: before["survivor"][name] for name in taken}
    becomes = {FIELDS[name][0]: before["loser"][name] for name in taken}
    becomes["并入的人员"] = f"{before['loser']['name']}（{merge.loser.id_masked}）"
    audit.record("specialist.merged", merge.survivor, by=by, before=was, after=becomes, reason=merge.reason)
    audit.record(
        "specialist.merged_away", merge.loser, by=by, after={"并入": merge.survivor.id_masked}, reason=merge.reason
    )


def _tell_the_person(merge: PersonMerge, *, addresses: list[str], by: Membership, on: date) -> None:
    """At either address, and to the units that look after either row: who merges is not the only one to hear of it."""
    person = merge.survivor
    units = person.registrations.exclude(institution=None).values_list("institution", flat=True).distinct()
    stands = "、".join(f"{FIELDS[name][0]}为{in_words(person, name)}" for name in merge.kept if name != "email")
    tell(
        [
            Reader(person=person.user, email=addresses[0]),
            Reader(email=addresses[1]),
            *(reader for unit in units.order_by("institution") for reader in institution_readers(unit, on=on)),
        ],
        occasion=f"specialist.merged:{merge.pk}",
        subject=f"{person.name}的两条人员记录已合并",
        body=f"{by.organization}将{person.name}重复登记的两条记录合并为一条"
        + (f"，现在的{stands}" if stands else "")
        + "。如与实际不符，请立即与派出单位或市科技局联系。",
    )


def suggested(one: Specialist, other: Specialist) -> int:
    """Which should stay: the one with what cannot move, then with an account, with more papers; else the older."""

    def weight(person: Specialist) -> tuple[bool, bool, int, int]:
        booked = person.claims.exists() or person.assessments.filter(status=AssessmentStatus.FINAL).exists()
        return booked or person.is_revoked, person.user_id is not None, person.agreements.count(), -person.pk

    return max((one, other), key=weight).pk

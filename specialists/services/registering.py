"""A registration from its draft to the bureau's decision.

The row of its person is the gate. Only the yearly plan, which counts many persons, is a gate of its own, and comes
first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import approvals, audit
from core.crypto import blind_index
from core.models import PolicyPack
from core.policy import Refused, Side, plain, require
from core.stale import refuse_stale
from specialists import deciding, queries, rules, titles
from specialists.deciding import Step
from specialists.departing import rules as departing
from specialists.enums import Category, Origin, PersonnelType, RegistrationStatus
from specialists.models import Registration, Specialist
from specialists.services.judging import judge, missing, no_consent
from specialists.services.people import (
    PERSONAL,
    by_request,
    change_person,
    clean_id_number,
    correct_number,
    filled,
    forget_if_unused,
    given,
    hold_or_enter,
    news_about,
    not_this_name,
    person_of,
    refuse_by_hand,
    words_of_entry,
)
from specialists.services.telling import tell_of_decision

ACT = "registration.approve"
CONTENT = (
    "category",
    "personnel_type",
    "department",
    "speciality",
    "ability_note",
    "research_results",
    "supervisor",
    "graduates_on",
    "appointment_note",
)


@transaction.atomic
def register_specialist(*, by: Membership, on: date, id_number: str, **fields: Any) -> Registration:
    """Begin the year's registration of a person, who enters the register by it if they are not in it yet.

    `fields` are those of PERSONAL and CONTENT, and `consent` (bool). An institution nominates; the bureau appoints
    directly (R28). The result is a draft: only submission asks every rule. Raises Refused for an ID number that cannot
    be one (E-ID), for a name that does not belong to it, for a second registration (E-REG-DUP) and for a person whose
    qualification is cancelled (E-REVOKED). What another unit keeps of the person stays as it is and is not told.
    """
    [registration] = register_people([{"id_number": id_number, **fields}], by=by, on=on)
    return registration


@transaction.atomic
def register_people(entries: Sequence[Mapping[str, Any]], *, by: Membership, on: date) -> list[Registration]:
    """Begin the registrations of several people, all or none, asking the database no more than for one.

    Each entry holds what `register_specialist` takes, which is this for one; the results stand in the same order.
    Raises Refused for the first that cannot be.
    """
    pack = PolicyPack.in_force(on=on)
    institution, year = _unit_of(by), pack.setting("registration.call_year")
    known = titles.words(on=on)
    entrants = [_Entrant.of(titles.with_rank(entry, on=on, known=known), on=on, pack=pack) for entry in entries]
    # A twin registering the same people waits here.
    people, new = _hold_or_enter_all(entrants, by=by)
    registered = queries.Registered([person.pk for digest, person in people.items() if digest not in new], year=year)
    gone = queries.departures([person.pk for person in people.values()])
    made = []
    for entrant in entrants:
        person, unit = people[entrant.digest], institution.pk if institution else None
        if person.name != entrant.personal["name"]:
            raise Refused([not_this_name()])
        content = dict(entrant.content)
        if institution:
            content.pop("appointment_note", None)
        registration = Registration(
            specialist=person,
            year=year,
            institution=institution,
            origin=Origin.DIRECT_APPOINTMENT if institution is None else Origin.NOMINATED,
            consented_on=on if entrant.consent else None,
            **_fitting(content, personnel_type=content["personnel_type"]),
        )
        category = Category(registration.category)
        here, elsewhere = registered.here_and_elsewhere(person.pk, registration.form, category, unit=unit)
        require(
            rules.registered_once(
                pack.entry("E-REG-DUP"),
                name=person.name,
                year=year,
                category=category,
                here=here,
                elsewhere=elsewhere,
            ),
            rules.qualified(pack.entry("E-REVOKED"), name=person.name, revoked_on=person.revoked_on, act="参加选派"),
            departing.has_not_left(name=person.name, left_on=gone.get((person.pk, unit)), on=on),
        )
        ours = entrant.digest not in new and not registered.looked_after_elsewhere(person.pk, unit=unit)
        if ours and (news := news_about(person, entrant.personal)):
            settled = by_request(person, pack=pack)  # a form that begins anew cannot know it: it stays as it is
            change_person(person, {name: news[name] for name in news if name not in settled}, by=by)
        registered.add(registration)
        made.append((registration, content))
    Registration.objects.bulk_create(registration for registration, _ in made)
    audit.record_all("registration.created", [(registration, filled(content)) for registration, content in made], by=by)
    return [registration for registration, _ in made]


@transaction.atomic
def save_registration(
    registration: Registration, *, by: Membership, on: date, version: int | None, id_number: str = "", **fields: Any
) -> Registration:
    """Change a draft or a returned registration, and what its form holds of the person; every change raises `version`.

    `fields` are some of PERSONAL, CONTENT and `consent`; `id_number` mends a mistyped one, as long as its person stands
    in this draft only (E-ID otherwise). Raises Stale with the differences when `version` is not the
    record's any more, Refused (E-STATE) once it is handed in or decided, (E-CHANGE) for what changes by request only.
    """
    registration = _hold(registration)
    require_own(registration, by=by)
    specialist = registration.specialist
    personal, content = _sorted_out(titles.with_rank(fields, on=on))
    if registration.institution:
        content.pop("appointment_note", None)
    refuse_stale(registration, version=version, typed=content, beside=[(specialist, given(personal))])
    pack = PolicyPack.in_force(on=on)
    status = RegistrationStatus(registration.status)
    require(rules.open_to_change(pack.entry("E-STATE"), status=status))
    news = news_about(specialist, personal)
    if news and _looked_after_elsewhere(registration):
        raise Refused([plain("E-DETAILS", "该人员本年度另有登记，手机号、银行账号等以已有资料为准，不能在这里修改。")])
    refuse_by_hand(specialist, news, pack=pack)
    if "name" in news and _known_to_others(registration):
        raise Refused([not_this_name()])
    content = _fitting(content, personnel_type=content.get("personnel_type", registration.personnel_type))
    if "consent" in fields:
        if status != RegistrationStatus.DRAFT and not fields["consent"]:
            raise Refused([no_consent()])
        content["consented_on"] = (registration.consented_on or on) if fields["consent"] else None
    before, after = audit.changed(registration, content)
    corrected = _corrected(registration, id_number, on=on, pack=pack)
    if not after and not news and not corrected:
        return registration
    if corrected:
        correct_number(specialist, corrected, by=by, besides=registration.pk)
    change_person(specialist, news, by=by, besides=registration.pk)
    for name, value in after.items():
        setattr(registration, name, value)
    verdicts = judge(registration, on=on, pack=pack)
    require(*(verdict.finding for verdict in verdicts if verdict.entry.code == "E-REG-DUP"))
    registration.version += 1
    registration.save(update_fields=[*after, "version"])
    if after:
        audit.record("registration.changed", registration, by=by, before=before, after=after)
    return registration


@transaction.atomic
def discard_registration(registration: Registration, *, by: Membership, on: date) -> None:
    """Throw a draft away, and the person with it if nothing else is known of them; the register keeps who did so.

    Raises Refused (E-STATE) for what has ever been handed in, and while an agreement draft of a roster hangs on it.
    """
    registration = _hold(registration)
    require_own(registration, by=by)
    specialist, status = registration.specialist, RegistrationStatus(registration.status)
    entry = PolicyPack.in_force(on=on).entry("E-STATE")
    require(rules.open_to_change(entry, status=status, among=(RegistrationStatus.DRAFT,)))
    audit.record("registration.discarded", registration, by=by, before={"person": specialist.id_masked})
    try:
        registration.delete()
    except ProtectedError:
        raise Refused([plain("E-STATE", "这份登记已有协议草稿，请先删除协议草稿。")]) from None
    forget_if_unused(specialist, by=by)


@transaction.atomic
def submit_registration(registration: Registration, *, by: Membership, on: date) -> Registration:
    """Hand a registration in to the bureau: the pack of this day judges it, its steps of approval begin.

    Raises Refused with every finding in the way: what is missing, E-STATE, and the blocks of the rules. Warns that only
    the bureau may except (W-GRAD) stay open for its review.
    """
    registration = _hold(registration)
    require_own(registration, by=by)
    pack = PolicyPack.in_force(on=on)
    status = RegistrationStatus(registration.status)
    verdicts = judge(registration, on=on, pack=pack)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=RegistrationStatus.SUBMITTED),
        *(missing(registration, on=on, pack=pack) if registration.is_editable else []),
        *(verdict.finding for verdict in verdicts),
        departing.has_not_left(
            name=registration.specialist.name,
            left_on=queries.left_on(registration.specialist_id, registration.institution_id),
            on=on,
        ),
        side=Side.INSTITUTION,
    )
    registration.status, registration.pack, registration.submitted_on = RegistrationStatus.SUBMITTED, pack, on
    registration.return_opinion = ""
    registration.save(update_fields=["status", "pack", "submitted_on", "return_opinion"])
    approvals.open_approval(ACT, registration, pack=pack)
    audit.record(
        "registration.submitted",
        registration,
        by=by,
        before={"status": status.label},
        after={"status": RegistrationStatus.SUBMITTED.label, "submitted_on": on},
    )
    return registration


@transaction.atomic
def decide_registration(registration: Registration, **said: Any) -> Registration:
    """Take the next step of the bureau's decision; a return sends it back.

    The last one passed selects the person, or proposes them for the published list where the pack wants one.

    `said` are the fields of `deciding.Step`. Raises what `deciding.take` does.
    """
    step = Step(**said)
    # W-QUOTA counts the whole year: hold its plan, so that two officers cannot both take the last place.
    _hold_plan(registration)
    registration = _hold(registration)
    verdicts = partial(judge, registration, on=step.on, deciding=True)
    if approval := deciding.take(registration, step, act=ACT, judge=verdicts):
        tell_of_decision(registration, approval_id=approval.pk, on=step.on)
    return registration


# --- pieces -----------------------------------------------------------------------------------------------------------


def _hold_plan(registration: Registration) -> None:
    plan = PolicyPack.objects.filter(registration=registration.pk).values("plan", "year")
    versions = PolicyPack.objects.filter(plan__in=plan.values("plan"), year__in=plan.values("year"))
    # All versions: of two registrations handed in before and after a correction, each has its own. `no_key`: the rows
    # are only a gate here, records that point at them need not wait.
    list(versions.order_by("pk").select_for_update(no_key=True))


def _hold(registration: Registration) -> Registration:
    """The registration read anew, with its person held."""
    person = Specialist.objects.select_for_update(of=("self",)).filter(registrations=registration.pk).first()
    rows = Registration.objects.select_related("institution__organization", "pack")
    again = rows.filter(pk=registration.pk).first()
    if person is None or again is None:
        raise Refused([plain("E-STATE", "这份登记草稿已被删除，不能执行此操作。")])
    again.specialist = person
    return again


def _sorted_out(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to the person and what to the year; a name that belongs to neither is a mistake of the caller."""
    if unknown := fields.keys() - {*PERSONAL, "title", *CONTENT, "consent"}:
        raise TypeError(f"a registration has no {', '.join(sorted(unknown))}")
    personal = {name: fields[name] for name in (*PERSONAL, "title") if name in fields}
    return personal, {name: fields[name] for name in CONTENT if name in fields}


def _fitting(content: Mapping[str, Any], *, personnel_type: str) -> dict[str, Any]:
    """Staff have neither supervisor nor graduation, whatever a form still held when the type was changed."""
    if personnel_type == PersonnelType.GRADUATE:
        return dict(content)
    return {**content, "supervisor": "", "graduates_on": None}


def _unit_of(by: Membership) -> Institution | None:
    """The institution for which this hat registers; None for the bureau, which appoints directly."""
    if by.role in Role.bureau:
        return None
    institution = Institution.objects.filter(pk=by.organization_id).first()
    if institution is None:
        raise Refused([plain("E-ORG", "本单位尚未登记为派出单位，请与市科技局联系。")])
    return institution


def is_own(registration: Registration, *, by: Membership) -> bool:
    """Whether it is this hat's unit that registers: an institution what it nominates, the bureau whom it appoints."""
    return by.stands_for(registration.institution_id)


def require_own(registration: Registration, *, by: Membership) -> None:
    if not is_own(registration, by=by):
        whose = "派出单位推荐的登记由派出单位办理" if registration.institution_id else "直接聘请的登记由市科技局办理"
        raise Refused([plain("E-PERM", f"您没有权限执行此操作：{whose}。")])


@dataclass(frozen=True)
class _Entrant:
    """What a form or a row says of a person and of their year."""

    number: str
    digest: str
    personal: Mapping[str, Any]
    content: Mapping[str, Any]
    consent: bool

    @classmethod
    def of(cls, entry: Mapping[str, Any], *, on: date, pack: PolicyPack) -> "_Entrant":
        fields = dict(entry)
        number = clean_id_number(fields.pop("id_number"), on=on, pack=pack)
        personal, content = _sorted_out(fields)
        digest = blind_index(number, "id_number")
        return cls(number, digest, personal, content, consent=bool(fields.get("consent")))


def _hold_or_enter_all(entrants: Iterable[_Entrant], *, by: Membership) -> tuple[dict[str, Specialist], set[str]]:
    """The people by digest with their rows held, entered if nobody knew them, and who is new."""
    wanted = {one.digest: one for one in entrants}
    rows = Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=wanted).in_holding_order()
    people = {person.id_digest: person for person in rows}
    missing = [wanted[digest] for digest in sorted(wanted.keys() - people.keys())]
    try:
        with transaction.atomic():
            entered = Specialist.objects.bulk_create(person_of(one.number, one.personal) for one in missing)
    except IntegrityError:  # somebody else is entering one of them at this moment: each is waited for
        found = [hold_or_enter(one.number, one.personal) for one in missing]
        people |= {person.id_digest: person for person, _ in found}
        entered = [person for person, new in found if new]
    people |= {person.id_digest: person for person in entered}
    told = [(person, words_of_entry(person, wanted[person.id_digest].personal)) for person in entered]
    audit.record_all("specialist.created", told, by=by)
    return people, {person.id_digest for person in entered}


def _looked_after_elsewhere(registration: Registration) -> bool:
    return queries.details_belong_to_another(
        registration.specialist, institution_id=registration.institution_id, year=registration.year
    )


def may_correct_number(registration: Registration) -> bool:
    """Whether its person is nobody's but this draft's: handed in, the number changes by request (R43)."""
    is_draft = registration.status == RegistrationStatus.DRAFT and registration.submitted_on is None
    return is_draft and registration.specialist.user_id is None and not _known_to_others(registration)


def _corrected(registration: Registration, typed: str, *, on: date, pack: PolicyPack) -> str:
    """The number to be kept from now on; "" where nothing is typed, or the same."""
    number = clean_id_number(typed, on=on, pack=pack) if typed else ""
    if not number or blind_index(number, "id_number") == registration.specialist.id_digest:
        return ""
    if not may_correct_number(registration):
        words = "该人员已有其他登记或已提交审核，身份证号不能在这里修改；入选后可以提交变更申请。"
        raise Refused([plain("E-ID", words, field="id_number")])
    return number


def _known_to_others(registration: Registration) -> bool:
    person = registration.specialist
    return person.registrations.exclude(pk=registration.pk).exists() or person.memberships.exists()

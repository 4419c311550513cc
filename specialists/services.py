"""Every change to a person, a registration or the provincial list: pages, API, imports and tasks all call these.

The row of the person is the gate to all that is theirs: registrations and approvals are read after it is held. Only
the yearly plan, which counts many persons, is a gate of its own, and comes first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Institution, Invitation, Membership, User
from accounts.services import invite, links
from core import approvals, audit, identifiers
from core.crypto import blind_index
from core.identifiers import Invalid, mask_account, mask_id, mask_mobile
from core.models import PolicyPack
from core.notify import Reader, tell
from core.policy import Finding, Refused, Side, Verdict, plain, require
from core.stale import refuse_stale
from specialists import deciding, looking, queries, rules
from specialists.deciding import Step
from specialists.enums import Category, Form, Origin, PersonnelType, RegistrationStatus
from specialists.models import ProvincialListEntry, Registration, Specialist
from specialists.queries import Case
from specialists.selection.calling import not_called

ACT = "registration.approve"
PERSONAL = ("name", "mobile", "email", "education", "title", "field", "bank_account", "bank_name")
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
BY_REQUEST = frozenset(("name", "mobile", "email", "bank_account", "bank_name"))
ENTERED = (*PERSONAL, "id_number", "id_masked", "mobile_masked", "sex", "birth_date")
REVEALABLE = {"id_number": "身份证号", "mobile": "手机号", "bank_account": "银行账号"}


# --- asking the rules -------------------------------------------------------------------------------------------------


def judge(
    registration: Registration, *, on: date, pack: PolicyPack | None = None, deciding: bool = False
) -> list[Verdict]:
    """Ask every rule about a registration as it stands, saved or not: one verdict per rule, in the work plan's order.

    Without `pack`: the one it was submitted under, else the one in force on that day. The yearly plan is asked only
    when the bureau is `deciding`: an institution cannot know how far it is filled.
    """
    pack = pack or registration.pack or PolicyPack.in_force(on=on)
    return judge_case(queries.case_of(registration), on=on, pack=pack, deciding=deciding)


def judge_case(case: Case, *, on: date, pack: PolicyPack, deciding: bool = False) -> list[Verdict]:
    """The same for what is only typed so far; what a rule still has to wait for is said in its verdict."""
    name = case.name or "此人"
    verdicts = []

    def ask(code: str, rule: Any, *, needs: Mapping[str, object], **facts: Any) -> None:
        entry = pack.entry(code)
        if waiting := "、".join(words for words, known in needs.items() if not known):
            verdicts.append(Verdict(entry, waiting=f"填写{waiting}后校验"))
        else:
            verdicts.append(Verdict(entry, rule(entry, **facts)))

    person, category = {"姓名和身份证号": case.digest}, {"类别": case.category}
    here, elsewhere = case.here_and_elsewhere
    ask(
        "W-GRAD",
        rules.graduate_has_ability_or_results,
        needs={"人员类型": case.personnel_type},
        personnel_type=case.personnel_type,
        ability_note=case.ability_note,
        research_results=case.research_results,
    )
    ask(
        "E-BROKER-ORG",
        rules.broker_from_a_suitable_institution,
        needs=category,
        category=case.category,
        institution_type=case.institution_type,
    )
    ask(
        "E-REG-YEAR",
        rules.in_the_called_year,
        needs={},
        year=case.year,
        called=pack.setting("registration.call_year"),
    )
    ask(
        "E-REG-DUP",
        rules.registered_once,
        needs={**person, **category},
        name=name,
        year=case.year,
        category=case.category,
        here=here,
        elsewhere=elsewhere,
    )
    if deciding and case.category and case.form == Form.INDIVIDUAL:
        quota = pack.entry("W-QUOTA")
        ask(
            "W-QUOTA",
            rules.within_the_plan,
            needs={},
            category=case.category,
            year=case.year,
            tally=case.tally(quota),
        )
    if case.is_direct:
        ask("E-APPOINT", rules.appointment_states_its_need, needs={}, note=case.appointment_note)
    ask(
        "E-PROV",
        rules.not_on_the_provincial_list,
        needs={**person, **category},
        name=name,
        category=case.category,
        form=case.form,
        listings=case.listings,
        start=on,
        end=max(on, date(case.year, 12, 31)),
    )
    ask("E-REVOKED", rules.qualified, needs=person, name=name, revoked_on=case.revoked_on, act="参加选派")
    return verdicts


def missing(registration: Registration, *, on: date, pack: PolicyPack | None = None) -> list[Finding]:
    """What still has to be filled in or waited for before submission, in the words of the page."""
    called = not_called(registration, on=on, pack=pack or PolicyPack.in_force(on=on))
    findings = [called] if called else []
    findings += [] if registration.consented_on else [_no_consent()]
    wanted = {}
    if registration.personnel_type == PersonnelType.GRADUATE:
        if not registration.supervisor:
            wanted["supervisor"] = "在校研究生请填写导师。"
        if registration.graduates_on is None:
            wanted["graduates_on"] = "在校研究生请填写预计毕业日期。"
        elif registration.graduates_on < on:
            wanted["graduates_on"] = "预计毕业日期已过，请核对日期或人员类型。"
    return [*findings, *(plain("E-COMPLETE", sentence, field=field) for field, sentence in wanted.items())]


# --- registering ------------------------------------------------------------------------------------------------------


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
    entrants = [_Entrant.of(entry, on=on, pack=pack) for entry in entries]
    # A twin registering the same people waits here.
    people, new = _hold_or_enter_all(entrants, by=by)
    registered = queries.Registered([person.pk for digest, person in people.items() if digest not in new], year=year)
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
        )
        ours = entrant.digest not in new and not registered.looked_after_elsewhere(person.pk, unit=unit)
        if ours and (news := news_about(person, entrant.personal)):
            settled = by_request(person, pack=pack)  # a form that begins anew cannot know it: it stays as it is
            change_person(person, {name: news[name] for name in news if name not in settled}, by=by)
        registered.add(registration)
        made.append((registration, content))
    Registration.objects.bulk_create(registration for registration, _ in made)
    audit.record_all(
        "registration.created", [(registration, _filled(content)) for registration, content in made], by=by
    )
    return [registration for registration, _ in made]


@transaction.atomic
def save_registration(
    registration: Registration, *, by: Membership, on: date, version: int | None, **fields: Any
) -> Registration:
    """Change a draft or a returned registration, and what its form holds of the person; every change raises `version`.

    `fields` are some of PERSONAL, CONTENT and `consent`. Raises Stale with the differences when `version` is not the
    record's any more, Refused (E-STATE) once it is handed in or decided, (E-CHANGE) for what changes by request only.
    """
    registration = _hold(registration)
    _require_own(registration, by=by)
    specialist = registration.specialist
    personal, content = _sorted_out(fields)
    if registration.institution:
        content.pop("appointment_note", None)
    refuse_stale(registration, version=version, typed=content, beside=[(specialist, _given(personal))])
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
            raise Refused([_no_consent()])
        content["consented_on"] = (registration.consented_on or on) if fields["consent"] else None
    before, after = audit.changed(registration, content)
    if not after and not news:
        return registration
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
    _require_own(registration, by=by)
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
    _require_own(registration, by=by)
    pack = PolicyPack.in_force(on=on)
    status = RegistrationStatus(registration.status)
    verdicts = judge(registration, on=on, pack=pack)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=RegistrationStatus.SUBMITTED),
        *(missing(registration, on=on, pack=pack) if registration.is_editable else []),
        *(verdict.finding for verdict in verdicts),
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


# --- deciding ---------------------------------------------------------------------------------------------------------


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
        _tell_of_decision(registration, approval_id=approval.pk, on=step.on)
    return registration


# --- the provincial list ----------------------------------------------------------------------------------------------


@transaction.atomic
def add_provincial_entry(
    *,
    by: Membership,
    on: date,
    year: int,
    name: str,
    id_number: str,
    valid_from: date,
    valid_to: date,
    row: int | None = None,
    document_number: str = "",
) -> ProvincialListEntry:
    """Enter one row of the provincial list by hand (R29). Nobody loses a place by it (A15): who has one is marked.

    Raises Refused for an ID number that cannot be one (E-ID), a second row for the person in the year, an end before
    the start.
    """
    number = clean_id_number(id_number, on=on, pack=PolicyPack.in_force(on=on))
    if valid_to < valid_from:
        raise Refused([plain("E-FIELD", "有效期止不能早于有效期起。", field="valid_to")])
    digest = blind_index(number, "id_number")
    # A registration of the same person that is being handed in or decided is over before the list grows, or sees it.
    _hold_person(digest)
    entry, new = ProvincialListEntry.objects.get_or_create(
        year=year,
        id_digest=digest,
        defaults={
            "name": name,
            "id_masked": mask_id(number),
            "valid_from": valid_from,
            "valid_to": valid_to,
            "row": row,
            "document_number": document_number,
            "entered_by": by,
        },
    )
    if not new:
        raise Refused([plain("E-PROV-DUP", f"此人已在{year}年度省级名单中，请核对名单序号。", field="id_number")])
    shown = {"name": name, "id_number": entry.id_masked, "valid_from": valid_from, "valid_to": valid_to}
    audit.record("provincial_entry.added", entry, by=by, after=shown | {"document_number": document_number})
    for registration in affected_by(entry):
        audit.record("registration.listed_by_province", registration, by=by, after={"valid_to": valid_to})
    return entry


def affected_by(entry: ProvincialListEntry) -> list[Registration]:
    """A15: registrations at the bureau, or approved, that the rule of the provincial list would now refuse."""
    registrations = Registration.objects.filter(
        specialist__id_digest=entry.id_digest, year__range=(entry.valid_from.year, entry.valid_to.year)
    ).handed_in()
    return [one for one in registrations.select_related("specialist", "pack") if listed_by_province(one)]


def listed_by_province(registration: Registration) -> Finding | None:
    """A15: the mark 涉省级名单 of what has been handed in, found anew each time and never stored."""
    if registration.pack is None or registration.submitted_on is None:
        return None
    case = queries.case_of(registration)
    return rules.not_on_the_provincial_list(
        registration.pack.entry("E-PROV"),
        name=case.name,
        category=Category(registration.category),
        form=case.form,
        listings=queries.listings_of(case.digest),
        start=registration.submitted_on,
        end=max(registration.submitted_on, date(case.year, 12, 31)),
    )


@transaction.atomic
def end_provincial_entry(
    entry: ProvincialListEntry, *, by: Membership, valid_to: date, reason: str
) -> ProvincialListEntry:
    """Let a listing end earlier, with the reason: rows of the list are never taken away.

    Raises Refused without a reason, for a day before the listing began or after its end as it stands.
    """
    entry = ProvincialListEntry.objects.select_for_update().get(pk=entry.pk)
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请填写提前终止的理由。", field="reason")])
    if not entry.valid_from <= valid_to <= entry.valid_to:
        raise Refused([plain("E-FIELD", "新的有效期止应在原有效期之内。", field="valid_to")])
    before, after = audit.changed(entry, {"valid_to": valid_to})
    entry.valid_to = valid_to
    entry.save(update_fields=["valid_to"])
    audit.record("provincial_entry.ended", entry, by=by, before=before, after=after, reason=reason.strip())
    return entry


@transaction.atomic
def discard_provincial_entry(entry: ProvincialListEntry, *, by: Membership) -> None:
    """Take a row out again that was entered by mistake a moment ago (a list taken back whole): as if it never was."""
    audit.record("provincial_entry.discarded", entry, by=by, before={"name": entry.name, "year": entry.year})
    entry.delete()


# --- looking behind the mask ------------------------------------------------------------------------------------------


@transaction.atomic
def reveal(specialist: Specialist, *, field: str, reason: str, by: Membership, on: date) -> str:
    """Give a number in full, once, to somebody who says why; the register keeps who looked.

    Raises Refused for what has no mask, and what `looking.record` does.
    """
    if field not in REVEALABLE:
        raise Refused([plain("E-FIELD", "请选择要查看的号码。", field="field")])
    looking.record(specialist, verb="specialist.revealed", number=REVEALABLE[field], reason=reason, by=by, on=on)
    return str(getattr(specialist, field))


# --- pieces -----------------------------------------------------------------------------------------------------------


def clean_id_number(text: str, *, on: date, pack: PolicyPack) -> str:
    """The normal form of a resident identity number of an age that the pack allows. Raises Refused (E-ID)."""
    ages = (pack.setting("registration.min_age"), pack.setting("registration.max_age"))
    try:
        return identifiers.clean_id_number(text, on=on, ages=ages)
    except Invalid as refusal:
        raise Refused([plain("E-ID", f"身份证号校验不通过：{refusal}", field="id_number")]) from refusal


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


def _hold_person(digest: str) -> None:
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest=digest))


def _sorted_out(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to the person and what to the year; a name that belongs to neither is a mistake of the caller."""
    if unknown := fields.keys() - {*PERSONAL, *CONTENT, "consent"}:
        raise TypeError(f"a registration has no {', '.join(sorted(unknown))}")
    personal = {name: fields[name] for name in PERSONAL if name in fields}
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
    return registration.institution_id == (None if by.role in Role.bureau else by.organization_id)


def _require_own(registration: Registration, *, by: Membership) -> None:
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
    rows = Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=wanted).order_by("id_digest")
    people = {person.id_digest: person for person in rows}
    missing = [wanted[digest] for digest in sorted(wanted.keys() - people.keys())]
    try:
        with transaction.atomic():
            entered = Specialist.objects.bulk_create(_person(one.number, one.personal) for one in missing)
    except IntegrityError:  # somebody else is entering one of them at this moment: each is waited for
        found = [hold_or_enter(one.number, one.personal) for one in missing]
        people |= {person.id_digest: person for person, _ in found}
        entered = [person for person, new in found if new]
    people |= {person.id_digest: person for person in entered}
    told = [(person, _words_of_entry(person, wanted[person.id_digest].personal)) for person in entered]
    audit.record_all("specialist.created", told, by=by)
    return people, {person.id_digest for person in entered}


def hold_or_enter(number: str, personal: Mapping[str, Any]) -> tuple[Specialist, bool]:
    """The person of this number with their row held, entered with these details if nobody knew them: (person, new)."""
    made = _person(number, personal)
    details = {name: value for name, value in vars(made).items() if name in ENTERED}
    return Specialist.objects.select_for_update(of=("self",)).get_or_create(id_digest=made.id_digest, defaults=details)


def _person(number: str, personal: Mapping[str, Any]) -> Specialist:
    return Specialist(
        id_digest=blind_index(number, "id_number"),
        id_number=number,
        id_masked=mask_id(number),
        sex=identifiers.sex(number),
        birth_date=identifiers.birth_date(number),
        **_masked(personal),
    )


def tell_of_entry(specialist: Specialist, personal: Mapping[str, Any], *, by: Membership) -> None:
    audit.record("specialist.created", specialist, by=by, after=_words_of_entry(specialist, personal))


def _words_of_entry(specialist: Specialist, personal: Mapping[str, Any]) -> dict[str, Any]:
    return _filled(_told(personal)) | {"id_number": specialist.id_masked}


def forget_if_unused(specialist: Specialist, *, by: Membership) -> None:
    """A person who stood only in a draft that is gone leaves the register with it."""
    if specialist.is_revoked or specialist.registrations.exists() or specialist.memberships.exists():
        return
    audit.record("specialist.discarded", specialist, by=by, before={"person": specialist.id_masked})
    specialist.delete()


def news_about(specialist: Specialist, personal: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from what is kept."""
    return audit.changed(specialist, _given(personal))[1]


def _given(personal: Mapping[str, Any]) -> dict[str, Any]:
    """A form never shows a telephone or an account: left blank, the one that is kept stays."""
    return {name: value for name, value in personal.items() if value or name not in ("mobile", "bank_account")}


def _looked_after_elsewhere(registration: Registration) -> bool:
    return queries.details_belong_to_another(
        registration.specialist, institution_id=registration.institution_id, year=registration.year
    )


def by_request(specialist: Specialist, *, pack: PolicyPack) -> frozenset[str]:
    """What of a person changes only by a request with its proof (specialists.changes): nothing before the bureau has
    selected them, nor under a pack of before there were requests."""
    if "E-CHANGE" not in pack.rules:
        return frozenset()
    selected = specialist.registrations.filter(status=RegistrationStatus.APPROVED).exists()
    return BY_REQUEST if selected else frozenset()


def refuse_by_hand(specialist: Specialist, news: Mapping[str, Any], *, pack: PolicyPack) -> None:
    """Raise Refused (E-CHANGE) for a detail in `news` that changes by request only."""
    settled = by_request(specialist, pack=pack)
    if details := [(name, label_of_detail(name)) for name in news if name in settled]:
        require(rules.changed_by_request_only(pack.entry("E-CHANGE"), name=specialist.name, details=details))


def label_of_detail(name: str) -> str:
    return str(Specialist._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column of its own


def change_person(specialist: Specialist, news: Mapping[str, Any], *, by: Membership, besides: int = 0) -> None:
    """Keep what is new about the person, and tell them; `besides` is the registration whose form brought it."""
    if not news:
        return
    before, after = audit.changed(specialist, news)
    old_address = specialist.email
    keep_details(specialist, _masked(news), besides=besides)
    audit.record("specialist.changed", specialist, by=by, before=_told(before), after=_told(after))
    labels = "、".join(label_of_detail(name) for name in news)
    # To the address as it was: who changes an account should not be the only one to hear of it.
    tell(
        [Reader(person=specialist.user, email=old_address)],
        occasion=f"specialist.changed:{specialist.pk}:{specialist.version}",
        subject="您的科技特派员资料已修改",
        body=f"{by.organization}修改了您的{labels}。如有疑问，请与该单位或市科技局联系。",
    )


def keep_details(specialist: Specialist, columns: Mapping[str, Any], *, besides: int = 0) -> None:
    """Write what is known of a person whose row is held; the caller records and tells it."""
    for name, value in columns.items():
        setattr(specialist, name, value)
    specialist.version += 1
    specialist.save(update_fields=[*columns, "version"])
    # Other open registrations show the same details on their forms: those are out of date now.
    others = specialist.registrations.filter(status__in=RegistrationStatus.editable).exclude(pk=besides)
    others.update(version=F("version") + 1)


def _masked(personal: Mapping[str, Any]) -> dict[str, Any]:
    """The columns to write: each telephone with its mask beside it."""
    masks = {"mobile_masked": mask_mobile(personal["mobile"])} if "mobile" in personal else {}
    return {**personal, **masks}


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}


def _told(personal: Mapping[str, Any]) -> dict[str, Any]:
    """As the register may keep it: numbers only behind their masks."""
    masks = {"mobile": mask_mobile, "bank_account": mask_account}
    return {name: masks[name](value) if name in masks and value else value for name, value in personal.items()}


def _known_to_others(registration: Registration) -> bool:
    person = registration.specialist
    return person.registrations.exclude(pk=registration.pk).exists() or person.memberships.exists()


def not_this_name() -> Finding:
    return plain("E-ID", "姓名与该身份证号码不一致，请核对两项；确认无误的，请与市科技局联系。", field="name")


def _no_consent() -> Finding:
    return plain("E-COMPLETE", "请取得本人对处理个人信息的同意并勾选。", field="consent")


def _tell_of_decision(registration: Registration, *, approval_id: int, on: date) -> None:
    person, year = registration.specialist, registration.year
    kind = f"{registration.get_category_display()}科技特派员"
    readers = list(institution_readers(registration.institution_id, on=on))
    if registration.status == RegistrationStatus.PROPOSED:
        subject = f"{person.name}{year}年度{kind}登记已通过审核"
        body = "拟选派名单经审批、公示后公布，公布后即可签订三方协议。"
    elif registration.status == RegistrationStatus.APPROVED:
        subject = f"{person.name}已入选{year}年度{kind}"
        body = f"{subject}，可以签订三方协议。"
        readers.append(Reader(person=person.user, email=person.email))
    else:
        subject = f"{person.name}{year}年度{kind}登记已退回"
        body = f"退回意见：{registration.return_opinion} 请补正后重新提交。"
    tell(
        readers,
        occasion=f"registration.decided:{approval_id}",
        subject=subject,
        body=body,
        link=reverse("specialists:detail", args=[registration.pk]),
    )


def institution_readers(institution_id: int | None, *, on: date) -> Iterable[Reader]:
    hats = Membership.objects.active(on=on).filter(organization=institution_id, role__in=Role.institution)
    for hat in hats.select_related("person"):
        yield Reader(person=hat.person, email=hat.person.email)


# --- their account ----------------------------------------------------------------------------------------------------


@transaction.atomic
def invite_to_account(registration: Registration, *, by: Membership) -> Invitation:
    """Mail a selected person the way to an account of their own (their home page, visits, subsidies on the phone).

    Raises Refused for who has one already, is not selected yet, or whose address nobody has entered.
    """
    _require_own(registration, by=by)
    person = registration.specialist
    found = []
    if person.user_id is not None:
        found.append(plain("E-STATE", f"{person.name}已有账号，不能执行此操作。"))
    if registration.status != RegistrationStatus.APPROVED:
        found.append(plain("E-STATE", "市科技局审核入选后，才能邀请开通账号。"))
    if not person.email:
        found.append(plain("E-FIELD", f"没有{person.name}的邮箱，请先在登记中补充。", field="email"))
    if found:
        raise Refused(found)
    return invite(
        by.organization, role=Role.SPECIALIST, name=person.name, email=person.email, by=by, subject_id=person.pk
    )


@links(Role.SPECIALIST)
def link_account(invitation: Invitation, account: User) -> None:
    """The account that accepted is the specialist's from now on; a person has one, and an account is one person's."""
    assert invitation.subject_id is not None
    taken = Specialist.objects.filter(user=account).exists()
    if taken or not Specialist.objects.filter(pk=invitation.subject_id, user=None).update(user=account):
        raise Refused([plain("E-STATE", "该账号或该特派员已经关联，请联系派出单位核对。")])
    audit.record("specialist.account_linked", Specialist.objects.get(pk=invitation.subject_id), by=None)

"""What every rule says of one agreement."""

from collections.abc import Callable
from datetime import date

from accounts.rules import code_fits_the_type
from agreements import rules
from agreements.cases import Case
from agreements.documents import dispatcher
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core.models import PolicyPack
from core.policy import Finding, Level, RuleEntry, Verdict
from specialists import rules as person_rules
from specialists.enums import Category, Form, RegistrationStatus
from specialists.suspending import rules as suspending

ONE_HOST = "E-ONE-HOST"
# What is asked of a paper that is signed and scanned.
SIGNED = frozenset({"E-PARTIES", "E-AUTHORITY", "W-SCAN-CODE", "W-SCAN-PAGES"})
# Packs that were stored before one of these have no word of it, and did not ask.
YOUNGER = frozenset({"I-HOST", "E-AUTHORITY", "W-SCAN-CODE", "W-SCAN-PAGES", "E-TERM-YEAR", "E-SUSPENDED"})


def judge(
    agreement: Agreement, *, on: date, pack: PolicyPack | None = None, reassigning: bool = False
) -> list[Verdict]:
    """Ask every rule about an agreement as it stands, saved or not: live checks, the wizard's rail, the review desk.

    One verdict per rule, in the order of the work plan: passed, a finding, or `waiting` for what is not filled in yet.
    Without `pack`: the one that judges it while it is under review or filed, else the one in force on that day.
    `reassigning`: as if the bureau moved the specialist's years here (改派, A2).
    """
    agreement_pack = None if agreement.status in AgreementStatus.editable else agreement.pack
    return judge_case(
        Case(agreement, on=on), pack or agreement_pack or PolicyPack.in_force(on=on), reassigning=reassigning
    )


def before_signing(agreement: Agreement, *, on: date, pack: PolicyPack | None = None) -> list[Finding]:
    """What blocks an open agreement whoever signs it: nobody should print, sign and scan what cannot be handed in.

    Gaps are told where it is filled in. A 改派 that may be asked for goes on: its reason is written beside the signatures.
    """
    found = [one.finding for one in judge(agreement, on=on, pack=pack)]
    return [
        finding
        for finding in found
        if finding
        and finding.level == Level.BLOCK
        and finding.code not in SIGNED | {"E-COMPLETE"}
        and not finding.facts.get("reassignable")
    ]


def first_party(agreement: Agreement) -> int:
    """The unit that dispatches: the bureau itself for whom it appoints directly (A6)."""
    return agreement.institution_id if agreement.institution_id is not None else dispatcher(agreement).pk


def judge_case(case: Case, pack: PolicyPack, *, reassigning: bool = False) -> list[Verdict]:
    agreement, on = case.agreement, case.on
    name = agreement.specialist.name
    # A leader may have been selected with another team.
    team = agreement.team if agreement.team and agreement.team.status != RegistrationStatus.APPROVED else None
    awaited, waits = (team, team.name) if team else (agreement.registration, name)
    verdicts: list[Verdict] = []

    def ask(code: str, rule: Callable[[RuleEntry], Finding | None], *needs: str) -> None:
        if code in YOUNGER and code not in pack.rules:
            return
        entry = pack.entry(code)
        if waiting := "、".join(words for words in needs if not known[words]):
            verdicts.append(Verdict(entry, waiting=f"填写{waiting}后校验"))
        else:
            verdicts.append(Verdict(entry, rule(entry)))

    known = {
        "派驻单位": agreement.host_id is not None,
        "服务期限": case.has_period,
        "服务截止日期": agreement.service_end is not None,
    }
    ask(
        "W-GRADUATION",
        lambda entry: rules.graduates_after_the_end(
            entry, specialist=case.first_graduate[0], graduates_on=case.first_graduate[1], end=case.end
        ),
        "服务截止日期",
    )
    if agreement.team_id is not None:
        ask(
            "E-TEAM-SIZE",
            lambda entry: person_rules.team_of_the_right_size(
                entry, members=sum(mate.is_qualified for mate in case.mates)
            ),
        )
        ask(
            "E-TEAM-LEADER",
            lambda entry: rules.signed_by_the_leader(
                entry,
                team=agreement.team.name if agreement.team else "",
                leader=next((mate.name for mate in case.mates if mate.is_leader), None),
                signer=name,
            ),
        )
    ask(
        "E-SELECTED",
        lambda entry: rules.selected(entry, specialist=waits, status=RegistrationStatus(awaited.status)),
    )
    ask("W-QUOTA", lambda entry: _within_the_plan(entry, case))
    ask("W-TERM", lambda entry: rules.usual_term(entry, start=case.start, end=case.end), "服务期限")
    handed_in = on if agreement.status in AgreementStatus.editable else agreement.submitted_on or on
    ask(
        "E-TERM-YEAR",
        lambda entry: rules.of_our_time(entry, start=case.start, end=case.end, on=handed_in),
        "服务期限",
    )
    ask(
        ONE_HOST,
        lambda entry: rules.one_host_a_year(
            entry,
            specialist=name,
            category=case.category,
            form=case.form,
            elsewhere=case.years_elsewhere if is_bound(agreement, pack) else [],
            start=case.start,
            on=on,
            reassigning=reassigning,
        ),
        "派驻单位",
        "服务期限",
    )
    ask(
        "E-HOST-KIND",
        lambda entry: rules.usual_host(entry, category=case.category, host=str(case.host), host_type=case.host_type),
        "派驻单位",
    )
    ask("I-HOST", lambda entry: _host_as_it_says(entry, case), "派驻单位")
    ask(
        "E-CAP5",
        lambda entry: rules.host_may_take(
            entry,
            host=str(case.host),
            capped_as=case.capped_as(entry),
            present=case.stays_beside,
            newcomer=case.stay,
            companions=case.companions,
        ),
        "派驻单位",
        "服务期限",
    )
    ask(
        "I-CAP5",
        lambda entry: rules.small_firm_is_not_capped(
            entry,
            host=str(case.host),
            is_other_small_firm=case.is_other_small_firm,
            present=case.stays_beside,
            newcomer=case.stay,
            companions=case.companions,
        ),
        "派驻单位",
        "服务期限",
    )
    ask(
        "E-SAME-PARTY",
        lambda entry: rules.three_different_parties(entry, institution=first_party(agreement), host=case.host.pk),
        "派驻单位",
    )
    ask(
        "E-PARTIES",
        lambda entry: rules.signed_by_all(
            entry,
            signatures=case.signatures,
            scanned=case.scanned,
            version=agreement.version,
            on=on,
            refused=case.refused,
        ),
    )
    ask("E-AUTHORITY", lambda entry: rules.authorised(entry, signatures=case.signatures))
    ask("W-SCAN-CODE", lambda entry: rules.scan_shows_its_code(entry, unread=case.unread))
    ask("W-SCAN-PAGES", lambda entry: rules.scan_has_every_page(entry, lacking=case.lacking))
    ask(
        "E-COMPLETE",
        lambda entry: (
            rules.complete(entry, values=case.values)
            or rules.ends_after_it_starts(entry, start=case.start, end=case.end)
        ),
    )
    ask("W-END", lambda entry: rules.usual_end(entry, signed_on=case.signed_on, end=case.end), "服务截止日期")
    ask("E-OVERLAP", lambda entry: rules.begins_after(entry, start=case.start, running_to=case.running_to), "服务期限")
    ask(
        "E-PROV",
        lambda entry: person_rules.not_on_the_provincial_list(
            entry,
            name=name,
            category=case.category,
            form=case.form,
            listings=case.listings,
            start=case.start,
            end=case.end,
        ),
        "服务期限",
    )
    ask(
        "E-REVOKED",
        lambda entry: person_rules.qualified(entry, name=name, revoked_on=agreement.specialist.revoked_on, act="签约"),
    )
    ask(
        "E-SUSPENDED",
        lambda entry: suspending.not_suspended(
            entry, name=name, spells=case.facts.spells, start=on, end=on, act="签约"
        ),
    )
    return verdicts


def _host_as_it_says(entry: RuleEntry, case: Case) -> Finding | None:
    host = case.host
    return rules.host_is_as_it_says(
        entry,
        host=str(host),
        declared=host.declared,
        declared_for=host.flags_year,
        is_verified=host.flags_verified_by_id is not None,
        year=case.on.year,
        against_code=code_fits_the_type(uscc=host.organization.uscc or "", host_type=case.host_type),
    )


def _within_the_plan(entry: RuleEntry, case: Case) -> Finding | None:
    """R15–R17: the persons filed this year without this one; who is among them already takes no further place."""
    planned = None if case.form == Form.TEAM else person_rules.planned(entry, case.category)
    if planned is not None and case.is_selected_already:
        planned = None
    reached = case.persons_filed if planned is not None else 0
    tally = person_rules.Tally(reached, planned, "已备案")
    return person_rules.within_the_plan(entry, category=case.category, year=case.on.year, tally=tally)


def default_end(signed_on: date, pack: PolicyPack) -> date:
    """R26, A23: 31 December of the year after the signing, as the pack says it."""
    return rules.default_end(pack.entry("W-END"), signed_on=signed_on)


def is_bound(agreement: Agreement, pack: PolicyPack) -> bool:
    registration = agreement.registration
    return rules.bound_to_one_host(
        pack.entry(ONE_HOST), category=Category(registration.category), form=Form(registration.form)
    )

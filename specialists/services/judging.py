"""What the rules say of a registration as it stands, saved or not, and what it still lacks."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.models import PolicyPack
from core.policy import Finding, RuleEntry, Verdict, plain
from specialists import queries, rules
from specialists.enums import Education, Form, PersonnelType
from specialists.models import Registration
from specialists.queries import Case
from specialists.selection.calling import not_called


def judge(
    registration: Registration, *, on: date, pack: PolicyPack | None = None, deciding: bool = False
) -> list[Verdict]:
    """Ask every rule about a registration as it stands, saved or not: one verdict per rule, in the work plan's order.

    Without `pack`: the one it was submitted under, else the one in force on that day. The yearly plan is asked only
    when the bureau is `deciding`: an institution cannot know how far it is filled. It is the year's as it stands that
    day, not the one of the submission: all of a year fill the same numbers.
    """
    pack = pack or registration.pack or PolicyPack.in_force(on=on)
    quota = queries.pack_of(registration.year, on=on).entry("W-QUOTA") if deciding else None
    return judge_case(queries.case_of(registration), on=on, pack=pack, deciding=deciding, quota=quota)


def judge_case(
    case: Case, *, on: date, pack: PolicyPack, deciding: bool = False, quota: RuleEntry | None = None
) -> list[Verdict]:
    """The same for what is only typed so far; what a rule still has to wait for is said in its verdict.

    Without `quota` the pack's own is asked, as a trial does of each of its two.
    """
    name = case.name or "此人"
    verdicts = []

    def ask(code: str, rule: Any, *, needs: Mapping[str, object], entry: RuleEntry | None = None, **facts: Any) -> None:
        entry = entry or pack.entry(code)
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
        has_evidence=case.has_evidence,
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
        quota = quota or pack.entry("W-QUOTA")
        ask(
            "W-QUOTA",
            rules.within_the_plan,
            needs={},
            entry=quota,
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
    findings += [] if registration.consented_on else [no_consent()]
    wanted = {}
    if registration.personnel_type == PersonnelType.GRADUATE:
        if not registration.supervisor:
            wanted["supervisor"] = "在校研究生请填写导师。"
        if registration.specialist.education == Education.COLLEGE:
            wanted["education"] = "在校研究生的学历应为本科及以上，请核对学历或人员类型。"
        if registration.graduates_on is None:
            wanted["graduates_on"] = "在校研究生请填写预计毕业日期。"
        elif registration.graduates_on < on:
            wanted["graduates_on"] = "预计毕业日期已过，请核对日期或人员类型。"
    return [*findings, *(plain("E-COMPLETE", sentence, field=field) for field, sentence in wanted.items())]


def no_consent() -> Finding:
    return plain("E-COMPLETE", "请取得本人对处理个人信息的同意并勾选。", field="consent")

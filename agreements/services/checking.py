"""All agreements of a year, counted and judged at once, and kept as a run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction

from agreements import queries, rules
from agreements.models import QuotaRun
from agreements.queries import Alike, Crowd, Service
from agreements.rules import YearTaken
from agreements.services.judging import ONE_HOST
from core import notify, series
from core.models import PolicyPack
from core.policy import Finding, RuleEntry
from specialists import rules as person_rules
from specialists.enums import Category, Form

TOLD = 20  # differences that one message lists; the run holds them all


@dataclass(frozen=True)
class Found:
    """A finding about a year: its key stays the same from run to run while the matter stands."""

    key: str
    finding: Finding
    agreement: int | None = None


def judge_year(year: int, *, pack: PolicyPack, on: date, counts: Mapping[str, Any]) -> list[Found]:
    """Ask the rules about all agreements of a year at once, with facts of one statement per rule."""
    found: dict[str, Found] = {}

    def ask(code: str, key: object, rule: Callable[[RuleEntry], Finding | None], *agreements: int) -> None:
        if finding := rule(pack.entry(code)):
            for agreement in agreements or (None,):
                one = Found(f"{code}:{key if agreement is None else agreement}", finding, agreement)
                found[one.key] = one

    for category, line in counts["categories"].items():
        ask("I-QUOTA", category, partial(_plan_is_reached, category=Category(category), year=year, line=line))
    for service, elsewhere in _served_twice(year, pack=pack):
        ask(ONE_HOST, "", partial(_one_host, service=service, elsewhere=elsewhere, on=on), service.agreement_id)
    cap = pack.entry("E-CAP5")
    for crowd in queries.crowds(year, more_than=cap.params["cap"], takes_its_word=rules.takes_its_word(cap)):
        ask("E-CAP5", f"host-{crowd.host_id}", partial(_host_is_overfull, crowd=crowd))
    for code, read, rule in BY_FACTS:
        for alike in read(year):
            ask(code, "", partial(rule, *alike.facts), *alike.agreements)
    return [found[key] for key in sorted(found)]


# For each rule whose facts many agreements share: where they are read, and how it is asked.
BY_FACTS: tuple[tuple[str, Callable[[int], list[Alike]], Callable[..., Finding | None]], ...] = (
    ("W-TERM", queries.periods, lambda start, end, entry: rules.usual_term(entry, start=start, end=end)),
    ("W-END", queries.ends_by_signing, lambda signed, end, entry: rules.usual_end(entry, signed_on=signed, end=end)),
    (
        "W-GRADUATION",
        queries.graduations,
        lambda name, day, end, entry: rules.graduates_after_the_end(entry, specialist=name, graduates_on=day, end=end),
    ),
    ("E-OVERLAP", queries.overlaps, lambda start, end, entry: rules.begins_after(entry, start=start, running_to=end)),
    (
        "E-PROV",
        queries.listed,
        lambda name, category, form, year, valid_from, valid_to, start, end, entry: (
            person_rules.not_on_the_provincial_list(
                entry,
                name=name,
                category=Category(category),
                form=Form(form),
                listings=[person_rules.Listing(year, valid_from, valid_to)],
                start=start,
                end=end,
            )
        ),
    ),
    (
        "E-REVOKED",
        queries.revoked,
        lambda name, day, entry: person_rules.qualified(entry, name=name, revoked_on=day, act="继续服务"),
    ),
)


def _plan_is_reached(entry: RuleEntry, *, category: Category, year: int, line: Mapping[str, Any]) -> Finding | None:
    return rules.plan_is_reached(
        entry,
        category=category,
        year=year,
        number=line["number"],
        is_floor=line["is_floor"],
        filed=line["filed"],
        in_review=line["in_review"],
    )


def _served_twice(year: int, *, pack: PolicyPack) -> Iterator[tuple[Service, list[YearTaken]]]:
    """Each agreement that came second in the year, with what was filed elsewhere before it."""
    categories = pack.entry(ONE_HOST).params["categories"]
    for served in queries.several_hosts(year, categories=categories).values():
        for place, service in enumerate(served):
            before = [other for other in served[:place] if other.host_id != service.host_id]
            yield service, [YearTaken(year, other.host, other.number, other.last_day) for other in before]


def _one_host(entry: RuleEntry, *, service: Service, elsewhere: list[YearTaken], on: date) -> Finding | None:
    return rules.one_host_a_year(
        entry,
        specialist=service.specialist,
        category=Category(service.category),
        form=Form(service.form),
        elsewhere=elsewhere,
        start=service.start,
        on=on,
    )


def _host_is_overfull(entry: RuleEntry, *, crowd: Crowd) -> Finding | None:
    return rules.host_may_take(entry, host=crowd.host, capped_as=crowd.capped_as, present=crowd.stays, newcomer=None)


@transaction.atomic
def check_quotas(year: int, *, trigger: str, on: date, number: int = 0) -> QuotaRun:
    """Count and judge a whole year, keep it as a run, and tell the bureau what is new and what is gone since the last.

    `number` is the filing number (in its series) after which the check was asked for: a run that has seen it already is
    given again, so that forty filings in a row are not checked forty times.
    """
    series.hold(f"quota-run-{year}")  # of two runs at once the second compares with the first
    last = QuotaRun.objects.filter(year=year).order_by("-pk").first()
    if last and 0 < number <= last.through:
        return last
    # Read first: numbers are given in the order of their commits, so what follows sees every filing up to this one.
    through = series.last_of(f"agreement-{year}")
    pack = PolicyPack.in_force(on=min(on, date(year, 12, 31)))
    counts = queries.quota_counts(year, pack=pack, on=on)
    findings = _as_kept(judge_year(year, pack=pack, on=on, counts=counts))
    before = {one["key"]: one for one in last.findings} if last else {}
    now = {one["key"] for one in findings}
    run = QuotaRun.objects.create(
        year=year,
        on=on,
        trigger=trigger,
        through=through,
        counts=counts,
        findings=findings,
        appeared=[one["key"] for one in findings if one["key"] not in before],
        disappeared=[one for key, one in before.items() if key not in now],
    )
    _tell_differences(run, on=on)
    return run


def _as_kept(found: list[Found]) -> list[dict[str, Any]]:
    names = queries.subjects([one.agreement for one in found if one.agreement])
    return [
        {
            "key": one.key,
            "code": one.finding.code,
            "level": one.finding.level.value,
            "article": one.finding.article,
            "title": one.finding.title,
            "message": one.finding.message,
            "agreement": one.agreement,
            "subject": names[one.agreement] if one.agreement else "",
        }
        for one in found
    ]


def _tell_differences(run: QuotaRun, *, on: date) -> None:
    appeared = set(run.appeared)
    new = [one for one in run.findings if one["key"] in appeared]
    if not new and not run.disappeared:
        return
    lines = []
    for word, changed in (("新增", new), ("消除", run.disappeared)):
        lines += [f"{word}：{' '.join(filter(None, (one['subject'], one['message'])))}" for one in changed[:TOLD]]
        if len(changed) > TOLD:
            lines.append(f"{word}的另有{len(changed) - TOLD}项，见检查结果。")
    notify.tell(
        queries.bureau_readers(on=on),
        occasion=f"quota:{run.pk}",
        subject=f"{run.year}年度指标检查：新增{len(new)}项，消除{len(run.disappeared)}项",
        body="\n".join(lines),
    )

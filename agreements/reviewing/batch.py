"""Several clean cases filed in one act: what would be filed and what not, and then each as if it were alone.

Every case is filed by the service of the single review in a transaction of its own: one that is refused, or that a
colleague was faster with, keeps no other back, takes no number and holds nobody's locks. Done twice, the second time
finds each one filed already and says so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, F
from django.utils.timezone import now

from accounts.models import Membership
from agreements import cases, rules
from agreements.cases import Case
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.reviewing import desk
from agreements.reviewing.models import CaseHolder, Look
from agreements.rules import YearTaken
from agreements.services import stepping
from agreements.services.correcting import HOLDER, unmended
from agreements.services.filing import file_agreement
from agreements.services.judging import ONE_HOST, is_bound, judge_case
from core.models import PolicyPack
from core.policy import Finding, Level, Refused, Verdict, plain
from core.stale import Stale
from specialists import rules as person_rules
from specialists.enums import Category, Form

TO_BE_LOOKED_AT = ("W-SCAN-CODE", "W-SCAN-PAGES")  # the unit's own word on what only eyes on the scan can judge
MOST = 200  # cases of one act: what one person has looked through
WHOLE = ("specialist", "registration", "institution__organization", "host__organization", "pack", "renews", "team")


@dataclass(frozen=True)
class Line:
    """One case as it would fare."""

    agreement: Agreement
    corrections: int
    officer: int  # whose case it is, 0: nobody's
    findings: list[Finding]  # what keeps it from being filed unread
    colleagues: list[str]  # who else it belongs to, or has it open now: information, never a lock

    @property
    def key(self) -> str:
        """What a form sends back: which case, in which version, after how many returns, whose."""
        return f"{self.agreement.pk}-{self.agreement.version}-{self.corrections}-{self.officer}"

    @property
    def is_clean(self) -> bool:
        return not self.findings


def preview(agreements: Iterable[Agreement], *, by: Membership, on: date, on_paper: bool = False) -> list[Line]:
    """Each case with what is in its way, the longest waiting first.

    A case that asks for the bureau's reason, or for another's step, is not for a batch. Each clean one counts for those
    behind it: the forty-first of forty is told so here, and the second host of one person. `on_paper` asks for the cases
    whose next step this hat records from a 签批单.
    """
    rows = Agreement.objects.filter(pk__in=[one.pk for one in agreements]).select_related(*WHOLE)
    rows = rows.annotate(times=Count("corrections"), officer=F("holding__officer")).order_by("submitted_on", "pk")[
        :MOST
    ]
    filed: dict[tuple[int, str], int] = {}
    people: set[tuple[int, str]] = set()
    years: dict[int, list[YearTaken]] = {}
    lines = []
    colleagues = _colleagues([one.pk for one in rows], by=by, on=on)
    for one in rows:
        findings = _in_the_way(one, by=by, on=on, on_paper=on_paper, filed=filed, people=people, years=years)
        lines.append(Line(one, one.times, one.officer or 0, findings, colleagues.get(one.pk, [])))
        if not findings:
            _count(one, on=on, filed=filed, people=people, years=years)
    return lines


def _colleagues(cases: Sequence[int], *, by: Membership, on: date) -> dict[int, list[str]]:
    """Whose case it is, unless it is this hat's or one for whom it stands in, and who has it open, of all cases at once."""
    told: dict[int, list[str]] = defaultdict(list)
    held = CaseHolder.objects.filter(agreement__in=cases).exclude(officer__in=[by.pk, *desk.covered_by(by, on=on)])
    for pk, name in held.values_list("agreement", "officer__person__name"):
        told[pk].append(f"经办人 {name}")
    looks = Look.objects.at_the_desk(at=now()).filter(agreement__in=cases).exclude(person=by.person_id)
    for pk, name in looks.order_by("opened_at").values_list("agreement", "person__name"):
        told[pk].append(f"{name}正在办理")
    return told


def _in_the_way(
    one: Agreement,
    *,
    by: Membership,
    on: date,
    on_paper: bool,
    filed: dict[tuple[int, str], int],
    people: set[tuple[int, str]],
    years: dict[int, list[YearTaken]],
) -> list[Finding]:
    pack, status = one.pack, AgreementStatus(one.status)
    if pack is None or status != AgreementStatus.SUBMITTED:
        return [plain("E-STATE", f"当前状态为“{status.label}”，不能备案。")]
    approval = stepping.running(one, pack)
    if on_paper:
        if not desk.recorded_from_paper(approval, by):
            return [plain("E-STEP", "当前不是据纸面登记签批的步骤。", article="四（二）")]
    elif turn := desk.turn_of(one, approval, pack, by):
        return [plain("E-STEP", f"当前应由{turn}办理。", article="四（二）")]
    category = Category(one.registration.category)
    place = (on.year, category.value)
    if place not in filed:
        filed[place] = cases.persons_filed(on.year, category)
    known = filed[place] - ((one.specialist_id, category.value) in people)
    case = Case(one, on=on, filed_before=known)
    verdicts = judge_case(case, pack)
    explained = desk.explained_by_the_institution(verdicts, one)
    given = {
        **{code: words for code, words in explained.items() if code not in TO_BE_LOOKED_AT},
        **stepping.reasons_before(one, approval),
    }
    found = [finding for finding in desk.exceptions(verdicts, given) if finding.level != Level.INFO]
    return [*found, *_unmended(one), *_second_host(one, verdicts, pack, years.get(one.specialist_id, []), on=on)]


def _unmended(one: Agreement) -> list[Finding]:
    """What was sent back and came as it was is for somebody to read."""
    same = unmended(one)
    if same is None:
        return []
    what = f"“{'、'.join(part.label for part in same)}”" if same else "内容"
    return [plain("E-REMARKED", f"退回补正后{what}没有修改，请逐件查看。", article="四（二）")]


def _second_host(
    one: Agreement, verdicts: list[Verdict], pack: PolicyPack, taken: list[YearTaken], *, on: date
) -> list[Finding]:
    """R19 among the cases of one batch: what is clean before it takes the years that it wants for another host."""
    if not is_bound(one, pack) or any(verdict.entry.code == ONE_HOST and verdict.finding for verdict in verdicts):
        return []
    elsewhere = [year for year in taken if year.year in one.years and year.host != str(one.host)]
    assert one.service_start
    finding = rules.one_host_a_year(
        pack.entry(ONE_HOST),
        specialist=one.specialist.name,
        category=Category(one.registration.category),
        form=Form(one.registration.form),
        elsewhere=elsewhere,
        start=one.service_start,
        on=on,
    )
    return [finding] if finding else []


def _count(
    one: Agreement,
    *,
    on: date,
    filed: dict[tuple[int, str], int],
    people: set[tuple[int, str]],
    years: dict[int, list[YearTaken]],
) -> None:
    """What a clean case takes from those behind it."""
    assert one.pack
    category = Category(one.registration.category)
    planned = person_rules.planned(one.pack.entry("W-QUOTA"), category)
    person = (one.specialist_id, category.value)
    if planned is not None and one.registration.form == Form.INDIVIDUAL and person not in people:
        if not Case(one, on=on).is_selected_already:
            filed[on.year, category.value] += 1
        people.add(person)
    if is_bound(one, one.pack):
        taken = [YearTaken(year, str(one.host), one.draft_code, one.last_day) for year in one.years]
        years.setdefault(one.specialist_id, []).extend(taken)


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    name: str
    is_done: bool  # filed by this act, or its step passed
    words: str
    pk: int | None = None
    findings: list[Finding] = field(default_factory=list)


def file_many(
    keys: Sequence[str], *, by: Membership, on: date, paper: stepping.OnPaper | None = None, opinion: str = ""
) -> list[Outcome]:
    """File each case named by its `Line.key`. Refuses nothing as a whole: what is in the way of one stands in its
    outcome, and the series of numbers has no gap for it. With `paper` their step is recorded from one 签批单."""
    return [_file(key, by=by, on=on, paper=paper, opinion=opinion) for key in dict.fromkeys(keys[:MOST])]


def _file(key: str, *, by: Membership, on: date, paper: stepping.OnPaper | None, opinion: str) -> Outcome:
    parts = key.split("-")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        return Outcome("—", False, "没有这件协议，已跳过。")
    pk, version, corrections, holder = map(int, parts)
    one = Agreement.objects.visible_to(by).select_related("specialist").filter(pk=pk).first()
    if one is None:
        return Outcome("—", False, "没有这件协议，已跳过。")
    name = f"{one.draft_code}　{one.specialist}"
    if one.status in AgreementStatus.once_filed:
        return Outcome(name, False, f"此前已备案，备案号 {one.filing_number}，没有重复办理。", pk)
    try:
        filed = file_agreement(
            one, by=by, on=on, version=version, corrections=corrections, holder=holder, paper=paper, opinion=opinion
        )
    except Refused as refusal:
        return Outcome(name, False, "没有备案。", pk, refusal.findings)
    except Stale as stale:
        if [one.label for one in stale.differences] == [HOLDER]:
            words = f"这件协议已转{stale.differences[0].theirs or '他人'}办理，没有备案，请打开核对。"
            return Outcome(name, False, words, pk)
        return Outcome(name, False, f"{stale.who}已修改过这件协议，没有备案，请打开核对。", pk)
    if filed.filing_number is None:
        return Outcome(name, True, "已通过这一步，转下一步办理。", pk)
    return Outcome(name, True, f"已备案，备案号 {filed.filing_number}。", pk)


def in_words(lines: Sequence[Line]) -> str:
    """40 件中 37 件可以备案，3 件不能：E-CAP5 …"""
    clean = sum(line.is_clean for line in lines)
    shared = sum(line.is_clean and bool(line.colleagues) for line in lines)
    besides = f"其中 {shared} 件由他人经办或正在办理，没有勾选；确要办理的请自行勾选。" if shared else ""
    if clean == len(lines):
        return f"{len(lines)} 件都可以备案。{besides}"
    why = Counter(line.findings[0].title or line.findings[0].message for line in lines if line.findings)
    reasons = "；".join(f"{reason} {count} 件" for reason, count in why.most_common())
    return f"{len(lines)} 件中 {clean} 件可以备案，{len(lines) - clean} 件不能：{reasons}。{besides}"

"""What the work plan says about agreements (四（一）, 四（二）). Facts in, findings out.

No database, no clock, no request. The first argument of a rule is its entry in the year's policy pack: the article, the
words quoted, the level and the numbers stand there, so an old year is judged as it was. What concerns the person and
not the paper (qualification, provincial list, yearly plan) is judged by the rules of `specialists`.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.enums import HostType
from agreements.enums import AgreementStatus, Authority, Party
from core.dates import day_in_words
from core.policy import Finding, RuleEntry, cites, plain
from specialists.enums import Category, Form, RegistrationStatus

ONE_DAY = timedelta(days=1)

# What an agreement must say from its submission on, in the words of its pages.
REQUIRED_FROM: Mapping[AgreementStatus, Mapping[str, str]] = {
    AgreementStatus.SUBMITTED: {
        "host": "派驻单位",
        "service_start": "服务开始日期",
        "service_end": "服务截止日期",
        "service_content": "服务内容",
        "visits_per_year": "年度到现场服务次数",
        "goals": "年度目标任务",
    },
}


@dataclass(frozen=True)
class Stay:
    """One person's time at a host; both end days count."""

    person: int
    start: date
    end: date


@dataclass(frozen=True)
class YearTaken:
    """A year in which a specialist already serves a host, the agreement that says so and its last day of service."""

    year: int
    host: str
    number: str
    last_day: date


@dataclass(frozen=True)
class Signed:
    """One party's signature: on the paper, or by its personal link; `void` names what was changed since."""

    party: Party
    signer: str
    on: date
    online: bool = False
    authority: str = ""
    has_letter: bool = False
    void: str = ""


# --- the way of an agreement ------------------------------------------------------------------------------------------


@cites("E-STATE", "R25", constraint="agreement_moves_in_order")
def may_move(entry: RuleEntry, *, status: AgreementStatus, to: AgreementStatus) -> Finding | None:
    """R25, 四（二）: an agreement is submitted, then reviewed and filed; a finished act is not done again."""
    if to in AgreementStatus.moves[status]:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-STATE", "R25", constraint="submitted_agreement_is_frozen")
def may_edit(entry: RuleEntry, *, status: AgreementStatus) -> Finding | None:
    """R25, 四（二）: what the bureau has before it, or has filed, no longer changes."""
    if status in AgreementStatus.editable:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value)


@cites("E-STATE", "R25", "R27")
def is_filed(entry: RuleEntry, *, status: AgreementStatus) -> Finding | None:
    """R25, 四（二）: only what is filed is certified or extended."""
    if status == AgreementStatus.FILED:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value)


@cites("E-STATE", "R27")
def is_not_over(entry: RuleEntry, *, last_day: date, on: date) -> Finding | None:
    """R27, 四（二）: what has ended by its own date cannot be ended before its time."""
    if on <= last_day:
        return None
    return entry.finding(f"协议已于{last_day.isoformat()}到期，不能执行此操作。", last_day=last_day.isoformat())


@cites("E-END-DAY", "R27", constraint="agreement_ends_early_within_its_service")
def day_of_end(entry: RuleEntry, *, ends_on: date, on: date, last_day: date) -> Finding | None:
    """R27, 四（二）: an agreement ends early from today or from a coming day, while its service still runs.

    `last_day` is that of its service; from `ends_on` nothing is served.
    """
    if ends_on < on:
        return entry.finding(
            f"终止日期{day_in_words(ends_on)}早于今天：此前的服务仍然有效。请填写今天或今后的日期。",
            field="ends_on",
            ends_on=ends_on.isoformat(),
        )
    if ends_on > last_day:
        return entry.finding(
            f"终止日期{day_in_words(ends_on)}晚于服务截止日{day_in_words(last_day)}：协议到期即止，无需提前终止。"
            f"请填写{day_in_words(last_day)}及以前的日期。",
            field="ends_on",
            ends_on=ends_on.isoformat(),
        )
    return None


def effects_were_seen(*, seen: str, now: str, ends_on: date) -> Finding | None:
    """四（二）: who ends an agreement has seen what ends with it, of that very day. `seen`: the mark of what was shown, ""
    where nothing was."""
    if seen in ("", now):
        return None
    return plain(
        "E-SEEN",
        f"查看影响以后，终止日期或协议的情况有变化。请核对自{day_in_words(ends_on)}起终止的影响，再次办理。",
        article="四（二）",
    )


@cites("E-END-ORDERED", "R27", constraint="one_end_ordered_of_an_agreement")
def not_to_end(entry: RuleEntry, *, ends_on: date | None, act: str) -> Finding | None:
    """R27, 四（二）: what is ordered to end is not changed any more; the bureau may take its order back before the day."""
    if ends_on is None:
        return None
    return entry.finding(
        f"市科技局已决定自{day_in_words(ends_on)}起终止这份协议，不能{act}；需要{act}的，请市科技局先撤销终止决定。",
        ends_on=ends_on.isoformat(),
    )


@cites("E-END-ORDERED", "R27", constraint="end_revoked_before_its_day_with_a_reason")
def end_may_be_taken_back(entry: RuleEntry, *, ends_on: date | None, on: date) -> Finding | None:
    """R27, 四（二）: an order to end is taken back before its day; from then on the service is over."""
    if ends_on is None:
        return entry.finding("这份协议没有待执行的终止决定，无需撤销。")
    if on >= ends_on:
        return entry.finding(
            f"协议已自{day_in_words(ends_on)}起终止，终止决定不能再撤销；需要继续服务的，请三方重新签订协议。",
            ends_on=ends_on.isoformat(),
        )
    return None


@cites("E-REQUEST-OPEN", "R25", constraint="one_open_amendment_of_an_agreement")
def one_open_amendment(entry: RuleEntry, *, is_open: bool) -> Finding | None:
    """R25, 四（二）: what was filed is asked to read otherwise once at a time; two requests would overtake each other."""
    return entry.finding(_ONE_AT_A_TIME.format(what="变更")) if is_open else None


@cites("E-REQUEST-OPEN", "R25", "A2", constraint="one_open_move_of_an_agreement")
def one_open_move(entry: RuleEntry, *, is_open: bool) -> Finding | None:
    """R25, 四（二）: of a filed service one move to another host is asked for at a time."""
    return entry.finding(_ONE_AT_A_TIME.format(what="改派")) if is_open else None


_ONE_AT_A_TIME = "本协议已有一份待审核的{what}申请，请等待审核，或撤回后重新申请。"


@cites("E-VOID", "R25", constraint="agreement_moves_in_order")
def may_be_void(entry: RuleEntry, *, done: Collection[str]) -> Finding | None:
    """R25, 四（二）: a filing made in error is void while nothing was done under it; `done` says what was."""
    if not done:
        return None
    return entry.finding(f"这份协议{'，'.join(done)}，不能作废；确需停止服务的，请提前终止。", done=[*done])


@cites("E-END-LOCK", "R27", constraint="filed_agreement_never_changes")
def period_is_final(entry: RuleEntry, *, status: AgreementStatus, changed: Collection[str]) -> Finding | None:
    """R27, 四（二）: the period of a filed agreement is final for everybody; to extend it is to sign a new one."""
    if status not in AgreementStatus.once_filed or not {"service_start", "service_end"} & set(changed):
        return None
    return entry.finding("已备案协议的服务截止日不能修改；需延长服务期限的，请签署新的合作协议（续签）。")


@cites("E-SELECTED", "R15", "R25")
def selected(entry: RuleEntry, *, specialist: str, status: RegistrationStatus) -> Finding | None:
    """R15, 四（一）: who signs has been selected first: the bureau has approved the registration."""
    if status == RegistrationStatus.APPROVED:
        return None
    return entry.finding(
        f"{specialist}的登记当前为“{status.label}”，经市科技局审核入选后才能提交协议。", status=status.value
    )


# --- what the paper says ----------------------------------------------------------------------------------------------


@cites("E-COMPLETE", "R24", "R32", constraint="agreement_complete_once_submitted")
def complete(entry: RuleEntry, *, values: Mapping[str, object]) -> Finding | None:
    """R24, 四（二）: what the bureau reviews says where, when, what, how often and to what end."""
    missing = [name for name in REQUIRED_FROM[AgreementStatus.SUBMITTED] if not _said(values[name])]
    if not missing:
        return None
    labels = "、".join(REQUIRED_FROM[AgreementStatus.SUBMITTED][name] for name in missing)
    return entry.finding(f"协议内容不完整，请补充：{labels}。", missing=missing)


def _said(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


@cites("E-COMPLETE", "R24", constraint="agreement_ends_after_it_starts")
def ends_after_it_starts(entry: RuleEntry, *, start: date, end: date) -> Finding | None:
    """R24, 四（二）: the last day of service is not before the first."""
    if start <= end:
        return None
    return entry.finding("服务截止日期不能早于开始日期。", field="service_end")


@cites("E-SAME-PARTY", "R24", "A22", constraint="agreement_parties_are_three")
def three_different_parties(entry: RuleEntry, *, institution: int | None, host: int) -> Finding | None:
    """R24, 四（二）: the dispatching institution and the host are two units."""
    if institution != host:
        return None
    return entry.finding("派出单位与派驻单位不能为同一单位。", field="host")


@cites("E-PARTIES", "R24", constraint="each_party_signs_once")
def signed_by_all(
    entry: RuleEntry,
    *,
    signatures: Collection[Signed],
    scanned: Sequence[int],
    version: int,
    on: date,
    refused: Collection[Party] = (),
) -> Finding | None:
    """R24, 四（二）: all three parties have signed, by name and day, what the paper now says.

    `scanned` holds the versions of the paper whose scans are there, oldest first: whoever signed on paper is seen on
    one. Where all three signed online there is nothing to scan. `refused`: who said that it will not sign.
    """
    by_party = {signed.party: signed for signed in signatures}
    missing = [party.label for party in Party if party not in by_party or not by_party[party].signer.strip()]
    unwilling = [party.label for party in Party if party in refused and party not in by_party]
    later = [signed.party.label for signed in signatures if signed.on > on]
    void = [f"{signed.party.label}签署后又修改了{signed.void}" for signed in signatures if signed.void]
    wanting = []
    if missing:
        wanting.append(f"缺少：{'、'.join(missing)}")
    if unwilling:
        wanting.append(f"已拒签：{'、'.join(unwilling)}")
    if void:
        wanting.append(f"签署已失效，须重新签署：{'，'.join(void)}")
    if later:
        wanting.append(f"签署日期晚于今天：{'、'.join(later)}")
    if missing or not all(signed.online for signed in signatures):
        if not scanned:
            wanting.append("缺少：签署后的扫描件")
        elif version not in scanned:
            wanting.append(f"扫描件为第{scanned[-1]}版协议书，内容改为第{version}版后须重新签署并上传")
    if not wanting:
        return None
    return entry.finding(
        f"三方协议须由科技特派员、派出单位、派驻单位三方签署，{'；'.join(wanting)}。",
        missing=missing,
        later=later,
        scanned=list(scanned),
    )


@cites("W-SCAN-CODE", "R24")
def scan_shows_its_code(entry: RuleEntry, *, unread: Sequence[int]) -> Finding | None:
    """R24, 四（二）: a scan on which no code of the paper can be read is said to be this paper by whoever hands it in.

    `unread` holds the numbers of such scans of the present paper.
    """
    if not unread:
        return None
    which = "、".join(f"第{number}份" for number in unread)
    return entry.finding(
        f"{which}扫描件没有读出协议书的二维码，平台不能核对是不是本协议。请打开核对：传错的请撤下，确是本协议的请写明核对情况。",
        unread=list(unread),
    )


@cites("W-SCAN-PAGES", "R24")
def scan_has_every_page(entry: RuleEntry, *, lacking: Sequence[int]) -> Finding | None:
    """R24, 四（二）: the scan shows every page of the paper that was printed, or whoever hands it in says why not.

    `lacking` holds the numbers of the pages that none of the scans of the present paper has.
    """
    if not lacking:
        return None
    pages = "、".join(str(page) for page in lacking)
    return entry.finding(
        f"扫描件缺协议书第{pages}页。请补扫缺的页，或重新上传完整的扫描件；确已齐全的，请写明核对情况。",
        lacking=list(lacking),
    )


@cites("E-AUTHORITY", "R24", constraint="handed_in_with_every_letter")
def authorised(entry: RuleEntry, *, signatures: Collection[Signed]) -> Finding | None:
    """R24, 四（二）: who signs for a unit is its legal representative, or brings its letter of authority."""
    units = [signed for signed in signatures if signed.party != Party.SPECIALIST]
    unsaid = [f"{signed.party.label}（{signed.signer}）" for signed in units if not signed.authority]
    without = [
        f"{signed.party.label}（{signed.signer}）"
        for signed in units
        if signed.authority == Authority.DELEGATE and not signed.has_letter
    ]
    wanting = []
    if unsaid:
        wanting.append(f"未写明签署身份：{'、'.join(unsaid)}")
    if without:
        wanting.append(f"授权代表未附授权委托书：{'、'.join(without)}")
    if not wanting:
        return None
    return entry.finding(
        f"单位由法定代表人签署，或由持授权委托书的代表签署，{'；'.join(wanting)}。", unsaid=unsaid, without=without
    )


# --- how long ---------------------------------------------------------------------------------------------------------


@cites("W-TERM", "R18", "A5")
def usual_term(entry: RuleEntry, *, start: date, end: date) -> Finding | None:
    """R18, 四（一）: service lasts as a rule one to two years, both end days counted."""
    least, most = entry.params["min_years"], entry.params["max_years"]
    if years_later(start, least) - ONE_DAY <= end <= years_later(start, most) - ONE_DAY:
        return None
    return entry.finding(
        f"服务期限一般为{least}-{most}年，当前为{length(start, end)}，请填写说明。", field="service_end"
    )


@cites("E-TERM-YEAR", "R18")
def of_our_time(entry: RuleEntry, *, start: date, end: date | None, on: date) -> Finding | None:
    """R18, 四（一）: a service of one or two years begins near the year it is signed in; another one is mistyped.

    `on` is the day it is handed in, or looked at until then.
    """
    before, after, longest = (entry.params[name] for name in ("years_before", "years_after", "longest_years"))
    if not on.year - before <= start.year <= on.year + after:
        return entry.finding(
            f"服务开始日期为{day_in_words(start)}，与本年度相差过远，只能在{on.year - before}年至{on.year + after}年之间。请核对年份。",
            field="service_start",
        )
    if end and end > years_later(start, longest):
        return entry.finding(
            f"服务截止日期为{day_in_words(end)}，距开始日期超过{longest}年。服务期限一般为1-2年，请核对年份。",
            field="service_end",
        )
    return None


@cites("W-END", "R26", "A4", "A23")
def usual_end(entry: RuleEntry, *, signed_on: date, end: date) -> Finding | None:
    """R26, 四（二）: an agreement ends as a rule on 31 December of the year after its signing."""
    usual = default_end(entry, signed_on=signed_on)
    if end == usual:
        return None
    return entry.finding(
        f"截止日一般为下一年度12月底（{usual.isoformat()}），当前为{end.isoformat()}，请填写说明。",
        field="service_end",
        usual=usual.isoformat(),
    )


def default_end(entry: RuleEntry, *, signed_on: date) -> date:
    """R26, A23: the day on which an agreement signed on that day ends unless somebody says why not."""
    return date(signed_on.year + 1, entry.params["month"], entry.params["day"])


@cites("W-GRADUATION", "A14")
def graduates_after_the_end(
    entry: RuleEntry, *, specialist: str, graduates_on: date | None, end: date
) -> Finding | None:
    """A14, 一（一）: a graduate student stays one to the end of the service, or somebody says what happens then."""
    if graduates_on is None or graduates_on >= end:
        return None
    return entry.finding(
        f"{specialist}预计{graduates_on.isoformat()}毕业，早于服务截止日{end.isoformat()}，请填写毕业后的安排。",
        graduates_on=graduates_on.isoformat(),
    )


@cites("E-OVERLAP", "R27", "A3", "A4")
def begins_after(entry: RuleEntry, *, start: date, running_to: date | None) -> Finding | None:
    """R27, 四（二）: an extension begins after the agreement it extends; two papers never cover one day at one host.

    `running_to` is the last day of the agreement it extends, or of another with the same host that it would overlap.
    """
    if running_to is None or start > running_to:
        return None
    return entry.finding(
        f"续签协议的开始日期须晚于原协议截止日{running_to.isoformat()}。",
        field="service_start",
        after=running_to.isoformat(),
    )


@cites("E-RENEW", "R27", "A4", constraint="agreements_agreement_renews_id_key")
def may_renew(entry: RuleEntry, *, end: date, opens: str, on: date, renewal: str | None) -> Finding | None:
    """R27, 四（二）: an extension is signed in the year in which the agreement ends, and each agreement has one.

    `opens` is the month and day on which the window of that year opens; `renewal` names the extension there is already.
    """
    if renewal is not None:
        return entry.finding(f"该协议已有续签协议（{renewal}），不能重复续签。", renewal=renewal)
    opening = date.fromisoformat(f"{end.year}-{opens}")
    if on < opening:
        return entry.finding(
            f"需延长服务期限的，应于下一年度再次签署新的合作协议：该协议{end.isoformat()}到期，"
            f"{opening.isoformat()}起可以办理续签。",
            opens=opening.isoformat(),
        )
    return None


# --- who serves where -------------------------------------------------------------------------------------------------


@cites("E-ONE-HOST", "R19", "R20", "R22", "A1", "A2", "A3", "A13", constraint="one_host_a_year")
def one_host_a_year(
    entry: RuleEntry,
    *,
    specialist: str,
    category: Category,
    form: Form,
    elsewhere: Collection[YearTaken],
    start: date,
    on: date,
    reassigning: bool = False,
) -> Finding | None:
    """R19, 四（一）: an enterprise specialist serves one host in a year; `elsewhere` holds the years given to others.

    The bureau may move those years here (改派, A2) once the service there is over.
    """
    if not bound_to_one_host(entry, category=category, form=form) or not elsewhere:
        return None
    running = [year for year in elsewhere if year.last_day >= min(start, on)]
    if reassigning and not running:
        return None
    taken = "；".join(f"{year.year}年度已与“{year.host}”签约（协议{year.number}）" for year in elsewhere)
    still = "、".join(f"{year.number}服务至{year.last_day.isoformat()}" for year in running[:1])
    return entry.finding(
        f"企业科技特派员在同一年度内只能签约服务一个单位：{specialist} {taken}。"
        + (f"改派须在原协议终止或到期之后办理（{still}）。" if reassigning else ""),
        years=[year.year for year in elsewhere],
        agreements=sorted({year.number for year in elsewhere}),
        reassignable=not running,
    )


def bound_to_one_host(entry: RuleEntry, *, category: Category, form: Form) -> bool:
    """A13: R19 binds enterprise specialists as individuals; a team serves the trade of a place."""
    return form == Form.INDIVIDUAL and category in entry.params["categories"]


@cites("E-TEAM-LEADER", "R24")
def signed_by_the_leader(entry: RuleEntry, *, team: str, leader: str | None, signer: str) -> Finding | None:
    """R24, 四（二）: who leads a team today signs its agreement; the other members are listed in it.

    `leader` is None where there is nobody who leads, or no selected team at all.
    """
    if leader == signer:
        return None
    if leader is None:
        return entry.finding(f"{signer}现在不是已入选团队的负责人，团队的三方协议由负责人代表签署。", leader="")
    return entry.finding(
        f"团队“{team}”现在的负责人是{leader}，这份协议以{signer}起草；三方协议由负责人代表签署，请以{leader}重新起草。",
        leader=leader,
    )


@cites("E-CAP5", "R22", "R23", "A9", "A10", "A11")
def host_may_take(
    entry: RuleEntry,
    *,
    host: str,
    capped_as: str | None,
    present: Collection[Stay],
    newcomer: Stay | None,
    companions: Collection[Stay] = (),
) -> Finding | None:
    """R23, 四（一）: a capped host has at most `cap` persons on any one day of the newcomer's period.

    `companions` come with the newcomer: the other members of a team, who count one by one (A10, A11). Without a
    newcomer the host is judged as it is: on any day on which somebody is there.
    """
    if capped_as is None:
        return None
    coming = [newcomer, *companions] if newcomer else []
    stays = [*present, *coming]
    start = min(stay.start for stay in coming or stays)
    end = max(stay.end for stay in coming or stays)
    now, then = (most_on_one_day(those, start=start, end=end) for those in (present, stays))
    if then <= (cap := entry.params["cap"]):
        return None
    said = (
        f"服务期内现有{now}人，本次后为{then}人。如确需超出，须由市科技局填写例外说明。"
        if newcomer
        else f"同一天最多有{then}人在岗。"
    )
    return entry.finding(
        f"“{host}”属于{capped_as}，原则上接受科技特派员不超过{cap}人，{said}", now=now, then=then, cap=cap
    )


@cites("I-CAP5", "R23", "A9")
def small_firm_is_not_capped(
    entry: RuleEntry,
    *,
    host: str,
    is_other_small_firm: bool,
    present: Collection[Stay],
    newcomer: Stay,
    companions: Collection[Stay] = (),
) -> Finding | None:
    """R23, 四（一）: a small firm that is no registered technology SME has no cap; more are only pointed out."""
    if not is_other_small_firm:
        return None
    then = most_on_one_day([*present, newcomer, *companions], start=newcomer.start, end=newcomer.end)
    if then <= (cap := entry.params["cap"]):
        return None
    return entry.finding(
        f"“{host}”为规模以下企业，未认定为科技型中小企业，不受{cap}人限制；服务期内本次后为{then}人。",
        then=then,
        cap=cap,
    )


@cites("E-HOST-KIND", "R20", "R21", "R22")
def usual_host(entry: RuleEntry, *, category: Category, host: str, host_type: HostType) -> Finding | None:
    """R21, 四（一）: a broker signs with enterprises, universities, institutes, county bureaus and the like (等)."""
    expected = entry.params["expected"].get(category.value)
    if expected is None or host_type in expected:
        return None
    return entry.finding(
        f"“{host}”为{host_type.label}，不在方案列举的技术经纪人签约单位之内（方案写明“等单位”，不影响备案）。",
        host_type=host_type.value,
    )


@cites("I-HOST", "R23", "A9")
def host_is_as_it_says(
    entry: RuleEntry,
    *,
    host: str,
    declared: str,
    declared_for: int | None,
    is_verified: bool,
    year: int,
    against_code: str,
) -> Finding | None:
    """R23, 四（一）: what decides the cap is the unit's own word until it is verified, and holds for its year.

    `declared` are its flags in words; `against_code` is what its credit code says against its kind. Only pointed out.
    """
    wanting = []
    if declared and not is_verified:
        wanting.append(f"申报的企业标识（{declared}）尚未核实")
    if declared and declared_for is not None and declared_for < year:
        wanting.append(f"企业标识为{declared_for}年度的，尚未更新到{year}年度")
    if against_code:
        wanting.append(against_code.rstrip("。"))
    if not wanting:
        return None
    return entry.finding(f"“{host}”{'；'.join(wanting)}。", declared_for=declared_for, is_verified=is_verified)


def capped_as(*, host_type: HostType, is_tech_sme: bool, is_above_scale: bool, is_proven: bool = True) -> str | None:
    """A9: “规模以下” qualifies only the technology SME; a cooperative of any size is capped; others are not.

    A firm that calls itself above scale takes itself out of the cap: without `is_proven` its word does not.
    """
    if host_type == HostType.COOPERATIVE:
        return "合作社"
    if is_tech_sme and is_above_scale and not is_proven:
        return "科技型中小企业（规模以上未核实）"
    return "规模以下科技型中小企业" if is_tech_sme and not is_above_scale else None


def takes_its_word(entry: RuleEntry) -> bool:
    """Whether E-CAP5 goes by what a firm declares; a pack that does not say so does, as it always did."""
    return bool(entry.params.get("unverified", "declared") == "declared")


def is_other_small_firm(*, host_type: HostType, is_tech_sme: bool, is_above_scale: bool) -> bool:
    """A9: the literal reading leaves a small firm of another kind uncapped."""
    return host_type == HostType.ENTERPRISE and not is_tech_sme and not is_above_scale


def most_on_one_day(stays: Collection[Stay], *, start: date, end: date) -> int:
    """The greatest number of distinct persons there on any one day from start to end."""
    meeting = [stay for stay in stays if stay.start <= end and start <= stay.end]
    arrivals = [(max(stay.start, start), True, stay.person) for stay in meeting]
    departures = [(stay.end + ONE_DAY, False, stay.person) for stay in meeting]
    there: Counter[int] = Counter()  # by person: one with two papers is still one
    most = 0
    # Who left yesterday is gone before whoever comes today is counted.
    for _, arrives, person in sorted(arrivals + departures):
        there[person] += 1 if arrives else -1
        if not there[person]:
            del there[person]
        most = max(most, len(there))
    return most


# --- a whole year -----------------------------------------------------------------------------------------------------


@cites("I-QUOTA", "R15", "R16", "R17", "A7")
def plan_is_reached(
    entry: RuleEntry, *, category: Category, year: int, number: int | None, is_floor: bool, filed: int, in_review: int
) -> Finding | None:
    """R15–R17, 四（一）: how far the yearly number of a category is from being filed; a floor is reached or passed."""
    if number is None or filed == number or (is_floor and filed > number):
        return None
    planned = f"不少于{number}名" if is_floor else f"计划{number}名"
    gap = f"还差{number - filed}名" if filed < number else f"超出{filed - number}名"
    return entry.finding(
        f"{category.label}科技特派员{year}年度{planned}，已备案{filed}名，在审{in_review}名，{gap}。",
        number=number,
        filed=filed,
        gap=number - filed,
    )


# --- the count of years -----------------------------------------------------------------------------------------------


def years_later(day: date, years: int) -> date:
    """The same day some years later; the 29th of February becomes the 1st of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def length(start: date, end: date) -> str:
    """How long a period is, both end days counted: 1年, 1年20天, 8个月, 15天."""
    after = end + ONE_DAY
    months = (after.year - start.year) * 12 + after.month - start.month - (after.day < start.day)
    reached = _months_later(start, months)
    words = [f"{months // 12}年" if months >= 12 else "", f"{months % 12}个月" if months % 12 else ""]
    days = (after - reached).days
    return "".join(words) + (f"{days}天" if days or not any(words) else "")


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    first_of_next = date(day.year + year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(day.year + year, month + 1, min(day.day, (first_of_next - ONE_DAY).day))

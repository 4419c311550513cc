"""What the work plan says about money (六（一）, 六（二）, 六（三）). Facts in, findings out.

The city gives the year's fund to institutions, an institution pays its people 500-800 yuan for each trip to the
grassroots, by a standard of its own inside that band. Money is spent for this purpose only, never more than was given,
and two people of the institution stand behind each payment. No database, no clock; amounts are whole 分.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.enums import Role
from core.dates import day_in_words
from core.money import yuan
from core.policy import Finding, RuleEntry, cites
from funding.enums import BatchStatus, ClaimStatus, EntryKind, ReversalStatus


@dataclass(frozen=True)
class Trip:
    """One person at one visit: what may become a subsidy."""

    attendance: int
    specialist: int
    person: str
    day: date
    on_site: bool
    confirmed: bool
    institution: int | None  # who dispatched the person; None: appointed by the bureau itself
    filed_on: date | None
    start: date | None
    last_day: date | None  # of the service: a termination ends it the day before
    revoked_on: date | None
    visit: int = 0
    host: str = ""

    @property
    def words(self) -> str:
        return f"{self.person}{day_in_words(self.day)}"


@dataclass(frozen=True)
class Rate:
    """An institution's standard from a day on."""

    card: int
    amount_fen: int
    since: date


# --- from the city to the institutions --------------------------------------------------------------------------------


@cites("E-BUDGET", "R37", constraint="budget_covers_its_allocations")
def budget_covers(entry: RuleEntry, *, year: int, amount_fen: int, allocated_fen: int) -> Finding | None:
    """六（一）: the year's fund is not set below what has been allocated from it."""
    if allocated_fen <= amount_fen:
        return None
    return entry.finding(
        f"{year}年度专项经费已拨付{yuan(allocated_fen)}元，不能调整为{yuan(amount_fen)}元。",
        allocated_fen=allocated_fen,
        amount_fen=amount_fen,
    )


@cites("E-BUDGET", "R37", "R39", constraint="allocation_within_the_budget")
def within_budget(
    entry: RuleEntry, *, year: int, budget_fen: int, allocated_fen: int, amount_fen: int
) -> Finding | None:
    """六（一）: what all institutions are given stays within the year's fund."""
    if (left := budget_fen - allocated_fen) >= amount_fen:
        return None
    return entry.finding(
        f"{year}年度专项经费共{yuan(budget_fen)}元，已拨付{yuan(allocated_fen)}元，尚可拨付{yuan(left)}元，"
        f"本次{yuan(amount_fen)}元超出。请核对金额，或先调整年度专项经费。",
        left_fen=left,
        amount_fen=amount_fen,
        field="amount_fen",
    )


@cites("E-BUDGET", "R37", constraint="funding_budget_year_key")
def one_budget_a_year(entry: RuleEntry, *, year: int, taken: bool) -> Finding | None:
    """六（一）: a year has one special fund."""
    if not taken:
        return None
    return entry.finding(f"{year}年度专项经费已经登记，如有变化请调整金额。", year=year, field="year")


@cites("E-BUDGET", "R39", constraint="allocation_document_once_per_institution")
def document_once(entry: RuleEntry, *, institution: str, document_number: str, taken: bool) -> Finding | None:
    """六（一）: a 指标文号 gives an institution money once."""
    if not taken:
        return None
    return entry.finding(f"指标文号“{document_number}”已向{institution}拨付过，不能重复拨付。", field="document_number")


@cites("E-FLOW", "R38", constraint="money_goes_down")
def given_by_the_bureau(entry: RuleEntry, *, role: Role) -> Finding | None:
    """六（二）: the fund is given to institutions by the city bureau."""
    if role in Role.bureau:
        return None
    return entry.finding("专项经费由市科技局拨付给派出单位，您的身份不能办理拨付。", role=role.value)


@cites("E-FLOW", "R38", constraint="batch_of_the_institutions_people")
def paid_by_the_institution(entry: RuleEntry, *, role: Role, own: bool) -> Finding | None:
    """六（二）: subsidies are held and paid by the person's own institution, by nobody else."""
    if role in Role.institution and own:
        return None
    return entry.finding(
        "补助资金由各派出单位统一掌握，只能由本单位人员向本单位派出的科技特派员发放。", role=role.value, own=own
    )


# --- the standard -----------------------------------------------------------------------------------------------------


@cites("E-AMOUNT", "R40", "R41", constraint="rate_within_the_band")
def amount_in_band(entry: RuleEntry, *, amount_fen: int) -> Finding | None:
    """六（二）: 500-800 yuan per person and trip, ends included."""
    least, most = entry.params["min_fen"], entry.params["max_fen"]
    if least <= amount_fen <= most:
        return None
    return entry.finding(
        f"工作补助为每人每次{least // 100}-{most // 100}元，当前{yuan(amount_fen)}元。",
        amount_fen=amount_fen,
        min_fen=least,
        max_fen=most,
        field="amount_fen",
    )


@cites("E-RATE", "R41", "R43", constraint="rate_of_a_claimed_day_stays")
def not_before_claims(entry: RuleEntry, *, since: date, last_claimed: date | None) -> Finding | None:
    """六（二）: the standard of a day on which a subsidy was claimed stays what it was."""
    if last_claimed is None or since > last_claimed:
        return None
    return entry.finding(
        f"{day_in_words(last_claimed)}及以前的服务已按原标准申领补助，新标准的执行日期须晚于这一天。",
        last_claimed=last_claimed.isoformat(),
        field="effective_from",
    )


@cites("E-RATE", "R40", constraint="rate_within_the_band")
def under_a_plan(
    entry: RuleEntry, *, since: date, first_plan: date, what: str = "执行日期", field: str = "effective_from"
) -> Finding | None:
    """六（二）: a standard begins, and money is given, on a day on which a yearly plan was in force."""
    if since >= first_plan:
        return None
    return entry.finding(
        f"{day_in_words(since)}尚无生效的年度政策，{what}不能早于{day_in_words(first_plan)}。", field=field
    )


@cites("E-RATE", "R41", constraint="one_rate_per_institution_and_day")
def no_other_rate_that_day(entry: RuleEntry, *, since: date, taken: bool) -> Finding | None:
    """六（二）: an institution has one standard a day."""
    if not taken:
        return None
    return entry.finding(
        f"{day_in_words(since)}起执行的补助标准已经制定。请改用其他执行日期，或先撤回原标准。", field="effective_from"
    )


@cites("E-RATE", "R41", "R43")
def unused(entry: RuleEntry, *, claims: int) -> Finding | None:
    """六（二）: a standard by which somebody was paid is kept."""
    if not claims:
        return None
    return entry.finding(f"已有{claims}笔补助按这一标准申领，不能撤回。请制定新的标准。", claims=claims)


def rate_on(rates: Collection[Rate], day: date) -> Rate | None:
    """The standard in force on a day: the latest that had begun."""
    return max((rate for rate in rates if rate.since <= day), key=lambda rate: rate.since, default=None)


# --- what a visit earns -----------------------------------------------------------------------------------------------


@cites("E-RATE", "R40", "R41", constraint="claim_at_the_rate_in_force")
def has_rate(entry: RuleEntry, *, trip: Trip, rate: Rate | None) -> Finding | None:
    """六（二）: the institution's standard on the day of the visit decides the amount; without one nothing is paid."""
    if rate:
        return None
    return entry.finding(
        f"{trip.words}的服务没有可用的补助标准。请先制定当日或之前起执行的标准。", date=trip.day.isoformat()
    )


@cites("E-UNCONFIRMED", "R43", constraint="claim_of_a_confirmed_visit")
def confirmed(entry: RuleEntry, *, trip: Trip) -> Finding | None:
    """六（三）: only a visit that the host has confirmed is paid."""
    if trip.confirmed:
        return None
    return entry.finding(f"{trip.words}的服务派驻单位尚未确认，确认后才能发放补助。", attendance=trip.attendance)


@cites("E-VISIT-ONLINE", "A20", constraint="claim_of_a_confirmed_visit")
def on_site(entry: RuleEntry, *, trip: Trip) -> Finding | None:
    """六（二）: 下基层 is going there; service from afar is recorded and not paid."""
    if trip.on_site:
        return None
    return entry.finding(f"{trip.words}为线上服务，不属于下基层，不发放工作补助。", attendance=trip.attendance)


@cites("E-VISIT-PERIOD", "R39", "A21")
def in_filed_service(entry: RuleEntry, *, trip: Trip) -> Finding | None:
    """六（二）: a paid visit lies in the service of a filed agreement, by the pack's reading not before its filing."""
    if trip.filed_on and trip.start and trip.last_day:
        earliest = max(trip.start, trip.filed_on) if entry.params["earliest"] == "filing" else trip.start
        if earliest <= trip.day <= trip.last_day:
            return None
        if trip.start <= trip.day < earliest:
            return entry.finding(
                f"服务日期{day_in_words(trip.day)}不在已备案协议的服务期限内：{trip.person}的协议{day_in_words(trip.filed_on)}备案，"
                "备案之前的服务不发放补助。",
                filed_on=trip.filed_on.isoformat(),
            )
    return entry.finding(
        f"{trip.person}的服务日期{day_in_words(trip.day)}不在已备案协议的服务期限内。", date=trip.day.isoformat()
    )


@cites("E-REVOKED", "R34", "A19")
def still_qualified(entry: RuleEntry, *, person: str, day: date, revoked_on: date | None) -> Finding | None:
    """五（一）: from the day a qualification is cancelled nothing is earned; what was earned before stays payable."""
    if revoked_on is None or day < revoked_on:
        return None
    return entry.finding(
        f"{person}的科技特派员资格已取消（{day_in_words(revoked_on)}），{day_in_words(day)}的服务不能发放补助。",
        revoked_on=revoked_on.isoformat(),
        date=day.isoformat(),
    )


@cites("E-VISIT-DUP", "R40", constraint="a_visit_is_claimed_once")
def claimed_once(entry: RuleEntry, *, trip: Trip, taken: Collection[int]) -> Finding | None:
    """六（二）: one visit earns one person one subsidy; `taken` holds the attendances already claimed."""
    if trip.attendance not in taken:
        return None
    return entry.finding(f"{trip.words}的服务已申领补助，不能重复发放。", attendance=trip.attendance)


@cites("E-VISIT-DUP", "R40", "A20", constraint="one_claim_per_person_and_day")
def one_trip_a_day(entry: RuleEntry, *, trip: Trip, taken: Collection[tuple[int, date]]) -> Finding | None:
    """六（二）: two hosts on one day are one trip (每人每次); `taken` holds person and day of other visits claimed."""
    if (trip.specialist, trip.day) not in taken:
        return None
    return entry.finding(f"{trip.words}已登记一次下基层服务，不能重复发放。", attendance=trip.attendance)


# --- paying -----------------------------------------------------------------------------------------------------------


@cites("E-PURPOSE", "R39", constraint="ledger_purpose_permitted")
def permitted_purpose(entry: RuleEntry, *, purpose: str, purposes: Sequence[str]) -> Finding | None:
    """六（二）: the fund is spent on the permitted purposes and no other (专款专用)."""
    if purpose in purposes:
        return None
    return entry.finding(
        f"专项经费专款专用，不能用于“{purpose}”。可用于：{'、'.join(purposes)}。", purpose=purpose, field="purpose"
    )


@cites("E-FUND", "R39", constraint="account_is_never_overdrawn")
def account_covers(
    entry: RuleEntry, *, institution: str, year: int, balance_fen: int, amount_fen: int
) -> Finding | None:
    """六（二）: an institution spends what it was given and no more (单独核算)."""
    if amount_fen <= balance_fen:
        return None
    return entry.finding(
        f"{institution}{year}年度专项经费余额不足：余额{yuan(balance_fen)}元，本次{yuan(amount_fen)}元。",
        balance_fen=balance_fen,
        amount_fen=amount_fen,
    )


@cites("E-TWO-PEOPLE", "R43", constraint="nobody_approves_their_own_batch")
def checked_by_another(entry: RuleEntry, *, maker: int, maker_name: str, checker: int) -> Finding | None:
    """六（三）: who made a payment does not approve it, whatever hat they wear."""
    if maker != checker:
        return None
    return entry.finding(f"该批次由{maker_name}经办，经办人和复核人不能为同一人，请由本单位其他人员复核。", maker=maker)


@cites("E-PAYEE", "R39", "R43", constraint="claim_paid_to_a_kept_account")
def paid_to_whom_was_handed_in(
    entry: RuleEntry, *, person: str, handed_in: str | None, now: str, is_same: bool
) -> Finding | None:
    """六（三）: the second person approves the account that the first one saw; `handed_in` is None where none was kept.

    Both accounts are masked, with their banks.
    """
    do = "请退回批次，由经办人核对后重新提交。"
    if handed_in is None:
        return entry.finding(f"{person}的收款账户没有随批次提交记录（批次在平台记录收款账户以前提交）。{do}")
    if is_same:
        return None
    alike = "（遮盖后相同，但不是同一个账号）" if handed_in == now else ""
    return entry.finding(f"{person}的收款账户在提交后有变更：提交时为{handed_in}，现为{now}{alike}。{do}")


@cites("E-PAYEE", "R39", "R43")
def handed_in_as_seen(entry: RuleEntry, *, is_as_seen: bool) -> Finding | None:
    """六（三）: who hands a batch in answers for the accounts that the page showed, not for one of since then."""
    if is_as_seen:
        return None
    return entry.finding("页面打开后，批次中有人的收款账户发生变更，请核对下列收款账户后再次提交。")


@cites("E-TWO-PEOPLE", "R43")
def submitted_by_its_maker(entry: RuleEntry, *, maker: int, maker_name: str, by: int) -> Finding | None:
    """六（三）: who made a payment answers for it; another takes it over by saving it first, and then is its maker."""
    if maker == by:
        return None
    return entry.finding(
        f"该批次由{maker_name}经办，请由其本人提交；如需接手，请先修改并保存，再提交复核。", maker=maker
    )


@cites("E-STATE", "R39", constraint="batch_takes_its_steps")
def batch_may_move(entry: RuleEntry, *, status: BatchStatus, to: BatchStatus) -> Finding | None:
    """六（三）: a batch is made, submitted, then approved or returned; a finished act is not done again."""
    if to in BatchStatus.moves[status]:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-STATE", "R39", constraint="batch_takes_its_steps")
def batch_may_change(entry: RuleEntry, *, status: BatchStatus) -> Finding | None:
    """六（三）: what has been submitted is changed only after it was returned."""
    if status in BatchStatus.editable:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能修改。", status=status.value)


@cites("E-STATE", "R39", constraint="claim_moves_with_its_batch")
def claim_is_free(entry: RuleEntry, *, status: ClaimStatus, words: str) -> Finding | None:
    """六（二）: a claim is in one batch at a time."""
    if status == ClaimStatus.OPEN:
        return None
    return entry.finding(f"{words}的补助当前状态为“{status.label}”，不能执行此操作。", status=status.value)


@cites("E-BATCH", "R39", constraint="claim_moves_with_its_batch")
def of_one_year(entry: RuleEntry, *, years: Collection[int]) -> Finding | None:
    """六（二）: each year's fund has its own account, so a batch pays visits of one year, and at least one."""
    if len(years) == 1:
        return None
    if not years:
        return entry.finding("请至少选择一次服务。")
    listed = "、".join(f"{year}年" for year in sorted(years))
    return entry.finding(
        f"各年度专项经费单独核算，一个批次只能包含同一年度的服务，现有：{listed}。", years=sorted(years)
    )


@cites("E-STATE", "R39", constraint="one_reversal_asked_of_an_entry")
def may_be_reversed(entry: RuleEntry, *, kind: EntryKind, reversed_already: bool, asked_by: str = "") -> Finding | None:
    """六（三）: a wrong line stays and is reversed by another, once; a reversal is not reversed.

    `asked_by` is who has asked for it and waits.
    """
    if kind == EntryKind.REVERSAL:
        return entry.finding("冲红分录不能再次冲红。如冲红有误，请重新申领或重新拨付。", kind=kind.value)
    if reversed_already:
        return entry.finding("当前状态为“已冲红”，不能执行此操作。", kind=kind.value)
    if asked_by:
        return entry.finding(f"{asked_by}已申请冲红这笔分录，请等待复核，或由其撤回后重新申请。", kind=kind.value)
    return None


@cites("E-STATE", "R39", constraint="reversal_takes_its_steps")
def reversal_may_become(entry: RuleEntry, *, status: ReversalStatus, to: ReversalStatus) -> Finding | None:
    """六（三）: a reversal is asked for, then carried out, refused or withdrawn; a finished act is not done again."""
    if to in ReversalStatus.moves[status]:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-TWO-PEOPLE", "R43", constraint="reversal_is_decided_by_another")
def reversed_by_another(entry: RuleEntry, *, asker: int, asker_name: str, decider: int) -> Finding | None:
    """六（三）: what two people paid is not taken back by one: who asks for a reversal does not carry it out."""
    if asker != decider:
        return None
    return entry.finding(
        f"这笔冲红由{asker_name}申请，申请人和复核人不能为同一人，请由其他人员复核；不再冲红的，可以撤回申请。",
        asker=asker,
    )

"""What the review desk is told of one case: its place in the queue, who else has it open, what is to be decided.

The page is opened forty times before lunch, so what other tables say of a case comes in one statement; tabs that are
not open are read when they are opened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.enums import Role
from accounts.models import Membership
from agreements.appointing.drafters import OTHERS
from agreements.enums import AgreementStatus
from agreements.models import Agreement, Cover
from agreements.reviewing.models import AT_THE_DESK
from agreements.reviewing.parts import Part
from agreements.services.stepping import ACT, by_another, steps_of
from core import approvals
from core.jinja import clock
from core.models import Approval, PolicyPack
from core.policy import Finding, Level, Side, Verdict
from core.prepared import Prepared

SHOWN = 20  # earlier agreements of a person, and of a host

# Which part of the paper a finding is about: a click on the finding shows its place there.
PLACE_OF: Mapping[str, str] = {
    "E-CAP5": Part.HOST,
    "I-CAP5": Part.HOST,
    "I-HOST": Part.HOST,
    "E-HOST-KIND": Part.HOST,
    "E-ONE-HOST": Part.HOST,
    "E-SAME-PARTY": "institution",
    "W-TERM": Part.PERIOD,
    "E-TERM-YEAR": Part.PERIOD,
    "W-END": Part.PERIOD,
    "E-OVERLAP": Part.PERIOD,
    "W-GRADUATION": Part.PERIOD,
    "E-PARTIES": Part.SIGNATURES,
    "E-PROV": Part.SPECIALIST,
    "E-REVOKED": Part.SPECIALIST,
    "E-SUSPENDED": Part.SPECIALIST,
    "E-SELECTED": Part.SPECIALIST,
    "W-QUOTA": Part.SPECIALIST,
}


@dataclass(frozen=True)
class Place:
    """Where a case stands in the queue: the oldest comes first."""

    number: int
    count: int
    previous: int | None
    following: int | None
    following_scan: int | None  # the number of its newest scan, whose first page is fetched beforehand


@dataclass(frozen=True)
class Visitor:
    """A colleague who has the case open, or had it."""

    person: int
    name: str
    opened_at: datetime
    seen_at: datetime
    corrections: int

    @property
    def words(self) -> str:
        return f"{self.name}正在办理（{clock(self.opened_at)} 起）"


@dataclass(frozen=True)
class About:
    """What other tables say of a case."""

    place: Place
    officer: int  # whose case it is, 0 and "" when it is everybody's
    holder: str
    corrections: int
    papers: int
    earlier: int
    events: int
    notes: int
    looks: list[Visitor]

    def others(self, hat: Membership) -> list[Visitor]:
        """Who else has it open now."""
        return [one for one in self.looks if one.person != hat.person_id and one.seen_at > now() - AT_THE_DESK]

    def my_look(self, hat: Membership) -> Visitor | None:
        return next((one for one in self.looks if one.person == hat.person_id), None)


ABOUT = Prepared(
    "about_a_case",
    """
    WITH here AS (
        SELECT id, submitted_on, specialist_id, host_id FROM agreements_agreement WHERE id = %(pk)s
    ), waiting AS MATERIALIZED (
        SELECT w.id, w.submitted_on FROM agreements_agreement w
        LEFT JOIN core_approval p ON p.act = %(act)s AND p.target_type = %(type)s AND p.target_id = w.id
            AND p.closed_at IS NULL
        WHERE w.status = 'submitted'
            AND (%(mine)s IS NULL OR EXISTS (SELECT FROM agreements_caseholder h
                WHERE h.agreement_id = w.id AND h.officer_id = ANY(%(mine)s)))
            AND CASE WHEN p.id IS NULL THEN %(begins)s ELSE p.steps ->> (
                SELECT count(*)::int FROM core_approvalstep s WHERE s.approval_id = p.id) = %(role)s END
    )
    SELECT
        (SELECT count(*) FROM waiting w WHERE (w.submitted_on, w.id) <= (here.submitted_on, here.id)),
        (SELECT count(*) FROM waiting),
        (SELECT w.id FROM waiting w WHERE (w.submitted_on, w.id) < (here.submitted_on, here.id)
            ORDER BY w.submitted_on DESC, w.id DESC LIMIT 1),
        (SELECT w.id FROM waiting w WHERE (w.submitted_on, w.id) > (here.submitted_on, here.id)
            ORDER BY w.submitted_on, w.id LIMIT 1),
        (SELECT max(s.number) FROM agreements_agreementscan s
            WHERE NOT EXISTS (SELECT FROM agreements_scanwithdrawal x WHERE x.scan_id = s.id) AND s.agreement_id = (
            SELECT w.id FROM waiting w WHERE (w.submitted_on, w.id) > (here.submitted_on, here.id)
            ORDER BY w.submitted_on, w.id LIMIT 1)),
        EXISTS (SELECT FROM waiting w WHERE w.id = here.id),
        (SELECT json_build_array(h.officer_id, u.name) FROM agreements_caseholder h JOIN accounts_membership m ON m.id = h.officer_id
            JOIN accounts_user u ON u.id = m.person_id WHERE h.agreement_id = here.id),
        (SELECT count(*) FROM agreements_correction WHERE agreement_id = here.id),
        (SELECT count(*) FROM agreements_agreementscan s WHERE s.agreement_id = here.id
            AND NOT EXISTS (SELECT FROM agreements_scanwithdrawal w WHERE w.scan_id = s.id))
            + (SELECT count(*) FROM agreements_agreementpaper WHERE agreement_id = here.id),
        (SELECT count(*) FROM agreements_agreement b WHERE b.id <> here.id AND b.status NOT IN ('draft', 'abandoned')
            AND (b.specialist_id = here.specialist_id OR b.host_id = here.host_id)),
        (SELECT count(*) FROM core_auditevent WHERE target_type = %(type)s AND target_id = here.id),
        (SELECT count(*) FROM agreements_casenote WHERE agreement_id = here.id),
        (SELECT json_agg(json_build_array(l.person_id, u.name, l.opened_at, l.seen_at, l.corrections)
                ORDER BY l.opened_at)
            FROM agreements_look l JOIN accounts_user u ON u.id = l.person_id WHERE l.agreement_id = here.id)
    FROM here
    """,
    pk="bigint",
    type="text",
    act="text",
    role="text",
    mine="bigint[]",
    begins="boolean",
)


def about(agreement: Agreement, hat: Membership, *, pack: PolicyPack, on: date, mine: bool = False) -> About:
    """`mine`: the queue holds only the cases of this officer, and of those for whom they stand in."""
    steps = steps_of(pack)
    [row] = ABOUT.rows(
        pk=agreement.pk,
        type=Agreement._meta.label,
        act=ACT,
        role=hat.role,
        mine=[hat.pk, *covered_by(hat, on=on)] if mine else None,
        begins=not steps or steps[0] == hat.role,
    )
    number, count, previous, following, following_scan, waits, holder, *rest = row
    officer, name = holder or (0, "")
    corrections, papers, others, events, notes, looks = rest
    return About(
        Place(number if waits else 0, count, previous, following, following_scan),
        officer,
        name,
        corrections,
        papers,
        others,
        events,
        notes,
        looks=[
            Visitor(person, name, _moment(opened), _moment(seen), corrections)
            for person, name, opened, seen, corrections in looks or []
        ],
    )


def _moment(written: str) -> datetime:
    return localtime(datetime.fromisoformat(written))


def covered_by(hat: Membership, *, on: date) -> list[int]:
    """The hats for which this one stands in on that day."""
    return list(Cover.objects.in_force(on=on).filter(stand_in=hat).values_list("absent", flat=True))


def of_mine(agreements: QuerySet[Agreement], hat: Membership, *, on: date) -> QuerySet[Agreement]:
    """Of these, the cases of this officer, and of those for whom they stand in."""
    return agreements.filter(holding__officer__in=[hat.pk, *covered_by(hat, on=on)])


# --- what is to be decided --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """The words of the green button, and whether it can lead anywhere."""

    words: str
    blocked: bool
    reassigning: Finding | None
    last_step: bool = True
    turn: str = ""  # whose turn it is, when it is somebody else's


def turn_of(agreement: Agreement, approval: Approval | None, pack: PolicyPack, hat: Membership) -> str:
    """Whose step the case waits for, in words; "" when it is this reader's."""
    steps = steps_of(pack)
    now_with = steps[len(approval.taken.all()) if approval else 0] if steps else hat.role
    if now_with != hat.role:
        return approvals.role_label(now_with, labels=dict(Role.choices))
    return OTHERS if by_another(agreement, by=hat) else ""


def recorded_from_paper(approval: Approval | None, hat: Membership) -> bool:
    """Whether the next step is somebody's without an account, and this hat records it."""
    if approval is None or not approvals.waits_for_paper(approval):
        return False
    return hat.role in approvals.ON_PAPER[approvals.next_role(approval) or ""].recorded_by


def office_after(approval: Approval | None, pack: PolicyPack) -> str:
    """To which office the case goes when the step is passed; "" when that files it."""
    after = steps_of(pack)[(len(approval.taken.all()) if approval else 0) + 1 :]
    return approvals.role_label(after[0], labels=dict(Role.choices)) if after else ""


def exceptions(verdicts: Iterable[Verdict], given: Mapping[str, str]) -> list[Finding]:
    """What the bureau decides on; what the institution, or an earlier step, has given a reason for stands apart."""
    found = [one.finding for one in verdicts if one.finding]
    return [one for one in found if not (one.level == Level.WARN and one.code in given)]


def explained_by_the_institution(verdicts: Iterable[Verdict], agreement: Agreement) -> dict[str, str]:
    """Its reasons for the warns that are its own to explain."""
    codes = {one.entry.code for one in verdicts if one.entry.reason_by == Side.INSTITUTION}
    return {code: words for code, words in agreement.institution_reasons.items() if code in codes}


def decision(open_ones: Iterable[Finding], *, next_office: str = "", turn: str = "") -> Decision:
    """`next_office`: to whom the case goes when this step is passed; `turn`: whose step it is, if not the reader's."""
    open_ones = list(open_ones)
    blocks = [one for one in open_ones if one.level == Level.BLOCK]
    reassigning = next((one for one in blocks if one.facts.get("reassignable")), None)
    blocked = bool(turn) or any(one is not reassigning for one in blocks)
    ending = f"，报{next_office}" if next_office else ""
    last = not next_office
    if reassigning:
        return Decision(f"填写理由并改派{ending}", blocked, reassigning, last, turn)
    if any(one.level == Level.WARN for one in open_ones):
        return Decision(f"填写理由并通过{ending}", blocked, None, last, turn)
    return Decision(f"通过{ending}" if ending else "通过备案", blocked, None, last, turn)


def ways(open_ones: Iterable[Finding], agreement: Agreement) -> dict[str, list[dict[str, str]]]:
    """By finding code: where the rows are that it speaks of."""
    listed = reverse("agreements:list")
    found: dict[str, list[dict[str, str]]] = {}
    for one in open_ones:
        if one.code in ("E-CAP5", "I-CAP5"):
            query = urlencode({"host": str(agreement.host), "status": AgreementStatus.FILED.value})
            found[one.code] = [{"url": f"{listed}?{query}", "label": "查看该单位已备案的协议"}]
        elif one.code == "E-ONE-HOST":
            codes = cast("list[str]", one.facts["agreements"])
            found[one.code] = [
                {"url": f"{listed}?{urlencode({'q': code})}", "label": f"查看协议 {code}"} for code in codes
            ]
    return found


# --- beside it --------------------------------------------------------------------------------------------------------


def earlier(agreement: Agreement, hat: Membership) -> tuple[list[Agreement], list[Agreement]]:
    """The other agreements of the same person, and those of the same host with other people, newest first."""
    others = Agreement.objects.visible_to(hat).exclude(pk=agreement.pk).exclude(status__in=AgreementStatus.at_home)
    others = others.select_related("specialist", "host__organization", "registration").order_by("-pk")
    of_person = others.filter(specialist=agreement.specialist_id)
    at_host = others.filter(Q(host=agreement.host_id) & ~Q(specialist=agreement.specialist_id))
    return list(of_person[:SHOWN]), list(at_host[:SHOWN]) if agreement.host_id else []

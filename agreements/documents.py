"""The papers of an agreement: what stands on each, and its bytes.

The contract carries its draft code, version and a QR, and alone prints the full ID number; the 汇总表 and the
备案证明 carry the filing number and mask the ID. The same facts give the same bytes. No seal is ever drawn.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import HostType, OfficeKind
from accounts.models import HostUnit, Institution, Membership, Organization
from agreements.amending.effective import effective
from agreements.models import Agreement, AgreementText, FilingSheetStamp, Submission
from agreements.wording.facts import NOTHING, Facts, Goal, Mate, Unit
from agreements.wording.queries import texts_of
from core import outbox, pdf
from core.models import PolicyPack
from core.policy import Finding
from specialists.enums import Category, PersonnelType, Title


def check_address(token: str, *, page: int | None = None) -> str:
    """Where a QR leads: the public check page, and which page of the paper carries it."""
    return f"{settings.BASE_URL}{reverse('agreements:check', args=[token])}{f'?p={page}' if page else ''}"


def check_code(token: str) -> str:
    """What a reader without a camera compares: 7F3A-91C2-D40E."""
    return "-".join(token[start : start + 4].upper() for start in (0, 4, 8))


# --- the contract -----------------------------------------------------------------------------------------------------


def agreement_pdf(agreement: Agreement, *, token: str, pack: PolicyPack, text: AgreementText | None = None) -> bytes:
    """The contract to be signed, as the agreement reads now; host, period and content must be filled in.

    Raises Refused when a character is in no font of this machine, and core.pdf.Unavailable where no PDF can be made.
    """
    context = agreement_context(agreement, pack=pack, text=text or texts_of([agreement])[agreement.pk])
    return pdf.render("papers/agreement.html", context, mark=mark_of(agreement, token))


def agreement_pdfs(
    wanted: Sequence[tuple[Agreement, str, PolicyPack]], *, texts: Mapping[int, AgreementText]
) -> tuple[bytes, list[int]]:
    """Contracts in one file, each with its text of `texts`, and how many pages each has; raises as `agreement_pdf` does."""
    papers = [
        (agreement_context(one, pack=pack, text=texts[one.pk]), mark_of(one, token)) for one, token, pack in wanted
    ]
    return pdf.render_together("papers/agreement.html", papers, between=outbox.still_here)


def mark_of(agreement: Agreement, token: str) -> pdf.Mark:
    return pdf.Mark(paper_code(agreement), lambda page: check_address(token, page=page))


def agreement_context(agreement: Agreement, *, pack: PolicyPack, text: AgreementText) -> dict[str, Any]:
    return contract_context(facts_of_contract(agreement, pack=pack), text, code=paper_code(agreement))


def contract_context(facts: Facts, text: AgreementText, *, code: str = "", sample: str = "") -> dict[str, Any]:
    """What the contract prints for an agreement or an example; a `sample` says so at the top of each page."""
    wording = text.wording
    return {
        "code": code,
        "sample": sample,
        "facts": facts,
        "opening": wording.opened(facts),
        "clauses": wording.printed(facts),
    }


def facts_of_contract(agreement: Agreement, *, pack: PolicyPack) -> Facts:
    assert agreement.host
    assert agreement.service_start
    assert agreement.service_end
    assert agreement.visits_per_year
    registration, specialist = agreement.registration, agreement.specialist
    return Facts(
        dispatcher=_unit(dispatcher(agreement)),
        host=_unit(agreement.host.organization),
        place=place(agreement.host),
        host_type=HostType(agreement.host.host_type),
        name=specialist.name,
        title=specialist.title_name if specialist.title != Title.NONE else NOTHING,
        category=Category(registration.category),
        id_number=specialist.id_number,
        personnel_type=PersonnelType(registration.personnel_type),
        start=agreement.service_start,
        end=agreement.service_end,
        content=tuple(line.strip() for line in agreement.service_content.splitlines() if line.strip()),
        visits=agreement.visits_per_year,
        goals=tuple(Goal(goal["name"], goal["count"], goal["unit"]) for goal in agreement.goals),
        rate=rate_of(pack),
        team=agreement.team_name,
        mates=mates_of(agreement),
        is_direct=agreement.institution_id is None,
        is_renewal=agreement.renews_id is not None,
        renews=(agreement.renews.filing_number or "") if agreement.renews else "",
    )


def mates_of(agreement: Agreement, *, on: date | None = None) -> tuple[Mate, ...]:
    """The team beside its leader, as the papers name it: today, or on that day."""
    return tuple(Mate(one.specialist.name, one.specialist.id_masked) for one in agreement.other_members(on=on))


def rate_of(pack: PolicyPack) -> str:
    """What a visit may be paid, in the words of the contract: 500—800."""
    band = pack.entry("E-AMOUNT").params
    return f"{band['min_fen'] // 100}—{band['max_fen'] // 100}"


def _unit(organization: Organization) -> Unit:
    return Unit(
        organization.name, organization.uscc or "", organization.contact_name or "", organization.contact_phone or ""
    )


def unprintable(agreement: Agreement) -> Finding | None:
    """What was typed into the agreement and no font can draw; a draft may come from a list or a program, too."""
    goals = [str(part) for goal in agreement.goals for part in (goal["name"], goal["unit"])]
    return pdf.unprintable("".join([agreement.service_content, *goals]))


def paper_code(agreement: Agreement) -> str:
    return f"{agreement.draft_code} v{agreement.version}"


def dispatcher(agreement: Agreement) -> Organization:
    """The first party."""
    return _first_party(agreement.institution)


def sender(submission: Submission) -> Organization:
    """Who handed it in."""
    return _first_party(submission.institution)


def _first_party(institution: Institution | None) -> Organization:
    """The city bureau stands in the institution's place when it appoints somebody itself (A6)."""
    return institution.organization if institution else Organization.objects.get(office__kind=OfficeKind.CITY_BUREAU)


def place(host: HostUnit) -> str:
    district = host.organization.district and host.organization.district.current
    if district is None:
        return host.organization.address or "—"
    return district.name if district.province_managed else f"石家庄市{district.name}"


def category(agreement: Agreement) -> str:
    return f"{agreement.registration.get_category_display()}科技特派员"


# --- 备案证明 ---------------------------------------------------------------------------------------------------------


def certificate_pdf(
    agreement: Agreement, *, token: str, issued_on: date, stamp: FilingSheetStamp | None = None
) -> bytes:
    """备案证明 of a filed agreement; `token` opens its public check page, `stamp` is of the 备案汇总表 that lists it.

    Raises as agreement_pdf does.
    """
    context = certificate_context(agreement, token=token, issued_on=issued_on, stamp=stamp)
    return pdf.render("papers/certificate.html", context)


def certificate_context(
    agreement: Agreement, *, token: str, issued_on: date, stamp: FilingSheetStamp | None = None
) -> dict[str, Any]:
    assert agreement.host
    return {
        "number": agreement.filing_number,
        "specialist": agreement.specialist,
        "team": agreement.team_name,
        # Of the day of filing, when all three had signed for these: who came later is on no signed paper.
        "mates": mates_of(agreement, on=agreement.filed_on),
        "category": category(agreement),
        "dispatcher": dispatcher(agreement),
        "host": agreement.host.organization,
        "place": place(agreement.host),
        "start": agreement.service_start,
        "end": agreement.service_end,
        "filed_on": agreement.filed_on,
        "renews": agreement.renews.filing_number if agreement.renews else None,
        "renews_past": agreement.renews is not None and agreement.renews.is_past,
        "check_code": check_code(token),
        "qr": pdf.qr_data_uri(check_address(token), mm=32),
        "issued_on": issued_on,
        "stamp": stamp,
    }


# --- 汇总表 -----------------------------------------------------------------------------------------------------------


class SummaryRow(NamedTuple):
    """One agreement of a submission; the columns in the order of SUMMARY_HEAD."""

    place: int
    code: str
    name: str
    id_masked: str
    category: str
    host: str
    district: str
    start: date | None
    end: date | None
    visits: int | None
    status: str
    filed_on: date | None
    team: str


SUMMARY_HEAD = (
    "序号", "协议编号", "姓名", "证件号码", "类别", "派驻单位", "所在地", "服务开始日期", "服务截止日期", "次数",
    "办理结果", "备案日期", "团队",
)  # fmt: skip
PAPER_HEAD = SUMMARY_HEAD[:-1]  # a page has no room for the last column: there the team stands below the host


def summary_title(year: int) -> str:
    """Not 备案汇总表: that one is the bureau's, of what it filed (agreements.stamping)."""
    return f"{year}年科技特派员派驻服务三方协议汇总表"


def summary_rows(listed: QuerySet[Agreement]) -> list[SummaryRow]:
    agreements = listed.select_related("specialist", "registration", "team", "host__organization__district")
    agreements = agreements.prefetch_related("amendments")
    return [
        SummaryRow(
            place=number,
            code=str(agreement),
            name=agreement.specialist.name,
            id_masked=agreement.specialist.id_masked,
            category=agreement.registration.get_category_display(),
            host=str(agreement.host or "—"),
            district=str(agreement.host.organization.district or "—") if agreement.host else "—",
            start=agreement.service_start,
            end=agreement.service_end,
            visits=effective(agreement).visits_per_year,
            status=agreement.get_status_display(),
            filed_on=agreement.filed_on,
            team=agreement.team_name,
        )
        for number, agreement in enumerate(agreements.order_by("pk"), start=1)
    ]


def submission_pdf(submission: Submission) -> bytes:
    """汇总表: what an institution handed in together and what became of it."""
    return pdf.render("papers/submission.html", submission_context(submission))


def submission_context(submission: Submission) -> dict[str, Any]:
    return {
        "code": str(submission),
        "title": summary_title(submission.submitted_on.year),
        "institution": sender(submission),
        "is_direct": submission.institution_id is None,
        "submitted_on": submission.submitted_on,
        "submitted_by": submission.submitted_by.person,
        "note": submission.note,
        "head": PAPER_HEAD,
        "rows": summary_rows(submission.agreements.all()),
    }


def compiled_pdf(listed: QuerySet[Agreement], *, by: Membership, on: date, note: str = "") -> bytes:
    """汇总表 of drafts of one party, for it to stamp before it hands them in."""
    institution = Institution.objects.filter(pk=by.organization_id).first()
    context = {
        "code": "",
        "title": summary_title(on.year),
        "institution": _first_party(institution),
        "is_direct": institution is None,
        "submitted_on": on,
        "submitted_by": by.person,
        "note": note,
        "head": PAPER_HEAD,
        "rows": summary_rows(listed),
    }
    return pdf.render("papers/submission.html", context)

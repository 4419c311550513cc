"""What a stranger with a paper is told of it: its state today, its dates, its parties so far that they can be compared.

A paper is in the hand of whoever asks, and what stands on it in full is here only told so far that a forged one is
seen: the person by the surname, the units by their ends. Nothing is told that is not on the paper, but for its state.
"""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.queries import name_at
from agreements.documents import check_code
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementPaper, FilingCertificate, Reassignment
from agreements.progress import word_and_tone
from core import audit
from core.identifiers import mask_name, mask_unit
from core.jinja import cdate
from specialists.enums import ChangeStatus

BUREAU = "石家庄市科学技术局"


@dataclass(frozen=True)
class Said:
    """A sentence about the paper, and how grave it is (components/page.html)."""

    words: str
    tone: str = "ok"


@dataclass(frozen=True)
class Attested:
    """A paper on one day. `facts` are pairs for components/page.html."""

    title: str
    word: str
    tone: str
    said: list[Said]
    facts: list[tuple[str, str | None]]


def of_certificate(issued: FilingCertificate, *, on: date) -> Attested:
    """A 备案证明: of what is filed, and of what it has become since."""
    said = _since_filing(issued.agreement, on=on)
    return _attested(issued.agreement, "备案证明核验", issued.token, said, on=on, made_at=issued.issued_at)


def of_paper(printed: AgreementPaper, *, on: date) -> Attested:
    """A printed contract: whether it is the version that counts, then what became of it."""
    agreement = printed.agreement
    is_older = printed.version != agreement.version
    said = [_newer(printed, agreement)] if is_older else []
    if agreement.filing_number:
        # Of an older version the record is no proof, so that it is said to be there only beside what is wrong.
        said += [one for one in _since_filing(agreement, on=on) if not is_older or one.tone != "ok"]
    elif not is_older:
        said.append(Said("这是尚未备案的协议文本，签署和备案情况以市科技局备案结果为准。", "info"))
    return _attested(
        agreement, "三方协议书文本核验", printed.token, said, on=on, made_at=printed.made_at, printed=printed
    )


def _newer(printed: AgreementPaper, agreement: Agreement) -> Said:
    which = "备案的是" if agreement.filing_number else "现为"
    return Said(
        f"版本已更新：这份文本（{printed}）之后内容又有修改，{which}第 {agreement.version} 版。请以最新文本为准。",
        "warn",
    )


def _since_filing(agreement: Agreement, *, on: date) -> list[Said]:
    """What became of a filed agreement. Who or what came after it is said, and not named: that is another's paper."""
    if agreement.status == AgreementStatus.ABANDONED:
        return [Said("这份协议已不再办理，没有备案。", "bad")]
    if agreement.status == AgreementStatus.VOID:
        return [Said(f"该备案已于{cdate(agreement.voiding.voided_on)}作废，备案证明不再有效。", "bad")]
    renewal = getattr(agreement, "renewal", None)
    followed = "续签协议已备案，请核验续签协议的备案证明。" if renewal and renewal.filed_on else ""
    said = []
    if agreement.terminated_on and on < agreement.terminated_on:
        said.append(Said("平台中有这份协议的备案记录。请核对下列内容与纸面是否一致。"))
        said.append(Said(f"协议将于{cdate(agreement.terminated_on)}提前终止，此前仍然有效。", "warn"))
    elif agreement.terminated_on:
        said.append(Said(f"协议已于{cdate(agreement.terminated_on)}提前终止，备案记录保留。", "warn"))
        if _was_moved(agreement):
            said.append(Said("该科技特派员已改派其他单位，新的服务另有协议备案。", "info"))
    elif agreement.last_day < on:
        said.append(Said(f"服务期限已于{cdate(agreement.last_day)}届满。{followed}", "warn"))
    else:
        said.append(Said("平台中有这份协议的备案记录。请核对下列内容与纸面是否一致。"))
        if followed:
            said.append(Said(f"本协议到期后由续签协议接续：{followed}", "info"))
    changes = [one.decided_at for one in agreement.amendments.all() if one.status == ChangeStatus.APPROVED]
    if latest := max(filter(None, changes), default=None):
        said.append(
            Said(f"备案后经市科技局同意，服务内容、次数或目标于{cdate(latest)}有变更，期限和三方不变。", "info")
        )
    return said


def _was_moved(agreement: Agreement) -> bool:
    """改派: a year of the person was taken from this host and given to another."""
    assert agreement.service_start
    assert agreement.service_end
    return Reassignment.objects.filter(
        yearly_host__specialist=agreement.specialist_id,
        yearly_host__year__range=(agreement.service_start.year, agreement.service_end.year),
        from_host=agreement.host_id,
    ).exists()


def _attested(
    agreement: Agreement,
    title: str,
    token: str,
    said: list[Said],
    *,
    on: date,
    made_at: datetime,
    printed: AgreementPaper | None = None,
) -> Attested:
    """With the names as they stand on a paper made at that moment."""
    word, tone = _state(agreement, on=on)
    start, end = agreement.service_start, agreement.service_end
    number = agreement.filing_number
    filed_on = agreement.voiding.filed_on if agreement.status == AgreementStatus.VOID else agreement.filed_on
    facts: list[tuple[str, str | None]] = [
        ("备案号", number) if number else ("文本编号", str(printed)),
        *([("文本编号", str(printed))] if printed and number else []),
        ("科技特派员", mask_name(agreement.specialist.name)),
        *([("团队", f"{agreement.team_name}（前列人员为负责人）")] if agreement.team else []),
        ("类别", agreement.registration.get_category_display()),
        ("派出单位", _sender_then(agreement, made_at) if agreement.institution else BUREAU),
        ("派驻单位", _host_then(agreement, made_at) if agreement.host else None),
        ("服务期限", f"{cdate(start)}至{cdate(end)}" if start and end else None),
        *([("备案日期", cdate(filed_on))] if filed_on else []),
        *([("终止日期", cdate(agreement.terminated_on))] if agreement.terminated_on else []),
        ("当前状态", word),
        ("校验码", check_code(token)),
        ("核验日期", cdate(on)),
    ]
    return Attested(title, word, tone, said, facts)


def _sender_then(agreement: Agreement, made_at: datetime) -> str:
    assert agreement.institution
    unit = agreement.institution.organization
    return _masked(name_at(unit, made_at), now=unit.name)


def _host_then(agreement: Agreement, made_at: datetime) -> str:
    """A host that was merged into another since is called as it was."""
    assert agreement.host
    unit = agreement.host.organization
    merged = audit.history(agreement).filter(verb="agreement.host_merged", at__gt=made_at).first()
    return _masked(str(merged.before["host"]) if merged else name_at(unit, made_at), now=unit.name)


def _masked(then: str, *, now: str) -> str:
    stands, named = mask_unit(then), mask_unit(now)
    return stands if stands == named else f"{stands}（现名{named}）"


def _state(agreement: Agreement, *, on: date) -> tuple[str, str]:
    if agreement.status == AgreementStatus.RETURNED:  # between the bureau and the institution
        return AgreementStatus.DRAFT.label, "draft"
    end = agreement.last_day if agreement.service_end else None
    return word_and_tone(
        agreement.status,
        start=agreement.service_start,
        end=end,
        on=on,
        soon=0,
        terminated_on=agreement.terminated_on,
    )

"""退回修改通知书: what was sent back, part by part, by which article, what to do about it and until when.

It says what was decided that day: the parts as they read then, whatever is mended since.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate

from accounts.models import Membership
from agreements.documents import category, dispatcher
from agreements.models import Agreement, Correction
from agreements.reviewing.parts import Part
from core import pdf
from core.calendar import add_working_days
from core.models import PolicyPack

# The rule of the pack in whose words each part is asked for.
ASKED_BY: Mapping[str, str] = {
    Part.SPECIALIST: "E-SELECTED",
    Part.HOST: "E-PARTIES",
    Part.PERIOD: "W-END",
    Part.VISITS: "E-COMPLETE",
    Part.CONTENT: "E-COMPLETE",
    Part.GOALS: "E-COMPLETE",
    Part.SIGNATURES: "E-PARTIES",
    Part.SCAN: "E-COMPLETE",
}
EVERYTHING = "可以修改协议的全部项目。内容有改动的，须重新打印协议书，三方重新签署，扫描上传后重新提交。"
SCANNED_AGAIN = "请重新扫描签署后的协议书，各页完整、清晰，上传后重新提交；其他项目保持不变。"
SIGNED_AGAIN = "请补正三方签署并重新扫描上传后提交；其他项目保持不变。"
READS_OTHERWISE = "请只修改上列项目。内容改动后须重新打印协议书，三方重新签署，扫描上传后重新提交；其他项目保持不变。"
OF_THE_PERSON = "特派员本人的信息请在特派员登记中申请更正。"


class Remarked(NamedTuple):
    """One part that was sent back."""

    label: str
    read: str  # as it read when it was sent back
    words: str
    article: str
    quote: str


def correction_of(agreement: Agreement, number: int, *, by: Membership) -> Correction:
    """One round of an agreement, as far as this hat may read it; raises Http404."""
    rounds = Correction.objects.visible_to(by).filter(agreement=agreement)
    related = ("agreement__specialist", "agreement__registration", "agreement__institution__organization")
    whole = rounds.select_related(*related, "returned_by__person").prefetch_related("remarks")
    return get_object_or_404(whole, number=min(number, 32767))


def letter_pdf(correction: Correction) -> bytes:
    """Raises Refused when a character is in no font of this machine, and core.pdf.Unavailable without any."""
    return pdf.render("papers/return_letter.html", letter_context(correction))


def letter_context(correction: Correction) -> dict[str, Any]:
    agreement, day = correction.agreement, localdate(correction.at)
    pack = PolicyPack.in_force(on=day)
    remarks = {remark.part: remark.words for remark in correction.remarks.all()}
    days = pack.setting_or("agreements.mend_working_days", None)  # a pack stored before it names no day
    return {
        "number": f"{agreement.draft_code} 第{correction.number}次退回",
        "dispatcher": dispatcher(agreement),
        "specialist": agreement.specialist,
        "category": category(agreement),
        "said": correction.said,
        "code": f"{agreement.draft_code} v{correction.version}",
        "remarks": [
            Remarked(part.label, correction.said.get(part, ""), remarks[part], rule.article, rule.quote)
            for part in Part
            if part in remarks and (rule := pack.entry(ASKED_BY[part]))
        ],
        "note": correction.note,
        "to_do": what_to_do(remarks),
        "until": add_working_days(day, days) if days else None,
        "officer": correction.returned_by.person,
        "on": day,
    }


def what_to_do(parts: Collection[str]) -> str:
    """By what was remarked on: a bad scan is only scanned again, another text is printed and signed anew."""
    if not parts:
        return EVERYTHING
    if {*parts} == {Part.SCAN}:
        return SCANNED_AGAIN
    if {*parts} <= {Part.SCAN, Part.SIGNATURES}:
        return SIGNED_AGAIN
    return (OF_THE_PERSON if Part.SPECIALIST in parts else "") + READS_OTHERWISE

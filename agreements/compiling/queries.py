from collections.abc import Collection

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementQuerySet
from core.policy import Refused, plain, require

MOST = 200  # lines of one list


def compiled(wanted: Collection[int], *, by: Membership) -> AgreementQuerySet:
    """Which of one's own open agreements are listed. Raises Refused: E-BATCH for none or too many, E-STATE for others."""
    require(
        None if wanted else plain("E-BATCH", "请选择列入汇总表的协议。", article="四（二）"),
        plain("E-BATCH", f"一张汇总表最多列{MOST}件，请分几张。", article="四（二）") if len(wanted) > MOST else None,
    )
    rows = Agreement.objects.dispatched_by(by).filter(pk__in=wanted, status__in=AgreementStatus.editable)
    if rows.count() < len({*wanted}):
        raise Refused([plain("E-STATE", "所选协议中有已提交的，请刷新后重新选择。", article="四（二）")])
    return rows

"""What is asked of an agreement that no institution stands behind. Facts in, findings out.

The city bureau may appoint and send somebody itself (四（三）). It then does what an institution does elsewhere: it writes
the agreement and hands it in. What stays apart are the two hands: who wrote it does not decide on it.
"""

from collections.abc import Collection

from core.policy import Finding, cites, plain


@cites("E-STATE", "R25", "R28", "A6", constraint="submission_of_its_first_party")
def handed_in_by_its_first_party(*, own: bool, is_direct: bool) -> Finding | None:
    """R25, 四（二）: who dispatches hands in: an institution its own people's, the bureau those of its direct appointees."""
    if own:
        return None
    if is_direct:
        return plain("E-STATE", "直接聘请的协议由市科技局起草和提交。", article="四（三）")
    return plain("E-STATE", "协议由派出单位汇总提交，市科技局不代派出单位提交。", article="四（二）")


@cites("E-STEP", "R25", "R28", "A6", constraint="direct_agreement_filed_by_another")
def decided_by_another(*, person: int, drafters: Collection[int]) -> Finding | None:
    """R28, 四（三）: of a direct appointment the bureau is party and judge, so who wrote it takes no step of its review.

    `drafters` are the accounts that drafted, changed or handed it in; of an institution's agreement nobody of the bureau.
    """
    if person not in drafters:
        return None
    return plain(
        "E-STEP",
        "这份协议由您起草或提交。直接聘请的协议由市科技局自行起草，须由起草人以外的人员审核，请转其他经办人或处室负责人办理。",
        article="四（三）",
    )

"""What the correction of an agreement may touch. Facts in, findings out."""

from collections.abc import Collection

from agreements.reviewing.parts import PART_OF, opened_by
from core.policy import Finding, cites, plain


@cites("E-REMARKED", "R25", constraint="only_remarked_parts_change")
def only_what_was_remarked(*, changed: Collection[str], remarked: Collection[str]) -> Finding | None:
    """R25, 四（二）: of what the bureau has sent back, the institution mends what was remarked on and leaves the rest.

    `remarked` holds the parts the bureau named; none of them means that all of it was sent back.
    """
    opened = opened_by(remarked)
    closed = [field for field in changed if field in PART_OF and field not in opened]
    if not closed:
        return None
    labels = "、".join(dict.fromkeys(PART_OF[field].label for field in closed))
    return plain(
        "E-REMARKED",
        f"市科技局没有退回“{labels}”，补正时不能修改。确需修改的，请与市科技局经办人联系。",
        article="四（二）",
        field=closed[0],
        closed=closed,
    )

"""The tray: what no code decided, each with the agreements it may be of, the likeliest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Membership
from agreements.scanning.enums import Outcome
from agreements.scanning.models import ScanBatch, ScanPiece
from agreements.scanning.reading import Open, open_agreements

AT_ONCE = 20  # pieces that a page shows: each comes with every agreement it may be given to


@dataclass(frozen=True)
class Item:
    """One piece of the tray. `chosen`: what is offered already selected, because nothing else is likely."""

    piece: ScanPiece
    likely: Sequence[Open]
    chosen: int | None


@dataclass(frozen=True)
class Tray:
    items: Sequence[Item]
    count: int
    open: Sequence[Open]  # everything a piece may be given to, those without a scan first


def tray_of(batch: ScanBatch, *, by: Membership) -> Tray:
    pieces = batch.pieces.in_tray().select_related("file__file").order_by("pk")
    open_ones = list(open_agreements(by))
    return Tray([_item(piece, open_ones) for piece in pieces[:AT_ONCE]], pieces.count(), open_ones)


def _item(piece: ScanPiece, open_ones: Sequence[Open]) -> Item:
    likely = guesses(piece, open_ones)
    sure = piece.outcome == Outcome.UNPAIRED and len(likely) == 1 and not likely[0].is_scanned
    return Item(piece, likely, likely[0].pk if sure else None)


def guesses(piece: ScanPiece, open_ones: Sequence[Open]) -> list[Open]:
    """What its code, the file's name and the words on its pages speak of, in this order; what has a scan comes last."""
    hints: list[int] = [piece.agreement_id] if piece.agreement_id else []
    hints += piece.file.named
    hints += [pk for page in piece.file.pages if page["number"] in piece.pages for pk in page["named"]]
    known = {one.pk: one for one in open_ones}
    found = [known[pk] for pk in dict.fromkeys(hints) if pk in known]
    return sorted(found, key=lambda one: (one.pk != piece.agreement_id, one.is_scanned))


def lacking(by: Membership) -> list[Open]:
    """What cannot be handed in yet because no scan of its present version is there; a draft without host not yet."""
    return [one for one in open_agreements(by) if one.host and not one.is_scanned]

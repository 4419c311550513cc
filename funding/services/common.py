"""What every act tells of a record."""

from funding.models import Allocation, Budget, Claim, PaymentBatch, RateCard


def shown(record: Allocation | Budget | Claim | PaymentBatch | RateCard, *names: str) -> dict[str, object]:
    """The fields of a record for its history, whose page shows every *_fen in 元."""
    return {name: getattr(record, name) for name in names}

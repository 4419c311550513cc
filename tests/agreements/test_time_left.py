from datetime import date

import pytest

from agreements.progress import review_days_left

TUESDAY = date(2026, 11, 17)  # three working days later it is Friday, the 20th


@pytest.mark.django_db  # the calendar asks for the holidays that were entered
@pytest.mark.parametrize(
    ("on", "left"),
    [
        pytest.param(date(2026, 11, 17), 3, id="the day it came"),
        pytest.param(date(2026, 11, 19), 1, id="the day before"),
        pytest.param(date(2026, 11, 20), 0, id="the promised day"),
        pytest.param(date(2026, 11, 22), -1, id="the Sunday after, when no working day has passed"),
        pytest.param(date(2026, 11, 23), -1, id="the Monday after"),
        pytest.param(date(2026, 11, 24), -2, id="the Tuesday after"),
    ],
)
def test_what_is_past_its_promised_day_is_never_said_to_be_due_today(on: date, left: int) -> None:
    assert review_days_left(TUESDAY, 3, on=on) == left

from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest
from django.db import connection

from core.jobs import once_per_slot
from core.models import JobRun, SentMail


def leave_a_mark() -> dict[str, Any]:
    SentMail.objects.create(message_id=f"m{SentMail.objects.count()}", to="a", subject="b", body="c")
    sleep(0.2)
    return {"marks": SentMail.objects.count()}


@pytest.mark.django_db
def test_the_second_run_of_a_slot_finds_it_taken_and_leaves() -> None:
    first = once_per_slot("quota", "2026-05-20", leave_a_mark)

    assert first is not None
    assert first.result == {"marks": 1}
    assert once_per_slot("quota", "2026-05-20", leave_a_mark) is None
    assert once_per_slot("quota", "2026-05-21", leave_a_mark) is not None
    assert SentMail.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_do_the_work_once() -> None:
    def beat(_: int) -> bool:
        try:
            return once_per_slot("quota", "2026-05-20", leave_a_mark) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as beats:
        assert sorted(beats.map(beat, range(2))) == [False, True]
    assert SentMail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_middle_leaves_neither_slot_nor_effect_and_the_next_beat_does_the_whole() -> None:
    def crash() -> dict[str, Any]:
        leave_a_mark()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        once_per_slot("quota", "2026-05-20", crash)

    assert (JobRun.objects.count(), SentMail.objects.count()) == (0, 0)
    assert once_per_slot("quota", "2026-05-20", leave_a_mark) is not None

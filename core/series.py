from django.db import connection

from core.models import NumberSeries


def next_in(name: str) -> int:
    """The next number of a series, from 1, without gaps: call it last in the transaction that uses the number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numberseries AS series (name, last) VALUES (%s, 1)"
            " ON CONFLICT (name) DO UPDATE SET last = series.last + 1 RETURNING last",
            [name],
        )
        [number] = cursor.fetchone()
    return int(number)


def hold(name: str) -> NumberSeries:
    """Make every other transaction that wants a number of the series wait from here on: what it counts stands still."""
    held = NumberSeries.objects.select_for_update().filter(name=name)
    series = held.first()
    if series is None:
        NumberSeries.objects.bulk_create([NumberSeries(name=name)], ignore_conflicts=True)  # a twin may be faster
        series = held.get()
    return series


def last_of(name: str) -> int:
    """The last number given and committed; 0 before the first."""
    return NumberSeries.objects.filter(name=name).values_list("last", flat=True).first() or 0

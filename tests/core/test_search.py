"""Searching inside names finds what LIKE finds, by way of an index."""

import random

import pytest
from django.db import connection

from accounts.models import Organization
from core.search import by_name, initials

SIGNS = "石家庄市藁城区机电科技有限公司ａAb%_\\ 1"


@pytest.fixture
def names(db: None) -> list[str]:
    chance = random.Random(7)
    names = list({"".join(chance.choices(SIGNS, k=chance.randint(1, 9))): None for _ in range(400)})
    Organization.objects.bulk_create(Organization(name=name) for name in names)
    return names


def test_a_part_of_a_name_finds_what_like_finds(names: list[str]) -> None:
    chance = random.Random(8)
    found_any = 0
    for _ in range(200):
        name = chance.choice(names)
        start = chance.randrange(len(name))
        term = name[start : start + chance.randint(1, 4)].swapcase()

        held = set(Organization.objects.filter(name__holds=term).values_list("pk", flat=True))

        assert held == set(Organization.objects.filter(name__icontains=term).values_list("pk", flat=True)), term
        found_any += bool(held)
    assert found_any == 200


@pytest.mark.django_db
@pytest.mark.parametrize("term", ["%", "_", "100%", "\\", "''", "a'b", '"', ""])
def test_signs_of_the_pattern_language_stand_for_themselves(term: str) -> None:
    Organization.objects.create(name=f"某{term}某")
    Organization.objects.create(name="别的单位")

    assert [one.name for one in Organization.objects.filter(name__holds=f"某{term}某")] == [f"某{term}某"]


def test_two_signs_are_looked_up_in_the_index(names: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Organization.objects.filter(name__holds="机电").explain()

    assert "organizations_by_part_of_name" in plan


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("欧阳明远", "oymy"),
        ("曾国藩", "zgf"),
        ("单雄信", "sxx"),  # as a surname; otherwise dan
        ("吕布", "lb"),
        ("重庆示范公司", "cqsfgs"),  # as a word; alone zhong
        ("Ａ厂（3号）", "ac3h"),
        ("买买提·吐尔逊", "mmttex"),
        ("𠮷", ""),
    ],
)
def test_initials_are_those_of_the_name_as_it_is_read(name: str, read: str) -> None:
    assert initials(name) == read


@pytest.mark.django_db
def test_letters_find_the_initials_of_a_name_and_follow_it_when_it_changes() -> None:
    unit = Organization.objects.create(name="示范精密机械厂")
    Organization.objects.bulk_create([Organization(name="示范农科所")])

    def found(typed: str, *, anywhere: bool = False) -> list[str]:
        return [one.name for one in Organization.objects.filter(by_name(typed, anywhere=anywhere)).order_by("pk")]

    assert found("sf") == ["示范精密机械厂", "示范农科所"]
    assert found("JMJX") == []
    assert found("JMJX", anywhere=True) == ["示范精密机械厂"]
    assert found("s") == []  # one letter is in most names

    unit.name = "滹沱化工厂"
    unit.save(update_fields=["name"])
    assert found("hthg") == ["滹沱化工厂"]
    assert found("sfjm") == []

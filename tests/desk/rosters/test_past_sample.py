"""The sample of a bureau's old ledger, with what such ledgers hold: its own headings, every form of a day, and faults."""

from django.conf import settings

from accounts.models import HostUnit
from agreements.models import Agreement, YearlyHost
from desk.enums import Kind, Mode
from specialists.models import Team
from tests.cast import Season
from tests.desk.rosters import hands
from tests.desk.rosters.hands import found, messages

SAMPLE = settings.BASE_DIR / "samples" / "past" / "past-agreements.xlsx"


def test_every_fault_of_the_old_ledger_is_found_and_the_rest_is_taken_over(season: Season) -> None:
    assert season.u2.pk != season.h1.pk != season.h2.pk
    batch = hands.checked(SAMPLE.read_bytes(), season.officer, Kind.PAST)

    assert (batch.heading, batch.rows) == (3, 22)
    assert {number: codes for number, codes in found(batch, least="block").items()} == {
        14: ["E-ID"],  # stored as a number: its last digits are lost
        15: ["E-COMPLETE"],  # an end before the start
        16: ["E-PAST-UNIT"],
        17: ["E-PAST-NO"],
        18: ["E-PAST-NO"],
    }
    told = found(batch)
    assert "E-CAP5" in told[9]  # the sixth person at a cooperative
    assert "E-ONE-HOST" in told[11]
    assert told[19] == ["W-PAST-LACKS"]  # a farm without a code
    assert "E-TEAM-SIZE" in told[24]
    assert "只留下前15位" in messages(batch, 14)[0]

    batch = hands.confirm(batch, season.officer, Mode.CLEAN)

    assert (batch.status, batch.done) == ("applied", 17)
    taken = {agreement.filing_number: agreement for agreement in Agreement.objects.past()}
    assert len(taken) == 13
    assert {
        f"{one.filed_on}" for number, one in taken.items() if number in {f"石科特〔2025〕{n}号" for n in range(1, 7)}
    } == {"2025-05-20"}
    assert taken["石科特〔2025〕9号"].get_status_display() == "已终止"
    assert [team.members.count() for team in Team.objects.order_by("pk")] == [4, 2]
    assert HostUnit.objects.filter(organization__name="岳家示范家庭农场", host_type="family_farm").exists()
    assert {(row.year, str(row.host)) for row in YearlyHost.objects.all()} == {
        (2025, "示范装备制造有限公司"), (2026, "示范装备制造有限公司"),
    }  # fmt: skip

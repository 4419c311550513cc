"""What was asked for waits on the first page of the administrator who decides it."""

import time_machine

from specialists.enums import ChangeField
from tests.cast import Season
from tests.hands import browser_of
from tests.specialists.test_changes import asked


@time_machine.travel("2026-06-01 09:00+08:00")
def test_requests_wait_on_the_first_page_of_who_decides_them(season: Season) -> None:
    lizhe = season.filed(season.selected("P1"), season.h4).specialist
    asked(lizhe, season.clerk)
    asked(lizhe, season.clerk, ChangeField.NAME, "李哲")  # the bureau's to decide

    assert "审核 1 份变更申请" in browser_of(season.manager).get("/").content.decode()
    assert "份变更申请" not in browser_of(season.clerk).get("/").content.decode()


@time_machine.travel("2026-06-01 09:00+08:00")
def test_who_asked_is_not_called_to_decide(season: Season) -> None:
    agreement = season.filed(season.selected("P1"), season.h4)
    asked(agreement.specialist, season.manager)

    page = browser_of(season.manager).get("/").content.decode()

    assert "份变更申请" not in page

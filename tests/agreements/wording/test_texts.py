"""From the last version to the words in force: by the pages, by programs, by two people; and who comes too late."""

import json
import re
from io import BytesIO
from typing import Any

import pikepdf
import pytest
import time_machine
from django.test import Client

from agreements.enums import TextStatus
from agreements.models import AgreementText
from agreements.wording import services
from agreements.wording.clauses import Clause, Wording
from agreements.wording.comparing import changes
from core import approvals
from core.models import AuditEvent, Message, PolicyPack
from core.policy import Level, Refused
from core.stale import Stale
from tests.agreements.hands import words
from tests.agreements.test_papers import pages_of
from tests.agreements.wording.hands import beside, laid, with_clause
from tests.cast import MAY_20, Season
from tests.hands import browser_of, during

pytestmark = pytest.mark.django_db
MARKUP = "<script>alert(1)</script> & {{ 7 * 7 }}"
DUTY = Clause("团队分工", "团队【团队名称】的分工由负责人确定。", "team")


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def begun(season: Season, year: int = 2026) -> AgreementText:
    return services.begin(year, by=season.officer, on=MAY_20)


def revised(season: Season, text: AgreementText, wording: Wording) -> AgreementText:
    return services.revise(text, by=season.officer, edits=text.edits, wording=wording, on=MAY_20)


def proposed(season: Season, text: AgreementText) -> AgreementText:
    return services.propose(text, by=season.officer, on=MAY_20)


def decided(season: Season, text: AgreementText, **more: Any) -> AgreementText:
    return services.decide(text, **{"by": season.head, "on": MAY_20, "passed": True, **more})


def refusal(act: Any) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return str(refused.value)


def sent(text: AgreementText, wording: Wording, act: str = "save") -> dict[str, Any]:
    """What a browser sends for these words."""
    data: dict[str, Any] = {"version": text.edits + 1, "act": act, "opening": wording.opening}
    for number, clause in enumerate(wording.clauses):
        data |= {f"clause-{number}-{name}": value for name, value in clause.as_json().items()}
    return data


# --- by the pages -----------------------------------------------------------------------------------------------------


def test_from_the_last_version_to_the_words_in_force(season: Season) -> None:
    officer, head = browser_of(season.officer), browser_of(season.head)
    assert "起草新版本" in words(officer.get("/agreements/texts/"))
    assert "起草新版本" not in words(head.get("/agreements/texts/"))

    at = officer.post("/agreements/texts/drafts/", {"year": 2026})["Location"].removesuffix("edit/")
    draft = AgreementText.objects.get(year=2026, version=3)
    assert at == draft.get_absolute_url()

    wording = beside(with_clause(draft.wording, 6, text=MARKUP), DUTY)
    assert officer.post(f"{at}edit/", sent(draft, wording))["Location"] == at
    page = officer.get(at)
    assert MARKUP in words(page)
    assert "<script>alert(1)" not in page.content.decode()
    assert "八、团队分工" in words(page)
    assert "仅团队协议" in words(page)
    assert "<mark>【团队名称】</mark>" in page.content.decode()

    assert officer.post(f"{at}propose/", {"note": "明确团队分工"})["Location"] == at
    assert "待处室负责人审定" in words(officer.get(at))
    assert [message.reader for message in Message.objects.filter(subject__startswith="请审定")] == [
        f"user:{season.head.person_id}"
    ]
    assert "不能修改" in words(officer.get(f"{at}edit/", follow=True))
    assert "退回须写明意见" in words(head.post(f"{at}decide/", {"decision": "return", "opinion": " "}))
    assert head.post(f"{at}decide/", {"decision": "pass", "opinion": "同意"})["Location"] == at
    assert "服务自2026年度开始的协议，打印协议书时采用这一版" in words(head.get(at))

    draft.refresh_from_db()
    former = laid()
    assert (draft.status, former.status) == (TextStatus.IN_FORCE, TextStatus.REPLACED)
    assert former.replaced_at == draft.in_force_at
    assert "起草协议书文本" in words(officer.get(at))
    assert [event.verb for event in AuditEvent.objects.filter(target_type="agreements.AgreementText").order_by("id")] == [
        "text.drafted", "text.edited", "text.proposed", "text.replaced", "text.activated",
    ]  # fmt: skip
    compared = officer.get("/agreements/texts/compare/").content.decode()
    assert "<ins>&lt;script&gt;alert(1)&lt;/script&gt;" in compared
    assert "新增" in compared


def test_the_clauses_are_arranged_without_saving_anything(season: Season) -> None:
    draft, officer = begun(season), browser_of(season.officer)
    at = f"/agreements/texts/{draft.pk}/edit/"

    def headings(act: str) -> list[str]:
        page = officer.post(at, sent(draft, with_clause(draft.wording, 1, text="由【派住单位】"), act))
        assert page.status_code == 200
        assert (
            "由【派住单位】" in words(page) or act == "remove-0"
        )  # what is typed is kept, and judged when it is saved
        fields = re.findall(r'<input[^>]*name="clause-[0-9]+-heading"[^>]*>', page.content.decode())
        return [found[1] if (found := re.search(r'value="([^"]*)"', field)) else "" for field in fields]

    order = [clause.heading for clause in draft.wording.clauses]
    assert headings("down-0") == [order[1], order[0], *order[2:]]
    assert headings("up-6") == [*order[:5], order[6], order[5]]
    assert headings("remove-0") == order[1:]
    assert headings("add-1") == [order[0], "", *order[1:]]
    assert headings("up-0") == headings("down-6") == headings("up-99") == headings("nonsense") == order
    draft.refresh_from_db()
    assert draft.edits == 0


def test_what_cannot_be_printed_is_said_beside_its_clause_and_nothing_is_lost(season: Season) -> None:
    draft, officer = begun(season), browser_of(season.officer)
    wording = with_clause(with_clause(draft.wording, 3, text="由【派住单位】负责🌾。"), 4, text="每次500元。")

    answer = officer.post(f"/agreements/texts/{draft.pk}/edit/", sent(draft, wording))
    assert answer.status_code == 422
    assert "以下字符没有字体可以打印：“🌾”" in words(answer)  # the field itself looks at its characters first

    wording = with_clause(wording, 3, text="由【派住单位】负责，不少于壹万元。")
    answer = officer.post(f"/agreements/texts/{draft.pk}/edit/", sent(draft, wording))
    assert "第三条正文：没有“【派住单位】”这个占位项，是否为“【派驻单位】”？" in words(answer)
    assert "不能写具体金额“壹万元”" in words(answer)  # both of one clause
    assert "不能写具体金额“500元”" in words(answer)
    assert "由【派住单位】负责，不少于壹万元。" in words(answer)
    draft.refresh_from_db()
    assert draft.wording == laid().wording


def test_a_form_opened_before_another_edit_is_stale_and_keeps_what_was_typed(season: Season) -> None:
    draft, officer = begun(season), browser_of(season.officer)
    mine = sent(draft, with_clause(draft.wording, 6, text="一式五份。"))
    revised(season, draft, with_clause(draft.wording, 6, text="一式六份。"))

    answer = officer.post(f"/agreements/texts/{draft.pk}/edit/", mine)

    assert answer.status_code == 409
    assert "一式六份。" in words(answer)  # theirs
    assert re.search(r"<textarea[^>]*>\s*一式五份。</textarea>", answer.content.decode())  # mine
    with pytest.raises(Stale):
        services.revise(draft, by=season.officer, edits=0, wording=laid().wording, on=MAY_20)


def test_a_sample_shows_the_words_as_they_were_typed_and_masks_the_number(season: Season) -> None:
    draft, officer = begun(season), browser_of(season.officer)
    draft = revised(season, draft, with_clause(draft.wording, 6, text=MARKUP))
    agreement = season.agreement(season.selected("P3"), season.h4, signed=False)
    at = f"/agreements/texts/{draft.pk}/preview/"

    answer = officer.get(at, {"code": f"d-{agreement.pk}"})

    text = "".join(pages_of(answer.content))
    assert answer["Content-Disposition"].startswith("inline")
    assert "<script>alert(1)</script>&{{7*7}}" in text
    assert "预览样张" in text.replace("　", "")
    assert "139999********0031" in text
    assert agreement.specialist.id_number not in text
    assert f"D-{agreement.pk}" not in text
    with pikepdf.open(BytesIO(answer.content)) as paper:
        assert len(paper.pages) == 2
    for wrong in ({"code": "D-999999"}, {"code": "没有"}, {"case": "nobody"}):
        assert officer.get(at, wrong).status_code == 422


# --- rules of the steps -----------------------------------------------------------------------------------------------


def test_a_year_has_one_draft_and_begins_with_the_last_words(season: Season) -> None:
    draft = begun(season)
    assert (draft.version, draft.based_on, draft.wording) == (3, laid(), laid().wording)
    assert "正在起草" in refusal(lambda: begun(season))
    assert "可起草2026年度或2027年度的文本" in refusal(lambda: begun(season, 2028))

    next_year = begun(season, 2027)
    assert (next_year.version, next_year.based_on) == (1, laid())
    services.discard(draft, by=season.officer)
    assert "已被删除" in refusal(lambda: services.discard(draft, by=season.officer))
    assert begun(season).version == 3


def test_what_waits_or_holds_is_not_changed_and_what_lacks_something_is_not_proposed(season: Season) -> None:
    draft = begun(season)
    assert "没有不同" in refusal(lambda: proposed(season, draft))
    draft = revised(season, draft, with_clause(draft.wording, 5, text="另行约定。"))
    assert "缺少【补助标准】" in refusal(lambda: proposed(season, draft))
    draft = revised(season, draft, with_clause(laid().wording, 6, text="一式五份。"))
    assert "没有正在进行的审定" in refusal(lambda: decided(season, draft))

    draft = proposed(season, draft)
    for act in (
        lambda: revised(season, draft, laid().wording),
        lambda: proposed(season, draft),
        lambda: services.discard(draft, by=season.officer),
    ):
        assert "已提交审定或已启用" in refusal(act)
    assert "您的身份不能办理这一步" in refusal(lambda: decided(season, draft, by=season.officer))
    season.head.person = season.officer.person  # one person under both hats
    assert "不能由同一人办理" in refusal(lambda: decided(season, draft))


def test_a_return_gives_the_draft_back(season: Season) -> None:
    draft = proposed(season, revised(season, begun(season), with_clause(laid().wording, 6, text="一式五份。")))

    decided(season, draft, passed=False, opinion="应为六份")
    draft = revised(season, draft, with_clause(draft.wording, 6, text="一式六份。"))
    decided(season, proposed(season, draft))

    assert AgreementText.objects.get(status=TextStatus.IN_FORCE).wording.clauses[5].text == "一式六份。"


def test_a_plan_from_before_there_were_texts_has_the_steps_of_its_own(season: Season) -> None:
    del season.pack.settings["approvals"]["text.activate"]

    approval = approvals.open_approval(services.ACT, laid(), pack=season.pack, like=services.LIKE)

    assert approval.steps == ["bureau_officer", "division_head"]


# --- the subsidy of a direct appointment ------------------------------------------------------------------------------


def promising(text: AgreementText) -> Wording:
    """As the first words were: the subsidy for everybody."""
    return with_clause(text.wording, 5, condition="")


def test_a_subsidy_for_direct_appointments_comes_into_force_with_a_reason_alone(season: Season) -> None:
    draft, officer, head = begun(season), browser_of(season.officer), browser_of(season.head)
    at, said = draft.get_absolute_url(), "第五条“工作补助”：直接聘请的协议也印这一条"
    assert said not in words(officer.get(at))
    assert "启用说明 （选填）" in words(officer.get(at))
    revised(season, draft, promising(draft))

    assert "启用说明 （选填）" not in words(officer.get(at))
    assert said in words(officer.get(at))
    assert "（工作方案六（二））" in words(officer.get(at))
    refused = officer.post(f"{at}propose/", {"note": " "})
    assert refused.status_code == 422
    assert said in refusal(lambda: proposed(season, draft))
    assert officer.post(f"{at}propose/", {"note": "由受托单位发放"})["Location"] == at
    assert said in words(head.get(at))  # who decides sees it, and the reason
    assert "由受托单位发放" in words(head.get(at))
    head.post(f"{at}decide/", {"decision": "pass"})

    draft.refresh_from_db()
    assert draft.status == TextStatus.IN_FORCE
    assert "请起草新版本改正" in words(officer.get(at))
    assert said not in words(officer.get(laid().get_absolute_url()))


def test_a_plan_from_before_the_rule_warns_too(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    del season.pack.rules["W-TEXT-SUBSIDY"]
    monkeypatch.setattr(PolicyPack, "in_force", lambda on: season.pack)

    [finding] = services.warned(promising(laid()), on=MAY_20)

    assert (finding.level, finding.article) == (Level.WARN, "六（二）")


def test_programs_are_warned_too(season: Season) -> None:
    draft, officer = begun(season), browser_of(season.officer)
    revised(season, draft, promising(draft))
    at = f"/api/v1/agreement-texts/{draft.pk}/"

    [said] = officer.get(at).json()["warnings"]
    refused = officer.post(f"{at}propose/", {}, content_type="application/json")

    assert said.startswith("第五条“工作补助”：直接聘请的协议也印这一条，其中写有“补助”。")
    assert [one["code"] for one in refused.json()["findings"]] == ["W-TEXT-SUBSIDY"]
    assert officer.post(f"{at}propose/", {"note": "受托发放"}, content_type="application/json").status_code == 200


# --- at the same moment -----------------------------------------------------------------------------------------------


def test_two_officers_begin_one_draft(lasting_season: Season) -> None:
    assert during(lambda: begun(lasting_season, 2027), lambda: begun(lasting_season, 2027)) == "E-STATE"


def test_nobody_edits_what_is_being_proposed(lasting_season: Season) -> None:
    draft = begun(lasting_season, 2027)

    late = during(
        lambda: proposed(lasting_season, draft),
        lambda: revised(lasting_season, draft, with_clause(draft.wording, 6, text="一式五份。")),
    )

    assert late == "E-STATE"
    assert AgreementText.objects.get(pk=draft.pk).wording == laid().wording


# --- compared ---------------------------------------------------------------------------------------------------------


def test_texts_are_compared_clause_by_clause() -> None:
    old = Wording("甲", (Clause("期限", "自一日起。"), Clause("责任", "各负其责。"), Clause("其他", "一式四份。")))
    new = Wording(
        "甲",
        (Clause("其他", "一式五份。"), Clause("时间", "自一日起。"), Clause("团队", "甲乙丙丁戊己庚辛。", "team")),
    )

    told = [
        (
            change.what,
            change.old and change.old.title,
            change.new and change.new.title,
            "".join(run.text for run in change.new.runs if run.differs) if change.new else "",
        )
        for change in changes(old, new)
    ]

    assert told == [
        ("修改", "第三条　其他", "第一条　其他", "五"),
        ("修改", "第一条　期限", "第二条　时间", ""),
        ("删除", "第二条　责任", None, ""),
        ("新增", None, "第三条　团队", ""),
    ]
    assert changes(old, old) == []
    [moved] = changes(Wording("甲", old.clauses[:2]), Wording("甲", (old.clauses[1], old.clauses[0])))[:1]
    assert moved.what == "移动"


# --- by programs ------------------------------------------------------------------------------------------------------


def test_programs_write_the_words_too(season: Season) -> None:
    officer, head = browser_of(season.officer), browser_of(season.head)
    at = "/api/v1/agreement-texts/"

    def ask(client: Client, method: str, where: str, body: Any = None) -> Any:
        return client.generic(method, f"{at}{where}", "" if body is None else json.dumps(body), "application/json")

    made = ask(officer, "POST", "", {"year": 2026}).json()
    assert (made["version"], made["status"], len(made["clauses"]), made["lacking"]) == (3, "draft", 7, [])
    here = f"{made['id']}/"
    clauses = [*made["clauses"], {"heading": "附则", "text": "由【派住单位】负责，每次500元。"}]
    body = {"edits": 0, "opening": made["opening"], "clauses": clauses}
    refused = ask(officer, "PUT", here, body)
    assert refused.status_code == 422
    assert [finding["code"] for finding in refused.json()["findings"]] == ["E-TEXT", "E-AMOUNT"]
    assert "是否为“【派驻单位】”？" in refused.json()["findings"][0]["message"]
    clauses[-1] = {"heading": "附则", "text": "由【派驻单位】负责。", "condition": "renewal"}
    assert ask(officer, "PUT", here, body).json()["edits"] == 1
    assert ask(officer, "PUT", here, body).status_code == 409
    [change] = ask(officer, "GET", f"{here}changes/").json()
    assert (change["what"], change["new"]["title"], change["new"]["condition"]) == ("新增", "第八条　附则", "续签协议")
    assert ask(officer, "GET", f"{here}preview/?case=nobody").status_code == 422

    assert ask(officer, "POST", f"{here}propose/", {}).status_code == 200
    assert ask(officer, "DELETE", here).status_code == 422
    assert ask(head, "POST", f"{here}decide/", {"passed": True}).json()["status"] == "in_force"
    listed = ask(officer, "GET", "").json()
    assert [(one["version"], one["status"], one["uses"]) for one in listed] == [
        (3, "in_force", 0), (2, "replaced", 0), (1, "replaced", 0),
    ]  # fmt: skip
    assert ask(officer, "DELETE", f"{ask(officer, 'POST', '', {'year': 2027}).json()['id']}/").status_code == 204

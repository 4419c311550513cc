"""Signing: on paper and by link, side by side; reminders, refusals, and what a later change voids."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.timezone import now

from agreements import rules, services, tasks
from agreements.abandoning.services import abandon_agreement
from agreements.enums import AgreementStatus, Authority, Party
from agreements.models import Agreement, Signature, SigningLink, SigningRefusal, VoidSignature
from agreements.rules import Signed
from agreements.services import Signing
from agreements.signing import fields
from agreements.signing import services as signing
from core import links
from core.models import AuditEvent, Message, OutboxRow, StoredFile
from core.policy import Level, Refused, RuleEntry
from core.stale import Stale
from specialists.models import Specialist
from tests.agreements.hands import body, signing_form, words
from tests.cast import MAY_12, MAY_20, PDF, Season, scan
from tests.hands import at_once, browser_of, linger

LEGAL = Authority.LEGAL.value


def deliver(task: Any) -> None:
    for row in OutboxRow.objects.filter(task=task.name, done_at=None):
        task(outbox_id=row.pk)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


@pytest.fixture
def draft(season: Season) -> Agreement:
    return season.agreement(season.selected("P3"), season.h4, signed=False)


def asked(season: Season, draft: Agreement, party: Party) -> tuple[SigningLink, str]:
    """A party's link, with the token of its mail."""
    signing.ask_to_sign(draft, party, by=season.clerk, on=MAY_20)
    deliver(tasks.send_signing_link)
    token = re.search(r"/agreements/sign/([\w-]+)/", str(mail.outbox[-1].body))[1]  # type: ignore[index]
    link = signing.link_for(token)
    assert link
    return link, token


def code_of(link: SigningLink) -> str:
    assert signing.ask_for_code(link) == ""
    deliver(tasks.send_signing_code)
    return re.search(r" (\d{6}) ", str(mail.outbox[-1].body))[1]  # type: ignore[index]


def by_link(season: Season, draft: Agreement, party: Party, signer: str = "马社长", **more: Any) -> Signature:
    link, _ = asked(season, draft, party)
    given = Signing(signer, MAY_20, "" if party == Party.SPECIALIST else LEGAL)
    return signing.sign_by_link(link, code=code_of(link), version=draft.version, signing=given, on=MAY_20)


# --- the rules --------------------------------------------------------------------------------------------------------

PARTIES = RuleEntry("E-PARTIES", "四（二）", "", Level.BLOCK)
AUTHORITY = RuleEntry("E-AUTHORITY", "四（二）", "", Level.BLOCK)
THREE = [Signed(party, "某人", MAY_12) for party in Party]
ONLINE = [Signed(party, "某人", MAY_12, online=True) for party in Party]


@pytest.mark.parametrize(
    ("signatures", "scanned", "refused", "wanting"),
    [
        pytest.param(ONLINE, [], [], None, id="three online want no scan"),
        pytest.param([*ONLINE[:2], THREE[2]], [], [], "缺少：签署后的扫描件", id="one on paper wants it"),
        pytest.param([*ONLINE[:2], THREE[2]], [1], [], None, id="mixed, with the scan"),
        pytest.param(ONLINE[:2], [1], [Party.SPECIALIST], "已拒签：科技特派员", id="one will not sign"),
        pytest.param(ONLINE, [], [Party.HOST], None, id="who refused has signed since"),
        pytest.param(
            [*ONLINE[:2], Signed(Party.SPECIALIST, "某人", MAY_12, online=True, void="服务内容")],
            [],
            [],
            "科技特派员签署后又修改了服务内容",
            id="changed since one signed",
        ),
    ],
)  # fmt: skip
def test_three_sign_what_the_paper_says_on_paper_or_online(
    signatures: list[Signed], scanned: list[int], refused: list[Party], wanting: str | None
) -> None:
    found = rules.signed_by_all(PARTIES, signatures=signatures, scanned=scanned, version=1, on=MAY_20, refused=refused)

    assert (found is None) if wanting is None else (found is not None and wanting in found.message)


@pytest.mark.parametrize(
    ("party", "authority", "letter", "wanting"),
    [
        pytest.param(Party.HOST, "legal", False, None, id="the legal representative"),
        pytest.param(Party.HOST, "delegate", True, None, id="a delegate with the letter"),
        pytest.param(Party.HOST, "delegate", False, "授权代表未附授权委托书：派驻单位", id="a delegate without"),
        pytest.param(Party.INSTITUTION, "", False, "未写明签署身份：派出单位", id="nobody said as what"),
        pytest.param(Party.SPECIALIST, "", False, None, id="a person signs for himself"),
    ],
)
def test_who_signs_for_a_unit_may_do_so(party: Party, authority: str, letter: bool, wanting: str | None) -> None:
    signed = Signed(party, "某人", MAY_12, authority=authority, has_letter=letter)

    found = rules.authorised(AUTHORITY, signatures=[signed])

    assert (found is None) if wanting is None else (found is not None and wanting in found.message)


def test_the_map_names_every_field_that_the_paper_shows() -> None:
    assert set(services.CONTENT) <= set(fields.VOIDS)
    assert set(fields.VOIDS) == set(fields.LABELS)


# --- which change voids which signature -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "voided"),
    [
        pytest.param({"service_content": "改为果树修剪。"}, ["host", "institution", "specialist"], id="the content"),
        pytest.param({"institution_reasons": {"W-TERM": "项目周期"}}, [], id="a word to the bureau"),
    ],
)
def test_a_change_voids_the_signatures_it_concerns_and_keeps_them_as_they_were(
    season: Season, draft: Agreement, change: dict[str, Any], voided: list[str]
) -> None:
    for party in Party:
        services.sign(draft, party=party, signer="某人", signed_on=MAY_12, authority=LEGAL, by=season.clerk)

    services.save_draft(draft, by=season.clerk, version=None, **change)

    assert sorted(VoidSignature.objects.values_list("party", flat=True)) == voided
    assert draft.signatures.count() == 3 - len(voided)
    assert AuditEvent.objects.filter(verb="agreement.signature_voided").count() == len(voided)


def test_a_unit_renamed_in_the_register_signs_anew_and_nobody_else(season: Season) -> None:
    draft = season.agreement(season.selected("P3"), season.h4, signed=False)
    for party in Party:
        services.sign(draft, party=party, signer="某人", signed_on=MAY_12, authority=LEGAL, by=season.clerk)
    services.attach_scan(draft, file=scan(season.clerk), by=season.clerk)
    season.h4.organization.name = "滹沱示范种植专业合作社"
    season.h4.organization.save(update_fields=["name"])

    with pytest.raises(Refused) as refusal:
        services.submit_agreements([Agreement.objects.get(pk=draft.pk)], by=season.clerk, on=MAY_20)

    assert codes(refusal) == ["E-PARTIES"]
    assert "派驻单位签署后又修改了派驻单位名称" in str(refusal.value)
    assert "科技特派员签署后" not in str(refusal.value)


def test_a_signature_of_before_the_digests_stands(season: Season) -> None:
    draft = season.agreement(season.selected("P3"), season.h4)  # as rows of an earlier version are

    services.save_draft(draft, by=season.clerk, version=None, service_content="改为果树修剪。")

    assert (draft.signatures.count(), VoidSignature.objects.count()) == (3, 0)


# --- by link ----------------------------------------------------------------------------------------------------------


def test_two_sign_online_and_one_on_paper_and_it_is_handed_in(season: Season, draft: Agreement) -> None:
    services.sign(draft, party=Party.INSTITUTION, signer="孟主任", signed_on=MAY_20, authority=LEGAL, by=season.clerk)
    by_link(season, draft, Party.HOST)
    signature = by_link(season, draft, Party.SPECIALIST, signer="张昇")
    services.attach_scan(draft, file=scan(season.clerk), by=season.clerk)

    services.submit_agreements([draft], by=season.clerk, on=MAY_20)

    draft.refresh_from_db()
    assert (draft.status, signature.is_online, signature.authority) == (AgreementStatus.SUBMITTED, True, "self")
    assert signature.link
    assert signature.link.sent_to == "p3***@example.org"
    assert Message.objects.filter(subject__endswith="三方已签署").count() > 0


def test_the_mail_alone_holds_what_opens_it(season: Season, draft: Agreement) -> None:
    link, token = asked(season, draft, Party.HOST)
    code = code_of(link)

    link.refresh_from_db()
    kept = [value for value in vars(link).values() if isinstance(value, str)]
    assert not [value for value in kept if token in value or code in value]
    assert mail.outbox[0].to == [season.h4.organization.contact_email]


@pytest.mark.parametrize(
    ("spoil", "code", "code_is"),
    [
        pytest.param(lambda link: None, "000000", "E-CODE", id="guessed"),
        pytest.param(lambda link: stale_code(link), "", "E-CODE", id="the code is eleven minutes old"),
        pytest.param(lambda link: worn(link, wrong_codes=5), "", "E-CODE", id="five tries of one code"),
        pytest.param(lambda link: worn(link, wrong_in_all=20), "", "E-CODE", id="twenty tries in all"),
        pytest.param(lambda link: worn(link, used_at=now()), "", "E-STATE", id="used twice"),
    ],
)
def test_a_link_takes_one_right_answer_and_nothing_else(
    season: Season, draft: Agreement, spoil: Callable[[SigningLink], None], code: str, code_is: str
) -> None:
    link, _ = asked(season, draft, Party.HOST)
    right = code_of(link)
    spoil(link)
    guess = code or right
    if guess == right and code:
        guess = "000001"

    with pytest.raises(Refused) as refusal:
        signing.sign_by_link(link, code=guess, version=1, signing=Signing("马社长", MAY_20, LEGAL), on=MAY_20)

    assert codes(refusal) == [code_is]
    assert not draft.signatures.exists()


def worn(link: SigningLink, **values: Any) -> None:
    SigningLink.objects.filter(pk=link.pk).update(**values)


def stale_code(link: SigningLink) -> None:
    worn(link, code_sent_at=now() - timedelta(minutes=11))


def test_asking_for_code_after_code_buys_no_further_guesses(season: Season, draft: Agreement) -> None:
    link, _ = asked(season, draft, Party.HOST)
    for _ in range(4):
        worn(link, code_sent_at=None)
        right = code_of(link)
        for wrong in range(5):
            links.try_code(link, f"{(int(right) + 1 + wrong) % 1_000_000:06}", minutes=10, tries=5)

    finding = links.try_code(link, right, minutes=10, tries=5)

    assert finding
    assert "已经停用" in finding.message


def test_what_was_changed_while_it_was_read_is_read_again(season: Season, draft: Agreement) -> None:
    link, _ = asked(season, draft, Party.HOST)
    code = code_of(link)
    services.save_draft(draft, by=season.clerk, version=None, service_content="改为果树修剪。")

    with pytest.raises(Stale):
        signing.sign_by_link(link, code=code, version=1, signing=Signing("马社长", MAY_20, LEGAL), on=MAY_20)

    assert signing.link_for("x") is None
    assert not SigningLink.objects.get().used_at  # it can still be answered


@time_machine.travel("2026-05-20 09:00+08:00")
def test_a_wrong_code_does_not_hide_that_the_paper_was_changed(season: Season, draft: Agreement) -> None:
    _, token = asked(season, draft, Party.HOST)
    services.save_draft(draft, by=season.clerk, version=None, service_content="改为果树修剪。")
    typed = {"code": "12", "signer": "马社长", "authority": "legal", "answer": "sign"}

    told = words(Client().post(f"/agreements/sign/{token}/", {**typed, "version": "1"}))
    again = words(Client().post(f"/agreements/sign/{token}/", {**typed, "version": "2"}))

    assert ("协议内容刚刚修改过" in told, "协议内容刚刚修改过" in again) == (True, False)


def test_nobody_signs_for_the_specialist(season: Season, draft: Agreement) -> None:
    with pytest.raises(Refused) as refusal:
        by_link(season, draft, Party.SPECIALIST, signer="李四")

    assert codes(refusal) == ["E-FIELD"]


def test_who_signed_online_is_not_written_over(season: Season, draft: Agreement) -> None:
    by_link(season, draft, Party.HOST)

    with pytest.raises(Refused) as refusal:
        services.sign(draft, party=Party.HOST, signer="另一人", signed_on=MAY_20, authority=LEGAL, by=season.clerk)

    assert codes(refusal) == ["E-STATE"]


# --- reminding --------------------------------------------------------------------------------------------------------


def test_a_party_is_reminded_once_a_day_and_the_older_link_ends(season: Season, draft: Agreement) -> None:
    _, token = asked(season, draft, Party.HOST)
    with pytest.raises(Refused) as refusal:
        signing.ask_to_sign(draft, Party.HOST, by=season.clerk, on=MAY_20)
    assert codes(refusal) == ["E-REMINDED"]
    assert signing.link_for(token)

    signing.ask_to_sign(draft, Party.HOST, by=season.clerk, on=MAY_20 + timedelta(days=1))

    assert signing.link_for(token) is None
    with pytest.raises(IntegrityError, match="one_signing_link_a_day"), transaction.atomic():
        SigningLink.objects.update(sent_on=MAY_20)


def test_only_what_can_be_signed_is_asked_for(season: Season) -> None:
    person = season.selected("P3").specialist
    empty = season.agreement(season.selected("P2"), season.h4, signed=False, service_content="")
    complete = season.agreement(person.registrations.get(), season.h4, signed=False)
    person.email = ""
    person.save(update_fields=["email"])

    found = []
    for agreement, party in [(empty, Party.HOST), (complete, Party.SPECIALIST)]:
        with pytest.raises(Refused) as refusal:
            signing.ask_to_sign(agreement, party, by=season.clerk, on=MAY_20)
        found += codes(refusal)

    assert found == ["E-COMPLETE", "E-ADDRESS"]


def test_nobody_is_asked_to_sign_what_could_not_be_handed_in(season: Season, draft: Agreement) -> None:
    season.u1.organization.contact_email = "keyan@u1.example"
    season.u1.organization.save(update_fields=["contact_email"])
    clerk, at = browser_of(season.clerk), f"/agreements/{draft.pk}/signing/institution/ask/"
    person = Specialist.objects.filter(pk=draft.specialist_id)
    person.update(status="revoked", revoked_on=MAY_12)

    told = words(clerk.post(at, follow=True))
    program = clerk.post(
        f"/api/v1/agreements/{draft.pk}/signing/ask/", {"party": "institution"}, content_type="application/json"
    )

    assert "没有发送签署链接：张昇的科技特派员资格已取消（2026年5月12日），不能签约。" in told
    assert (program.status_code, [one["code"] for one in program.json()["findings"]]) == (422, ["E-REVOKED"])
    assert not SigningLink.objects.exists()
    person.update(status="active", revoked_on=None)
    assert "已向派出单位发送签署链接" in words(clerk.post(at, follow=True))


def test_what_the_bureau_may_except_is_signed_before_it_decides(season: Season, draft: Agreement) -> None:
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)  # the sixth asks for a reason of the bureau

    signing.ask_to_sign(draft, Party.HOST, by=season.clerk, on=MAY_20)

    assert SigningLink.objects.count() == 1


# --- what came to light after the link was sent ------------------------------------------------------------------------


def revoke(season: Season, draft: Agreement) -> None:
    Specialist.objects.filter(pk=draft.specialist_id).update(status="revoked", revoked_on=MAY_12)


def test_a_link_sent_before_something_blocked_the_agreement_signs_nothing(season: Season, draft: Agreement) -> None:
    link, _ = asked(season, draft, Party.HOST)
    given: dict[str, Any] = {"version": 1, "signing": Signing("马社长", MAY_20, LEGAL), "on": MAY_20}
    revoke(season, draft)

    with pytest.raises(Refused) as refusal:
        signing.sign_by_link(link, code=code_of(link), **given)

    assert codes(refusal) == ["E-REVOKED"]
    assert "不符合“资格有效”的要求，不能签署。请联系" in str(refusal.value)
    assert season.u1.organization.name in str(refusal.value)
    assert "张昇" not in str(refusal.value)  # what a finding knows of others is no signer's business
    assert not draft.signatures.exists()
    link.refresh_from_db()
    assert link.used_at is None
    Specialist.objects.filter(pk=draft.specialist_id).update(status="active", revoked_on=None)
    worn(link, code_sent_at=None)
    assert signing.sign_by_link(link, code=code_of(link), **given).is_online


def test_who_cannot_sign_may_still_refuse(season: Season, draft: Agreement) -> None:
    link, _ = asked(season, draft, Party.HOST)
    revoke(season, draft)
    told: dict[str, Any] = {"version": 1, "name": "马社长", "reason": "资格已取消", "on": MAY_20}

    signing.refuse_by_link(link, code=code_of(link), **told)

    assert SigningRefusal.objects.standing().count() == 1


def test_what_the_bureau_may_except_is_signed_by_a_link_sent_before(season: Season, draft: Agreement) -> None:
    link, _ = asked(season, draft, Party.HOST)
    for key in ("P1", "P2", "P4", "P5", "P8"):
        season.filed(season.selected(key), season.h4)  # the sixth asks for a reason of the bureau

    given = Signing("马社长", MAY_20, LEGAL)
    assert signing.sign_by_link(link, code=code_of(link), version=1, signing=given, on=MAY_20).is_online


@time_machine.travel("2026-05-20 09:00+08:00")
def test_the_page_of_a_blocked_agreement_says_so_before_anybody_types(season: Season, draft: Agreement) -> None:
    link, token = asked(season, draft, Party.HOST)
    address, party = f"/agreements/sign/{token}/", Client()
    assert "同意并签署" in words(party.get(address))
    revoke(season, draft)

    opened = words(party.get(address))
    typed = {"code": code_of(link), "signer": "马社长", "authority": "legal", "version": "1", "answer": "sign"}
    text = re.search(r'name="text" value="(\d+)"', party.get(address).content.decode())
    posted = party.post(address, {**typed, "text": text[1] if text else ""})

    assert ("暂不能签署" in opened, "资格有效" in opened, "同意并签署" in opened) == (True, True, False)
    assert "拒绝签署" in opened
    assert (posted.status_code, "不符合“资格有效”的要求" in words(posted)) == (422, True)
    assert 'value="马社长"' in posted.content.decode()
    assert not draft.signatures.exists()


@time_machine.travel("2026-05-20 09:00+08:00")
def test_what_was_sent_back_for_a_bad_scan_alone_is_not_signed_again(season: Season, draft: Agreement) -> None:
    link, token = asked(season, draft, Party.HOST)
    for party in Party:
        who = draft.specialist.name if party == Party.SPECIALIST else "某人"
        services.sign(draft, party=party, signer=who, signed_on=MAY_20, authority=LEGAL, by=season.clerk)
    services.attach_scan(draft, file=scan(season.clerk), by=season.clerk)
    services.submit_agreements([draft], by=season.clerk, on=MAY_20)
    services.return_agreement(draft, by=season.officer, on=MAY_20, remarks={"scan": "看不清，请重新扫描"})

    told = words(Client().get(f"/agreements/sign/{token}/"))
    given, code = Signing("马社长", MAY_20, LEGAL), code_of(link)
    with pytest.raises(Refused) as refusal:
        signing.sign_by_link(link, code=code, version=1, signing=given, on=MAY_20)

    assert "正在补正，市科技局没有要求重新签署，不能在线签署。如有疑问，请联系" in told
    assert codes(refusal) == ["E-REMARKED"]
    assert draft.signatures.get(party=Party.HOST).signer == "某人"


@time_machine.travel("2026-05-20 09:00+08:00")
@pytest.mark.parametrize(
    ("status", "wanting"),
    [
        pytest.param("submitted", "的状态为“待市科技局审核”，不能在线签署", id="handed in meanwhile"),
        pytest.param("abandoned", "的状态为“已放弃”，不能在线签署", id="given up meanwhile"),
    ],
)
def test_a_link_says_what_became_of_its_agreement(season: Season, draft: Agreement, status: str, wanting: str) -> None:
    _, token = asked(season, draft, Party.HOST)
    if status == "submitted":  # on paper: the links of all three are open
        for party in Party:
            who = draft.specialist.name if party == Party.SPECIALIST else "某人"
            services.sign(draft, party=party, signer=who, signed_on=MAY_20, authority=LEGAL, by=season.clerk)
        services.attach_scan(draft, file=scan(season.clerk), by=season.clerk)
        services.submit_agreements([draft], by=season.clerk, on=MAY_20)
    else:
        abandon_agreement(draft, by=season.clerk, on=MAY_20, reason="另有安排")

    told = Client().get(f"/agreements/sign/{token}/")
    code = Client().post(f"/agreements/sign/{token}/code/")

    assert (told.status_code, wanting in words(told), season.u1.organization.name in words(told)) == (404, True, True)
    assert (code.status_code, wanting in words(code)) == (404, True)


# --- refusing ---------------------------------------------------------------------------------------------------------


def test_a_refusal_reaches_everybody_and_stands_until_the_paper_changes(season: Season, draft: Agreement) -> None:
    link, _ = asked(season, draft, Party.HOST)
    told: dict[str, Any] = {"version": 1, "name": "马社长", "reason": "培训场次过多", "on": MAY_20}
    signing.refuse_by_link(link, code=code_of(link), **told)

    readers = {message.reader for message in Message.objects.filter(subject__startswith="派驻单位拒签")}
    assert {f"user:{season.clerk.person_id}"} < readers
    assert len(readers) >= 4  # specialist, institution, host, who drafted it
    assert SigningRefusal.objects.standing().count() == 1
    services.save_draft(draft, by=season.clerk, version=None, goals=[{"name": "培训", "count": 1, "unit": "场"}])
    assert SigningRefusal.objects.standing().count() == 0


def test_a_draft_that_somebody_refused_is_kept(season: Season, draft: Agreement) -> None:
    signing.record_refusal(draft, Party.HOST, by=season.clerk, on=MAY_20, name="马社长", reason="不需要")

    with pytest.raises(Refused) as refusal:
        services.discard_draft(draft, by=season.clerk)

    assert codes(refusal) == ["E-STATE"]


# --- two at once ------------------------------------------------------------------------------------------------------


def test_a_link_answered_twice_at_once_is_answered_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = lasting_season.agreement(lasting_season.selected("P3"), lasting_season.h4, signed=False)
    link, _ = asked(lasting_season, draft, Party.HOST)
    code = code_of(link)
    linger(monkeypatch, signing, "enter_signature")

    def act() -> object:
        given = Signing("马社长", MAY_20, LEGAL)
        return signing.sign_by_link(link, code=code, version=1, signing=given, on=MAY_20)

    assert at_once(act, act) == ["E-STATE", "done"]
    assert draft.signatures.count() == 1


# --- the database -----------------------------------------------------------------------------------------------------


def test_the_database_keeps_signatures_and_refusals_whole(season: Season) -> None:
    signed = season.agreement(season.selected("P3"), season.h4)
    hosts = Signature.objects.filter(agreement=signed, party=Party.HOST)

    def refuses(name: str, act: Callable[[], object]) -> None:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()

    hosts.update(authority=Authority.DELEGATE)
    refuses("handed_in_with_every_letter", lambda: Agreement.objects.update(status=AgreementStatus.SUBMITTED))
    hosts.update(authority=Authority.LEGAL)
    link, _ = asked(season, season.agreement(season.selected("P4"), season.h4, signed=False), Party.HOST)
    refuses("delegate_signs_online_with_a_letter", lambda: hosts.update(authority=Authority.DELEGATE, link=link))
    refuses("a_person_signs_for_himself", lambda: hosts.update(authority=Authority.SELF))
    said = {"agreement": signed, "party": Party.HOST, "version": 1, "name": "马社长", "refused_on": MAY_20}
    refuses(
        "refusal_has_a_reason",
        lambda: SigningRefusal.objects.create(**said, reason="", recorded_by=season.clerk),
    )
    refuses("refused_by_link_or_recorded", lambda: SigningRefusal.objects.create(**said, reason="不需要"))


def test_a_link_answers_once_and_opens_one_matter(season: Season, draft: Agreement) -> None:
    link, _ = asked(season, draft, Party.HOST)
    other, _ = asked(season, season.agreement(season.selected("P4"), season.h4, signed=False), Party.HOST)
    said: dict[str, Any] = {"agreement": draft, "party": Party.HOST, "link": link}
    refused = {"version": 1, "name": "马社长", "reason": "不需要", "refused_on": MAY_20}
    made: list[tuple[Any, str, dict[str, Any]]] = [
        (SigningRefusal, "agreements_signingrefusal_link_id_key", {**said, **refused}),
        (
            VoidSignature,
            "agreements_voidsignature_link_id_key",
            {**said, "signer": "马社长", "signed_on": MAY_20, "changed": []},
        ),
        (Signature, "agreements_signature_link_id_key", {**said, "signer": "马社长", "signed_on": MAY_20}),
    ]
    for model, name, values in made:
        model.objects.create(**values)
        again = {**values, "party": Party.INSTITUTION}
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            model.objects.create(**again)
    with pytest.raises(IntegrityError, match="agreements_signinglink_token_digest_key"), transaction.atomic():
        SigningLink.objects.filter(pk=other.pk).update(token_digest=link.token_digest)


# --- pages and API ----------------------------------------------------------------------------------------------------


@time_machine.travel("2026-05-20 09:00+08:00")
def test_from_the_wizard_to_the_mailbox_and_back(season: Season, draft: Agreement) -> None:
    clerk, party = browser_of(season.clerk), Client()
    clerk.post(f"/agreements/{draft.pk}/confirm/", {"version": draft.version, "act": "ask-host"})
    deliver(tasks.send_signing_link)
    address = re.search(r"(/agreements/sign/[\w-]+/)", str(mail.outbox[-1].body))[1]  # type: ignore[index]

    opened = party.get(address)
    assert "请您以 派驻单位 的身份签署" in words(opened)
    assert (opened["Referrer-Policy"], opened["Cache-Control"]) == ("same-origin", "no-store")
    assert party.post(f"{address}code/").status_code == 302
    deliver(tasks.send_signing_code)
    code = re.search(r" (\d{6}) ", str(mail.outbox[-1].body))[1]  # type: ignore[index]
    typed = {"code": code, "signer": "马宏伟", "authority": "delegate", "version": "1", "answer": "sign"}
    without = party.post(address, typed)
    assert (without.status_code, "授权委托书" in words(without)) == (422, True)
    guessed = {**typed, "code": "000000" if code != "000000" else "000001"}
    kept = StoredFile.objects.count()
    assert party.post(address, {**guessed, "letter": SimpleUploadedFile("授权委托书.pdf", PDF)}).status_code == 422
    assert StoredFile.objects.count() == kept  # who does not know the code leaves nothing behind
    letter = SimpleUploadedFile("授权委托书.pdf", PDF)
    assert "已签署，谢谢" in words(party.post(address, {**typed, "letter": letter}))
    again = party.get(address)
    assert (again.status_code, "您已作为派驻单位签署协议" in words(again)) == (404, True)
    unknown = party.get(f"{address[:-4]}xyz/")
    assert (unknown.status_code, "链接已失效" in words(unknown)) == (404, True)

    record = words(clerk.get(f"/agreements/{draft.pk}/"))
    assert "马宏伟 授权代表" in record
    assert "授权委托书（授权委托书.pdf）" in record
    assert "派驻 已签 5月20日" in words(clerk.get("/agreements/"))
    assert body(clerk.get(f"/agreements/{draft.pk}/signing/host/letter/")) == PDF
    assert browser_of(season.stranger).get(f"/agreements/{draft.pk}/signing/host/letter/").status_code == 404
    assert "已于2026年5月20日签署，无需提醒" in words(
        clerk.post(f"/agreements/{draft.pk}/signing/host/ask/", follow=True)
    )


def test_a_delegate_is_saved_before_the_letter_is_there_and_asked_for_it_at_submission(
    season: Season, draft: Agreement
) -> None:
    clerk, page = browser_of(season.clerk), f"/agreements/{draft.pk}/confirm/"
    typed = {"host-signer": "马宏伟", "host-signed_on": "2026-05-20", "host-authority": "delegate", "version": 1}

    saved = clerk.post(page, {**typed, "act": "save"}, follow=True)

    assert draft.signatures.get(party=Party.HOST).signer == "马宏伟"
    assert "授权委托书还没有上传，提交备案前须补齐" in words(saved)
    refused = clerk.post(page, signing_form(draft, **{**typed, "act": "submit"}))
    assert (refused.status_code, "授权代表未附授权委托书：派驻单位" in words(refused)) == (422, True)
    letter = SimpleUploadedFile("授权委托书.pdf", PDF)
    again = clerk.post(page, {**typed, "act": "save", "host-letter": letter}, follow=True)
    assert ("已附授权委托书" in words(again), "还没有上传，提交备案前" in words(again)) == (True, False)


@time_machine.travel("2026-05-20 09:00+08:00")
def test_programs_remind_and_enter_a_refusal_as_the_pages_do(season: Season, draft: Agreement) -> None:
    clerk, path = browser_of(season.clerk), f"/api/v1/agreements/{draft.pk}/"

    sent = clerk.post(f"{path}signing/ask/", {"party": "host"})
    again = clerk.post(f"{path}signing/ask/", {"party": "host"})
    refused = clerk.post(f"{path}signing/refusal/", {"party": "host", "name": "马社长", "reason": "不需要"})
    letter = {"party": "institution", "signer": "孟主任", "signed_on": "2026-05-20", "authority": "delegate"}
    signed = clerk.post(f"{path}sign/", {**letter, "letter": SimpleUploadedFile("委托书.pdf", PDF)})

    assert (sent.status_code, again.json()["findings"][0]["code"]) == (201, "E-REMINDED")
    assert [stand["state"] for stand in refused.json()] == ["待签", "拒签", "待签"]
    assert signed.json()["signatures"][0]["has_letter"] is True
    assert browser_of(season.officer).post(f"{path}signing/ask/", {"party": "host"}).status_code == 403

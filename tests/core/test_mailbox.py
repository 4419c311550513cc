import pytest
from django.core.mail import BadHeaderError, EmailMessage, get_connection

from core.models import SentMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox():
    return get_connection("core.mailbox.EmailBackend")


def mail(number: str = "", **more: object) -> EmailMessage:
    headers = {"Message-ID": number} if number else {}
    return EmailMessage("到期提醒", "协议将于12月31日到期。", to=["zhang@example.cn"], headers=headers, **more)  # type: ignore[arg-type]


def test_a_mail_lies_in_the_box_as_it_would_have_left(mailbox) -> None:
    assert mailbox.send_messages([mail("<expiry-1187-30@platform>", cc=["li@example.cn"])]) == 1

    sent = SentMail.objects.get()
    assert (sent.message_id, sent.to, sent.subject, sent.body) == (
        "<expiry-1187-30@platform>",
        "zhang@example.cn, li@example.cn",
        "到期提醒",
        "协议将于12月31日到期。",
    )


def test_a_mail_delivered_again_lies_there_once(mailbox) -> None:
    for _ in range(2):
        mailbox.send_messages([mail("<a@platform>"), mail("<a@platform>"), mail("<b@platform>")])

    assert sorted(SentMail.objects.values_list("message_id", flat=True)) == ["<a@platform>", "<b@platform>"]


def test_mails_without_a_number_are_two_mails(mailbox) -> None:
    mailbox.send_messages([mail(), mail()])

    assert SentMail.objects.count() == 2


def test_a_mail_to_nobody_is_none(mailbox) -> None:
    assert mailbox.send_messages([EmailMessage("主题", "正文", to=[])]) == 0
    assert not SentMail.objects.exists()


def test_a_line_end_in_the_subject_makes_no_second_header(mailbox) -> None:
    with pytest.raises(BadHeaderError):
        mailbox.send_messages([EmailMessage("主题\nBcc: x@example.cn", "正文", to=["zhang@example.cn"])])

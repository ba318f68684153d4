"""Whatever a name contains, a letter leaves with the mailboxes that were meant, and with no others."""

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy, default
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.smtp import SmtpSender
from adapters.wire_format import write_letter
from clinic.values.ports import MailboxesDiffer
from tests.adapters.smtp_servers import Inbox, smtp_server

SENDER = "no-reply@portal.example"
ANSWERS = "help@willow-creek.example"
RECIPIENT = "ana.santos@example.com"

NASTY_NAMES = (
    "=?utf-8?q?ceo=40bank=2Eco=2C?=",
    "=?utf-8?q?=3Cceo=40bank=2Eco=3E=2C?= Willow Creek",
    "=?utf-8?b?Y2VvQGJhbmsuY28s?=",
    "Willow =?utf-8?q?=22?= <ceo@bank.co>, =?utf-8?q?=22?=",
    "=?utf-8?q?Willow=0D=0ABcc=3A_ceo=40bank=2Eco?=",
    "=?utf-8?q?=00?=",
    "=? utf-8?q?ceo=40bank=2Eco=2C ?=",
    "ceo@bank.co,",
    "<ceo@bank.co>",
    '"ceo@bank.co", ',
    '\\", ceo@bank.co, \\"',
    "Staff: ceo@bank.co, eve@bank.co;",
    "Willow (ceo@bank.co, ) Creek",
    "Willow (\\",
    "Ñandú, <ceo@bank.co>",
    "\u202eoc.knab@oec\u202c, Willow",
    "Willow\x00Creek",
    "Willow\tCreek,",
    " " * 30 + ",",
    "Niños y Familias de la Montaña, " * 8,
    "a" * 200,
    '"' * 200,
    "undisclosed-recipients:;",
)


def letter(name: str, policy: "EmailPolicy | None" = None) -> EmailMessage:
    """A letter in which a name stands at each place that may have one."""
    message = EmailMessage(policy=policy or default)
    for header, mailbox in (("From", SENDER), ("To", RECIPIENT), ("Reply-To", ANSWERS)):
        user, _, domain = mailbox.rpartition("@")
        message[header] = Address(name, user, domain)
    message["Subject"] = "Your patient portal"
    message.set_content("Hello")
    return message


def check_mailboxes(content: bytes) -> None:
    """The three mailboxes of `letter`, read by three programs of different habits."""
    decoding = message_from_bytes(content, policy=default)
    plain = message_from_bytes(content)
    for header, mailbox in (("From", SENDER), ("To", RECIPIENT), ("Reply-To", ANSWERS)):
        assert [address.addr_spec for address in decoding[header].addresses] == [mailbox]
        [raw] = plain.get_all(header, [])
        assert [address for _, address in getaddresses([str(raw).replace("\r\n", "")])] == [mailbox]
        # A program that takes the last angle brackets, or the whole value.
        assert str(raw).rpartition("<")[2].rstrip(">") == mailbox
    for header in ("Bcc", "Cc", "Sender"):
        assert plain[header] is None


@pytest.mark.parametrize("name", NASTY_NAMES, ids=ascii)
async def test_server_gets_the_mailboxes_that_were_meant(name: str) -> None:
    async with smtp_server(Inbox()) as inbox:
        await SmtpSender(f"smtp://127.0.0.1:{inbox.port}", ehlo_hostname="portal.example").deliver(letter(name))
    [envelope] = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [RECIPIENT])
    check_mailboxes(inbox.contents[0])


MARKS = ("=?utf-8?q?", "=?us-ascii?b?", "?=", "=2C", "=40", "=0A", *',<>"\\():;@ ')
OTHERS = ("ceo@bank.co", "<ceo@bank.co>", "Y2VvQGJhbmsuY28s", *"\x00\t\x7f\u202e\u200bé名🜁a")
PIECES = st.sampled_from([*MARKS, *OTHERS])


@pytest.mark.campaign
@given(st.lists(PIECES | st.text(max_size=3), max_size=60).map("".join))
@example("=?utf-8?q?ceo=40bank=2Eco=2C?=")
@example("a =?utf-8?q?b?= " * 12)
def test_no_name_writes_a_mailbox(name: str) -> None:
    try:
        message = letter(name)
    except ValueError:
        return  # a line break, or a lone surrogate: the standard library takes none
    try:
        content = write_letter(message, smtputf8_offered=False).content
    except ValueError:
        return
    check_mailboxes(content)


@pytest.mark.campaign
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=80))
@example("=?utf-8?q?ceo=40bank=2Eco=2C?=")
@example("Smith, MD")
@example('The "Good" Clinic')
def test_name_arrives_as_it_was_written(name: str) -> None:
    content = write_letter(letter(name), smtputf8_offered=False).content
    [address] = message_from_bytes(content, policy=default)["From"].addresses
    assert "".join(address.display_name.split()) == "".join(name.split())


class Lax(EmailPolicy):
    """A policy that takes a header twice."""

    def header_max_count(self, name: str) -> int | None:
        return None


@pytest.mark.parametrize("header", ["From", "To", "Reply-To"])
async def test_difference_stops_the_letter(header: str) -> None:
    message = letter("Willow Creek", Lax())
    message[header] = "ceo@bank.example"
    async with smtp_server(Inbox()) as inbox:
        with pytest.raises(MailboxesDiffer, match=f"its {header} would name other mailboxes") as caught:
            await SmtpSender(f"smtp://127.0.0.1:{inbox.port}", ehlo_hostname="portal.example").deliver(message)
    assert "bank" not in str(caught.value)
    assert inbox.envelopes == []

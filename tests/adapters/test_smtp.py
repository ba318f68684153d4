"""The SMTP sender against real servers: what arrives, what is refused for good, what may be tried again."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.smtp import SmtpSender, SmtpServer, StartTls
from clinic.values.ports import MailRefused, MailUnavailable
from tests.adapters.smtp_servers import Inbox, only, silent_server, smtp_server

RECIPIENT = "ana.santos@example.com"


def letter(to: str | Address | tuple[Address, ...] = RECIPIENT) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address("Willow Creek Counseling", "no-reply", "portal.example")
    message["To"] = to
    message["Reply-To"] = "help@willow-creek.example"
    message["Subject"] = "Your patient portal — cómo entrar"
    message["Message-ID"] = "<7f3a@portal.example>"
    message["Date"] = "Sun, 22 Nov 2026 20:00:00 +0000"
    message.set_content("Hello Ana,\n.\n.. a line that begins with dots\nÑandú\n")
    message.add_alternative("<p>Hello Ana</p>", subtype="html")
    return message


def sender(inbox: Inbox, **options: float) -> SmtpSender:
    return SmtpSender(f"smtp://127.0.0.1:{inbox.port}", ehlo_hostname="portal.example", **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = Path(tmp_path_factory.mktemp("tls")) / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())


async def test_letter_arrives_as_it_was_written() -> None:
    async with smtp_server(Inbox()) as inbox:
        await sender(inbox).deliver(letter())
    [envelope] = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@portal.example", [RECIPIENT])
    head, _, _ = inbox.contents[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert [line for line in lines[:6] if not line.startswith(b"Subject")] == [
        b"From: Willow Creek Counseling <no-reply@portal.example>",
        b"To: ana.santos@example.com",
        b"Reply-To: help@willow-creek.example",
        b"Message-ID: <7f3a@portal.example>",
        b"Date: Sun, 22 Nov 2026 20:00:00 +0000",
    ]
    arrived = message_from_bytes(inbox.contents[0], policy=default)
    assert arrived["Subject"] == "Your patient portal — cómo entrar"
    text = arrived.get_body(("plain",))
    assert text is not None
    assert text.get_content() == "Hello Ana,\n.\n.. a line that begins with dots\nÑandú\n"
    assert inbox.contents[0].isascii()


async def test_delivering_leaves_the_message_untouched_and_repeats_the_same_bytes() -> None:
    message = letter(Address("Ana", "ana", "bücher.example"))
    before = message.as_bytes()
    async with smtp_server(Inbox()) as inbox:
        await sender(inbox).deliver(message)
        await sender(inbox).deliver(message)
    assert message.as_bytes() == before
    assert inbox.contents[0] == inbox.contents[1]


async def test_blind_copies_get_the_letter_without_their_address_in_it() -> None:
    message = letter()
    message["Bcc"] = "archive@willow-creek.example"
    async with smtp_server(Inbox()) as inbox:
        await sender(inbox).deliver(message)
    assert inbox.envelopes[0].rcpt_tos == [RECIPIENT, "archive@willow-creek.example"]
    assert b"archive@" not in inbox.contents[0]


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
async def test_5xx_is_refused_for_good_and_tells_code_but_no_address(step: str) -> None:
    inbox = Inbox(answers={step: f"550 5.1.1 <{RECIPIENT}> unknown here"})
    async with smtp_server(inbox):
        with pytest.raises(MailRefused) as caught:
            await sender(inbox).deliver(letter())
    assert str(caught.value) == f"The mail server answered 550 5.1.1 at {step}."
    assert inbox.envelopes == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
async def test_4xx_may_be_tried_again(step: str) -> None:
    inbox = Inbox(answers={step: f"451 try later, {RECIPIENT}"})
    async with smtp_server(inbox):
        with pytest.raises(MailUnavailable) as caught:
            await sender(inbox).deliver(letter())
        assert str(caught.value) == f"The mail server answered 451 at {step}."
        inbox.answers.clear()
        await sender(inbox).deliver(letter())
    assert len(inbox.envelopes) == 1


async def test_server_that_wants_a_sign_in_makes_letters_wait_rather_than_fail() -> None:
    async with smtp_server(Inbox(answers={"MAIL": "530 5.7.0 Authentication required"})) as inbox:
        with pytest.raises(MailUnavailable, match=r"530 5\.7\.0 at MAIL"):
            await sender(inbox).deliver(letter())


@pytest.mark.parametrize(("answer", "kind"), [("550 no", MailRefused), ("450 later", MailUnavailable)])
async def test_letter_goes_to_all_recipients_or_to_none(answer: str, kind: type[Exception]) -> None:
    both = (Address("", "one", "example.com"), Address("", "two", "example.com"))
    async with smtp_server(Inbox(answers={"two@example.com": answer})) as inbox:
        with pytest.raises(kind):
            await sender(inbox).deliver(letter(both))
    assert inbox.envelopes == []


async def test_connection_lost_after_the_letter_is_unavailable_not_refused() -> None:
    async with smtp_server(Inbox(drop_after_data=True)) as inbox:
        with pytest.raises(MailUnavailable, match=r"connection to the mail server failed at DATA"):
            await sender(inbox).deliver(letter())
    assert len(inbox.envelopes) == 1


async def test_nobody_listening_is_unavailable() -> None:
    async with smtp_server(Inbox()) as inbox:
        pass
    with pytest.raises(MailUnavailable, match=r"failed at connecting \(SMTPConnectError\)"):
        await sender(inbox).deliver(letter())


async def test_silent_server_is_given_up() -> None:
    async with silent_server() as port:
        with pytest.raises(MailUnavailable, match="did not answer in time at connecting"):
            await SmtpSender(f"smtp://127.0.0.1:{port}", timeout=0.1).deliver(letter())


async def test_answer_to_the_letter_itself_may_take_longer_but_not_forever() -> None:
    inbox = Inbox(silent_from=asyncio.Event())
    async with smtp_server(inbox):
        with pytest.raises(MailUnavailable, match="did not answer in time at DATA"):
            await sender(inbox, timeout=0.1).deliver(letter())


async def test_starttls_required_and_not_offered_sends_nothing() -> None:
    async with smtp_server(Inbox()) as inbox:
        demanding = SmtpSender(f"smtp://127.0.0.1:{inbox.port}?starttls=required")
        with pytest.raises(MailUnavailable) as caught:
            await demanding.deliver(letter())
    assert str(caught.value) == (
        "The mail server offers no STARTTLS, and VESTIBULE_SMTP_URL requires it: nothing was sent."
    )
    assert inbox.envelopes == []


async def test_starttls_required_encrypts_and_checks_the_certificate(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, trusting = tls
    async with smtp_server(Inbox(), tls_context=server) as inbox:
        url = f"smtp://127.0.0.1:{inbox.port}?starttls=required"
        await SmtpSender(url, tls_context=trusting).deliver(letter())
        with pytest.raises(MailUnavailable, match="at STARTTLS"):
            await SmtpSender(url).deliver(letter())
    assert inbox.encrypted == [True]


async def test_loopback_server_is_encrypted_where_offered_with_any_certificate(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with smtp_server(Inbox(), tls_context=tls[0]) as inbox:
        await sender(inbox).deliver(letter())
        await SmtpSender(f"smtp://127.0.0.1:{inbox.port}?starttls=never").deliver(letter())
    assert inbox.encrypted == [True, False]


async def test_smtps_checks_the_certificate(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, trusting = tls
    async with smtp_server(Inbox(), smtps=server) as inbox:
        url = f"smtps://127.0.0.1:{inbox.port}"
        await SmtpSender(url, tls_context=trusting).deliver(letter())
        with pytest.raises(MailUnavailable, match="at connecting"):
            await SmtpSender(url).deliver(letter())
    assert len(inbox.envelopes) == 1


async def test_sign_in_and_its_refusal(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, trusting = tls
    options = {"tls_context": server, "auth_required": True, "authenticator": only("clinic", "p@ss/word")}
    async with smtp_server(Inbox(), **options) as inbox:
        right = f"smtp://clinic:p%40ss%2Fword@127.0.0.1:{inbox.port}?starttls=required"
        await SmtpSender(right, tls_context=trusting).deliver(letter())
        wrong = f"smtp://clinic:guess@127.0.0.1:{inbox.port}?starttls=required"
        with pytest.raises(MailUnavailable, match=r"answered 535 5\.7\.8 at sign-in"):
            await SmtpSender(wrong, tls_context=trusting).deliver(letter())
    assert len(inbox.envelopes) == 1


async def test_server_without_a_sign_in_says_so_in_words() -> None:
    async with smtp_server(Inbox()) as inbox:
        with pytest.raises(MailUnavailable) as caught:
            await SmtpSender(f"smtp://clinic:guess@127.0.0.1:{inbox.port}").probe()
    assert str(caught.value) == (
        "The mail server offers no sign-in, but VESTIBULE_SMTP_URL has a user name: leave it out, or use another port. "
        "Many servers offer it on an encrypted connection only (starttls=required, smtps://)."
    )


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        ("XOAUTH2 GSSAPI", "XOAUTH2, GSSAPI"),
        ("NTLM <ana.santos@example.com>", "NTLM"),
        ("<ana.santos@example.com>", "none"),
    ],
)
async def test_server_with_another_sign_in_than_ours_says_so_in_words(offered: str, said: str) -> None:
    async with smtp_server(Inbox(sign_in=offered)) as inbox:
        with pytest.raises(MailUnavailable) as caught:
            await SmtpSender(f"smtp://clinic:guess@127.0.0.1:{inbox.port}").deliver(letter())
    assert str(caught.value) == (
        f"The mail server offers no sign-in that we speak: it offers {said}, we speak CRAM-MD5, PLAIN, LOGIN."
    )
    assert inbox.envelopes == []


async def test_server_that_asks_for_a_sign_in_says_where_it_belongs() -> None:
    async with smtp_server(Inbox(answers={"MAIL": "530 5.7.0 Authentication required"})) as inbox:
        with pytest.raises(MailUnavailable) as caught:
            await sender(inbox).deliver(letter())
    assert str(caught.value) == (
        "The mail server answered 530 5.7.0 at MAIL: it asks for a sign-in or encryption, see VESTIBULE_SMTP_URL."
    )


async def test_session_uses_one_connection_and_survives_a_refused_letter() -> None:
    async with smtp_server(Inbox(answers={"nobody@example.com": "550 no"})) as inbox:
        async with sender(inbox).session() as session:
            await session.deliver(letter())
            await session.deliver(letter())
            assert inbox.connections == 1
            with pytest.raises(MailRefused):
                await session.deliver(letter("nobody@example.com"))
            await session.deliver(letter())
    assert len(inbox.envelopes) == 3
    assert inbox.connections == 2


async def test_session_reconnects_where_the_server_hung_up_between_letters() -> None:
    inbox = Inbox(drop_after_data=True)
    async with smtp_server(inbox), sender(inbox).session() as session:
        with pytest.raises(MailUnavailable):
            await session.deliver(letter())
        inbox.drop_after_data = False
        await session.deliver(letter())
    assert inbox.connections == 2


async def test_international_domain_needs_nothing_of_the_server() -> None:
    async with smtp_server(Inbox()) as inbox:
        await sender(inbox).deliver(letter(Address("Jörg Bücher", "joerg", "bücher.example")))
    assert inbox.envelopes[0].rcpt_tos == ["joerg@xn--bcher-kva.example"]
    assert b"<joerg@xn--bcher-kva.example>" in inbox.contents[0]
    assert message_from_bytes(inbox.contents[0], policy=default)["To"].addresses[0].display_name == "Jörg Bücher"


async def test_international_mailbox_goes_by_smtputf8_where_offered() -> None:
    async with smtp_server(Inbox(), enable_SMTPUTF8=True) as inbox:
        await sender(inbox).deliver(letter(Address("", "jörg", "example.com")))
    assert inbox.envelopes[0].rcpt_tos == ["jörg@example.com"]
    assert "To: jörg@example.com\r\n".encode() in inbox.contents[0]


async def test_international_mailbox_is_refused_clearly_where_not_offered() -> None:
    async with smtp_server(Inbox()) as inbox:
        with pytest.raises(MailRefused, match="SMTPUTF8") as caught:
            await sender(inbox).deliver(letter(Address("", "jörg", "example.com")))
    assert "jörg" not in str(caught.value)
    assert inbox.envelopes == []


def test_line_break_in_a_display_name_is_refused_when_the_letter_is_written() -> None:
    with pytest.raises(ValueError, match="CR|line"):
        letter(Address("Ana\r\nBcc: thief@example.net", "ana", "example.com"))


@pytest.mark.parametrize(
    "to",
    [
        "=?utf-8?q?Ana=0D=0ABcc=3A_thief=40example=2Enet?= <ana@example.com>",
        "=?utf-8?q?Ana=0ABcc=3A_thief=40example=2Enet=0A?= <ana@example.com>",
        '"Ana, <thief@example.net>," <ana@example.com>',
    ],
)
async def test_hostile_display_name_adds_no_header_and_no_recipient(to: str) -> None:
    async with smtp_server(Inbox()) as inbox:
        try:
            await sender(inbox).deliver(letter(to))
        except (MailRefused, ValueError):  # ValueError: the standard library would not even write such a letter
            assert inbox.envelopes == []
            return
    [envelope] = inbox.envelopes
    assert envelope.rcpt_tos == ["ana@example.com"]
    assert message_from_bytes(inbox.contents[0], policy=default)["Bcc"] is None


@pytest.mark.parametrize("to", ["", "no address", "a b@example.com", "<>", "ana@example.com>\x00"])
async def test_unusable_recipient_is_refused_before_anything_is_said(to: str) -> None:
    async with smtp_server(Inbox()) as inbox:
        with pytest.raises(MailRefused, match="The letter was not sent: "):
            await sender(inbox).deliver(letter(to))
    assert inbox.envelopes == []


async def test_probe_connects_and_sends_nothing() -> None:
    async with smtp_server(Inbox()) as inbox:
        await sender(inbox).probe()
    assert (inbox.connections, inbox.envelopes) == (1, [])
    with pytest.raises(MailUnavailable):
        await sender(inbox).probe()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, False, StartTls.REQUIRED)),
        ("smtp://mail.example:25?starttls=auto", SmtpServer("mail.example", 25, False, StartTls.AUTO)),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, False, StartTls.AUTO)),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025, False, StartTls.AUTO)),
        ("smtps://u:p%40@mail.example", SmtpServer("mail.example", 465, True, StartTls.REQUIRED, "u", "p@")),
    ],
)
def test_setting_is_read(url: str, server: SmtpServer) -> None:
    assert SmtpServer.from_url(url) == server


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mail.example:25", "must be smtp://"),
        ("http://mail.example", "must be smtp://"),
        ("smtp://", "must be smtp://"),
        ("smtp://mail.example:99999", "port"),
        ("smtp://mail.example:mail", "port"),
        ("smtp://mail.example?starttls=maybe", "required, auto, never"),
        ("smtp://mail.example?tls=1", "tls is not known"),
        ("smtp://user:hunter2@mail.example?starttls=never", "unprotected"),
    ],
)
def test_wrong_setting_is_named_without_its_password(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        SmtpSender(url)
    assert "VESTIBULE_SMTP_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_credentials_stay_out_of_the_repr() -> None:
    assert "hunter2" not in repr(SmtpServer.from_url("smtps://user:hunter2@mail.example"))

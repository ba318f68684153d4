"""Serializes a letter into envelope addresses and bytes. This is the last check against header injection."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import InvalidHeaderDefect
from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import EmailPolicy, default
from email.utils import getaddresses, quote

import idna

from clinic.values.ports import MailboxesDiffer

ADDRESS_HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc")
RECIPIENT_HEADERS = ("To", "Cc", "Bcc")

_MAILBOX = re.compile(r"[^\s<>@\"\x00-\x1f\x7f]+@[^\s<>@\"\x00-\x1f\x7f]+")
_FIELD_NAME = re.compile(rb"^([!-9;-~]+):", re.MULTILINE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


# A name of these words needs no quotes (RFC 5322 section 3.2.3).
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PRINTABLE = re.compile(r"[ -~]+")
_MAX_LINE = 76


class UnsupportedAddress(ValueError):
    """The server or SMTP can't carry an address. The message contains no address."""


@dataclass(frozen=True)
class Letter:
    """A letter ready to send. `content` has CRLF line ends and no Bcc. If `smtputf8` is set, headers may be UTF-8."""

    sender: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)
    smtputf8: bool


def write_letter(message: EmailMessage, *, smtputf8_offered: bool) -> Letter:
    """Serialize a copy; the given message stays unchanged.

    International domains are written in ASCII (IDNA), which every server accepts. Only a non-ASCII local part needs
    SMTPUTF8 (RFC 6531). Raises `UnsupportedAddress`, another ValueError if the message can't be serialized, or
    `MailboxesDiffer`.
    """
    outgoing = copy.deepcopy(message)
    smtputf8 = any(not address.username.isascii() for _, address in _addresses(outgoing))
    if smtputf8 and not smtputf8_offered:
        raise UnsupportedAddress("the mail server takes no addresses with letters beyond a to z (SMTPUTF8)")
    for name in ADDRESS_HEADERS:
        addresses = [address for header, address in _addresses(outgoing) if header == name]
        if any(not address.domain.isascii() for address in addresses):
            outgoing.replace_header(name, tuple(_with_ascii_domain(address) for address in addresses))
    sender = _mailboxes(outgoing, ("Sender",)) or _mailboxes(outgoing, ("From",))
    recipients = _mailboxes(outgoing, RECIPIENT_HEADERS)
    if not sender or not recipients:
        raise UnsupportedAddress("it lacks a sender or a recipient")
    del outgoing["Bcc"]
    content = _content(outgoing, smtputf8)
    _compare_mailboxes(outgoing, content)
    return Letter(sender[0], recipients, content, smtputf8)


def _addresses(message: EmailMessage) -> Iterator[tuple[str, Address]]:
    for name in ADDRESS_HEADERS:
        header = message[name]
        if isinstance(header, AddressHeader):
            defects = header.defects  # type: ignore[attr-defined]  # every header has them
            if any(isinstance(defect, InvalidHeaderDefect) for defect in defects):
                raise UnsupportedAddress("one of its addresses is not one")
            for address in header.addresses:
                yield name, address


def _with_ascii_domain(address: Address) -> Address:
    domain = idna.encode(address.domain, uts46=True).decode("ascii")
    return Address(address.display_name, address.username, domain)


def _mailboxes(message: EmailMessage, names: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses in these headers without duplicates."""
    found = [address.addr_spec for name, address in _addresses(message) if name in names]
    if not all(_MAILBOX.fullmatch(mailbox) for mailbox in found):
        raise UnsupportedAddress("one of its addresses is not one")
    return tuple(dict.fromkeys(found))


def _content(message: EmailMessage, smtputf8: bool) -> bytes:
    content = message.as_bytes(policy=_WirePolicy(linesep="\r\n", cte_type="7bit", utf8=smtputf8))
    head, _, _ = content.partition(b"\r\n\r\n")
    written = [name.decode("ascii").lower() for name in _FIELD_NAME.findall(head)]
    # The standard library lets some line breaks through: CPython 3.11 folds encoded words after decoding them.
    if written != [name.lower() for name in message] or _CONTROL.search(head):
        raise UnsupportedAddress("its headers would not arrive as they were written")
    return content


def _compare_mailboxes(message: EmailMessage, content: bytes) -> None:
    """Read the finished bytes again. Raises `MailboxesDiffer` unless they name the mailboxes that were meant.

    Two parsers read them: one decodes encoded words, one doesn't. Mail servers and mail programs do either.
    """
    head = content.partition(b"\r\n\r\n")[0].decode()
    decoding, plain = HeaderParser(policy=default).parsestr(head), HeaderParser().parsestr(head)
    for name in ADDRESS_HEADERS:
        meant = [address.addr_spec for header, address in _addresses(message) if header == name]
        decoded = [address.addr_spec for header in decoding.get_all(name, ()) for address in header.addresses]
        unfolded = [str(value).replace("\r\n", "") for value in plain.get_all(name, ())]
        read = [address for _, address in getaddresses(unfolded)]
        if not meant == decoded == read:
            raise MailboxesDiffer(f"The letter was not sent: its {name} would name other mailboxes than were meant.")


class _WirePolicy(EmailPolicy):
    """Writes names itself. The standard library decodes encoded words in a name and drops quotes when it folds one.

    Parts of the name would then be parsed as addresses: text after a comma as another sender, "<…>" as the sender.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if not isinstance(value, AddressHeader):
            return super().fold_binary(name, value)
        written = [_written(address) for address in value.addresses]
        one_line = f"{name}: {', '.join(written)}"
        folded = f"{name}: " + ",\r\n ".join(written)
        return f"{one_line if len(one_line) <= _MAX_LINE else folded}\r\n".encode()


def _written(address: Address) -> str:
    """The address with its name as plain words, in quotes, or as encoded words (RFC 2047)."""
    name, mailbox = address.display_name, address.addr_spec
    if not name:
        return mailbox
    short = len(name) + len(mailbox) < _MAX_LINE - len("Reply-To: ")
    if short and "=?" not in name and _PLAIN_NAME.fullmatch(name):
        return f"{name} <{mailbox}>"
    if short and "=?" not in name and _PRINTABLE.fullmatch(name):
        return f'"{quote(name)}" <{mailbox}>'
    words = Header(name, "utf-8", maxlinelen=_MAX_LINE - 10).encode(linesep="\r\n")
    return f"{words}\r\n <{mailbox}>" if "\n" in words or not short else f"{words} <{mailbox}>"

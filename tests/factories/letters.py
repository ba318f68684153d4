"""Reading letters as their receivers do."""

import re
from email.message import EmailMessage

_LINK = re.compile(r"https?://\S+/register/([\w-]+)")


def text_of(letter: EmailMessage) -> str:
    """The plain part, decoded."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(letter: EmailMessage) -> str:
    """The HTML part, decoded."""
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def invites(letter: EmailMessage) -> bool:
    """Whether it has a link to register."""
    return _LINK.search(text_of(letter)) is not None


def link_in(letter: EmailMessage) -> str:
    """The one link of the letter's plain part."""
    [link] = {found.group(0) for found in _LINK.finditer(text_of(letter))}
    return link


def token_in(letter: EmailMessage) -> str:
    """The secret at the end of the link."""
    return link_in(letter).rpartition("/")[2]

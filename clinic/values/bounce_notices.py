"""What a mail service tells by HTTP of letters that came back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# The name of a topic of Amazon SNS. The group is its region.
SNS_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:([a-z0-9-]{1,40}):\d{12}:[\w.-]{1,256}", re.ASCII)


@dataclass(frozen=True)
class Bounce:
    """The letter that failed and the mail server's status code. Contains no address and no text of the server."""

    message_id: str
    code: str


class NoticeRefused(Exception):
    """The message is not from the mail service's topic, or it is changed. The text says why, for the log."""


class NoticeNotChecked(Exception):
    """The mail service's certificate can't be read now. The service sends the message again later."""


class BounceNotices(Protocol):
    """Reads messages of the mail service's topic."""

    @property
    def expected(self) -> bool:
        """Whether the operator has named a topic."""
        ...

    async def read(self, body: bytes) -> Sequence[Bounce]:
        """The permanent failures that a message reports, once its signature is right.

        Confirms the subscription where the message asks for it. Raises `NoticeRefused` or `NoticeNotChecked`.
        """
        ...


class NoBounceNotices:
    """For programs that are told nothing."""

    expected = False

    async def read(self, body: bytes) -> Sequence[Bounce]:
        raise NoticeRefused("no topic is set")

"""The port `Outgoing` for tests of webhooks: remembers what was sent, and answers what it is told to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from adapters.outgoing import OutgoingClient
from clinic.values.outgoing import ANSWER_WITHIN, LARGEST_ANSWER, OutgoingAnswer, OutgoingRequest

Answer = int | Exception | Callable[[], Awaitable[int]]


@dataclass
class Receiver:
    """Answers by address, 204 for those that are not named. Addresses are checked as the real client does."""

    sent: list[OutgoingRequest] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    async def send(
        self, request: OutgoingRequest, *, within: timedelta = ANSWER_WITHIN, largest: int = LARGEST_ANSWER
    ) -> OutgoingAnswer:
        self.sent.append(request)
        answer = self.answers.get(request.url, 204)
        if isinstance(answer, Exception):
            raise answer
        status = answer if isinstance(answer, int) else await answer()
        return OutgoingAnswer(status, {}, b"")

    def check(self, url: str) -> None:
        _real_client().check(url)


@cache
def _real_client() -> OutgoingClient:
    """It reads all authorities of this machine, which takes 15 ms. Checking needs none of them."""
    return OutgoingClient()

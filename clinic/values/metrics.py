"""The port that counts what happens, for the metrics of an operator. It takes kinds and results, and nothing else.

So no name, no address and no id can get into a metric, and the number of time series is bounded.
"""

from enum import StrEnum
from typing import Protocol

from clinic.values.pdf_check import PdfProblem


class LetterResult(StrEnum):
    """What came of one attempt to send a letter. FAILED: it was given up, and somebody has to look at it."""

    SENT = "sent"
    POSTPONED = "postponed"
    BOUNCED = "bounced"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SealResult(StrEnum):
    """What came of one attempt to seal a document, or to add a timestamp to its seal.

    DIFFERED: the file would have shown something else than what was signed, so it was not published.
    """

    SEALED = "sealed"
    TIMESTAMPED = "timestamped"
    POSTPONED = "postponed"
    DIFFERED = "differed"


class WebhookResult(StrEnum):
    """What came of one attempt to deliver a webhook. FAILED: it was given up."""

    DELIVERED = "delivered"
    POSTPONED = "postponed"
    FAILED = "failed"


class SignInKind(StrEnum):
    """Who wanted to sign in."""

    STAFF = "staff"
    PATIENT = "patient"


class SignInResult(StrEnum):
    """How it ended. CLOSED: the right password of a disabled account. FAILED: an error of ours, or an outage."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    THROTTLED = "throttled"
    CLOSED = "closed"
    FAILED = "failed"


class Metrics(Protocol):
    """Counts in this process. No method raises or waits."""

    def count_letter(self, result: LetterResult) -> None: ...

    def count_seal(self, result: SealResult) -> None: ...

    def count_webhook(self, result: WebhookResult) -> None: ...

    def count_sign_in(self, kind: SignInKind, result: SignInResult) -> None: ...

    def count_refused_pdf(self, problem: PdfProblem) -> None: ...

    def count_mended_state(self) -> None: ...


class NoMetrics:
    """For commands that end at once: nobody reads their numbers."""

    def count_letter(self, result: LetterResult) -> None:
        """Counts nothing."""

    def count_seal(self, result: SealResult) -> None:
        """Counts nothing."""

    def count_sign_in(self, kind: SignInKind, result: SignInResult) -> None:
        """Counts nothing."""

    def count_refused_pdf(self, problem: PdfProblem) -> None:
        """Counts nothing."""

    def count_webhook(self, result: WebhookResult) -> None:
        """Counts nothing."""

    def count_mended_state(self) -> None:
        """Counts nothing."""

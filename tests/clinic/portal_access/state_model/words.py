"""The words of the reference model: who and what there is, and a window that counts attempts."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

INVITATION, VERIFY, CONFIRM, KEEP = "portal_invitation", "verify_email", "confirm_new_email", "email_changing"
RESET = "reset_password"
KNOWN, CHANGED, ENDED = "address_known", "password_changed", "access_ended"
TRANSFERRED = "account_transferred"
LIFETIMES = {INVITATION: 10 * DAY, VERIFY: DAY, CONFIRM: DAY, KEEP: 3 * DAY, RESET: HOUR}


class Refused(Exception):
    """The product says no; `why` is the name of the refusal."""

    def __init__(self, why: str) -> None:
        self.why = why


@dataclass(eq=False)
class Contact:
    """A record: its addresses, the primary one first; whether it has a date of birth; how often its PIN was renewed.

    `had` are the accounts it was ever linked to.
    """

    addresses: list[str]
    born: bool = True
    pins: int = 0
    had: "list[Account]" = field(default_factory=list)


@dataclass(eq=False)
class Link:
    """A live link; `confirmed`: its person has proved who they are."""

    contact: Contact
    confirmed: bool = False


@dataclass(eq=False)
class Account:
    """A live account. `knows_password`: its person can sign in with what they chose."""

    address: str
    registered: bool = False
    verified: bool = False
    disabled: bool = False
    knows_password: bool = False
    signed_in: bool = False
    link: Link | None = None


@dataclass(eq=False)
class Relation:
    """A relative of a client; `since` is when access was last given, `ends_on` the last day if there is one."""

    client: Contact
    relative: Contact
    access: bool = False
    since: datetime | None = None
    ends_on: date | None = None


@dataclass(eq=False)
class Right:
    """What a mailed link is good for. `closed`: why it opens nothing any more. Of an invitation: `contact`."""

    kind: str
    account: Account
    until: datetime
    contact: Contact | None = None
    old_address: str = ""
    new_address: str = ""
    browser: int = 0
    closed: str = ""
    last_sent: "Letter | None" = None


@dataclass(eq=False)
class Letter:
    """A letter in the outbox; an invitation may have several, and the last that left is the one that counts."""

    kind: str
    to: str
    account: Account
    right: Right | None = None


@dataclass
class Window:
    """At most `limit` in `span`, counted from the first; then none until the span is over."""

    limit: int
    span: timedelta
    counted: dict[object, tuple[int, datetime]] = field(default_factory=dict)

    def allows(self, subject: object, now: datetime) -> bool:
        count, ends = self.counted.get(subject, (0, now))
        count, ends = (1, now + self.span) if ends <= now else (count + 1, ends)
        self.counted[subject] = count, ends
        return count <= self.limit

    def count(self, subject: object, now: datetime) -> None:
        if not self.allows(subject, now):
            raise Refused("TooManyAttempts")

"""Rate limits for guessing secrets and for costly work.

Attempts are counted in the database, by one atomic statement, before the secret is checked or the work begins.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from tortoise.expressions import F

from clinic.database.rows import as_datetime, fetch_changed
from clinic.throttling.models import AttemptWindow
from clinic.values.errors import TooManyAttempts
from clinic.values.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Throttle:
    """At most `limit` attempts within `window`, which starts at the first attempt; more are refused until it ends."""

    name: str
    limit: int
    window: timedelta


# ASVS 5.0 6.3.1 asks for throttling that does not lock the owner out. Guesses from one network block the account for
# that network only, and never reach the limit for all networks together. Where guesses from many networks have reached
# it, the owner still gets in: from a network they signed in from before, in an open session, or by a mailed link.
SIGN_IN_PER_ACCOUNT = Throttle("sign_in_account", 10, timedelta(minutes=15))
SIGN_IN_PER_ACCOUNT_ANYWHERE = Throttle("sign_in_account_anywhere", 50, timedelta(hours=1))
# Instead of the limit for all networks, where the person also holds an open session or a mailed link.
PASSWORD_PER_PROOF = Throttle("password_proof", 50, timedelta(hours=1))
SIGN_IN_PER_ADDRESS = Throttle("sign_in_address", 100, timedelta(minutes=15))
# A code of six digits is asked for after the right password. Beside the limits of a password: a few tries at one step,
# and so few a day (NIST SP 800-63B-4 §3.2.2) that only the networks of earlier sign-ins are let in beyond them.
FACTOR_PER_CHALLENGE = Throttle("factor_challenge", 5, timedelta(minutes=15))
FACTOR_PER_PERSON = Throttle("factor_person", 30, timedelta(hours=24))
IDENTITY_PER_INVITATION = Throttle("identity_invitation", 5, timedelta(minutes=30))
# security.md: at most 10 wrong PINs per contact in all pages and operations together. Dates of birth count likewise.
IDENTITY_PER_CONTACT = Throttle("identity_contact", 10, timedelta(hours=24))
# Dates of birth entered after following an invitation's link have a limit of their own (see accept.py).
INVITED_PER_CONTACT = Throttle("invited_contact", 10, timedelta(hours=24))
FRESH_LINK_PER_ACCOUNT = Throttle("fresh_link_account", 5, timedelta(hours=24))
FRESH_LINK_PER_ADDRESS = Throttle("fresh_link_address", 30, timedelta(hours=1))
# Repeated clicks must not fill a mailbox. More letters than this in a day mean a wrong address, not a lost letter.
RESEND_PER_CONTACT = Throttle("resend_contact", 5, timedelta(hours=24))
# Samples go to one's own mailbox. Somebody who tries all languages and names needs a dozen.
SAMPLES_PER_STAFF = Throttle("samples_staff", 20, timedelta(hours=1))
RESEND_PER_STAFF_MEMBER = Throttle("resend_staff_member", 5, timedelta(hours=24))
REGISTER_PER_ADDRESS = Throttle("register_address", 30, timedelta(hours=1))
# Each return may ask the provider for a token, and the caller needs no account. A large practice behind one address
# signs in within minutes in the morning.
PROVIDER_PER_ADDRESS = Throttle("provider_address", 1000, timedelta(minutes=15))
# A program's secret can't be guessed, so only failures are counted, to keep them from filling the log.
MACHINE_PER_CLIENT = Throttle("machine_client", 60, timedelta(minutes=15))
MACHINE_PER_ADDRESS = Throttle("machine_address", 300, timedelta(minutes=15))
# Each token leaves a session and an audit event. A program that acts for 800 staff asks three times each in this time.
MACHINE_TOKENS = Throttle("machine_tokens", 2_500, timedelta(minutes=15))
RESET_PER_ADDRESS = Throttle("reset_address", 30, timedelta(hours=1))
# Against mail bombing: how many letters of each kind a person who is not signed in can cause to one address.
REGISTER_LETTERS = Throttle("register_letters", 3, timedelta(hours=24))
RESET_LETTERS = Throttle("reset_letters", 5, timedelta(hours=24))
# When a stranger has used those up, one an hour, which is as long as a link lives: the owner always has a way by mail.
RESET_LETTERS_AFTER = Throttle("reset_letters_after", 1, timedelta(hours=1))
NEW_EMAIL_LETTERS = Throttle("new_email_letters", 3, timedelta(hours=24))
NEW_EMAIL_PER_ACCOUNT = Throttle("new_email_account", 5, timedelta(hours=24))
# A wrong PIN identifies no contact, so guesses are counted for the account, the network and the whole practice.
CONNECT_PER_ACCOUNT = Throttle("connect_account", 5, timedelta(hours=1))
CONNECT_PER_ADDRESS = Throttle("connect_address", 30, timedelta(hours=1))
CONNECT_PER_ORGANIZATION = Throttle("connect_organization", 1000, timedelta(hours=1))
# A PIN that matches no contact, together with a date of birth, is a guess at every contact born on that day. Ten from
# one network end that network's tries. All networks together have the hundred of NIST SP 800-63B-4 §3.2.2; beyond them
# only accounts whose verified address is on the record are let in, so that strangers do not shut its person out.
CONNECT_PER_BIRTHDAY = Throttle("connect_birthday", 10, timedelta(hours=24))
CONNECT_PER_BIRTHDAY_ANYWHERE = Throttle("connect_birthday_anywhere", 100, timedelta(hours=24))
# Checking a PDF takes seconds. Scanning paper files means dozens of uploads an hour; more is a faulty program.
UPLOADS_PER_STAFF = Throttle("uploads_staff", 200, timedelta(hours=1))
# Rendering a written document and checking the result costs as much.
DOCUMENTS_PER_STAFF = Throttle("documents_staff", 200, timedelta(hours=1))
# Checking a sealed file takes a second, and the caller needs no account.
VERIFY_PER_ADDRESS = Throttle("verify_address", 30, timedelta(hours=1))
# Audit events can't be deleted, so what one patient can add is bounded. Signing a hundred documents stays below it.
AUDIT_PER_PATIENT = Throttle("audit_patient", 300, timedelta(hours=1))
# Staff likewise. Three actions a second for a whole hour: a busy desk makes some hundred, inviting everybody on record
# by lists of 500 some thousand. More is a faulty program or a stolen token.
AUDIT_PER_STAFF = Throttle("audit_staff", 10_000, timedelta(hours=1))
# What a sync or an import changes: a practice's whole list in one sitting, and all its appointments. Only a record that
# differs counts, so repeating a request adds nothing (decision 0080).
SYNC_PER_STAFF = Throttle("sync_staff", 100_000, timedelta(hours=1))
# Each time staff lift a limit, somebody may guess anew. More lifts than this a day are a guesser on the telephone.
LIFTS_PER_PERSON = Throttle("lifts", 3, timedelta(hours=24))
IDENTITY_PER_LINK = Throttle("identity_link", 5, timedelta(minutes=30))

_COUNT = """
INSERT INTO attempt_window (key, attempts, ends_at) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE SET
  attempts = CASE WHEN attempt_window.ends_at <= $3 THEN 1 ELSE attempt_window.attempts + 1 END,
  ends_at = CASE WHEN attempt_window.ends_at <= $3 THEN excluded.ends_at ELSE attempt_window.ends_at END
RETURNING attempts, ends_at
"""


async def count_attempt(throttle: Throttle, subject: str, clock: Clock) -> None:
    """Count one attempt before it is checked. Raises `TooManyAttempts` if the limit is exceeded.

    Call it outside a transaction, because a rollback would undo the count.
    """
    now = clock.now()
    [counted] = await fetch_changed(_COUNT, key_of(throttle, subject), now + throttle.window, now)
    if counted["attempts"] > throttle.limit:
        log.warning("too many attempts", extra={"throttle": throttle.name})
        raise TooManyAttempts(as_datetime(counted["ends_at"]) - now)


async def require_open(throttle: Throttle, subject: str, clock: Clock) -> None:
    """Raise `TooManyAttempts` if the limit is reached; count nothing. For limits that count failures only."""
    now = clock.now()
    window = await AttemptWindow.get_or_none(key=key_of(throttle, subject), ends_at__gt=now)
    if window is not None and window.attempts >= throttle.limit:
        raise TooManyAttempts(window.ends_at - now)


async def count_sign_in(account: str, address: str | None, clock: Clock) -> TooManyAttempts | None:
    """Count one attempt to sign in to an account from a network address. Raises `TooManyAttempts` for this network.

    Returns the refusal if the guesses from all networks together are too many. Then only the owner may pass, who has
    the password and is known from this network; everybody else gets the refusal, whether the password is right or not.
    `account` identifies the account, which need not exist.
    """
    await _count_from(account, address, clock)
    try:
        await count_attempt(SIGN_IN_PER_ACCOUNT_ANYWHERE, account, clock)
    except TooManyAttempts as refusal:
        return refusal
    return None


async def count_password(account: str, proof: str, address: str | None, clock: Clock) -> None:
    """Count one attempt at an account's password by somebody who also holds `proof`: a session or a mailed link.

    Guesses without the proof do not close this way. Raises `TooManyAttempts`.
    """
    await _count_from(account, address, clock)
    await count_attempt(PASSWORD_PER_PROOF, proof, clock)


async def password_succeeded(account: str, proof: str, address: str | None) -> None:
    """Take back what `count_password` counted, after the right password."""
    await sign_in_succeeded(account, address)
    await reset_attempts(PASSWORD_PER_PROOF, proof)


async def count_factor(person: str, challenge: str, address: str | None, clock: Clock) -> TooManyAttempts | None:
    """Count one attempt at a person's second factor, who has given the right password. Raises `TooManyAttempts`.

    Returns the refusal like `count_sign_in`: beyond the limit of all networks, known ones alone are let in.
    """
    await count_attempt(FACTOR_PER_CHALLENGE, challenge, clock)
    await _count_from(f"factor {person}", address, clock)
    try:
        await count_attempt(FACTOR_PER_PERSON, person, clock)
    except TooManyAttempts as refusal:
        return refusal
    return None


async def factor_succeeded(person: str, address: str | None) -> None:
    """Take back what `count_factor` counted for the person and the network, after a right factor."""
    await sign_in_succeeded(f"factor {person}", address)
    await reset_attempts(FACTOR_PER_PERSON, person)


async def reset_letter_allowed(subject: str, clock: Clock) -> bool:
    """Count one letter to choose a new password, and answer whether it may leave: five a day, then one an hour."""
    return await attempt_allowed(RESET_LETTERS, subject, clock) or await attempt_allowed(
        RESET_LETTERS_AFTER, subject, clock
    )


async def _count_from(account: str, address: str | None, clock: Clock) -> None:
    place = network_of(address)
    await count_attempt(SIGN_IN_PER_ADDRESS, place, clock)
    await count_attempt(SIGN_IN_PER_ACCOUNT, f"{account} from {place}", clock)


async def sign_in_succeeded(account: str, address: str | None) -> None:
    """Reset the account's attempts after `count_sign_in`, and take back the attempt counted for the network.

    The network's limit is against guessing only: many people may sign in from one address, such as a waiting room's.
    """
    await reset_sign_in_attempts(account, address)
    place = AttemptWindow.filter(key=key_of(SIGN_IN_PER_ADDRESS, network_of(address)), attempts__gt=0)
    await place.update(attempts=F("attempts") - 1)


async def reset_sign_in_attempts(account: str, address: str | None) -> None:
    """Reset the account's attempts after its owner has proved their identity."""
    await reset_attempts(SIGN_IN_PER_ACCOUNT, f"{account} from {network_of(address)}")
    await reset_attempts(SIGN_IN_PER_ACCOUNT_ANYWHERE, account)


def network_of(address: str | None) -> str:
    """What counts as one network: an IPv4 address, or an IPv6 /64, which is what one customer gets."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))


async def attempt_allowed(throttle: Throttle, subject: str, clock: Clock) -> bool:
    """Count one attempt, and answer whether it is within the limit. For work that is skipped silently."""
    try:
        await count_attempt(throttle, subject, clock)
    except TooManyAttempts:
        return False
    return True


async def reset_attempts(throttle: Throttle, subject: str) -> None:
    """Reset the count after a success."""
    await AttemptWindow.filter(key=key_of(throttle, subject)).delete()


async def remove_ended_windows(now: datetime) -> int:
    """Delete windows that have ended. Returns how many."""
    return await AttemptWindow.filter(ends_at__lt=now).delete()


def key_of(throttle: Throttle, subject: str) -> str:
    """The key of the row that counts the attempts."""
    return hashlib.sha256(f"{throttle.name}\0{subject}".encode("utf-8", "surrogatepass")).hexdigest()

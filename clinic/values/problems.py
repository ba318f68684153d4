"""What can be wrong with an input or a password, as codes with values: each face has its own words for them."""

from enum import StrEnum


class Weakness(StrEnum):
    """Why a password may not be used; the lengths are those of `values.passwords`."""

    TOO_SHORT = "TOO_SHORT"
    TOO_SHORT_WITH_FACTOR = "TOO_SHORT_WITH_FACTOR"
    TOO_LONG = "TOO_LONG"
    NOT_TYPABLE = "NOT_TYPABLE"
    ABOUT_THE_PERSON = "ABOUT_THE_PERSON"
    EASY_TO_GUESS = "EASY_TO_GUESS"
    NEARLY_STRONG = "NEARLY_STRONG"


class Problem(StrEnum):
    """Why an input can't be used. The values that come with a code are named beside it."""

    # Any text
    NEEDED = "NEEDED"
    TOO_LONG = "TOO_LONG"  # longest, in characters
    NOT_ONE_LINE = "NOT_ONE_LINE"
    ENCODED_WORD = "ENCODED_WORD"
    NO_EMAIL_ADDRESS = "NO_EMAIL_ADDRESS"
    NO_LANGUAGE_TAG = "NO_LANGUAGE_TAG"
    # Second factors
    ONE_PROOF = "ONE_PROOF"
    PASSWORD_OR_CHALLENGE = "PASSWORD_OR_CHALLENGE"  # noqa: S105 - a code, no password
    NO_FACTOR = "NO_FACTOR"
    TOO_MANY_PASSKEYS = "TOO_MANY_PASSKEYS"  # most
    OWN_FACTORS = "OWN_FACTORS"
    ADD_YOURS_FIRST = "ADD_YOURS_FIRST"
    # Idempotency keys
    KEY_UNUSABLE = "KEY_UNUSABLE"  # longest, in characters
    KEY_USED = "KEY_USED"
    # Contacts, relationships, appointments
    NAME_NEEDED = "NAME_NEEDED"
    BIRTH_IN_THE_FUTURE = "BIRTH_IN_THE_FUTURE"
    BIRTH_TOO_LONG_AGO = "BIRTH_TOO_LONG_AGO"  # year
    TOO_MANY_ADDRESSES = "TOO_MANY_ADDRESSES"  # most
    ADDRESS_TWICE = "ADDRESS_TWICE"
    TOO_MANY_PHONES = "TOO_MANY_PHONES"  # most
    CONTACT_ARCHIVED = "CONTACT_ARCHIVED"
    LINKED_STILL = "LINKED_STILL"
    NO_PHONE = "NO_PHONE"
    PHONE_TWICE = "PHONE_TWICE"
    OWN_RELATIVE = "OWN_RELATIVE"
    RELATED_ALREADY = "RELATED_ALREADY"
    END_BEFORE_START = "END_BEFORE_START"
    LONGER_THAN_A_DAY = "LONGER_THAN_A_DAY"
    TOO_LONG_AGO = "TOO_LONG_AGO"  # year
    TOO_FAR_AHEAD = "TOO_FAR_AHEAD"  # year
    EPISODE_OPEN = "EPISODE_OPEN"
    APPOINTMENT_CANCELLED = "APPOINTMENT_CANCELLED"
    COLLEAGUE_DISABLED = "COLLEAGUE_DISABLED"
    # Accounts
    NOT_REGISTERED = "NOT_REGISTERED"
    TOO_MANY_CONTACTS = "TOO_MANY_CONTACTS"  # most
    LANGUAGE_NOT_OFFERED = "LANGUAGE_NOT_OFFERED"  # offered, the tags
    ADDRESS_IN_USE_BY_YOU = "ADDRESS_IN_USE_BY_YOU"
    ADDRESS_CHANGED_LATELY = "ADDRESS_CHANGED_LATELY"  # hours until it may be changed again
    # Staff
    NOT_INVITED = "NOT_INVITED"
    STAFF_DISABLED = "STAFF_DISABLED"
    # Organizations
    NO_SLUG = "NO_SLUG"
    SLUG_TAKEN = "SLUG_TAKEN"
    NO_TIME_ZONE = "NO_TIME_ZONE"
    NO_COLOUR = "NO_COLOUR"
    NO_WEB_ADDRESS = "NO_WEB_ADDRESS"
    NO_LANGUAGE = "NO_LANGUAGE"
    NO_SUCH_AGE = "NO_SUCH_AGE"
    WARNING_TOO_LONG = "WARNING_TOO_LONG"  # most, in days
    NO_IDLE_LIMIT = "NO_IDLE_LIMIT"  # fewest and most, in minutes
    TOO_MANY_LINES = "TOO_MANY_LINES"  # most
    NAME_TAKEN = "NAME_TAKEN"
    NAME_OF_ARCHIVED = "NAME_OF_ARCHIVED"
    FACILITY_ARCHIVED = "FACILITY_ARCHIVED"
    LOGO_EXPIRED = "LOGO_EXPIRED"
    # Documents
    NO_CONTENT = "NO_CONTENT"
    TWO_CONTENTS = "TWO_CONTENTS"
    NO_TEXT = "NO_TEXT"
    NOT_PLAIN_TEXT = "NOT_PLAIN_TEXT"
    LETTERS_NOT_PRINTABLE = "LETTERS_NOT_PRINTABLE"  # letters, the first of those that no font has
    TEXT_TOO_LONG = "TEXT_TOO_LONG"  # longest, in characters
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    UPLOAD_USED = "UPLOAD_USED"
    UPLOAD_EXPIRED = "UPLOAD_EXPIRED"
    SIGNER_TWICE = "SIGNER_TWICE"
    TOO_MANY_SIGNERS = "TOO_MANY_SIGNERS"  # most
    NO_RECIPIENT = "NO_RECIPIENT"
    NO_PORTAL_ACCESS = "NO_PORTAL_ACCESS"
    NO_WAY_OF_SHARING = "NO_WAY_OF_SHARING"
    # The agreement to sign electronically
    CONSENT_CHANGED = "CONSENT_CHANGED"
    CONSENT_MISSING = "CONSENT_MISSING"
    OTHER_CONSENT = "OTHER_CONSENT"
    # Webhooks
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"
    NO_WEBHOOK_EVENT = "NO_WEBHOOK_EVENT"  # offered, the names of the events
    TOO_MANY_ENDPOINTS = "TOO_MANY_ENDPOINTS"  # most
    ROTATED_LATELY = "ROTATED_LATELY"  # hours that both secrets sign
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"

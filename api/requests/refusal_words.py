"""The English words of this face for every refusal of the core, by its class, and for every problem, by its code.

What is wrong with single inputs is also said in Spanish (`problem_words_es`), because staff read it beside the field.
"""

from collections.abc import Callable, Mapping
from typing import Any

from api.requests import problem_words_es as spanish
from api.requests.upload_words import upload_words
from clinic.charts import errors as charts
from clinic.documents import errors as documents
from clinic.factors import errors as factors
from clinic.organizations import errors as organizations
from clinic.portal_access import errors as portal
from clinic.records.errors import ChangedMeanwhile, ExternalIdTaken, PossibleTwin, RegisteredAddress
from clinic.single_sign_on.errors import ProviderSignInRefused
from clinic.staff import errors as staff
from clinic.values import errors as core
from clinic.values import ports
from clinic.values.limits import LONGEST_PASSWORD
from clinic.values.passwords import MIN_LENGTH, MIN_LENGTH_WITH_FACTOR
from clinic.values.problems import Problem, Weakness

WEAKNESSES: Mapping[Weakness, str] = {
    Weakness.TOO_SHORT: f"Use at least {MIN_LENGTH} characters. A short sentence is easy to remember.",
    Weakness.TOO_SHORT_WITH_FACTOR: f"Use at least {MIN_LENGTH_WITH_FACTOR} characters.",
    Weakness.TOO_LONG: f"Use at most {LONGEST_PASSWORD} characters.",
    Weakness.NOT_TYPABLE: "Use characters that can be typed on any keyboard.",
    Weakness.ABOUT_THE_PERSON: "Leave out your name, your address and the name of the practice: "
    "others could guess them.",
    Weakness.EASY_TO_GUESS: "This password is easy to guess. Four or more unrelated words make a strong one.",
    Weakness.NEARLY_STRONG: "This password is almost strong enough. "
    "Add another word that has nothing to do with the rest.",
}
PROBLEMS: Mapping[Problem, str] = {
    Problem.ADDRESS_NOT_ALLOWED: "Use an address that begins with https:// and can be reached from the internet, "
    "without a user name in it.",
    Problem.TOO_MANY_SERVICE_ACCOUNTS: "At most {most} service accounts at a time. Disable one first.",
    Problem.NOT_FOR_PROGRAMS: "{permission} is for people only. Leave it out.",
    Problem.KEYS_OR_ADDRESS: "Send either jwks or jwksUrl.",
    Problem.KEYS_NEEDED: "Only a program with keys may act for staff: send jwks or jwksUrl.",
    Problem.HAS_KEYS: "This program signs in by its keys and has no secret. Send other keys instead.",
    Problem.KEY_SET_UNREADABLE: 'Send a JWK Set as JSON, such as {{"keys": [...]}}.',
    Problem.TOO_MANY_KEYS: "Send at most {most} keys.",
    Problem.KEY_IS_SECRET: "Send public keys only. This set has a private or shared key: don't use that any more.",
    Problem.KEY_WITHOUT_ID: "Give each key a kid of its own.",
    Problem.KEY_NOT_TAKEN: "Use keys for signing: EC on P-256, Ed25519, or RSA from 2048 to 8192 bits.",
    Problem.SERVICE_ACCOUNT_DISABLED: "This service account is disabled for good. Create another one.",
    Problem.NO_WEBHOOK_EVENT: "Choose one or more of {offered}.",
    Problem.TOO_MANY_ENDPOINTS: "Keep at most {most} endpoints. Delete one that you no longer use.",
    Problem.ROTATED_LATELY: "Two secrets are in use until {hours} hours after the last rotation. "
    "Set endOldNow to end both old ones at once.",
    Problem.WEBHOOK_DISABLED: "This endpoint is disabled. Enable it first.",
    Problem.NAME_NEEDED: "Enter a given name, a family name, or both.",
    Problem.BIRTH_IN_THE_FUTURE: "Enter a date of birth that is not in the future.",
    Problem.BIRTH_TOO_LONG_AGO: "Check the year: {year} is too long ago for a date of birth.",
    Problem.NO_LANGUAGE_TAG: "Use a language tag such as en or es.",
    Problem.TOO_MANY_ADDRESSES: "Keep at most {most} addresses.",
    Problem.TOO_MANY_PHONES: "Keep at most {most} numbers.",
    Problem.ADDRESS_TWICE: "Name each address once.",
    Problem.END_BEFORE_START: "The end must come after the start.",
    Problem.LONGER_THAN_A_DAY: "An appointment lasts a day at most.",
    Problem.TOO_LONG_AGO: "Check the year: {year} is too long ago for an appointment.",
    Problem.TOO_FAR_AHEAD: "Check the year: {year} is too far ahead for an appointment.",
    Problem.APPOINTMENT_CANCELLED: "This appointment is cancelled. Take the cancellation back first.",
    Problem.COLLEAGUE_DISABLED: "This staff member is disabled. Choose another, or nobody.",
    Problem.CONTACT_ARCHIVED: "This record is archived. Restore it first.",
    Problem.CONTACT_MERGED: "This record was merged into another. Use the other one.",
    Problem.LINKED_STILL: "This person has a portal account or an open invitation. "
    "Unlink the account, or take the invitation back, then archive.",
    Problem.NO_PHONE: "Enter a phone number such as +1 208 555 0134, with x and the extension if it has one.",
    Problem.PHONE_TWICE: "Name each number once.",
    Problem.EPISODE_OPEN: "Another episode is open. End that one first.",
    Problem.OWN_RELATIVE: "Choose another person: nobody is their own relative.",
    Problem.RELATED_ALREADY: "These two are related already. Change that relationship instead.",
    Problem.NO_SYSTEM_URI: "Use an absolute URI without spaces, such as urn:oid:2.16.840.1 or https://ehr.example/patients.",
    Problem.EXTERNAL_ID_TWICE: "Name each external id once.",
    Problem.TOO_MANY_EXTERNAL_IDS: "Keep at most {most} external ids.",
    Problem.EXTERNAL_IDS_CHANGED: "The external ids of the record were changed after you read them. Read them again.",
    Problem.TOO_MANY_RECORDS: "Send at most {most} records at once.",
    Problem.OTHER_PEOPLE: "This relationship is on record between other people. End it, and send a new one.",
    Problem.OTHER_CONTACT: "This appointment is on record for another contact. Cancel it, and send a new one.",
    Problem.NOT_REGISTERED: "Nobody has registered with this account. Revoke the invitation.",
    Problem.TOO_MANY_CONTACTS: "Name at most {most} contacts at once.",
    Problem.LANGUAGE_NOT_OFFERED: "Choose one of {offered}.",
    Problem.ADDRESS_IN_USE_BY_YOU: "This is the address you sign in with already.",
    Problem.ADDRESS_CHANGED_LATELY: "The address was changed a short while ago. "
    "It can be changed again {hours} hours after that.",
    Problem.NOT_INVITED: "This person has chosen a password already. Who forgot it asks for an email at the sign-in.",
    Problem.STAFF_DISABLED: "This person is disabled. Enable them first.",
    Problem.DAY_IS_PAST: "This day is past. Choose today or a later day; to end the access now, disable the person.",
    Problem.ACCESS_TOO_LONG: "Check the year: choose a day within {most} years, or none.",
    Problem.ONE_PROOF: "Give one of code, recoveryCode and passkey.",
    Problem.PASSWORD_OR_CHALLENGE: "Give your password, or the challenge of the second step.",
    Problem.NO_FACTOR: "Add a passkey or codes from an app first.",
    Problem.TOO_MANY_PASSKEYS: "Keep at most {most} passkeys. Remove one that you no longer use.",
    Problem.OWN_FACTORS: "Nobody resets their own second factor. Ask a colleague who manages staff.",
    Problem.ADD_YOURS_FIRST: "Add a second factor to your own account first, so that you are not shut out.",
    Problem.SHARED_ISSUER: "People of every organization sign in at this issuer. Use your own tenant's: it has the "
    "tenant's id in place of common, organizations or consumers.",
    Problem.PROVIDER_AWAY: "The provider does not answer. Check the address, or try again in a few minutes.",
    Problem.PROVIDER_NOT_USABLE: "There is no usable OpenID Connect provider at this address. Use the issuer exactly "
    "as your provider shows it, beginning with https://.",
    Problem.NO_DOMAIN: "Use a domain such as practice.example, without @.",
    Problem.TOO_MANY_DOMAINS: "Name at most {most} domains.",
    Problem.PASSWORDS_OFF: "Staff of this practice don't sign in by password. Turn password sign-in on first.",
    Problem.NO_PROVIDER: "Set a sign-in provider first. Without one nobody could sign in.",
    Problem.NO_MANAGER_BY_PROVIDER: "First let somebody who may manage staff sign in at the provider, so that it is "
    "known to work.",
    Problem.NO_BREAK_GLASS: "Name an active member who may manage staff and has a password: theirs keeps working.",
    Problem.KEY_USED: "This key was used for another request. Use a new one.",
    Problem.KEY_UNUSABLE: "Use 1 to {longest} printable characters.",
    Problem.SLUG_TAKEN: "Another organization has this slug.",
    Problem.NO_SLUG: "Use small letters, digits and hyphens, not at either end; some words are reserved.",
    Problem.NO_TIME_ZONE: "Use an IANA time zone such as America/Boise.",
    Problem.NO_COLOUR: "Use six hexadecimal digits, such as #2b5f75.",
    Problem.NO_WEB_ADDRESS: "Use a full address such as https://practice.example.",
    Problem.NO_ORIGIN: "Use whole origins such as https://ehr.example.org: with https, without a path and without *.",
    Problem.TOO_MANY_ORIGINS: "Name at most {most} origins.",
    Problem.NO_LANGUAGE: "Name en, es or both, each once, the usual one first.",
    Problem.NO_SUCH_AGE: "Choose 12, 13 or 18, or none.",
    Problem.WARNING_TOO_LONG: "Choose 0 to {most} days.",
    Problem.NO_RETENTION_YEARS: "Choose {fewest} to {most} years, or keep signed documents for ever.",
    Problem.NO_IDLE_LIMIT: "Choose {fewest} to {most} minutes.",
    Problem.TOO_MANY_LINES: "Use at most {most} lines.",
    Problem.NAME_TAKEN: "Another facility has this name. Choose a name that tells them apart.",
    Problem.NAME_OF_ARCHIVED: "An archived facility has this name. Restore it, or choose another name.",
    Problem.FACILITY_ARCHIVED: "This facility is archived. Choose another, or restore it in the settings.",
    Problem.LOGO_EXPIRED: "This picture was sent too long ago. Send it again.",
    Problem.NOT_SIGNED: "Nobody has signed this document. Withdraw it instead.",
    Problem.NO_CONTENT: "Send a PDF first, or write a text.",
    Problem.TWO_CONTENTS: "Use the PDF or the text, not both.",
    Problem.SIGNER_TWICE: "Name each signer once.",
    Problem.TOO_MANY_SIGNERS: "Name at most {most} signers.",
    Problem.TOO_MANY_PAGES: "This text gives more pages than a document may have. Divide it.",
    Problem.NO_PORTAL_ACCESS: "Choose the client, or relatives who have portal access.",
    Problem.UPLOAD_USED: "This PDF has become a document already. Send it again for another.",
    Problem.UPLOAD_EXPIRED: "This PDF was sent too long ago. Send it again.",
    Problem.NO_RECIPIENT: "Choose at least one person, or stop sharing.",
    Problem.CONSENT_CHANGED: "The agreement has new words. Reload the page and read them.",
    Problem.CONSENT_MISSING: "You have not agreed to today's words. Reload the page and read them.",
    Problem.OTHER_CONSENT: "You have agreed to other words than these.",
    Problem.NO_WAY_OF_SHARING: "Say allAuthorized: true, or give recipientIds; one of the two.",
    Problem.TOO_LONG: "Use at most {longest} characters.",
    Problem.NOT_ONE_LINE: "Use one line of plain text, without control characters.",
    Problem.ENCODED_WORD: "Leave out =? or ?=. Mail programs would read the text between them as something else.",
    Problem.NEEDED: "This is needed.",
    Problem.NO_EMAIL_ADDRESS: "Enter an email address such as name@example.com.",
    Problem.TEXT_TOO_LONG: "Use at most {longest:,} characters, or divide it.",
    Problem.NOT_PLAIN_TEXT: "Use plain text, without control characters.",
    Problem.LETTERS_NOT_PRINTABLE: "We have no font for these letters: {letters}. Write others, or send a PDF.",
    Problem.NO_TEXT: "Write the document's text.",
}
_INVITATIONS = {
    "USED": "This invitation was used already. Sign in with the password you chose.",
    "REPLACED": "A newer email replaced this invitation. Use the link in the newest one.",
    "REVOKED": "The practice took this invitation back. Call the practice.",
    "EXPIRED": "This invitation has expired. Ask for a fresh link.",
}
_CLOSED = {
    "WITHDRAWN": "The practice has taken this document back.",
    "SUPERSEDED": "A newer document has taken this one's place.",
    "DECLINED": "This document was declined, so nobody can sign it any more.",
    "COMPLETED": "Everybody has signed this document.",
    "SIGNED": "Somebody has signed this document already. Replace it by a new one instead.",
}

_KEPT = {
    "LIVE_LINK": "A portal account is linked to this record. End the link first.",
    "OPEN_SIGNATURE": "Someone is asked to sign a document of this record. Withdraw it first.",
    "OPEN_TRANSFER": "A transfer of this record's portal account waits for a decision. Decide it first.",
    "SIGNED_DOCUMENTS": "Signed documents and their evidence must be kept for as long as the practice's rule says.",
    "OTHERS_DOCUMENT": "This person was asked to sign a document of another record, which must stay complete.",
}

_MERGE = {
    "SAME_RECORD": "Choose another record: this is the same one.",
    "ARCHIVED": "One of the two records is archived or was merged before. Restore it first, or use the other record.",
    "RELATED": "These two are related to each other, so they are two people. If that is a mistake, give the "
    "relationship an end date first.",
    "BOTH_LINKED": "Both records have a portal account. Find out which one the person uses, and unlink the "
    "other first.",
    "OPEN_TRANSFER": "A transfer of a portal account waits for a decision on one of the records. Decide it first.",
    "BOTH_SIGN": "A document waits for the signatures of both records. Withdraw it and make a new one first.",
    "TOO_MANY_ADDRESSES": "Together they have too many email addresses. Remove some first.",
    "TOO_MANY_PHONES": "Together they have too many phone numbers. Remove some first.",
}

_AT_PROVIDER = {
    "NO_PROVIDER": "This practice has no sign-in of its own. Sign in with your address and password.",
    "PROVIDER_AWAY": "Your practice's sign-in does not answer. Try again in a few minutes.",
    "PROVIDER_REFUSED": "Your practice's sign-in gave an answer that we can't use. Try again; if it stays, tell the "
    "person who manages integrations.",
    "CANCELLED": "You turned back at your practice's sign-in. Nothing was changed.",
    "START_AGAIN": "This sign-in took too long, was used already, or was begun in another window. Start again.",
    "NOT_KNOWN": "Your practice's sign-in knows you, and nobody here has that address. Ask the person who manages "
    "staff to add you with the address that you use there.",
    "INVITED": "You have not accepted your invitation. Open the link in the email first.",
    "NOT_PROVEN": "That was not a new sign-in of the person who is signed in here. Try again as yourself.",
}

_SECOND_PERSON = {
    "REQUESTED_IT": "Somebody else has to decide about this: you asked for it.",
    "ACCOUNT_TOO_NEW": "Somebody else has to approve this: your account is newer than the request.",
    "CREATED_BY_REQUESTER": "Somebody else has to approve this: the person who asked for it created your account.",
    "PERMISSION_FROM_REQUESTER": "Somebody else has to approve this: the person who asked for it gave you the "
    "permission to.",
    "NO_SECOND_FACTOR": "Add a passkey or codes from an app on your account page first: your practice asks for it.",
    "IS_PROGRAM": "Two persons have to do this, and a program is none. Sign in to the staff screen and do it there.",
    "REQUESTED_BY_PROGRAM": "A program asked for this, so nobody can approve it. Decline it, and ask for it yourself.",
}

_SENTENCES: Mapping[type[core.ClinicError], str] = {
    core.ClinicError: "This could not be done.",
    core.StaffOnly: "This is for staff.",
    core.PatientsOnly: "This is for patients.",
    core.NotFound: "There is no such record. Reload the page and try again.",
    core.WrongCredentials: "The email address or the password is not right.",
    core.SessionEnded: "Your session has ended. Sign in again.",
    core.EmailTaken: "Another staff member already signs in with this email address.",
    core.FreshSignInNeeded: "This needs your password again. Enter it and go on; nothing that you typed is lost.",
    core.SecondFactorMissing: "Your practice asks for a second factor. Add a passkey or codes from an app on your "
    "account page first; nothing else is open until then.",
    factors.SecondFactorNeeded: "The password is right. Go on with your passkey, a code from your app, "
    "or a recovery code.",
    factors.FactorRefused: "This is not right, or was used before. Wait for the next code, use your passkey, "
    "or a recovery code.",
    factors.ChallengeNotUsable: "This took too long or is done already. Start again.",
    factors.LastFactor: "Your practice asks for a second factor, and this is your only one. Add another one first.",
    factors.LongerPasswordNeeded: f"Choose a password of at least {MIN_LENGTH} characters first: "
    "a shorter one does only together with a second factor.",
    staff.PasswordSignInOff: "Staff of this practice sign in with the practice's own account, not by password.",
    staff.LastPassword: "This is the one person whose password still signs in while passwords are off. Name another "
    "first (breakGlassStaffMemberId), or turn password sign-in on.",
    staff.LastManager: "Nobody else who can sign in may manage staff. Give somebody else MANAGE_STAFF first.",
    ExternalIdTaken: "Another record has this external id. Remove it there first.",
    PossibleTwin: "A record with the same name, date of birth and address is there. Give that record this external id; "
    "if these are two people, enter the other one by hand.",
    RegisteredAddress: "This person signs in at the portal with the address that would be removed. Keep it; the person "
    "can change it in the portal.",
    ports.FileStoreUnavailable: "Files can't be stored or read now. Nothing was changed; try again in a few seconds.",
    portal.ContactHasNoEmail: "This contact has no email address. Add one, then create the account.",
    portal.PortalAccountExists: "A portal account exists already. Link it, or print the instructions.",
    portal.EmailConflict: (
        "The portal account with this email address belongs to another record. "
        "Use another address, give the relationship portal access if its holder is a relative, or ask for a transfer."
    ),
    portal.IdentityNotConfirmed: "This does not match what the practice has on record. "
    "Check it and try again, or call the practice.",
    portal.LinkNotUsable: "This link has been used, replaced or has expired. Ask for a new one.",
    portal.NotLinked: "This contact has no linked portal account.",
    portal.AlreadyLinked: "There is a link already. End it first, or print the instructions.",
    portal.NoMatchingAccount: (
        "No portal account with one of this contact's addresses is waiting to be linked. "
        "Choose the account this contact had before, if there is one, or create one."
    ),
    portal.SeveralAccounts: "Several portal accounts bear this contact's addresses. Choose the one to link.",
    portal.ChooseNewPassword: "Choose a password. "
    "The one typed at registration does not count, because it was typed elsewhere.",
    portal.PasswordNeeded: "Enter the account's password to use this address.",
    portal.NoConflict: "No other record stands in this contact's way. Reload the page to see what is possible now.",
    portal.ConflictChanged: "The account was linked again after this was asked for. "
    "Decline this and ask for a new transfer.",
    portal.NotYourRequest: "Somebody else asked for this, and only they can withdraw it. You can decline it.",
    portal.AlreadyDecided: "This has been decided or withdrawn already.",
    documents.NotShared: "This document is not shared with you. "
    "Reload the page; if you expected it, call the practice.",
    documents.NotASigner: "You are not asked to sign this document.",
    documents.NotYourTurn: "Somebody else has to sign before you. You get an email when it is your turn.",
    documents.AlreadySigned: "This has been signed already.",
    documents.DocumentChanged: "The document is not the one you were shown. "
    "Reload the page and read it again before you sign.",
}
_WITH_VALUES: Mapping[type[core.ClinicError], Callable[[Any], str]] = {
    core.NotPermitted: lambda refusal: (
        f"You need the permission {refusal.permission} for this. Ask someone who manages staff."
    ),
    core.AccountClosed: lambda refusal: (
        f"Your account at {refusal.organization} is closed. "
        + (f"Call {refusal.phone} if you need it." if refusal.phone else "Ask the practice if you need it.")
    ),
    ChangedMeanwhile: lambda refusal: (
        f"{_latest_editor(refusal)} changed this meanwhile. Nothing of yours was saved: look at what changed, then "
        "save yours again or leave it."
    ),
    core.InvalidInput: lambda refusal: (
        "Please correct: " + " ".join(f"{each.path}: {problem_words(each)}" for each in refusal.problems)
    ),
    ProviderSignInRefused: lambda refusal: _AT_PROVIDER[refusal.reason],
    core.TooManyAttempts: lambda refusal: (
        f"Too many attempts. Try again in {max(1, round(refusal.retry_after.total_seconds() / 60))} min."
    ),
    core.WeakPassword: lambda refusal: " ".join(weakness_words(refusal)),
    portal.InvitationNotUsable: lambda refusal: _INVITATIONS.get(
        refusal.reason, "This link is not complete or was never given out."
    ),
    portal.SecondPersonNeeded: lambda refusal: _SECOND_PERSON[refusal.reason],
    documents.DocumentClosed: lambda refusal: _CLOSED[refusal.reason],
    documents.UploadRefused: lambda refusal: upload_words(refusal.problem, "en"),
    organizations.LogoNotUsable: lambda refusal: upload_words(refusal.problem, "en"),
    charts.SearchTooBroad: lambda _: "This search takes too long. Type more letters, or a whole name or address.",
    charts.MergeBlocked: lambda refusal: _MERGE[refusal.reason],
    charts.MustBeKept: lambda refusal: (
        _KEPT[refusal.reason] + (f" They may be erased from {refusal.until} on." if refusal.until else "")
    ),
}


def _latest_editor(refusal: ChangedMeanwhile) -> str:
    return refusal.changes[0].by if refusal.changes else "Somebody"


def refusal_words(refusal: core.ClinicError) -> str:
    """What is wrong and what would help, in plain English."""
    for kind in type(refusal).__mro__:
        if kind in _WITH_VALUES:
            return _WITH_VALUES[kind](refusal)
        if kind in _SENTENCES:
            return _SENTENCES[kind]
    raise LookupError(type(refusal))


def problem_words(problem: core.FieldProblem, language: str = "en") -> str:
    """What would be right for this input. `language` is one of the server's (`languages.language_for`)."""
    words = spanish.PROBLEMS if language == "es" else PROBLEMS
    return words[problem.code].format(**problem.values)


def weakness_words(refusal: core.WeakPassword, language: str = "en") -> list[str]:
    """Why the password may not be used, in plain sentences."""
    words = spanish.WEAKNESSES if language == "es" else WEAKNESSES
    return [words[reason] for reason in refusal.reasons]

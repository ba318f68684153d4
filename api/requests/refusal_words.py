"""The English words of this face for every refusal of the core, by its class, and for every problem, by its code."""

from collections.abc import Callable, Mapping
from typing import Any

from clinic.documents import errors as documents
from clinic.portal_access import errors as portal
from clinic.records.errors import ChangedMeanwhile
from clinic.staff import errors as staff
from clinic.values import errors as core
from clinic.values.limits import LONGEST_PASSWORD
from clinic.values.passwords import MIN_LENGTH
from clinic.values.pdf_check import PdfProblem
from clinic.values.problems import Problem, Weakness

WEAKNESSES: Mapping[Weakness, str] = {
    Weakness.TOO_SHORT: f"Use at least {MIN_LENGTH} characters. A short sentence is easy to remember.",
    Weakness.TOO_LONG: f"Use at most {LONGEST_PASSWORD} characters.",
    Weakness.NOT_TYPABLE: "Use characters that can be typed on any keyboard.",
    Weakness.ABOUT_THE_PERSON: "Leave out your name, your address and the name of the practice: "
    "others could guess them.",
    Weakness.EASY_TO_GUESS: "This password is easy to guess. Four or more unrelated words make a strong one.",
    Weakness.NEARLY_STRONG: "This password is almost strong enough. "
    "Add another word that has nothing to do with the rest.",
}
PROBLEMS: Mapping[Problem, str] = {
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
    Problem.LINKED_STILL: "This person has a portal account or an open invitation. "
    "Unlink the account, or take the invitation back, then archive.",
    Problem.NO_PHONE: "Enter a phone number such as +1 208 555 0134, with x and the extension if it has one.",
    Problem.PHONE_TWICE: "Name each number once.",
    Problem.EPISODE_OPEN: "Another episode is open. End that one first.",
    Problem.OWN_RELATIVE: "Choose another person: nobody is their own relative.",
    Problem.RELATED_ALREADY: "These two are related already. Change that relationship instead.",
    Problem.NOT_REGISTERED: "Nobody has registered with this account. Revoke the invitation.",
    Problem.TOO_MANY_CONTACTS: "Name at most {most} contacts at once.",
    Problem.LANGUAGE_NOT_OFFERED: "Choose one of {offered}.",
    Problem.ADDRESS_IN_USE_BY_YOU: "This is the address you sign in with already.",
    Problem.ADDRESS_CHANGED_LATELY: "The address was changed a short while ago. "
    "It can be changed again {hours} hours after that.",
    Problem.NOT_INVITED: "This person has chosen a password already. Who forgot it asks for a letter at the sign-in.",
    Problem.STAFF_DISABLED: "This person is disabled. Enable them first.",
    Problem.KEY_USED: "This key was used for another request. Use a new one.",
    Problem.KEY_UNUSABLE: "Use 1 to {longest} printable characters.",
    Problem.SLUG_TAKEN: "Another organization has this slug.",
    Problem.NO_SLUG: "Use small letters, digits and hyphens, not at either end; some words are reserved.",
    Problem.NO_TIME_ZONE: "Use an IANA time zone such as America/Boise.",
    Problem.NO_COLOUR: "Use six hexadecimal digits, such as #2b5f75.",
    Problem.NO_WEB_ADDRESS: "Use a full address such as https://practice.example.",
    Problem.NO_LANGUAGE: "Name at least one language, such as en or es.",
    Problem.NO_SUCH_AGE: "Choose 12, 13 or 18, or none.",
    Problem.WARNING_TOO_LONG: "Choose 0 to {most} days.",
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
    Problem.NO_EMAIL_ADDRESS: "Enter an e-mail address such as name@example.com.",
    Problem.TEXT_TOO_LONG: "Use at most {longest:,} characters, or divide it.",
    Problem.NOT_PLAIN_TEXT: "Use plain text, without control characters.",
    Problem.LETTERS_NOT_PRINTABLE: "We have no font for these letters: {letters}. Write others, or send a PDF.",
    Problem.NO_TEXT: "Write the document's text.",
}
PDF_PROBLEMS: Mapping[PdfProblem, str] = {
    PdfProblem.NOT_A_PDF: "This is no PDF. Save or print it as a PDF, then send it again.",
    PdfProblem.BROKEN: "This PDF is damaged. Save it again from the program it came from.",
    PdfProblem.ENCRYPTED: "This PDF is protected by a password. Save a copy without protection.",
    PdfProblem.ACTIVE_CONTENT: "This PDF contains scripts, attachments or the like. Print it to a new PDF.",
    PdfProblem.SIGNED: "This PDF is signed already, and adding pages to it would break that. Print it to a new PDF.",
    PdfProblem.TOO_LARGE: "This PDF has more than 25 MB. Save it with smaller pictures, or divide it.",
    PdfProblem.TOO_MANY_PAGES: "This PDF has more than 500 pages. Divide it.",
    PdfProblem.TOO_COMPLEX: "This PDF is too complex to show. Print it to a new PDF, or divide it.",
    PdfProblem.PAGE_WITHOUT_AREA: "A page of this PDF has no width or no height. Print it to a new PDF.",
    PdfProblem.NOT_FLATTENED: "This PDF has form fields, notes or layers that look different from program to program. "
    "Open it, check that everything is there, and print it to a new PDF.",
    PdfProblem.FONT_NOT_EMBEDDED: "This PDF lacks a font that it needs, so letters would be missing on other machines. "
    "Save it again with all fonts embedded, or print it to a new PDF.",
    PdfProblem.NOT_SEALABLE: "This PDF is built so that it could not be sealed after signing. Print it to a new PDF.",
}
_INVITATIONS = {
    "USED": "This invitation was used already. Sign in with the password you chose.",
    "REPLACED": "A newer letter replaced this invitation. Use the link in the newest one.",
    "REVOKED": "The practice took this invitation back. Call the practice.",
    "EXPIRED": "This invitation has run out. Ask for a fresh link.",
}
_CLOSED = {
    "WITHDRAWN": "The practice has taken this document back.",
    "SUPERSEDED": "A newer document has taken this one's place.",
    "DECLINED": "This document was declined, so nobody can sign it any more.",
    "COMPLETED": "Everybody has signed this document.",
    "SIGNED": "Somebody has signed this document already. Replace it by a new one instead.",
}

_SENTENCES: Mapping[type[core.ClinicError], str] = {
    core.ClinicError: "This could not be done.",
    core.NotFound: "There is no such record. Reload the page and try again.",
    core.WrongCredentials: "The e-mail address or the password is not right.",
    core.SessionEnded: "Your session has ended. Sign in again.",
    core.EmailTaken: "Another staff member already signs in with this e-mail address.",
    staff.LastManager: "Nobody else who can sign in may manage staff. Give somebody else MANAGE_STAFF first.",
    portal.ContactHasNoEmail: "This contact has no e-mail address. Add one, then create the account.",
    portal.PortalAccountExists: "A portal account exists already. Link it, or print the instructions.",
    portal.EmailConflict: (
        "The portal account with this e-mail address belongs to another record. "
        "Use another address, give the relationship portal access if its holder is a relative, or ask for a transfer."
    ),
    portal.IdentityNotConfirmed: "This does not match what the practice has on record. "
    "Check it and try again, or call the practice.",
    portal.LinkNotUsable: "This link has been used, replaced or has run out. Ask for a new one.",
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
    portal.SecondPersonNeeded: "Somebody else has to decide about this: you asked for it.",
    portal.AlreadyDecided: "This has been decided already.",
    documents.NotShared: "This document is not shared with you. "
    "Reload the page; if you expected it, call the practice.",
    documents.NotASigner: "You are not asked to sign this document.",
    documents.NotYourTurn: "Somebody else has to sign before you. You get a letter when it is your turn.",
    documents.AlreadySigned: "This has been signed already.",
    documents.DocumentChanged: "The document is not the one you were shown. "
    "Reload the page and read it again before you sign.",
}
_WITH_VALUES: Mapping[type[core.ClinicError], Callable[[Any], str]] = {
    core.NotPermitted: lambda refusal: (
        f"You need the permission {refusal.permission} for this. Ask someone who manages staff."
    ),
    portal.AccountClosed: lambda refusal: (
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
    core.TooManyAttempts: lambda refusal: (
        f"Too many attempts. Try again in {max(1, round(refusal.retry_after.total_seconds() / 60))} min."
    ),
    core.WeakPassword: lambda refusal: " ".join(weakness_words(refusal)),
    portal.InvitationNotUsable: lambda refusal: _INVITATIONS.get(
        refusal.reason, "This link is not complete or was never given out."
    ),
    documents.DocumentClosed: lambda refusal: _CLOSED[refusal.reason],
    documents.UploadRefused: lambda refusal: PDF_PROBLEMS[refusal.problem],
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


def problem_words(problem: core.FieldProblem) -> str:
    """What would be right for this input, in plain English."""
    return PROBLEMS[problem.code].format(**problem.values)


def weakness_words(refusal: core.WeakPassword) -> list[str]:
    """Why the password may not be used, in plain English sentences."""
    return [WEAKNESSES[reason] for reason in refusal.reasons]

"""The English of the contract: what a client is told of each refusal, word for word."""

from datetime import timedelta
from string import Formatter
from uuid import UUID

import pytest

from api.requests import problem_words_es as spanish
from api.requests.refusal_words import PROBLEMS, WEAKNESSES, problem_words, refusal_words, weakness_words
from api.requests.upload_words import UPLOAD_WORDS, UploadProblem
from clinic.documents import errors as documents
from clinic.portal_access import errors as portal
from clinic.values import errors as core
from clinic.values.pdf_check import PdfProblem
from clinic.values.problems import Problem, Weakness


@pytest.mark.parametrize(
    ("code", "values", "words"),
    [
        (
            Problem.ADDRESS_NOT_ALLOWED,
            {},
            "Use an address that begins with https:// and can be reached from the internet, without a user name in it.",
        ),
        (Problem.NO_WEBHOOK_EVENT, {"offered": "a.b, c.d"}, "Choose one or more of a.b, c.d."),
        (Problem.TOO_MANY_ENDPOINTS, {"most": 7}, "Keep at most 7 endpoints. Delete one that you no longer use."),
        (
            Problem.ROTATED_LATELY,
            {"hours": 24},
            "Two secrets are in use until 24 hours after the last rotation. "
            "Set endOldNow to end both old ones at once.",
        ),
        (Problem.WEBHOOK_DISABLED, {}, "This endpoint is disabled. Enable it first."),
        (Problem.NAME_NEEDED, {}, "Enter a given name, a family name, or both."),
        (Problem.BIRTH_IN_THE_FUTURE, {}, "Enter a date of birth that is not in the future."),
        (Problem.BIRTH_TOO_LONG_AGO, {"year": 1880}, "Check the year: 1880 is too long ago for a date of birth."),
        (Problem.NO_LANGUAGE_TAG, {}, "Use a language tag such as en or es."),
        (Problem.TOO_MANY_ADDRESSES, {"most": 7}, "Keep at most 7 addresses."),
        (Problem.TOO_MANY_PHONES, {"most": 7}, "Keep at most 7 numbers."),
        (Problem.ADDRESS_TWICE, {}, "Name each address once."),
        (Problem.END_BEFORE_START, {}, "The end must come after the start."),
        (Problem.LONGER_THAN_A_DAY, {}, "An appointment lasts a day at most."),
        (Problem.TOO_LONG_AGO, {"year": 1926}, "Check the year: 1926 is too long ago for an appointment."),
        (Problem.TOO_FAR_AHEAD, {"year": 2062}, "Check the year: 2062 is too far ahead for an appointment."),
        (Problem.APPOINTMENT_CANCELLED, {}, "This appointment is cancelled. Take the cancellation back first."),
        (Problem.COLLEAGUE_DISABLED, {}, "This staff member is disabled. Choose another, or nobody."),
        (
            Problem.NO_PHONE,
            {},
            "Enter a phone number such as +1 208 555 0134, with x and the extension if it has one.",
        ),
        (Problem.CONTACT_ARCHIVED, {}, "This record is archived. Restore it first."),
        (
            Problem.LINKED_STILL,
            {},
            "This person has a portal account or an open invitation. "
            "Unlink the account, or take the invitation back, then archive.",
        ),
        (Problem.PHONE_TWICE, {}, "Name each number once."),
        (Problem.EPISODE_OPEN, {}, "Another episode is open. End that one first."),
        (Problem.OWN_RELATIVE, {}, "Choose another person: nobody is their own relative."),
        (Problem.RELATED_ALREADY, {}, "These two are related already. Change that relationship instead."),
        (Problem.NOT_REGISTERED, {}, "Nobody has registered with this account. Revoke the invitation."),
        (Problem.TOO_MANY_CONTACTS, {"most": 7}, "Name at most 7 contacts at once."),
        (Problem.LANGUAGE_NOT_OFFERED, {"offered": "en, es"}, "Choose one of en, es."),
        (Problem.ADDRESS_IN_USE_BY_YOU, {}, "This is the address you sign in with already."),
        (
            Problem.ADDRESS_CHANGED_LATELY,
            {"hours": 72},
            "The address was changed a short while ago. It can be changed again 72 hours after that.",
        ),
        (
            Problem.NOT_INVITED,
            {},
            "This person has chosen a password already. Who forgot it asks for an email at the sign-in.",
        ),
        (Problem.STAFF_DISABLED, {}, "This person is disabled. Enable them first."),
        (
            Problem.DAY_IS_PAST,
            {},
            "This day is past. Choose today or a later day; to end the access now, disable the person.",
        ),
        (Problem.ACCESS_TOO_LONG, {"most": 10}, "Check the year: choose a day within 10 years, or none."),
        (Problem.KEY_USED, {}, "This key was used for another request. Use a new one."),
        (Problem.KEY_UNUSABLE, {"longest": 40}, "Use 1 to 40 printable characters."),
        (Problem.SLUG_TAKEN, {}, "Another organization has this slug."),
        (Problem.NO_SLUG, {}, "Use small letters, digits and hyphens, not at either end; some words are reserved."),
        (Problem.NO_TIME_ZONE, {}, "Use an IANA time zone such as America/Boise."),
        (Problem.NO_COLOUR, {}, "Use six hexadecimal digits, such as #2b5f75."),
        (Problem.NO_WEB_ADDRESS, {}, "Use a full address such as https://practice.example."),
        (
            Problem.NO_ORIGIN,
            {},
            "Use whole origins such as https://ehr.example.org: with https, without a path and without *.",
        ),
        (Problem.TOO_MANY_ORIGINS, {"most": 7}, "Name at most 7 origins."),
        (Problem.NO_LANGUAGE, {}, "Name en, es or both, each once, the usual one first."),
        (Problem.NO_IDLE_LIMIT, {"fewest": 5, "most": 60}, "Choose 5 to 60 minutes."),
        (Problem.TOO_MANY_LINES, {"most": 4}, "Use at most 4 lines."),
        (Problem.NAME_TAKEN, {}, "Another facility has this name. Choose a name that tells them apart."),
        (Problem.NO_SUCH_AGE, {}, "Choose 12, 13 or 18, or none."),
        (Problem.WARNING_TOO_LONG, {"most": 7}, "Choose 0 to 7 days."),
        (Problem.NO_CONTENT, {}, "Send a PDF first, or write a text."),
        (Problem.TWO_CONTENTS, {}, "Use the PDF or the text, not both."),
        (Problem.SIGNER_TWICE, {}, "Name each signer once."),
        (Problem.TOO_MANY_SIGNERS, {"most": 7}, "Name at most 7 signers."),
        (Problem.TOO_MANY_PAGES, {}, "This text gives more pages than a document may have. Divide it."),
        (Problem.NO_PORTAL_ACCESS, {}, "Choose the client, or relatives who have portal access."),
        (Problem.UPLOAD_USED, {}, "This PDF has become a document already. Send it again for another."),
        (Problem.UPLOAD_EXPIRED, {}, "This PDF was sent too long ago. Send it again."),
        (Problem.NO_RECIPIENT, {}, "Choose at least one person, or stop sharing."),
        (Problem.CONSENT_CHANGED, {}, "The agreement has new words. Reload the page and read them."),
        (Problem.CONSENT_MISSING, {}, "You have not agreed to today's words. Reload the page and read them."),
        (Problem.OTHER_CONSENT, {}, "You have agreed to other words than these."),
        (Problem.NO_WAY_OF_SHARING, {}, "Say allAuthorized: true, or give recipientIds; one of the two."),
        (Problem.TOO_LONG, {"longest": 40}, "Use at most 40 characters."),
        (Problem.NOT_ONE_LINE, {}, "Use one line of plain text, without control characters."),
        (
            Problem.ENCODED_WORD,
            {},
            "Leave out =? or ?=. Mail programs would read the text between them as something else.",
        ),
        (Problem.NEEDED, {}, "This is needed."),
        (Problem.NO_EMAIL_ADDRESS, {}, "Enter an email address such as name@example.com."),
        (Problem.TEXT_TOO_LONG, {"longest": 100000}, "Use at most 100,000 characters, or divide it."),
        (Problem.NOT_PLAIN_TEXT, {}, "Use plain text, without control characters."),
        (
            Problem.LETTERS_NOT_PRINTABLE,
            {"letters": "ሰላ"},
            "We have no font for these letters: ሰላ. Write others, or send a PDF.",
        ),
        (Problem.NO_TEXT, {}, "Write the document's text."),
    ],
)
def test_words_for_what_is_wrong_with_an_input(code: Problem, values: dict[str, object], words: str) -> None:
    assert problem_words(core.FieldProblem("name", code, values)) == words


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (core.ClinicError(), "This could not be done."),
        (
            core.NotPermitted("WEB_PORTAL"),
            "You need the permission WEB_PORTAL for this. Ask someone who manages staff.",
        ),
        (core.NotFound("contactId"), "There is no such record. Reload the page and try again."),
        (
            core.InvalidInput(
                [core.FieldProblem("givenName", Problem.NEEDED), core.FieldProblem("title", Problem.NEEDED)]
            ),
            "Please correct: givenName: This is needed. title: This is needed.",
        ),
        (core.TooManyAttempts(timedelta(minutes=3)), "Too many attempts. Try again in 3 min."),
        (core.TooManyAttempts(timedelta(seconds=1)), "Too many attempts. Try again in 1 min."),
        (core.WrongCredentials(), "The email address or the password is not right."),
        (
            core.WeakPassword([Weakness.TOO_SHORT]),
            "Use at least 15 characters. A short sentence is easy to remember.",
        ),
        (
            portal.InvitationNotUsable("USED"),
            "This invitation was used already. Sign in with the password you chose.",
        ),
        (portal.InvitationNotUsable("UNKNOWN"), "This link is not complete or was never given out."),
        (portal.LinkNotUsable("USED"), "This link has been used, replaced or has expired. Ask for a new one."),
        (
            portal.PortalAccountExists(UUID(int=1)),
            "A portal account exists already. Link it, or print the instructions.",
        ),
        (documents.DocumentClosed("WITHDRAWN"), "The practice has taken this document back."),
        (
            documents.UploadRefused(PdfProblem.NOT_A_PDF),
            "This is no PDF. Save or print it as a PDF, then send it again.",
        ),
    ],
)
def test_words_for_a_refusal(refusal: core.ClinicError, words: str) -> None:
    assert refusal_words(refusal) == words


def test_words_for_a_weak_password() -> None:
    assert weakness_words(core.WeakPassword(Weakness)) == [
        "Use at least 15 characters. A short sentence is easy to remember.",
        "Use at least 8 characters.",
        "Use at most 200 characters.",
        "Use characters that can be typed on any keyboard.",
        "Leave out your name, your address and the name of the practice: others could guess them.",
        "This password is easy to guess. Four or more unrelated words make a strong one.",
        "This password is almost strong enough. Add another word that has nothing to do with the rest.",
    ]


def _values_in(sentence: str) -> set[str]:
    return {f"{name}:{form}" for _, name, form, _ in Formatter().parse(sentence) if name is not None}


def test_each_problem_has_spanish_words_with_the_same_values() -> None:
    assert set(spanish.PROBLEMS) == set(Problem)
    assert set(spanish.WEAKNESSES) == set(Weakness)
    for code, words in PROBLEMS.items():
        assert _values_in(spanish.PROBLEMS[code]) == _values_in(words), code
        assert spanish.PROBLEMS[code] != words, code


def test_nothing_is_without_words() -> None:
    assert set(PROBLEMS) == set(Problem)
    assert set(WEAKNESSES) == set(Weakness)
    for words in UPLOAD_WORDS.values():
        assert set(words) == {*PdfProblem, *UploadProblem}
    modules = {core.__name__, portal.__name__, documents.__name__}
    wordless = {
        kind.__name__
        for kind in core.ClinicError.__subclasses__()
        if kind.__module__ in modules and kind.__init__ is Exception.__init__
        if refusal_words(kind()) == refusal_words(core.ClinicError())
    }
    assert wordless == set()

"""Which text we accept as input, and the normal forms by which we search and compare."""

import re
import unicodedata
from dataclasses import dataclass

import email_validator
import idna

from clinic.values.errors import FieldProblem, InvalidInput
from clinic.values.limits import LONGEST_EMAIL, LONGEST_NAME
from clinic.values.problems import Problem

# Normalizing takes quadratic time in the length of a run of combining marks, so longer text is cut or refused first.
_SLACK = 4
_MAX_SEARCH = 1000


class UnusableText(ValueError):
    """A text that can't be taken, and why."""

    def __init__(self, problem: Problem, **values: object) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.values = values

    def at(self, path: str) -> InvalidInput:
        """The refusal of the input at this path."""
        return InvalidInput.one(path, self.problem, **self.values)


class Problems:
    """Collects the problems of several inputs, so that the person sees all of them at once."""

    def __init__(self) -> None:
        self._found: list[FieldProblem] = []

    def add(self, path: str, code: Problem, **values: object) -> None:
        self._found.append(FieldProblem(path, code, values))

    def raise_if_any(self) -> None:
        """Raise `InvalidInput` with everything found so far."""
        if self._found:
            raise InvalidInput(self._found)

    def line(self, path: str, value: str, *, longest: int = LONGEST_NAME, required: bool = True) -> str:
        """One line of text in NFC without surrounding space. Adds a problem if `clean_line` refuses it."""
        try:
            return clean_line(value, longest=longest, required=required)
        except UnusableText as unusable:
            self.add(path, unusable.problem, **unusable.values)
            return ""

    def lines(self, path: str, value: str) -> str:
        """Several lines of text, each cleaned as by `line`, without empty lines."""
        cleaned = [self.line(path, line, required=False) for line in value.splitlines()]
        return "\n".join(line for line in cleaned if line)

    def email(self, path: str, value: str) -> str:
        """An email address as typed. Adds a problem if it can't be an address."""
        try:
            return clean_email(value)
        except UnusableText as unusable:
            self.add(path, unusable.problem, **unusable.values)
            return ""


def clean_line(value: str, *, longest: int = LONGEST_NAME, required: bool = True) -> str:
    """One line in NFC without surrounding space and invisible characters.

    Raises `UnusableText` for characters that databases, letters or PDFs can't hold or that can deceive people: control
    characters (NUL, line breaks), lone surrogates, noncharacters, characters that reorder text, and encoded words. A
    text without any visible character counts as empty. Letters that are newer than this Python's tables are letters.
    """
    if len(value) > longest * _SLACK:
        raise UnusableText(Problem.TOO_LONG, longest=longest)
    value = trimmed(value)
    for character in value:
        if is_harmful(character) or character in REORDERING:
            raise UnusableText(Problem.NOT_ONE_LINE)
    text = trimmed(unicodedata.normalize("NFC", value))
    if ENCODED_WORD.search(text):
        raise UnusableText(Problem.ENCODED_WORD)
    if required and not has_visible(text):
        raise UnusableText(Problem.NEEDED)
    if len(text) > longest:
        raise UnusableText(Problem.TOO_LONG, longest=longest)
    return text


# Mail programs decode what stands between the two marks (RFC 2047), even if it is malformed or in quotes. So a name
# with an encoded word could become an address, or a line of a letter's head.
ENCODED_WORD = re.compile(r"=\?.*\?=", re.DOTALL)


def is_harmful(character: str) -> bool:
    """Whether databases, letters or PDFs can't hold the character on one line: controls, surrogates, noncharacters."""
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return True
    return "\ufdd0" <= character <= "\ufdef" or ord(character) & 0xFFFE == 0xFFFE


def has_visible(text: str) -> bool:
    """Whether anything can be seen. A character unknown to this Python's tables is one of a newer Unicode."""
    return any(
        unicodedata.category(character)[0] in "LNPS" or unicodedata.category(character) == "Cn" for character in text
    )


# Explicit bidirectional embeddings, overrides and isolates. They are harmless in a letter's body, but disguise a name.
REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# What people paste around a text without seeing it: soft hyphens, zero-width marks, byte order marks, and the marks of
# direction that telephones and address books set around numbers. The joiners U+200C and U+200D are letters' own: some
# Malayalam names end in one. U+202E turns a text round, so it is never only decoration.
_UNSEEN = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u2060\u2066\u2067\u2068\u2069\ufeff"
_SPACE = "".join(character for character in map(chr, range(0x3001)) if character.isspace())


def trimmed(text: str) -> str:
    """The text without the space and the invisible characters at both ends."""
    return text.strip(_SPACE + _UNSEEN)


def clean_email(value: str) -> str:
    """The address as typed, trimmed. Raises `UnusableText` if it can't be an address."""
    text = clean_line(value, longest=LONGEST_EMAIL)
    try:
        normal_email(text)
    except ValueError:
        raise UnusableText(Problem.NO_EMAIL_ADDRESS) from None
    return text


def normal_email(address: str) -> str:
    """The form in which addresses are compared: NFKC, case folded, the domain in IDNA form without a trailing dot.

    Raises ValueError if it can't be an address. Two addresses with the same normal form count as the same address.
    RFC 5321 lets a mail server distinguish upper and lower case; people do not (product §2).
    """
    if len(address) > LONGEST_EMAIL * _SLACK:
        raise ValueError("not an email address")
    local, at, domain = unicodedata.normalize("NFKC", trimmed(address)).rpartition("@")
    local = unicodedata.normalize("NFKC", local.casefold())
    # UTS #46 folds the case of the domain, and keeps "straße.example" and "strasse.example" apart; casefold would not.
    domain = domain.rstrip(".")
    if not at or not local or not domain:
        raise ValueError("not an email address")
    try:
        domain_ascii = idna.encode(domain, uts46=True, transitional=False).decode("ascii").lower()
        checked = email_validator.validate_email(
            f"{local}@{domain_ascii}",
            check_deliverability=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            test_environment=True,
        )
    except (idna.IDNAError, email_validator.EmailNotValidError, UnicodeError) as problem:
        raise ValueError("not an email address") from problem
    return f"{checked.local_part}@{domain_ascii}"


def normal_email_or_none(address: str) -> str | None:
    """The normal form, or None if it can't be an address."""
    try:
        return normal_email(address)
    except ValueError:
        return None


def deliverable_email(address: str) -> str:
    """The address for a mail server: the local part as typed but in NFKC, the domain in its normal form."""
    local = unicodedata.normalize("NFKC", trimmed(address)).rpartition("@")[0]
    return f"{local}@{normal_email(address).rpartition('@')[2]}"


def search_key(text: str) -> str:
    """The form for search and sorting: lower case, no accents, single spaces ("zoe nunez")."""
    decomposed = unicodedata.normalize("NFKD", text[:_MAX_SEARCH])
    bare = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in decomposed
        if not unicodedata.combining(character)
    )
    return " ".join(unicodedata.normalize("NFKC", bare.casefold()).split())


@dataclass(frozen=True)
class SearchWord:
    """One word of a search, in three forms: part of a name, beginning of an address, and whole address."""

    name: str
    address: str
    whole_address: str | None


def search_words(text: str, at_most: int) -> list[SearchWord]:
    """The words of a search. Forms for addresses keep accents ("josé@example.com"); the form for names has none."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text[:_MAX_SEARCH])
    words = []
    for pasted in plain.split()[:at_most]:
        typed = trimmed(pasted)
        if name := search_key(typed):
            address = unicodedata.normalize("NFKC", typed.casefold())
            words.append(SearchWord(name, address, normal_email_or_none(typed)))
    return words


def masked_email(address: str) -> str:
    """The address with most of it hidden. Its owner still recognises it: "a•••@example.com"."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"

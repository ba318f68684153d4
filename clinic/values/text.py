"""What text we accept from outside, and the folded forms we search and compare by."""

import unicodedata
from dataclasses import dataclass

import email_validator
import idna

from clinic.values.errors import FieldProblem, InvalidInput
from clinic.values.problems import Problem

MAX_NAME = 200
MAX_LINE = 300
# RFC 5321 §4.5.3.1.3: a path of 256 octets with its angle brackets.
MAX_EMAIL = 254
# Normalizing takes time in the square of a run of combining marks, so longer text is cut or refused before it.
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
    """Collects what is wrong with several inputs, so that a person hears of all at once."""

    def __init__(self) -> None:
        self._found: list[FieldProblem] = []

    def add(self, path: str, code: Problem, **values: object) -> None:
        self._found.append(FieldProblem(path, code, values))

    def raise_if_any(self) -> None:
        """Raise `InvalidInput` with everything found so far."""
        if self._found:
            raise InvalidInput(self._found)

    def line(self, path: str, value: str, *, longest: int = MAX_NAME, required: bool = True) -> str:
        """One line of text in NFC without surrounding space; a problem is noted if it can't be stored or shown."""
        try:
            return clean_line(value, longest=longest, required=required)
        except UnusableText as unusable:
            self.add(path, unusable.problem, **unusable.values)
            return ""

    def lines(self, path: str, value: str) -> str:
        """Several lines of text, each as `line` leaves it; empty ones are left out."""
        cleaned = [self.line(path, line, required=False) for line in value.splitlines()]
        return "\n".join(line for line in cleaned if line)

    def email(self, path: str, value: str) -> str:
        """An e-mail address as typed; a problem is noted if it can't be one."""
        try:
            return clean_email(value)
        except UnusableText as unusable:
            self.add(path, unusable.problem, **unusable.values)
            return ""


def clean_line(value: str, *, longest: int = MAX_NAME, required: bool = True) -> str:
    """One line in NFC without surrounding space.

    Raises `UnusableText` for what databases, letters and PDFs choke on or people are fooled by: control characters
    (NUL, line breaks), lone surrogates, unassigned characters, and marks that reorder text. What shows nothing is
    as good as empty.
    """
    if len(value) > longest * _SLACK:
        raise UnusableText(Problem.TOO_LONG, longest=longest)
    for character in value:
        category = unicodedata.category(character)
        if category in ("Cc", "Cn", "Cs", "Zl", "Zp") or character in REORDERING:
            raise UnusableText(Problem.NOT_ONE_LINE)
    text = unicodedata.normalize("NFC", value).strip()
    if required and not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        raise UnusableText(Problem.NEEDED)
    if len(text) > longest:
        raise UnusableText(Problem.TOO_LONG, longest=longest)
    return text


# Explicit bidirectional embeddings, overrides and isolates: harmless in a letter's body, a trick in a name.
REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_email(value: str) -> str:
    """The address as typed, without surrounding space. Raises `UnusableText` if it can't be an address."""
    text = clean_line(value, longest=MAX_EMAIL)
    try:
        normal_email(text)
    except ValueError:
        raise UnusableText(Problem.NO_EMAIL_ADDRESS) from None
    return text


def normal_email(address: str) -> str:
    """The one form addresses are compared in: NFKC, case folded, the domain in IDNA form without a trailing dot.

    Raises ValueError if it can't be an address. Two addresses with the same normal form are one address to us,
    though RFC 5321 lets a mail server tell letter case apart: no patient does (product §2).
    """
    if len(address) > MAX_EMAIL * _SLACK:
        raise ValueError("not an e-mail address")
    local, at, domain = unicodedata.normalize("NFKC", address.strip()).rpartition("@")
    local = unicodedata.normalize("NFKC", local.casefold())
    # The domain is left to UTS #46, which folds case too but keeps "straße.example" and "strasse.example" apart.
    domain = domain.rstrip(".")
    if not at or not local or not domain:
        raise ValueError("not an e-mail address")
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
        raise ValueError("not an e-mail address") from problem
    return f"{checked.local_part}@{domain_ascii}"


def normal_email_or_none(address: str) -> str | None:
    """The normal form, or None for what can't be anybody's address."""
    try:
        return normal_email(address)
    except ValueError:
        return None


def deliverable_email(address: str) -> str:
    """The address as mail servers take it: the local part as typed but in NFKC, the domain in its normal form."""
    local = unicodedata.normalize("NFKC", address.strip()).rpartition("@")[0]
    return f"{local}@{normal_email(address).rpartition('@')[2]}"


def search_key(text: str) -> str:
    """A folded form for search and order: accents and case are gone, spaces are single ("zoe nunez")."""
    decomposed = unicodedata.normalize("NFKD", text[:_MAX_SEARCH])
    bare = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in decomposed
        if not unicodedata.combining(character)
    )
    return " ".join(unicodedata.normalize("NFKC", bare.casefold()).split())


@dataclass(frozen=True)
class SearchWord:
    """One word that somebody searches by: as part of a name, as the beginning of an address, as a whole address."""

    name: str
    address: str
    whole_address: str | None


def search_words(text: str, at_most: int) -> list[SearchWord]:
    """The words of a search. Addresses keep their accents, which names do without: "josé@example.com"."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text[:_MAX_SEARCH])
    words = []
    for typed in plain.split()[:at_most]:
        if name := search_key(typed):
            address = unicodedata.normalize("NFKC", typed.casefold())
            words.append(SearchWord(name, address, normal_email_or_none(typed)))
    return words


def masked_email(address: str) -> str:
    """Enough of an address to recognise one's own: "a•••@example.com"."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"

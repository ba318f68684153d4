"""The form of a phone number by which it is found, however it was typed."""

import re

# An extension is not dialed with the number; a search may leave it out.
_EXTENSION = re.compile(r"\s*[,;]?\s*(?:x|ext\.?|extension|extensi[oó]n|#)\s*\d*\s*$", re.IGNORECASE)


def reversed_digits(number: str) -> str:
    """The digits from the last to the first, without an extension and without zeros in front of the number.

    Numbers differ at their beginning (a country code, the zero of a trunk call, no area code), so they are compared
    from their end.
    """
    dialed = _EXTENSION.sub("", number)
    return "".join(character for character in dialed if character in "0123456789").lstrip("0")[::-1]

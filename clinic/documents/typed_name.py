"""Whether a typed name may be unfinished, so that a face asks once before it signs. Any name may sign in the end."""

import unicodedata

from clinic.values.text import UnusableText, clean_line, search_key

_FEWEST_LETTERS = 4


def may_be_unfinished(typed: str, recorded: str) -> bool:
    """Whether the text is no name at first sight, such as "x", and is not the name on record either."""
    try:
        key = search_key(clean_line(typed))
    except UnusableText:
        return False  # it is refused anyway, in words of its own
    if key == search_key(recorded):
        return False
    kinds = [unicodedata.category(character) for character in key]
    if "Lo" in kinds or "Cn" in kinds:
        # Scripts without capitals: many of them write a full name in two characters and without a space.
        return False
    letters = sum(kind.startswith("L") for kind in kinds)
    return letters < _FEWEST_LETTERS or len(key.split()) < 2

"""Looking for words in text that also holds tokens, ids and digests."""

import re

# At least one digit: a long English or Spanish word, or a name joined by dashes, has none.
_RANDOM = re.compile(r"(?=[\w+-]*\d)[\w+-]{16,}=*")


def predictable(text: str) -> str:
    """The text without its random parts, in which a short word or a number may stand by chance."""
    return _RANDOM.sub("…", text)

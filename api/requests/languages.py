"""Which language the server's own sentences are answered in, by the Accept-Language header (RFC 9110 §12.5.4)."""

import re
from functools import lru_cache

from starlette.datastructures import Headers

from clinic.portal_access.status_words import LANGUAGES

# Longer headers are not from a client of ours; reading them costs time that grows with their length.
_LONGEST_HEADER = 1_000

_QVALUE = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def language_for(headers: Headers) -> str:
    """The one of our languages that the sender likes best; English where none of them is wanted.

    A region counts for its language: who asks for es-MX reads our Spanish.
    """
    accepted = ",".join(headers.getlist("accept-language")).strip()
    return _best(accepted) if accepted and len(accepted) <= _LONGEST_HEADER else LANGUAGES[0]


@lru_cache(maxsize=64)
def _best(accepted: str) -> str:
    weights: dict[str, float] = {}
    for item in accepted.lower().split(","):
        tag, *parameters = (part.strip() for part in item.split(";"))
        weight = next((value[2:].strip() for value in parameters if value.startswith("q=")), "1")
        if _QVALUE.fullmatch(weight):
            language = tag.partition("-")[0]
            weights[language] = max(float(weight), weights.get(language, 0.0))
    unnamed = weights.get("*", 0.0)
    named = [language for language in weights if language in LANGUAGES]
    # Of two that are liked alike the one named first; what only the wildcard covers comes last, English before others.
    wanted = [*named, *(language for language in LANGUAGES if language not in named)]
    best = max(wanted, key=lambda language: weights.get(language, unnamed))
    return best if weights.get(best, unnamed) > 0 else LANGUAGES[0]

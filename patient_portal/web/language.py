"""Which language a page speaks, and how its sentences are found. English is the source; the rest are .po files."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE = "en"
LOCALES = Path(__file__).parents[1] / "locales"
DOMAIN = "portal"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "marked here, translated later"
    """Marks a sentence for translation where no language is known yet."""
    return message


@cache
def spoken_languages() -> tuple[str, ...]:
    """The languages every page exists in, English first."""
    return (SOURCE, *sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir()))


@cache
def translations_of(language: str) -> NullTranslations:
    """The sentences of a language. Read once, from the text file people edit: no compiled copy can be out of date."""
    if language == SOURCE:
        return NullTranslations()
    with po_file(language).open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def po_file(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def offered_languages(of_organization: Sequence[str]) -> tuple[str, ...]:
    """The organization's languages that we speak, in its order; English if there is none."""
    offered = [_base(tag) for tag in of_organization if _base(tag) in spoken_languages()]
    return tuple(dict.fromkeys(offered)) or (SOURCE,)


def chosen_language(wishes: Sequence[str | None], accept_language: str, offered: Sequence[str]) -> str:
    """The first wish that is offered, else the browser's preferred offered language, else the first offered."""
    for wish in (*wishes, *_accepted(accept_language)):
        if wish and _base(wish) in offered:
            return _base(wish)
    return offered[0]


@cache
def own_name(language: str) -> str:
    """What a language calls itself, as a person looking for it would write it: "Español"."""
    try:
        name = Locale.parse(language).get_display_name(language)
    except (UnknownLocaleError, ValueError):
        name = None
    return (name or language).capitalize()


def _accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header, best first (RFC 9110 section 12.5.4)."""
    weighted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((float(weight) if weight else 1.0, tag.strip()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()

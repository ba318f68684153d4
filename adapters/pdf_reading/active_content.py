"""Detects active content and signatures in a PDF, one object at a time.

Every object of the file is checked, even if no page refers to it, so no references need to be followed.
"""

import re
from collections.abc import Iterator

import pikepdf

# Keys whose only purpose is to run, attach or play something.
ACTIVE_KEYS = frozenset(
    {
        "/JS",
        "/JavaScript",
        "/AA",
        "/XFA",
        "/EF",
        "/EmbeddedFiles",
        "/Renditions",
        "/RichMediaContent",
        "/RichMediaSettings",
        "/Collection",
        "/Launch",
    }
)
# Types of actions (/S). GoTo, Named and URI only navigate and are allowed. Actions that show or hide parts of a page
# are refused, because all signers must see the same content.
ACTIVE_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ResetForm",
        "/ImportData",
        "/GoToR",
        "/GoToE",
        "/GoTo3DView",
        "/Rendition",
        "/Sound",
        "/Movie",
        "/RichMediaExecute",
        "/Hide",
        "/SetOCGState",
        "/Trans",
    }
)
ACTIVE_SUBTYPES = frozenset({"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen", "/FileAttachment", "/U3D", "/PRC"})
ACTIVE_TYPES = frozenset({"/EmbeddedFile"})
ALLOWED_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_IGNORED_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]")


def is_active(found: pikepdf.Object) -> bool:
    """Whether the object or a direct object inside it has active content."""
    return any(_is_active_dictionary(each) for each in _dictionaries(found))


def bears_signature(found: pikepdf.Object) -> bool:
    """Whether the object contains a signature or a timestamp over the file's bytes."""
    return any("/ByteRange" in each for each in _dictionaries(found))


def _is_active_dictionary(found: pikepdf.Object) -> bool:
    if not ACTIVE_KEYS.isdisjoint(found.keys()):
        return True
    # The stream's content is in another file.
    if isinstance(found, pikepdf.Stream) and "/F" in found:
        return True
    return (
        _name(found, "/S") in ACTIVE_ACTIONS
        or _name(found, "/Subtype") in ACTIVE_SUBTYPES
        or _name(found, "/Type") in ACTIVE_TYPES
        or _has_forbidden_scheme(found.get("/URI"))
        or _has_forbidden_scheme(found.get("/Base"))
        or _runs_on_opening(found.get("/OpenAction"))
    )


def _name(found: pikepdf.Object, key: str) -> str:
    value = found.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _has_forbidden_scheme(address: object) -> bool:
    if not isinstance(address, pikepdf.String):
        return False
    # PDF readers skip spaces and control characters before the scheme.
    scheme = _SCHEME.match(_IGNORED_CHARACTERS.sub("", str(address)))
    return scheme is not None and scheme[1].lower() not in ALLOWED_SCHEMES


def _runs_on_opening(action: object) -> bool:
    return isinstance(action, pikepdf.Dictionary) and _name(action, "/S") != "/GoTo"


def _dictionaries(top: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The object and the direct dictionaries inside it. Indirect objects are checked separately."""
    waiting: list[object] = [top]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
            yield found
            inside = [value for _, value in found.items()]
        elif isinstance(found, pikepdf.Array):
            inside = list(found)
        else:
            continue
        # pikepdf converts numbers and booleans to Python types, which have no `is_indirect`.
        waiting += [each for each in inside if not getattr(each, "is_indirect", True)]

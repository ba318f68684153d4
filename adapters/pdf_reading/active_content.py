"""What in a PDF does something, hides something, or was signed by somebody: judged one object at a time.

Every object of the file is looked at, whether a page leads to it or not, so no chain of references needs following.
"""

import re
from collections.abc import Iterator

import pikepdf

# Keys that only exist to run, attach or play something.
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
# What an action does (/S). GoTo, Named and URI only move the reader about; what shows or hides parts of a page is
# refused too: everybody is to sign the same.
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
# Where a link may lead.
PLAIN_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_STEERING = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]")


def is_active(found: pikepdf.Object) -> bool:
    """Whether the object, or one written inside it, does more than show something."""
    return any(_does_something(each) for each in _dictionaries(found))


def bears_signature(found: pikepdf.Object) -> bool:
    """Whether the object is a signature, or a timestamp, over the file's bytes."""
    return any("/ByteRange" in each for each in _dictionaries(found))


def _does_something(found: pikepdf.Object) -> bool:
    if not ACTIVE_KEYS.isdisjoint(found.keys()):
        return True
    # A stream whose bytes are in another file.
    if isinstance(found, pikepdf.Stream) and "/F" in found:
        return True
    return (
        _name(found, "/S") in ACTIVE_ACTIONS
        or _name(found, "/Subtype") in ACTIVE_SUBTYPES
        or _name(found, "/Type") in ACTIVE_TYPES
        or _leads_astray(found.get("/URI"))
        or _leads_astray(found.get("/Base"))
        or _opens_with_more_than_a_view(found.get("/OpenAction"))
    )


def _name(found: pikepdf.Object, key: str) -> str:
    value = found.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _leads_astray(address: object) -> bool:
    if not isinstance(address, pikepdf.String):
        return False
    # Readers skip blanks and controls before they look for the scheme.
    scheme = _SCHEME.match(_STEERING.sub("", str(address)))
    return scheme is not None and scheme[1].lower() not in PLAIN_SCHEMES


def _opens_with_more_than_a_view(action: object) -> bool:
    return isinstance(action, pikepdf.Dictionary) and _name(action, "/S") != "/GoTo"


def _dictionaries(top: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The object's dictionaries, itself and those written inside it; what it refers to is an object of its own."""
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
        # Numbers and truths come as Python's own.
        waiting += [each for each in inside if not getattr(each, "is_indirect", True)]
